"""Periods of ISO 8601: calendar months and exact durations, never turned into each other.

`P1M` is a calendar month and `P28D` is 28 days; neither equals the other, and 30 days is no month.
Weeks are seven days: `P4W` equals `P28D` and each is shown as it was written.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from stepline.core.errors import Refused, TimeRefused

_ALLOWED = "an ISO 8601 duration, such as P28D, P12W, P1M, P1Y6M, PT30M"
_SHAPE = re.compile(
    r"P(?=.)(?:[0-9]+(?:\.[0-9]+)?Y)?(?:[0-9]+(?:\.[0-9]+)?M)?(?:[0-9]+(?:\.[0-9]+)?W)?"
    r"(?:[0-9]+(?:\.[0-9]+)?D)?(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?"
)
_MOST_MONTHS = 12 * 200
_MOST_DAYS = 366 * 200


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time: calendar months, days, and a time of day.

    Months are whole. `written` remembers how the period was spelled and takes no part in equality.
    Raises `TimeRefused` when a part is negative or the whole is longer than 200 years.

    **Month arithmetic.** A month from a moment is the same day of the next month, or its last day
    where that day does not exist: a month after 31 January is 28 (or 29) February. Repeats are
    always counted from the anchor: the third cycle of a monthly drug begun on 31 January is
    31 March, not 28 March, so use `period.times(2).after(anchor)` and never add cycle to cycle.
    Clamping is what calendars, orders and `dateutil.relativedelta` do; adding 30 days drifts by
    five days a year, and rolling over into March gives a month with two cycles.
    """

    months: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0
    written: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        parts = (self.months, self.days, self.hours, self.minutes, self.seconds)
        if min(parts) < 0:
            raise _refused("period-negative", "A period cannot be negative.", str(parts))
        seconds = ((self.days * 24 + self.hours) * 60 + self.minutes) * 60 + self.seconds
        if self.months > _MOST_MONTHS or seconds > _MOST_DAYS * 86400:
            raise _too_long(self.written)

    def __str__(self) -> str:
        return self.written or self.iso()

    def iso(self) -> str:
        """The one ISO 8601 text of this value: `P18M`, `P28D`, `PT30M`; weeks become days."""
        date = f"{self.months}M" * bool(self.months) + f"{self.days}D" * bool(self.days)
        clock = "".join(
            f"{number}{letter}"
            for number, letter in ((self.hours, "H"), (self.minutes, "M"), (self.seconds, "S"))
            if number
        )
        text = "P" + date + ("T" + clock if clock else "")
        return text if text != "P" else "P0D"

    def say(self) -> str:
        """For people: `28 days`, `1 month`, `12 weeks`, `1 year 6 months`, `30 minutes`."""
        years, months = divmod(self.months, 12) if "Y" in self.written else (0, self.months)
        in_weeks = "W" in self.written and self.days % 7 == 0
        counts = (
            (years, "year"),
            (months, "month"),
            (self.days // 7 if in_weeks else 0, "week"),
            (0 if in_weeks else self.days, "day"),
            (self.hours, "hour"),
            (self.minutes, "minute"),
            (self.seconds, "second"),
        )
        said = [f"{count} {name}{'s' * (count != 1)}" for count, name in counts if count]
        return " ".join(said) or "0 days"

    @property
    def is_empty(self) -> bool:
        """Whether the period has no length."""
        return not self.months and not self._time_part()

    @property
    def is_calendar(self) -> bool:
        """Whether the period holds months, so that its days depend on the anchor."""
        return self.months > 0

    @property
    def shortest_days(self) -> int:
        """The fewest calendar days it can span, from any anchor: 28 for `P1M`, 89 for `P3M`."""
        return _span_of_months(self.months)[0] + self.days

    @property
    def longest_days(self) -> int:
        """The most calendar days it can span, from any anchor: 31 for `P1M`, 92 for `P3M`."""
        return _span_of_months(self.months)[1] + self.days

    def times(self, count: int) -> Period:
        """The period repeated `count` times (0 or more), part by part."""
        return Period(
            self.months * count,
            self.days * count,
            self.hours * count,
            self.minutes * count,
            self.seconds * count,
        )

    def after(self, moment: datetime) -> datetime:
        """The moment this long after another: months first, clamped, then days and time.

        Raises `TimeRefused` (`time-out-of-range`) beyond the years 1 to 9999.
        """
        return self._moved(moment, 1)

    def before(self, moment: datetime) -> datetime:
        """The moment this long before another: months first, clamped, then days and time.

        Not always the inverse of `after`: a month before 31 March is 28 February, and a month
        after that is 28 March.
        """
        return self._moved(moment, -1)

    def _moved(self, moment: datetime, sign: int) -> datetime:
        try:
            return _months_from(moment, sign * self.months) + sign * self._time_part()
        except (ValueError, OverflowError):
            message = f"{self.say()} from {moment:%Y-%m-%d} is not a date."
            raise _refused("time-out-of-range", message, str(self)) from None

    def _time_part(self) -> timedelta:
        return timedelta(
            days=self.days, hours=self.hours, minutes=self.minutes, seconds=self.seconds
        )


@lru_cache(maxsize=1024)
def parse_period(text: str) -> Period:
    """A period from `P1M`, `P28D`, `P12W`, `PT30M`, `P1Y6M`.

    Raises `TimeRefused`: `period-unreadable`, `period-negative`, `period-fraction` (half a month is
    no number of days; write days).
    """
    import isodate

    stripped = text.strip()
    if stripped.startswith("-"):
        raise _refused("period-negative", "A period cannot be negative.", stripped)
    if not _SHAPE.fullmatch(stripped):
        raise _unreadable(stripped)
    try:
        parsed = isodate.parse_duration(stripped, as_timedelta_if_possible=False)
    except OverflowError:
        raise _too_long(stripped) from None
    except (isodate.ISO8601Error, ValueError):
        raise _unreadable(stripped) from None
    months = parsed.years * 12 + parsed.months
    return _exact(months, parsed.tdelta, stripped)


def days_between(start: datetime, end: datetime) -> int:
    """Calendar days from one moment to another: midnights passed, negative when `end` is earlier.

    23:50 to 00:10 is one day, as a calendar counts; use a subtraction for elapsed time.
    """
    return (end.date() - start.date()).days


def _months_from(moment: datetime, months: int) -> datetime:
    """The same day of another month, or its last day."""
    if not months:
        return moment
    years, month = divmod(moment.month - 1 + months, 12)
    last = monthrange(moment.year + years, month + 1)[1]
    return moment.replace(moment.year + years, month + 1, min(moment.day, last))


def _exact(months: Decimal, rest: timedelta, written: str) -> Period:
    if months != int(months) or rest.microseconds or "." in written:
        message = "A period is counted in whole years, months, weeks, days, hours and minutes."
        raise _refused("period-fraction", message, written)
    minutes, seconds = divmod(rest.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return Period(int(months), rest.days, hours, minutes, seconds, written)


@lru_cache(maxsize=256)
def _span_of_months(months: int) -> tuple[int, int]:
    """The fewest and the most days in so many consecutive months of the Gregorian calendar.

    Clamping never leaves these bounds: from a month's last day to another's is the sum of the
    months after the first, again a run of consecutive months. The calendar repeats every 400 years.
    """
    starts = [date(1600 + n // 12, n % 12 + 1, 1).toordinal() for n in range(4800 + months + 1)]
    spans = [starts[n + months] - starts[n] for n in range(4800)]
    return min(spans), max(spans)


def _too_long(written: str) -> Refused:
    return _refused("period-too-long", "The period is longer than 200 years.", written)


def _unreadable(text: str) -> Refused:
    friendly = re.fullmatch(r"(\d+) ?(d|day|days|w|wk|week|weeks|m|mo|month|months|y|years?)", text)
    mend = f"P{friendly[1]}{friendly[2][0].upper()}" if friendly else ""
    return _refused("period-unreadable", "This is not a period.", text, mend)


def _refused(code: str, message: str, found: str, mend: str = "") -> Refused:
    return TimeRefused.because(
        code,
        message,
        found=found[:40],
        allowed=_ALLOWED,
        mend=f"write {mend}" if mend else "write it as in the examples",
    )
