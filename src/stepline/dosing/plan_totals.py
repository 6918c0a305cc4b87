"""What a plan comes to: by course, by day and in all. Sums of the days, never of the order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from stepline.core.quantity import Quantity
from stepline.dosing.numbers import quantity_json, quantity_of
from stepline.dosing.plan_amounts import total_mg
from stepline.dosing.plan_dates import is_one_course
from stepline.dosing.plan_model import Plan, PlannedDose, in_unit_of, pieces_json
from stepline.dosing.plan_steroids import steroid_totals


def given_in(doses: Iterable[PlannedDose]) -> Quantity | None:
    """What is given in all, in the unit of the doses; `None` where one has no known end."""
    return _sum(list(doses), exact=False)


def exact_in(doses: Iterable[PlannedDose]) -> Quantity | None:
    """What was ordered in all, before rounding."""
    return _sum(list(doses), exact=True)


def _sum(doses: list[PlannedDose], *, exact: bool) -> Quantity | None:
    pairs = []
    for dose in doses:
        if dose.days is None:
            return None
        pairs.append((dose.portion.exact if exact else dose.portion.amount, dose.days))
    unit = doses[0].portion.amount.unit
    return in_unit_of(quantity_of(total_mg(pairs), "mg"), unit)


def volume_in(doses: Iterable[PlannedDose]) -> Fraction | None:
    """Millilitres in all; `None` where one is unknown."""
    total = Fraction(0)
    for dose in doses:
        volume = dose.portion.volume_ml(dose.portion.amount)
        if volume is None or dose.days is None:
            return None
        total += volume * dose.days
    return total


def pieces_in(doses: Iterable[PlannedDose]) -> tuple[tuple[Quantity, int], ...]:
    """Vials or tablets in all, largest first; of doses with a known end."""
    counted: Counter[Quantity] = Counter()
    for dose in doses:
        for size, count in dose.portion.pieces:
            counted[size] += count * (dose.days or 0)
    return tuple(sorted(counted.items(), key=lambda item: item[0].value, reverse=True))


def totals_json(plan: Plan) -> dict[str, object]:
    """Machine form: one course (the first), each day before rounding, and the whole plan."""
    first = plan.first_course
    daily = first[0].portion.exact
    return {
        "course": _group(first),
        "day": {
            "exact": quantity_json(daily),
            "amounts": [quantity_json(dose.portion.amount) for dose in first],
        },
        "plan": {"courses": plan.courses, "doses": len(plan.doses), **_group(plan.doses)},
        "given": _given(plan),
        "glucocorticoid": steroid_totals(plan),
    }


def given_before(plan: Plan) -> Quantity | None:
    """What was given before the plan; a course without an amount counts as ordered."""
    if not plan.request.given and not plan.request.given_days:
        return None
    unit = plan.doses[0].portion.amount.unit
    full = plan.course.per_day if is_one_course(plan.request.regimen) else plan.course.course_total
    masses = [(one.amount or full, 1) for one in plan.request.given]
    masses += [(one.amount or plan.course.per_day, 1) for one in plan.request.given_days]
    return in_unit_of(quantity_of(total_mg(masses), "mg"), unit)


def _given(plan: Plan) -> dict[str, object] | None:
    """Given before, still to give, and both; `None` where nothing was given before."""
    before, after = given_before(plan), given_in(plan.doses)
    if before is None:
        return None
    both = None
    if after is not None:
        both = in_unit_of(quantity_of(total_mg([(before, 1), (after, 1)]), "mg"), before.unit)
    return {
        "count": len(plan.request.given),
        "days_of_course": len(plan.request.given_days),
        "amount": quantity_json(before),
        "to_give": quantity_json(after),
        "in_all": quantity_json(both),
    }


def _group(doses: tuple[PlannedDose, ...]) -> dict[str, object]:
    volume = volume_in(doses)
    is_tablets = doses[0].portion.are_tablets
    return {
        "amount": quantity_json(given_in(doses)),
        "exact": quantity_json(exact_in(doses)),
        "volume_ml": None if volume is None else float(volume),
        "vials": [] if is_tablets else pieces_json(pieces_in(doses)),
        "tablets": pieces_json(pieces_in(doses)) if is_tablets else [],
    }
