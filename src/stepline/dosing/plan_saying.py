"""A planned dose in the words of a ward: how much, in which pieces, which day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from fractions import Fraction

from stepline.core.quantity import Quantity, comparable, in_unit
from stepline.dosing.numbers import quantity_of, say, shown
from stepline.dosing.plan_model import Plan, PlannedDose, Portion, RateStep, Run, Vials
from stepline.dosing.plan_totals import exact_in, given_in
from stepline.dosing.rates import said_duration
from stepline.protocol.model import Premedication
from stepline.vocabulary.catalogue import catalogue

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NO_ORDER = "A calculation for a professional to check. It orders nothing."


def drug_title(drug: str) -> str:
    """The name of a drug as the vocabulary titles it; the id where it holds none."""
    known = catalogue()
    return known.concept(drug).title if drug in known else drug


def drug_name(drug: str) -> str:
    """A short name: the title, or the abbreviation where the id is one (`IVIG`)."""
    title = drug_title(drug)
    return title if title.lower().replace(" ", "-") == drug else drug.upper()


def pieces_said(pieces: Vials) -> str:
    """Vials or tablets: `1 × 20 g + 1 × 5 g`; empty where they are unknown."""
    return " + ".join(f"{count} × {say(size)}" for size, count in pieces)


def tablets_said(pieces: Vials) -> str:
    """Tablets in words: `6 tablets of 2.5 mg`; empty where they are unknown."""
    parts = [f"{n} tablet{'s' * (n != 1)} of {say(size)}" for size, n in pieces]
    return " and ".join(parts)


def amount_said(portion: Portion) -> str:
    """What is given, with its volume or tablets where they are known: `25 g (250 mL)`."""
    volume = portion.volume_ml(portion.amount)
    if portion.are_tablets:
        beside = tablets_said(portion.pieces)
    else:
        beside = f"{shown(volume, 1)} mL" if volume is not None else ""
    return f"{say(portion.amount)} ({beside})" if beside else say(portion.amount)


def rhythm_of(dose: PlannedDose) -> str:
    """How often a dose over a stretch of days is given."""
    return "every second day" if dose.per == "other-day" else "every day"


def days_given(dose: PlannedDose, end: dt.date) -> Iterator[dt.date]:
    """The days on which a dose is given, from its date to an end that is included."""
    apart = 2 if dose.per == "other-day" else 1
    for number in range(0, (end - dose.date).days + 1, apart):
        yield dose.date + dt.timedelta(days=number)


def condition_said(dose: PlannedDose) -> str:
    """What a dose waits for; empty where it waits for nothing."""
    condition = dose.condition
    if condition is None:
        return ""
    held = f"; held if {condition.held_if}" if condition.held_if else ""
    return f"only after the review of {condition.review}{held}"


def last_course(plan: Plan) -> int:
    """The number of the last course; those given before the plan are counted too."""
    return max(dose.course for dose in plan.doses)


def is_weekly(plan: Plan) -> bool:
    """Whether the regimen is given once a week on a named weekday."""
    repeat = plan.request.regimen.repeat
    return repeat is not None and repeat.weekday and not plan.is_daily


def weekday_of(dose: PlannedDose) -> str:
    """The weekday of a dose, in words."""
    return WEEKDAYS[dose.date.weekday()]


def place_said(plan: Plan, dose: PlannedDose) -> str:
    """Where a dose stands in its plan: `day 1 of 5, course 1 of 6`."""
    if is_weekly(plan):
        return f"once a week on {weekday_of(dose)}, dose {dose.course} of {last_course(plan)}"
    siblings = plan.of_course(dose.course)
    days = [one.date for one in siblings]
    before = plan.days_before(dose.course)
    number, count = days.index(dose.date) + 1 + before, len(days) + before
    word = "day" if dose.per == "day" or dose.day == number else "dose"
    parts = [f"{word} {number} of {count}"] if count > 1 else []
    parts += [round_said(plan, dose.course)] if last_course(plan) > 1 else []
    return ", ".join(parts)


def round_said(plan: Plan, course: int) -> str:
    """Which course of how many; where each course is one dose, which dose: `dose 2 of 4`."""
    count = len(plan.of_course(course)) + plan.days_before(course)
    word = "dose" if count == 1 else "course"
    return f"{word} {course} of {last_course(plan)}"


def dose_said(plan: Plan, dose: PlannedDose) -> str:
    """A dose on one line: `IVIG 25 g (250 mL), day 1 of 5, course 1 of 6`."""
    name, amount = drug_name(dose.drug), amount_said(dose.portion)
    if plan.is_daily:
        end = "" if dose.days is not None else ", from this day on; no end is stated"
        waits = condition_said(dose)
        waits = f", {waits}" if waits else ""
        return f"{name} {amount} {rhythm_of(dose)}{waits}{end}"
    place = place_said(plan, dose)
    return f"{name} {amount}, {place}" if place else f"{name} {amount}"


def say_total(doses: tuple[PlannedDose, ...]) -> str:
    """What several doses come to; `without an end` where one goes on."""
    total = given_in(doses)
    return say(total) if total is not None else "without an end"


def run_said(run: Run) -> str:
    """How long an infusion takes, as far as it is known."""
    infusion = run.infusion
    if infusion.minutes is not None:
        return said_duration(infusion.minutes)
    least = f"at least {said_duration(infusion.at_least)}"
    most = infusion.at_most
    return f"{least}, at most {said_duration(most)}" if most is not None else least


def rate_said(step: RateStep) -> str:
    """One rate of an infusion and how long it is held."""
    flow = f"{shown(step.ml_per_h, 1)} mL/h, " if step.ml_per_h is not None else ""
    held = f"for {said_duration(step.minutes)}" if step.minutes is not None else "time not known"
    return f"{flow}{shown(step.mg_per_h, 1)} mg/h, {held}"


def watched_said(doses: Sequence[PlannedDose]) -> Iterator[str]:
    """How long to watch after infusions, once for all that are alike; nothing where unknown."""
    days: dict[str, list[PlannedDose]] = {}
    for dose in doses:
        if dose.observation is not None:
            days.setdefault(say(dose.observation.period), []).append(dose)
    for period, watched in days.items():
        named = ""
        if len(days) > 1:
            on = [f"{dose.date:%d %b %Y}" for dose in watched]
            named = f" that of {on[0]}" if len(on) == 1 else " each of the others"
        yield f"watched for {period} after{named or 'wards'}"


def premedication_said(one: Premedication) -> str:
    """What is given before a dose, and how long before where that is stated."""
    parts = [drug_title(one.drug), say(one.dose) if one.dose else "", one.route]
    when = "time before not stated"
    if one.minutes_before is not None:
        when = f"{one.minutes_before} minutes before"
    return f"{' '.join(part for part in parts if part)}, {when}"


def cycle_dose_of(plan: Plan) -> Quantity | None:
    """What one course holds per kilogram; `None` without a weight or an end."""
    weight, total = plan.request.size.weight, exact_in(plan.of_course(plan.doses[0].course))
    if plan.request.given_days:
        total = plan.course.course_total
    if weight is None or total is None or not comparable(weight.unit, "kg"):
        return None
    per_kg: Fraction = in_unit(total, "g") / in_unit(weight, "kg")
    return quantity_of(per_kg, "g/kg")
