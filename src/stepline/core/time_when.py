"""A moment that is known, bounded or open, and reading one from a date."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from stepline.core.errors import Refused, TimeRefused

EARLIEST = 1900
LATEST = 2100
"""The first and last year that a date may name."""

_ALLOWED = "a date such as 2026-01-05, 2026-01 or 2026, or a time such as 2026-01-05T14:30"
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
_WHOLE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


@dataclass(frozen=True, slots=True)
class When:
    """A moment: where it stands in the order, and between which bounds it truly lies.

    `time` (naive, the clock of its place) orders it. The truth lies between `earliest` and
    `latest`, both included; `None` is unbounded on that side. An exact moment has both equal to
    `time`. `said` is how the source said it; `note` is what was done to read it.
    """

    time: datetime
    earliest: datetime | None
    latest: datetime | None
    said: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        below = self.earliest is not None and self.time < self.earliest
        above = self.latest is not None and self.time > self.latest
        if below or above:
            raise TimeRefused.because(
                "time-outside-bounds",
                "A moment must be placed between its own bounds.",
                found=f"{self.time} not in {self.earliest}..{self.latest}",
                mend="place the moment at one of its bounds",
            )

    @classmethod
    def exact(cls, time: datetime, said: str = "") -> When:
        """A moment that is known."""
        return cls(time, time, time, said)

    @classmethod
    def no_later_than(cls, latest: datetime, said: str = "") -> When:
        """A moment at or before a bound, placed at the bound."""
        return cls(latest, None, latest, said)

    @classmethod
    def no_earlier_than(cls, earliest: datetime, said: str = "") -> When:
        """A moment at or after a bound, placed at the bound."""
        return cls(earliest, earliest, None, said)

    @classmethod
    def about(cls, time: datetime, said: str = "") -> When:
        """A moment placed somewhere, without bounds on either side."""
        return cls(time, None, None, said)

    @property
    def is_exact(self) -> bool:
        """Whether the moment is known."""
        return self.earliest == self.time == self.latest

    def before(self, other: datetime | When) -> bool | None:
        """Whether this comes strictly before another; `None` where the bounds cannot tell."""
        there = _as_when(other)
        if _below(self.latest, there.earliest, strictly=True):
            return True
        if _below(there.latest, self.earliest, strictly=False):
            return False
        return None

    def after(self, other: datetime | When) -> bool | None:
        """Whether this comes strictly after another; `None` where the bounds cannot tell."""
        return _as_when(other).before(self)

    def at_or_before(self, other: datetime | When) -> bool | None:
        """Whether this comes no later than another; `None` where the bounds cannot tell."""
        return _negated(self.after(other))

    def at_or_after(self, other: datetime | When) -> bool | None:
        """Whether this comes no earlier than another; `None` where the bounds cannot tell."""
        return _negated(self.before(other))

    def moved(self, move: Callable[[datetime], datetime], said: str = "") -> When:
        """The moment with its place and bounds moved alike, as by `period.after`."""
        earliest = None if self.earliest is None else move(self.earliest)
        latest = None if self.latest is None else move(self.latest)
        return When(move(self.time), earliest, latest, said, self.note)


def parse_date(text: str) -> When:
    """A moment from a date, a partial date or a time of ISO 8601.

    A date without a time is its midnight, exactly. `2026-01` and `2026` are placed at their first
    moment and bounded by their last. A time with an offset keeps the clock of
    its place, with a note: an infusion at half past midnight belongs to that day.

    Raises `TimeRefused`: `date-unreadable`, `date-ambiguous` (`01/02/2026`), `date-impossible`
    (31 February), `date-out-of-range` (outside 1900..2100), `date-short-year`.
    """
    stripped = text.strip()
    if partial := _PARTIAL.fullmatch(stripped):
        return _partial(int(partial[1]), partial[2], stripped)
    whole = _WHOLE.fullmatch(stripped)
    if whole is None:
        raise _unreadable(stripped)
    _within_years(int(whole[1]), stripped)
    day = _real_day(int(whole[1]), int(whole[2]), int(whole[3]), stripped)
    if whole[4] is None:
        return When.exact(datetime(day.year, day.month, day.day), stripped)
    return _timed(stripped, has_offset=whole[5] is not None)


def _partial(year: int, month: str | None, text: str) -> When:
    _within_years(year, text)
    first_month = int(month) if month else 1
    start = _real_day(year, first_month, 1, text)
    years, months = divmod(start.month if month else 12, 12)
    first = datetime(start.year, start.month, 1)
    last = datetime(start.year + years, months + 1, 1) - _TICK
    return When(first, first, last, text)


def _timed(text: str, *, has_offset: bool) -> When:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _refused("date-impossible", f"There is no time {text}.", text) from None
    if not has_offset:
        return When.exact(moment, text)
    there = moment.replace(tzinfo=None)
    return When(there, there, there, text, f"'{text}' kept at the clock of its place")


def _real_day(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        message = f"There is no date {text}."
        raise _refused("date-impossible", message, text, "check the day and the month") from None


def _within_years(year: int, text: str) -> None:
    if not EARLIEST <= year <= LATEST:
        message = f"The year {year} is outside {EARLIEST} to {LATEST}."
        raise _refused("date-out-of-range", message, text, "check the year")


def _unreadable(text: str) -> Refused:
    if re.fullmatch(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}.*", text):
        message = f"'{text[:40]}' can be day and month in either order."
        return _refused("date-ambiguous", message, text, "write year-month-day: 2026-02-01")
    if re.fullmatch(r"[0-9]{1,2}([/.-][0-9]{1,2}){0,2}", text):
        message = "A year needs four digits."
        return _refused("date-short-year", message, text, "write year-month-day: 2026-02-01")
    return _refused("date-unreadable", "This is not a date.", text, "write year-month-day")


def _refused(code: str, message: str, found: str, mend: str = "") -> Refused:
    return TimeRefused.because(code, message, found=found[:40], allowed=_ALLOWED, mend=mend)


def _as_when(moment: datetime | When) -> When:
    return moment if isinstance(moment, When) else When.exact(moment)


def _below(left: datetime | None, right: datetime | None, *, strictly: bool) -> bool:
    if left is None or right is None:
        return False
    return left < right if strictly else left <= right


def _negated(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict
