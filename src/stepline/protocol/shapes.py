"""Reads the shape of an entry, and goes on after faults so that all of them are found."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from stepline.core.documents import Node, read_node_as
from stepline.core.errors import DocumentRefused, Place
from stepline.protocol.problems import Problems

T = TypeVar("T")
Spot = tuple[int, int]


def read_entry(model: type[T], node: Node, problems: Problems) -> T | None:
    """The entry as its model, with every fault reported.

    What is faulty is left out, with whatever cannot stand without it, and the rest is read again,
    so that faults of meaning in the rest are found in the same go. `None` when too little is left.
    """
    prefix = node.place.path
    spots = _report_empty(node, problems)
    kept: Node | None = _without(node, spots) if spots else node
    is_first = True
    while kept is not None:
        try:
            return read_node_as(model, kept)
        except DocumentRefused as refusal:
            if is_first:
                problems.keep_placed(refusal.problems, prefix)
            is_first = False
            left = _without(kept, {_spot(problem.place) for problem in refusal.problems})
            kept = None if left == kept else left
    return None


def _report_empty(node: Node, problems: Problems) -> set[Spot]:
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
    return {_spot(place) for place in empty}


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


def _without(node: Node, spots: set[Spot]) -> Node | None:
    """The node without what stands at the spots; a list that loses an entry is left out whole.

    `None` when the node itself is left out. A key is looked for before the mapping that begins with
    it, so that as little as possible goes.
    """
    if isinstance(node.value, dict):
        return _mapping_without(node, node.value, spots)
    if _spot(node.place) in spots:
        return None
    if isinstance(node.value, tuple):
        kept = [_without(child, spots) for child in node.value]
        return None if None in kept else replace(node, value=tuple(kept))
    return node


def _mapping_without(node: Node, children: dict[str, Node], spots: set[Spot]) -> Node | None:
    keys = node.keys or {}
    at_key = {key for key in children if key in keys and _spot(keys[key]) in spots}
    if not at_key and _spot(node.place) in spots:
        return None
    kept = {
        key: left
        for key, child in children.items()
        if key not in at_key and (left := _without(child, spots)) is not None
    }
    return replace(node, value=kept, keys={key: keys[key] for key in kept if key in keys})
