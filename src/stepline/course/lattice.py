"""The ways in which single doses can be taken together as cycles."""

from __future__ import annotations

from collections.abc import Callable
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
    """One cycle: the days of doses from place `begin` up to `end`, from `day` to `last` as numbers.

    `kind` numbers cycles that are alike in all that decides what they are worth. `is_whole` says
    that no day of doses lies close before or after, or that it has one day only: only such a cycle
    can be one of a course without a name, of which nobody knows how many days a cycle has.
    """

    begin: int
    end: int
    cycle: Cycle
    day: int
    last: int
    is_whole: bool
    intent: str
    kind: int = -1


def lattice_of(
    events: list[Event], is_told: Callable[[Node], bool] = lambda _: False
) -> list[list[Node]]:
    """Every cycle that is considered, by the place at which it ends, the shortest first.

    Places count days of doses: place 3 lies after the third. The doses of one day and one order
    are never parted. A run of days is a cycle too where they lie close together, so the number of
    cycles grows with the number of days. A run of which `is_told` says that a regimen asks for it
    as it is, is not parted in other ways.
    """
    days = _days(events)
    starts = [day[0].time.toordinal() for day in days]
    ending: list[list[Node]] = [[] for _ in range(len(days) + 1)]
    begin = 0
    for end in range(1, len(days) + 1):
        if end < len(days) and _join(days, starts, end - 1, REST):
            continue
        if end - begin == 1:
            ending[end].append(_node(days, starts, begin, end))
            begin = end
            continue
        whole = _whole(days, starts, begin, end)
        if whole is not None and is_told(whole):
            ending[end].append(whole)
        else:
            for place in range(begin + 1, end + 1):
                ending[place] = _ending(days, starts, begin, place)
        begin = end
    return ending


def _whole(days: list[list[Event]], starts: list[int], begin: int, end: int) -> Node | None:
    """A run of two days or more as one cycle, where it is not too long."""
    is_short = end - begin <= MOST_DAYS and starts[end - 1] - starts[begin] < LONGEST
    return _node(days, starts, begin, end) if is_short else None


def _ending(days: list[list[Event]], starts: list[int], first: int, end: int) -> list[Node]:
    """The cycles of a run of days from `first` on that end at a place."""
    own: list[Node] = []
    for begin in range(end - 1, max(first - 1, end - 1 - MOST_DAYS), -1):
        if starts[end - 1] - starts[begin] >= LONGEST:
            break
        own.append(_node(days, starts, begin, end))
    return own


def _node(days: list[list[Event]], starts: list[int], begin: int, end: int) -> Node:
    if end - begin == 1:
        day, own = starts[begin], days[begin]
        return Node(begin, end, Cycle(tuple(own)), day, day, True, own[0].intent)
    events = tuple([event for day in days[begin:end] for event in day])
    parted = begin > 0 and _join(days, starts, begin - 1, PAIR)
    parted = parted or (end < len(days) and _join(days, starts, end - 1, PAIR))
    return Node(
        begin, end, Cycle(events), starts[begin], starts[end - 1], not parted, events[0].intent
    )


def _join(days: list[list[Event]], starts: list[int], place: int, most: int) -> bool:
    """Whether a day of doses and the next may belong to one cycle."""
    same = days[place][0].group == days[place + 1][0].group
    return same and starts[place + 1] - starts[place] <= most


def _days(events: list[Event]) -> list[list[Event]]:
    days: list[list[Event]] = []
    before: tuple[int, str] | None = None
    for event in events:
        own = (event.time.toordinal(), event.group)
        if own == before:
            days[-1].append(event)
        else:
            days.append([event])
        before = own
    return days
