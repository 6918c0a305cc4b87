"""One made-up patient: everything that happened, and everything that could be recorded of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from stepline.synth.body import Body, born
from stepline.synth.courses import Prescription, Relapse, Row, Truth
from stepline.synth.daily import glucocorticoid, immunosuppressants
from stepline.synth.disease import Traits, activity, traits
from stepline.synth.draws import Draws, Purpose
from stepline.synth.giving import care_of, given
from stepline.synth.immunity import Immunity, immunity, replacement
from stepline.synth.measures import Habitus, habitus, immunoglobulin, left_of, visit
from stepline.synth.parameters import Population, bound
from stepline.synth.treatment import Walk, walk

_MORNING = 8 * 60
_EARLIEST = date(2008, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Patient:
    """What happened to one patient. Days count from `first`; `levels` is activity by week."""

    number: int
    first: date
    days: int
    body: Body
    condition: str
    rows: list[Row]
    truths: list[Truth]
    relapses: list[Relapse]
    levels: list[float]


def make(seed: int, number: int, people: Population, chances: Mapping[str, float]) -> Patient:
    """Patient `number` of a seed; `chances` change its care and its record, not its disease."""
    draws = Draws(seed, number, Purpose.BODY)
    doublings = bound("follow-up-spread") * draws.normal()
    years = people.numbers["follow-up-years"] * 2**doublings
    days = round(365.25 * min(bound("follow-up-most"), max(bound("follow-up-least"), years)))
    first = date.fromordinal(_EARLIEST + draws.whole(0, 3650))
    body = born(draws, people, days)
    disease = Draws(seed, number, Purpose.DISEASE)
    trait = traits(disease, people)
    treatment = Draws(seed, number, Purpose.TREATMENT)
    way = walk(treatment, trait, people, days)
    immune = immunity(disease, way)
    prescribed = _prescribed(treatment, way, body, immune)
    wobble = people.numbers["activity-wobble"]
    levels = activity(disease, trait.activity, way.pulls, days, wobble)
    care = care_of(Draws(seed, number, Purpose.CARE), body, first, days, chances)
    rows, truths = [], []
    for one in prescribed:
        doses, truth = given(one, care)
        rows += doses
        truths += [truth] if truth else []
    visits = Draws(seed, number, Purpose.VISITS)
    rows += _told(trait, way, immune)
    rows += _visits(visits, way, body, immune, levels, rows)
    truths.sort(key=lambda truth: (truth.start, truth.drug, truth.regimen))
    return Patient(number, first, days, body, trait.condition, rows, truths, way.relapses, levels)


def _prescribed(draws: Draws, way: Walk, body: Body, immune: Immunity) -> list[Prescription]:
    """Everything prescribed; replacement waits until immunomodulation with immunoglobulin ends."""
    found = [*way.prescribed, *glucocorticoid(draws, way, body)]
    found += immunosuppressants(draws, way, body)
    return found + replacement(draws, way, immune)


def _told(trait: Traits, way: Walk, immune: Immunity) -> list[Row]:
    """Diagnosis, relapses, infections and what followed, as a clinician would note them."""
    rows = [Row(0, _MORNING, trait.condition, text="present", end=-1, is_spell=True)]
    rows += [Row(one.day, _MORNING + 30, "relapse", text="present") for one in way.relapses]
    rows += [
        Row(day, _MORNING + 30, "dose-reduction-attempt", text="failed")
        for day, cause in way.relapses
        if cause == "reduction"
    ]
    rows += [_infection(day, severe) for day, severe in immune.infections if day <= way.days]
    if 0 <= immune.low_since <= way.days:
        day = immune.low_since
        rows.append(Row(day, _MORNING + 30, "recurrent-infection", text="present"))
        rows.append(Row(day, _MORNING + 30, "hypogammaglobulinaemia", text="present"))
    return rows


def _infection(day: int, severe: bool) -> Row:
    concept = "severe-infection" if severe else "upper-respiratory-tract-infection"
    return Row(day, _MORNING + 30, concept, text="present")


def _visits(
    draws: Draws, way: Walk, body: Body, immune: Immunity, levels: list[float], doses: list[Row]
) -> list[Row]:
    patient = habitus(draws)
    rows = [Row(0, _MORNING, "height", str(body.height), "cm")]
    infused = sorted(row.day for row in doses if row.concept in ("ivig", "scig"))
    day = 0
    number = 0
    while day <= way.days:
        rows += _visit(draws, day, body, patient, levels)
        if number % round(bound("visits-per-igg")) == 0:
            rows.append(immunoglobulin(draws, day, immune.igg(day), left_of(infused, day)))
        day = _next_day(draws, day, way)
        number += 1
    return rows


def _next_day(draws: Draws, day: int, way: Walk) -> int:
    """Sooner while treatment begins; also on the day before an induction."""
    before, after = bound("visit-near-before"), bound("visit-near-after")
    near = any(start - before <= day < start + after for start in way.ivig_days)
    name = "visit-near" if near else "visit"
    least, most = bound(f"{name}-least"), bound(f"{name}-most")
    following = day + draws.whole(round(least), round(most))
    starts = [
        start - 1 for start in (*way.ivig_days, *way.rituximab) if day < start - 1 < following
    ]
    return min(starts, default=following)


def _visit(draws: Draws, day: int, body: Body, patient: Habitus, levels: list[float]) -> list[Row]:
    weight = Row(day, _MORNING, "weight", f"{body.weight(day):.1f}", "kg")
    return [weight, *visit(draws, day, levels[day // 7], patient)]
