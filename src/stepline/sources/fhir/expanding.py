"""The dates on which the doses of a timing are due, where the timing fixes them.

What FHIR leaves open stays open: a timing without an end, a rhythm that does not say on which day
(three times a week), or a count that is only bounded has no dates here. Where only the gap between
doses is bounded (every 3 to 4 weeks), each date lies between two bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import count as numbers
from itertools import islice

from stepline.core.errors import TimeRefused
from stepline.core.time import Period, When
from stepline.sources.fhir.moments import end_of, length, length_of, moment, to_the_day, whole
from stepline.sources.fhir.structs import Repeat, Timing

MOST_DATES = 200
"""A timing with more doses is kept as a rhythm."""

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
_WEEKDAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}
_TO_END_OF_DAY = timedelta(days=1) - timedelta(microseconds=1)


def due_dates(timing: Timing, begin: When | None) -> tuple[When, ...]:
    """The due moments of a timing, in order; empty where it does not fix them.

    `begin` is when the order begins, for a timing that does not say so. A period of dates includes
    its last day; a duration does not include the day on which it is over. The n-th dose is counted
    from the first, so that a month stays a month. Raises `RowRefused` for a date that is none.
    """
    if timing.event:
        return tuple(sorted((moment(text) for text in timing.event), key=lambda one: one.time))
    repeat = timing.repeat
    first = _first(repeat, begin) if repeat is not None else None
    if repeat is None or first is None or _is_open(repeat):
        return ()
    try:
        return _listed(repeat, first)
    except (TimeRefused, OverflowError):
        return ()


def _listed(repeat: Repeat, first: datetime) -> tuple[When, ...]:
    last, most = _last(repeat, first), _most(repeat)
    if last is None and most is None:
        return ()
    every = _gap(repeat, repeat.period)
    if repeat.day_of_week:
        days = _on_weekdays(repeat, first)
        found = _at_times(days, repeat.time_of_day) if days is not None else None
    elif every is not None and repeat.period_max is not None:
        # Only a known number of doses says how many there are when the gap is not known.
        found = _between(repeat, first, every) if last is None else None
    else:
        found = _every(repeat, first, every)
    return _up_to(found, last, most) if found is not None else ()


def _up_to(found: Iterator[When], last: datetime | None, most: int | None) -> tuple[When, ...]:
    dates = []
    for when in islice(found, most if most is not None else MOST_DATES + 1):
        if last is not None and when.time > last:
            break
        dates.append(when)
    return tuple(dates) if len(dates) <= MOST_DATES else ()


# ---------------------------------------------------------------- from when until when


def _first(repeat: Repeat, begin: When | None) -> datetime | None:
    """The first day, at midnight; `None` where no single day is stated."""
    period = repeat.bounds_period
    start = moment(period.start) if period and period.start else begin
    if start is None or not to_the_day(start):
        return None
    return start.time.replace(hour=0, minute=0, second=0, microsecond=0)


def _last(repeat: Repeat, first: datetime) -> datetime | None:
    """The last moment at which a dose can be due; `None` where no day bounds it."""
    period = repeat.bounds_period
    if period is not None and period.end:
        end, exact = end_of(moment(period.end))
        return end if exact else None
    lasting = length(repeat.bounds_duration)
    return None if lasting is None else lasting.after(first) - timedelta(microseconds=1)


def _most(repeat: Repeat) -> int | None:
    if repeat.count is None or not whole(repeat.count):
        return None
    return int(repeat.count)


def _is_open(repeat: Repeat) -> bool:
    """Whether a number of the timing is bounded where dates need it exact."""
    bounded = (repeat.bounds_range, repeat.count_max, repeat.frequency_max)
    if any(one is not None for one in bounded):
        return True
    named = len(set(repeat.day_of_week))
    is_weekly = repeat.period_unit == "wk" and repeat.period == 1
    each_named_day = is_weekly and named > 1 and repeat.frequency == named
    return repeat.frequency not in (None, 1) and not each_named_day


# ---------------------------------------------------------------- one after another


def _gap(repeat: Repeat, period: Decimal | None) -> Period | None:
    """The whole days or months between two doses; hours and less are no dates."""
    if period is None or not whole(period) or repeat.period_unit not in ("d", "wk", "mo", "a"):
        return None
    return length_of(int(period), repeat.period_unit)


def _every(repeat: Repeat, first: datetime, every: Period | None) -> Iterator[When] | None:
    if every is None or repeat.time_of_day:
        return None
    return (_day(every.times(number).after(first)) for number in numbers())


def _between(repeat: Repeat, first: datetime, least: Period) -> Iterator[When] | None:
    """Doses with a gap between two lengths: the first on its day, the others between two days."""
    longest = _gap(repeat, repeat.period_max)
    if longest is None or repeat.time_of_day or longest.after(first) < least.after(first):
        return None
    said = f"{least.say()} to {longest.say()} after the dose before"
    return (
        When(
            least.times(number).after(first),
            least.times(number).after(first),
            longest.times(number).after(first) + _TO_END_OF_DAY,
            said if number else first.date().isoformat(),
        )
        for number in numbers()
    )


def _on_weekdays(repeat: Repeat, first: datetime) -> Iterator[When] | None:
    """Every named day of every week; of every n-th week only where one day is named."""
    named = sorted({_WEEKDAYS.get(day, 0) for day in repeat.day_of_week})
    is_daily = repeat.period_unit in ("", "d") and repeat.period in (None, 1)
    weekly = repeat.period_unit == "wk" and repeat.period is not None and whole(repeat.period)
    if 0 in named or repeat.period_max is not None or len(set(repeat.when)) > 1:
        return None
    if len(named) > 1 and not is_daily and repeat.frequency != len(named):
        return None
    if not (is_daily or weekly):
        return None
    weeks = int(repeat.period) if weekly and repeat.period is not None else 1
    starts = sorted(first + timedelta(days=(day - first.isoweekday()) % 7) for day in named)
    return (
        _day(start + timedelta(weeks=weeks * number)) for number in numbers() for start in starts
    )


def _at_times(days: Iterator[When], times: tuple[str, ...]) -> Iterator[When] | None:
    """The same days at clock times; as whole days where none is named."""
    if not times:
        return days
    if not all(map(_CLOCK.fullmatch, times)):
        return None
    clocks = sorted({time.fromisoformat(text) for text in times})
    return (When.exact(datetime.combine(day.time, clock)) for day in days for clock in clocks)


def _day(start: datetime) -> When:
    return When(start, start, start + _TO_END_OF_DAY, start.date().isoformat())
