"""Synthetic patients in OMOP CDM 5.4: what is written there is read again as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stepline.core.quantity import measures
from stepline.course.output import course_row
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Event, Record
from stepline.sources.opening import open_record
from stepline.synth.parameters import NoiseLevel
from stepline.synth.writing import Request, write
from stepline.vocabulary.catalogue import catalogue

LOST = {
    "intent": "OMOP has no column for why a drug is given",
    "end_reason": "stop_reason is words; `other` is none that is read",
    "score": "a daily drug is a prescription, and that it was taken is not told",
    "because": "as the score",
    "deviations": "as the score, and with the places of the rows",
    "title": "without an intent, a course without a regimen is named otherwise",
    "course": "the digest of a course is of its rows",
}
"""What of a course OMOP cannot hold, and why. All else comes back the same."""

NEEDED = {
    "person": (
        *("person_id", "gender_concept_id", "year_of_birth"),
        *("race_concept_id", "ethnicity_concept_id"),
    ),
    "drug_exposure": (
        *("drug_exposure_id", "person_id", "drug_concept_id", "drug_exposure_start_date"),
        *("drug_exposure_end_date", "drug_type_concept_id"),
    ),
    "measurement": (
        *("measurement_id", "person_id", "measurement_concept_id", "measurement_date"),
        "measurement_type_concept_id",
    ),
    "condition_occurrence": (
        *("condition_occurrence_id", "person_id", "condition_concept_id", "condition_start_date"),
        "condition_type_concept_id",
    ),
    "concept": (
        *("concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id"),
        *("concept_code", "valid_start_date", "valid_end_date"),
    ),
    "drug_strength": (
        *("drug_concept_id", "ingredient_concept_id", "valid_start_date", "valid_end_date"),
    ),
}
"""Columns that must be filled, by the field list of OMOP CDM 5.4."""


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory, NoiseLevel.NONE)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory, NoiseLevel.DEFAULT)


def made(folders: pytest.TempPathFactory, noise: NoiseLevel) -> Path:
    folder = folders.mktemp("synth") / "out"
    write(Request(15, 7, noise, ("events", "omop")), folder)
    return folder


def both(folder: Path) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    """The same patients from the event table and from OMOP."""
    return open_record(folder / "events.parquet"), open_record(folder / "omop")


def courses(records: tuple[Record, ...]) -> list[dict[str, Any]]:
    found = []
    for record in records:
        for one in recognise(RecordIndex(record), packaged().regimens, catalogue()):
            row = course_row(one, record)
            found.append({key: value for key, value in row.items() if key not in LOST})
    return found


def doses(record: Record) -> Iterator[Event]:
    known = catalogue()
    return (one for one in record.events if one.concept and known.concept(one.concept).is_drug)


def amount(event: Event) -> tuple[object, ...]:
    value = event.value.normalize() if event.value is not None else None
    when = (event.time, event.end_time if event.is_spell else None)
    return (event.concept, *when, value, event.unit, event.interval, event.route)


def test_courses_from_omop_are_those_from_the_table(quiet: Path) -> None:
    table, omop = both(quiet)
    expected = courses(table)
    assert len(expected) > 100
    assert courses(omop) == expected


def test_every_dose_comes_back_in_its_amount_and_unit(quiet: Path) -> None:
    for table, omop in zip(*both(quiet), strict=True):
        assert Counter(map(amount, doses(omop))) == Counter(map(amount, doses(table)))
        assert omop.quarantine == ()


def test_every_result_comes_back_with_its_unit_and_limit(quiet: Path) -> None:
    def results(record: Record) -> Counter[tuple[object, ...]]:
        return Counter(
            (one.concept, one.time, one.value, one.unit, one.reference_high)
            for one in record.events
            if not one.is_spell and one.unit and one not in drugs
        )

    for table, omop in zip(*both(quiet), strict=True):
        drugs = {*doses(table), *doses(omop)}
        assert results(omop) == results(table)
        assert omop.subject.sex == table.subject.sex


def test_of_a_noisy_record_a_dose_without_a_mass_is_unknown_and_no_other(noisy: Path) -> None:
    lost = 0
    for table, omop in zip(*both(noisy), strict=True):
        known = Counter(amount(one) for one in doses(omop) if one.value is not None)
        held = sum(one.code == "value-implausible" for one in omop.quarantine)
        missing = Counter(map(amount, doses(table))) - known
        without = [one for one in missing.elements() if not _is_mass(str(one[4]))]
        unknown = sum(1 for one in doses(omop) if one.value is None)
        assert unknown == len(without)
        assert missing.total() - len(without) <= held
        lost += unknown
    assert lost


def _is_mass(unit: str) -> bool:
    return bool(unit) and measures(unit.removesuffix("/d")) == "a mass"


def test_an_order_of_one_infusion_is_a_moment_that_was_ordered(noisy: Path) -> None:
    ordered = [
        one
        for record in open_record(noisy / "omop")
        for one in doses(record)
        if one.status.value == "ordered" and not one.is_spell
    ]
    assert ordered
    assert {one.concept for one in ordered} <= {"ivig", "scig", "rituximab", "methylprednisolone"}


@pytest.mark.parametrize("name", NEEDED)
def test_what_omop_needs_is_there_and_filled(noisy: Path, name: str) -> None:
    table = pl.read_csv(noisy / "omop" / f"{name}.csv", infer_schema=False)
    for column in NEEDED[name]:
        assert table[column].null_count() == 0, column


def test_every_concept_of_a_row_is_in_the_export_or_of_ohdsi(noisy: Path) -> None:
    of_ohdsi = {"0", "8507", "8532", "32818", "32838"}
    known = set(pl.read_csv(noisy / "omop" / "concept.csv", infer_schema=False)["concept_id"])
    for file in (noisy / "omop").glob("*.csv"):
        table = pl.read_csv(file, infer_schema=False)
        for column in (one for one in table.columns if one.endswith("concept_id")):
            assert set(table[column].drop_nulls()) - {""} <= known | of_ohdsi, (file, column)
    own = pl.read_csv(noisy / "omop" / "concept.csv").filter(vocabulary_id="STEPLINE")
    assert all(2_000_000_000 < number < 2**31 for number in own["concept_id"])
