"""A stretch of cycles read as one regimen."""

from __future__ import annotations

from dataclasses import dataclass

from stepline.course import points as p
from stepline.course.cycles import Cycle
from stepline.course.points import Gap, Profile, Worth


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive cycles read as one regimen, with what each was worth.

    `gaps` are the points, kind and missed cycles before each cycle but the first; `extras` are
    cycles between them that are none of the regimen's; `began` and `closing` are the points for
    the course as a whole. `by_ratio` holds the kilograms that would fit where no weight is known
    and the doses were told by their ratio to those of other courses.
    """

    profile: Profile | None
    cycles: tuple[Cycle, ...]
    worths: tuple[Worth, ...]
    gaps: tuple[Gap, ...]
    extras: tuple[Cycle, ...]
    began: int
    closing: int
    by_ratio: tuple[int, int] | None = None

    @property
    def points(self) -> int:
        """The sum of all."""
        inner = sum(worth.points for worth in self.worths) + sum(gap.points for gap in self.gaps)
        return self.began + inner + self.closing + p.EXTRA * len(self.extras)
