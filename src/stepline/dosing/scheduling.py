"""On which dates doses fall: cycles from one anchor, days within a cycle, weekdays, closed days.

Every cycle is counted from the first day, never from the cycle before, so that a shift for a closed
day does not drift and a month stays a month.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from stepline.core.time import LATEST, Period
from stepline.dosing.plan_calendar import Move, Window
from stepline.dosing.plan_model import OpenDays
from stepline.dosing.refusing import DosingRefused

_LONGEST_SEARCH = 60
"""Days searched for an opening: a place closed for longer gives no such course."""


def cycle_starts(start: date, every: Period | None, count: int) -> tuple[date, ...]:
    """The first day of each of `count` cycles.

    Raises `DosingRefused`: `date-out-of-range`, where a cycle would begin after the year 2100.
    """
    if every is None:
        return (start,)
    anchor = datetime(start.year, start.month, start.day)
    if every.times(count - 1).shortest_days + start.toordinal() > date(LATEST, 12, 31).toordinal():
        raise DosingRefused.because(
            "date-out-of-range",
            f"{count} courses every {every.say()} run beyond the year {LATEST}.",
            found=str(count),
            mend="check the start and the number of courses",
        )
    return tuple(every.times(number).after(anchor).date() for number in range(count))


def cycles_until(start: date, every: Period, end: Period) -> int:
    """How many cycles begin before a period from the start has passed; at least one."""
    anchor = datetime(start.year, start.month, start.day)
    last = end.after(anchor)
    count = 1
    while every.times(count).after(anchor) < last:
        count += 1
    return count


def days_of(first: date, offsets: Sequence[int]) -> tuple[date, ...]:
    """The dates of one cycle; offsets count days from its first."""
    return tuple(first + timedelta(days=offset) for offset in offsets)


def opened(
    first: date,
    offsets: Sequence[int],
    open_days: OpenDays,
    window: Window = Window(),  # noqa: B008  (a frozen value)
    not_before: date | None = None,
) -> date:
    """The day from which all days of a cycle are open: in the window, in its direction.

    A cycle that is moved does not begin before `not_before`.

    Raises `DosingRefused`: `no-open-days`; `window-unmet`, with the nearest choices outside.
    """
    for moved in _moves(window):
        day = first + timedelta(days=moved)
        too_early = moved and not_before is not None and day < not_before
        if not too_early and _is_open(day, offsets, open_days):
            return day
    if window.days is not None:
        raise _window_unmet(first, offsets, open_days, window.days)
    raise DosingRefused.because(
        "no-open-days",
        f"No {len(offsets)} days of a course are open within {_LONGEST_SEARCH} days of {first}.",
        found=first.isoformat(),
        mend="open more days, or choose a regimen with fewer days",
    )


def _moves(window: Window) -> list[int]:
    """Days to move by, in the order in which they are tried."""
    days = _LONGEST_SEARCH - 1 if window.days is None else window.days
    if window.direction is Move.LATER:
        return list(range(days + 1))
    either = range(-days, days + 1)
    if window.direction is Move.EARLIEST:
        return [0, *either]
    return sorted(either, key=lambda moved: (abs(moved), -moved))


def _is_open(day: date, offsets: Sequence[int], open_days: OpenDays) -> bool:
    return all(map(open_days.holds, days_of(day, offsets)))


def _window_unmet(
    first: date, offsets: Sequence[int], open_days: OpenDays, days: int
) -> DosingRefused:
    near = []
    for sign in (-1, 1):
        moved = (first + timedelta(days=sign * by) for by in range(1, _LONGEST_SEARCH))
        near += [day for day in moved if _is_open(day, offsets, open_days)][:1]
    said = [f"{day} ({abs((day - first).days)} days {_SIDE[day < first]})" for day in near]
    return DosingRefused.because(
        "window-unmet",
        f"The course of {first} finds no open days within {days} day{'s' * (days != 1)}.",
        found=first.isoformat(),
        allowed=" or ".join(said),
        mend="widen the window, or open a day",
    )


_SIDE = {True: "earlier", False: "later"}


def first_weekday(start: date, weekday: int) -> date:
    """The first such weekday (1 is Monday) that is not before a day."""
    return start + timedelta(days=(weekday - start.isoweekday()) % 7)


def day_after(start: date, period: Period) -> date:
    """The day that lies a period after another."""
    return period.after(datetime(start.year, start.month, start.day)).date()
