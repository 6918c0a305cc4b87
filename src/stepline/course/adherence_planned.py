"""The planned side of a course: a regimen counted from the first dose, or a plan that is given."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import Quantity, comparable, decimal_of, factor
from stepline.core.time import Period
from stepline.course.adherence_model import Due, Schedule
from stepline.dosing.plan_model import Plan, PlannedDose
from stepline.protocol.model import Basis, Regimen

_DAY = timedelta(days=1)


def schedule_of_regimen(
    regimen: Regimen, first: date, last: date, *, given: int = 0, is_so_far: bool = False
) -> Schedule:
    """What a regimen plans from the day of the first dose on.

    A regimen with a number of courses plans all of them, or, where `is_so_far`, those due by
    `last`; an open one plans what is due by `last`. `due` goes one beyond `given` and `planned`.
    """
    says = f"regimen {regimen.id} {regimen.version}, counted from the first dose"
    why_not = _not_countable(regimen)
    if why_not:
        return Schedule(says=says, missing=(why_not,))
    dose, unknown = _amount(regimen)
    missing = (unknown,) if unknown else ()
    unit = dose.unit if dose else ""
    amount = dose.value if dose else None
    if is_daily(regimen):
        days = (last - first).days + 1
        run = Due(first, amount, days)
        return Schedule(unit, (run,), days, None, is_daily=True, says=says, missing=missing)
    days_due = _days_due(regimen, first, last, given)
    by_last = sum(day <= last for day in days_due)
    total = _courses(regimen)
    planned = by_last if total is None else min(total, by_last) if is_so_far else total
    due = tuple(Due(day, amount) for day in days_due)
    every = regimen.repeat.every if regimen.repeat and not regimen.repeat.offsets else None
    return Schedule(unit, due, planned, every, says=says, missing=missing)


def is_daily(regimen: Regimen) -> bool:
    """Whether the regimen is a dose for every day."""
    every = regimen.repeat.every if regimen.repeat else None
    return regimen.give.basis is Basis.PER_DAY and every in (None, Period(days=1))


def _not_countable(regimen: Regimen) -> str:
    if regimen.taper is not None:
        return "the doses of a taper, by the plan that was followed"
    repeat = regimen.repeat
    if is_daily(regimen) or (repeat is not None and (repeat.every or repeat.offsets)):
        return ""
    return "how often the regimen gives its dose"


def _amount(regimen: Regimen) -> tuple[Quantity | None, str]:
    """The amount of one dose as the regimen states it, or why there is none to compare with."""
    give = regimen.give
    if give.dose is None or give.basis is Basis.UNKNOWN:
        return None, "the dose of the regimen"
    if give.up_to:
        return None, f"the dose that was planned: the regimen states at most {give.dose.say()}"
    if give.capped_at is not None:
        return None, f"the dose that was planned: the regimen caps it at {give.capped_at.say()}"
    return give.dose, ""


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
