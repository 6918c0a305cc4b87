"""`stepline forecast` of a record or a regimen, as a new user types it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from stepline.cli.main import run

CASE = """
case: replacement
subject: {sex: female, age: 52 years}
body:
  - {weight: 68 kg, on: 2025-12-20}
measurements:
  - {igg: 3.4 g/L, on: 2025-12-20}
  - {igm: 0.15 g/L, on: 2025-12-20}
  - {igg: 6.1 g/L, on: 2026-02-27}
doses:
  - {rituximab: 1 g, on: 2025-03-01, route: iv}
  - {ivig: 0.4 g/kg, on: 2026-01-05, route: iv, intent: replacement}
  - {ivig: 0.4 g/kg, on: 2026-02-02, route: iv, intent: replacement}
  - {ivig: 0.4 g/kg, on: 2026-03-02, route: iv, intent: replacement}
"""
REGIMEN = ("--regimen", "ivig-400-every-4-weeks-replacement")
GRID = ("--what-if", "dose=0.2,0.4g/kg interval=3w,4w", "--target", "igg trough >= 6 g/L")


@pytest.fixture
def case(tmp_path: Path) -> str:
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["forecast", *arguments]) == code
    shown = capsys.readouterr()
    return shown.out if code == 0 else shown.err


def test_a_record_is_fitted_by_the_model_of_its_indication(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(capsys, case, "--draws", "200")
    assert "cheng-2026" in said
    assert "replacement after rituximab" in said
    assert "fitted to this person" in said
    assert "Fitted in children" in said
    assert said.strip().endswith("it orders nothing.")


def test_json_holds_evidence_inputs_and_doubts(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ("--model", "cheng-2026", "--model", "navarro-mora-2022")
    found = json.loads(told(capsys, case, *both, *GRID, "--draws", "200", "--json"))
    first = found["forecasts"][0]
    assert first["basis"] == "individual"
    assert first["driving"]["baseline"]["value"] == 3.4
    assert {one["source"] for one in first["model"]["evidence"]} >= {"cheng-2026"}
    assert first["fit"]["parameters"]["cl"]["low"] < first["fit"]["parameters"]["cl"]["high"]
    assert len(found["what_if"]) == 2
    assert len(found["what_if"][0]["candidates"]) == 4
    assert found["disagreement"]["trough"]["low"] <= found["disagreement"]["trough"]["high"]
    assert "orders nothing" in found["creed"]


def test_a_regimen_without_a_start_is_counted_in_days(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = told(capsys, *REGIMEN, "--weight", "70kg", "--draws", "200")
    assert "day 28" in said
    assert "2001" not in said
    dated = told(capsys, *REGIMEN, "--weight", "70kg", "--start", "2026-01-05", "--draws", "200")
    assert "2026-02-02" in dated


def test_a_model_that_cannot_answer_stands_beside_those_that_can(
    capsys: pytest.CaptureFixture[str],
) -> None:
    both = ("--model", "cheng-2026", "--model", "navarro-mora-2022")
    said = told(capsys, *REGIMEN, "--weight", "70kg", *both, "--draws", "200")
    assert "Without cheng-2026: The model cheng-2026 needs" in said
    assert "Navarro-Mora" in said


def test_figures_are_written_and_are_the_same_twice(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = []
    for name in ("one", "two"):
        svg, html = tmp_path / f"{name}.svg", tmp_path / f"{name}.html"
        told(capsys, case, *GRID, "--draws", "200", "--svg", str(svg), "--html", str(html))
        pages.append((svg.read_text(encoding="utf-8"), html.read_text(encoding="utf-8")))
    assert pages[0] == pages[1]
    assert "0.4 g/kg every 4 weeks" in pages[0][0]
    assert "http" not in pages[0][1].replace("http://www.w3.org/2000/svg", "").replace(
        "http-equiv", ""
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("--regimen",)),
        ((*REGIMEN, "--weight", "70kg", "--as-of", "2026-01-01"), ("--as-of", "record")),
        ((*REGIMEN, "--weight", "70kg", "--covariate", "shoe=44"), ("--covariate", "igm")),
        ((*REGIMEN, "--weight", "70kg", "--covariate", "igm=-1"), ("igm", "more than 0")),
        ((*REGIMEN, "--weight", "70kg", "--until", "soon"), ("--until", "12w")),
        ((*REGIMEN, "--weight", "70kg", "--model", "navaro-2022"), ("navarro-mora-2022",)),
        ((*REGIMEN, "--weight", "70kg", "--probability", "90%"), ("--what-if",)),
        ((*REGIMEN, "--weight", "70kg", "--target", "ldh trough >= 6 g/L"), ("igg trough",)),
        ((*REGIMEN,), ("weight",)),
        (("--regimen", "prednisone-taper-x", "--weight", "70kg"), ("no regimen",)),
        ((*REGIMEN, "--weight", "70kg", "--baseline", "3"), ("unit",)),
        (("nowhere.yaml",), ("nowhere.yaml",)),
        (("nowhere.yaml", "--start", "2026-01-01"), ("--start", "regimen")),
    ],
)
def test_what_cannot_be_used_is_said_in_sentences(
    arguments: tuple[str, ...], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(capsys, *arguments, code=2)
    for word in words:
        assert word in said
    assert "Traceback" not in said


def test_a_record_goes_on_with_a_regimen(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    later = ("--start", "2026-03-30", "--until", "20w", "--draws", "200", "--json")
    found = json.loads(told(capsys, case, *REGIMEN, *later))["forecasts"][0]
    doses = found["driving"]["doses"]
    assert [one["at"] for one in doses if not one["ahead"]] == [
        "2026-01-05",
        "2026-02-02",
        "2026-03-02",
    ]
    assert [one["at"] for one in doses if one["ahead"]][:2] == ["2026-03-30", "2026-04-27"]
    assert found["basis"] == "individual"
    early = told(capsys, case, *REGIMEN, "--start", "2026-01-30", code=2)
    assert "2026-03-02 or later" in early


def test_when_the_forecast_falls_below_a_target(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = ("--target", "igg trough >= 6 g/L", "--draws", "200")
    found = json.loads(told(capsys, case, *target, "--json"))["forecasts"][0]
    days, line = found["series"]["days"], found["series"]["value"]
    last_dose = 56
    below = [day for day, value in zip(days, line, strict=True) if day > last_dose and value < 6]
    assert found["below"]["limit"] == 6
    assert found["below"]["line"] == f"{date(2026, 1, 5) + timedelta(days=int(below[0]))}"
    assert found["below"]["soonest"] <= found["below"]["line"]
    assert "below 6 g/L: from 2026-" in told(capsys, case, *target)
