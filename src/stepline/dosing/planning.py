"""A regimen, a body and a first day become dated doses. No record is read and no clock.

A plan is a calculation: it holds what the regimen says, marks what no source says, and is refused
where a cap would be crossed or a needed number is missing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from stepline.core.quantity import Quantity, in_unit
from stepline.core.time import Period
from stepline.dosing.dose import Body
from stepline.dosing.numbers import shown
from stepline.dosing.plan_amounts import Amounts, dose_of, portions_of
from stepline.dosing.plan_cautions import cautions_of
from stepline.dosing.plan_dates import Start, course_starts, doses_left
from stepline.dosing.plan_model import Plan, PlannedDose, PlanRequest, Portion
from stepline.dosing.plan_needs import needs_of
from stepline.dosing.plan_rest import Rest, rest_of
from stepline.dosing.plan_rest_saying import cautions_of_rest, check_before
from stepline.dosing.plan_running import Runner, runner_of, settled, watched
from stepline.dosing.plan_taper import tapered
from stepline.dosing.plan_weight import weight_of
from stepline.dosing.refusing import DosingRefused, Gathering
from stepline.dosing.scheduling import day_after
from stepline.dosing.surface import BodySurface, body_surface, method_of
from stepline.protocol.model import Basis


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
    _check_surface(request, surface)
    weight = weight_of(request.size, request.weighing).used.quantity
    body = Body(weight, _within(surface, request))
    gathering = Gathering()
    course = gathering.attempt(lambda: dose_of(request, body))
    starts = gathering.attempt(lambda: course_starts(request))
    gathering.settle()
    assert course is not None
    assert starts is not None
    amounts = portions_of(request, course, body)
    rest = rest_of(request, course, body)
    run, unrated = runner_of(request)
    doses = _doses(request, amounts, starts, rest, run)
    moved = tuple((one.counted, one.planned) for one in starts if one.counted != one.planned)
    refusals = (*amounts.refusals, *unrated)
    plan = Plan(request, course, doses, surface, (), refusals, moved, request.regimen.evidence)
    return _with_cautions(plan, amounts, rest)


def _with_cautions(plan: Plan, amounts: Amounts, rest: Rest | None) -> Plan:
    """Cautions and rounding of the course that is planned; of the rest where nothing follows it."""
    if rest is not None and plan.courses == 1:
        amounts = rest.amounts
    cautions = (*cautions_of_rest(plan, rest), *cautions_of(plan, amounts))
    return replace(plan, cautions=cautions, rounding=amounts.rounding)


def _surface(request: PlanRequest) -> BodySurface | None:
    """The body surface by the formula that the regimen names; `None` where it needs none."""
    named = request.regimen.give.bsa
    if not named:
        return None
    return body_surface(request.size, method_of(named))


def _check_surface(request: PlanRequest, surface: BodySurface | None) -> None:
    """A source that speaks of larger bodies only says nothing of this one."""
    least, area = request.regimen.give.surface_above, surface.quantity if surface else None
    if least is None or area is None or in_unit(area, "m2") > in_unit(least, "m2"):
        return
    raise DosingRefused.because(
        "surface-too-small",
        f"'{request.regimen.id}' is meant for a body surface above {least.say()}.",
        found=f"{shown(area.value, 3)} m²",
        allowed=f"above {least.say()}",
        mend="choose a regimen that a source states for this body",
    )


def _within(surface: BodySurface | None, request: PlanRequest) -> Quantity | None:
    """The surface that doses: at most the cap that is asked for; no source states one."""
    area, cap = surface.quantity if surface else None, request.surface_cap
    if area is None or cap is None:
        return area
    return min((area, cap), key=lambda one: in_unit(one, "m2"))


def _doses(
    request: PlanRequest,
    amounts: Amounts,
    starts: tuple[Start, ...],
    rest: Rest | None,
    run: Runner,
) -> tuple[PlannedDose, ...]:
    if request.regimen.taper is not None:
        return tapered(request, amounts.portions[0], starts[0].planned)
    if request.regimen.give.basis is Basis.PER_DAY:
        days = [start.planned for start in starts]
        return _daily(request, amounts.portions[0], days)
    if rest is None:
        return _given(request, amounts, starts, run)
    check_before(rest, starts)
    return (
        *_rest(request, rest, starts[0], run),
        *_given(request, amounts, starts[1:], run, is_begun=True),
    )


def _rest(request: PlanRequest, rest: Rest, start: Start, run: Runner) -> tuple[PlannedDose, ...]:
    """One dose for each day that is left of the course in progress."""
    return tuple(
        PlannedDose(
            day,
            request.regimen.drug,
            start.number,
            (day - start.planned).days + 1,
            "day",
            run(portion, number == 0),
            observation=watched(request, is_first=number == 0),
        )
        for number, (day, portion) in enumerate(zip(rest.days, rest.amounts.portions, strict=True))
    )


def _given(
    request: PlanRequest,
    amounts: Amounts,
    starts: tuple[Start, ...],
    run: Runner,
    *,
    is_begun: bool = False,
) -> tuple[PlannedDose, ...]:
    """One dose for each day of each course. Portions of one size run alike but for the first.

    Where the plan `is_begun` the first infusion of it stands before these.
    """
    regimen, offsets = request.regimen, doses_left(request)
    per = "day" if regimen.give.basis is Basis.COURSE_TOTAL else "dose"
    portions = amounts.portions[-len(offsets) :]
    later = [run(portion, False) for portion in portions]
    first = run(portions[0], True)
    doses = []
    for start in starts:
        for number, offset in enumerate(offsets):
            is_first = start is starts[0] and number == 0 and not is_begun
            day = start.planned + timedelta(days=offset - offsets[0])
            portion = first if is_first else later[number]
            watch = watched(request, is_first=is_first)
            doses.append(
                PlannedDose(
                    day, regimen.drug, start.number, offset + 1, per, portion, observation=watch
                )
            )
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
