"""A table of many subjects is divided so that every record is read once and whole."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from stepline.core.errors import SourceRefused
from stepline.record.model import Event, Record, Subject
from stepline.record.table import write_parquet
from stepline.sources import parts
from stepline.sources.blocks import Block, blocks_of
from stepline.sources.opening import open_record
from stepline.synth.parameters import NoiseLevel
from stepline.synth.writing import Request, write

DAY = timedelta(days=1)
START = datetime(2020, 1, 1)


def record(subject: int, doses: int) -> Record:
    """A record of so many doses, a week apart."""
    rows = [Event(n, START + 7 * n * DAY, "STEPLINE//ivig", "ivig", unit="g") for n in range(doses)]
    return Record(Subject(subject, sex="female"), tuple(rows))


def meds(folder: Path) -> Path:
    """A MEDS folder of two shards with five subjects."""
    (folder / "data").mkdir()
    for shard, subjects in enumerate(((5, 1, 3), (2, 9))):
        frame = pl.DataFrame(
            {
                "subject_id": [one for one in subjects for _ in range(4)],
                "time": [START + n * DAY for _ in subjects for n in range(4)],
                "code": ["MEDICATION//PredniSONE//Administered"] * 4 * len(subjects),
                "numeric_value": pl.Series([None] * 4 * len(subjects), dtype=pl.Float32),
            }
        )
        frame.write_parquet(folder / "data" / f"{shard}.parquet")
    return folder


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SIZE", 2)


def test_the_blocks_of_event_tables_hold_every_record_once(tmp_path: Path) -> None:
    write_parquet([record(one, one) for one in (1, 2, 3, 4, 5)], tmp_path / "events-0.parquet")
    write_parquet([record(one, 2) for one in (7, 6)], tmp_path / "events-1.parquet")
    found = blocks_of(tmp_path)
    assert [(one.first, one.last, one.count) for one in found if isinstance(one, Block)] == [
        (1, 2, 2), (3, 4, 2), (5, 5, 1), (6, 7, 2),
    ]  # fmt: skip
    assert tuple(r for one in found for r in one.records()) == open_record(tmp_path)


def test_the_blocks_of_meds_hold_every_record_once(tmp_path: Path) -> None:
    found = blocks_of(meds(tmp_path))
    assert [one.count for one in found] == [2, 2, 1]
    assert tuple(r for one in found for r in one.records()) == open_record(tmp_path)


def test_a_block_ends_before_it_has_too_many_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "ROWS", 1)
    assert [one.count for one in blocks_of(meds(tmp_path))] == [1] * 5


def test_a_subject_in_two_tables_is_refused_without_naming_it(tmp_path: Path) -> None:
    for name in ("events-0", "events-1"):
        write_parquet([record(4711, 2)], tmp_path / f"{name}.parquet")
    with pytest.raises(SourceRefused) as refusal:
        blocks_of(tmp_path)
    assert [one.code for one in refusal.value.problems] == ["subject-in-two-files"]
    assert "4711" not in str(refusal.value)


def test_what_is_no_table_has_no_blocks(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    case.write_text("subject: {}\n")
    assert len(blocks_of(case)) == 0
    assert len(blocks_of(tmp_path)) == 0


def test_meds_tells_how_many_rows_are_read(tmp_path: Path) -> None:
    heard: list[tuple[int, float]] = []
    open_record(meds(tmp_path), lambda count, done: heard.append((count, done)))
    assert heard[-1] == (20, 1.0)
    assert [count for count, _ in heard] == [4, 8, 12, 16, 20]


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("Acetaminophen IV", "iv"),
        ("PrednisoLONE Acetate 1% Ophth. Susp.", "ophthalmic"),
        ("Prednisolone Oral Solution", "oral"),
        ("PredniSONE", ""),
    ],
)
def test_a_route_is_read_from_the_name_of_a_product_or_not_known(name: str, route: str) -> None:
    from stepline.sources.meds.codes import read_code
    from stepline.vocabulary.catalogue import catalogue

    assert read_code(f"MEDICATION//{name}//Administered", catalogue()).route == route


@pytest.mark.parametrize("kind", ["fhir", "omop"])
def test_what_synth_wrote_is_read_by_its_folder_though_the_truth_lies_beside(
    kind: str, tmp_path: Path
) -> None:
    write(Request(3, 1, NoiseLevel.NONE, (kind,)), tmp_path / "out")
    assert open_record(tmp_path / "out") == open_record(tmp_path / "out" / kind)
    with closing(blocks_of(tmp_path / "out")) as parts:
        assert parts.patients == 3
