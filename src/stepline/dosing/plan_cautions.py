"""What a reader of a plan must know beside its numbers: gaps, choices, and notes with sources."""

from __future__ import annotations

from collections.abc import Iterator

from stepline.core.evidence import Status
from stepline.core.quantity import in_unit
from stepline.dosing.numbers import say, shown, signed_percent
from stepline.dosing.plan_amounts import Amounts
from stepline.dosing.plan_ending import ending_cautions
from stepline.dosing.plan_model import Caution, Plan, Run
from stepline.dosing.rates import said_duration
from stepline.dosing.tapering import STRAIGHT
from stepline.protocol.model import Basis

_INFUSED = ("iv", "sc")


def cautions_of(plan: Plan, amounts: Amounts) -> tuple[Caution, ...]:
    """Every caution of a plan, each once, the gaps first."""
    found = [
        *_of_product(plan),
        *_of_rates(plan),
        *_of_amounts(plan, amounts),
        *_of_dose(plan),
        *_of_body(plan),
        *_of_dates(plan),
        *_of_count(plan),
        *_of_taper(plan),
        *ending_cautions(plan),
        *(Caution("regimen-note", note) for note in plan.request.regimen.notes),
    ]
    return tuple(dict.fromkeys(found))


def _of_product(plan: Plan) -> Iterator[Caution]:
    product, regimen = plan.request.product, plan.request.regimen
    if product is None:
        if regimen.route in _INFUSED:
            gaps = "volume, rate and duration" if plan.request.vials else "volume, vials and rate"
            yield Caution("product-missing", f"No product is named, so {gaps} are unknown.")
        return
    if product.infused_at is not None and plan.request.diluted_to is None:
        low, high = product.infused_at.value
        text = f"The dilution is not stated ({say(low)} to {say(high)}): volumes are unknown."
        yield Caution("dilution-missing", text, (product.infused_at.evidence,))
    if product.drug == "ivig" and product.concentration is not None:
        yield from _of_strength(plan)


def _of_strength(plan: Plan) -> Iterator[Caution]:
    """Immunoglobulin comes in 5 and 10 %: another strength is another volume."""
    product = plan.request.product
    assert product is not None
    assert product.concentration is not None
    strength = in_unit(product.concentration.value, "mg/mL")
    if strength == 100:
        return
    mg = in_unit(plan.doses[0].portion.exact, "mg")
    times = shown(100 / strength)
    text = (
        f"{say(product.concentration.value)} is another strength than 100 mg/mL: "
        f"{say(plan.doses[0].portion.exact)} are {shown(mg / strength, 1)} mL, "
        f"{times} times the {shown(mg / 100, 1)} mL of a 100 mg/mL product."
    )
    yield Caution("volume-differs", text, (product.concentration.evidence,))


def _of_rates(plan: Plan) -> Iterator[Caution]:
    runs = [dose.portion.run for dose in plan.doses if dose.portion.run is not None]
    if not runs:
        return
    product = plan.request.product
    assert product is not None
    depends = any(rate.infusion for rate in product.rates)
    if depends and not plan.request.choice.infusion:
        text = "The first infusion of the plan runs as a first infusion of this product."
        yield Caution("first-infusion-assumed", f"{text} If it is not, say --infusion later.")
    yield from _of_run(runs[0], product.notes)


def _of_run(run: Run, product_notes: tuple[str, ...]) -> Iterator[Caution]:
    infusion = run.infusion
    if infusion.minutes is None:
        most = infusion.at_most
        end = f" and at most {said_duration(most)}" if most is not None else ""
        text = (
            "The steps between the first and the highest rate are not known here. The first dose "
            f"takes at least {said_duration(infusion.at_least)}{end}; take the steps from the "
            "label, or state them with --step."
        )
        yield Caution("ladder-incomplete", text, infusion.evidence)
    elif infusion.status is not Status.VERIFIED:
        text = f"The rates rest on facts that are {infusion.status.value}."
        yield Caution("rate-status", text, infusion.evidence)
    for note in infusion.notes:
        yield Caution("product-note" if note in product_notes else "rate-note", note)


def _of_amounts(plan: Plan, amounts: Amounts) -> Iterator[Caution]:
    rounding, first = amounts.rounding, plan.of_course(1)
    if rounding is None or plan.request.regimen.taper is not None:
        return
    if rounding.waste.value:
        text = f"Vials are opened for more than is given: {say(rounding.waste)} of each course"
        yield Caution("waste", f"{text} are thrown away.", rounding.evidence)
    if all(day.given == day.ordered for day in rounding.days):
        return
    is_tablets = first[0].portion.are_tablets
    given = ", ".join(say(day.given) for day in rounding.days)
    text = f"Rounded to whole {'tablets' if is_tablets else 'vials'}: {given} for "
    text += f"{say(rounding.days[0].ordered)} on each day"
    if len(rounding.days) > 1:
        text += f"; the course is {say(rounding.given)} for {say(rounding.ordered)}"
    text += f" ({signed_percent(rounding.error_percent)})."
    yield Caution("rounded", text, () if is_tablets else rounding.evidence)


def _of_dose(plan: Plan) -> Iterator[Caution]:
    request = plan.request
    give = request.regimen.give
    if request.per_day is not None or request.course_total is not None:
        own = give.dose.say() if give.dose is not None else "unknown"
        text = f"The dose is stated: {plan.course.working}. The regimen's own is {own}."
        yield Caution("dose-stated", text)
    if give.up_to:
        yield Caution("dose-is-maximum", "The source gives this dose as the most, not as the dose.")


def _of_body(plan: Plan) -> Iterator[Caution]:
    for doubt in plan.request.size.doubts:
        yield Caution("body-doubt", doubt)
    surface = plan.surface
    if surface is not None and surface.value is not None:
        text = f"Body surface {shown(surface.value, 3)} m² by {surface.method.value}, not capped."
        yield Caution("surface-formula", text, (surface.evidence,))


def _of_dates(plan: Plan) -> Iterator[Caution]:
    request, regimen = plan.request, plan.request.regimen
    first, every = plan.doses[0].date, regimen.repeat.every if regimen.repeat else None
    if request.weekday is not None and first != request.start:
        text = f"The first dose is on {first:%A} {first}, not on the {request.start} of the start."
        yield Caution("start-moved", text)
    for counted, moved in plan.moved:
        yield Caution("course-moved", f"The course of {counted} begins on {moved}: closed days.")
    if every is not None and every.is_calendar and request.start.day > 28:
        text = "Where a month has no such day, its last day stands; the next month has the day."
        yield Caution("month-end", text)
    weekend = [dose.date for dose in plan.doses if dose.date.isoweekday() > 5]
    if weekend and regimen.route in _INFUSED:
        text = f"{len(weekend)} of {len(plan.doses)} doses fall on a Saturday or Sunday"
        yield Caution("weekend", f"{text}; --weekdays-only moves their courses.")


def _of_count(plan: Plan) -> Iterator[Caution]:
    regimen, repeat = plan.request.regimen, plan.request.regimen.repeat
    counted = repeat.courses if repeat is not None else None
    if counted is not None and plan.courses > counted:
        text = f"The regimen has {counted} courses; {plan.courses} are planned."
        yield Caution("more-courses", text)
    if regimen.taper is None and counted is None and plan.request.courses is None:
        review = regimen.review_every
        if review is not None:
            text = f"The regimen goes on until it is reviewed: planned for {review.say()}."
            yield Caution("until-review", text)
    if regimen.give.basis is Basis.PER_DAY and plan.doses[-1].until is None:
        yield Caution("end-unknown", "What follows the last dose, and when, is not stated.")


def _of_taper(plan: Plan) -> Iterator[Caution]:
    taper = plan.request.regimen.taper
    if taper is None:
        return
    text = "PROPOSED, to be confirmed by a person: no source states these steps."
    yield Caution("taper-proposed", text, (STRAIGHT,))
    if taper.hold_if:
        yield Caution("taper-hold", f"The taper is held on: {taper.hold_if}.")
