"""What a plan needs before anything is worked out: all that is missing or does not fit, at once."""

from __future__ import annotations

from collections.abc import Iterator

from stepline.core.errors import Problem
from stepline.core.quantity import Quantity, comparable, order
from stepline.dosing.plan_model import PlanRequest
from stepline.dosing.plan_needs_calendar import needs_of_calendar
from stepline.dosing.plan_weight import needs_of_dates, needs_of_weight
from stepline.dosing.weights import WeightRule
from stepline.protocol.model import Basis, Regimen


def needs_of(request: PlanRequest) -> list[Problem]:
    """Every problem of a request that needs no arithmetic; empty where there is none."""
    unplannable = list(_of_dose(request))
    if unplannable:
        return unplannable
    return [
        *_of_body(request),
        *_of_repeat(request),
        *_of_weekday(request),
        *_of_taper(request),
        *_of_product(request),
        *_of_unused(request),
        *needs_of_calendar(request),
    ]


def _of_dose(request: PlanRequest) -> Iterator[Problem]:
    give = request.regimen.give
    if give.basis is Basis.UNKNOWN or give.dose is None:
        yield Problem(
            "dose-unknown",
            f"No source states the dose of '{request.regimen.id}', so no plan can be made from it.",
            found=request.regimen.title,
            mend="choose a regimen whose dose is known",
        )
    if give.split == "unknown":
        message = "No source states how this course is split over its days."
        yield Problem("split-unknown", message, mend="choose a regimen whose days are known")
    if give.weight not in ("", "actual") and request.weighing.rule is WeightRule.ACTUAL:
        yield Problem(
            "weight-rule-unsupported",
            f"This regimen doses by {give.weight} weight, and the actual one is not put for it.",
            allowed="ideal, adjusted",
            mend="add --dosing-weight",
        )


def _of_body(request: PlanRequest) -> Iterator[Problem]:
    units = _units(request)
    by_surface = any("m2" in unit for unit in units) or bool(request.regimen.give.bsa)
    by_weight = any("kg" in unit for unit in units)
    dose = request.regimen.give.dose
    said = dose.say() if dose is not None else "this dose"
    if request.size.weight is None and (by_weight or by_surface):
        yield _missing("weight", f"{said} needs the body weight", "--weight 60kg")
    if request.size.height is None and by_surface:
        needed = f"{said} needs the body surface, and that needs the height beside the weight"
        yield _missing("height", needed, "--height 160cm")
    if by_weight:
        yield from needs_of_weight(request.size, request.weighing)
    elif request.weighing.rule is not WeightRule.ACTUAL:
        message = f"The dose of '{request.regimen.id}' does not rest on the weight."
        yield Problem("dosing-weight-unused", message, mend="leave out --dosing-weight")
    yield from needs_of_dates(request.weighing, request.start)


def _units(request: PlanRequest) -> list[str]:
    stated = (request.regimen.give.dose, request.per_day, request.course_total)
    caps = [cap.dose for cap in request.regimen.never_above]
    return [quantity.unit for quantity in (*stated, *caps) if quantity is not None]


def _missing(name: str, needed: str, option: str) -> Problem:
    return Problem(f"{name}-missing", f"The {name} is missing: {needed}.", mend=f"add {option}")


def _of_repeat(request: PlanRequest) -> Iterator[Problem]:
    regimen, repeat = request.regimen, request.regimen.repeat
    every = repeat.every if repeat is not None else None
    counted = repeat is not None and repeat.courses is not None
    if regimen.taper is not None:
        if request.courses not in (None, 1):
            message = "A taper is planned once."
            yield Problem("courses-wrong", message, found=str(request.courses), allowed="1")
        return
    is_daily = regimen.give.basis is Basis.PER_DAY and regimen.review_every is not None
    if every is None and not is_daily and request.courses not in (None, 1):
        yield Problem(
            "interval-unknown",
            f"'{regimen.id}' states no time from one course to the next.",
            found=f"{request.courses} courses",
            allowed="1",
            mend="plan one course, and the next from its own start",
        )
    if every is not None and request.courses is None and not counted and not regimen.review_every:
        message = "The regimen states neither a number of doses nor a review that ends them."
        yield Problem("courses-missing", message, mend="add --courses, such as --courses 12")


def _of_weekday(request: PlanRequest) -> Iterator[Problem]:
    repeat = request.regimen.repeat
    if repeat is not None and repeat.weekday and request.weekday is None:
        yield Problem(
            "weekday-missing",
            f"{request.regimen.title}: the order must name the weekday.",
            allowed="monday to sunday",
            mend="add --weekday, such as --weekday monday",
        )
    if request.weekday is None or _is_weekly(request.regimen):
        return
    message = "A weekday can be kept only where the doses are whole weeks apart."
    yield Problem("weekday-unused", message, mend="leave out --weekday")


def _is_weekly(regimen: Regimen) -> bool:
    every = regimen.repeat.every if regimen.repeat is not None else None
    return every is not None and not every.is_calendar and every.days % 7 == 0


def _of_taper(request: PlanRequest) -> Iterator[Problem]:
    taper = request.regimen.taper
    if taper is None:
        if request.proposed:
            message = f"'{request.regimen.id}' has no taper for which steps could be proposed."
            yield Problem("proposed-unused", message, mend="leave out --proposed")
        if request.fall or request.floor or request.alternate_from:
            message = f"'{request.regimen.id}' has no taper that could be shaped."
            mend = "leave out --fall, --every, --floor and --alternate-from"
            yield Problem("taper-unused", message, mend=mend)
        return
    if request.fall is not None:
        return
    if taper.steps == "stated":
        if request.floor is not None:
            message = "The steps of this taper are stated, and so is the dose they end at."
            yield Problem("floor-unused", message, mend="leave out --floor, or add --fall")
        return
    ends = f"from {taper.start.say()} to {taper.floor.say()}"
    if taper.steps != "proposed" or taper.over is None:
        message = f"The steps {ends} are unknown, and the regimen lets none be proposed."
        yield Problem("taper-steps-unknown", message, mend="state the steps in a regimen file")
    elif not request.proposed:
        yield Problem(
            "taper-steps-unknown",
            f"The steps {ends} in {taper.over.say()} are unknown: no source states them.",
            mend="add --proposed for straight steps of one tablet, or --fall and --every for "
            "others, to be confirmed by a person",
        )


def _of_product(request: PlanRequest) -> Iterator[Problem]:
    product, regimen = request.product, request.regimen
    previous = request.previous
    if previous is not None and (product is None or previous.drug != product.drug):
        message = "A product given before says something only beside a product of the same drug."
        mend = "name both products, or leave out --previous-product"
        yield Problem("previous-product-unused", message, found=previous.id, mend=mend)
    if product is None:
        return
    if product.drug != regimen.drug:
        yield Problem(
            "product-of-other-drug",
            f"{product.title} is {product.drug}, and '{regimen.id}' gives {regimen.drug}.",
            found=product.id,
            allowed=_products_of(regimen.drug),
            mend=f"name a product of {regimen.drug}",
        )
    elif regimen.route and regimen.route not in product.routes:
        yield Problem(
            "product-of-other-route",
            f"{product.title} is not given by the route of this regimen, {regimen.route}.",
            found=", ".join(product.routes),
            allowed=regimen.route,
            mend="name a product for this route",
        )


def _products_of(drug: str) -> str:
    from stepline.dosing.products import products

    return ", ".join(one.id for one in products() if one.drug == drug)


def _of_unused(request: PlanRequest) -> Iterator[Problem]:
    """Options that would say nothing here are refused, not passed over."""
    regimen = request.regimen
    is_tablet = regimen.route == "oral"
    if request.tablet is not None and not _is_mass(request.tablet):
        message = "A tablet is stated as a mass, above nothing."
        yield Problem("tablet-not-mass", message, found=request.tablet.say(), allowed="5mg")
    elif request.tablet is not None and not is_tablet:
        message = f"'{regimen.id}' is not given in tablets."
        yield Problem("tablet-unused", message, mend="leave out --tablet, or use --vial")
    elif request.tablet is not None:
        yield from _of_step(request.tablet, regimen.give.rounded_to)
    if request.vials and is_tablet:
        message = f"'{regimen.id}' is not given from vials."
        yield Problem("vials-unused", message, mend="leave out --vial, or use --tablet")
    if request.course_total is not None and regimen.give.basis is not Basis.COURSE_TOTAL:
        message = f"'{regimen.id}' states the dose of each giving, not of a course."
        yield Problem("course-total-unused", message, mend="use --dose")
    if request.surface_cap is not None and not regimen.give.bsa:
        message = f"The dose of '{regimen.id}' does not rest on the body surface."
        yield Problem("surface-cap-unused", message, mend="leave out --surface-cap")
    if request.diluted_to is not None and request.product is None:
        message = "A dilution needs a product."
        yield Problem("dilution-unused", message, mend="add --product")


def _of_step(tablet: Quantity, step: Quantity | None) -> Iterator[Problem]:
    """A tablet larger than the regimen's step rounds away what it should hold (10 mg for 2.5)."""
    if step is not None and order(tablet, step) > 0:
        yield Problem(
            "tablet-too-large",
            f"This regimen is given in steps of {step.say()}, and the tablet is larger.",
            found=tablet.say(),
            allowed=f"at most {step.say()}",
            mend="name the smallest tablet at hand",
        )


def _is_mass(quantity: Quantity) -> bool:
    return comparable(quantity.unit, "mg") and quantity.value > 0
