"""The planned side of a course: a regimen counted from the first dose, or a plan that is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import Quantity, comparable, decimal_of, factor
from stepline.core.time import Period
from stepline.course.adherence_amounts import body_on, days_of_change, due_on, unit_of, untold
from stepline.course.adherence_model import Due, Schedule
from stepline.dosing.plan_model import Plan, PlannedDose, PlanRequest
from stepline.dosing.planning import make_plan
from stepline.dosing.refusing import DosingRefused
from stepline.protocol.model import Basis, Give, Regimen
from stepline.record.index import RecordIndex

_DAY = timedelta(days=1)


def schedule_of_regimen(
    regimen: Regimen,
    first: date,
    last: date,
    index: RecordIndex,
    *,
    given: int = 0,
    is_so_far: bool = False,
) -> Schedule:
    """What a regimen plans from the day of the first dose on, for the body in a record.

    A regimen with a number of courses plans all of them, or, where `is_so_far`, those due by
    `last`; an open one plans what is due by `last`. `due` goes one beyond `given` and `planned`.
    """
    says = f"regimen {regimen.id} {regimen.version}, counted from the first dose"
    why_not = _not_countable(regimen)
    if why_not:
        return Schedule(says=says, missing=(why_not,))
    if regimen.taper is not None:
        return _schedule_of_taper(regimen, first, last, index, says)
    give, unit = regimen.give, unit_of(regimen.give)
    if is_daily(regimen):
        runs = _runs(give, first, last, index)
        days, missing = (last - first).days + 1, tuple(untold(give, runs))
        return Schedule(unit, runs, days, None, is_daily=True, says=says, missing=missing)
    days_due = _days_due(regimen, first, last, given)
    by_last = sum(day <= last for day in days_due)
    total = _courses(regimen)
    planned = by_last if total is None else min(total, by_last) if is_so_far else total
    due = tuple(due_on(day, give, index) for day in days_due)
    missing = tuple(untold(give, due[: max(planned, given)]))
    every = regimen.repeat.every if regimen.repeat and not regimen.repeat.offsets else None
    return Schedule(unit, due, planned, every, says=says, missing=missing)


def is_daily(regimen: Regimen) -> bool:
    """Whether the regimen is a dose for every day."""
    every = regimen.repeat.every if regimen.repeat else None
    return regimen.give.basis is Basis.PER_DAY and every in (None, Period(days=1))


def _not_countable(regimen: Regimen) -> str:
    repeat = regimen.repeat
    if is_daily(regimen) or (repeat is not None and (repeat.every or repeat.offsets)):
        return ""
    return "how often the regimen gives its dose"


def _runs(give: Give, first: date, last: date, index: RecordIndex) -> tuple[Due, ...]:
    """A daily dose, anew from each day on which the size of the body can change it."""
    begins = days_of_change(give, first, last, index)
    ends = [*begins[1:], last + _DAY]
    both = zip(begins, ends, strict=True)
    return tuple(due_on(day, give, index, (end - day).days) for day, end in both)


def _courses(regimen: Regimen) -> int | None:
    """How many doses the regimen plans in all; `None` where it is open."""
    repeat = regimen.repeat
    if repeat is None or repeat.courses is None:
        return None
    return repeat.courses * max(1, len(repeat.offsets))


def _days_due(regimen: Regimen, first: date, last: date, given: int) -> list[date]:
    """The days on which doses are due: all by `last`, all that are planned, and one more."""
    repeat = regimen.repeat
    assert repeat is not None, "checked by `_not_countable`"
    offsets = repeat.offsets or (0,)
    if repeat.every is None:
        return [first + timedelta(days=offset - offsets[0]) for offset in offsets]
    least = max(given, _courses(regimen) or 0) + 1
    anchor = datetime.combine(first, time.min)
    found: list[date] = []
    number = 0
    while len(found) < least or found[-1] <= last:
        start = repeat.every.times(number).after(anchor).date()
        found += [start + timedelta(days=offset - offsets[0]) for offset in offsets]
        number += 1
    return found


def _schedule_of_taper(
    regimen: Regimen, first: date, last: date, index: RecordIndex, says: str
) -> Schedule:
    """A daily dose that falls: by the steps that a source states, as a plan of them has them.

    Where the steps are only proposed or unknown each day has a dose, of which the amount is not
    known. The last dose stated has no end that is stated, so amounts are told up to its day.
    """
    days = (last - first).days + 1
    unknown = Schedule("", (Due(first, None, days),), days, is_daily=True, says=says)
    if regimen.taper is None or regimen.taper.steps != "stated":
        told = "the doses of the taper, by the plan that was followed: no steps are stated"
        return replace(unknown, missing=(told,))
    try:
        plan = make_plan(PlanRequest(regimen, first, body_on(first, index)))
    except DosingRefused as refusal:
        told = " ".join(problem.message for problem in refusal.problems)
        return replace(unknown, missing=(f"the doses of the taper: {told}",))
    schedule = schedule_of_plan(plan, last)
    floor = plan.doses[-1]
    if floor.until is not None or floor.date > last:
        return replace(schedule, says=says)
    number, dose = (floor.date - first).days + 1, floor.portion.amount.say()
    told = f"what was planned from day {number} on: the steps are stated down to {dose} a day"
    until = floor.date - _DAY
    return replace(schedule, says=says, told_until=until, missing=(*schedule.missing, told))


def schedule_of_plan(plan: Plan, last: date) -> Schedule:
    """What a plan asks for by `last`, in its own unit of mass, after rounding.

    The doses of one course over consecutive days count as one, as they do on the given side.
    """
    if not plan.doses:
        return Schedule(missing=("the doses of the plan: it holds none",))
    mass = plan.doses[0].portion.amount.unit
    unit = f"{mass}/d" if plan.is_daily else mass
    says = f"the plan of {plan.request.regimen.id} from {plan.request.start.isoformat()}"
    if plan.is_daily:
        runs = [_run(dose, unit, last) for dose in plan.doses if dose.date <= last]
        days = sum(run.days for run in runs)
        return Schedule(unit, tuple(runs), days, None, is_daily=True, says=says)
    repeat = plan.request.regimen.repeat
    courses = sorted({dose.course for dose in plan.doses})
    by_offsets = repeat is not None and bool(repeat.offsets)
    if by_offsets:
        due = [Due(dose.date, _in(dose, unit)) for dose in plan.doses]
    else:
        due = [_whole(plan.of_course(number), unit) for number in courses]
    planned = sum(one.day <= last for one in due)
    every = repeat.every if repeat is not None and not by_offsets else None
    if every is not None and due:
        anchor = datetime.combine(due[-1].day, time.min)
        due.append(Due(every.after(anchor).date()))
    missing: tuple[str, ...] = ()
    if any(one.amount is None for one in due[:planned]):
        missing = (f"the planned doses in {unit}",)
    return Schedule(unit, tuple(due), planned, every, says=says, missing=missing)


def _run(dose: PlannedDose, unit: str, last: date) -> Due:
    """A daily dose over its stretch, cut off after `last`."""
    until = min(dose.until or last, last)
    days = (until - dose.date).days + 1
    if dose.per == "other-day":
        days = (days + 1) // 2
    amount = dose.portion.amount
    daily = Quantity(amount.value, f"{amount.unit}/d")
    return Due(dose.date, _converted(daily, unit), days)


def _whole(doses: tuple[PlannedDose, ...], unit: str) -> Due:
    amounts = [_in(dose, unit) for dose in doses]
    known = [amount for amount in amounts if amount is not None]
    total = sum(known, Decimal(0)) if len(known) == len(amounts) else None
    return Due(doses[0].date, total)


def _in(dose: PlannedDose, unit: str) -> Decimal | None:
    return _converted(dose.portion.amount, unit)


def _converted(amount: Quantity, unit: str) -> Decimal | None:
    if not unit or not comparable(amount.unit, unit):
        return None
    return decimal_of(Fraction(amount.value) * factor(amount.unit, unit))
