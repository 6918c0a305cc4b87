"""The same rows as FHIR R4 NDJSON and as tables like those of OMOP. Import lazily; needs Polars.

Both are told by name and by the first code of the vocabulary. OMOP concept numbers are 0, which
says that nothing was mapped: the numbers belong to a vocabulary that is not shipped.
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
_MEASURED = (
    ConceptKind.DRUG,
    ConceptKind.DRUG_CLASS,
    ConceptKind.CONDITION,
    ConceptKind.ASSESSMENT,
)
_ROWS_A_SUBJECT = 1_000_000
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


# ---------------------------------------------------------------- OMOP


def omop_tables(events: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """`person`, `drug_exposure`, `measurement` and `condition_occurrence`."""
    rows = events.filter(pl.col("time").is_not_null()).with_row_index("row", offset=1)
    kinds = {name: catalogue().concept(name).kind for name in rows["concept"].unique()}
    drugs = [name for name, kind in kinds.items() if kind in _MEASURED[:2]]
    words = [name for name, kind in kinds.items() if kind in _MEASURED[2:]]
    is_drug, is_word = pl.col("concept").is_in(drugs), pl.col("concept").is_in(words)
    return {
        "person": _persons(events),
        "drug_exposure": _exposures(rows.filter(is_drug)),
        "measurement": _measurements(rows.filter(~is_drug & ~is_word)),
        "condition_occurrence": _conditions(rows.filter(is_word)),
    }


def _persons(events: pl.DataFrame) -> pl.DataFrame:
    def of(name: str) -> pl.DataFrame:
        found = events.filter(pl.col("code") == STATIC + name)
        return found.select(person_id="subject_id", **{name: "text_value"})

    joined = of("sex").join(of("birth"), on="person_id").sort("person_id")
    return joined.select(
        "person_id",
        gender_concept_id=pl.lit(0),
        year_of_birth=pl.col("birth").str.slice(0, 4),
        gender_source_value="sex",
        person_source_value=pl.concat_str(pl.lit("synthetic-"), pl.col("person_id")),
    )


def _row_id() -> pl.Expr:
    """A whole number for each row, the same however many patients are made."""
    return pl.col("subject_id") * _ROWS_A_SUBJECT + pl.col("event_id")


def _exposures(rows: pl.DataFrame) -> pl.DataFrame:
    start = pl.col("time").dt.date()
    return rows.select(
        drug_exposure_id=_row_id(),
        person_id="subject_id",
        drug_concept_id=pl.lit(0),
        drug_type_concept_id=pl.lit(0),
        drug_exposure_start_date=start,
        drug_exposure_end_date=pl.coalesce(pl.col("end_time").dt.date(), start),
        quantity=pl.col("value"),
        stop_reason="reason",
        drug_source_value="concept",
        route_source_value="route",
        dose_unit_source_value="unit",
        sig=pl.when(pl.col("is_spell")).then(
            pl.concat_str("value_exact", pl.lit(" "), "unit", pl.lit(" "), "interval")
        ),
        drug_type_source_value="status",
    )


def _measurements(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        measurement_id=_row_id(),
        person_id="subject_id",
        measurement_concept_id=pl.lit(0),
        measurement_date=pl.col("time").dt.date(),
        value_as_number=pl.col("value"),
        range_high="reference_high",
        measurement_source_value="concept",
        unit_source_value="unit",
    )


def _conditions(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        condition_occurrence_id=_row_id(),
        person_id="subject_id",
        condition_concept_id=pl.lit(0),
        condition_start_date=pl.col("time").dt.date(),
        condition_source_value="concept",
        condition_status_source_value="text_value",
    )


def write_fhir(events: pl.DataFrame, folder: Path, shard: int) -> None:
    """One NDJSON file of a shard."""
    folder.mkdir(exist_ok=True)
    with (folder / f"synthetic-{shard:05d}.ndjson").open(
        "w", encoding="utf-8", newline="\n"
    ) as file:
        file.writelines(f"{line}\n" for line in fhir_lines(events))


def write_omop(events: pl.DataFrame, folder: Path, *, is_first: bool) -> None:
    """The rows of a shard, joined to the tables of the shards before."""
    folder.mkdir(exist_ok=True)
    for name, table in omop_tables(events).items():
        with (folder / f"{name}.csv").open("ab") as file:
            table.write_csv(file, include_header=is_first)
