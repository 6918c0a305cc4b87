"""Planned against given: adherence, dose intensity, delays, gaps and the cumulative dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from stepline.course.adherence_given import GivenSide, cumulative, each_day, given_side
from stepline.course.adherence_intensity import day_after, with_intensity
from stepline.course.adherence_model import Adherence, Gap, Schedule
from stepline.course.adherence_planned import is_daily, schedule_of_plan, schedule_of_regimen
from stepline.course.adherence_rows import not_told, rows_of
from stepline.course.model import Course
from stepline.dosing.plan_model import Plan
from stepline.protocol.model import Basis, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import Event

_DAY = timedelta(days=1)


def adherence_of(
    course: Course,
    index: RecordIndex,
    planned: Regimen | Plan | None,
    *,
    until: date | None = None,
    carry_over: bool = False,
) -> Adherence:
    """What was given of a course against what was planned.

    The planned side is a plan, or the regimen counted from the first dose; `None` where the course
    is no regimen of the library, which leaves what can be told of the given side alone.

    The days looked at run from the first dose to the last day with a dose, or to `until`, where a
    dose that is not given by then counts as not given. Without `until` a regimen with a number of
    doses is held to all of them.

    - *Days covered*: a dose covers the days until the next is due, a daily spell its own. Without
      `until` the window of a repeated dose ends on the day before the last dose, whose days have
      not passed. `carry_over` uses an early dose's days after those of the dose before.
    - *Proportion of days covered*: days covered over days of the window.
    - *Medication possession ratio*: the sum of the days of all doses in the window over its days.
    - *Relative dose intensity*: the dose over the time it took, over the dose planned over the time
      planned, for as many doses as were given. The time of n doses runs to the day on which the
      next was due, or to `until` where that is later. Sources: `DEFINITIONS`. A dose that is capped
      is planned as the mass that the body of its day comes to; a taper of stated steps by these,
      up to the day of the last. Where a regimen states a maximum, it is known from below.
    - *Relative total dose*: the dose given over the dose of all that was planned.
    - *Delays*: from the day on which each dose was due, counted from the dose before.
    """
    regimen = planned.request.regimen if isinstance(planned, Plan) else planned
    is_day_by_day = course.daily or (regimen is not None and is_daily(regimen))
    events = rows_of(course, index, is_daily=is_day_by_day)
    schedule, side = _sides(events, index, planned, until)
    last = until or side.last
    first = side.doses[0].day if side.doses else course.start.date()
    result = Adherence(
        course_id=course.course_id,
        drug=course.drug,
        regimen=course.regimen,
        start=first,
        until=max(first, last),
        planned_doses=schedule.planned if side.is_counted else None,
        given_doses=sum(one.days for one in side.doses) if side.is_counted else None,
        cumulative=cumulative(side, events, index),
        planned_by=schedule.says,
        missing=(
            *_missing(schedule, side),
            *schedule.missing,
            *side.missing,
            *not_told(course, events),
        ),
    )
    result = _with_cover(result, schedule, side, until, carry_over=carry_over)
    return with_intensity(result, schedule, side, until)


def _sides(
    events: Sequence[Event], index: RecordIndex, planned: Regimen | Plan | None, until: date | None
) -> tuple[Schedule, GivenSide]:
    regimen = planned.request.regimen if isinstance(planned, Plan) else planned
    is_course = regimen is None or regimen.give.basis is Basis.COURSE_TOTAL
    side = given_side(events, "", index, is_course=is_course, until=until)
    by_day = regimen is not None and bool(regimen.repeat and regimen.repeat.offsets)
    first = side.doses[0].day if side.doses else events[0].time.date()
    last = until or side.last
    if isinstance(planned, Plan):
        schedule = schedule_of_plan(planned, last)
    elif planned is not None:
        count = len(side.doses)
        so_far = until is not None
        schedule = schedule_of_regimen(planned, first, last, index, given=count, is_so_far=so_far)
    else:
        schedule = Schedule(missing=("what was planned: no regimen of the library, and no plan",))
    side = given_side(events, schedule.unit, index, is_course=is_course, until=until)
    if by_day and not any(event.is_spell for event in events):
        doses = each_day(events, schedule.unit, index)
        side = replace(side, doses=tuple(d for d in doses if until is None or d.day <= until))
    return schedule, side


def _missing(schedule: Schedule, side: GivenSide) -> list[str]:
    unknown = sum(one.amount is None for one in side.doses)
    if schedule.unit and unknown:
        told = f"the amount in {schedule.unit} of {unknown} of {len(side.doses)} doses"
        sizes = {
            "kg": "the dose, or the weight by then",
            "m2": "the dose, or weight and height by then",
        }
        size = next((says for per, says in sizes.items() if f"/{per}" in schedule.unit), "")
        return [f"{told}: {size}" if size else told]
    return []


# ---------------------------------------------------------------- days covered


def _with_cover(
    result: Adherence,
    schedule: Schedule,
    side: GivenSide,
    until: date | None,
    *,
    carry_over: bool,
) -> Adherence:
    """With days covered, their ratios and the gaps, where the days of a dose are known."""
    lengths = _lengths(schedule, side)
    if lengths is None:
        if schedule.every is None and schedule.due and not schedule.is_daily:
            told = "how long one dose covers: the regimen states no single interval"
            return replace(result, missing=(*result.missing, told))
        return result
    first, last = result.start, result.until
    if until is None and not schedule.is_daily:
        last -= _DAY
    window = (last - first).days + 1
    if window < 1:
        return replace(result, missing=(*result.missing, "a second dose, or the day looked at"))
    inside = [(day, days) for day, days in lengths if day <= last]
    stretches = _stretches(inside, last, carry_over=carry_over)
    gaps = _gaps(stretches, first, last)
    covered = window - sum(gap.days for gap in gaps)
    supplied = sum(days for _, days in inside)
    return replace(
        result,
        window_days=window,
        days_covered=covered,
        proportion_of_days_covered=Fraction(covered, window),
        medication_possession_ratio=Fraction(supplied, window),
        gaps=gaps,
    )


def _lengths(schedule: Schedule, side: GivenSide) -> list[tuple[date, int]] | None:
    """The first day of each dose and for how many days it is enough; `None` if that is unknown."""
    if not (side.is_ended and side.is_placed):
        return None
    if schedule.is_daily:
        return [(one.day, one.supplied) for one in side.doses]
    if schedule.every is None:
        return None
    return [(one.day, (day_after(one.day, schedule.every) - one.day).days) for one in side.doses]


def _stretches(
    lengths: Sequence[tuple[date, int]], last: date, *, carry_over: bool
) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    used_up: date | None = None
    for day, days in sorted(lengths):
        begin = max(day, used_up + _DAY) if carry_over and used_up else day
        end = begin + (days - 1) * _DAY
        used_up = max(used_up, end) if used_up else end
        if begin <= last:
            found.append((begin, min(end, last)))
    return found


def _gaps(stretches: Sequence[tuple[date, date]], first: date, last: date) -> tuple[Gap, ...]:
    """The days of the window in none of the stretches, which are in order of their beginning."""
    gaps = []
    free_from = first
    for begin, end in stretches:
        if begin > free_from:
            gaps.append(Gap(free_from, begin - _DAY))
        free_from = max(free_from, end + _DAY)
    if free_from <= last:
        gaps.append(Gap(free_from, last))
    return tuple(gaps)
