"""The lanes in which courses are followed, and what going on and beginning are worth in each.

A lane is the place of a regimen among those of a drug, or below zero a course without a name. All
here depends on the regimens alone, so that it is worked out once and serves every record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from stepline.course import points as p
from stepline.course import unnamed
from stepline.course.points import Gap, Profile

UNNAMED = -1
"""The lane of a course without a name that has one cycle; those below have an interval too."""
MOODS = 4
"""How many moods there are, `FIRST` to `NEVER`."""
REMEMBERED = 2000
"""Intervals of more days are worked out each time: they are rare and would fill the memory."""


class Move(NamedTuple):
    """What going on after an interval is worth, how the intervals then are, and what was missed."""

    gap: Gap
    points: int
    mood: int
    left_out: int


class Moves(dict[int, Move | None]):
    """What going on is worth by the days of the interval and the mood before: days * MOODS + mood.

    `None` where the later cycle cannot belong to the same course.
    """

    def __init__(self, gap_after: Callable[[int], Gap | None]) -> None:
        super().__init__()
        self._gap_after = gap_after

    def __missing__(self, key: int) -> Move | None:
        days, mood = divmod(key, MOODS)
        gap = self._gap_after(days)
        move = None
        if gap is not None:
            if gap.left_out:
                gap = gap._replace(points=gap.points + p.long_worth(mood))
            move = Move(gap, gap.points, p.mood_after(mood, gap), gap.left_out)
        if days < REMEMBERED:
            self[key] = move
        return move


class Closings(dict[int, int]):
    """What the end of a course is worth: by (cycles * MOODS + mood) * 2 + whether intents mix."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile

    def __missing__(self, key: int) -> int:
        count, mood = divmod(key // 2, MOODS)
        worth = p.closing_worth(self._profile, count, mood, mixed=bool(key % 2))
        self[key] = worth
        return worth


class Lane:
    """One regimen of a drug as a lane. `most` is 0 where the regimen goes on without an end."""

    __slots__ = ("closings", "most", "moves", "profile")

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.most = profile.most
        self.moves = Moves(self._gap_after)
        self.closings = Closings(profile)

    def _gap_after(self, days: int) -> Gap | None:
        return p.gap_worth(days, self.profile.gap, self.profile.usual)

    def before(self, days: int) -> int:
        """What the interval from the last dose of another course is worth to one that begins."""
        if not 0 < days <= p.IN_STEP_BEFORE:
            return 0
        move = self.moves[days * MOODS + p.FIRST]
        return move.points if move is not None and not move.gap.kind else 0


class Lanes:
    """The lanes of one drug, and those of courses without a name."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self.profiles = tuple(profiles)
        self.named = [Lane(one) for one in profiles]
        self.bands = [
            Moves(lambda days, band=band: unnamed.gap_in(days, band))  # type: ignore[misc]
            for band in range(len(unnamed.BANDS))
        ]
        self._in_step: dict[int, list[tuple[int, Move]]] = {}
        self._most_in_step: dict[int, int] = {}
        self._beginnings: dict[tuple[int, int, bool, bool], int] = {}

    def in_step(self, days: int) -> list[tuple[int, Move]]:
        """The lanes of unnamed courses in which an interval of so many days is in step."""
        found = self._in_step.get(days)
        if found is None:
            moves = [band[days * MOODS + p.FIRST] for band in self.bands]
            lanes = [(UNNAMED - 1 - band, move) for band, move in enumerate(moves)]
            found = [(lane, move) for lane, move in lanes if move is not None and not move.gap.kind]
            if days < REMEMBERED:
                self._in_step[days] = found
        return found

    def most_in_step(self, days: int) -> int:
        """What an interval of so many days is worth at most in an unnamed course."""
        found = self._most_in_step.get(days)
        if found is None:
            found = max([move.points for _, move in self.in_step(days)], default=0)
            self._most_in_step[days] = found
        return found

    def beginning(self, lane: int, before: int, *, ordered: bool, told: bool) -> int:
        """What a course of a lane costs after one of another (`points.begin_worth`)."""
        key = (lane, before, ordered, told)
        cost = self._beginnings.get(key)
        if cost is None:
            earlier = self.profiles[before] if before >= 0 else None
            cost = p.begin_worth(self.profiles[lane], earlier, ordered=ordered, told=told)
            self._beginnings[key] = cost
        return cost
