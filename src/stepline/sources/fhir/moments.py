"""FHIR dates, times and periods as moments with bounds.

A time keeps the clock of its place. A date without a time, a month or a year is a moment that
is known between two bounds and placed at the first of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from stepline.core.errors import TimeRefused
from stepline.core.time import Period as Length
from stepline.core.time import When, parse_date
from stepline.sources.fhir.rows import RowRefused
from stepline.sources.fhir.structs import Period, Quantity

_DATE = len("2026-01-05")
_TO_END_OF_DAY = timedelta(days=1) - timedelta(microseconds=1)
_LENGTHS = {
    "min": "minutes",
    "h": "hours",
    "d": "days",
    "wk": "weeks",
    "mo": "months",
    "a": "years",
}


def moment(text: str) -> When:
    """The moment of a FHIR date, dateTime or instant; raises `RowRefused`."""
    try:
        when = parse_date(text)
    except TimeRefused as refusal:
        raise RowRefused.of(refusal) from None
    if len(text) == _DATE:
        return When(when.time, when.time, when.time + _TO_END_OF_DAY, text)
    # The clock of the place is no doubt: the day is the day on which it happened there.
    return When(when.time, when.earliest, when.latest, text)


def start_of(text: str) -> When:
    """Where a period begins. A date includes its whole day (FHIR, Period.start): its midnight."""
    when = moment(text)
    return When.exact(when.time, text) if len(text) == _DATE else when


def first_of(*texts: str) -> When | None:
    """The moment of the first text that is not empty."""
    return next((moment(text) for text in texts if text), None)


def within(period: Period) -> When | None:
    """When something was that is dated by a period: known at its end, true of the time up to it."""
    start = moment(period.start) if period.start else None
    end = moment(period.end) if period.end else None
    if end is None:
        return start
    last = end.latest or end.time
    if start is None:
        return When(end.time, None, last, f"until {period.end}", end.note)
    not_before(end, start)
    first = start.earliest or start.time
    placed = max(end.time, first)
    return When(placed, first, last, f"{period.start} to {period.end}", end.note or start.note)


def not_before(end: When, start: When) -> None:
    """Refuses an end that lies before its start."""
    if end.before(start):
        raise RowRefused(
            "end-before-start",
            "The end lies before the start.",
            "correct the period in the source",
        )


def by_then(text: str, what: str) -> When:
    """A moment at or before a date: all that is known of `what` is that it had come by then."""
    known = moment(text)
    return When(known.time, None, known.latest, f"by {text}, {what} not stated", known.note)


def end_of(when: When) -> tuple[datetime, bool]:
    """Where a spell ends and whether that is exact.

    A date includes its whole day (FHIR, Period.end). A month or a year gives the first moment at
    which it can have ended; whether it ran on is then not known.
    """
    if to_the_day(when):
        return when.latest or when.time, True
    return when.time, False


def to_the_day(when: When) -> bool:
    """Whether a moment is known exactly, or by its date."""
    return when.is_exact or len(when.said) == _DATE


def length(quantity: Quantity | None) -> Length | None:
    """A duration in whole units, as a calendar knows them; `None` where it is none."""
    if quantity is None or quantity.value is None:
        return None
    name = _LENGTHS.get(quantity.code or quantity.unit)
    value = quantity.value
    if name is None or not whole(value):
        return None
    return length_of(int(value), quantity.code or quantity.unit)


def length_of(count: int, unit: str) -> Length | None:
    """So many units of time: `(2, "wk")` is 14 days, `(1, "mo")` a calendar month.

    `None` where the unit is none of time or the whole is longer than any life.
    """
    name = _LENGTHS.get(unit)
    try:
        match name:
            case "months":
                return Length(months=count, written=f"P{count}M")
            case "years":
                return Length(months=12 * count, written=f"P{count}Y")
            case "weeks":
                return Length(days=7 * count, written=f"P{count}W")
            case "days":
                return Length(days=count, written=f"P{count}D")
            case "hours":
                return Length(hours=count)
            case "minutes":
                return Length(minutes=count)
    except TimeRefused:
        return None
    return None


def whole(value: Decimal) -> bool:
    """Whether a number is a whole number from 1 to 10,000."""
    return value.is_finite() and 1 <= value <= 10_000 and value == value.to_integral_value()
