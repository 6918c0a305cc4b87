"""A file is what its content says, whatever it is called."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from stepline.core.errors import DocumentRefused, RecordRefused, SourceRefused
from stepline.record.model import Event, Record, Subject
from stepline.record.table import to_table, write_parquet
from stepline.sources.opening import open_record
from tests.sources.bundles import FIXTURES, bundle, encoded, observation

CASE = """
case: short
subject: {sex: female, age: 44 years}
day_zero: {is: first dose, date: unknown}
measurements:
  - {ldh: 518 U/L, at: M0}
"""


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("name", ["record.json", "record.yaml", "record", "record.parquet"])
def test_a_bundle_is_read_under_any_name(tmp_path: Path, name: str) -> None:
    (record,) = open_record(written(tmp_path / name, encoded(bundle(observation()))))
    assert [event.concept for event in record.events] == ["ldh"]


@pytest.mark.parametrize("name", ["case.yaml", "case.txt", "case.json"])
def test_a_case_file_is_read_under_any_name(tmp_path: Path, name: str) -> None:
    (record,) = open_record(written(tmp_path / name, CASE))
    assert [event.concept for event in record.events] == ["ldh"]
    assert record.calendar == "relative"


def test_an_event_table_gives_back_its_records(tmp_path: Path) -> None:
    records = open_record(FIXTURES / "myositis-bundle.json")
    path = tmp_path / "events.bin"
    write_parquet(records, path)
    (back,) = open_record(path)
    assert back.events == records[0].events


@pytest.mark.parametrize(
    ("content", "found"),
    [("<Bundle/>", "XML"), ("[1, 2]", "a JSON list"), ('"text"', "a JSON text")],
)
def test_anything_else_is_refused_with_what_is_allowed(
    tmp_path: Path, content: str, found: str
) -> None:
    with pytest.raises(SourceRefused) as refusal:
        open_record(written(tmp_path / "x.json", content))
    (problem,) = refusal.value.problems
    assert (problem.code, problem.found) == ("file-kind-unknown", found)
    for kind in ("FHIR R4 bundle", "NDJSON", "case file", "Parquet"):
        assert kind in problem.allowed


def test_a_huge_text_is_no_case_file(tmp_path: Path) -> None:
    path = written(tmp_path / "x.yaml", b"a: b\n" * 1_100_000)
    with pytest.raises(SourceRefused, match="more than 5 MB"):
        open_record(path)


def test_a_text_that_is_no_case_file_is_refused_by_its_reader(tmp_path: Path) -> None:
    with pytest.raises((DocumentRefused, RecordRefused)):
        open_record(written(tmp_path / "notes.txt", "Dear colleague, thank you."))


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_path_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceRefused):
        open_record(tmp_path / name)


def test_a_folder_of_event_tables_is_read_shard_by_shard(tmp_path: Path) -> None:
    for subject in (1, 2):
        event = Event(1, datetime(2026, 1, 5), "STEPLINE//ivig", "ivig", Decimal(24), unit="g")
        table = to_table([Record(Subject(subject), (event,))])
        table.write_parquet(tmp_path / f"events-0000{subject}.parquet")
    records = open_record(tmp_path)
    assert [one.subject.subject_id for one in records] == [1, 2]
    assert [one.events[0].value for one in records] == [Decimal(24), Decimal(24)]
