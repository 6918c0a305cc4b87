"""Planned against given, as numbers: what is asked, what was given, and what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.time import Period


@dataclass(frozen=True, slots=True)
class Due:
    """A dose that is planned: a day, and the amount in the schedule's unit (`None`: not known).

    A course of infusions is one dose, with its total. A daily dose is due on each of `days` days,
    with the amount of one day. `most` is the most that can have been planned, `None` where nothing
    bounds it.
    """

    day: date
    amount: Decimal | None = None
    days: int = 1
    most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The planned side.

    `due` is in order, and `planned` is how many of them are planned within the time looked at; what
    follows says when the next would be due. `every` is the interval from dose to dose; `None` where
    there is no single one. `missing` says what of the planned side cannot be told. `told_until` is
    the last day for which amounts are planned, where they end before the days looked at.
    """

    unit: str = ""
    due: tuple[Due, ...] = ()
    planned: int | None = None
    every: Period | None = None
    is_daily: bool = False
    says: str = ""
    missing: tuple[str, ...] = ()
    told_until: date | None = None


@dataclass(frozen=True, slots=True)
class GivenDose:
    """A dose that was given: its first day, the amount in the schedule's unit, and its rows.

    A daily dose is given on each of `days` days, with the amount of one day; `supplied` is for how
    many days it was to be enough, which is more where a later order took over.
    """

    day: date
    amount: Decimal | None
    days: int = 1
    event_ids: tuple[int, ...] = ()
    supplied: int = 1


@dataclass(frozen=True, slots=True)
class Gap:
    """Days that no dose covers, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Delays:
    """How far doses lie from the day on which they were due, counted from the dose before.

    `days` has one number a dose from the second on: positive late, negative early. `behind` is how
    far the last dose lies from its day in the schedule counted from the first dose.
    """

    days: tuple[int, ...]
    behind: int | None = None

    @property
    def late(self) -> int:
        """How many doses were given after their day."""
        return sum(one > 0 for one in self.days)

    @property
    def early(self) -> int:
        """How many doses were given before their day."""
        return sum(one < 0 for one in self.days)

    @property
    def median(self) -> Fraction | None:
        """The middle of all, in days; `None` where there is none."""
        ordered = sorted(self.days)
        if not ordered:
            return None
        count = len(ordered)
        return Fraction(ordered[(count - 1) // 2] + ordered[count // 2], 2)

    @property
    def longest(self) -> int | None:
        """The longest delay in days, 0 where none was late; `None` without a second dose."""
        return max(0, *self.days) if self.days else None


@dataclass(frozen=True, slots=True)
class Total:
    """A cumulative dose.

    `exact` is `None` where a part is not known; then `at_least` is the sum of what is known, and
    `unknown` counts the parts that are not.
    """

    unit: str
    exact: Decimal | None
    at_least: Decimal
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Adherence:
    """Planned against given, of one course.

    `start` to `until` are the days looked at, both included. Of a daily dose each day is a dose.
    Ratios are exact, 1 is all; `None` is not known, and `missing` says what would settle it.
    `adherence_of` defines each. `relative_dose_intensity_at_least` is what the intensity comes to
    at least, where only the most that can have been planned is known.
    """

    course_id: int
    drug: str
    regimen: str
    start: date
    until: date
    planned_doses: int | None
    given_doses: int | None
    window_days: int | None = None
    days_covered: int | None = None
    proportion_of_days_covered: Fraction | None = None
    medication_possession_ratio: Fraction | None = None
    relative_dose_intensity: Fraction | None = None
    relative_dose_intensity_at_least: Fraction | None = None
    relative_total_dose: Fraction | None = None
    delays: Delays | None = None
    cumulative: Total | None = None
    gaps: tuple[Gap, ...] = ()
    planned_by: str = ""
    missing: tuple[str, ...] = ()


DEFINITIONS: Mapping[str, Evidence] = MappingProxyType(
    {
        "relative_dose_intensity": Evidence(
            "dose-intensity-methods",
            Kind.COHORT,
            Status.SECONDARY,
            "Dose over the time of a patient's whole course, divided by what was planned",
        ),
        "proportion_of_days_covered": Evidence(
            "mpr-pdc-definitions",
            Kind.STANDARD,
            Status.SECONDARY,
            "Days with a supply at hand, each counted once, over the days of the window",
        ),
        "medication_possession_ratio": Evidence(
            "mpr-pdc-definitions",
            Kind.STANDARD,
            Status.SECONDARY,
            "The sum of the days' supply over the days of the window",
        ),
    }
)
"""Where the definition of each ratio is read."""
