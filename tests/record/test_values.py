"""What a measured value, an answer, a condition and a word become."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stepline.core.evidence import Status
from stepline.record.casefile import record_from_entries
from stepline.record.model import Event, Interpretation


def only(entry: dict[str, object]) -> Event:
    (event,) = record_from_entries([{"on": "2026-01-05", **entry}]).events
    return event


def test_a_value_is_kept_as_written_with_its_own_limit() -> None:
    event = only({"ldh": "300 U/L", "uln": 250})
    assert (event.value, event.unit) == (Decimal(300), "U/L")
    assert (event.reference_low, event.reference_high) == (None, Decimal(250))


def test_a_limit_in_another_unit_is_turned_into_the_unit_of_the_value() -> None:
    event = only({"ldh": "300 U/L", "uln": "4 ukat/L"})
    assert event.reference_high == Decimal(240)


def test_a_reference_range_has_two_ends_or_one() -> None:
    both = only({"ldh": "300 U/L", "reference": "120..250 U/L"})
    one = only({"ldh": "300 U/L", "reference": "< 250 U/L"})
    assert (both.reference_low, both.reference_high) == (Decimal(120), Decimal(250))
    assert (one.reference_low, one.reference_high) == (None, Decimal(250))


def test_a_unit_that_is_no_ucum_is_read_and_said() -> None:
    event = only({"ldh": "518 UI/L"})
    assert event.unit == "U/L"
    assert "'UI/L' read as U/L" in event.note


@pytest.mark.parametrize(
    ("written", "exact", "low", "high"),
    [
        ("518 U/L", 518, None, None),
        ("> 500 U/L", None, 500, None),
        ("<= 500 U/L", None, None, 500),
        ("200..500 U/L", None, 200, 500),
    ],
)
def test_a_bound_is_never_a_value(
    written: str, exact: int | None, low: int | None, high: int | None
) -> None:
    event = only({"ldh": written})
    assert (event.value, event.value_low, event.value_high) == (exact, low, high)


@pytest.mark.parametrize(
    ("entry", "meaning"),
    [
        ({"ldh": "normal"}, Interpretation.NORMAL),
        ({"ldh": "raised"}, Interpretation.ELEVATED),
        ({"hbsag": "negative"}, Interpretation.NEGATIVE),
        ({"hbv-dna": "detected"}, Interpretation.POSITIVE),
        ({"direct-antiglobulin-test": "positive"}, Interpretation.POSITIVE),
        ({"tpmt-activity": "normal"}, Interpretation.NORMAL),
        ({"tpmt-activity": "poor"}, None),
        ({"iga-deficiency": "suspected"}, Interpretation.INDETERMINATE),
        ({"upper-respiratory-tract-infection": "recurrent"}, Interpretation.POSITIVE),
        ({"dermatomyositis": "absent"}, Interpretation.NEGATIVE),
        ({"relapse": "present"}, Interpretation.POSITIVE),
        ({"muscle-strength": "improved"}, None),
    ],
)
def test_a_word_is_an_answer_and_never_a_number(
    entry: dict[str, object], meaning: Interpretation | None
) -> None:
    event = only(entry)
    assert event.interpretation is meaning
    assert event.value is None
    assert event.text == next(iter(entry.values()))


def test_a_flag_beside_a_number_keeps_both() -> None:
    event = only({"ldh": "518 U/L", "flag": "elevated"})
    assert (event.value, event.interpretation) == (Decimal(518), Interpretation.ELEVATED)


def test_a_score_needs_no_unit_and_a_laboratory_value_does() -> None:
    assert only({"mmt8-80": 72}).unit == "{score}"


def test_an_inferred_value_is_derived_and_carries_its_reasoning() -> None:
    event = only({"weight": "60 kg", "status": "inferred", "because": "90 mg/d is 1.5 mg/kg/d"})
    assert event.certainty is Status.DERIVED
    assert event.note == "90 mg/d is 1.5 mg/kg/d"


def test_what_the_source_does_not_tell_makes_no_event() -> None:
    record = record_from_entries([{"height": "unknown"}, {"ck": "unknown", "because": "no word"}])
    assert record.events == ()
    assert record.unknowns == {"height": "not stated", "ck": "no word"}


def test_a_value_that_was_measured_and_is_not_told_is_an_event_without_a_value() -> None:
    event = only({"igg": "unknown"})
    assert (event.value, event.interpretation, event.text) == (None, None, "value unknown")


def test_the_short_and_the_long_name_of_a_concept_are_one() -> None:
    assert only({"HBsAg": "negative"}).concept == "hbsag"
    assert only({"lactate dehydrogenase": "normal"}).concept == "ldh"
