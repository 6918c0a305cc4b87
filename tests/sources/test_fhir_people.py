"""Whom a resource is about, and which version of it counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from stepline.core.errors import SourceRefused
from stepline.sources.fhir import read_fhir
from tests.sources.bundles import (
    PATIENT,
    bundle,
    encoded,
    observation,
    quantity,
    read,
)


def at(subject: str, identity: str = "o1", **fields: object) -> dict[str, Any]:
    return observation(id=identity, subject={"reference": subject}, **fields)


# ---------------------------------------------------------------- the person


def test_sex_and_birth_are_all_that_is_read_of_a_person() -> None:
    record = read()
    assert record.subject.sex == "female"
    assert record.subject.birth == datetime(1980, 4, 1)
    assert record.unknowns == {}


@pytest.mark.parametrize(
    ("fields", "unknowns"),
    [
        ({"birthDate": "1980"}, {"birth": "1980: the day is not stated"}),
        ({"birthDate": None}, {"birth": "not stated"}),
        ({"birthDate": "1980-02-31"}, {"birth": "There is no date 1980-02-31."}),
        ({"gender": "unknown"}, {"sex": "unknown"}),
        ({"gender": None}, {"sex": "not stated"}),
    ],
)
def test_what_is_not_known_of_a_person_is_not_filled_in(
    fields: dict[str, object], unknowns: dict[str, str]
) -> None:
    person = {key: value for key, value in {**PATIENT, **fields}.items() if value is not None}
    record = read(patient=person)
    assert record.unknowns == unknowns
    assert record.subject.birth is None or "birth" not in unknowns


def test_a_dated_death_is_an_event_and_an_undated_one_a_remark() -> None:
    dead = read(patient={**PATIENT, "deceasedDateTime": "2026-02-01T04:00:00Z"})
    assert [(e.code, e.time) for e in dead.events] == [("MEDS_DEATH", datetime(2026, 2, 1, 4))]
    undated = read(patient={**PATIENT, "deceasedBoolean": True})
    assert "The person has died; when is not stated." in undated.notes


def test_the_number_of_a_person_is_the_same_in_every_file() -> None:
    assert read().subject.subject_id == read(observation()).subject.subject_id
    other = read(patient={**PATIENT, "id": "p2"})
    assert other.subject.subject_id != read().subject.subject_id
    assert 0 < other.subject.subject_id < 2**63


def test_a_given_number_is_used_for_one_person_only() -> None:
    one = encoded(bundle(observation()))
    (record,) = read_fhir(one, "x.json", subject_id=7)
    assert record.subject.subject_id == 7
    two = encoded(bundle(at("Patient/p2")))
    with pytest.raises(SourceRefused, match="2 persons") as refusal:
        read_fhir(two, "x.json", subject_id=7)
    assert refusal.value.problems[0].code == "subject-id-of-several"


# ---------------------------------------------------------------- references


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p1",
        "https://hospital.example/fhir/Patient/p1",
        "Patient/p1/_history/3",
        "urn:uuid:p1",
    ],
)
def test_every_way_of_pointing_at_a_person_is_understood(reference: str) -> None:
    record = read(at(reference))
    assert len(record.events) == 1


def test_a_full_url_names_the_resource_of_its_entry() -> None:
    document = bundle(at("urn:uuid:00000000-0000-4000-8000-000000000001"))
    document["entry"][0]["fullUrl"] = "urn:uuid:00000000-0000-4000-8000-000000000001"
    (record,) = read_fhir(encoded(document), "x.json")
    assert len(record.events) == 1
    assert record.subject.sex == "female"


def test_persons_of_one_bundle_become_records_of_their_own() -> None:
    document = bundle(at("Patient/p1"), at("Patient/p2", "o2"), at("Patient/p2", "o3"))
    records = read_fhir(encoded(document), "x.json")
    assert sorted(len(record.events) for record in records) == [1, 2]
    assert [r.subject.subject_id for r in records] == sorted(r.subject.subject_id for r in records)
    stranger = max(records, key=lambda record: len(record.events))
    assert "The file holds no Patient resource for this person." in stranger.notes
    assert stranger.unknowns == {"sex": "not stated", "birth": "not stated"}


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (None, "person-missing"),
        ({"identifier": {"value": "1234"}}, "person-missing"),
        ({"reference": "#inside"}, "person-missing"),
        ({"reference": "Group/g1"}, "not-a-person"),
        ({"reference": "Device/d1"}, "not-a-person"),
    ],
)
def test_a_value_of_nobody_is_never_given_to_somebody(
    subject: dict[str, Any] | None, code: str
) -> None:
    record = read(observation(subject=subject))
    assert record.events == ()
    assert [row.code for row in record.quarantine] == [code]


def test_a_malformed_person_is_in_quarantine_and_the_rest_is_read() -> None:
    record = read(observation(), patient={**PATIENT, "birthDate": 1980})
    assert len(record.events) == 1
    (row,) = record.quarantine
    assert row.code == "resource-malformed"
    assert row.reason == "birthDate does not fit FHIR R4: expected str, got int."


@pytest.mark.parametrize("content", [5, [], "x", {}, {"id": "a"}, {"resourceType": 7, "id": "a"}])
def test_an_entry_that_is_no_resource_is_in_quarantine_and_the_rest_is_read(content: Any) -> None:
    document = bundle(observation())
    document["entry"].append({"resource": content})
    (record,) = read_fhir(encoded(document), "x.json")
    assert len(record.events) == 1
    (row,) = record.quarantine
    assert (row.code, row.place) == ("resource-malformed", "Bundle.entry[2].resource (no type)")


def test_the_place_of_a_quarantined_row_is_an_index_and_a_type() -> None:
    record = read(observation(), observation(id="secret-id-of-a-person", status="cancelled"))
    (row,) = record.quarantine
    assert row.place == "Bundle.entry[2].resource (Observation)"
    assert "secret" not in repr(row)


# ---------------------------------------------------------------- versions of one resource


def version(value: int, **meta: str) -> dict[str, Any]:
    return observation(valueQuantity=quantity(value, "U/L"), meta=meta)


def test_the_version_updated_last_counts() -> None:
    early = version(300, lastUpdated="2026-01-05T10:00:00+02:00")
    late = version(310, lastUpdated="2026-01-05T09:00:00Z")
    for order in ([early, late], [late, early]):
        record = read(*order)
        assert [event.value for event in record.events] == [310]
        assert [row.code for row in record.quarantine] == ["superseded"]


def test_a_numbered_version_decides_where_no_time_does() -> None:
    record = read(version(300, versionId="2"), version(310, versionId="10"))
    assert [event.value for event in record.events] == [310]


def test_versions_that_do_not_tell_are_said_to_be_undecided_and_the_first_is_read() -> None:
    record = read(version(300), version(310))
    assert [event.value for event in record.events] == [300]
    (row,) = record.quarantine
    assert row.code == "duplicate-undecided"
    assert row.place == "Bundle.entry[2].resource (Observation)"


def test_the_same_resource_twice_is_one_row() -> None:
    record = read(observation(), observation())
    assert len(record.events) == 1
    assert [row.code for row in record.quarantine] == ["duplicate"]


def test_resources_without_ids_are_told_apart_by_their_content() -> None:
    one = observation(id=None)
    other = observation(id=None, valueQuantity=quantity(310, "U/L"))
    assert len(read(one, other).events) == 2


def test_an_entry_without_a_resource_is_counted() -> None:
    document = bundle(observation())
    document["entry"] += [{"request": {"method": "DELETE", "url": "x"}}, {"resource": None}]
    (record,) = read_fhir(encoded(document), "x.json")
    assert "2 entries of the bundle hold no resource." in record.notes
