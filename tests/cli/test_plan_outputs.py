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
        "output-twice", "output-missing", "remind-wrong", "stamp-wrong", "course-unknown",
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


def test_what_is_wrong_with_the_outputs_is_said_with_what_is_wrong_with_the_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "nowhere" / "plan.ics")
    asked = ["plan", "rituximab-1g-x2", "--start", "2026-02-31", "--record", missing, "--json"]
    assert run([*asked, "--calendar", missing, "--course", "1"]) == 2
    refused = json.loads(capsys.readouterr().out)["refused"]
    assert [one["code"] for one in refused] == [
        "file-missing", "date-impossible", "output-folder-missing", "output-missing",
    ]  # fmt: skip


def test_a_name_that_no_file_can_have_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("x" * 300, "a\0b"):
        assert run([*PLAN, "--calendar", str(tmp_path / name)]) == 2
        assert "no name that a file can have" in capsys.readouterr().err


# ---------------------------------------------------------------- several plans

PAIR = [
    "plan", "ivig-2g-over-5d-monthly", "--weight", "60kg", "--start", "2026-01-05",
    "--courses", "2", "--product", "flebogamma-dif-10", "--with", "rituximab-1g-x2@2026-01-19",
]  # fmt: skip


def test_one_file_of_each_kind_holds_all_plans_of_a_calendar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ics, page, fhir = tmp_path / "plan.ics", tmp_path / "page.html", tmp_path / "plan.json"
    files = ("--calendar", str(ics), "--patient-page", str(page), "--fhir", str(fhir))
    assert run([*PAIR, *files, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    days = {
        (one["date"].replace("-", ""), one["drug"])
        for told in (plan, *plan["alignment"]["plans"])
        for one in told["doses"]
    }
    events = ics.read_text(encoding="utf-8").split("BEGIN:VEVENT")[1:]
    assert len(events) == len(days) == 12
    assert all(any(f"DATE:{day}" in event for event in events) for day, _ in days)
    bundle = json.loads(fhir.read_bytes())
    resources = [one["resource"] for one in bundle["entry"]]
    kinds = [one["resourceType"] for one in resources]
    assert (kinds.count("CarePlan"), kinds.count("Patient")) == (2, 1)
    (person,) = (one["id"] for one in resources if one["resourceType"] == "Patient")
    subjects = {one["subject"]["reference"] for one in resources if "subject" in one}
    assert subjects == {f"urn:uuid:{person}"}
    assert len({one["id"] for one in resources}) == len(resources)
    html = page.read_text(encoding="utf-8")
    assert html.count("<caption>January 2026</caption>") == 1
    assert html.count('<span class="name">Rituximab</span>') == 2
    assert html.count('<span class="name">IVIG</span>') == 10


def test_the_ward_sheet_is_of_the_first_plan_and_both_it_and_the_command_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "ward.pdf"
    assert run([*PAIR, "--ward-sheet", str(sheet)]) == 0
    assert "The ward sheet is that of ivig-2g-over-5d-monthly" in capsys.readouterr().err
    assert sheet.read_bytes().startswith(b"%PDF")
