"""The first day of each course: counted from one anchor, moved for closed days, caught up.

No course comes closer to the one before than the regimen's shortest interval, whatever moves it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from stepline.core.time import Period
from stepline.dosing.plan_amounts import offsets_of
from stepline.dosing.plan_calendar import CatchUp, Missed
from stepline.dosing.plan_model import PlanRequest
from stepline.dosing.refusing import DosingRefused
from stepline.dosing.scheduling import (
    cycle_starts,
    cycles_until,
    day_after,
    first_weekday,
    opened,
)
from stepline.protocol.model import Basis, Regimen


@dataclass(frozen=True, slots=True)
class Start:
    """The first day of a course, as counted and as planned.

    `number` counts from 1, those already given included.
    """

    number: int
    counted: date
    planned: date


def course_starts(request: PlanRequest) -> tuple[Start, ...]:
    """The first day of each course that is still to be given.

    Raises:
        DosingRefused: `courses-all-given`, `date-out-of-range`, `no-open-days`, `window-unmet`,
            `courses-overlap`, `doses-too-close`, `missed-not-planned`, `weekday-lost`.
    """
    first = request.given_days[0].date if request.given_days else request.start
    if request.weekday is not None:
        first = first_weekday(first, request.weekday)
    every = every_of(request)
    done = 0 if is_one_course(request.regimen) else len(request.given)
    left = _count(request, first, every) - done
    if left < 1:
        raise _all_given(request)
    counted = tuple(
        Start(done + number, day, day)
        for number, day in enumerate(cycle_starts(first, every, left), start=1)
    )
    if request.missed is not None:
        counted = _caught_up(counted, request, request.missed, every)
    placed: list[Start] = []
    for one in counted:
        is_begun = bool(request.given_days) and not placed
        before = placed[-1] if placed else None
        placed.append(one if is_begun else _placed(one, request, before))
    _check_apart(tuple(placed), request)
    return tuple(placed)


def doses_left(request: PlanRequest) -> tuple[int, ...]:
    """The days, from 0, of the doses of a course that are not given yet."""
    offsets = offsets_of(request.regimen)
    if not is_one_course(request.regimen):
        return offsets
    if len(request.given) >= len(offsets):
        raise _all_given(request)
    return offsets[len(request.given) :]


def is_one_course(regimen: Regimen) -> bool:
    """Whether the regimen is one course of several doses, so that given ones are doses of it."""
    repeat = regimen.repeat
    return repeat is not None and repeat.every is None and len(repeat.offsets) > 1


def shortest_interval(regimen: Regimen) -> Period | None:
    """The least time between two courses, or between two doses of one course; `None` unknown."""
    bands = regimen.recognise
    return bands.interval.low if bands is not None and bands.interval is not None else None


def every_of(request: PlanRequest) -> Period | None:
    """The time from one course to the next; of a daily dose, from review to review."""
    repeat, regimen = request.regimen.repeat, request.regimen
    if repeat is not None and repeat.every is not None:
        return repeat.every
    return regimen.review_every if regimen.give.basis is Basis.PER_DAY else None


def _count(request: PlanRequest, first: date, every: Period | None) -> int:
    """How many courses in all: as asked, as the regimen says, or up to the first review."""
    repeat = request.regimen.repeat
    if request.courses is not None:
        return request.courses
    if repeat is not None and repeat.courses is not None:
        return repeat.courses
    review = request.regimen.review_every
    until = cycles_until(first, every, review) if every is not None and review is not None else 1
    return until + len(request.given)


def _all_given(request: PlanRequest) -> DosingRefused:
    return DosingRefused.because(
        "courses-all-given",
        f"All of '{request.regimen.id}' is given already.",
        found=f"{len(request.given)} given",
        mend="state more --courses, or choose the regimen that follows",
    )


def _placed(start: Start, request: PlanRequest, before: Start | None) -> Start:
    """The course on open days; moved, it keeps its distance from the one before.

    The first one never begins before the stated start.
    """
    if request.regimen.route not in ("iv", "sc"):
        return start
    days = doses_left(request)
    offsets = tuple(day - days[0] for day in days)
    shortest = shortest_interval(request.regimen)
    not_before = None if before is not None else start.planned
    if before is not None and shortest is not None:
        not_before = day_after(before.planned, shortest)
    day = opened(start.planned, offsets, request.open_days, request.window, not_before)
    return replace(start, planned=day)


def _caught_up(
    starts: tuple[Start, ...], request: PlanRequest, missed: Missed, every: Period | None
) -> tuple[Start, ...]:
    at = next((n for n, one in enumerate(starts) if one.counted == missed.date), None)
    if at is None:
        near = sorted(starts, key=lambda one: abs((one.counted - missed.date).days))[:2]
        raise DosingRefused.because(
            "missed-not-planned",
            "No course of this plan is counted on the day that was missed.",
            found=missed.date.isoformat(),
            allowed=", ".join(str(one.counted) for one in sorted(near, key=lambda o: o.counted)),
            mend="name the day as it was planned",
        )
    before, rest = starts[:at], starts[at + 1 :]
    if missed.policy is CatchUp.SKIP:
        return (*before, *(replace(one, number=one.number - 1) for one in rest))
    assert missed.made_up_on is not None
    made = replace(starts[at], counted=missed.made_up_on, planned=missed.made_up_on)
    if missed.policy is CatchUp.KEEP or every is None:
        return (*before, made, *rest)
    _check_weekday(request, missed.made_up_on)
    shifted = cycle_starts(missed.made_up_on, every, len(rest) + 1)[1:]
    moved = (replace(one, counted=day, planned=day) for one, day in zip(rest, shifted, strict=True))
    return (*before, made, *moved)


def _check_weekday(request: PlanRequest, day: date) -> None:
    """An order that names its weekday does not change it on the way."""
    if request.weekday is not None and day.isoweekday() != request.weekday:
        raise DosingRefused.because(
            "weekday-lost",
            "Shifting the rest would change the weekday that the order names.",
            found=f"{day:%A} {day}",
            mend="keep the calendar, or make a new order with its own weekday",
        )


def _check_apart(starts: tuple[Start, ...], request: PlanRequest) -> None:
    """Courses neither run into each other nor come closer than the regimen allows."""
    last = offsets_of(request.regimen)[-1]
    if request.regimen.give.basis is Basis.PER_DAY:
        return
    shortest = shortest_interval(request.regimen)
    given = [one.date for one in request.given]
    days = [*given, *(one.planned for one in starts)]
    for one, following in pairwise(days):
        if not is_one_course(request.regimen) and one + timedelta(days=last) >= following:
            raise DosingRefused.because(
                "courses-overlap",
                f"The courses of {one} and {following} run into each other.",
                mend="open more days",
            )
        if shortest is not None and following < day_after(one, shortest):
            raise _too_close(one, following, shortest)


def _too_close(one: date, following: date, shortest: Period) -> DosingRefused:
    days = (following - one).days
    return DosingRefused.because(
        "doses-too-close",
        f"{one} and {following} are {days} day{'s' * (days != 1)} apart; "
        f"this regimen keeps at least {shortest.say()}.",
        found=f"{days} days",
        allowed=f"the later one from {day_after(one, shortest)} on, or the earlier one up to "
        f"{following - timedelta(days=shortest.longest_days)}",
        mend="choose another day, or skip the course",
    )
