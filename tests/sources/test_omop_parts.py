"""OMOP divided by person gives each person what the whole gives, whatever the order of rows."""

from __future__ import annotations

import csv
import random
from contextlib import closing
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import SourceRefused
from stepline.record.model import Record
from stepline.sources import parts
from stepline.sources.blocks import blocks_of
from stepline.sources.omop import OmopParts, read_omop, tables
from stepline.sources.omop.pieces import csv_pieces

PERSONS = (3, 5, 8, 13, 21)
CONCEPT = "concept_id,concept_name,vocabulary_id,concept_code\n" + "".join(
    f"{row}\n" for row in ("3,LDH,LOINC,2532-0", "4,unit per liter,UCUM,U/L", "9,unused,LOINC,1-1")
)
MEASUREMENT = (
    "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,"
    "unit_concept_id,value_source_value\n"
)


def export(folder: Path, rows: list[str], **more: str) -> Path:
    persons = "".join(f"{one},8532,1980,2,3\n" for one in reversed(PERSONS))
    head = "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n"
    folder.mkdir(exist_ok=True)
    (folder / "person.csv").write_text(head + persons)
    (folder / "CONCEPT.csv").write_text(CONCEPT)
    (folder / "measurement.csv").write_text(MEASUREMENT + "".join(f"{row}\n" for row in rows))
    for name, text in more.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def values(*, per_person: int = 4) -> list[str]:
    """Rows of every person, one of them without a unit, and one about nobody."""
    rows = [
        f'{100 * one + n},{one},3,2026-01-{n + 1:02d},{300 + n},{4 if n else 0},"a\nb, ""c"""'
        for one in PERSONS
        for n in range(per_person)
    ]
    return [*rows, "1,99,3,2026-01-01,300,4,"]


def without_places(records: tuple[Record, ...]) -> list[Record]:
    """Records without the numbers of their rows, which are those of the file."""
    return [
        replace(
            one,
            events=tuple(replace(event, source="") for event in one.events),
            quarantine=tuple(replace(row, place="") for row in one.quarantine),
        )
        for one in records
    ]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SIZE", 2)
    monkeypatch.setattr(tables, "_PIECE", 50)
    monkeypatch.setattr(tables, "_SLICE", 3)


def test_every_person_is_in_one_part_and_whole(tmp_path: Path) -> None:
    folder = export(tmp_path / "cdm", values())
    with closing(blocks_of(folder)) as found:
        assert [part.count for part in found] == [2, 2, 1]
        assert found.patients == len(PERSONS)
        records = [record for part in found for record in part.records()]
        assert found.only(8) == (records[2],)
        assert found.only(99) == ()
    assert [record.subject.subject_id for record in records] == list(PERSONS)
    for record in records:
        assert [event.value for event in record.events] == [301, 302, 303]
        assert [row.code for row in record.quarantine] == ["unit-missing"]
        assert "Rows about nobody in the PERSON table: 1." in record.notes
        assert record.events[0].concept == "ldh"


def test_the_place_of_a_row_is_that_of_its_table(tmp_path: Path) -> None:
    records = read_omop(export(tmp_path / "cdm", values()))
    assert [row.place for one in records for row in one.quarantine] == [
        f"measurement row {2 + 4 * n}" for n in range(len(PERSONS))
    ]


def test_the_order_of_rows_the_zip_and_parquet_change_nothing(tmp_path: Path) -> None:
    folder = export(tmp_path / "cdm", values())
    expected = read_omop(folder)
    shuffled = values()
    random.Random(4).shuffle(shuffled)
    (tmp_path / "other").mkdir()
    other = export(tmp_path / "other" / "cdm", shuffled)
    assert without_places(read_omop(other)) == without_places(expected)
    packed = tmp_path / "cdm"
    with ZipFile(tmp_path / "zipped", "w") as archive:
        for one in packed.iterdir():
            archive.write(one, one.name)
    (tmp_path / "zip").mkdir()
    (tmp_path / "zip" / "cdm").write_bytes((tmp_path / "zipped").read_bytes())
    assert read_omop(tmp_path / "zip" / "cdm") == expected
    columns = tmp_path / "columns" / "cdm"
    columns.mkdir(parents=True)
    for one in folder.iterdir():
        pl.read_csv(one, infer_schema=False).write_parquet(columns / f"{one.stem}.parquet")
    assert read_omop(columns) == expected


def test_of_concepts_only_those_of_some_row_are_kept(tmp_path: Path) -> None:
    with closing(OmopParts(export(tmp_path / "cdm", values()))) as found:
        (part, *_) = found
        assert set(part.concepts) == {"3", "4"}


def test_what_is_wrong_with_any_table_is_told_at_once(tmp_path: Path) -> None:
    late = MEASUREMENT + "".join(f"{row}\n" for row in values()) + "1,2,3,4,5,6,7,8,9,10\n"
    folder = export(tmp_path / "cdm", [], death="person_id\n3\n", observation="")
    (folder / "measurement.csv").write_text(late)
    (folder / "Person.parquet").write_bytes(b"no")
    with pytest.raises(SourceRefused) as refusal:
        blocks_of(folder)
    assert {(one.place.file, one.code) for one in refusal.value.problems} == {
        ("death.csv", "omop-columns-missing"),
        ("measurement.csv", "omop-table-unreadable"),
        ("observation.csv", "omop-table-unreadable"),
        ("Person.parquet", "omop-table-unreadable"),
        ("person.csv", "omop-table-twice"),
    }


def test_a_person_who_is_there_twice_is_refused(tmp_path: Path) -> None:
    folder = export(tmp_path / "cdm", values())
    with (folder / "person.csv").open("a") as file:
        file.write("3,8507,1990,1,1\n")
    with pytest.raises(SourceRefused) as refusal:
        blocks_of(folder)
    (problem,) = refusal.value.problems
    assert (problem.code, problem.message) == (
        "omop-person",
        "person row 7 has no person_id of its own.",
    )


_CELLS = st.text(alphabet='ab,"\n\t ', max_size=5)


@given(
    rows=st.lists(st.tuples(_CELLS, _CELLS, st.just("end")), max_size=12), size=st.integers(1, 40)
)
def test_a_table_in_pieces_is_the_table(rows: list[tuple[str, str, str]], size: int) -> None:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([("x", "y", "z"), *rows])
    found: list[tuple[str, ...]] = []
    for piece in csv_pieces(BytesIO(text.getvalue().encode()), size):
        header, *read = csv.reader(StringIO(piece.decode(), newline=""))
        assert header == ["x", "y", "z"]
        found += [tuple(row) for row in read]
    assert found == rows
