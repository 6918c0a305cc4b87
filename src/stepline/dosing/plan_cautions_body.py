"""What a reader must know of the body behind a plan: which weight, how old, what else it gives."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.numbers import quantity_of, say, shown
from stepline.dosing.plan_model import Caution, Plan
from stepline.dosing.plan_weight import (
    OVERWEIGHT,
    SLOWER,
    aged,
    freshness_evidence,
    overweight,
    rate_weight,
    weight_of,
)
from stepline.dosing.weights import WeightMethod, WeightRule, body_weight

_STANDARD = (WeightMethod.ACTUAL, WeightMethod.DEVINE, WeightMethod.ADJUSTED)


def cautions_of_body(plan: Plan) -> Iterator[Caution]:
    """Every caution about weight, height and surface."""
    for doubt in plan.request.size.doubts:
        yield Caution("body-doubt", doubt)
    surface = plan.surface
    if surface is not None and surface.value is not None:
        cap = plan.request.surface_cap
        capped = "not capped" if cap is None else f"capped at {say(cap)} as asked"
        text = f"Body surface {shown(surface.value, 3)} m² by {surface.method.value}, {capped}."
        yield Caution("surface-formula", text, (surface.evidence,))
    yield from _of_rule(plan)
    yield from _of_overweight(plan)
    yield from _of_age(plan)


def _of_rule(plan: Plan) -> Iterator[Caution]:
    """A weight that was asked for is said, with the actual one beside it."""
    request = plan.request
    if request.weighing.rule is WeightRule.ACTUAL:
        return
    chosen = weight_of(request.size, request.weighing)
    used, actual = chosen.used.quantity, request.size.weight
    assert used is not None
    beside = f" (actual {say(actual)})" if actual is not None else ""
    text = f"Dosed by {say(used)}, {chosen.used.method.value}{beside}. {chosen.reason}"
    yield Caution("dosing-weight", text, chosen.evidence)
    for limit in chosen.used.limits:
        yield Caution("dosing-weight-limit", limit, chosen.used.evidence)
    slower = rate_weight(request.size, request.weighing)
    has_rates = any(dose.portion.run for dose in plan.doses)
    if has_rates and slower is not None and used != actual:
        yield Caution("rate-weight", f"Rates per kg rest on {say(slower)}, the lower.", (SLOWER,))


def _of_overweight(plan: Plan) -> Iterator[Caution]:
    """In overweight a label asks for another weight than the actual one; both doses are shown."""
    request = plan.request
    person, size = request.weighing.person, request.size
    heavy = overweight(size, person)
    if not heavy.holds or request.regimen.drug != "ivig" or not _scales(plan):
        return
    doses = [
        f"{_dose_at(plan, weight)} by {method.value} weight ({say(weight)})"
        for method in _STANDARD
        if (weight := body_weight(size, person, method).quantity) is not None
    ]
    more = "" if len(doses) > 1 else " The other weights need --sex and --height."
    text = f"Overweight ({heavy.say()}): sources differ on the weight. {'; '.join(doses)}.{more}"
    yield Caution("overweight", f"{text} {_used(plan)}", OVERWEIGHT)


def _scales(plan: Plan) -> bool:
    """Whether the dose that is planned is stated per kilogram."""
    request = plan.request
    stated = request.course_total or request.per_day or request.regimen.give.dose
    return stated is not None and "/kg" in stated.unit


def _used(plan: Plan) -> str:
    return (
        f"This plan uses the {weight_of(plan.request.size, plan.request.weighing).rule.value} one."
    )


def _dose_at(plan: Plan, weight: Quantity) -> str:
    used = weight_of(plan.request.size, plan.request.weighing).used.quantity
    assert used is not None
    scale = in_unit(weight, "kg") / in_unit(used, "kg")
    total, day = (_scaled(mass, scale) for mass in (plan.course.course_total, plan.course.per_day))
    return total if plan.course.days == 1 else f"{total} a course, {day} a day"


def _scaled(mass: Quantity, scale: Fraction) -> str:
    return say(quantity_of(in_unit(mass, "g") * scale, "g"), 1)


def _of_age(plan: Plan) -> Iterator[Caution]:
    weighing, start = plan.request.weighing, plan.doses[0].date
    for name, day in (("weight", weighing.weight_on), ("height", weighing.height_on)):
        text = aged(name, day, start)
        if text:
            yield Caution(f"{name}-old", text, freshness_evidence(name))
