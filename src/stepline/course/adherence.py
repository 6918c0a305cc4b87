"""Planned against given: adherence, dose intensity, delays, gaps and the cumulative dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from stepline.core.time import Period
from stepline.course.adherence_given import GivenSide, cumulative, each_day, given_side
from stepline.course.adherence_model import Adherence, Delays, Gap, GivenDose, Schedule
from stepline.course.adherence_planned import schedule_of_plan, schedule_of_regimen
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
      next was due, or to `until` where that is later. Sources: `DEFINITIONS`.
    - *Relative total dose*: the dose given over the dose of all that was planned.
    - *Delays*: from the day on which each dose was due, counted from the dose before.
    """
    events = _events(course, index)
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
        missing=(*_missing(schedule, side), *schedule.missing, *side.missing),
    )
    result = _with_cover(result, schedule, side, until, carry_over=carry_over)
    return _with_intensity(result, schedule, side, until)


def _events(course: Course, index: RecordIndex) -> list[Event]:
    wanted = set(course.event_ids)
    return [event for event in index.of(course.drug) if event.event_id in wanted]


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
        schedule = schedule_of_regimen(planned, first, last, given=count, is_so_far=so_far)
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
    return [(one.day, (_after(one.day, schedule.every) - one.day).days) for one in side.doses]


def _after(day: date, every: Period) -> date:
    return every.after(datetime.combine(day, time.min)).date()


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


# ---------------------------------------------------------------- delays and dose intensity


def _with_intensity(
    result: Adherence, schedule: Schedule, side: GivenSide, until: date | None
) -> Adherence:
    if not side.doses or not schedule.due:
        return result
    if schedule.is_daily:
        return _of_days(result, schedule, side)
    if side.is_placed:
        result = replace(result, delays=_delays(schedule, side.doses))
    given = _sum([one.amount for one in side.doses])
    if given is None:
        return result
    planned = _sum([one.amount for one in schedule.due[: schedule.planned]])
    share = Fraction(given) / Fraction(planned) if planned and side.is_ended else None
    rate = _rate(schedule, side.doses, given, until) if side.is_placed and side.is_ended else None
    return replace(result, relative_dose_intensity=rate, relative_total_dose=share)


def _of_days(result: Adherence, schedule: Schedule, side: GivenSide) -> Adherence:
    """Of a daily dose: both intensities are the same, for its time is the window."""
    given = _sum([one.amount * one.days if one.amount is not None else None for one in side.doses])
    due = [one.amount * one.days if one.amount is not None else None for one in schedule.due]
    planned = _sum(due)
    if given is None or not planned or not (side.is_ended and side.is_placed):
        return result
    share = Fraction(given) / Fraction(planned)
    return replace(result, relative_dose_intensity=share, relative_total_dose=share)


def _rate(
    schedule: Schedule, doses: Sequence[GivenDose], given: Decimal, until: date | None
) -> Fraction | None:
    """Given over its time, over planned over its time, for as many doses as were given."""
    count, due = len(doses), schedule.due
    planned = _sum([one.amount for one in due[:count]])
    if not planned or count > len(due):
        return None
    if schedule.every is not None and count < len(due):
        time_planned = (due[count].day - due[0].day).days
        end = _after(doses[-1].day, schedule.every)
        if until is not None:
            end = max(end, until + _DAY)
        time_taken = (end - doses[0].day).days
    else:  # no interval follows the last dose: both times run from the first dose to the last
        time_planned = (due[count - 1].day - due[0].day).days
        time_taken = (doses[-1].day - doses[0].day).days
    if not time_planned or not time_taken:
        return None
    return Fraction(given) / Fraction(planned) * Fraction(time_planned, time_taken)


def _delays(schedule: Schedule, doses: Sequence[GivenDose]) -> Delays:
    found = []
    for number in range(1, len(doses)):
        before, day = doses[number - 1].day, doses[number].day
        if schedule.every is not None:
            due = _after(before, schedule.every)
        elif number < len(schedule.due):
            due = before + (schedule.due[number].day - schedule.due[number - 1].day)
        else:
            break
        found.append((day - due).days)
    behind = None
    if len(doses) <= len(schedule.due):
        behind = (doses[-1].day - schedule.due[len(doses) - 1].day).days
    return Delays(tuple(found), behind)


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum of all; `None` where one is not known or there is none."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(amounts) else None
