"""The lanes in which courses are followed, and what intervals are worth in each."""

from __future__ import annotations

from stepline.course import points as p
from stepline.course import unnamed
from stepline.course.points import Gap, Profile

UNNAMED = -1
"""The lane of a course without a name that has one cycle; those below have an interval too."""


class Gaps(dict[int, Gap | None]):
    """What an interval of so many days is worth in one lane, worked out once."""

    def __init__(self, profile: Profile | None, band: int) -> None:
        super().__init__()
        self._profile = profile
        self._band = band

    def __missing__(self, days: int) -> Gap | None:
        profile = self._profile
        gap = (
            p.gap_worth(days, profile.gap, profile.usual)
            if profile
            else unnamed.gap_in(days, self._band)
        )
        self[days] = gap
        return gap


class InStep(dict[int, list[tuple[int, Gap]]]):
    """The lanes of unnamed courses in which an interval of so many days is in step."""

    def __init__(self, bands: list[Gaps]) -> None:
        super().__init__()
        self._bands = bands

    def __missing__(self, days: int) -> list[tuple[int, Gap]]:
        fits = [(UNNAMED - 1 - band, gaps[days]) for band, gaps in enumerate(self._bands)]
        self[days] = [(lane, gap) for lane, gap in fits if gap is not None and not gap.kind]
        return self[days]
