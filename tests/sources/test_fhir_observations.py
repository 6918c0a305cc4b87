"""Laboratory values, scores and answers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from stepline.core.errors import QuantityRefused
from stepline.core.evidence import Status
from stepline.core.quantity import read_unit
from stepline.record.model import EventStatus, Interpretation
from stepline.sources.fhir import read_fhir
from stepline.sources.fhir.numbers import COUNTING_WORDS, read_measure
from stepline.sources.fhir.structs import Quantity
from stepline.vocabulary.catalogue import catalogue
from tests.sources.bundles import (
    HBSAG,
    LDH,
    coded,
    flagged,
    observation,
    one_event,
    one_in_quarantine,
    qualitative,
    quantity,
    read,
    snomed,
)


def test_a_laboratory_value_keeps_number_unit_range_and_flag() -> None:
    event = one_event(
        observation(
            valueQuantity=quantity(518, "U/L"),
            referenceRange=[{"low": quantity(120, "U/L"), "high": quantity(250, "U/L")}],
            interpretation=flagged("H"),
        )
    )
    assert (event.concept, event.code) == ("ldh", f"LOINC//{LDH}")
    assert (event.value, event.unit) == (Decimal(518), "U/L")
    assert (event.reference_low, event.reference_high) == (Decimal(120), Decimal(250))
    assert event.interpretation is Interpretation.ELEVATED
    assert event.status is EventStatus.REPORTED
    assert (event.time, event.time_exact) == (datetime(2026, 1, 5, 8), True)


def test_a_number_is_exact_to_its_last_digit() -> None:
    raw = b"""{"resourceType":"Bundle","type":"collection","entry":[{"resource":
      {"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p"},
       "code":{"coding":[{"system":"http://loinc.org","code":"2157-6"}]},
       "effectiveDateTime":"2026-01-05T08:00:00Z",
       "valueQuantity":{"value":174.10000000000000001,"unit":"U/L","code":"U/L"}}}]}"""
    (record,) = read_fhir(raw, "x.json")
    assert record.events[0].value == Decimal("174.10000000000000001")


@pytest.mark.parametrize(
    ("comparator", "low", "high"),
    [("<", None, 5), ("<=", None, 5), (">", 5, None), (">=", 5, None)],
)
def test_a_comparator_makes_a_bound_and_no_value(
    comparator: str, low: int | None, high: int | None
) -> None:
    event = one_event(observation(valueQuantity=quantity(5, "U/L", comparator=comparator)))
    assert event.value is None
    assert event.value_low == (None if low is None else Decimal(low))
    assert event.value_high == (None if high is None else Decimal(high))


def test_a_detection_limit_below_the_plausible_range_is_no_implausible_value() -> None:
    event = one_event(observation(valueQuantity=quantity(1, "U/L", comparator="<")))
    assert event.value_high == Decimal(1)


def test_a_range_gives_two_bounds_in_one_unit() -> None:
    given = {"low": quantity(100, "U/L"), "high": quantity(5, "ukat/L")}
    event = one_event(observation(valueQuantity=None, valueRange=given))
    assert (event.value_low, event.value_high, event.unit) == (Decimal(100), Decimal(300), "U/L")


@pytest.mark.parametrize("text", ["IU/L", "UI/L"])
def test_a_unit_that_could_be_doubted_is_read_and_noted(text: str) -> None:
    event = one_event(observation(valueQuantity={"value": 300, "unit": text}))
    assert event.unit == "U/L"
    assert event.note == f"'{text}' read as U/L"


def test_international_units_of_an_enzyme_are_its_units() -> None:
    event = one_event(observation(valueQuantity=quantity(300, "[IU]/L")))
    assert (event.value, event.unit) == (Decimal(300), "U/L")
    assert "read as U/L" in event.note


def test_another_unit_of_the_same_kind_is_kept_and_shown_in_the_usual_one() -> None:
    event = one_event(observation(valueQuantity=quantity(5, "ukat/L")))
    assert (event.value, event.unit) == (Decimal(5), "ukat/L")
    assert event.note == "5 ukat/L is 300 U/L"


def test_a_molar_amount_becomes_a_mass_and_says_that_it_was_worked_out() -> None:
    creatinine = observation(code=coded("2160-0"), valueQuantity=quantity(62, "umol/L"))
    event = one_event(creatinine)
    assert (event.value, event.unit) == (Decimal("0.701344"), "mg/dL")
    assert event.certainty is Status.DERIVED
    assert event.note == "62 umol/L at 113.12 g/mol"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (quantity(300, "mg/dL"), "unit-mismatch"),
        ({"value": 300}, "unit-missing"),
        ({"value": 300, "unit": "blobs"}, "unit-unknown"),
        ({"value": 300, "unit": "units"}, "unit-unknown"),
        ({"value": 5, "unit": "ukat/L", "code": "U/L"}, "units-disagree"),
        (quantity(5_000_000, "U/L"), "value-implausible"),
        (quantity(2, "U/L"), "value-implausible"),
        (quantity(-5, "U/L"), "value-implausible"),
        ({"unit": "U/L"}, "value-missing"),
        ({"value": "NaN", "unit": "U/L"}, "number-not-finite"),
        ({"value": "Infinity", "unit": "U/L"}, "number-not-finite"),
        ({"value": 1e300, "unit": "U/L"}, "number-too-large"),
        ({"value": True, "unit": "U/L"}, "resource-malformed"),
        (quantity(5, "U/L", comparator="~"), "comparator-unknown"),
    ],
)
def test_a_number_that_cannot_be_used_goes_to_quarantine(
    value: dict[str, object], code: str
) -> None:
    row = one_in_quarantine(observation(valueQuantity=value))
    assert row.code == code
    assert row.reason.endswith(".")
    assert row.place == "Bundle.entry[1].resource (Observation)"


def test_an_implausible_value_names_the_range_and_where_it_comes_from() -> None:
    row = one_in_quarantine(observation(valueQuantity=quantity(5_180_000, "U/L")))
    assert "5180000 U/L of ldh lies outside the plausible 10 to 50000 U/L" in row.reason
    assert "unconfirmed" in row.reason or "verified" in row.reason or "secondary" in row.reason


def test_a_plausible_value_in_another_unit_is_not_implausible() -> None:
    assert one_event(observation(valueQuantity=quantity(500, "ukat/L"))).value == Decimal(500)


def test_a_bare_number_of_a_score_is_points_and_of_an_enzyme_is_nothing() -> None:
    points = read_measure(Quantity(value=Decimal(142)), catalogue().concept("mmt8-150"))
    assert (points.value, points.unit) == (Decimal(142), "{score}")
    assert points.notes == ("a number without a unit read as {score}",)
    enzyme = observation(valueQuantity=None, valueInteger=300)
    assert one_in_quarantine(enzyme).code == "unit-missing"


def test_what_the_vocabulary_does_not_hold_stays_with_its_number_and_name() -> None:
    sodium = observation(code=coded("2947-0", "Sodium"), valueQuantity=quantity(140, "mmol/L"))
    event = one_event(sodium)
    assert (event.concept, event.code) == ("", "LOINC//2947-0")
    assert (event.value, event.unit, event.text) == (Decimal(140), "mmol/L", "Sodium")


@pytest.mark.parametrize("unit", ["units", "blobs"])
def test_without_a_concept_a_number_without_a_readable_unit_stays_words(unit: str) -> None:
    event = one_event(
        observation(code=coded("2947-0", "Sodium"), valueQuantity={"value": 140, "unit": unit})
    )
    assert (event.value, event.unit, event.text) == (None, "", f"140 {unit}")


def test_the_unit_library_does_not_know_the_counting_words_either() -> None:
    for word in COUNTING_WORDS:
        with pytest.raises(QuantityRefused):
            read_unit(word)


def test_a_foreign_code_system_is_written_out() -> None:
    local = observation(code=coded("LDH", "LDH", "https://hospital.example/lab"))
    assert one_event(local).code == "https://hospital.example/lab//LDH"


def test_words_without_a_code_are_no_guess_at_a_concept() -> None:
    event = one_event(observation(code={"text": "LDH"}))
    assert (event.code, event.concept) == ("text//LDH", "")


def test_the_second_coding_can_be_the_one_that_is_known() -> None:
    both = {"coding": [{"system": "urn:local", "code": "7"}, *coded(LDH)["coding"]]}
    event = one_event(observation(code=both))
    assert (event.code, event.concept) == (f"LOINC//{LDH}", "ldh")


def test_two_codings_of_different_things_are_not_chosen_between() -> None:
    both = {"coding": [*coded(LDH)["coding"], *coded("2157-6")["coding"]]}
    event = one_event(observation(code=both, valueQuantity=quantity(300, "U/L")))
    assert event.concept == ""
    assert "its codes mean different things: ck, ldh" in event.note


def test_the_assays_of_ldh_are_not_mixed() -> None:
    event = one_event(observation(code=coded("14805-6")))
    assert event.concept == "ldh-pl"


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"valueCodeableConcept": snomed("10828004")}, Interpretation.POSITIVE),
        ({"valueCodeableConcept": snomed("260385009")}, Interpretation.NEGATIVE),
        ({"valueCodeableConcept": snomed("260415000")}, Interpretation.NEGATIVE),
        ({"valueCodeableConcept": coded("LA6576-8")}, Interpretation.POSITIVE),
        ({"valueCodeableConcept": {"text": "Negative (qualifier value)"}}, Interpretation.NEGATIVE),
        ({"valueString": " NEGATIVE "}, Interpretation.NEGATIVE),
        ({"valueString": "Non-Reactive"}, Interpretation.NEGATIVE),
        ({"valueString": "reactive"}, Interpretation.POSITIVE),
        ({"valueString": "borderline"}, Interpretation.INDETERMINATE),
        ({"valueBoolean": False}, Interpretation.NEGATIVE),
        ({"valueBoolean": True}, Interpretation.POSITIVE),
        ({"interpretation": flagged("POS")}, Interpretation.POSITIVE),
        ({"interpretation": flagged("ND")}, Interpretation.NEGATIVE),
        (
            {"valueQuantity": quantity(0.2, "{S/CO}"), "interpretation": flagged("NEG")},
            Interpretation.NEGATIVE,
        ),
    ],
)
def test_a_qualitative_answer_is_understood(
    fields: dict[str, object], expected: Interpretation
) -> None:
    value = fields.pop("valueQuantity", None)
    event = one_event(observation(**{"code": coded(HBSAG), "valueQuantity": value, **fields}))
    assert (event.concept, event.interpretation) == ("hbsag", expected)


@pytest.mark.parametrize(
    "fields",
    [
        {"valueString": "see the letter"},
        {"valueString": "not positive"},
        {"valueString": "Positive at 1:80, negative at 1:160"},
        {"interpretation": flagged("A")},
    ],
)
def test_an_answer_that_is_not_understood_does_not_read_as_not_positive(
    fields: dict[str, object],
) -> None:
    assert one_in_quarantine(qualitative(**fields)).code == "answer-unknown"


def test_a_bare_index_does_not_answer_a_serology() -> None:
    index = observation(code=coded(HBSAG), valueQuantity=quantity(312, "{S/CO}"))
    assert one_in_quarantine(index).code == "answer-unknown"


def test_an_answer_and_a_contradicting_interpretation_are_not_chosen_between() -> None:
    row = one_in_quarantine(qualitative(valueString="Positive", interpretation=flagged("NEG")))
    assert row.code == "answers-disagree"


def test_a_negative_result_flagged_as_normal_is_negative() -> None:
    event = one_event(qualitative(valueString="Negative", interpretation=flagged("N")))
    assert event.interpretation is Interpretation.NEGATIVE


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("H", Interpretation.ELEVATED),
        ("HH", Interpretation.ELEVATED),
        ("L", Interpretation.LOW),
        ("LL", Interpretation.LOW),
        ("N", Interpretation.NORMAL),
    ],
)
def test_a_flag_without_a_number_is_all_that_is_known(flag: str, expected: Interpretation) -> None:
    event = one_event(observation(valueQuantity=None, interpretation=flagged(flag)))
    assert (event.value, event.interpretation) == (None, expected)


def test_abnormal_says_no_direction() -> None:
    event = one_event(observation(interpretation=flagged("A")))
    assert event.interpretation is None
    assert event.note == "flagged A"


def test_a_titre_stays_words() -> None:
    ratio = {"numerator": {"value": 1}, "denominator": {"value": 160}}
    event = one_event(
        observation(code=coded("5048-4", "ANA"), valueQuantity=None, valueRatio=ratio)
    )
    assert event.text == "1:160"


def test_a_value_that_is_absent_says_why() -> None:
    absent = observation(valueQuantity=None, dataAbsentReason={"text": "haemolysed"})
    row = one_in_quarantine(absent)
    assert row.code == "value-missing"
    assert "haemolysed" in row.reason


# ---------------------------------------------------------------- reference ranges


def test_a_reference_range_in_another_unit_is_put_into_the_unit_of_the_value() -> None:
    event = one_event(
        observation(
            valueQuantity=quantity(5, "ukat/L"), referenceRange=[{"high": quantity(240, "U/L")}]
        )
    )
    assert event.reference_high == Decimal(4)


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ([{"high": quantity(250, "g/L")}], "its unit is not the unit of the value"),
        ([{"high": quantity(250, "U/L")}, {"high": quantity(280, "U/L")}], "several"),
        ([{"low": quantity(250, "U/L"), "high": quantity(120, "U/L")}], "reversed"),
    ],
)
def test_a_reference_range_that_does_not_tell_is_not_used(
    ranges: list[dict[str, object]], said: str
) -> None:
    event = one_event(observation(referenceRange=ranges))
    assert event.value == Decimal(300)
    assert (event.reference_low, event.reference_high) == (None, None)
    assert said in event.note


def test_a_therapeutic_range_is_not_the_range_of_normal() -> None:
    ranges = [
        {"high": quantity(250, "U/L"), "type": coded("normal", system="x")},
        {"high": quantity(900, "U/L"), "type": coded("therapeutic", system="x")},
    ]
    assert one_event(observation(referenceRange=ranges)).reference_high == Decimal(250)


# ---------------------------------------------------------------- panels, status, time


def test_components_are_rows_of_one_panel() -> None:
    pressure = observation(
        code=coded("55284-4", "Blood pressure"),
        valueQuantity=None,
        component=[
            {"code": coded("8480-6", "Systolic"), "valueQuantity": quantity(128, "mm[Hg]")},
            {"code": coded("8462-4", "Diastolic"), "valueQuantity": quantity(81, "mm[Hg]")},
        ],
    )
    systolic, diastolic = read(pressure).events
    assert (systolic.code, systolic.value) == ("LOINC//8480-6", Decimal(128))
    assert (diastolic.code, diastolic.value) == ("LOINC//8462-4", Decimal(81))
    assert systolic.group == diastolic.group == "panel 1"


def test_one_broken_component_does_not_take_the_others_with_it() -> None:
    record = read(
        observation(
            valueQuantity=None,
            component=[
                {"code": coded(LDH), "valueQuantity": quantity(300, "mg")},
                {"code": coded("2157-6"), "valueQuantity": quantity(900, "U/L")},
            ],
        )
    )
    assert [e.concept for e in record.events] == ["ck"]
    assert [row.code for row in record.quarantine] == ["unit-mismatch"]


def test_a_panel_of_members_is_counted_and_no_row() -> None:
    panel = observation(id="panel", valueQuantity=None, hasMember=[{"reference": "Observation/o1"}])
    record = read(panel, observation())
    assert len(record.events) == 1
    assert record.quarantine == ()
    assert "1 panels without a value of their own are in no row." in record.notes


def test_results_of_one_report_are_one_group() -> None:
    report = {
        "resourceType": "DiagnosticReport",
        "id": "d1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "result": [{"reference": "Observation/o1"}, {"reference": "Observation/o2"}],
    }
    other = observation(id="o3", effectiveDateTime="2026-01-06T08:00:00Z")
    record = read(observation(), observation(id="o2", code=coded("2157-6")), other, report)
    assert [event.group for event in record.events] == ["report 1", "report 1", ""]


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_what_the_source_took_back_is_in_quarantine(status: str) -> None:
    assert one_in_quarantine(observation(status=status)).code == "taken-back"


def test_a_preliminary_value_says_so() -> None:
    assert one_event(observation(status="preliminary")).note == "status preliminary"


def test_an_infusion_after_midnight_belongs_to_the_day_of_its_place() -> None:
    event = one_event(observation(effectiveDateTime="2026-01-05T00:30:00+02:00"))
    assert event.time == datetime(2026, 1, 5, 0, 30)
    assert (event.time_exact, event.note) == (True, "")


def test_a_time_without_a_zone_is_the_clock_of_its_place() -> None:
    event = one_event(observation(effectiveDateTime="2026-01-05T08:30:00"))
    assert event.time == datetime(2026, 1, 5, 8, 30)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2026-01-05", datetime(2026, 1, 5), datetime(2026, 1, 5, 23, 59, 59, 999999)),
        ("2026-02", datetime(2026, 2, 1), datetime(2026, 2, 28, 23, 59, 59, 999999)),
        ("2011", datetime(2011, 1, 1), datetime(2011, 12, 31, 23, 59, 59, 999999)),
    ],
)
def test_a_partial_date_is_a_moment_between_two_bounds(
    text: str, earliest: datetime, latest: datetime
) -> None:
    event = one_event(observation(effectiveDateTime=text))
    assert event.time_exact is False
    assert (event.time, event.time_earliest, event.time_latest) == (earliest, earliest, latest)
    assert event.time_said == text


def test_a_value_of_a_period_is_known_at_its_end() -> None:
    period = {"start": "2026-01-04T08:00:00Z", "end": "2026-01-05T08:00:00Z"}
    event = one_event(observation(effectiveDateTime=None, effectivePeriod=period))
    assert event.time == datetime(2026, 1, 5, 8)
    assert event.time_earliest == datetime(2026, 1, 4, 8)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"effectiveDateTime": None, "issued": "2026-01-05T08:00:00Z"}, "time-missing"),
        ({"effectiveDateTime": "2026-02-31"}, "date-impossible"),
        ({"effectiveDateTime": "1026-01-05"}, "date-out-of-range"),
        ({"effectiveDateTime": "05/01/2026"}, "date-ambiguous"),
        ({"effectiveDateTime": None, "effectiveTiming": {"event": ["2026"]}}, "time-repeated"),
        (
            {
                "effectiveDateTime": None,
                "effectivePeriod": {"start": "2026-01-05", "end": "2026-01-04"},
            },
            "end-before-start",
        ),
    ],
)
def test_a_time_that_cannot_be_told_goes_to_quarantine(
    fields: dict[str, object], code: str
) -> None:
    assert one_in_quarantine(observation(**fields)).code == code


def test_what_has_no_public_code_can_carry_the_id_of_its_concept() -> None:
    own = "urn:stepline:concept"
    score = observation(code=coded("mmt8-150", "", own), valueQuantity=quantity(142, "{score}"))
    event = one_event(score)
    assert (event.code, event.concept) == ("STEPLINE//mmt8-150", "mmt8-150")
    unknown = observation(code=coded("mmt9", "", own))
    assert one_event(unknown).concept == ""
