"""A tapered daily dose as dated steps: stated by a source or proposed; held at a review."""

from __future__ import annotations

from datetime import date, timedelta

from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.numbers import quantity_of
from stepline.dosing.plan_amounts import tablet_of, tablets_of
from stepline.dosing.plan_model import Condition, PlannedDose, PlanRequest, Portion
from stepline.dosing.scheduling import day_after
from stepline.dosing.tapering import Stage, Tablets, TaperStep, staged_taper, straight_taper
from stepline.protocol.model import Taper


def tapered(request: PlanRequest, first: Portion, start: date) -> tuple[PlannedDose, ...]:
    """The steps of a taper; each is a stretch of days on one dose.

    Steps that begin after the first review are conditional where the regimen names what holds the
    taper. From `alternate_from` down, twice the dose stands on every second day.
    """
    made = (
        _dose(request, first if number == 0 else None, step, start)
        for number, step in enumerate(_steps(request, first.amount, start))
    )
    return tuple(dose for dose in made if dose.days != 0)


def _steps(request: PlanRequest, dose: Quantity, start: date) -> tuple[TaperStep, ...]:
    taper = request.regimen.taper
    assert taper is not None
    floor = request.floor or quantity_of(in_unit(taper.floor, "mg/d"), "mg")
    if request.fall is not None:
        return staged_taper(dose, [request.fall.to(floor)], tablets_of(request), start)
    if taper.steps == "stated":
        return staged_taper(dose, _stages(taper), tablets_of(request), start, taper.hold)
    assert taper.over is not None
    end = day_after(start, taper.over)
    return straight_taper(dose, floor, tablet_of(request), start, end)


def _stages(taper: Taper) -> list[Stage]:
    return [
        Stage(quantity_of(in_unit(one.to, "mg/d"), "mg"), one.every, one.by) for one in taper.stages
    ]


def _dose(
    request: PlanRequest, portion: Portion | None, step: TaperStep, start: date
) -> PlannedDose:
    on, days, amount = _days(request, step)
    per = "day" if on is None else "other-day"
    given = portion if portion is not None and on is None else _portion(request, amount)
    begin = on or step.first
    day = (begin - start).days + 1
    condition = _condition(request, step, start)
    drug = request.regimen.drug
    return PlannedDose(begin, drug, 1, day, per, given, step.last, days, condition=condition)


def _days(request: PlanRequest, step: TaperStep) -> tuple[date | None, int | None, Quantity]:
    """Of an alternating step: its first day of giving, how many, and twice the dose.

    Every second day is counted from the start of the plan, through all steps.
    """
    limit = request.alternate_from
    if limit is None or in_unit(step.dose, "mg") > in_unit(limit, "mg"):
        return None, step.days, step.dose
    on = step.first + timedelta(days=(step.first - request.start).days % 2)
    days = None if step.last is None else max(0, (step.last - on).days // 2 + 1)
    return on, days, quantity_of(in_unit(step.dose, step.dose.unit) * 2, step.dose.unit)


def _portion(request: PlanRequest, dose: Quantity) -> Portion:
    tablets = Tablets(tablets_of(request))
    pieces = tablets.make(in_unit(dose, tablets.unit))
    assert pieces is not None
    return Portion(dose, dose, pieces, are_tablets=True)


def _condition(request: PlanRequest, step: TaperStep, start: date) -> Condition | None:
    regimen = request.regimen
    held = regimen.taper.hold_if if regimen.taper is not None else ""
    if not held or regimen.review_every is None:
        return None
    review = day_after(start, regimen.review_every)
    return Condition(review, held) if step.first >= review else None
