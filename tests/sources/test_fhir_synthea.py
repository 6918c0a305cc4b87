"""Real-shaped bundles that others made, checked against a plain reading of their JSON."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.record.model import EventStatus, Record
from stepline.record.table import from_table, to_table
from stepline.record.table_checks import validate_table
from stepline.sources.fhir import read_fhir, read_file
from tests.support.shared import shared

FOLDER = "data/fhir/synthea-r4"
NAMES = (
    "Alexis_Toy_68cd1181-6359-4047-a77f-a165d7912480.json",
    "Asa_Hermiston_4384bf23-1dc3-48ca-8c84-89fbaff201ae.json",
    "Claudie_Walsh_498377b3-e385-40ab-9acd-06b657e2f599.json",
    "Hershel_Marvin_71a7f9d4-45b7-481b-b571-7ee0caca6e2a.json",
    "Laticia_Dibbert_b23f172c-8c92-4757-87a8-7f64c13639d3.json",
    "Randall_Stroman_7a0bdf4b-d27a-4f1a-ae7a-f17ad2d8a0a1.json",
    "Willy_Koepp_ebbb96ce-c538-4ac4-ad6a-7c709ef6639c.json",
)
ONE_ROW_EACH = (
    "Condition",
    "MedicationRequest",
    "AllergyIntolerance",
    "Immunization",
    "Procedure",
)
READ_OTHERWISE = ("Patient", "Observation", "DiagnosticReport")


def path_of(name: str) -> Path:
    return shared(f"{FOLDER}/{name}")


def plain(name: str) -> list[dict[str, Any]]:
    document = json.loads(path_of(name).read_bytes(), parse_float=Decimal)
    return [entry["resource"] for entry in document["entry"]]


def rows_expected(resources: list[dict[str, Any]]) -> int:
    """One row a resource, one a component of a panel, one for a dated death."""
    kinds = Counter(one["resourceType"] for one in resources)
    rows = sum(kinds[kind] for kind in ONE_ROW_EACH)
    for one in resources:
        if one["resourceType"] == "Observation":
            rows += len(one.get("component", ())) or 1
        if one.get("deceasedDateTime"):
            rows += 1
    return rows


@pytest.mark.parametrize("name", NAMES)
def test_every_resource_is_a_row_or_in_quarantine_or_counted(name: str) -> None:
    resources = plain(name)
    (record,) = read_file(path_of(name))
    assert len(record.events) + len(record.quarantine) == rows_expected(resources)
    kinds = Counter(one["resourceType"] for one in resources)
    unread = {k: n for k, n in kinds.items() if k not in (*ONE_ROW_EACH, *READ_OTHERWISE)}
    said = " ".join(record.notes)
    for kind, count in unread.items():
        assert f"{count} {kind}" in said
    assert f"{kinds['DiagnosticReport']} DiagnosticReport" in said


@pytest.mark.parametrize("name", NAMES)
def test_only_an_unnormalised_filtration_rate_is_in_quarantine(name: str) -> None:
    """eGFR is coded "per 1.73 m2" (33914-3) and written in mL/min: which it is cannot be told."""
    rates = [
        one
        for one in plain(name)
        if one["resourceType"] == "Observation" and one["code"]["coding"][0]["code"] == "33914-3"
    ]
    (record,) = read_file(path_of(name))
    assert [row.code for row in record.quarantine] == ["unit-mismatch"] * len(rates)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_and_times_are_those_of_the_file(name: str) -> None:
    (record,) = read_file(path_of(name))
    found = Counter((e.time, e.code, e.value) for e in record.events if e.value is not None)
    expected = Counter(
        (at_its_place(one["effectiveDateTime"]), f"LOINC//{answer['code']['coding'][0]['code']}",
         Decimal(answer["valueQuantity"]["value"]))
        for one in plain(name)
        if one["resourceType"] == "Observation"
        for answer in [one, *one.get("component", [])]
        if "valueQuantity" in answer
        and answer["valueQuantity"]["unit"] != "units"
        and answer["code"]["coding"][0]["code"] != "33914-3"
    )  # fmt: skip
    assert found == expected


def at_its_place(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def test_a_number_of_tablets_is_never_a_dose() -> None:
    """Synthea writes a dose as the bare number 1."""
    for name in NAMES:
        (record,) = read_file(path_of(name))
        drugs = [e for e in record.events if e.source.endswith("(MedicationRequest)")]
        assert all(event.value is None for event in drugs)


def test_systemic_and_topical_steroids_are_told_apart() -> None:
    (record,) = read_file(path_of(NAMES[1]))
    (rheumatoid,) = read_file(path_of("Claudie_Walsh_498377b3-e385-40ab-9acd-06b657e2f599.json"))
    products = {e.product: e.concept for r in (record, rheumatoid) for e in r.events if e.product}
    for product, concept in products.items():
        if "Topical" in product:
            assert concept == ""
        if product.startswith("predniSONE"):
            assert concept == "prednisone"


def test_an_active_order_goes_on_and_a_stopped_one_has_no_invented_end() -> None:
    (record,) = read_file(path_of("Randall_Stroman_7a0bdf4b-d27a-4f1a-ae7a-f17ad2d8a0a1.json"))
    orders = [e for e in record.events if e.source.endswith("(MedicationRequest)")]
    active = [e for e in orders if e.status is EventStatus.ORDERED]
    stopped = [e for e in orders if e.status is EventStatus.STOPPED]
    assert active
    assert stopped
    assert {e.end_said for e in active} == {"ongoing"}
    assert all(e.end_time is None and e.end_said == "stopped, date not stated" for e in stopped)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_identifier_or_address_of_the_person_reaches_the_record(name: str) -> None:
    person = plain(name)[0]
    secrets = [person["name"][0]["family"], *person["name"][0]["given"]]
    secrets += [one["value"] for one in person["identifier"]]
    secrets += [person["telecom"][0]["value"], *person["address"][0]["line"]]
    text = repr(read_fhir(path_of(name).read_bytes(), "x.json"))
    assert not [secret for secret in secrets if secret in text]


def without_places(record: Record) -> Record:
    events = tuple(replace(event, source="") for event in record.events)
    quarantine = sorted((replace(row, place="") for row in record.quarantine), key=str)
    return replace(record, events=events, quarantine=tuple(quarantine))


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_order_of_entries_never_shows_in_a_record(seed: int) -> None:
    data = path_of(NAMES[0]).read_bytes()
    document = json.loads(data)
    random.Random(seed).shuffle(document["entry"])
    (shuffled,) = read_fhir(json.dumps(document).encode(), "x.json")
    (straight,) = read_fhir(data, "x.json")
    assert without_places(shuffled) == without_places(straight)


def test_events_are_numbered_in_the_order_of_time() -> None:
    (record,) = read_file(path_of(NAMES[5]))
    assert [e.event_id for e in record.events] == list(range(1, len(record.events) + 1))
    assert [e.time for e in record.events] == sorted(e.time for e in record.events)


def test_the_same_export_as_ndjson_gives_the_same_record(tmp_path: Path) -> None:
    resources = plain(NAMES[3])
    lines = [json.dumps(one, default=float) for one in resources]
    path = tmp_path / "export.ndjson"
    path.write_text("\n".join(lines) + "\n")
    (from_lines,) = read_file(path)
    (from_bundle,) = read_fhir(path_of(NAMES[3]).read_bytes(), "export.ndjson")
    assert without_places(from_lines) == without_places(from_bundle)
    assert from_lines.events[0].source.startswith("export.ndjson line ")


@pytest.mark.parametrize("name", NAMES)
def test_a_record_fits_the_event_table_and_comes_back_from_it(name: str) -> None:
    records = read_file(path_of(name))
    table = to_table(records)
    _, refused = validate_table(table)
    assert len(refused) == 0
    assert from_table(table) == records
