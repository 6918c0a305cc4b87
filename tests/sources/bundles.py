"""Small hand-written FHIR for tests: one patient, the resources a test is about, nothing else."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from stepline.record.model import Event, Quarantined, Record
from stepline.sources.fhir import read_fhir

Json = dict[str, Any]

FIXTURES = Path(__file__).parent / "fixtures"
PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p1",
    "gender": "female",
    "birthDate": "1980-04-01",
}
SUBJECT: Json = {"reference": "Patient/p1"}
UCUM = "http://unitsofmeasure.org"
LDH = "14804-9"
HBSAG = "5196-1"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def bundle(*resources: Json, patient: Json | None = PATIENT) -> Json:
    """A collection of a patient and resources."""
    all_of_them = ([patient] if patient else []) + list(resources)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in all_of_them],
    }


def encoded(document: object) -> bytes:
    """A document as JSON, with decimals written as numbers."""
    return json.dumps(document, default=_number).encode()


def _number(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)


def read(*resources: Json, patient: Json | None = PATIENT) -> Record:
    """The one record of a patient with these resources."""
    (record,) = read_fhir(encoded(bundle(*resources, patient=patient)), "test.json")
    return record


def one_event(*resources: Json) -> Event:
    """The one row of these resources, none of them in quarantine."""
    record = read(*resources)
    assert record.quarantine == ()
    (event,) = record.events
    return event


def one_in_quarantine(*resources: Json) -> Quarantined:
    """The one quarantined row of these resources, none of them read."""
    record = read(*resources)
    assert record.events == ()
    (row,) = record.quarantine
    return row


def coded(code: str, display: str = "", system: str = "http://loinc.org") -> Json:
    """A coded thing with one code."""
    coding = {"system": system, "code": code}
    if display:
        coding["display"] = display
    return {"coding": [coding]}


def snomed(code: str, display: str = "") -> Json:
    """A thing coded in SNOMED CT."""
    return coded(code, display, "http://snomed.info/sct")


def rxnorm(code: str, display: str = "") -> Json:
    """A drug coded in RxNorm."""
    return coded(code, display, "http://www.nlm.nih.gov/research/umls/rxnorm")


def quantity(value: float, unit: str, **more: object) -> Json:
    """A quantity with its UCUM code."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **more}


def observation(**fields: object) -> Json:
    """An LDH of 300 U/L on a morning, with these fields changed or added; `None` removes one."""
    base: Json = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": coded(LDH),
        "subject": SUBJECT,
        "effectiveDateTime": "2026-01-05T08:00:00Z",
        "valueQuantity": quantity(300, "U/L"),
    }
    return _changed(base, fields)


def qualitative(**fields: object) -> Json:
    """An HBsAg without an answer yet."""
    return observation(code=coded(HBSAG), valueQuantity=None, **fields)


def flagged(code: str) -> list[Json]:
    """An interpretation."""
    return [coded(code, system=INTERPRETATION)]


def request(**fields: object) -> Json:
    """An active order of prednisone without instructions."""
    base: Json = {
        "resourceType": "MedicationRequest",
        "id": "r1",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": rxnorm("8640", "prednisone"),
        "subject": SUBJECT,
        "authoredOn": "2026-01-05T09:00:00Z",
    }
    return _changed(base, fields)


def dosage(value: float | None = None, unit: str = "mg", **fields: object) -> Json:
    """One instruction; `repeat` goes into its timing."""
    base: Json = {}
    if value is not None:
        base["doseAndRate"] = [{"doseQuantity": quantity(value, unit)}]
    repeat = fields.pop("repeat", None)
    if repeat is not None:
        base["timing"] = {"repeat": repeat}
    return _changed(base, fields)


def daily(frequency: int = 1, **more: object) -> Json:
    """So many times a day."""
    return {"frequency": frequency, "period": 1, "periodUnit": "d", **more}


def administration(**fields: object) -> Json:
    """30 g of IVIG on a morning."""
    base: Json = {
        "resourceType": "MedicationAdministration",
        "id": "a1",
        "status": "completed",
        "medicationCodeableConcept": coded("J06BA02", "", "http://www.whocc.no/atc"),
        "subject": SUBJECT,
        "effectiveDateTime": "2026-01-12T09:00:00Z",
        "dosage": {"dose": quantity(30, "g"), "route": snomed("47625008", "Intravenous route")},
    }
    return _changed(base, fields)


def condition(**fields: object) -> Json:
    """Active confirmed dermatomyositis since a date."""
    base: Json = {
        "resourceType": "Condition",
        "id": "c1",
        "clinicalStatus": coded("active", system="condition-clinical"),
        "verificationStatus": coded("confirmed", system="condition-ver-status"),
        "code": snomed("396230008", "Dermatomyositis"),
        "subject": SUBJECT,
        "onsetDateTime": "2024-03-02T10:00:00Z",
    }
    return _changed(base, fields)


def _changed(base: Json, fields: dict[str, Any]) -> Json:
    changed = {**base, **fields}
    return {key: value for key, value in changed.items() if value is not None}
