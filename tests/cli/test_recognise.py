"""`stepline recognise`: rows, tables, comparisons, and what was known on a day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.cli.comparing import known, numbers_in
from stepline.cli.main import run
from stepline.cli.workers import in_order
from stepline.core.errors import Problem, RecordRefused, Refused
from stepline.course.comparing import Stretch
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.casefile import seed_case
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject
from stepline.record.table import write_parquet
from stepline.review.hindsight import known_at
from stepline.sources import parts
from stepline.vocabulary.catalogue import catalogue
from tests.support.walkers import walkers

START = datetime(2021, 3, 1, 9)


def infusions(subject: int, count: int, *, every: int = 7, grams: str = "0.4") -> Record:
    """Immunoglobulin per kilogram, so many times, so many days apart."""
    rows = [
        Event(n, START + timedelta(days=every * n), "STEPLINE//ivig", "ivig", Decimal(grams),
              unit="g/kg", route="iv", status=EventStatus.GIVEN)
        for n in range(count)
    ]  # fmt: skip
    return Record(Subject(subject), tuple(rows))


def truth(path: Path, rows: list[tuple[int, str, date, date]]) -> Path:
    frame = pl.DataFrame(
        [(*row, "ivig") for row in rows],
        schema=["subject_id", "regimen", "start", "end", "drug"],
        orient="row",
    )
    frame.write_parquet(path)
    return path


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
    wanted = {"subject_id", "regimen", "intent", "phase", "start", "end", "end_reason", "missing"}
    assert wanted <= set(rows[0])


def test_a_folder_without_a_record_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["recognise", str(tmp_path), "--json"]) == 2
    assert "file-is-folder" in capsys.readouterr().out


def test_the_output_is_the_same_for_any_number_of_workers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "SIZE", 1)
    write_parquet([infusions(one, one + 2) for one in range(5)], tmp_path / "events.parquet")
    said = []
    for workers in ("1", "2"):
        assert run(["recognise", str(tmp_path), "--json", "--workers", workers]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert [json.loads(line)["subject_id"] for line in said[0].splitlines()] == [0, 1, 2, 3, 4]


def odd_is_refused(number: int) -> int:
    """Work that refuses one part."""
    if number == 3:
        raise RecordRefused([Problem("three", "This is three.")])
    return number * number


def test_the_refusal_of_a_worker_stands_where_its_result_would() -> None:
    done = in_order(odd_is_refused, [1, 2, 3, 4], workers=2)
    assert [next(done), next(done)] == [1, 4]
    with pytest.raises(Refused) as refusal:
        next(done)
    assert [one.code for one in refusal.value.problems] == ["three"]


def test_a_clinician_reads_titles_and_doses_and_no_ids(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    write_parquet([seed_case()], tmp_path / "events.parquet")
    assert run(["recognise", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "90 to 5 mg a day" in text
    assert "loss-of-response" in text
    assert not any(regimen.id in text for regimen in packaged().regimens)
    assert run(["recognise", str(tmp_path), "--explain"]) == 0
    assert "because given for immunomodulation" in capsys.readouterr().out


@pytest.mark.parametrize("columns", ["80", "100", "150"])
def test_no_line_of_the_table_is_wider_than_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    columns: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", columns)
    write_parquet([seed_case()], tmp_path / "events.parquet")
    assert run(["recognise", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    table = [line for line in lines[2:] if line[:5].strip().isdigit()]
    assert len(table) == 11
    assert max(map(len, table)) <= int(columns)


def test_a_comparison_counts_what_is_the_same_and_what_was_read_instead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_parquet([infusions(1, 6), infusions(2, 6, every=14, grams="0.2")],
                  tmp_path / "events.parquet")  # fmt: skip
    first, last = START.date(), START.date() + timedelta(days=35)
    late = START.date() + timedelta(days=70)
    table = truth(tmp_path / "truth.parquet", [
        (1, "ivig-400-weekly", first, last), (2, "ivig-400-weekly", first, late),
    ])  # fmt: skip
    arguments = ["recognise", str(tmp_path / "events.parquet"), "--against", str(table)]
    assert run([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["all"] == {
        "truth": 2, "recognised": 2, "same": 1, "precision": 0.5, "recall": 0.5, "f1": 0.5,
    }  # fmt: skip
    assert found["boundary_errors_days"] == {"median": 0, "percentile_90": 0}
    assert found["confusions"] == [
        {"regimen": "ivig-400-weekly", "read_as": "ivig-200-every-2-weeks", "count": 1}
    ]
    assert run(arguments) == 0
    assert "ivig-400-weekly: ivig-200-every-2-weeks" in capsys.readouterr().out


def test_a_table_about_other_subjects_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_parquet([infusions(1, 6)], tmp_path / "events.parquet")
    day = START.date()
    table = truth(tmp_path / "truth.parquet", [(7, "ivig-400-weekly", day, day)])
    arguments = ["recognise", str(tmp_path / "events.parquet"), "--against", str(table)]
    assert run([*arguments, "--json"]) == 2
    assert "subjects-differ" in capsys.readouterr().out


def test_synthetic_patients_as_fhir_are_compared_with_the_truth_beside_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made"
    making = ["synth", "--patients", "3", "--seed", "4", "--noise", "none", "--out", str(out)]
    assert run([*making, "--format", "fhir"]) == 0
    (source,) = (out / "fhir").iterdir()
    capsys.readouterr()
    arguments = ["recognise", str(source), "--against", str(out / "truth.parquet")]
    assert run([*arguments, "--json"]) == 0
    of_fhir = json.loads(capsys.readouterr().out)
    assert of_fhir["all"]["f1"] > 0.9
    events = tmp_path / "events"
    assert run([*making[:-1], str(events), "--format", "events"]) == 0
    capsys.readouterr()
    table = ["recognise", str(events), "--against", str(events / "truth.parquet"), "--json"]
    assert run(table) == 0
    assert json.loads(capsys.readouterr().out)["all"] == of_fhir["all"]


def test_a_subject_is_known_by_an_id_of_its_source() -> None:
    assert numbers_in({17, 18}, {901: ("p-17", "17"), 902: ("x",)}, "truth") == {901: 17}


def test_a_subject_whose_own_number_is_in_the_table_is_no_other() -> None:
    assert numbers_in({17, 18}, {17: ("18",)}, "truth") == {}


@pytest.mark.parametrize("known_as", [{901: ("17", "18")}, {901: ("17",), 902: ("17",)}])
def test_an_id_that_does_not_tell_one_subject_is_refused(
    known_as: dict[int, tuple[str, ...]],
) -> None:
    with pytest.raises(RecordRefused) as refusal:
        numbers_in({17, 18}, known_as, "truth.parquet")
    (problem,) = refusal.value.problems
    assert problem.code == "subjects-ambiguous"
    assert "17" not in problem.message + (problem.found or "")


def test_of_the_truth_nothing_that_began_after_the_day_is_expected() -> None:
    day = date(2021, 6, 1)
    before = Stretch(1, "a", date(2021, 1, 1), date(2021, 2, 1))
    across = Stretch(1, "b", date(2021, 5, 1), date(2021, 7, 1))
    after = Stretch(1, "c", date(2021, 6, 2), date(2021, 7, 1))
    assert known([before, across, after], day) == (before, replace(across, end=None))


@given(
    number=st.integers(0, 9),
    days=st.integers(0, 1500),
    later=st.lists(
        st.tuples(st.integers(1, 400), st.sampled_from(["ivig", "rituximab"])), max_size=4
    ),
)
def test_a_later_dose_never_changes_what_was_recognised_as_of_an_earlier_day(
    number: int, days: int, later: list[tuple[int, str]]
) -> None:
    record = WALKED[number]
    moment = record.events[0].time.replace(hour=23, minute=59) + timedelta(days=days)
    doses = [
        Event(100_000 + n, moment + timedelta(days=after), f"STEPLINE//{drug}", drug, Decimal(1),
              unit="g", status=EventStatus.GIVEN)
        for n, (after, drug) in enumerate(later)
    ]  # fmt: skip
    more = replace(record, events=(*record.events, *doses))
    assert _as_of(record, moment) == _as_of(more, moment)


WALKED = [one.record for one in walkers(10, seed=5, noise="default")]


def _as_of(record: Record, moment: datetime) -> object:
    index = RecordIndex(known_at(record, moment))
    return recognise(index, packaged().regimens, catalogue())


def test_the_command_recognises_what_was_known_on_the_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = (START + timedelta(days=20)).date().isoformat()
    said = []
    for count in (3, 9):
        write_parquet([infusions(1, count)], tmp_path / "events.parquet")
        assert run(["recognise", str(tmp_path), "--json", "--as-of", day]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert json.loads(said[0])["cycles"] == 3


def test_a_month_is_no_day_to_recognise_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_parquet([infusions(1, 3)], tmp_path / "events.parquet")
    assert run(["recognise", str(tmp_path), "--json", "--as-of", "2021-03"]) == 2
    assert "as-of-not-a-day" in capsys.readouterr().out
