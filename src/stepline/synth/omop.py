"""The same rows as tables of OMOP CDM 5.4. Import lazily; needs Polars.

The vocabulary of OHDSI is not shipped, so that no row has a standard concept: `…_concept_id` is 0,
and `…_source_concept_id` is a local concept, from 2,000,000,000 on, of the vocabulary STEPLINE.
The concepts of how a row came about, of sexes and of units are those of OHDSI, as they stand in
exports of others (docs/reference/synth.md).

A dose is a number of pieces of a product that holds one unit of mass (`quantity` ×
DRUG_STRENGTH.`amount_value`). A dose per kilogram or without a unit is no number of pieces, and
stands in `sig` alone; so does the rhythm of a daily or weekly drug.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import polars as pl

from stepline.record.table_static import STATIC
from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.model import ConceptKind

OWN = "STEPLINE"
"""The vocabulary of local concepts; a code is an id of the packaged vocabulary, or a product."""
_FIRST = 2_000_000_001
_ROWS_A_SUBJECT = 1_000_000
_DRUGS = (ConceptKind.DRUG, ConceptKind.DRUG_CLASS)
_WORDS = (ConceptKind.CONDITION, ConceptKind.ASSESSMENT)
_PIECES = {"g": (8504, "gram"), "mg": (8576, "milligram")}
"""Units of mass with their concepts of OHDSI."""
_SEXES = {"male": 8507, "female": 8532}
_ADMINISTERED, _PRESCRIBED = 32818, 32838
"""EHR administration record, EHR prescription."""
_ALWAYS = {"valid_start_date": "1970-01-01", "valid_end_date": "2099-12-31"}


def omop_tables(events: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """`person`, `drug_exposure`, `measurement` and `condition_occurrence`."""
    rows = events.filter(pl.col("time").is_not_null())
    kinds = {name: catalogue().concept(name).kind for name in rows["concept"].unique()}
    drugs = [name for name, kind in kinds.items() if kind in _DRUGS]
    words = [name for name, kind in kinds.items() if kind in _WORDS]
    is_drug, is_word = pl.col("concept").is_in(drugs), pl.col("concept").is_in(words)
    return {
        "person": _persons(events),
        "drug_exposure": _exposures(rows.filter(is_drug)),
        "measurement": _measurements(rows.filter(~is_drug & ~is_word)),
        "condition_occurrence": _conditions(rows.filter(is_word)),
    }


# ---------------------------------------------------------------- the local vocabulary


@lru_cache(maxsize=1)
def _local() -> Mapping[str, int]:
    """The local concepts by code: every concept, and each drug by the piece."""
    concepts = sorted(catalogue().concepts, key=lambda one: one.id)
    pieces = [_piece(one.id, unit) for one in concepts if one.kind in _DRUGS for unit in _PIECES]
    codes = [*(one.id for one in concepts), *pieces]
    return {code: _FIRST + place for place, code in enumerate(codes)}


def _piece(drug: str, unit: str) -> str:
    return f"{drug} 1 {unit}"


def vocabulary_tables() -> dict[str, pl.DataFrame]:
    """`concept` and `drug_strength`: what the numbers of the other tables mean."""
    known = catalogue()
    concepts: list[dict[str, object]] = []
    strengths: list[dict[str, object]] = []
    for code, number in _local().items():
        drug, is_piece, unit = code.partition(" 1 ")
        one = known.concept(drug)
        name = f"{one.title} 1 {unit}" if is_piece else one.title
        domain = _domain(one.kind)
        kind = "Clinical Drug" if is_piece else domain
        concepts.append(_concept(number, name, domain, OWN, kind, code))
        if is_piece:
            strengths.append(_strength(number, _local()[drug], _PIECES[unit][0]))
    for code, (number, name) in _PIECES.items():
        concepts.append({**_concept(number, name, "Unit", "UCUM", "Unit", code), **_STANDARD})
    return {"concept": pl.DataFrame(concepts), "drug_strength": pl.DataFrame(strengths)}


_STANDARD = {"standard_concept": "S"}


def _domain(kind: ConceptKind) -> str:
    if kind in _DRUGS:
        return "Drug"
    return "Condition" if kind in _WORDS else "Measurement"


def _concept(
    number: int, name: str, domain: str, vocabulary: str, kind: str, code: str
) -> dict[str, object]:
    return {
        "concept_id": number,
        "concept_name": name,
        "domain_id": domain,
        "vocabulary_id": vocabulary,
        "concept_class_id": kind,
        "standard_concept": "",
        "concept_code": code,
        **_ALWAYS,
        "invalid_reason": "",
    }


def _strength(product: int, ingredient: int, unit: int) -> dict[str, object]:
    nothing = ("numerator_value", "numerator_unit_concept_id", "denominator_value",
               "denominator_unit_concept_id", "box_size")  # fmt: skip
    return {
        "drug_concept_id": product,
        "ingredient_concept_id": ingredient,
        "amount_value": 1,
        "amount_unit_concept_id": unit,
        **dict.fromkeys(nothing, ""),
        **_ALWAYS,
        "invalid_reason": "",
    }


# ---------------------------------------------------------------- rows


def _persons(events: pl.DataFrame) -> pl.DataFrame:
    def of(name: str) -> pl.DataFrame:
        found = events.filter(pl.col("code") == STATIC + name)
        return found.select(person_id="subject_id", **{name: "text_value"})

    joined = of("sex").join(of("birth"), on="person_id").sort("person_id")
    return joined.select(
        "person_id",
        gender_concept_id=pl.col("sex").replace_strict(_SEXES, default=0),
        year_of_birth=pl.col("birth").str.slice(0, 4),
        race_concept_id=pl.lit(0),
        ethnicity_concept_id=pl.lit(0),
        person_source_value=pl.concat_str(pl.lit("synthetic-"), pl.col("person_id")),
        gender_source_value="sex",
    )


def _row_id() -> pl.Expr:
    """A whole number for each row, the same however many patients are made."""
    return pl.col("subject_id") * _ROWS_A_SUBJECT + pl.col("event_id")


def _local_id(code: pl.Expr) -> pl.Expr:
    return code.replace_strict(dict(_local()), return_dtype=pl.Int64)


def _when(stem: str, column: str = "time") -> list[pl.Expr]:
    moment = pl.col(column)
    return [
        moment.dt.date().alias(f"{stem}_date"),
        moment.dt.strftime("%Y-%m-%d %H:%M:%S").alias(f"{stem}_datetime"),
    ]


def _exposures(rows: pl.DataFrame) -> pl.DataFrame:
    is_spell, ordered = pl.col("is_spell"), pl.col("status") == "ordered"
    in_pieces = ~is_spell & pl.col("unit").is_in(list(_PIECES))
    product = pl.concat_str("concept", pl.lit(" 1 "), "unit")
    each = pl.col("unit").str.strip_suffix("/d")
    known = rows.with_columns(
        end=pl.coalesce("end_time", "time"),
        product=pl.when(in_pieces).then(product).otherwise("concept"),
        each=each,
        said=pl.concat_str("value_exact", pl.lit(" "), each),
        days=(pl.col("end_time") - pl.col("time")).dt.total_days(),
    )
    return known.select(
        _row_id().alias("drug_exposure_id"),
        pl.col("subject_id").alias("person_id"),
        pl.lit(0).alias("drug_concept_id"),
        *_when("drug_exposure_start"),
        *_when("drug_exposure_end", "end"),
        pl.when(ordered | is_spell)
        .then(_PRESCRIBED)
        .otherwise(_ADMINISTERED)
        .alias("drug_type_concept_id"),
        pl.col("reason").alias("stop_reason"),
        pl.when(in_pieces).then("value").alias("quantity"),
        pl.when(is_spell).then("days").alias("days_supply"),
        _sig(is_spell, ordered, in_pieces).alias("sig"),
        pl.col("concept").alias("drug_source_value"),
        _local_id(pl.col("product")).alias("drug_source_concept_id"),
        pl.col("route").alias("route_source_value"),
        pl.col("each").alias("dose_unit_source_value"),
    )


def _sig(is_spell: pl.Expr, ordered: pl.Expr, in_pieces: pl.Expr) -> pl.Expr:
    """The instruction in words; none for what was given in pieces."""
    often = pl.when(pl.col("interval") == "P7D").then(pl.lit(" once a week"))
    said = pl.col("said")
    return (
        pl.when(is_spell)
        .then(pl.concat_str(said, often.otherwise(pl.lit(" daily"))))
        .when(ordered)
        .then(pl.concat_str(said, pl.lit(" once")))
        .when(~in_pieces)
        .then(said)
    )


def _measurements(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        _row_id().alias("measurement_id"),
        pl.col("subject_id").alias("person_id"),
        pl.lit(0).alias("measurement_concept_id"),
        *_when("measurement"),
        pl.lit(0).alias("measurement_type_concept_id"),
        pl.col("value").alias("value_as_number"),
        pl.col("reference_high").alias("range_high"),
        pl.col("concept").alias("measurement_source_value"),
        _local_id(pl.col("concept")).alias("measurement_source_concept_id"),
        pl.col("unit").alias("unit_source_value"),
    )


def _conditions(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        _row_id().alias("condition_occurrence_id"),
        pl.col("subject_id").alias("person_id"),
        pl.lit(0).alias("condition_concept_id"),
        *_when("condition_start"),
        pl.lit(0).alias("condition_type_concept_id"),
        pl.col("concept").alias("condition_source_value"),
        _local_id(pl.col("concept")).alias("condition_source_concept_id"),
        pl.col("text_value").alias("condition_status_source_value"),
    )


def write_omop(events: pl.DataFrame, folder: Path, *, is_first: bool) -> None:
    """The rows of a shard, joined to the tables of the shards before."""
    folder.mkdir(exist_ok=True)
    for name, table in omop_tables(events).items():
        with (folder / f"{name}.csv").open("ab") as file:
            table.write_csv(file, include_header=is_first)
    if is_first:
        for name, table in vocabulary_tables().items():
            table.write_csv(folder / f"{name}.csv")
