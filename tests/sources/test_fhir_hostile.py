"""Whatever stands in one resource, the others are read and it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.sources.fhir import read_fhir
from tests.sources.bundles import (
    SUBJECT,
    administration,
    bundle,
    condition,
    daily,
    dosage,
    observation,
    one_event,
    quantity,
    request,
)

TEXT = st.text(max_size=20)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
DATES = st.sampled_from(["2026", "2026-02", "2026-02-30", "2026-01-05T25:00:00Z", "0000-01-01"])
QUANTITIES = st.fixed_dictionaries(
    {"value": NUMBERS},
    optional={"unit": st.sampled_from(["mg", "U/L", "g/kg", "", "x"]), "comparator": TEXT},
)
ANYTHING = st.recursive(
    SCALARS | DATES | QUANTITIES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
KEPT = ("resourceType", "subject", "clinicalStatus", "verificationStatus")
"""A bare code as a status is the sign of another version, and refuses the file."""


EXAMPLES: tuple[dict[str, Any], ...] = (
    observation(referenceRange=[{"high": quantity(250, "U/L")}], effectivePeriod={}),
    request(dosageInstruction=[dosage(30, repeat=daily())], statusReason={}, intent="order"),
    administration(effectivePeriod={}, request={}, contained=[]),
    condition(abatementDateTime="2025-01-01", recordedDate="2025"),
    {"resourceType": "Procedure", "id": "p", "status": "completed", "code": {"text": "x"},
     "subject": SUBJECT, "performedDateTime": "2026-01-01", "performedPeriod": {}},
    {"resourceType": "MedicationStatement", "id": "s", "status": "active", "subject": SUBJECT,
     "medicationCodeableConcept": {"text": "prednisone"}, "effectivePeriod": {"start": "2026"},
     "dosage": [], "basedOn": []},
    {"resourceType": "MedicationDispense", "id": "d", "status": "completed", "subject": SUBJECT,
     "medicationCodeableConcept": {"text": "prednisone"}, "whenHandedOver": "2026-01-01",
     "quantity": {}, "daysSupply": {}},
)  # fmt: skip
SLOTS = [(one, field) for one in EXAMPLES for field in one if field not in KEPT]


@settings(max_examples=300, deadline=None)
@given(slot=st.sampled_from(SLOTS), content=ANYTHING)
def test_one_field_never_spoils_more_than_its_resource(
    slot: tuple[dict[str, Any], str], content: object
) -> None:
    resource, field = slot
    sound = observation(id="sound")
    data = json.dumps(bundle({**resource, field: content}, sound)).encode()
    (record,) = read_fhir(data, "x.json")
    read = [event for event in record.events if "entry[2]" in event.source]
    assert len(read) == 1
    told = [event for event in record.events if "entry[1]" in event.source]
    told_otherwise = [row for row in record.quarantine if "entry[1]" in row.place]
    assert told or told_otherwise


@settings(max_examples=100, deadline=None)
@given(value=NUMBERS, unit=st.sampled_from(["mg", "g", "mg/kg", "mL", "U/L", "tablet"]),
       frequency=NUMBERS, period=NUMBERS,
       period_unit=st.sampled_from(["h", "d", "wk", "mo", "a", "min", "x"]))  # fmt: skip
def test_any_dose_and_rhythm_is_a_row_or_in_quarantine(
    value: float, unit: str, frequency: float, period: float, period_unit: str
) -> None:
    repeat = {"frequency": frequency, "period": period, "periodUnit": period_unit}
    order = request(dosageInstruction=[dosage(value, unit, repeat=repeat)])
    (record,) = read_fhir(json.dumps(bundle(order)).encode(), "x.json")
    assert len(record.events) + len(record.quarantine) == 1


def test_markup_in_words_stays_words() -> None:
    words = "<script>alert(1)</script>\u0000\u202e"
    event = one_event(observation(code={"text": words}, valueQuantity=None, valueString=words))
    assert event.text.startswith("<script>")


def test_a_thousand_components_are_a_thousand_rows() -> None:
    component = {"code": {"text": "x"}, "valueQuantity": quantity(1, "U/L")}
    panel = observation(valueQuantity=None, component=[component] * 1000)
    (record,) = read_fhir(json.dumps(bundle(panel)).encode(), "x.json")
    assert len(record.events) == 1000


@pytest.mark.parametrize("number", [b"1e999999999", b"-1e999999999", b"1e-999999999", b"9" * 4000])
def test_a_number_beyond_all_measure_is_told_without_being_worked_out(number: bytes) -> None:
    repeat = {"frequency": 71, "period": 72, "periodUnit": "d", "count": 73}
    bounds = {"boundsDuration": quantity(74, "d")}
    supply = EXAMPLES[-1] | {"daysSupply": quantity(75, "d"), "quantity": quantity(76, "mg")}
    resources = (
        observation(valueQuantity=quantity(77, "U/L")),
        observation(id="o2", referenceRange=[{"high": quantity(78, "U/L")}]),
        request(dosageInstruction=[dosage(30, repeat=repeat)]),
        request(id="r2", dosageInstruction=[dosage(30, repeat={**daily(), **bounds})]),
        request(id="r3", dosageInstruction=[dosage(79, repeat=daily())]),
        supply,
    )
    data = json.dumps(bundle(*resources)).encode()
    for digits in range(71, 80):
        data = data.replace(b": %d" % digits, b": " + number)
    (record,) = read_fhir(data, "x.json")
    assert len(record.events) + len(record.quarantine) == len(resources)
