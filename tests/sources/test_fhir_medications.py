"""Orders, administrations, statements and supplies."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from stepline.core.evidence import Status
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import EventStatus
from stepline.vocabulary.catalogue import catalogue
from tests.sources.bundles import (
    SUBJECT,
    administration,
    coded,
    daily,
    dosage,
    observation,
    one_event,
    one_in_quarantine,
    quantity,
    read,
    request,
    rxnorm,
    snomed,
)

METHOTREXATE = rxnorm("6851", "methotrexate")
IVIG = coded("J06BA02", "", "http://www.whocc.no/atc")


def ordered(*instructions: dict[str, Any], **fields: object) -> dict[str, Any]:
    return request(dosageInstruction=list(instructions), **fields)


# ---------------------------------------------------------------- how much, how often


@pytest.mark.parametrize(
    ("repeat", "value", "unit", "interval"),
    [
        (daily(), "30", "mg/d", ""),
        (daily(2), "60", "mg/d", ""),
        ({"frequency": 1, "period": 12, "periodUnit": "h"}, "60", "mg/d", ""),
        ({"frequency": 1, "period": 8, "periodUnit": "h"}, "90", "mg/d", ""),
        ({"frequency": 1, "period": 2, "periodUnit": "d"}, "30", "mg", "P2D"),
        ({"frequency": 1, "period": 1, "periodUnit": "wk"}, "30", "mg", "P1W"),
        ({"frequency": 1, "period": 4, "periodUnit": "wk"}, "30", "mg", "P4W"),
        ({"frequency": 1, "period": 1, "periodUnit": "mo"}, "30", "mg", "P1M"),
        ({"frequency": 3, "period": 1, "periodUnit": "wk"}, "90", "mg/wk", ""),
        ({"frequency": 1, "period": 36, "periodUnit": "h"}, "30", "mg", "PT36H"),
        ({"frequency": 2, "period": 7, "periodUnit": "d"}, None, "mg/d", ""),
        ({"dayOfWeek": ["mon"]}, "30", "mg", "P1W"),
        ({"dayOfWeek": ["mon", "wed", "fri"], **daily()}, "90", "mg/wk", ""),
        ({"timeOfDay": ["08:00:00", "20:00:00"]}, "60", "mg/d", ""),
    ],
)
def test_a_dose_and_its_rhythm_are_read_together(
    repeat: dict[str, Any], value: str | None, unit: str, interval: str
) -> None:
    event = one_event(ordered(dosage(30, repeat=repeat)))
    assert event.is_spell
    assert (event.unit, event.interval) == (unit, interval)
    if value is None:
        assert event.value is not None
        assert abs(event.value * 7 - 60) < Decimal("1e-30")
    else:
        assert event.value == Decimal(value)


def test_a_single_dose_that_was_multiplied_says_so() -> None:
    event = one_event(ordered(dosage(30, repeat=daily(2))))
    assert event.certainty is Status.DERIVED
    assert "30 mg 2 times a day" in event.note
    assert one_event(ordered(dosage(30, repeat=daily()))).certainty is Status.VERIFIED


@pytest.mark.parametrize(
    ("code", "unit", "interval"),
    [("QD", "mg/d", ""), ("BID", "mg/d", ""), ("QOD", "mg", "P2D"), ("WK", "mg", "P1W")],
)
def test_an_abbreviated_rhythm_is_read(code: str, unit: str, interval: str) -> None:
    timing = {"code": coded(code, system="GTSAbbreviation")}
    event = one_event(ordered(dosage(30, timing=timing)))
    assert (event.unit, event.interval) == (unit, interval)


@pytest.mark.parametrize(
    "instruction",
    [
        dosage(30),
        dosage(30, repeat={"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}),
        dosage(30, repeat={"frequency": 2, "period": 1, "periodUnit": "mo"}),
        dosage(30, repeat={"dayOfWeek": ["mon", "thu"], "frequency": 3, "period": 1,
                           "periodUnit": "wk"}),
    ],
)  # fmt: skip
def test_an_amount_without_a_rhythm_is_words_and_never_a_daily_dose(
    instruction: dict[str, Any],
) -> None:
    event = one_event(ordered(instruction))
    assert event.is_spell
    assert (event.value, event.unit) == (None, "")
    assert event.text.startswith("30 mg, how often ")


def test_the_words_of_the_instruction_are_kept_as_written() -> None:
    event = one_event(ordered(dosage(30, repeat=daily(), text="30 mg every morning with food")))
    assert event.text == "30 mg every morning with food"


@pytest.mark.parametrize(
    "given", [{"value": 1}, {"value": 2, "unit": "tablet"}, quantity(1, "{tbl}"), quantity(1, "1")]
)
def test_a_number_of_tablets_is_no_dose_whatever_the_strength_of_one(given: dict[str, Any]) -> None:
    product = rxnorm("312617", "predniSONE 5 MG Oral Tablet")
    order = ordered(
        {"timing": {"repeat": daily()}, "doseAndRate": [{"doseQuantity": given}]},
        medicationCodeableConcept=product,
    )
    event = one_event(order)
    assert (event.concept, event.product) == ("prednisone", "predniSONE 5 MG Oral Tablet")
    assert (event.value, event.value_high, event.unit) == (None, None, "")
    assert "once a day" in event.text
    assert "no dose" in event.note


def test_a_dose_range_is_two_bounds() -> None:
    dose = {"doseRange": {"low": quantity(5, "mg"), "high": quantity(10, "mg")}}
    event = one_event(ordered({"timing": {"repeat": daily()}, "doseAndRate": [dose]}))
    assert (event.value, event.value_low, event.value_high) == (None, Decimal(5), Decimal(10))
    assert event.unit == "mg/d"


def test_as_needed_is_anything_up_to_the_dose() -> None:
    event = one_event(ordered(dosage(10, repeat=daily(3), asNeededBoolean=True)))
    assert (event.value, event.value_low, event.value_high) == (None, Decimal(0), Decimal(30))


def test_a_dose_per_kilogram_stays_per_kilogram() -> None:
    event = one_event(ordered(dosage(1.5, "mg/kg", repeat=daily())))
    assert (event.value, event.unit) == (Decimal("1.5"), "mg/kg/d")


def test_two_different_doses_are_not_chosen_between_and_the_ordered_one_is_preferred() -> None:
    doses = [{"doseQuantity": quantity(30, "mg")}, {"doseQuantity": quantity(40, "mg")}]
    timing = {"repeat": daily()}
    both = one_event(ordered({"timing": timing, "doseAndRate": doses}))
    assert (both.value, both.text) == (None, "30 mg and 40 mg, once a day")
    doses[0]["type"] = coded("calculated", system="dose-rate-type")
    doses[1]["type"] = coded("ordered", system="dose-rate-type")
    chosen = one_event(ordered({"timing": timing, "doseAndRate": doses}))
    assert chosen.value == Decimal(40)


def test_doses_on_named_dates_are_a_row_each() -> None:
    instruction = dosage(1, "g", timing={"event": ["2026-02-02", "2026-02-16"]})
    order = ordered(
        instruction, status="draft", medicationCodeableConcept=rxnorm("121191", "rituximab")
    )
    first, second = read(order).events
    assert (first.concept, first.value, first.unit) == ("rituximab", Decimal(1), "g")
    assert second.time - first.time == timedelta(days=14)
    assert {first.status, second.status} == {EventStatus.PLANNED}
    assert not first.is_spell


def test_a_dose_once_is_a_moment() -> None:
    event = one_event(ordered(dosage(500, repeat={"count": 1})))
    assert (event.is_spell, event.value, event.unit) == (False, Decimal(500), "mg")


@pytest.mark.parametrize(
    ("instruction", "code"),
    [
        (dosage(30, "U/L", repeat=daily()), "unit-mismatch"),
        (dosage(30, "cm", repeat=daily()), "unit-mismatch"),
        (dosage(9000, "mg", repeat=daily()), "value-implausible"),
        (dosage(30, "g", repeat=daily()), "value-implausible"),
        (dosage(30, repeat=daily(boundsPeriod={"start": "2026-02-01", "end": "2026-01-01"})),
         "end-before-start"),
        (dosage(30, repeat={"frequency": "one"}), "resource-malformed"),
    ],
)  # fmt: skip
def test_a_dose_that_cannot_be_used_goes_to_quarantine(
    instruction: dict[str, Any], code: str
) -> None:
    assert one_in_quarantine(ordered(instruction)).code == code


def test_daily_methotrexate_is_kept_and_its_weekly_total_is_not_hidden() -> None:
    """15 mg a day is the overdose that guards must see; it is plausible as a number."""
    event = one_event(ordered(dosage(15, repeat=daily()), medicationCodeableConcept=METHOTREXATE))
    assert (event.value, event.unit, event.interval) == (Decimal(15), "mg/d", "")


# ---------------------------------------------------------------- from when until when


def test_bounds_make_a_spell_that_includes_its_last_day() -> None:
    bounds = {"start": "2026-01-05", "end": "2026-03-01"}
    event = one_event(ordered(dosage(30, repeat=daily(boundsPeriod=bounds)), status="completed"))
    assert (event.time, event.time_exact) == (datetime(2026, 1, 5), True)
    assert event.end_time is not None
    assert event.end_time.date() == datetime(2026, 3, 1).date()
    assert event.active_on(datetime(2026, 3, 1, 20)) is True
    assert event.active_on(datetime(2026, 3, 2)) is False


def test_an_end_known_by_its_month_leaves_that_month_open() -> None:
    bounds = {"start": "2026-01-05", "end": "2026-03"}
    event = one_event(ordered(dosage(30, repeat=daily(boundsPeriod=bounds)), status="completed"))
    assert event.active_on(datetime(2026, 2, 27)) is True
    assert event.active_on(datetime(2026, 3, 20)) is None
    assert event.end_said == "2026-03"


def test_a_duration_and_a_count_end_a_spell() -> None:
    week = ordered(dosage(30, repeat=daily(boundsDuration=quantity(2, "wk"))))
    assert one_event(week).end_time == datetime(2026, 1, 19, 9)
    four = ordered(
        dosage(375, "mg/m2", repeat={"frequency": 1, "period": 1, "periodUnit": "wk", "count": 4}),
        medicationCodeableConcept=rxnorm("121191"),
    )
    event = one_event(four)
    assert (event.value, event.unit, event.interval) == (Decimal(375), "mg/m2", "P1W")
    assert event.end_time == datetime(2026, 1, 26, 9)
    assert event.end_said == "4 doses"


def test_a_taper_is_one_group_in_order() -> None:
    steps = [
        dosage(20, sequence=2, repeat=daily(boundsPeriod={"start": "2026-02-01"})),
        dosage(
            40,
            sequence=1,
            repeat=daily(boundsPeriod={"start": "2026-01-05", "end": "2026-01-31"}),
        ),
    ]
    first, second = read(ordered(*steps)).events
    assert (first.value, second.value) == (Decimal(40), Decimal(20))
    assert first.group == second.group == "order 1"
    assert (first.end_said, second.end_said) == ("2026-01-31", "ongoing")


def test_steps_by_duration_follow_each_other_and_never_add_up() -> None:
    two_weeks = quantity(2, "wk")
    steps = [
        dosage(40, sequence=1, repeat=daily(boundsDuration=two_weeks)),
        dosage(20, sequence=2, repeat=daily(boundsDuration=two_weeks)),
        dosage(10, sequence=3, repeat=daily()),
    ]
    events = read(ordered(*steps)).events
    starts = [datetime(2026, 1, 5, 9), datetime(2026, 1, 19, 9), datetime(2026, 2, 2, 9)]
    assert [event.time for event in events] == starts
    assert [event.end_time for event in events] == [*starts[1:], None]
    assert events[-1].end_said == "ongoing"


def test_steps_without_dates_leave_open_when_the_next_begins() -> None:
    first, second = read(
        ordered(dosage(40, sequence=1, repeat=daily()), dosage(20, sequence=2, repeat=daily()))
    ).events
    assert (first.end_time, first.end_said) == (None, "until the next step, date not stated")
    assert (second.time_exact, second.time_said) == (False, "after the step before")
    assert (second.time_earliest, second.time_latest) == (first.time, None)


def test_instructions_of_one_sequence_run_together() -> None:
    morning, evening = read(
        ordered(dosage(20, sequence=1, repeat=daily()), dosage(10, sequence=1, repeat=daily()))
    ).events
    assert morning.time == evening.time
    assert (morning.end_said, evening.end_said) == ("ongoing", "ongoing")


def test_an_order_for_one_dose_ties_nothing_and_is_a_day_of_the_course_that_it_stands_in() -> None:
    days = [f"2026-01-{day:02}" for day in (5, 6, 7, 8, 9)]
    given = [
        administration(id=f"a{day}", effectiveDateTime=day, dosage={"dose": quantity(0.4, "g/kg")})
        for day in days
        if day != "2026-01-07"
    ]
    order = ordered(
        dosage(0.4, "g/kg", timing={"event": ["2026-01-07"]}), medicationCodeableConcept=IVIG
    )
    later = observation(id="o9", effectiveDateTime="2026-02-01")
    record = read(order, *given, later)
    assert {event.group for event in record.events} == {""}
    (course,) = recognise(RecordIndex(record), packaged().regimens, catalogue())
    assert (course.regimen, course.dose) == ("ivig-2g-over-5d-monthly", "2 g/kg over 5 days")


def test_an_order_that_replaces_another_ends_it() -> None:
    old = ordered(dosage(30, repeat=daily()))
    new = ordered(
        dosage(20, repeat=daily()),
        id="r2",
        authoredOn="2026-02-05T09:00:00Z",
        priorPrescription={"reference": "MedicationRequest/r1"},
    )
    first, second = read(new, old).events
    assert (first.value, first.end_time) == (Decimal(30), datetime(2026, 2, 5, 9))
    assert second.end_said == "ongoing"


def test_without_an_end_only_an_active_order_goes_on() -> None:
    def ends(status: str) -> tuple[bool | None, str]:
        event = one_event(ordered(dosage(30, repeat=daily()), status=status))
        return event.active_on(datetime(2027, 1, 1)), event.end_said

    assert ends("active") == (True, "ongoing")
    assert ends("stopped") == (None, "stopped, date not stated")
    assert ends("completed") == (None, "completed, date not stated")


# ---------------------------------------------------------------- status and reason


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "active"}, EventStatus.ORDERED),
        ({"status": "completed"}, EventStatus.REPORTED),
        ({"status": "stopped"}, EventStatus.STOPPED),
        ({"status": "on-hold"}, EventStatus.STOPPED),
        ({"status": "cancelled"}, EventStatus.NOT_GIVEN),
        ({"status": "draft"}, EventStatus.PLANNED),
        ({"intent": "plan"}, EventStatus.PLANNED),
        ({"doNotPerform": True}, EventStatus.NOT_GIVEN),
    ],
)
def test_the_status_of_an_order(fields: dict[str, object], status: EventStatus) -> None:
    assert one_event(request(**fields)).status is status


@pytest.mark.parametrize("status", ["entered-in-error", "rescinded", ""])
def test_an_order_taken_back_or_of_no_known_status_is_in_quarantine(status: str) -> None:
    code = "taken-back" if status == "entered-in-error" else "status-unknown"
    assert one_in_quarantine(request(status=status)).code == code


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (coded("sintol", "Suspected Intolerance", "status-reason"), "intolerance"),
        ({"text": "Drug intolerance: nausea"}, "intolerance"),
        ({"text": "Lack of efficacy"}, "inefficacy"),
        ({"text": "Severe side effects"}, "adverse-event"),
        ({"text": "No intolerance; replaced by another brand"}, ""),
        ({"text": "Moved away"}, ""),
    ],
)
def test_the_reason_for_stopping_is_a_known_word_or_stays_words(
    given: dict[str, Any], reason: str
) -> None:
    event = one_event(
        request(status="stopped", statusReason=given, medicationCodeableConcept=METHOTREXATE)
    )
    assert (event.status, event.reason) == (EventStatus.STOPPED, reason)
    assert event.note.startswith("reason stated: ")


def test_why_a_drug_is_given_is_no_reason_for_stopping() -> None:
    event = one_event(request(reasonCode=[{"text": "Dermatomyositis"}]))
    assert (event.reason, event.note) == ("", "given for Dermatomyositis")


def test_an_intent_is_read_where_it_is_the_stated_reason() -> None:
    event = one_event(administration(reasonCode=[{"text": "Replacement"}]))
    assert event.intent == "replacement"


# ---------------------------------------------------------------- which drug


@pytest.mark.parametrize(
    ("thing", "concept"),
    [
        (rxnorm("8640"), "prednisone"),
        (rxnorm("999", "predniSONE 5 MG Oral Tablet"), "prednisone"),
        (rxnorm("999", "methylPREDNISolone 4 MG Oral Tablet"), "methylprednisolone"),
        ({"text": "Methotrexate 2.5 mg tablets"}, "methotrexate"),
        (rxnorm("999", "Hydrocortisone 10 MG/ML Topical Cream"), ""),
        (rxnorm("999", "Simvastatin 10 MG Oral Tablet"), ""),
        (rxnorm("6387", "lidocaine"), ""),
        ({"text": "human immunoglobulin"}, ""),
    ],
)
def test_a_drug_is_known_by_its_code_or_its_name(thing: dict[str, Any], concept: str) -> None:
    assert one_event(request(medicationCodeableConcept=thing)).concept == concept


def test_the_route_tells_which_immunoglobulin() -> None:
    def concept(route: dict[str, Any]) -> str:
        thing = {"text": "human immunoglobulin 100 mg/mL"}
        given = {"dose": quantity(10, "g"), "route": route}
        return one_event(administration(medicationCodeableConcept=thing, dosage=given)).concept

    assert concept(snomed("47625008")) == "ivig"
    assert concept(snomed("34206005")) == "scig"


def test_a_topical_route_makes_no_systemic_steroid() -> None:
    order = ordered(
        dosage(5, repeat=daily(), route=snomed("6064005", "Topical route")),
        medicationCodeableConcept=rxnorm("5492", "hydrocortisone"),
    )
    event = one_event(order)
    assert (event.concept, event.route) == ("", "topical")
    assert "not read as" in event.note


def medication(identity: str = "m1", **fields: object) -> dict[str, Any]:
    return {"resourceType": "Medication", "id": identity, "code": IVIG, **fields}


@pytest.mark.parametrize("contained", [True, False])
def test_a_referenced_medication_gives_the_drug_and_the_lot(contained: bool) -> None:
    bottle = medication(batch={"lotNumber": "B17"})
    given = administration(
        medicationCodeableConcept=None,
        medicationReference={"reference": "#m1" if contained else "Medication/m1"},
    )
    if contained:
        given["contained"] = [bottle]
    event = one_event(given) if contained else one_event(given, bottle)
    assert (event.concept, event.lot) == ("ivig", "B17")


def test_a_medication_that_is_not_in_the_file_is_its_display_or_nothing() -> None:
    away = {"reference": "Medication/elsewhere"}
    named = administration(
        medicationCodeableConcept=None,
        medicationReference={**away, "display": "Octagam 10 % infusion"},
    )
    assert one_event(named).concept == "ivig"
    row = one_in_quarantine(
        administration(medicationCodeableConcept=None, medicationReference=away)
    )
    assert row.code == "medication-unresolved"


# ---------------------------------------------------------------- administrations


def test_an_administration_is_a_dose_at_a_moment() -> None:
    event = one_event(administration())
    assert (event.concept, event.value, event.unit) == ("ivig", Decimal(30), "g")
    assert (event.status, event.route, event.is_spell) == (EventStatus.GIVEN, "iv", False)
    assert event.group == ""


def test_an_amount_given_over_days_is_one_amount_and_not_one_a_day() -> None:
    """The reading "150 g for 5 days" as 150 g a day has been a real overdose."""
    period = {"start": "2026-01-12T09:00:00Z", "end": "2026-01-16T12:00:00Z"}
    event = one_event(
        administration(
            effectiveDateTime=None, effectivePeriod=period, dosage={"dose": quantity(150, "g")}
        )
    )
    assert (event.is_spell, event.value) == (False, Decimal(150))
    assert event.end_time == datetime(2026, 1, 16, 12)
    assert "for the whole time" in event.note


def test_a_dose_that_was_not_given_says_so_and_a_broken_infusion_is_no_stopped_therapy() -> None:
    missed = one_event(administration(status="not-done", statusReason=[{"text": "intolerance"}]))
    assert (missed.status, missed.reason) == (EventStatus.NOT_GIVEN, "intolerance")
    broken = one_event(administration(status="stopped", statusReason=[{"text": "adverse event"}]))
    assert (broken.status, broken.reason) == (EventStatus.GIVEN, "")
    assert "broken off before its end" in broken.note


def test_an_implausible_infusion_goes_to_quarantine() -> None:
    given = {"dose": quantity(30_000, "g")}
    assert one_in_quarantine(administration(dosage=given)).code == "value-implausible"
    assert one_in_quarantine(administration(effectiveDateTime=None)).code == "time-missing"


def test_a_completed_order_is_not_counted_beside_its_own_infusions() -> None:
    order = request(status="completed", medicationCodeableConcept=IVIG)
    given = administration(request={"reference": "MedicationRequest/r1"})
    planned, infused = read(order, given).events
    assert (planned.status, infused.status) == (EventStatus.ORDERED, EventStatus.GIVEN)
    assert planned.end_time == infused.time


def test_a_stopped_order_with_its_own_infusions_is_the_stop_after_the_last_of_them() -> None:
    order = request(
        status="stopped", statusReason={"text": "intolerance"}, medicationCodeableConcept=IVIG
    )
    given = administration(request={"reference": "MedicationRequest/r1"})
    infused, stopped = read(order, given).events
    assert (infused.status, stopped.status) == (EventStatus.GIVEN, EventStatus.STOPPED)
    assert (stopped.is_spell, stopped.value) == (False, None)
    assert (stopped.time_earliest, stopped.time_latest) == (infused.time, None)
    assert stopped.reason == "intolerance"


# ---------------------------------------------------------------- statements and supplies


def statement(**fields: object) -> dict[str, Any]:
    base: dict[str, Any] = {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "active",
        "medicationCodeableConcept": rxnorm("8640"),
        "subject": SUBJECT,
        "effectivePeriod": {"start": "2026-01-05"},
        "dosage": [dosage(10, repeat=daily())],
    }
    return {key: value for key, value in {**base, **fields}.items() if value is not None}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", EventStatus.REPORTED),
        ("completed", EventStatus.REPORTED),
        ("stopped", EventStatus.STOPPED),
        ("not-taken", EventStatus.NOT_GIVEN),
        ("intended", EventStatus.PLANNED),
    ],
)
def test_a_statement_is_a_spell(status: str, expected: EventStatus) -> None:
    event = one_event(statement(status=status))
    assert (event.status, event.value, event.unit) == (expected, Decimal(10), "mg/d")
    assert event.is_spell


def test_a_statement_without_a_start_had_begun_when_it_was_made() -> None:
    event = one_event(statement(effectivePeriod=None, dateAsserted="2026-02-01T10:00:00Z"))
    assert (event.time_earliest, event.time_latest) == (None, datetime(2026, 2, 1, 10))
    assert event.time_said == "by 2026-02-01T10:00:00Z, start not stated"


def test_a_statement_on_an_order_of_the_file_counts_no_dose_twice() -> None:
    order = ordered(dosage(10, repeat=daily()))
    record = read(order, statement(basedOn=[{"reference": "MedicationRequest/r1"}]))
    spells = [event for event in record.events if event.is_spell]
    assert len(record.events) == 2
    assert len(spells) == 1
    assert len({event.group for event in record.events}) == 1


def test_an_order_and_an_unlinked_statement_are_noted() -> None:
    record = read(ordered(dosage(10, repeat=daily())), statement())
    assert any(note.startswith("prednisone is told by an order") for note in record.notes)


def test_a_supply_is_no_dose() -> None:
    supply = {
        "resourceType": "MedicationDispense",
        "id": "d1",
        "status": "completed",
        "medicationCodeableConcept": rxnorm("8640"),
        "subject": SUBJECT,
        "quantity": {"value": 100, "unit": "tablet"},
        "daysSupply": quantity(50, "d"),
        "whenHandedOver": "2026-01-05T11:00:00Z",
        "contained": [medication(batch={"lotNumber": "P5"})],
    }
    event = one_event(supply)
    assert (event.status, event.is_spell, event.value) == (EventStatus.ORDERED, False, None)
    assert event.text == "supplied 100 tablet for 50 days"
    assert (event.lot, event.end_time) == ("P5", event.time)


# ---------------------------------------------------------------- a text alone


def test_a_text_alone_that_reads_with_one_meaning_is_the_dose() -> None:
    event = one_event(ordered(dosage(text="40 mg daily")))
    assert (event.value, event.unit, event.is_spell) == (Decimal(40), "mg/d", True)
    assert event.certainty is Status.DERIVED
    assert "dose from the text" in event.note
    assert event.text == "40 mg daily"


def test_a_text_with_a_question_sets_no_dose_and_asks_it() -> None:
    eye = rxnorm("10759", "triamcinolone")
    event = one_event(ordered(dosage(text="40 mg od"), medicationCodeableConcept=eye))
    assert (event.value, event.text) == (None, "40 mg od")
    assert "the text asks: The letters od are once a day to some" in event.note


def test_od_without_a_route_is_once_a_day_of_a_drug_that_has_no_dose_for_the_eye() -> None:
    event = one_event(ordered(dosage(text="40 mg od")))
    assert (event.value, event.unit) == (Decimal(40), "mg/d")
    assert "od is read as once a day" in event.note


WHOLES = {
    "2 g/kg over 5 days": ("2", "g/kg", "", False, "total of a course over 5 days"),
    "total 120 g over 4 days": ("120", "g", "", False, "total of a course over 4 days"),
    "120 g in total for 4 days": ("120", "g", "", False, "total of a course over 4 days"),
    "2 g/kg over 5 days every 4 weeks": ("2", "g/kg", "P4W", True, "a course over 5 days"),
    "2 g/kg divided over 2-5 days every 4 weeks": (
        "2", "g/kg", "P4W", True, "a course over 2 to 5 days",
    ),
    "0.4 g/kg daily for 5 days every 4 weeks": (
        "2", "g/kg", "P4W", True, "a course over 5 days, 0.4 g/kg on each",
    ),
    "40 g/month": ("40", "g", "P1M", True, "the dose is the total of a month"),
    "30 g/week": ("30", "g/wk", "", True, "the dose is the total of a week"),
}  # fmt: skip


@pytest.mark.parametrize("text", WHOLES)
def test_a_total_in_words_is_the_total_and_is_not_divided(text: str) -> None:
    value, unit, interval, is_spell, said = WHOLES[text]
    event = one_event(ordered(dosage(text=text), medicationCodeableConcept=IVIG))
    assert (event.value, event.unit) == (Decimal(value), unit)
    assert (event.interval, event.is_spell) == (interval, is_spell)
    assert said in event.note
    assert event.certainty is Status.DERIVED


def test_the_week_of_a_drug_that_is_given_once_a_week_is_its_dose() -> None:
    order = ordered(dosage(text="15 mg/week"), medicationCodeableConcept=METHOTREXATE)
    event = one_event(order)
    assert (event.value, event.unit, event.interval) == (Decimal(15), "mg", "P1W")
    assert "given once a week" in event.note


def test_days_that_add_up_to_more_than_the_drug_allows_are_not_added_up() -> None:
    drug = rxnorm("3002", "cyclophosphamide")
    text = "500 mg/m2 daily for 5 days every 4 weeks"
    event = one_event(ordered(dosage(text=text), medicationCodeableConcept=drug))
    assert (event.value, event.text) == (None, text)


@pytest.mark.parametrize(
    ("text", "value", "unit", "interval"),
    [("20 mg qod", "20", "mg", "P2D"), ("40/20 mg alternate days", "30", "mg/d", "")],
)
def test_alternate_days_are_remarked(text: str, value: str, unit: str, interval: str) -> None:
    event = one_event(ordered(dosage(text=text)))
    assert (event.value, event.unit, event.interval) == (Decimal(value), unit, interval)
    assert "alternate-days" in event.note


def test_a_counted_daily_dose_ends_with_the_last_of_them() -> None:
    event = one_event(ordered(dosage(text="40 mg daily x 3 doses")))
    assert event.end_time == datetime(2026, 1, 8, 9)
    assert event.end_said == "3 doses"


@pytest.mark.parametrize(
    ("text", "value", "high"),
    [
        ("15 mg weekly", "15", None),
        ("15 mg/week", "15", None),
        ("15 mg", "15", None),
        ("10-15 mg weekly", None, "15"),
        ("60 mg in total over 4 weeks", None, None),
        ("30 mg/month", None, None),
        (".5 mg weekly", None, None),
    ],
)
def test_the_words_of_a_giving_tell_its_dose_where_it_follows(
    text: str, value: str | None, high: str | None
) -> None:
    given = administration(dosage={"text": text}, medicationCodeableConcept=METHOTREXATE)
    event = one_event(given)
    assert event.value == (Decimal(value) if value else None)
    assert event.value_high == (Decimal(high) if high else None)


def test_a_coded_route_settles_what_od_means() -> None:
    route = {"coding": [{"system": "http://snomed.info/sct", "code": "26643006"}]}
    event = one_event(ordered({"text": "40 mg od", "route": route}))
    assert (event.value, event.unit, event.route) == (Decimal(40), "mg/d", "oral")


def test_two_weeks_apart_is_two_doses_and_more_are_not_known() -> None:
    record = read(ordered(dosage(text="20 mg two weeks apart")))
    assert [(event.value, event.unit) for event in record.events] == [(Decimal(20), "mg")] * 2
    days = [event.time.toordinal() for event in record.events]
    assert days[1] - days[0] == 14


def test_steps_in_one_text_follow_one_another() -> None:
    record = read(
        ordered(dosage(text="40 mg daily for 5/7 then 20 mg daily for 2/52 then 10 mg daily"))
    )
    assert [(event.value, event.unit) for event in record.events] == [
        (Decimal(40), "mg/d"), (Decimal(20), "mg/d"), (Decimal(10), "mg/d"),
    ]  # fmt: skip
    first, second, third = record.events
    assert second.time - first.time == timedelta(days=5)
    assert third.time - second.time == timedelta(days=14)


def test_a_step_without_a_length_sets_no_dose() -> None:
    event = one_event(ordered(dosage(text="40 mg daily then 20 mg daily")))
    assert event.value is None
    assert "How long this step lasts is not said." in event.note


@pytest.mark.parametrize(
    ("amount", "unit", "text", "value", "told", "interval"),
    [
        (15, "mg", "15 mg weekly", "15", "mg", "P1W"),
        (40, "mg", "Take 40 mg po od", "40", "mg/d", ""),
        (20, "mg", "20 mg every other day", "20", "mg", "P2D"),
        (0.02, "g", "20 mg bd", "40", "mg/d", ""),
    ],
)
def test_a_dose_without_a_timing_has_the_rhythm_of_its_text_where_both_tell_the_same_dose(
    amount: float, unit: str, text: str, value: str, told: str, interval: str
) -> None:
    event = one_event(ordered(dosage(amount, unit, text=text)))
    assert (event.value, event.unit, event.interval) == (Decimal(value), told, interval)
    assert "how often from the text" in event.note
    assert event.certainty is Status.DERIVED


@pytest.mark.parametrize(
    "text", ["20 mg daily", "15-20 mg daily", "15 mg", "15 mg od unless unwell", "15 mg/day bd"]
)
def test_a_text_that_tells_another_dose_or_asks_gives_no_rhythm(text: str) -> None:
    event = one_event(ordered(dosage(15, text=text)))
    assert (event.value, event.unit, event.is_spell) == (None, "", True)
    assert "from the text" not in event.note


def test_the_rate_of_a_dose_is_kept_beside_the_rhythm_of_its_text() -> None:
    given = {"doseQuantity": quantity(1, "g"), "rateQuantity": quantity(50, "mL/h")}
    instruction = {"text": "1 g every 2 weeks", "doseAndRate": [given]}
    event = one_event(ordered(instruction, medicationCodeableConcept=rxnorm("121191")))
    assert (event.value, event.unit, event.interval) == (Decimal(1), "g", "P2W")
    assert "rate 50 mL/h" in event.note


@pytest.mark.parametrize(
    "instruction",
    [
        dosage(text="150 mg for 5 days"),
        dosage(text="as directed"),
        dosage(text=".5 mg od"),
        dosage(30, text="40 mg od", repeat=daily()),
    ],
)
def test_a_text_that_is_doubtful_or_beside_a_structured_dose_sets_no_dose(
    instruction: dict[str, Any],
) -> None:
    assert "dose from the text" not in one_event(ordered(instruction)).note
