"""Days of doses that take turns: a dose every second day, or two doses day by day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

FEWEST = 4
"""So many days of doses make turns; three may as well be days of which one has no row."""


class Turns(NamedTuple):
    """Doses from place `begin` up to `end` that lie `step` days apart, 2 or 1.

    With a step of 2 all are equal; with a step of 1 two doses take turns.
    """

    begin: int
    end: int
    step: int


def turns_of(days: Sequence[int], doses: Sequence[object]) -> list[Turns]:
    """The stretches of turns, the longest from each day on, in order and apart from one another.

    `days` ascend; a dose of `None` is not known and takes no turn.
    """
    found: list[Turns] = []
    place = 0
    while place < len(days):
        own = max((_from(place, days, doses, step) for step in (1, 2)), key=_length)
        if _length(own) >= FEWEST:
            found.append(own)
            place = own.end
        else:
            place += 1
    return found


def _length(turns: Turns) -> int:
    return turns.end - turns.begin


def _from(begin: int, days: Sequence[int], doses: Sequence[object], step: int) -> Turns:
    end = begin + 1
    while end < len(days) and days[end] - days[end - 1] == step:
        if None in (doses[end], doses[end - 1]) or not _goes_on(begin, end, doses, step):
            break
        end += 1
    return Turns(begin, end, step)


def _goes_on(begin: int, end: int, doses: Sequence[object], step: int) -> bool:
    same = doses[end] == doses[end - 1]
    if step == 2:
        return same
    return not same and (end - begin < 2 or doses[end] == doses[end - 2])
