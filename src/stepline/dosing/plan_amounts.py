"""How much is given: one course by its dose, held to its caps, in whole vials or tablets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from stepline.core.errors import Problem, Refused
from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.dose import (
    IVIG_COURSE_LIMIT,
    Body,
    CourseDose,
    Meaning,
    check_course,
    check_plausible,
    course_dose,
)
from stepline.dosing.numbers import quantity_of, say
from stepline.dosing.plan_model import PlanRequest, Portion, in_unit_of
from stepline.dosing.products import vials_of
from stepline.dosing.refusing import DosingRefused, Gathering
from stepline.dosing.rounding import Caps, Policy, Rounding, round_to_vials
from stepline.protocol.model import Basis, Give, QuantityRange, Regimen

_MEANINGS = {
    Basis.COURSE_TOTAL: Meaning.COURSE_TOTAL,
    Basis.PER_DAY: Meaning.PER_DAY,
    Basis.PER_DOSE: Meaning.PER_DOSE,
}
_IN_GRAMS = ("ivig", "scig")
"""Drugs that orders state in grams, whatever unit a regimen uses per kilogram."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """The portions of one course, one for each of its days, and how they were rounded.

    `rounding` is `None` where nothing is rounded; `refusals` say why vials are unknown.
    """

    portions: tuple[Portion, ...]
    rounding: Rounding | None
    refusals: tuple[Problem, ...] = ()


def offsets_of(regimen: Regimen) -> tuple[int, ...]:
    """The days of one course on which the drug is given, from 0."""
    if regimen.repeat is not None and regimen.repeat.offsets:
        return regimen.repeat.offsets
    return tuple(range(regimen.give.over_days))


def dose_of(request: PlanRequest, body: Body) -> CourseDose:
    """One course by its dose: the regimen's, or the one that is stated in its place.

    Raises:
        DosingRefused: as `course_dose`, `check_course` and `check_plausible`, and
            `course-not-met`, `dose-outside-regimen`, `dose-above-cap`; all at once.
    """
    gathering = Gathering()
    course = gathering.attempt(lambda: _stated(request, body))
    gathering.settle()
    assert course is not None
    gathering.problems += _above(request, course, body)
    drug = request.regimen.drug
    gathering.attempt(lambda: check_plausible(drug, course.per_day), _path(request))
    if not gathering.problems and _is_replaced(request):
        gathering.attempt(lambda: _hold_to_band(request, course, body), _path(request))
    gathering.settle()
    return course


def _stated(request: PlanRequest, body: Body) -> CourseDose:
    give, days = request.regimen.give, len(offsets_of(request.regimen))
    assert give.dose is not None
    own = _capped(give, course_dose(give.dose, days, _MEANINGS[give.basis], body=body), body)
    total = None
    if request.course_total is not None:
        total = course_dose(request.course_total, days, Meaning.COURSE_TOTAL, body=body)
    if request.per_day is None:
        return total or own
    meaning = Meaning.PER_DOSE if give.basis is Basis.PER_DOSE else Meaning.PER_DAY
    each = course_dose(request.per_day, days, meaning, body=body)
    if total is not None or give.basis is Basis.COURSE_TOTAL:
        check_course((total or own).course_total, each.per_day, days)
    if total is not None:
        _check_met(total, each)
    return each


def _capped(give: Give, own: CourseDose, body: Body) -> CourseDose:
    """The regimen's own dose, lowered to the mass that caps it."""
    if give.capped_at is None:
        return own
    most = course_dose(give.capped_at, own.days, own.meaning, body=body)
    if in_unit(most.per_day, "mg") >= in_unit(own.per_day, "mg"):
        return own
    unit = own.per_day.unit
    lowered = replace(
        own,
        capped_at=give.capped_at,
        course_total=in_unit_of(most.course_total, unit),
        per_day=in_unit_of(most.per_day, unit),
        per_dose=in_unit_of(most.per_dose, unit),
    )
    arithmetic, *rest = own.working.split(", ")
    capped = f"{arithmetic} = {say(_stated_in(own))} capped at {say(give.capped_at)}"
    return replace(lowered, working=", ".join([capped, *rest]))


def _stated_in(own: CourseDose) -> Quantity:
    """What a dose that is not capped comes to, by the meaning in which it is stated."""
    return own.course_total if own.meaning is Meaning.COURSE_TOTAL else own.per_day


def _check_met(total: CourseDose, each: CourseDose) -> None:
    """Two doses that are both stated must say the same."""
    if in_unit(total.course_total, "mg") != in_unit(each.course_total, "mg"):
        raise DosingRefused.because(
            "course-not-met",
            f"{say(each.per_day)} on each of {each.days} days is less than the course total of "
            f"{say(total.course_total)}.",
            found=say(each.course_total),
            mend="state one of the two",
        )


def caps_of_course(request: PlanRequest, body: Body) -> Caps:
    """The strictest caps of a day and of a course, as masses; a dose `up to` caps itself."""
    regimen = request.regimen
    course = [cap.dose for cap in regimen.never_above if cap.basis is Basis.COURSE_TOTAL]
    day = [cap.dose for cap in regimen.never_above if cap.basis is not Basis.COURSE_TOTAL]
    if regimen.drug == "ivig" and body.weight is not None:
        course.append(IVIG_COURSE_LIMIT)
    most = course if regimen.give.basis is Basis.COURSE_TOTAL else day
    if regimen.give.up_to and regimen.give.dose is not None:
        most.append(regimen.give.dose)
    if regimen.give.capped_at is not None:
        most.append(regimen.give.capped_at)
    return Caps(_strictest(day, body), _strictest(course, body))


def _strictest(caps: Iterable[Quantity], body: Body) -> Quantity | None:
    masses = [course_dose(cap, 1, body=body).per_day for cap in caps]
    return min(masses, key=lambda mass: in_unit(mass, "mg"), default=None)


def _above(request: PlanRequest, course: CourseDose, body: Body) -> list[Problem]:
    caps = caps_of_course(request, body)
    sides = (("day", course.per_day, caps.day), ("course", course.course_total, caps.course))
    return [
        Problem(
            "dose-above-cap",
            f"{say(dose)} in a {name} is more than this regimen may ever give, {say(cap)}.",
            found=f"{course.working}: {say(dose)}",
            allowed=f"at most {say(cap)} in a {name}",
            mend="check the dose and the weight, or state the dose that is meant",
        )
        for name, dose, cap in sides
        if cap is not None and in_unit(dose, "mg") > in_unit(cap, "mg")
    ]


def _is_replaced(request: PlanRequest) -> bool:
    return request.per_day is not None or request.course_total is not None


def _path(request: PlanRequest) -> str:
    if request.per_day is not None:
        return "--dose"
    return "--course-total" if request.course_total is not None else ""


def _hold_to_band(request: PlanRequest, course: CourseDose, body: Body) -> None:
    """Refuses a stated dose that would no longer be read as this regimen."""
    bands = request.regimen.recognise
    if bands is None:
        return
    for name, band, mass in (
        ("course", bands.per_course, course.course_total),
        ("day", bands.per_dose, course.per_day),
    ):
        if band is not None and not _is_within(band, mass, body):
            raise DosingRefused.because(
                "dose-outside-regimen",
                f"{say(mass)} in a {name} is not '{request.regimen.id}' any more.",
                found=course.working,
                allowed=f"{say(band.low)} to {say(band.high)}",
                mend="choose the regimen that is meant",
            )


def _is_within(band: QuantityRange, mass: Quantity, body: Body) -> bool:
    low, high = (course_dose(end, 1, body=body).per_day for end in (band.low, band.high))
    return in_unit(low, "mg") <= in_unit(mass, "mg") <= in_unit(high, "mg")


def portions_of(request: PlanRequest, course: CourseDose, body: Body) -> Amounts:
    """A course in the vials or tablets at hand; exact where none are known.

    Raises `DosingRefused`: `rounding-unmet` where no whole vials hold, and as `round_to_vials`.
    """
    days, caps = len(offsets_of(request.regimen)), caps_of_course(request, body)
    if request.regimen.give.rounded_to is not None or request.tablet is not None:
        return _in_tablets(request, course.per_day, days, caps)
    return portions_on(request, course.per_day, days, caps)


def portions_on(request: PlanRequest, each: Quantity, days: int, caps: Caps) -> Amounts:
    """The same dose on so many days, in the vials at hand. Raises as `portions_of`."""
    try:
        sizes = _sizes(request)
    except Refused as refusal:
        return Amounts((_bare(request, each),) * days, None, refusal.problems)
    if not sizes:
        return Amounts((_bare(request, each),) * days, None)
    rounding = _rounded(request, (each,) * days, sizes, request.policy, caps)
    strength = concentration_of(request)
    portions = tuple(
        Portion(day.ordered, day.given, day.vials, concentration=strength) for day in rounding.days
    )
    return Amounts(portions, rounding)


def concentration_of(request: PlanRequest) -> Quantity | None:
    """That of what runs in: the product's own, or that in the bag of one that is diluted."""
    product = request.product
    if product is None:
        return None
    if product.infused_at is not None:
        return request.diluted_to
    return product.concentration.value if product.concentration else None


def _sizes(request: PlanRequest) -> tuple[Quantity, ...]:
    if request.vials:
        return request.vials
    return vials_of(request.product) if request.product is not None else ()


def _bare(request: PlanRequest, each: Quantity) -> Portion:
    unit = "g" if request.regimen.drug in _IN_GRAMS else each.unit
    dose = in_unit_of(each, unit)
    return Portion(dose, dose, concentration=concentration_of(request))


def _in_tablets(request: PlanRequest, each: Quantity, days: int, caps: Caps) -> Amounts:
    rounding = _rounded(request, (each,) * days, tablets_of(request), Policy.NEAREST, caps)
    portions = [Portion(one.ordered, one.given, one.vials, True) for one in rounding.days]
    return Amounts(tuple(portions[:days]), rounding)


def tablet_of(request: PlanRequest) -> Quantity:
    """The tablet that is stated, else the step to which the regimen rounds."""
    step = request.tablet or request.regimen.give.rounded_to
    assert step is not None
    return step


def tablets_of(request: PlanRequest) -> tuple[Quantity, ...]:
    """Every strength at hand; else the one step to which the regimen rounds."""
    return request.tablets or (tablet_of(request),)


def _rounded(
    request: PlanRequest,
    each_day: tuple[Quantity, ...],
    sizes: tuple[Quantity, ...],
    policy: Policy,
    caps: Caps,
) -> Rounding:
    doses = [_split(each, sizes[0].unit) for each in each_day]
    rounding = round_to_vials(doses, sizes, policy, tolerance=request.tolerance, caps=caps)
    if not rounding.is_met:
        raise DosingRefused.because(
            "rounding-unmet",
            rounding.unmet[0],
            allowed=", ".join(say(choice.given) for choice in rounding.nearest),
            mend="choose another product, policy or dose",
        )
    return rounding


def _split(each: Quantity, unit: str) -> Quantity:
    """The dose of a day; of a third that no decimal holds, 34 digits."""
    return quantity_of(in_unit(each, unit), unit)


def total_mg(portions: Iterable[tuple[Quantity, int]]) -> Fraction:
    """The sum of masses, each so many times, in mg."""
    return sum((in_unit(mass, "mg") * count for mass, count in portions), Fraction(0))
