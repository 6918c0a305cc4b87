"""`stepline forecast --chain`, as a clinician types it: rituximab, B cells, IgG, replacement."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from stepline.cli.main import run

CASE = """
case: after rituximab
subject: {sex: female, age: 52 years}
body:
  - {weight: 68 kg, on: 2025-06-10}
measurements:
  - {igg: 7.8 g/L, on: 2025-01-10}
  - {cd19-count: 150 /uL, on: 2025-01-10}
  - {cd19-count: 1 /uL, on: 2025-05-05}
  - {igg: 5.1 g/L, on: 2025-10-10}
doses:
  - {rituximab: 1 g, on: 2025-02-01, route: iv}
  - {rituximab: 1 g, on: 2025-02-15, route: iv}
  - {ivig: 0.4 g/kg, on: 2025-09-05, route: iv, intent: replacement}
"""
TWICE = ("--regimen", "rituximab-1g-x2", "--weight", "70kg", "--chain")
STATED = ("--share-short-lived", "0.5", "--k-production", "0.03/d")
FEW = ("--draws", "100")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["forecast", *arguments]) == code
    shown = capsys.readouterr()
    return shown.out if code == 0 else shown.err


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(told(capsys, *arguments, *FEW, "--json"))
    return held


def test_b_cells_return_after_one_gram_twice_when_the_model_was_calibrated_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Day 307 and, for 375 mg/m² four times at 1.8 m², day 317: the page of figures."""
    four = ("--compare", "rituximab-375-weekly-x4", "--height", "166.6cm")
    both = found(capsys, *TWICE, *four)
    cells = both["crossings"]["cd19"]
    assert cells["returns"]["day"] == pytest.approx(307, abs=1)
    assert cells["returns_low_day"] < cells["returns"]["day"] < cells["returns_high_day"]
    assert [row["regimen"] for row in both["compared"]] == [
        "rituximab-1g-x2",
        "rituximab-375-weekly-x4",
    ]
    assert both["compared"][1]["milligrams"] == pytest.approx(2700, abs=100)  # whole vials
    assert both["compared"][1]["returns_day"] == pytest.approx(317, abs=1)


def test_without_what_ties_igg_to_b_cells_there_is_no_igg(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "IgG       not forecast" in told(capsys, *TWICE, *FEW)
    for asks in (("--target", "igg trough >= 4 g/L"), ("--baseline", "igg 9.2 g/L")):
        said = told(capsys, *TWICE, *asks, code=2)
        assert asks[0] in said
        assert "no published model gives it" in said
        assert "--production igg-production-ms" in said


def test_the_surrogate_of_multiple_sclerosis_is_named_with_its_caution(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = told(capsys, *TWICE, "--baseline", "9.2 g/L", "--production", "igg-production-ms", *FEW)
    assert "igg-production-ms 1.0.0 (calibrated by this project, not published" in said
    assert "in vasculitis IgG falls more and earlier" in said
    assert "before 9.2 g/L (stated)" in said
    assert said.strip().endswith("it orders nothing.")


def test_production_that_does_not_depend_on_b_cells_keeps_igg(
    capsys: pytest.CaptureFixture[str],
) -> None:
    none = ("--share-short-lived", "0", "--k-production", "0.02/d")
    target = ("--target", "igg trough >= 4 g/L")
    held = found(capsys, *TWICE, "--baseline", "igg 9.2 g/L", *none, *target)
    assert held["series"]["igg"]["value"] == pytest.approx(
        [9.2] * len(held["series"]["igg"]["days"])
    )
    assert held["crossings"]["igg"]["level"]["crosses"] is None


def test_a_level_that_is_crossed_is_held_by_a_dose_in_grams_and_grams_a_kilogram(
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = ("--target", "igg trough >= 4 g/L", "--baseline", "igg 5.2 g/L, cd19 180 /uL")
    said = told(capsys, *TWICE, *STATED, *target, *FEW)
    assert "before 180 /uL (stated)" in said
    assert "g/kg" in said
    level = found(capsys, *TWICE, *STATED, *target)["crossings"]["igg"]["level"]
    hold = level["hold"]
    assert hold["grams"] > 0
    assert hold["grams_per_kg"] == pytest.approx(hold["grams"] / 70)
    assert hold["every_days"] == 28
    assert level["crosses"]["day"] == hold["from"]["day"]
    often = found(capsys, *TWICE, *STATED, *target, "--every", "2w")["crossings"]["igg"]["level"]
    assert often["hold"]["grams"] < hold["grams"]


def test_b_cells_calibrated_with_another_model_of_rituximab_are_doubted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = ("--model", "rozman-2017", "--age", "60 years", "--sex", "male")
    apart = ("--covariate", "progressor=0")
    said = told(capsys, *TWICE, *other, *apart, *FEW)
    assert "was calibrated with rituximab-calibrated; with rozman-2017" in said
    assert "was calibrated with rituximab-calibrated" not in told(capsys, *TWICE, *FEW)


def test_a_record_gives_its_doses_baselines_and_measured_values(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = found(capsys, str(case), "--chain", *STATED, "--target", "igg trough >= 6 g/L")
    assert [(one["drug"], one["at"], one["amount"]) for one in held["doses"]] == [
        ("rituximab", "2025-02-01", 1000.0),
        ("rituximab", "2025-02-15", 1000.0),
        ("immunoglobulin", "2025-09-05", 27.2),
    ]
    assert held["baselines"]["igg"]["value"] == 7.8
    assert held["baselines"]["cd19-count"]["value"] == 150
    assert [(one["series"], one["at"], one["value"]) for one in held["measured"]] == [
        ("cd19", "2025-05-05", 1.0),
        ("igg", "2025-10-10", 5.1),
    ]
    assert held["as_of"]["at"] == "2025-10-10"
    assert held["series"]["cd19"]["value"][0] == pytest.approx(150)
    assert {"local", "secondary", "derived"} <= {one["status"] for one in held["evidence"]}
    assert not [note for note in held["notes"] if "no number in mg/L" in note]


def test_the_order_of_a_record_changes_nothing(
    tmp_path: Path, case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, doses = CASE.split("doses:\n")
    other = tmp_path / "other.yaml"
    turned = "\n".join(reversed(doses.strip("\n").splitlines()))
    other.write_text(f"{head}doses:\n{turned}\n", encoding="utf-8")
    one, two = (found(capsys, str(path), "--chain", *STATED) for path in (case, other))
    assert one["series"] == two["series"]
    assert one["crossings"] == two["crossings"]


def test_a_dose_of_rituximab_that_is_not_known_is_refused_however_old(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(
        CASE + "  - {rituximab: unknown, on: 2019-02-01, route: iv}\n", encoding="utf-8"
    )
    said = told(capsys, str(path), "--chain", code=2)
    assert "its effect on B cells may last" in said
    assert "state it in the record" in said


def test_everything_that_cannot_be_used_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = (
        *("--baseline", "igg 0 g/L", "--target", "igg peak <= 3 g/L", "--share-short-lived", "0.3"),
        *("--cd19-limit", "ten", "--until", "5y", "--every", "4", "--model", "li-2024b-grip"),
        *("--compare", "nonsense", "--html", str(tmp_path / "page.html")),
    )
    said = told(capsys, *TWICE, *wrong, code=2)
    for option in ("--baseline", "--target", "--k-production", "--cd19-limit", "--until", "--every",
                   "--model", "--html"):  # fmt: skip
        assert f"{option}: " in said, option
    assert "nonsense" in said
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--k-slow", "0.1/d"), "add --chain"),
        (("--chain", "--regimen", "ivig-400-every-4-weeks-replacement"), "begins with rituximab"),
        (("--chain", "--share-short-lived", "2", "--k-production", "0.1/d"), "0 to 1"),
        (("--chain", "--production", "zhang-2020"), "nothing of the production of IgG"),
        (("--chain", "--model", "lioger-2017", "--model", "chen-2021"), "Two models stand for"),
        (("--chain", "--model", "yu-2022-b-cells"), "driven by ofatumumab"),
        (("--chain", "--model", "lioger-2017"), "needs body-surface"),
    ],
)
def test_what_is_refused_says_how_to_mend_it(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = () if "--regimen" in arguments else ("--regimen", "rituximab-1g-x2")
    assert words in told(capsys, *first, "--weight", "70kg", *arguments, code=2)


def test_the_figure_has_a_panel_a_series_and_is_the_same_each_time(
    tmp_path: Path, case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = []
    for name in ("one.svg", "two.svg"):
        path = tmp_path / name
        told(capsys, str(case), "--chain", *STATED, "--svg", str(path), *FEW)
        drawn.append(path.read_bytes())
    assert drawn[0] == drawn[1]
    root = ET.fromstring(drawn[0])
    groups = [one.get("class") for one in root.iter("{http://www.w3.org/2000/svg}g")]
    assert groups.count("course") == 3
    assert groups.count("dose") == 3
    assert groups.count("measured") == 2
