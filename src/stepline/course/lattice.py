"""The ways in which single doses can be taken together as cycles."""

from __future__ import annotations

from dataclasses import dataclass

from stepline.course.cycles import Cycle, cycles_of
from stepline.record.model import Event


@dataclass(slots=True)
class Node:
    """One cycle: doses from place `begin` up to `end`, and the nodes that end where it begins."""

    begin: int
    end: int
    cycle: Cycle
    day: int
    before: tuple[Node, ...] = ()


def lattice_of(events: list[Event]) -> list[Node]:
    """Every cycle that is considered, by end and then by begin, each with those before it.

    Doses no more than three days apart are one cycle. Where days of rest lie in it, the blocks of
    consecutive days are considered too: two weekly doses that were both moved can come that close.
    """
    nodes: list[Node] = []
    place = 0
    for group in cycles_of(events):
        blocks = _blocks(group)
        nodes.append(_node(place, group))
        if len(blocks) > 1:
            at = place
            for block in blocks:
                nodes.append(_node(at, block))
                at += len(block)
        place += len(group)
    nodes.sort(key=lambda node: (node.end, node.begin))
    ending: dict[int, tuple[Node, ...]] = {}
    for node in nodes:
        node.before = ending.get(node.begin, ())
        ending[node.end] = (*ending.get(node.end, ()), node)
    return nodes


def _blocks(group: list[Event]) -> list[list[Event]]:
    blocks: list[list[Event]] = []
    last = 0
    for event in group:
        day = event.time.toordinal()
        if blocks and day - last <= 1:
            blocks[-1].append(event)
        else:
            blocks.append([event])
        last = day
    return blocks


def _node(place: int, events: list[Event]) -> Node:
    cycle = Cycle(tuple(events))
    return Node(place, place + len(events), cycle, events[0].time.toordinal())
