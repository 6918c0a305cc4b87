"""What a reader of a plan must know beside its numbers: gaps, choices, and notes with sources."""

from __future__ import annotations

from collections.abc import Iterator

from stepline.core.evidence import Evidence, Status
from stepline.core.quantity import in_unit
from stepline.dosing.numbers import quantity_of, say, shown, signed_percent
from stepline.dosing.plan_amounts import Amounts
from stepline.dosing.plan_calendar import CatchUp
from stepline.dosing.plan_cautions_body import cautions_of_body
from stepline.dosing.plan_ceilings import cautions_of_ceilings
from stepline.dosing.plan_dates import is_one_course
from stepline.dosing.plan_model import Caution, Plan, Run, in_unit_of
from stepline.dosing.plan_steroids import ENDS, PHYSIOLOGICAL, equivalent_of
from stepline.dosing.rates import said_duration
from stepline.dosing.rounding import Rounding
from stepline.dosing.tapering import ASKED, STRAIGHT
from stepline.protocol.model import Basis

_INFUSED = ("iv", "sc")
_COMMON = 10
"""Percent; a tolerance that is common, remembered and set locally (unconfirmed)."""


def cautions_of(plan: Plan, amounts: Amounts) -> tuple[Caution, ...]:
    """Every caution of a plan, each once, the gaps first."""
    found = [
        *_of_product(plan),
        *_of_rates(plan),
        *_of_brand(plan),
        *_of_amounts(plan, amounts),
        *_of_dose(plan),
        *cautions_of_ceilings(plan),
        *cautions_of_body(plan),
        *_of_given(plan),
        *_of_missed(plan),
        *_of_dates(plan),
        *_of_count(plan),
        *_of_taper(plan),
        *_of_end(plan),
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
        doubtful = [one for one in infusion.evidence if one.status is not Status.VERIFIED]
        said = dict.fromkeys(_doubt(one) for one in doubtful)
        which = f" ({'; '.join(said)})" if said else ""
        text = f"The rates rest on facts that are {infusion.status.value}{which}."
        yield Caution("rate-status", text, infusion.evidence)
    for note in infusion.notes:
        yield Caution("product-note" if note in product_notes else "rate-note", note)


def _doubt(evidence: Evidence) -> str:
    return f"{evidence.status.value}: {evidence.claim or evidence.source}".rstrip(".")


def _of_amounts(plan: Plan, amounts: Amounts) -> Iterator[Caution]:
    rounding, first = amounts.rounding, plan.first_course
    if rounding is None:
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
    yield from _of_error(plan, rounding)


def _of_error(plan: Plan, rounding: Rounding) -> Iterator[Caution]:
    """A rounding beyond a common tolerance is a person's to decide; the choices are named."""
    if abs(rounding.error_percent) <= _COMMON or plan.request.tolerance is not None:
        return
    choices = " or ".join(
        f"{say(one.given)} ({signed_percent(one.error_percent)})" for one in rounding.choices
    )
    text = (
        f"The nearest whole {'tablets' if plan.first_course[0].portion.are_tablets else 'vials'} "
        f"are {signed_percent(rounding.error_percent)} off. Of {say(rounding.days[0].ordered)} a "
        f"day they make {choices}: a person decides, or other sizes do."
    )
    yield Caution("rounding-large", text, rounding.evidence)


def _of_dose(plan: Plan) -> Iterator[Caution]:
    request = plan.request
    give = request.regimen.give
    if request.per_day is not None or request.course_total is not None:
        own = give.dose.say() if give.dose is not None else "unknown"
        text = f"The dose is stated: {plan.course.working}. The regimen's own is {own}."
        yield Caution("dose-stated", text)
    if plan.course.capped_at is not None:
        text = f"The dose is capped: {plan.course.working.split(', ')[0]}."
        yield Caution("dose-capped", text, plan.evidence[:1])
    if give.up_to:
        yield Caution("dose-is-maximum", "The source gives this dose as the most, not as the dose.")


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


def _of_brand(plan: Plan) -> Iterator[Caution]:
    """Another brand than before is timed and watched as a first infusion."""
    request, watch = plan.request, plan.doses[0].observation
    previous, product = request.previous, request.product
    if product is None or request.regimen.route not in ("iv", ""):
        return
    evidence = () if watch is None else (watch.evidence,)
    if previous is not None and previous.id != product.id:
        text = f"{product.title} after {previous.title}: timed and watched as a first infusion."
        yield Caution("brand-switched", text, evidence)
    elif watch is not None and watch.infusion == "first" and not request.choice.infusion:
        text = "The first infusion is watched as a first one of this product"
        yield Caution("first-observation", f"{text}, unless --previous-product says it.", evidence)
    if watch is None:
        yield Caution("observation-unknown", "No source says how long to watch after an infusion.")


def _of_given(plan: Plan) -> Iterator[Caution]:
    """A partial course is told; nothing is added to make up for it."""
    for one in plan.request.given:
        if one.amount is None:
            continue
        each = plan.course.per_day if is_one_course(plan.request.regimen) else None
        ordered = each or plan.course.course_total
        missing = in_unit(ordered, "mg") - in_unit(one.amount, "mg")
        if missing > 0:
            gap = in_unit_of(quantity_of(missing, "mg"), one.amount.unit)
            whole = in_unit_of(ordered, one.amount.unit)
            text = f"On {one.date} {say(one.amount)} of {say(whole)} were given"
            text += f"; the {say(gap)} that are missing are not planned."
            yield Caution("given-partial", text)


def _of_missed(plan: Plan) -> Iterator[Caution]:
    missed = plan.request.missed
    if missed is None:
        return
    if missed.policy is CatchUp.SKIP:
        text = f"The course of {missed.date} was missed and is not made up: one course fewer."
        yield Caution("missed-skipped", text)
        return
    rest = "later ones keep their days"
    if missed.policy is CatchUp.SHIFT:
        rest = "later ones are counted from then"
    text = f"The course of {missed.date} was missed and is made up on {missed.made_up_on}; {rest}."
    yield Caution("missed-made-up", text)


def _of_taper(plan: Plan) -> Iterator[Caution]:
    taper, request = plan.request.regimen.taper, plan.request
    if taper is None:
        return
    if plan.is_proposed:
        text = "PROPOSED, to be confirmed by a person: no source states these steps."
        yield Caution("taper-proposed", text, (STRAIGHT if request.fall is None else ASKED,))
    held = next((dose.condition for dose in plan.doses if dose.condition is not None), None)
    if held is not None:
        text = f"Steps from {held.review} on wait for the review: held if {held.held_if}."
        yield Caution("taper-conditional", text)
    elif taper.hold_if:
        yield Caution("taper-hold", f"The taper is held on: {taper.hold_if}.")
    if any(dose.per == "other-day" for dose in plan.doses):
        text = "Alternate days: twice the dose on every second day, nothing between."
        yield Caution("alternate-days", text, (ASKED,))


def _of_end(plan: Plan) -> Iterator[Caution]:
    """A daily glucocorticoid that just ends: sudden stops harm."""
    last = plan.doses[-1]
    found = equivalent_of(last) if plan.is_daily else None
    if found is None or in_unit(found.high, "mg/d") <= PHYSIOLOGICAL:
        return
    end = f" on {last.until}" if last.until is not None else ""
    text = (
        f"The plan ends{end} at {say(found.high)} of prednisone and says nothing of what follows. "
        "A glucocorticoid is not stopped suddenly at this dose: plan the way down."
    )
    yield Caution("not-stopped-at-once", text, (ENDS,))
