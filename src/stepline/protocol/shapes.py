"""Reads the shape of an entry, and goes on after faults so that all of them are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from stepline.core.documents import Node, read_node_as
from stepline.core.errors import DocumentRefused, Place, Problem
from stepline.protocol.problems import Problems

T = TypeVar("T")
Spot = tuple[int, int]

STAND_INS: Mapping[str, str] = {
    "id": "unreadable",
    "title": "unreadable",
    "intent": "immunomodulation",
    "phase": "induction",
    "kind": "design",
    "status": "unconfirmed",
    "say": "unreadable",
    "says": "unreadable",
    "name": "unreadable",
    "as_of": "unreadable",
    "version": "0.0.0",
    "source": "stepline-design",
    "define": "unreadable",
    **dict.fromkeys(("when", "alert", "require", "as", "enter", "holds"), "recorded weight"),
}
"""What is put where one of these is missing or wrong, so that the rest of the entry can be read.

Nothing built with a stand-in is ever handed out: its file is refused.
"""


@dataclass(frozen=True, slots=True)
class _Faults:
    """Where an entry is faulty: keys that must go, wrong values, keys that mappings lack."""

    keys: frozenset[Spot]
    values: frozenset[Spot]
    missing: Mapping[Spot, tuple[str, ...]]


def read_entry(model: type[T], node: Node, problems: Problems) -> T | None:
    """The entry as its model, with every fault reported.

    What is faulty is left out, with whatever cannot stand without it, and the rest is read again,
    so that faults of meaning in the rest are found in the same go. `None` when too little is left.
    """
    prefix = node.place.path
    empty = _report_empty(node, problems)
    kept = _mended(node, _Faults(empty, frozenset(), {})) if empty else node
    is_first = True
    while kept is not None:
        try:
            return read_node_as(model, kept)
        except DocumentRefused as refusal:
            if is_first:
                problems.keep_placed(refusal.problems, prefix)
            is_first = False
            left = _mended(kept, _faults_of(refusal.problems))
            kept = None if left == kept else left
    return None


def _faults_of(problems: Iterable[Problem]) -> _Faults:
    keys, values, missing = set(), set(), dict[Spot, tuple[str, ...]]()
    for problem in problems:
        spot = _spot(problem.place)
        if problem.code == "key-unknown":
            keys.add(spot)
        elif problem.code == "key-missing":
            missing[spot] = (*missing.get(spot, ()), problem.allowed)
        else:
            values.add(spot)
    return _Faults(frozenset(keys), frozenset(values), missing)


def _report_empty(node: Node, problems: Problems) -> frozenset[Spot]:
    """Reports keys without a value, which YAML would read as nothing at all."""
    empty = list(_empty_below(node))
    for place in empty:
        problems.add_placed(
            "value-empty",
            place,
            "Nothing is written here.",
            allowed="a value, or no key",
            mend="Write the value, or remove the key; write unknown for what is not known.",
        )
    return frozenset(_spot(place) for place in empty)


def _empty_below(node: Node) -> list[Place]:
    if isinstance(node.value, dict):
        own = [
            (node.keys or {}).get(key, child.place)
            for key, child in node.value.items()
            if child.value is None
        ]
        return own + [place for child in node.value.values() for place in _empty_below(child)]
    if isinstance(node.value, tuple):
        own = [child.place for child in node.value if child.value is None]
        return own + [place for child in node.value for place in _empty_below(child)]
    return []


def _spot(place: Place) -> Spot:
    return place.line, place.column


def _mended(node: Node, faults: _Faults) -> Node | None:
    """The node without its faults; `None` when it cannot stand without them.

    A list that loses an entry is left out whole, so that what follows keeps its place.
    """
    if _spot(node.place) in faults.values:
        return None
    if isinstance(node.value, tuple):
        kept = [_mended(child, faults) for child in node.value]
        return None if None in kept else replace(node, value=tuple(kept))
    return _mended_mapping(node, faults) if isinstance(node.value, dict) else node


def _mended_mapping(node: Node, faults: _Faults) -> Node | None:
    keys = dict(node.keys or {})
    kept: dict[str, Node] = {}
    for key, child in node.value.items():
        at_key = key in keys and _spot(keys[key]) in faults.keys
        if at_key and child.value is not None:
            continue
        mended = None if at_key else _mended(child, faults)
        if mended is None and key in STAND_INS:
            mended = _stand_in(key, child.place)
        if mended is not None:
            kept[key] = mended
    for key in faults.missing.get(_spot(node.place), ()):
        if key not in STAND_INS:
            return None
        kept[key] = _stand_in(key, node.place)
    return replace(node, value=kept, keys={key: keys.get(key, node.place) for key in kept})


def _stand_in(key: str, place: Place) -> Node:
    return Node(STAND_INS[key], place, STAND_INS[key])
