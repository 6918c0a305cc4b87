"""The same rows as FHIR R4 NDJSON, told by name and by the first code of the vocabulary.

Import lazily; needs Polars.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from stepline.record.table_static import STATIC
from stepline.synth.tables import SAID
from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.model import ConceptKind

_SYSTEMS = {
    "loinc": "http://loinc.org",
    "snomed": "http://snomed.info/sct",
    "atc": "http://www.whocc.no/atc",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
}
_TAG = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": SAID,
}
Resource = dict[str, Any]

# ---------------------------------------------------------------- FHIR


def fhir_lines(events: pl.DataFrame) -> Iterator[str]:
    """One resource a line, in the order of the table."""
    for row in events.iter_rows(named=True):
        if row["code"].startswith(STATIC):
            if row["code"] == f"{STATIC}sex":
                yield json.dumps(_patient(row, _birth(events, row["subject_id"])))
            continue
        yield json.dumps(_resource(row), ensure_ascii=False)


def _birth(events: pl.DataFrame, subject: int) -> str:
    found = events.filter((pl.col("subject_id") == subject) & (pl.col("code") == f"{STATIC}birth"))
    return str(found["text_value"][0])[:4]


def _patient(row: Mapping[str, Any], birth: str) -> Resource:
    return {
        "resourceType": "Patient",
        "id": f"synthetic-{row['subject_id']}",
        "meta": {"tag": [_TAG]},
        "identifier": [{"value": str(row["subject_id"])}],
        "gender": row["text_value"],
        "birthDate": birth,
    }


def _resource(row: Mapping[str, Any]) -> Resource:
    kind = catalogue().concept(row["concept"]).kind
    base = {
        "id": f"synthetic-{row['subject_id']}-{row['event_id']}",
        "meta": {"tag": [_TAG]},
        "subject": {"reference": f"Patient/synthetic-{row['subject_id']}"},
    }
    if kind in (ConceptKind.DRUG, ConceptKind.DRUG_CLASS):
        return _medication(row, base)
    if kind is ConceptKind.CONDITION:
        return _condition(row, base)
    return _observation(row, base)


@lru_cache(maxsize=256)
def _coded(concept: str) -> Resource:
    known = catalogue().concept(concept)
    codings = [
        {"system": _SYSTEMS[code.system], "code": code.code, "display": code.display}
        for code in known.codes
        if code.system in _SYSTEMS and not code.prefix
    ]
    return {"text": known.title} | ({"coding": codings[:1]} if codings else {})


def _medication(row: Mapping[str, Any], base: Resource) -> Resource:
    coded = {"medicationCodeableConcept": _coded(row["concept"])}
    route = {"route": {"text": row["route"]}} if row["route"] else {}
    if row["is_spell"]:
        dosage = {"text": _said(row), "timing": _timing(row), **route, **_each(row)}
        period = {"start": _day(row["time"]), "end": _day(row["end_time"])}
        status = {"status": "completed"}
        kind = {"resourceType": "MedicationStatement"}
        return {**kind, **base, **status, **coded, "effectivePeriod": period, "dosage": [dosage]}
    if row["status"] == "ordered":
        order = {"status": "active", "intent": "order", "authoredOn": _time(row["time"])}
        doses = {"doseAndRate": [{"doseQuantity": _quantity(row)}]}
        once = {"timing": {"event": [_time(row["time"])]}}
        instruction = {"dosageInstruction": [{**once, **doses, **route}]}
        return {"resourceType": "MedicationRequest", **base, **order, **coded, **instruction}
    dose = {"dosage": {"dose": _quantity(row), **route}}
    given = {"status": "completed", "effectiveDateTime": _time(row["time"])}
    return {"resourceType": "MedicationAdministration", **base, **given, **coded, **dose}


def _said(row: Mapping[str, Any]) -> str:
    often = "once a week" if row["interval"] == "P7D" else "daily"
    return f"{row['value_exact']} {_unit(row)} {often}"


def _timing(row: Mapping[str, Any]) -> Resource:
    unit = "wk" if row["interval"] == "P7D" else "d"
    return {"repeat": {"frequency": 1, "period": 1, "periodUnit": unit}}


def _each(row: Mapping[str, Any]) -> Resource:
    """One dose of a daily or weekly drug."""
    return {"doseAndRate": [{"doseQuantity": _quantity({**row, "unit": _unit(row)})}]}


def _unit(row: Mapping[str, Any]) -> str:
    return str(row["unit"]).removesuffix("/d")


def _quantity(row: Mapping[str, Any]) -> Resource:
    number = {"value": row["value"]}
    unit = {"unit": row["unit"], "system": "http://unitsofmeasure.org", "code": row["unit"]}
    return number | (unit if row["unit"] else {})


def _condition(row: Mapping[str, Any], base: Resource) -> Resource:
    coded = {"code": _coded(row["concept"])}
    return {
        "resourceType": "Condition", **base, **coded, "onsetDateTime": _time(row["time"]),
    }  # fmt: skip


def _observation(row: Mapping[str, Any], base: Resource) -> Resource:
    known = {"status": "final", "effectiveDateTime": _time(row["time"])}
    value = (
        {"valueString": row["text_value"]}
        if row["value"] is None
        else {"valueQuantity": _quantity(row)}
    )
    limit = row["reference_high"]
    limits = {"referenceRange": [{"high": {"value": float(limit)}}]} if limit else {}
    coded = {"code": _coded(row["concept"])}
    return {"resourceType": "Observation", **base, **known, **coded, **value, **limits}


def _time(moment: Any) -> str:
    return f"{moment.isoformat()}Z"


def _day(moment: Any) -> str:
    return str(moment.date().isoformat())


def write_fhir(events: pl.DataFrame, folder: Path, shard: int) -> None:
    """One NDJSON file of a shard."""
    folder.mkdir(exist_ok=True)
    with (folder / f"synthetic-{shard:05d}.ndjson").open(
        "w", encoding="utf-8", newline="\n"
    ) as file:
        file.writelines(f"{line}\n" for line in fhir_lines(events))
