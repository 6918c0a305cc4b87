"""What the types of a model say about a place in a document: its keys, and where numbers stand."""

from __future__ import annotations

import types
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from stepline.core.documents_yaml import Node, Path, child_of


def keys_at(model: Any, node: Node, path: Path) -> list[str]:
    """The keys that the models at a path of the document allow, in the order they declare."""
    candidates, here = _members(model), node
    for part in path:
        candidates = [inner for one in _fitting(candidates, here) for inner in _inside(one, part)]
        here = child_of(here, part) or here
    candidates = _fitting(candidates, here)
    return list(dict.fromkeys(key for one in candidates for key in _fields(one)))


def _fitting(candidates: list[Any], node: Node) -> list[Any]:
    """The candidates that a mapping does not contradict by a tag, or all of them."""
    return [one for one in candidates if not _contradicts(node, one)] or candidates


def _contradicts(node: Node, model: Any) -> bool:
    return any(
        get_origin(annotation) is Literal
        and (child := child_of(node, key)) is not None
        and child.value not in get_args(annotation)
        for key, annotation in _fields(model).items()
    )


def truths_for_numbers(model: Any, node: Node) -> list[Path]:
    """Where `true` or `false` stands for a number, which pydantic would read as 1 or 0."""
    return _truths(_members(model), node, ())


def _truths(candidates: list[Any], node: Node, path: Path) -> list[Path]:
    if isinstance(node.value, bool):
        takes_number = any(one in (int, float, Decimal) for one in candidates)
        return [path] if takes_number and bool not in candidates else []
    fitting = _fitting(candidates, node)
    found = []
    for part, child in _children(node):
        inner = [one for candidate in fitting for one in _inside(candidate, part)]
        found += _truths(inner, child, (*path, part)) if inner else []
    return found


def _children(node: Node) -> list[tuple[str | int, Node]]:
    if isinstance(node.value, dict):
        return list(node.value.items())
    return list(enumerate(node.value)) if isinstance(node.value, tuple) else []


def _members(annotation: Any) -> list[Any]:
    """The plain types in an annotation: through `Annotated`, unions and lazy aliases."""
    annotation = getattr(annotation, "__value__", annotation)
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [member for part in get_args(annotation) for member in _members(part)]
    return [annotation]


def _inside(annotation: Any, part: str | int) -> list[Any]:
    """The types found in a type at a key or an index."""
    if isinstance(part, str) and (fields := _fields(annotation)):
        return _members(fields[part]) if part in fields else []
    arguments = [one for one in get_args(annotation) if one is not Ellipsis]
    return _members(arguments[-1]) if arguments else []


def _fields(annotation: Any) -> dict[str, Any]:
    """The keys of a model or a dataclass, by alias where it has one, and their annotations."""
    fields: dict[str, Any] = getattr(annotation, "model_fields", None) or getattr(
        annotation, "__pydantic_fields__", {}
    )
    return {str(field.alias or name): field.annotation for name, field in fields.items()}
