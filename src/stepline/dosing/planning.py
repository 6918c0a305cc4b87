"""A regimen, a body and a first day become dated doses. No record is read and no clock.

A plan is a calculation: it holds what the regimen says, marks what no source says, and is refused
where a cap would be crossed or a needed number is missing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from stepline.core.quantity import in_unit
from stepline.core.time import Period
from stepline.dosing.dose import Body
from stepline.dosing.numbers import quantity_of
from stepline.dosing.plan_amounts import (
    Amounts,
    dose_of,
    offsets_of,
    portions_of,
    tablet_of,
)
from stepline.dosing.plan_cautions import cautions_of
from stepline.dosing.plan_model import Plan, PlannedDose, PlanRequest, Portion
from stepline.dosing.plan_needs import needs_of
from stepline.dosing.plan_running import Runner, runner_of, settled
from stepline.dosing.refusing import DosingRefused, Gathering
from stepline.dosing.scheduling import (
    cycle_starts,
    cycles_until,
    day_after,
    days_of,
    first_weekday,
    opened,
)
from stepline.dosing.surface import BodySurface, SurfaceMethod, body_surface
from stepline.dosing.tapering import TaperStep, straight_taper
from stepline.protocol.model import Basis

_SURFACES = {"dubois": SurfaceMethod.DU_BOIS}
"""Where a regimen file spells a formula in another way."""


def make_plan(request: PlanRequest) -> Plan:
    """The dated doses of a regimen.

    Raises:
        DosingRefused: what the regimen needs and was not stated (`weight-missing`,
            `height-missing`, `weekday-missing`, `taper-steps-unknown` …), a product that does not
            fit, a dose above a cap (`dose-above-cap`, `course-exceeded`), dates out of range.
    """
    request = settled(request)
    problems = needs_of(request)
    if problems:
        raise DosingRefused(problems)
    surface = _surface(request)
    body = Body(request.size.weight, surface.quantity if surface else None)
    gathering = Gathering()
    course = gathering.attempt(lambda: dose_of(request, body))
    starts = gathering.attempt(lambda: _starts(request))
    gathering.settle()
    assert course is not None
    assert starts is not None
    amounts = portions_of(request, course, body)
    run, unrated = runner_of(request)
    doses = _doses(request, amounts, starts, run)
    moved = tuple((one, other) for one, other in starts if one != other)
    refusals = (*amounts.refusals, *unrated)
    plan = Plan(request, course, doses, surface, (), refusals, moved, request.regimen.evidence)
    return _with_cautions(plan, amounts)


def _with_cautions(plan: Plan, amounts: Amounts) -> Plan:
    return replace(plan, cautions=cautions_of(plan, amounts))


def _surface(request: PlanRequest) -> BodySurface | None:
    """The body surface by the formula that the regimen names; `None` where it needs none."""
    named = request.regimen.give.bsa
    if not named:
        return None
    return body_surface(request.size, _SURFACES.get(named) or SurfaceMethod(named))


def _starts(request: PlanRequest) -> tuple[tuple[date, date], ...]:
    """The first day of each course, as counted and as moved to open days."""
    regimen, first = request.regimen, request.start
    if request.weekday is not None:
        first = first_weekday(first, request.weekday)
    every = _every(request)
    counted = cycle_starts(first, every, _count(request, first, every))
    if regimen.route not in ("iv", "sc"):
        return tuple((day, day) for day in counted)
    offsets = offsets_of(regimen)
    moved = tuple((day, opened(day, offsets, request.open_days)) for day in counted)
    _check_apart(moved, offsets)
    return moved


def _check_apart(moved: tuple[tuple[date, date], ...], offsets: tuple[int, ...]) -> None:
    """Closed days may not push one course into the next."""
    for (_, one), (_, following) in pairwise(moved):
        if one + timedelta(days=offsets[-1]) >= following:
            raise DosingRefused.because(
                "courses-overlap",
                f"The courses of {one} and {following} run into each other.",
                mend="open more days",
            )


def _every(request: PlanRequest) -> Period | None:
    repeat, regimen = request.regimen.repeat, request.regimen
    if repeat is not None and repeat.every is not None:
        return repeat.every
    return regimen.review_every if regimen.give.basis is Basis.PER_DAY else None


def _count(request: PlanRequest, first: date, every: Period | None) -> int:
    """How many courses: as asked, as the regimen says, or up to the first review."""
    repeat = request.regimen.repeat
    if request.courses is not None:
        return request.courses
    if repeat is not None and repeat.courses is not None:
        return repeat.courses
    review = request.regimen.review_every
    return cycles_until(first, every, review) if every is not None and review is not None else 1


def _doses(
    request: PlanRequest, amounts: Amounts, starts: tuple[tuple[date, date], ...], run: Runner
) -> tuple[PlannedDose, ...]:
    if request.regimen.taper is not None:
        return _tapered(request, amounts.portions[0], starts[0][1])
    if request.regimen.give.basis is Basis.PER_DAY:
        return _daily(request, amounts.portions[0], [moved for _, moved in starts])
    return _given(request, amounts, [moved for _, moved in starts], run)


def _given(
    request: PlanRequest, amounts: Amounts, starts: list[date], run: Runner
) -> tuple[PlannedDose, ...]:
    """One dose for each day of each course. Portions of one size run alike but for the first."""
    regimen, offsets = request.regimen, offsets_of(request.regimen)
    per = "day" if regimen.give.basis is Basis.COURSE_TOTAL else "dose"
    later = [run(portion, False) for portion in amounts.portions]
    first = run(amounts.portions[0], True)
    doses = []
    for course, start in enumerate(starts, start=1):
        for number, day in enumerate(days_of(start, offsets)):
            portion = later[number] if course > 1 or number else first
            dose = PlannedDose(day, regimen.drug, course, offsets[number] + 1, per, portion)
            doses.append(dose)
    return tuple(doses)


def _daily(request: PlanRequest, portion: Portion, starts: list[date]) -> tuple[PlannedDose, ...]:
    """A daily dose from each review to the day before the next; open where none is named."""
    review = request.regimen.review_every
    doses = []
    for course, start in enumerate(starts, start=1):
        end = _last_day(request.start, review, course)
        days = None if end is None else (end - start).days + 1
        dose = PlannedDose(start, request.regimen.drug, course, 1, "day", portion, end, days)
        doses.append(dose)
    return tuple(doses)


def _last_day(start: date, review: Period | None, course: int) -> date | None:
    if review is None:
        return None
    return day_after(start, review.times(course)) - timedelta(days=1)


def _tapered(request: PlanRequest, first: Portion, start: date) -> tuple[PlannedDose, ...]:
    """The proposed steps of a taper; each is a stretch of days on one dose."""
    taper, tablet = request.regimen.taper, tablet_of(request)
    assert taper is not None
    assert taper.over is not None
    floor = quantity_of(in_unit(taper.floor, "mg/d"), "mg")
    end = day_after(start, taper.over)
    steps = straight_taper(first.amount, floor, tablet, start, end)
    return tuple(
        PlannedDose(
            step.first,
            request.regimen.drug,
            1,
            (step.first - start).days + 1,
            "day",
            first if number == 0 else _of_step(step, request),
            step.last,
            step.days,
        )
        for number, step in enumerate(steps)
    )


def _of_step(step: TaperStep, request: PlanRequest) -> Portion:
    tablet = tablet_of(request)
    count = in_unit(step.dose, "mg") / in_unit(tablet, "mg")
    return Portion(step.dose, step.dose, ((tablet, int(count)),), are_tablets=True)
