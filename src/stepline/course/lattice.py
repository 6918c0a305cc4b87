"""The ways in which single doses can be taken together as cycles."""

from __future__ import annotations

from dataclasses import dataclass

from stepline.course.cycles import Cycle
from stepline.record.model import Event

PAIR = 4
"""Two days of doses no further apart than this may be one cycle."""
REST = 4
"""Within a cycle of more days, no two days of doses lie further apart than this."""
MOST_DAYS = 7
"""So many days of doses a cycle has at most; regimens of the library have five."""
LONGEST = 10
"""So many calendar days a cycle spreads over at most."""


@dataclass(slots=True)
class Node:
    """One cycle: the days of doses from place `begin` up to `end`; `day` is its first, a number.

    `kind` numbers cycles that are alike in all that decides what they are worth. `is_whole` says
    that no day of doses lies close before or after, or that it has one day only: only such a cycle
    can be one of a course without a name, of which nobody knows how many days a cycle has.
    """

    begin: int
    end: int
    cycle: Cycle
    day: int
    is_whole: bool
    intent: str
    kind: int = -1


def lattice_of(events: list[Event]) -> list[list[Node]]:
    """Every cycle that is considered, by the place at which it ends, the shortest first.

    Places count days of doses: place 3 lies after the third. The doses of one day and one order
    are never parted. A run of days is a cycle too where they lie close together, so the number of
    cycles grows with the number of days.
    """
    days = _days(events)
    starts = [day[0].time.toordinal() for day in days]
    ending: list[list[Node]] = [[]]
    for end in range(1, len(days) + 1):
        own: list[Node] = []
        for begin in range(end - 1, max(-1, end - 1 - MOST_DAYS), -1):
            if begin < end - 1 and not _join(days, starts, begin, REST):
                break
            span = starts[end - 1] - starts[begin] + 1
            if span > LONGEST:
                break
            if end - begin != 2 or starts[end - 1] - starts[begin] <= PAIR:
                own.append(_node(days, starts, begin, end))
        ending.append(own)
    return ending


def _node(days: list[list[Event]], starts: list[int], begin: int, end: int) -> Node:
    events = tuple(event for day in days[begin:end] for event in day)
    parted = begin > 0 and _join(days, starts, begin - 1, PAIR)
    parted = parted or (end < len(days) and _join(days, starts, end - 1, PAIR))
    is_whole = end - begin == 1 or not parted
    return Node(begin, end, Cycle(events), starts[begin], is_whole, events[0].intent)


def _join(days: list[list[Event]], starts: list[int], place: int, most: int) -> bool:
    """Whether a day of doses and the next may belong to one cycle."""
    same = days[place][0].group == days[place + 1][0].group
    return same and starts[place + 1] - starts[place] <= most


def _days(events: list[Event]) -> list[list[Event]]:
    days: list[list[Event]] = []
    for event in events:
        last = days[-1][-1] if days else None
        if last and last.time.date() == event.time.date() and last.group == event.group:
            days[-1].append(event)
        else:
            days.append([event])
    return days
