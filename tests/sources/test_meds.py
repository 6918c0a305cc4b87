"""MEDS: codes carry no dose, and that is said instead of guessed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.errors import SourceRefused
from stepline.course.reconciling import last_happened
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record
from stepline.record.table import read_parquet, write_parquet
from stepline.sources.meds import read_meds
from stepline.sources.opening import open_record

T = datetime(2026, 1, 5, 8)
ROWS: list[tuple[Any, ...]] = [
    (7, None, "GENDER//F", None),
    (7, datetime(1980, 2, 3), "MEDS_BIRTH", None),
    (7, T, "LOINC//2532-0//U/L", 518.2),
    (7, T, "LAB//50910//IU/L", 200.0),
    (7, T, "MEDICATION//PredniSONE//Administered", None),
    (7, T, "MEDICATION//PredniSONE//Not Given", None),
    (7, T, "MEDICATION//START//PredniSONE", None),
    (7, T, "MEDICATION//STOP//PredniSONE", None),
    (7, T, "MEDICATION//Hydrocortisone (Rectal) 2.5% Cream//Administered", None),
]


def table(rows: list[tuple[Any, ...]], number: str = "numeric_value") -> pl.DataFrame:
    types: dict[str, Any] = {"subject_id": pl.Int64, "time": pl.Datetime("us"), "code": pl.String}
    return pl.DataFrame(rows, schema={**types, number: pl.Float32}, orient="row")


def read(path: Path, rows: list[tuple[Any, ...]], number: str = "numeric_value") -> Record:
    table(rows, number).write_parquet(path / "m.parquet")
    (record,) = open_record(path / "m.parquet")
    return record


def test_a_medication_event_is_a_dose_of_unknown_size_with_its_standing(tmp_path: Path) -> None:
    record = read(tmp_path, ROWS)
    doses = [event for event in record.events if event.concept == "prednisone"]
    assert {event.status for event in doses} == {
        EventStatus.GIVEN, EventStatus.NOT_GIVEN, EventStatus.ORDERED, EventStatus.STOPPED,
    }  # fmt: skip
    assert all(event.value is None and "dose unknown" in event.note for event in doses)
    assert any("The dose is unknown in 5 medication events" in note for note in record.notes)


def test_a_cream_is_not_the_systemic_drug(tmp_path: Path) -> None:
    record = read(tmp_path, ROWS)
    (cream,) = [event for event in record.events if "Cream" in event.code]
    assert cream.concept == ""


def test_a_number_is_the_decimal_that_was_written_and_not_its_binary_neighbour(
    tmp_path: Path,
) -> None:
    record = read(tmp_path, ROWS)
    (ldh,) = [event for event in record.events if event.concept == "ldh"]
    assert (ldh.value, ldh.unit) == (Decimal("518.2"), "U/L")


def test_who_the_subject_is_comes_from_rows_that_are_no_events(tmp_path: Path) -> None:
    subject = read(tmp_path, ROWS).subject
    assert (subject.sex, subject.birth) == ("female", datetime(1980, 2, 3))


def test_a_column_that_stands_in_for_another_is_told(tmp_path: Path) -> None:
    record = read(tmp_path, ROWS, number="value")
    assert "The column numeric_value of MEDS is missing: value is read for it." in record.notes


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    assert read(tmp_path, ROWS).events == read(tmp_path, ROWS[::-1]).events


def test_a_folder_of_shards_is_one_source_and_imports_to_an_event_table(tmp_path: Path) -> None:
    shards = tmp_path / "data" / "train"
    shards.mkdir(parents=True)
    table(ROWS).write_parquet(shards / "0.parquet")
    table([(8, T, "LOINC//2532-0//U/L", 100.0)]).write_parquet(shards / "1.parquet")
    records = open_record(tmp_path)
    assert [record.subject.subject_id for record in records] == [7, 8]
    write_parquet(records, tmp_path / "events.parquet")
    assert [r.events for r in read_parquet(tmp_path / "events.parquet")] == [
        r.events for r in records
    ]


def test_every_wrong_column_is_told_with_its_file(tmp_path: Path) -> None:
    frame = pl.DataFrame({"subject_id": ["7"], "time": ["2026"], "code": ["x"]})
    frame.write_parquet(tmp_path / "m.parquet")
    with pytest.raises(SourceRefused) as refusal:
        open_record(tmp_path / "m.parquet")
    assert [one.place.path for one in refusal.value.problems] == ["subject_id", "time"]


def test_a_row_without_a_time_is_held_and_not_dropped(tmp_path: Path) -> None:
    record = read(tmp_path, [*ROWS, (7, None, "LOINC//2532-0//U/L", 1.0)])
    assert [one.code for one in record.quarantine] == ["time-missing"]


CODES = [
    "MEDICATION//START//PredniSONE",
    "MEDICATION//Administered//PredniSONE",
    "MEDICATION//START//Rituximab",
    "LOINC//2532-0//U/L",
    "LOINC//2532-0//kg",
    "SUBJECT_WEIGHT_AT_INFUSION//KG",
    "HOSPITAL_ADMISSION//EW EMER.",
    "GENDER//F",
    "MEDS_BIRTH",
    None,
]
days = st.none() | st.integers(0, 6).map(lambda day: datetime(2150, 1, 1) + timedelta(days=day))
numbers = st.none() | st.sampled_from([1.0, 70.5])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2), days, st.sampled_from(CODES), numbers), max_size=14))
def test_records_of_some_concepts_hold_their_events_and_the_last_moment_of_all(
    rows: list[tuple[int, datetime | None, str | None, float | None]],
) -> None:
    wanted = frozenset({"prednisone", "weight"})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.parquet"
        table(list(rows)).write_parquet(path)
        whole, some = read_meds(path), read_meds(path, concepts=wanted)
    assert [one.subject for one in some] == [one.subject for one in whole]
    for every, few in zip(whole, some, strict=True):
        assert set(few.events) <= set(every.events)
        assert _about(few.events, wanted) == _about(every.events, wanted)
        assert last_happened(RecordIndex(few)) == last_happened(RecordIndex(every))


def _about(events: Sequence[Event], concepts: frozenset[str]) -> list[Event]:
    return [event for event in events if event.concept in concepts]
