"""`stepline plan` with files: several at once, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from icalendar import Calendar

from stepline.cli.main import run

PLAN = ("plan", "methylprednisolone-1g-x3", "--start", "2026-01-05")


def outputs(folder: Path) -> tuple[str, ...]:
    """Options for all three files in a folder."""
    return (
        "--calendar", str(folder / "plan.ics"), "--ward-sheet", str(folder / "ward.pdf"),
        "--patient-page", str(folder / "patient.html"),
    )  # fmt: skip


def test_three_files_and_json_in_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*PLAN, *outputs(tmp_path), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["regimen"] == PLAN[1]
    assert printed.err.count("wrote ") == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "patient.html", "plan.ics", "ward.pdf",
    ]  # fmt: skip
    assert (tmp_path / "ward.pdf").read_bytes().startswith(b"%PDF-")
    assert len(Calendar.from_ical((tmp_path / "plan.ics").read_bytes()).events) == 3


def test_nothing_is_written_where_one_folder_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "no" / "ward.pdf")
    code = run([*PLAN, "--calendar", str(tmp_path / "a.ics"), "--ward-sheet", missing])
    assert code == 2
    assert f"The folder of {missing} does not exist." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_everything_wrong_with_the_outputs_is_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = str(tmp_path / "one")
    code = run([
        *PLAN, "--calendar", same, "--patient-page", same, "--course", "2", "--remind", "0",
        "--stamp", "2026-01-02T09:30", "--json",
    ])  # fmt: skip
    refused = json.loads(capsys.readouterr().out)["refused"]
    assert code == 2
    assert [one["code"] for one in refused] == [
        "output-twice", "output-missing", "course-unknown", "remind-wrong", "stamp-wrong",
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_a_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*PLAN, "--patient-page", str(tmp_path)]) == 2
    assert "is a folder, not a file" in capsys.readouterr().err


def test_the_moment_and_the_reminder_reach_the_calendar(tmp_path: Path) -> None:
    path = tmp_path / "plan.ics"
    given = ("--calendar", str(path), "--stamp", "2026-01-02T10:30+01:00", "--remind", "12")
    assert run([*PLAN, *given]) == 0
    written = path.read_text(encoding="utf-8")
    assert written.count("DTSTAMP:20260102T093000Z") == 3
    assert written.count("TRIGGER:-PT12H") == 3
