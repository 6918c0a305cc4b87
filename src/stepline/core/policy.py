"""A local policy: values that a unit decided on where the library's own are unconfirmed.

A fact of the library is addressed by its file and the way to it, list entries by their id:
`scores/tis#enzymes.ranges.ck.multiple`. Only what is `unconfirmed` gives way; whatever rests on a
decided value has the status `local` and names the policy, its source and who decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files

from stepline.core.documents_yaml import Node, place_of, read_yaml
from stepline.core.errors import DocumentRefused, Place, Problem
from stepline.core.evidence import Status

FOLDERS = ("scores",)
"""Folders of the library whose readers ask for a policy."""
_NAMES = ("id", "define", "key")
_BESIDE = frozenset({"id", "source", "status", "kind", "claim", "evidence", "title"})
"""Keys that say what a fact is and where it is from, and are no facts themselves."""
RULE = "rule"
"""The key under which a document names one of several ways to go about it."""
Scalar = str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Decision:
    """One fact with the value that was decided, the text it rests on, and what it was before."""

    fact: str
    value: Scalar
    because: str
    library: Scalar
    place: Place

    @property
    def document(self) -> str:
        """The file of the library, such as `scores/tis`."""
        return self.fact.partition("#")[0]

    @property
    def steps(self) -> tuple[str, ...]:
        """The way to the fact within its file."""
        return tuple(self.fact.partition("#")[2].split("."))


@dataclass(frozen=True, slots=True)
class Policy:
    """The decisions of one unit; hashable, so that tables can be kept by policy."""

    id: str
    title: str
    decided_by: str
    decided_on: str
    decisions: tuple[Decision, ...]

    def applied(self, node: Node, document: str) -> Node:
        """A document of the library with what was decided in place of what it says."""
        for decision in self.decisions:
            if decision.document == document:
                node = _decided(node, decision.steps, decision, self._source(decision))
        return node

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "id": self.id,
            "title": self.title,
            "decided_by": self.decided_by,
            "decided_on": self.decided_on,
            "facts": [
                {
                    "fact": one.fact,
                    "value": _shown(one.value),
                    "library": _shown(one.library),
                    "because": one.because,
                }
                for one in self.decisions
            ],
        }

    def _source(self, decision: Decision) -> str:
        when = f" on {self.decided_on}" if self.decided_on else ""
        change = f"{decision.steps[-1]} is {_shown(decision.value)}"
        if decision.library is not None:
            change += f" in place of {_shown(decision.library)}"
        return f"policy {self.id}, {self.decided_by}{when}: {change}; {decision.because}"


def read_policy(content: str | bytes, file: str) -> Policy:
    """The policy in a YAML document, checked against the library.

    Raises:
        DocumentRefused: the document is not as it should be, or `fact-unknown`,
            `fact-not-unconfirmed`, `fact-twice`, `wrong-type`; all at once.
    """
    from stepline.core.policy_reading import authored_policy

    authored = authored_policy(content, file)
    node = read_yaml(content, file)
    problems: list[Problem] = []
    decisions = [
        _decision(one.fact, one.value, one.because, place_of(node, ("facts", index)), problems)
        for index, one in enumerate(authored.facts)
    ]
    named = [one.fact for one in authored.facts]
    problems += [
        Problem("fact-twice", "Two values are given for one fact.", Place(file), found=name)
        for name in dict.fromkeys(named)
        if named.count(name) > 1
    ]
    if problems:
        raise DocumentRefused(problems)
    return Policy(
        authored.policy,
        authored.title,
        authored.decided_by,
        authored.decided_on,
        tuple(one for one in decisions if one is not None),
    )


def facts() -> Iterator[tuple[str, Scalar]]:
    """Every fact of the library that a policy may decide, with the value that stands there."""
    for document in _documents():
        for steps, value in _open_facts(_library(document), (), is_open=False):
            yield f"{document}#{'.'.join(steps)}", value


def _open_facts(
    node: Node, steps: tuple[str, ...], *, is_open: bool
) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    here = is_unconfirmed(node)
    is_open = is_open if here is None else here
    for name, child in _children(node):
        if name in _BESIDE:
            continue
        if isinstance(child.value, dict | tuple):
            yield from _open_facts(child, (*steps, name), is_open=is_open)
        elif is_open and (name == RULE or _is_number(child.value)):
            yield (*steps, name), child.value


def _is_number(value: Scalar) -> bool:
    """Whether a value is a number, or one that is not known yet; words and truths are structure."""
    return value is None or (isinstance(value, int | Decimal) and not isinstance(value, bool))


def is_unconfirmed(node: Node) -> bool | None:
    """Whether all that a mapping rests on is unconfirmed; `None` where it does not say."""
    if not isinstance(node.value, dict):
        return None
    status = node.value.get("status")
    if status is not None:
        return bool(status.value == Status.UNCONFIRMED.value)
    evidence = node.value.get("evidence")
    if evidence is None or not isinstance(evidence.value, tuple):
        return None
    return all(is_unconfirmed(one) is True for one in evidence.value)


def _decision(
    fact: str, value: Scalar, because: str, place: Place, problems: list[Problem]
) -> Decision | None:
    allowed = dict(facts())
    if fact not in allowed:
        problems.append(_not_open(fact, list(allowed), place))
        return None
    library = allowed[fact]
    if library is not None and _kind(value) != _kind(library):
        problems.append(
            Problem(
                "wrong-type",
                f"This fact is {_kind(library)} in the library.",
                replace(place, path=f"{place.path}.value"),
                found=str(_shown(value)),
                allowed=_kind(library),
            )
        )
        return None
    return Decision(fact, value, because, library, place)


def _not_open(fact: str, allowed: list[str], place: Place) -> Problem:
    place = replace(place, path=f"{place.path}.fact")
    if _exists(fact):
        return Problem(
            "fact-not-unconfirmed",
            "A policy may decide only what the library holds as unconfirmed.",
            place,
            found=fact,
            allowed=", ".join(allowed),
            mend="remove it; a confirmed fact is changed in the library, with its source",
        )
    near = get_close_matches(fact, allowed, n=1)
    return Problem(
        "fact-unknown",
        "The library has no such fact.",
        place,
        found=fact[:120],
        allowed=", ".join(allowed),
        mend=f"did you mean {near[0]}?" if near else "",
    )


def _exists(fact: str) -> bool:
    document, _, way = fact.partition("#")
    if document not in _documents():
        return False
    node: Node | None = _library(document)
    for step in way.split("."):
        node = None if node is None else dict(_children(node)).get(step)
    return node is not None


def _children(node: Node) -> Iterator[tuple[str, Node]]:
    """What stands in a mapping or a list; an entry of a list goes by its id, else its place."""
    if isinstance(node.value, dict):
        yield from node.value.items()
    elif isinstance(node.value, tuple):
        for index, child in enumerate(node.value):
            yield _name_of(child, index), child


def _name_of(node: Node, index: int) -> str:
    if isinstance(node.value, dict):
        for key in _NAMES:
            if key in node.value:
                return str(node.value[key].value)
    return str(index)


def _decided(node: Node, steps: tuple[str, ...], decision: Decision, source: str) -> Node:
    """The same node with a value at the end of the way, and its evidence said to be local."""
    if not steps:
        return Node(decision.value, decision.place, str(decision.value))
    inner = [
        (name, _decided(child, steps[1:], decision, source) if name == steps[0] else child)
        for name, child in _children(node)
    ]
    if isinstance(node.value, tuple):
        return replace(node, value=tuple(child for _, child in inner))
    return replace(node, value=_cited_locally(dict(inner), source))


def _cited_locally(mapping: dict[str, Node], source: str) -> dict[str, Node]:
    status = mapping.get("status")
    if status is None or status.value not in (Status.UNCONFIRMED.value, Status.LOCAL.value):
        return mapping
    if status.value == Status.LOCAL.value:
        source = f"{mapping['source'].value}. {source}"
    told = {"status": Status.LOCAL.value, "source": source}
    return mapping | {key: replace(status, value=text) for key, text in told.items()}


def _kind(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true or false"
    return "a number" if isinstance(value, int | Decimal) else "text"


def _shown(value: Scalar) -> Scalar:
    return format(value, "f") if isinstance(value, Decimal) else value


@lru_cache(maxsize=1)
def _documents() -> tuple[str, ...]:
    root = files("stepline.library")
    return tuple(
        f"{folder}/{one.name.removesuffix('.yaml')}"
        for folder in FOLDERS
        for one in sorted(root.joinpath(folder).iterdir(), key=lambda found: found.name)
        if one.name.endswith(".yaml")
    )


@lru_cache(maxsize=64)
def _library(document: str) -> Node:
    content = files("stepline.library").joinpath(f"{document}.yaml").read_bytes()
    return read_yaml(content, f"library/{document}.yaml")
