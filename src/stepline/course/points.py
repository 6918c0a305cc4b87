"""What a reading of doses is worth: whole points, added up, so that every total can be told.

The points are this project's own; they rank readings and hold no advice. Their sizes follow from
what must win: one irregular cycle costs less than a new course, and several cost more.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from stepline.course.matching import interval_band, interval_days, own_band
from stepline.protocol.model import Recognise, Regimen

DOSE_FITS = 100
"""A cycle's dose lies in the regimen's band."""
CLOSE = 20
"""At most for a dose, or an interval, that is exactly what is prescribed; a point less a percent
of the dose, and in proportion to the width of the interval's band."""
DOSE_OPEN = 20
"""The dose cannot be told and the stated intent is the regimen's."""
DOSE_OFF = -100
"""The dose lies outside the band, by no more than half of its ends."""
DOSE_UNTOLD = -10
"""Neither the dose nor the intent can be told."""
DOSE_ODD = -160
"""The dose is far outside and fits no regimen at all: a slip of the pen, or something else."""
SPREAD_OFF = -30
"""The dose fits and is spread over another number of days."""
ROUTE_OFF = -40
"""Another route than the regimen's is stated."""
GAP_FITS = 60
"""The interval lies in the regimen's band."""
EARLY = -60
"""Sooner than the band, not below half of its lower end."""
LATE = -60
"""Later than the band, before a cycle would count as missed."""
MISSED = (-130, -140, -145)
"""One, two or three cycles were left out; more are another course."""
MISSED_AGAIN = -200
"""Right after another: two long intervals running are another interval, not missed cycles."""
MISSED_FIRST = -80
"""Before any interval of the course has fitted."""
SAME_AGAIN = -100
"""The regimen that has just ended begins again without a new order."""
COMPLETE = 60
"""A regimen of a fixed number of cycles has all of them."""
EXTRA = -110
"""A dose between two cycles that are themselves in step."""
BEGIN = -150
"""A course begins; less where another order is stated."""
NEW_ORDER = 30
"""Back where the stated order changes with the course."""
INTENT = 30
"""One cycle is all there is, and its stated intent is the regimen's."""
BEGIN_UNNAMED = -100
"""A course that no regimen explains begins; its cycles are worth nothing."""
ALONE = -45
"""A regimen that repeats was seen once, so that its interval is not known."""
ALONE_OTHER_INTENT = -40
"""And the same dose is as well another regimen with another intent."""
PARTIAL = -95
"""For each cycle short of a complete course."""

MOST_STATES = 2


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a regimen decides how its doses are read, worked out once.

    `low` to `high` is the band of a cycle's amount in `unit`, `dose` what is prescribed in that
    unit or `None`; `days` how many calendar days a cycle spreads over; `gap` the band of days from
    cycle to cycle and `usual` the days prescribed, `None` where the regimen states none; `fewest`
    to `most` the cycles of a complete course, `most` 0 where it goes on.
    """

    regimen: Regimen
    unit: str
    low: Decimal
    high: Decimal
    dose: Decimal | None
    days: tuple[int, int] | None
    gap: tuple[int, int] | None
    usual: int
    fewest: int
    most: int
    intent: str
    route: str
    is_repeated: bool


def profile_of(regimen: Regimen) -> Profile:
    """The profile of a regimen."""
    bands = regimen.recognise or Recognise()
    band = bands.per_course or bands.per_dose or own_band(regimen)
    fewest, most = counts_of(regimen)
    unit = band.low.unit if band else ""
    return Profile(
        regimen,
        unit,
        band.low.value if band else Decimal(0),
        band.high.value if band else Decimal(0),
        prescribed_in(regimen, unit),
        bands.days,
        interval_days(regimen),
        _usual(regimen),
        fewest,
        most,
        regimen.intent.value,
        regimen.route,
        regimen.repeat is not None,
    )


def prescribed_in(regimen: Regimen, unit: str) -> Decimal | None:
    """The dose of one cycle as prescribed, in a unit; `None` where it is stated otherwise."""
    from stepline.core.quantity import comparable, convert

    dose = regimen.give.dose
    if dose is None or not unit or not comparable(dose.unit, unit):
        return None
    times = 1
    repeat = regimen.repeat
    if repeat and repeat.offsets and repeat.offsets[-1] < len(repeat.offsets):
        times = len(repeat.offsets)  # doses on consecutive days are one cycle
    return convert(dose, unit).value * times


def counts_of(regimen: Regimen) -> tuple[int, int]:
    """How many cycles make a complete course: fewest and most; most is 0 where it goes on."""
    if regimen.recognise and regimen.recognise.doses:
        return regimen.recognise.doses
    if regimen.repeat and regimen.repeat.offsets:
        count = len(regimen.repeat.offsets)
        return count, count
    return 1, 0


def _usual(regimen: Regimen) -> int:
    band = interval_band(regimen)
    repeat = regimen.repeat
    if repeat is not None and repeat.every is not None:
        return (repeat.every.shortest_days + repeat.every.longest_days + 1) // 2
    if repeat is not None and len(repeat.offsets) > 1:
        return repeat.offsets[1] - repeat.offsets[0]
    return (band.low.shortest_days + band.high.longest_days) // 2 if band else 0


class Worth(NamedTuple):
    """Points, and the name of what differs, or empty."""

    points: int
    kind: str = ""


def dose_worth(amount: Decimal | None, days: int, profile: Profile) -> Worth | None:
    """What a cycle's known amount and spread are worth; `None` where it cannot be this regimen."""
    if amount is None:
        return None
    spread = profile.days
    off = spread is not None and not spread[0] <= days <= spread[1]
    if off and spread is not None and days > spread[1] + 2:
        return None
    if profile.low <= amount <= profile.high:
        points = DOSE_FITS + closeness(amount, profile.dose)
        return Worth(points + SPREAD_OFF, "split") if off else Worth(points)
    if off or not profile.low / 2 <= amount <= profile.high * 3 / 2:
        return None
    return Worth(DOSE_OFF, "dose-changed")


def closeness(amount: Decimal, dose: Decimal | None) -> int:
    """From `CLOSE` for exactly the prescribed dose, a point less for each whole percent away."""
    if not dose:
        return 0
    return max(0, CLOSE - int(abs(amount - dose) * 100 / dose))


def gap_worth(days: int, profile: Profile) -> tuple[int, str, int] | None:
    """What the days from cycle to cycle are worth: points, what differs, and cycles left out.

    `None` where the later cycle cannot belong to the same course.
    """
    if profile.gap is None:
        return None
    low, high = profile.gap
    if low <= days <= high:
        width = max(profile.usual - low, high - profile.usual, 1)
        return GAP_FITS + max(0, CLOSE - CLOSE * abs(days - profile.usual) // width), "", 0
    if days < low:
        return (EARLY, "early", 0) if 2 * days >= low else None
    for left_out, points in enumerate(MISSED, 1):
        if low * (left_out + 1) <= days <= high * (left_out + 1):
            return points, "missed" if left_out < 3 else "interrupted", left_out
    if days < low * 2:
        return LATE, "late", 0
    if days < low * 4:
        left_out = days // low - 1
        return MISSED[left_out - 1] + LATE // 2, "missed", left_out
    return None
