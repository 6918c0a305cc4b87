"""The tables of the total improvement score, as values; `tis_tables()` reads the packaged ones."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from stepline.core.evidence import Evidence
from stepline.core.policy import Policy

Population = Literal["adult", "juvenile"]
Category = Literal["none", "minimal", "moderate", "major"]


class EnzymeRule(StrEnum):
    """How the most abnormal enzyme is found; which one the criteria mean is unconfirmed."""

    RATIO_TO_ULN = "ratio-to-uln"
    FRACTION_OF_RANGE = "fraction-of-range"


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the six measures of the score: points by band of absolute percent improvement.

    `bands` are upper edges in percent that belong to their band; `points` has one entry more.
    """

    id: str
    title: str
    bands: tuple[Fraction, ...]
    points: tuple[Decimal, ...]
    is_required: bool
    evidence: Evidence

    def points_for(self, percent: Fraction) -> Decimal:
        """The points of an improvement in percent of the range; worsening is negative."""
        return self.points[bisect_left(self.bands, percent)]

    @property
    def most(self) -> Decimal:
        """The most points that can be had."""
        return self.points[-1]


@dataclass(frozen=True, slots=True)
class Scale:
    """An instrument that fills a slot.

    `range` is `None` where the caller states it (MMT), and where nobody has found it (CHQ-PhS).
    """

    id: str
    slot: str
    is_lower_better: bool
    range: Decimal | None
    is_juvenile_only: bool
    evidence: Evidence
    is_range_given: bool = False


@dataclass(frozen=True, slots=True)
class EnzymeRange:
    """The range of an enzyme as a multiple of the upper limit of normal."""

    id: str
    title: str
    multiple: Decimal
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least score of each category for one population."""

    minimal: Decimal
    moderate: Decimal
    major: Decimal
    evidence: Evidence

    def category(self, score: Decimal) -> Category:
        """The category of a score."""
        if score >= self.major:
            return "major"
        if score >= self.moderate:
            return "moderate"
        return "minimal" if score >= self.minimal else "none"


@dataclass(frozen=True, slots=True)
class TisTables:
    """Everything the score rests on; `method` and `choice` are the claims behind it.

    `enzyme_rule` is the rule by which enzymes are ranked where the caller names none.
    """

    slots: tuple[Slot, ...]
    scales: tuple[Scale, ...]
    enzymes: tuple[EnzymeRange, ...]
    thresholds: dict[Population, Thresholds]
    method: tuple[Evidence, ...]
    choice: tuple[Evidence, ...]
    incomplete: Evidence
    enzyme_rule: EnzymeRule = EnzymeRule.RATIO_TO_ULN

    def slot(self, slot_id: str) -> Slot:
        """The slot of an id that is known to exist."""
        return next(one for one in self.slots if one.id == slot_id)

    def scales_for(self, population: Population) -> tuple[Scale, ...]:
        """The instruments that may be used for a population."""
        return tuple(s for s in self.scales if population == "juvenile" or not s.is_juvenile_only)


@lru_cache(maxsize=8)
def tis_tables(policy: Policy | None = None) -> TisTables:
    """The packaged tables, read once, with what a policy decides in place of what is unconfirmed.

    Raises:
        DocumentRefused, VocabularyRefused: the file is not as it should be.
    """
    from stepline.scores.tis_reading import read_tis_tables

    return read_tis_tables(policy)
