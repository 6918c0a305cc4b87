"""How often a dose is due, from the timing of an order.

A schedule that does not say how often is unknown: a dose without it is never taken as daily.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from stepline.core.time import When
from stepline.sources.fhir.coding import codes_of
from stepline.sources.fhir.moments import length_of, moment, whole
from stepline.sources.fhir.structs import Repeat, Timing

_TIMES_A_DAY = {
    "QD": 1,
    "AM": 1,
    "PM": 1,
    "BED": 1,
    "BID": 2,
    "TID": 3,
    "QID": 4,
    "Q12H": 2,
    "Q8H": 3,
    "Q6H": 4,
    "Q4H": 6,
    "Q3H": 8,
    "Q2H": 12,
    "Q1H": 24,
}
_INTERVALS = {"QOD": (2, "d"), "WK": (1, "wk"), "MO": (1, "mo")}
"""HL7 GTSAbbreviation, as FHIR lists it for Timing.code."""

_HOURS = {"s": Fraction(1, 3600), "min": Fraction(1, 60), "h": Fraction(1)}


class Rhythm(Enum):
    """What kind of repetition it is."""

    UNKNOWN = "unknown"
    ONCE = "once"
    DATES = "dates"
    PER_DAY = "per day"
    PER_WEEK = "per week"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A repetition of doses.

    `rate` is doses per day (`PER_DAY`) or per week (`PER_WEEK`). `interval` is the ISO period
    between doses (`INTERVAL`). `dates` are the due moments (`DATES`). `count` is how many doses are
    due in all, where that is said. `says` is for people.
    """

    rhythm: Rhythm
    says: str
    rate: Fraction = Fraction(1)
    interval: str = ""
    dates: tuple[When, ...] = ()
    count: int | None = None


UNSTATED = Schedule(Rhythm.UNKNOWN, "how often is not stated")
_VARIES = Schedule(Rhythm.UNKNOWN, "how often varies")
_UNREAD = Schedule(Rhythm.UNKNOWN, "how often is not told in a form that is read")


def read_schedule(timing: Timing | None) -> Schedule:
    """The schedule of a timing; `UNSTATED` where it says nothing."""
    if timing is None:
        return UNSTATED
    if timing.event:
        dates = tuple(moment(text) for text in timing.event)
        return Schedule(Rhythm.DATES, f"on {len(dates)} dates", dates=dates)
    if timing.repeat is not None and _repeats(timing.repeat):
        return _of_repeat(timing.repeat)
    for code in sorted(codes_of([timing.code])):
        if code in _TIMES_A_DAY:
            return _per_day(Fraction(_TIMES_A_DAY[code]), None)
        if code in _INTERVALS:
            return _every(*_INTERVALS[code], None)
    return UNSTATED


def _repeats(repeat: Repeat) -> bool:
    said = (repeat.frequency, repeat.period, repeat.count)
    return any(one is not None for one in said) or bool(repeat.day_of_week or repeat.time_of_day)


def _of_repeat(repeat: Repeat) -> Schedule:
    count = int(repeat.count) if repeat.count is not None and whole(repeat.count) else None
    if repeat.frequency_max is not None or repeat.period_max is not None:
        return _VARIES
    if count == 1:
        return Schedule(Rhythm.ONCE, "once", count=1)
    if repeat.day_of_week:
        return _on_weekdays(repeat, count)
    if repeat.time_of_day:
        return _at_times(repeat, count)
    if repeat.period is None or not repeat.period_unit:
        return UNSTATED
    frequency = Decimal(1) if repeat.frequency is None else repeat.frequency
    return _frequency(frequency, repeat.period, repeat.period_unit, count)


def _on_weekdays(repeat: Repeat, count: int | None) -> Schedule:
    """Doses on named days: one of them is weekly, several are so many a week.

    Several clock times or events of a day are so many doses on each of its days.
    """
    days = len(set(repeat.day_of_week))
    times = len(set(repeat.time_of_day)) or len(set(repeat.when)) or 1
    frequency = Decimal(times) if repeat.frequency is None else repeat.frequency
    if times > 1 and frequency != times:
        return _UNREAD
    weekly = repeat.period_unit == "wk" and repeat.period == 1
    daily = repeat.period_unit in ("", "d") and repeat.period in (None, 1)
    named = " and ".join(dict.fromkeys(repeat.day_of_week))
    if not whole(frequency) or not (daily or (weekly and days in (frequency, 1))):
        return _UNREAD
    doses = days * int(frequency) if daily else int(frequency)
    if doses == 1:
        return Schedule(Rhythm.INTERVAL, f"weekly on {named}", interval="P1W", count=count)
    return Schedule(Rhythm.PER_WEEK, f"{doses} times a week", Fraction(doses), count=count)


def _at_times(repeat: Repeat, count: int | None) -> Schedule:
    """Doses at clock times, every day."""
    times = len(set(repeat.time_of_day))
    daily = repeat.period_unit in ("", "d") and repeat.period in (None, 1)
    if not daily or repeat.frequency not in (None, times):
        return _UNREAD
    return _per_day(Fraction(times), count)


def _frequency(frequency: Decimal, period: Decimal, unit: str, count: int | None) -> Schedule:
    if not (_is_sane(frequency) and _is_sane(period)):
        return _UNREAD
    if unit in _HOURS:
        return _hourly(Fraction(frequency), Fraction(period) * _HOURS[unit], count)
    if frequency == 1 and whole(period) and not (unit == "d" and period == 1):
        return _every(int(period), unit, count)
    if unit == "d":
        return _per_day(Fraction(frequency) / Fraction(period), count)
    if unit == "wk":
        rate = Fraction(frequency) / Fraction(period)
        return Schedule(Rhythm.PER_WEEK, f"{_said(rate)} times a week", rate, count=count)
    return _UNREAD


def _is_sane(number: Decimal) -> bool:
    """Whether a count or a length can be of doses; also keeps exact arithmetic small."""
    return number.is_finite() and Decimal("0.001") <= number <= 10_000


def _hourly(frequency: Fraction, hours: Fraction, count: int | None) -> Schedule:
    rate = frequency * 24 / hours
    if rate >= 1:
        return _per_day(rate, count)
    whole_hours = hours / frequency
    if whole_hours.denominator != 1:
        return _UNREAD
    return _every(int(whole_hours), "h", count)


def _per_day(rate: Fraction, count: int | None) -> Schedule:
    says = "once a day" if rate == 1 else f"{_said(rate)} times a day"
    return Schedule(Rhythm.PER_DAY, says, rate, count=count)


def _every(number: int, unit: str, count: int | None) -> Schedule:
    period = length_of(number, unit)
    if period is None:
        return _UNREAD
    says = f"every {period.say()}"
    return Schedule(Rhythm.INTERVAL, says, interval=str(period), count=count)


def _said(rate: Fraction) -> str:
    return str(rate.numerator) if rate.denominator == 1 else f"{float(rate):.3g}"
