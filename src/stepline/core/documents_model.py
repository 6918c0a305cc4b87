"""Reading a document as a pydantic model, with every error where its author can find it.

pydantic says what is wrong by a path of keys; here that path finds its line and column again, and
the sentence is put in the words of an author: text, whole number, mapping, list.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from functools import wraps
from typing import Any, TypeVar

from stepline.core.documents_types import keys_at, truths_for_numbers
from stepline.core.documents_yaml import Node, Path, child_of, place_of, plain, read_yaml
from stepline.core.errors import DocumentRefused, Place, Problem, Refused

T = TypeVar("T")
R = TypeVar("R")

_KEY_MARK = "[key]"
_TAG_ERRORS = frozenset({"union_tag_invalid", "union_tag_not_found"})
_MISSING = frozenset({"missing", "missing_argument", "union_tag_not_found"})
_MEANT = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "none_required": "nothing",
    "is_instance_of": "a value of another kind",
}
_RANGES = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_LENGTHS = {"min_length": "at least", "max_length": "at most"}


class CarriedRefusal(ValueError):
    """A refusal on its way through pydantic, which gives a place to nothing but `ValueError`."""

    def __init__(self, refusal: Refused) -> None:
        self.problems = refusal.problems
        super().__init__(str(refusal))


def carried(reader: Callable[[str], R]) -> Callable[[object], R]:
    """A reader of text such as `parse_period`, made fit to be a pydantic validator.

    Its problems keep their own code, found, allowed and mend, and gain the place in the document.
    A bare number is read as the text of it, so that `dose: 3` is told that its unit is missing; a
    mapping or a list is refused (`wrong-type`).
    """

    @wraps(reader)
    def validator(value: object) -> R:
        try:
            return reader(_text_of(value))
        except Refused as refusal:
            raise CarriedRefusal(refusal) from refusal

    return validator


def _text_of(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    raise DocumentRefused.because("wrong-type", "This should be text.", allowed="text")


def read_as(model: type[T], text: str | bytes, file: str) -> T:
    """The document as an instance of a pydantic model (or any type that pydantic can validate).

    Raises `DocumentRefused` with *all* problems of the document, in the order of the text.
    """
    return read_node_as(model, read_yaml(text, file))


def read_node_as(model: type[T], node: Node) -> T:
    """A part of a document as an instance of a model; see `read_as`.

    Paths in the problems count from this node (`$` is the node), lines and columns from the file.
    """
    problems = [_truth_for_number(node, path) for path in truths_for_numbers(model, node)]
    instance = _validated(model, node, problems)
    if problems:
        raise DocumentRefused(_merged(problems))
    return instance


def _validated(model: type[T], node: Node, problems: list[Problem]) -> T:
    """The instance; where there is none, raises with these problems and all of its own."""
    from pydantic import TypeAdapter, ValidationError

    try:
        instance: T = TypeAdapter(model).validate_python(plain(node))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            problems.extend(_problems(model, node, detail))
    except Refused as refusal:
        problems.extend(_placed(refusal.problems, node.place))
    else:
        return instance
    raise DocumentRefused(_merged(problems))


def _problems(model: type[Any], node: Node, detail: Mapping[str, Any]) -> list[Problem]:
    kind, location = detail["type"], tuple(detail["loc"])
    context = detail.get("ctx", {})
    if kind in _TAG_ERRORS:
        location = (*location, context["discriminator"].strip("'"))
    at_key = kind == "extra_forbidden" or location[-1:] == (_KEY_MARK,)
    path = _document_path(node, location, is_missing=kind in _MISSING)
    place = place_of(node, path, key=at_key)
    cause = context.get("error")
    if isinstance(cause, CarriedRefusal | Refused):
        return _placed(cause.problems, place)
    if kind == "extra_forbidden":
        return [_unknown_key(keys_at(model, node, path[:-1]), path, place)]
    if kind in _MISSING:
        return [_missing_key(path, place)]
    return [_wrong_value(detail, place, _node_at(node, path))]


def _truth_for_number(node: Node, path: Path) -> Problem:
    found = _node_at(node, path)
    shown = _shown(found) if found else ""
    message = "This should be a number."
    place = place_of(node, path)
    return Problem("wrong-type", message, place, shown, "a number", "write a number")


def _placed(problems: Iterable[Problem], place: Place) -> list[Problem]:
    return [problem if problem.place.line else problem.at(place) for problem in problems]


def _unknown_key(allowed: list[str], path: Path, place: Place) -> Problem:
    key = str(path[-1])
    near = get_close_matches(key, allowed, n=1)
    return Problem(
        "key-unknown",
        f"The key '{key[:60]}' is not known here.",
        place,
        found=key[:60],
        allowed=", ".join(allowed),
        mend=f"did you mean {near[0]}?" if near else "remove the key",
    )


def _missing_key(path: Path, place: Place) -> Problem:
    key = str(path[-1]) if path else ""
    return Problem(
        "key-missing", f"The key '{key}' is missing.", place, allowed=key, mend=f"add '{key}:'"
    )


def _wrong_value(detail: Mapping[str, Any], place: Place, found: Node | None) -> Problem:
    kind, context = detail["type"], detail.get("ctx", {})
    shown = _shown(found) if found else ""
    if kind in _MEANT:
        meant = _MEANT[kind]
        mend = "put it in quotes" if meant == "text" and _is_scalar(found) else f"write {meant}"
        return Problem("wrong-type", f"This should be {meant}.", place, shown, meant, mend)
    if kind in ("value_error", "assertion_error"):
        message = str(context.get("error", detail["msg"])) or "This value is refused."
        return Problem("value-refused", message, place, shown)
    allowed = _allowed(context)
    message = f"This should be {allowed}." if allowed else f"{detail['msg']}."
    mend = _nearest(shown, context) or (f"write {allowed}" if allowed else "")
    return Problem("value-not-allowed", message, place, shown, allowed, mend)


def _allowed(context: Mapping[str, Any]) -> str:
    ranges = [f"{word} {context[name]}" for name, word in _RANGES.items() if name in context]
    lengths = [f"{word} {context[name]} long" for name, word in _LENGTHS.items() if name in context]
    expected = context.get("expected") or context.get("expected_tags") or context.get("pattern")
    words = [f"one of {expected}" if _is_list(expected) else str(expected)] if expected else []
    return " and ".join([*words, *ranges, *lengths])


def _is_list(expected: object) -> bool:
    return "," in str(expected) or " or " in str(expected)


def _nearest(shown: str, context: Mapping[str, Any]) -> str:
    expected = str(context.get("expected") or context.get("expected_tags") or "")
    choices = [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]
    near = get_close_matches(shown, choices, n=1) if expected else []
    return f"did you mean {near[0]}?" if near else ""


def _merged(problems: Sequence[Problem]) -> list[Problem]:
    """Problems in the order of the text, each once.

    A union reports one wrong type for each of its members: those become one problem. Where a member
    was entered and found wanting, the members of another type say nothing.
    """
    kept: dict[tuple[Place, str], Problem] = {}
    for problem in problems:
        if problem.code == "wrong-type" and _has_deeper(problem, problems):
            continue
        key = (problem.place, problem.code if problem.code == "wrong-type" else problem.message)
        kept[key] = _either(kept[key], problem) if key in kept else problem
    return sorted(kept.values(), key=lambda problem: (problem.place.line, problem.place.column))


def _has_deeper(problem: Problem, others: Sequence[Problem]) -> bool:
    path = problem.place.path
    return any(other.place.path.startswith((f"{path}.", f"{path}[")) for other in others)


def _either(first: Problem, second: Problem) -> Problem:
    if first.code != "wrong-type" or second.allowed in first.allowed.split(" or "):
        return first
    allowed = f"{first.allowed} or {second.allowed}"
    return dataclasses.replace(
        first, message=f"This should be {allowed}.", allowed=allowed, mend=f"write {allowed}"
    )


def _document_path(node: Node, location: Path, *, is_missing: bool) -> Path:
    """The document's path in pydantic's location, which also names union members and validators."""
    steps = tuple(part for part in location if part != _KEY_MARK)
    last = steps[-1:] if is_missing else ()
    return _longest(node, steps[: len(steps) - len(last)]) + last


def _longest(node: Node, steps: Path) -> Path:
    """The longest way into the node along some of the steps in order, ending as late as it can."""
    best: Path = ()
    for index, step in enumerate(steps):
        child = child_of(node, step)
        if child is not None:
            best = max(best, (step, *_longest(child, steps[index + 1 :])), key=len)
    return best


def _node_at(node: Node, path: Path) -> Node | None:
    here: Node | None = node
    for part in path:
        here = child_of(here, part) if here else None
    return here


def _is_scalar(node: Node | None) -> bool:
    return node is not None and not isinstance(node.value, dict | tuple)


def _shown(node: Node) -> str:
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, tuple):
        return "a list"
    text = node.raw or ("nothing" if node.value is None else "''")
    return text if len(text) <= 60 else text[:60] + "…"
