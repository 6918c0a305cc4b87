"""What a review foresees: held against forecasts made alone, and silent where a dose is unknown."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from stepline.cli.main import run
from stepline.protocol.loading import packaged
from stepline.record.casefile import read_case, seed_case
from stepline.record.model import Record
from stepline.review.foreseeing import with_forecast
from stepline.review.foreseen import Compared, Foreseen, Foresight
from stepline.review.model import Review
from stepline.review.output import as_json
from stepline.review.reviewing import library_of, review
from stepline.vocabulary.catalogue import catalogue
from tests.views.sample import bare

CASES = Path(__file__).parent / "fixtures"
REPLACEMENT = CASES / "replacement.yaml"
HIGH_DOSE = CASES / "high-dose.yaml"


def reviewed(record: Record, as_of: str = "") -> Review:
    moment = datetime.fromisoformat(as_of) if as_of else None
    return review(record, library_of(packaged()), catalogue(), as_of=moment)


def foreseen_in(text: str, as_of: str = "") -> Foresight:
    found = with_forecast(reviewed(read_case(text, "case.yaml"), as_of)).forecast
    assert found is not None
    return found


@lru_cache(maxsize=4)
def foresight(path: Path, as_of: str = "") -> Foresight:
    return foreseen_in(path.read_text(encoding="utf-8"), as_of)


def igg(path: Path, as_of: str = "") -> Foreseen:
    return next(one for one in foresight(path, as_of).drugs if one.measures == "igg")


def alone(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> dict[str, object]:
    """The forecast that the command `forecast` makes of the same record."""
    assert run(["forecast", str(path), *options, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)["forecasts"][0]
    return found


def values_at(found: dict[str, object], day: float) -> float:
    series = found["series"]
    assert isinstance(series, dict)
    near = min(range(len(series["days"])), key=lambda at: abs(series["days"][at] - day))
    assert abs(series["days"][near] - day) < 1e-4
    return float(series["value"][near])


# ---------------------------------------------------------------- the same as a forecast alone


def test_the_review_shows_what_forecast_says_of_the_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = alone(capsys, REPLACEMENT, "--as-of", "2026-03-27")
    target = {"below": None}
    assert {**json.loads(json.dumps(igg(REPLACEMENT).details)), **target} == found


def test_the_next_trough_is_the_end_of_a_forecast_until_then(
    capsys: pytest.CaptureFixture[str],
) -> None:
    expected = igg(REPLACEMENT).expected
    assert expected is not None
    assert (expected.kind, expected.by, expected.time_said) == ("trough", "interval", "2026-03-30")
    end = alone(capsys, REPLACEMENT, "--as-of", "2026-03-27", "--until", "2d")["last"]
    assert isinstance(end, dict)
    assert expected.value == pytest.approx(end["value"], abs=0.001)
    assert expected.low == pytest.approx(end["low"], abs=0.001)
    assert expected.high == pytest.approx(end["high"], abs=0.001)
    assert "if the course goes on every 28 days; no dose is planned on record" in expected.says


@pytest.mark.parametrize(
    ("at", "day_before", "day"),
    [(1, "2026-02-26", 53.0), (2, "2026-03-26", 81.0)],
)
def test_a_measured_value_is_held_against_the_forecast_of_the_day_before(
    at: int, day_before: str, day: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """Judged on the day before, the record does not hold the value yet."""
    compared = igg(REPLACEMENT).compared[at]
    found = alone(capsys, REPLACEMENT, "--as-of", day_before, "--until", "4d")
    assert compared.earlier == at
    assert compared.expected == pytest.approx(values_at(found, day), rel=1e-6)


def test_the_first_value_is_held_against_the_typical_person(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = alone(capsys, REPLACEMENT, "--as-of", "2026-03-27", "--no-fit")["measured"]
    assert isinstance(found, list)
    first = igg(REPLACEMENT).compared[0]
    assert first.earlier == 0
    assert first.expected == pytest.approx(found[0]["predicted"], rel=1e-9)


def test_a_measured_value_may_lie_outside_a_band_that_holds_the_error_of_measuring() -> None:
    rows = igg(HIGH_DOSE).compared
    assert [one.is_within for one in rows] == [True, False, False]
    assert all(one.with_error for one in rows)
    assert all(_lies(one) is one.is_within for one in rows)


def _lies(one: Compared) -> bool:
    assert one.low is not None
    assert one.high is not None
    assert one.measured is not None
    return one.low <= float(one.measured) <= one.high


def test_the_order_of_a_file_changes_nothing() -> None:
    lines = REPLACEMENT.read_text(encoding="utf-8").splitlines()
    at = [n for n, line in enumerate(lines) if line.startswith("  - {igg")]
    turned = list(lines)
    for place, other in zip(at, reversed(at), strict=True):
        turned[place] = lines[other]
    found = next(one for one in foreseen_in("\n".join(turned)).drugs if one.measures == "igg")
    assert found.expected == igg(REPLACEMENT).expected
    rows = [(one.time, one.measured, one.expected, one.low) for one in found.compared]
    wanted = [(o.time, o.measured, o.expected, o.low) for o in igg(REPLACEMENT).compared]
    assert rows == wanted


# ---------------------------------------------------------------- the day of the next dose


def test_a_planned_dose_tells_the_day_of_the_next_trough() -> None:
    expected = igg(HIGH_DOSE).expected
    assert expected is not None
    assert (expected.by, expected.time_said) == ("planned", "2025-12-29")
    assert "before the planned dose" in expected.says
    series = igg(HIGH_DOSE).series
    assert series is not None
    assert series.times[-1] < datetime(2025, 12, 29)
    assert series.line[-1] == pytest.approx(expected.value, abs=0.01)


def test_a_dose_that_is_overdue_leaves_the_value_now_and_a_question() -> None:
    one = igg(REPLACEMENT, "2026-05-01")
    assert one.expected is not None
    assert one.expected.kind == "now"
    assert "was due on 2026-03-30; none is recorded" in one.expected.says
    assert [missing.what for missing in one.missing] == ["next dose"]


def test_one_dose_tells_no_interval() -> None:
    text = REPLACEMENT.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not ("ivig" in line and "2026-01-05" not in line)]
    one = next(o for o in foreseen_in("\n".join(kept)).drugs if o.measures == "igg")
    assert one.expected is not None
    assert one.expected.kind == "now"
    assert "cannot be said" in one.expected.says
    assert one.missing[0].settle == ("the day of the next dose",)


def test_a_value_of_a_day_of_infusion_is_not_used_until_somebody_says_when(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = tmp_path / "case.yaml"
    text = REPLACEMENT.read_text(encoding="utf-8")
    for apart, day in (("01-30", "02-02"), ("02-27", "03-02"), ("2026-03-27", "2026-02-02")):
        text = text.replace(apart, day)
    case.write_text(text, encoding="utf-8")
    one = igg(case)
    assert one.compared == ()
    assert one.basis == "population"
    assert "--same-day before or after" in one.missing[0].says
    assert run(["review", str(case), "--forecast", "--same-day", "before", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["forecast"]["drugs"][0]
    assert told["basis"] == "individual"
    assert [row["date"] for row in told["compared"]] == ["2026-02-02", "2026-02-02", "2026-03-02"]


# ---------------------------------------------------------------- B cells


def cells(text: str, as_of: str = "") -> Foreseen:
    return next(one for one in foreseen_in(text, as_of).drugs if one.measures == "cd19-count")


RITUXIMAB = """
case: made-up-rituximab
subject: {sex: female, age: 52 years}
measurements:
  - {cd19-count: 310 /uL, on: 2025-02-20}
  - {cd19-count: 2 /uL, on: 2025-06-01}
doses:
  - {rituximab: 1 g, on: 2025-03-01, route: iv}
  - {rituximab: 1 g, on: 2025-03-15, route: iv}
"""


def test_b_cells_start_at_the_persons_own_count_and_fall() -> None:
    one = cells(RITUXIMAB)
    assert one.series is not None
    assert one.series.line[0] == pytest.approx(310)
    assert one.series.low == ()
    (row,) = one.compared
    assert row.expected < 10
    assert row.is_within is None
    assert one.label == "calibrated"
    assert "310 /uL, measured" in one.notes[0]


def test_b_cells_come_back_later_than_a_dose_that_is_known_and_never_from_one_that_is_not() -> None:
    said = cells(RITUXIMAB).sentences[1]
    assert said.startswith("They are expected back at 10 per microlitre on about 20")
    unknown = cells(RITUXIMAB.replace("1 g, on: 2025-03-15", "unknown, on: 2025-03-15"))
    assert unknown.series is None
    assert unknown.expected is None
    assert "the amount is not known" in unknown.missing[0].says


# ---------------------------------------------------------------- what cannot be said


@pytest.mark.parametrize("months", [1, 3, 6, 9, 12, 18, 24, 30])
def test_the_case_report_is_forecast_only_where_its_doses_are_known(months: int) -> None:
    moment = datetime(2000 + (months - 1) // 12, (months - 1) % 12 + 1, 28)
    seed = review(seed_case(), library_of(packaged()), catalogue(), as_of=moment)
    found = with_forecast(seed).forecast
    assert found is not None
    for one in found.drugs:
        assert one.series is not None or one.missing
        assert all(missing.settle for missing in one.missing if one.series is None)
        assert one.expected is None or one.series is not None


def test_the_case_report_as_a_whole_says_what_it_lacks() -> None:
    found = with_forecast(reviewed(seed_case())).forecast
    assert found is not None
    by = {one.measures: one for one in found.drugs}
    assert set(by) == {"igg", "cd19-count"}
    assert all(one.series is None and one.expected is None for one in found.drugs)
    assert {missing.what for missing in by["igg"].missing} == {"igm", "dose", "body"}
    assert "its day is not known" in by["cd19-count"].missing[0].says


def test_disease_activity_is_refused_with_the_reason() -> None:
    refused = foresight(HIGH_DOSE).refused
    assert refused[0].measures == ("ldh",)
    assert "no model of an enzyme under immunoglobulin in myositis" in refused[0].says
    assert "tis" in refused[1].measures


def test_a_record_without_such_a_drug_says_so() -> None:
    found = with_forecast(bare()).forecast
    assert found is not None
    assert found.drugs == ()
    assert "holds no dose of a drug that a model forecasts" in found.refused[0].says


# ---------------------------------------------------------------- machine form and command


@pytest.mark.parametrize("path", [REPLACEMENT, HIGH_DOSE])
def test_the_json_keeps_its_schema(path: Path) -> None:
    text = files("stepline.review").joinpath("review.schema.json").read_text(encoding="utf-8")
    validator = Draft202012Validator(json.loads(text))
    plain = reviewed(read_case(path.read_text(encoding="utf-8"), path.name))
    assert as_json(plain)["forecast"] is None
    for one in (plain, with_forecast(plain)):
        validator.validate(json.loads(json.dumps(as_json(one))))


def test_the_seed_with_a_forecast_keeps_the_schema() -> None:
    text = files("stepline.review").joinpath("review.schema.json").read_text(encoding="utf-8")
    found = json.loads(json.dumps(as_json(with_forecast(reviewed(seed_case())))))
    Draft202012Validator(json.loads(text)).validate(found)


def test_same_day_without_a_forecast_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["review", str(REPLACEMENT), "--same-day", "before"]) == 2
    told = capsys.readouterr().err
    assert "--same-day" in told
    assert "add --forecast" in told


def test_a_review_without_a_forecast_loads_no_compiler() -> None:
    code = (
        "import sys\n"
        "from stepline.cli.main import run\n"
        f"assert run(['review', {str(REPLACEMENT)!r}]) == 0\n"
        "print([n for n in ('numba', 'scipy.optimize') if n in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]")
