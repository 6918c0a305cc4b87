"""`stepline eras` tells lines, eras, combinations, adherence and changes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from stepline.cli.eras import VIEWS
from stepline.cli.main import run
from stepline.record.casefile import seed_case
from stepline.record.model import Event, EventStatus, Record, Subject
from stepline.record.table import write_parquet


@pytest.fixture
def record(tmp_path: Path) -> str:
    """The shipped case as an event table in a folder."""
    write_parquet([seed_case()], tmp_path / "events.parquet")
    return str(tmp_path)


def rows(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def test_the_lines_of_the_case_are_its_sequence_of_drugs(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eras", record, "--drug", "ivig", "--drug", "rituximab", "--json"]) == 0
    found = rows(capsys.readouterr().out)
    assert [one["drugs"] for one in found] == [["ivig"], ["rituximab"], ["rituximab"], ["ivig"]]
    assert [one["change"] for one in found] == ["first", "switch", "again", "switch"]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_speaks_to_people_and_to_programs(
    view: str, record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eras", record, "--show", view]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert run(["eras", record, "--show", view, "--json"]) == 0
    assert len(rows(capsys.readouterr().out)) == len(lines) > 0


def test_every_choice_out_of_range_is_refused_at_once(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    choices = ["--gap-days", "-1", "--min-overlap", "0", "--minimum-line-days", "0"]
    assert run(["eras", record, *choices, "--json"]) == 2
    refused = json.loads(capsys.readouterr().out)["refused"]
    assert [one["path"] for one in refused] == ["gap_days", "minimum_overlap", "minimum_line_days"]


def test_a_drug_that_is_not_known_is_refused_with_what_is_near(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eras", record, "--drug", "ivigg"]) == 2
    assert "Did you mean ivig" in capsys.readouterr().err


def test_the_window_has_the_name_that_others_give_it(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eras", record, "--combination-window", "200", "--json"]) == 0
    one = capsys.readouterr().out
    assert run(["eras", record, "--min-overlap", "200", "--json"]) == 0
    assert capsys.readouterr().out == one


def test_a_drug_of_which_no_day_is_known_is_told_and_not_placed(
    record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eras", record, "--drug", "azathioprine", "--json"]) == 0
    (found,) = rows(capsys.readouterr().out)
    assert (found["start"], found["end"]) == (None, None)
    assert "before day zero" in str(found["says"])


@pytest.mark.parametrize(("doses", "eras"), [("recognised", 1), ("given-else-ordered", 2)])
def test_which_rows_count_is_a_choice_and_an_order_that_counts_is_told(
    doses: str, eras: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = {57: EventStatus.ORDERED}
    rows = tuple(
        Event(day, datetime(2026, 1, 1) + timedelta(days=day), "ivig", "ivig", Decimal(1),
              unit="g/kg", status=status.get(day, EventStatus.GIVEN))
        for day in (1, 29, 57, 85)
    )  # fmt: skip
    write_parquet([Record(Subject(1), rows)], tmp_path / "events.parquet")
    assert run(["eras", str(tmp_path), "--show", "eras", "--doses", doses]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == eras
    assert ("1 order, giving not recorded" in lines[0]) == (doses == "recognised")
