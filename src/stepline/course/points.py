"""What a reading of doses is worth: whole points, added up, so that every total can be told.

A hundred points mean ten times as likely as a dose of any size at any moment. The chances behind
them are this project's judgement, some changed after looking at synthetic patients (decision
0017); they rank readings and hold no advice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from stepline.course.matching import interval_band, interval_days, own_band
from stepline.protocol.model import Basis, Recognise, Regimen

DOSE_FITS = 100
"""A cycle's dose lies in the regimen's band, which is a tenth or so of what doses may be."""
CLOSE = 20
"""At most for a dose, or an interval, that is exactly what is prescribed; a point less a percent
of the dose, and in proportion to the width of the interval's band."""
DAY = 100
"""For each further day of giving that the regimen asks for in a cycle: the same dose, a day on."""
DOSE_OPEN = 20
"""The dose cannot be told and the stated intent is the regimen's."""
DOSE_UNTOLD = -10
"""Neither the dose nor the intent can be told."""
OPEN_ALIKE = 60
"""And it is like the cycle before in its own unit."""
DOUBLED = -70
"""A row stands twice, and without that the dose fits: 1 cycle in 50."""
DAY_MISSING = -30
"""For a day of a cycle without a row, the other days fitting: 1 in 20; counted from `DOSE_FITS`."""
DOSE_SLIP = -70
"""Ten or a thousand times the dose, or a part of it, would fit: 1 in 50, up or down."""
UNIT_MISSING = -70
"""No unit is stated, and in grams, milligrams or the regimen's own the number fits: 1 in 50."""
DOSE_OFF = -100
"""The dose lies outside the band, by no more than half of its ends: 1 in 100 at each size."""
DOSE_ODD = -160
"""The dose is another for once: 1 in 40, of any size."""
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
MISSED = (-70, -180, -200)
"""One cycle was left out (1 in 20), two, or three: a pause (1 in 100). More are another course."""
MISSED_AGAIN = -130
"""Right after another: two long intervals running are another interval, not missed cycles."""
MISSED_FIRST = -60
"""Before any interval of the course has fitted."""
SAME_AGAIN = -100
"""A repeated regimen that has just ended begins again without a new order."""
EXTRA = -200
"""Doses of a day between two cycles that are themselves in step: 1 in 100."""
BEGIN = -200
"""A course begins: 1 cycle in 12, and this regimen among 8; less where another order is stated."""
NEW_ORDER = 30
"""Back where the stated order changes with the course."""
HABIT = 60
"""Back where the patient has had a fixed number of the regimen's cycles in full: 1 in 2, not 8."""
INTENT = 30
"""One cycle is all there is, and its stated intent is the regimen's."""
BEGIN_UNNAMED = -300
"""A course that no regimen explains begins: 1 course in 100."""
LIKE = 90
"""A cycle of an unnamed course has the dose of the cycle before, give or take a quarter."""
UNLIKE = -120
"""It has another."""
LIKE_UNTOLD = 40
"""Of both the dose cannot be told."""
LIKE_OPEN = -20
"""Of one the dose cannot be told."""
UNNAMED_GAP = -20
"""For each interval of an unnamed course, beside what the same interval of a regimen is worth."""
IN_STEP_BEFORE = 62
"""The interval before a course that begins counts as one of its own, up to so many days: a change
of interval is seen at the dose that ends the first new one."""
ALONE = -100
"""A regimen that repeats, and no interval has fitted: its own is not known. 1 course in 10."""
ALONE_OTHER_INTENT = -150
"""And the same dose is as well another regimen with another intent."""
PARTIAL = -130
"""For each cycle short of a complete course: 1 in 20."""
OTHER_INTENT = -100
"""A course begins whose intent is not that of the one that has just ended, and none is stated."""
COMPLETE = 60
"""A regimen of a fixed number of cycles has all of them."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a regimen decides how its doses are read, worked out once.

    `low` to `high` is the band of a cycle's amount in `unit`, `dose` what is prescribed in that
    unit or `None`; `days` how many calendar days a cycle spreads over; `gap` the band of days from
    cycle to cycle and `usual` the days prescribed, `None` where the regimen states none; `fewest`
    to `most` the cycles of a complete course, `most` 0 where it goes on; `over` the days of giving
    that are prescribed for one cycle. `near` is the band widened by half of its ends.
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
    over: int
    near: tuple[Decimal, Decimal] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "near", (self.low / 2, self.high * 3 / 2))


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
        _over(regimen),
    )


def _over(regimen: Regimen) -> int:
    give, repeat = regimen.give, regimen.repeat
    if give.basis is Basis.COURSE_TOTAL:
        return give.over_days
    is_daily = repeat and repeat.offsets and repeat.offsets[-1] < len(repeat.offsets)
    return len(repeat.offsets) if repeat and is_daily else 1


def prescribed_in(regimen: Regimen, unit: str) -> Decimal | None:
    """The dose of one cycle as prescribed, in a unit; `None` where it is stated otherwise."""
    from stepline.core.quantity import comparable, convert

    dose = regimen.give.dose
    if dose is None or not unit or not comparable(dose.unit, unit):
        return None
    times = 1 if regimen.give.basis is Basis.COURSE_TOTAL else _over(regimen)
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
    """Points, the name of what differs, or empty, and whether a course may begin so."""

    points: int
    kind: str = ""
    begins: bool = True


class Gap(NamedTuple):
    """What an interval is worth, what differs, and how many cycles were left out."""

    points: int
    kind: str = ""
    left_out: int = 0


FIRST, IN_STEP, LONG, NEVER = 0, 1, 2, 3
"""How the intervals of a course are: there is none yet, the last was no long one, the last left
cycles out, or none has ever fitted."""


def long_worth(mood: int) -> int:
    """What a long interval costs beside the cycles it left out, by the intervals before."""
    return (MISSED_FIRST, 0, MISSED_AGAIN, MISSED_AGAIN)[mood]


def mood_after(mood: int, gap: Gap) -> int:
    """How the intervals are after one more."""
    if not gap.kind:
        return IN_STEP
    if mood in (FIRST, NEVER):
        return NEVER
    return LONG if gap.left_out else IN_STEP


def begin_worth(profile: Profile, before: Profile | None, *, ordered: bool, told: bool) -> int:
    """What the beginning of a course costs after a course of a regimen, or of none.

    `ordered`: another order is stated than before; `told`: the intent is stated.
    """
    if before is None:
        return BEGIN + NEW_ORDER * ordered
    again = before is profile and profile.most == 0 and not ordered
    changed = before.intent != profile.intent and not told
    return BEGIN + SAME_AGAIN * again + OTHER_INTENT * changed + NEW_ORDER * ordered


def closing_worth(profile: Profile, count: int, mood: int, *, mixed: bool) -> int:
    """What a course is worth as a whole once it ends after so many cycles."""
    if profile.most:
        short = max(0, profile.fewest - count)
        return PARTIAL * short + COMPLETE * (count >= profile.fewest > 1)
    if mood not in (FIRST, NEVER) or not profile.is_repeated:
        return 0
    return ALONE + ALONE_OTHER_INTENT * mixed


def closeness(amount: Decimal, dose: Decimal | None) -> int:
    """From `CLOSE` for exactly the prescribed dose, a point less for each whole percent away."""
    if not dose:
        return 0
    return max(0, CLOSE - int(abs(amount - dose) * 100 / dose))


def gap_worth(days: int, band: tuple[int, int] | None, usual: int) -> Gap | None:
    """What the days from cycle to cycle are worth for a band of days and the usual one in it.

    `None` where the later cycle cannot belong to the same course.
    """
    if band is None:
        return None
    low, high = band
    if low <= days <= high:
        width = max(usual - low, high - usual, 1)
        return Gap(GAP_FITS + max(0, CLOSE - CLOSE * abs(days - usual) // width))
    if days < low:
        return Gap(EARLY, "early") if 2 * days >= low else None
    for left_out, points in enumerate(MISSED, 1):
        if low * (left_out + 1) <= days <= high * (left_out + 1):
            return Gap(points, "missed" if left_out < 3 else "interrupted", left_out)
    if days < low * 2:
        return Gap(LATE, "late")
    if days < low * 4:
        left_out = days // low - 1
        return Gap(MISSED[left_out - 1] + LATE // 2, "missed", left_out)
    return None
