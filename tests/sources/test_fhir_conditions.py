"""Conditions, allergies, vaccinations and procedures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from stepline.record.model import EventStatus, Interpretation
from tests.sources.bundles import (
    SUBJECT,
    coded,
    condition,
    one_event,
    one_in_quarantine,
    rxnorm,
    snomed,
)

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"


def test_an_active_condition_goes_on_from_its_onset() -> None:
    event = one_event(condition())
    assert (event.concept, event.code) == ("dermatomyositis", "SNOMED//396230008")
    assert event.interpretation is Interpretation.POSITIVE
    assert (event.is_spell, event.end_said) == (True, "ongoing")
    assert event.time == datetime(2024, 3, 2, 10)


def test_a_resolved_condition_ends_where_it_says_and_nowhere_else() -> None:
    over = condition(
        clinicalStatus=coded("resolved", system="x"), abatementDateTime="2025-01-01T00:00:00Z"
    )
    event = one_event(over)
    assert (event.end_time, event.end_exact) == (datetime(2025, 1, 1), True)
    undated = one_event(condition(clinicalStatus=coded("resolved", system="x")))
    assert (undated.end_time, undated.end_said) == (None, "resolved, date not stated")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("confirmed", Interpretation.POSITIVE),
        ("unconfirmed", Interpretation.INDETERMINATE),
        ("provisional", Interpretation.INDETERMINATE),
        ("refuted", Interpretation.NEGATIVE),
    ],
)
def test_how_far_a_condition_is_verified(status: str, expected: Interpretation) -> None:
    event = one_event(condition(verificationStatus=coded(status, system="x")))
    assert event.interpretation is expected
    assert event.is_spell is (expected is not Interpretation.NEGATIVE)
    assert (status in event.text) is (status != "confirmed")


def test_a_condition_entered_in_error_is_in_quarantine() -> None:
    status = coded("entered-in-error", system="x")
    assert one_in_quarantine(condition(verificationStatus=status)).code == "taken-back"


def test_an_onset_by_month_is_bounded() -> None:
    event = one_event(condition(onsetDateTime="2024-03"))
    assert (event.time, event.time_exact) == (datetime(2024, 3, 1), False)
    assert event.time_latest == datetime(2024, 3, 31, 23, 59, 59, 999999)


def test_without_an_onset_a_condition_had_begun_when_it_was_recorded() -> None:
    age = {"value": 44, "unit": "years"}
    event = one_event(condition(onsetDateTime=None, onsetAge=age, recordedDate="2024-04-02"))
    assert event.time_earliest is None
    assert event.time_latest == datetime(2024, 4, 2, 23, 59, 59, 999999)
    assert event.note == "onset: at the age of 44 years"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"onsetDateTime": None}, "time-missing"),
        ({"code": None}, "code-missing"),
        ({"code": {"coding": [{"system": "http://snomed.info/sct"}]}}, "code-missing"),
        ({"abatementDateTime": "2020-01-01"}, "end-before-start"),
    ],
)
def test_a_condition_that_cannot_be_read_is_in_quarantine(
    fields: dict[str, object], code: str
) -> None:
    assert one_in_quarantine(condition(**fields)).code == code


@pytest.mark.parametrize(
    ("code", "concept"),
    [
        (coded("M33.12", "", ICD10CM), "dermatomyositis"),
        (coded("M33.22", "", ICD10CM), "polymyositis"),
        (snomed("73211009", "Diabetes mellitus"), "diabetes"),
        ({"text": "DM"}, ""),
    ],
)
def test_a_condition_is_known_by_its_code_and_never_by_an_abbreviation(
    code: dict[str, Any], concept: str
) -> None:
    assert one_event(condition(code=code)).concept == concept


# ---------------------------------------------------------------- allergies


def allergy(**fields: object) -> dict[str, Any]:
    base: dict[str, Any] = {
        "resourceType": "AllergyIntolerance",
        "id": "al1",
        "clinicalStatus": coded("active", system="x"),
        "verificationStatus": coded("confirmed", system="x"),
        "type": "intolerance",
        "code": rxnorm("6851", "methotrexate"),
        "patient": SUBJECT,
        "recordedDate": "2024-11-18",
    }
    return {key: value for key, value in {**base, **fields}.items() if value is not None}


def test_an_intolerance_of_a_drug_is_no_event_of_that_drug() -> None:
    event = one_event(allergy())
    assert event.concept == ""
    assert event.code == "ALLERGY//RxNorm//6851"
    assert event.text == "intolerance: methotrexate"
    assert event.end_said == "ongoing"


def test_a_refuted_allergy_says_no() -> None:
    event = one_event(allergy(verificationStatus=coded("refuted", system="x")))
    assert (event.interpretation, event.text) == (
        Interpretation.NEGATIVE,
        "no intolerance: methotrexate",
    )


def test_an_allergy_without_any_time_is_in_quarantine() -> None:
    assert one_in_quarantine(allergy(recordedDate=None)).code == "time-missing"


# ---------------------------------------------------------------- vaccinations and procedures


def vaccination(**fields: object) -> dict[str, Any]:
    base: dict[str, Any] = {
        "resourceType": "Immunization",
        "id": "i1",
        "status": "completed",
        "vaccineCode": coded("140", "Influenza", "http://hl7.org/fhir/sid/cvx"),
        "patient": SUBJECT,
        "occurrenceDateTime": "2025-10-06T10:00:00Z",
        "lotNumber": "L1",
    }
    return {key: value for key, value in {**base, **fields}.items() if value is not None}


def test_a_vaccination_has_its_lot() -> None:
    event = one_event(vaccination())
    assert (event.code, event.concept) == ("CVX//140", "influenza-vaccine")
    assert (event.status, event.lot) == (EventStatus.GIVEN, "L1")


def test_a_vaccination_that_was_not_given_says_why() -> None:
    event = one_event(vaccination(status="not-done", statusReason={"text": "immunosuppressed"}))
    assert (event.status, event.note) == (EventStatus.NOT_GIVEN, "reason stated: immunosuppressed")


def test_a_vaccination_told_in_words_is_in_quarantine() -> None:
    row = one_in_quarantine(vaccination(occurrenceDateTime=None, occurrenceString="last autumn"))
    assert row.code == "time-missing"


def procedure(**fields: object) -> dict[str, Any]:
    base: dict[str, Any] = {
        "resourceType": "Procedure",
        "id": "pr1",
        "status": "completed",
        "code": snomed("399208008", "Chest X-ray"),
        "subject": SUBJECT,
        "performedPeriod": {"start": "2024-04-02T09:00:00Z", "end": "2024-04-02T09:10:00Z"},
    }
    return {key: value for key, value in {**base, **fields}.items() if value is not None}


def test_a_procedure_is_at_the_moment_it_was_begun() -> None:
    event = one_event(procedure())
    assert (event.concept, event.status) == ("chest-x-ray", EventStatus.GIVEN)
    assert (event.time, event.end_time) == (
        datetime(2024, 4, 2, 9),
        datetime(2024, 4, 2, 9, 10),
    )
    assert event.is_spell is False


@pytest.mark.parametrize(
    ("status", "expected"),
    [("not-done", EventStatus.NOT_GIVEN), ("preparation", EventStatus.PLANNED)],
)
def test_a_procedure_that_did_not_happen_says_so(status: str, expected: EventStatus) -> None:
    assert one_event(procedure(status=status)).status is expected


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"performedPeriod": None, "performedString": "in spring"}, "time-missing"),
        ({"performedPeriod": {"start": "2024-04-02", "end": "2024-04-01"}}, "end-before-start"),
        ({"status": "entered-in-error"}, "taken-back"),
    ],
)
def test_a_procedure_that_cannot_be_read_is_in_quarantine(
    fields: dict[str, object], code: str
) -> None:
    assert one_in_quarantine(procedure(**fields)).code == code
