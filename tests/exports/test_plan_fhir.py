"""A plan as FHIR: it obeys the standard, orders nothing, and reads back to the same doses."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stepline.core.errors import Refused
from stepline.core.quantity import in_unit
from stepline.dosing.bodysize import body_size
from stepline.dosing.plan_model import OpenDays, Plan, PlanRequest
from stepline.dosing.plan_reading import read_regimen
from stepline.dosing.planning import make_plan
from stepline.dosing.products import products
from stepline.dosing.rounding import Policy
from stepline.exports.fhir import bundle_bytes, read_plan, told
from stepline.protocol.loading import packaged
from stepline.record.model import Event, EventStatus
from stepline.sources.fhir import read_fhir
from tests.dosing.test_planning import by_itself, planned
from tests.dosing.values import q
from tests.exports.fhir_rules import broken_rules
from tests.support.plans import planned as usual

Json = dict[str, Any]
MONTHLY = "ivig-2g-over-5d-monthly"
UNPLANNABLE = ("methylprednisolone-monthly-pulses",)
REGIMENS = [one.id for one in packaged().regimens if one.id not in UNPLANNABLE]


def bundle_of(plan: Plan) -> Json:
    bundle: Json = json.loads(bundle_bytes(plan))
    return bundle


def resources(bundle: Json, kind: str) -> list[Json]:
    found = [entry["resource"] for entry in bundle["entry"]]
    return [one for one in found if one["resourceType"] == kind]


def dosages(request: Json) -> list[Json]:
    given_as: list[Json] = request["dosageInstruction"]
    return given_as


def doses(request: Json) -> list[Decimal]:
    """Every dose quantity of a request, once for each of its dates."""
    return [
        Decimal(str(given["doseQuantity"]["value"]))
        for one in dosages(request)
        for given in one.get("doseAndRate", [])
        if "doseQuantity" in given
        for _ in one["timing"].get("event", [""])
    ]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan of any regimen for any body, day, product, number of courses and policy."""
    regimen = read_regimen(draw(st.sampled_from(REGIMENS)))
    weight = draw(st.decimals(min_value=30, max_value=140, places=1))
    brands = [one for one in products() if one.drug == regimen.drug and regimen.route in one.routes]
    brand = draw(st.sampled_from([None, *brands]))
    repeat = regimen.repeat
    many = repeat is not None and repeat.every is not None and regimen.taper is None
    diluted = brand is not None and brand.infused_at is not None
    request = PlanRequest(
        regimen,
        draw(st.dates(min_value=date(1990, 1, 1), max_value=date(2080, 12, 31))),
        body_size(q(f"{draw(st.integers(140, 200))}cm"), q(f"{weight}kg")),
        courses=draw(st.integers(1, 7)) if many else None,
        product=brand,
        policy=draw(st.sampled_from((Policy.COURSE, Policy.EXACT, Policy.DOWN))),
        weekday=draw(st.integers(1, 7)) if repeat is not None and repeat.weekday else None,
        diluted_to=brand.infused_at.value[0] if diluted and brand and brand.infused_at else None,
        proposed=regimen.taper is not None,
        open_days=OpenDays(weekdays_only=draw(st.booleans())),
    )
    try:
        return make_plan(request)
    except Refused:
        # A cap, a heavy body or closed days can refuse a plan; there is nothing to export then.
        assume(condition=False)
        raise


# ---------------------------------------------------------------- there and back


@given(plan=plans())
@settings(max_examples=150, deadline=None)
def test_what_is_exported_reads_back_to_the_same_doses(plan: Plan) -> None:
    assert read_plan(bundle_bytes(plan)) == told(plan)


@pytest.mark.parametrize("regimen", REGIMENS)
def test_every_regimen_of_the_library_comes_back_as_it_went(regimen: str) -> None:
    plan = by_itself(regimen)
    back = read_plan(bundle_bytes(plan))
    assert (back.regimen, back.version) == (regimen, plan.request.regimen.version)
    assert len(back.doses) == len(plan.doses)
    for dose, planned_dose in zip(back.doses, plan.doses, strict=True):
        assert (dose.date, dose.until, dose.days) == (
            planned_dose.date, planned_dose.until, planned_dose.days,
        )  # fmt: skip
        assert dose.amount == planned_dose.portion.amount
        assert dose.exact == planned_dose.portion.exact
        assert dose.pieces == planned_dose.portion.pieces
        assert (dose.course, dose.day, dose.per) == (
            planned_dose.course, planned_dose.day, planned_dose.per,
        )  # fmt: skip


def alternating() -> Plan:
    """A taper that goes over to every second day."""
    falls = {"fall": "10mg", "every": "2w", "floor": "5mg", "alternate_from": "20mg"}
    return usual("prednisone-taper", proposed=False, tablet=("5mg",), **falls)


def test_a_dose_on_every_second_day_comes_back_as_one() -> None:
    plan = alternating()
    assert {dose.per for dose in plan.doses} == {"day", "other-day"}
    bundle = bundle_of(plan)
    rules = [
        one["timing"]["repeat"]
        for r in resources(bundle, "MedicationRequest")
        for one in dosages(r)
    ]
    assert [rule["period"] for rule in rules] == [
        2 if dose.per == "other-day" else 1 for dose in plan.doses
    ]
    assert broken_rules(bundle) == []
    assert read_plan(bundle_bytes(plan)) == told(plan)


def test_a_rhythm_that_is_told_in_two_ways_is_refused() -> None:
    bundle = bundle_of(alternating())
    for request in resources(bundle, "MedicationRequest"):
        for one in dosages(request):
            one["timing"]["repeat"]["period"] = 1
    with pytest.raises(Refused, match="How often this dose is given is told in two ways"):
        read_plan(json.dumps(bundle).encode())


def test_what_waits_for_a_review_says_so_in_its_text() -> None:
    plan = usual("prednisone-taper")
    waiting = [dose for dose in plan.doses if dose.condition]
    texts = [
        one["text"]
        for request in resources(bundle_of(plan), "MedicationRequest")
        for one in dosages(request)
    ]
    assert waiting
    assert sum("only after the review of" in text for text in texts) == len(waiting)


def test_a_third_of_a_millilitre_is_kept_as_a_third() -> None:
    plan = planned(MONTHLY, "61.3kg", brand="octagam-10-eu")
    run = plan.doses[0].portion.run
    assert run is not None
    thirds = [
        step.minutes for step in run.steps if step.minutes and step.minutes.denominator % 3 == 0
    ]
    assert thirds or any(step.minutes.denominator > 1 for step in run.steps if step.minutes)
    back = read_plan(bundle_bytes(plan)).doses[0]
    assert [step.minutes for step in back.steps] == [step.minutes for step in run.steps]
    assert back.volume_ml == Fraction(250)


def test_the_same_plan_gives_the_same_bytes_and_another_start_other_ids() -> None:
    one, same, other = (
        bundle_bytes(planned(MONTHLY, start=date(2026, 1, day))) for day in (5, 5, 6)
    )
    assert one == same
    assert json.loads(one)["id"] != json.loads(other)["id"]


def test_a_date_of_writing_stands_only_where_it_is_given() -> None:
    plan = by_itself(MONTHLY)
    assert b"authoredOn" not in bundle_bytes(plan)
    stamped = bundle_bytes(plan, authored_on=date(2026, 1, 2))
    requests = resources(json.loads(stamped), "MedicationRequest")
    assert {one["authoredOn"] for one in requests} == {"2026-01-02"}
    assert read_plan(stamped) == told(plan)


def test_the_order_of_resources_and_instructions_does_not_matter() -> None:
    plan = planned(MONTHLY, brand="octagam-10-eu", courses=2)
    bundle = bundle_of(plan)
    bundle["entry"].reverse()
    for request in resources(bundle, "MedicationRequest"):
        request["dosageInstruction"].reverse()
    assert read_plan(json.dumps(bundle).encode()) == told(plan)


# ---------------------------------------------------------------- as a record


def rows(plan: Plan) -> tuple[Event, ...]:
    """What the importer makes of the bundle: the doses of the drug, by time."""
    (record,) = read_fhir(bundle_bytes(plan), "plan.json")
    assert record.quarantine == ()
    drug = plan.request.regimen.drug
    return tuple(
        one for one in record.events if one.concept == drug and one.intent != "premedication"
    )


@given(plan=plans())
@settings(max_examples=60, deadline=None)
def test_the_importer_reads_the_same_dates_and_amounts_as_planned(plan: Plan) -> None:
    events = rows(plan)
    assert [one.time.date() for one in events] == [dose.date for dose in plan.doses]
    assert {one.status for one in events} == {EventStatus.PLANNED}
    for one, dose in zip(events, plan.doses, strict=True):
        assert one.value == dose.portion.amount.value
        assert one.unit == dose.portion.amount.unit + ("/d" if plan.is_daily else "")
        assert (one.end_time.date() if one.end_time else None) == dose.until
        assert one.is_spell == plan.is_daily


def test_no_rate_becomes_a_dose_and_each_stands_beside_its_own() -> None:
    plan = planned(MONTHLY, brand="octagam-10-eu", courses=1)
    events = rows(plan)
    assert sum(one.value or 0 for one in events) == 120
    assert all("rate 36 mL/h over 30 min" in one.note for one in events)
    assert all("rate 72 mL/h over 30 min" in one.note for one in events)


def test_premedication_is_imported_on_the_days_of_the_infusions() -> None:
    (record,) = read_fhir(bundle_bytes(by_itself("rituximab-1g-x2")), "plan.json")
    before = [one for one in record.events if one.intent == "premedication"]
    assert [(one.concept, one.time) for one in before if one.value is not None] == [
        ("methylprednisolone", datetime(2026, 1, 5)),
        ("methylprednisolone", datetime(2026, 1, 19)),
    ]
    assert {one.concept for one in before} == {"methylprednisolone", "paracetamol", "antihistamine"}
    assert all("30 min before" in one.text for one in before if one.value is not None)
    assert all("not stated" in one.text for one in before if one.value is None)


# ---------------------------------------------------------------- what stands where


def test_whoever_adds_up_the_doses_of_a_course_gets_the_course_and_no_more() -> None:
    requests = resources(bundle_of(planned(MONTHLY, brand="octagam-10-eu")), "MedicationRequest")
    assert len(requests) == 6
    assert [sum(doses(one)) for one in requests] == [120] * 6


def test_nothing_in_the_bundle_is_an_order() -> None:
    for regimen in REGIMENS:
        for kind in ("CarePlan", "MedicationRequest"):
            for one in resources(bundle_of(by_itself(regimen)), kind):
                assert one["status"] == "draft"
                assert one["intent"] in ("plan", "proposal")


def test_steps_that_no_source_states_are_a_proposal() -> None:
    bundle = bundle_of(by_itself("prednisone-taper"))
    assert {one["intent"] for one in resources(bundle, "MedicationRequest")} == {"proposal"}
    assert read_plan(json.dumps(bundle).encode()).is_proposed
    assert not read_plan(bundle_bytes(by_itself(MONTHLY))).is_proposed


def test_methotrexate_names_its_weekday_and_every_date() -> None:
    (request,) = resources(bundle_of(by_itself("methotrexate-weekly")), "MedicationRequest")
    (dosage,) = dosages(request)
    repeat = dosage["timing"]["repeat"]
    assert repeat["dayOfWeek"] == ["mon"]
    assert (repeat["frequency"], repeat["period"], repeat["periodUnit"]) == (1, 1, "wk")
    days = [date.fromisoformat(day) for day in dosage["timing"]["event"]]
    assert len(days) == 12
    assert {day.isoweekday() for day in days} == {1}


def test_steps_of_a_taper_follow_one_another_with_bounds() -> None:
    (request,) = resources(bundle_of(by_itself("prednisone-taper")), "MedicationRequest")
    steps = dosages(request)
    assert [one["sequence"] for one in steps] == list(range(1, len(steps) + 1))
    periods = [one["timing"]["repeat"]["boundsPeriod"] for one in steps]
    for one, following in pairwise(periods):
        gap = date.fromisoformat(following["start"]) - date.fromisoformat(one["end"])
        assert gap.days == 1
    assert "end" not in periods[-1]


def test_a_dose_begins_with_its_first_rate_and_the_next_rates_follow() -> None:
    plan = planned(MONTHLY, brand="octagam-10-eu", courses=1)
    (request,) = resources(bundle_of(plan), "MedicationRequest")
    days = {tuple(one["timing"]["event"]) for one in dosages(request)}
    assert len(days) == 5
    for day in days:
        same = [one for one in dosages(request) if tuple(one["timing"]["event"]) == day]
        dose, *rates = same
        assert "doseQuantity" in dose["doseAndRate"][0]
        first = dose["sequence"]
        assert [one["sequence"] for one in rates] == list(range(first, first + len(rates)))
        assert all("doseQuantity" not in one["doseAndRate"][0] for one in rates)


def test_the_person_of_a_plan_is_nobody() -> None:
    (patient,) = resources(bundle_of(by_itself(MONTHLY)), "Patient")
    assert set(patient) == {"resourceType", "id", "text"}


def test_every_warning_and_every_source_travels() -> None:
    plan = planned(MONTHLY, brand="flebogamma-dif-5")
    (care_plan,) = resources(bundle_of(plan), "CarePlan")
    assert plan.cautions
    said = {one["text"] for one in care_plan["note"]}
    assert {one.message for one in plan.cautions} | {one.message for one in plan.refusals} == said
    text = json.dumps(care_plan)
    for one in plan.evidence:
        assert json.dumps(one.source) in text


def test_the_strength_of_the_product_is_a_mass_in_a_millilitre() -> None:
    plan = planned(MONTHLY, brand="flebogamma-dif-5", courses=1)
    (request,) = resources(bundle_of(plan), "MedicationRequest")
    (medication,) = request["contained"]
    strength = medication["ingredient"][0]["strength"]
    assert (strength["numerator"]["value"], strength["numerator"]["unit"]) == (50, "mg")
    assert strength["denominator"] == {
        "value": 1, "unit": "mL", "system": "http://unitsofmeasure.org", "code": "mL",
    }  # fmt: skip
    first = read_plan(bundle_bytes(plan)).doses[0]
    assert first.volume_ml == in_unit(first.amount, "mg") / 50


# ---------------------------------------------------------------- the rules of the standard


@pytest.mark.parametrize("regimen", REGIMENS)
def test_the_bundle_of_every_regimen_keeps_the_rules_of_r4(regimen: str) -> None:
    assert broken_rules(bundle_of(by_itself(regimen))) == []


def test_the_bundle_of_every_product_keeps_the_rules_of_r4() -> None:
    for product in products():
        if product.drug == "ivig":
            plan = planned(MONTHLY, "61.3kg", brand=product.id, courses=1)
            assert broken_rules(bundle_of(plan)) == []


def _dosage(bundle: Json) -> Json:
    first: Json = resources(bundle, "MedicationRequest")[0]["dosageInstruction"][0]
    return first


BREAKS: dict[str, Any] = {
    "schema": lambda b: _dosage(b).update(strength="1"),
    "binding": lambda b: resources(b, "CarePlan")[0].update(status="invented"),
    "ele-1": lambda b: _dosage(b).update(text=""),
    "ext-1": lambda b: _dosage(b)["extension"][0].update(valueString="both"),
    "qty-3": lambda b: _dosage(b)["doseAndRate"][0]["doseQuantity"].pop("system"),
    "per-1": lambda b: resources(b, "CarePlan")[0]["period"].update(start="2030-01-01"),
    "tim-1": lambda b: _dosage(b)["timing"]["repeat"].pop("durationUnit"),
    "tim-2": lambda b: _dosage(b)["timing"]["repeat"].update(period=1),
    "tim-4": lambda b: _dosage(b)["timing"]["repeat"].update(duration=-1),
    "tim-6": lambda b: _dosage(b)["timing"]["repeat"].update(periodMax=2),
    "tim-8": lambda b: _dosage(b)["timing"]["repeat"].update(countMax=2),
    "tim-9": lambda b: _dosage(b)["timing"]["repeat"].update(offset=30),
    "tim-10": lambda b: _dosage(b)["timing"]["repeat"].update(timeOfDay=["08:00:00"], when=["HS"]),
    "dom-3": lambda b: resources(b, "MedicationRequest")[0]["contained"][0].update(id="other"),
    "dom-6": lambda b: resources(b, "Patient")[0].pop("text"),
    "ref-1": lambda b: resources(b, "MedicationRequest")[0].pop("contained"),
    "cpl-3": lambda b: resources(b, "CarePlan")[0]["activity"][0].update(
        detail={"status": "not-started"}
    ),
    "bdl-7": lambda b: b["entry"][1].update(fullUrl=b["entry"][0]["fullUrl"]),
    "reference-unresolved": lambda b: b["entry"].pop(1),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_a_broken_rule_is_found(rule: str) -> None:
    bundle = bundle_of(planned(MONTHLY, brand="octagam-10-eu", courses=1))
    BREAKS[rule](bundle)
    assert any(one.startswith(f"{rule} ") for one in broken_rules(bundle))
