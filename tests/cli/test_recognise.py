"""`stepline recognise` writes one row a course, from a file or from a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stepline.cli.main import run
from stepline.record.casefile import seed_case
from stepline.record.table import write_parquet


def test_a_folder_gives_the_same_rows_as_the_record_it_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_parquet([seed_case()], tmp_path / "events.parquet")
    assert run(["recognise", str(tmp_path), "--json"]) == 0
    folder = capsys.readouterr().out
    assert run(["recognise", str(tmp_path / "events.parquet"), "--json"]) == 0
    assert folder == capsys.readouterr().out
    rows = [json.loads(line) for line in folder.splitlines()]
    assert len(rows) == 11
    assert {"subject_id", "regimen", "intent", "phase", "start", "end", "end_reason"} <= set(
        rows[0]
    )


def test_a_folder_without_event_tables_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["recognise", str(tmp_path), "--json"]) == 2
    assert "folder-without-events" in capsys.readouterr().out
