"""`stepline plan` as a person runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stepline.cli.main import run

SEED = (
    "ivig-2g-over-5d-monthly", "--weight", "60kg", "--start", "2026-01-05", "--courses", "6",
    "--product", "flebogamma-dif-10",
)  # fmt: skip


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    """Makes a plan; gives the exit code, stdout and stderr."""

    def asked(*arguments: str) -> tuple[int, str, str]:
        code = run(["plan", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return asked


def test_the_json_holds_doses_totals_and_warnings(ask: Any) -> None:
    code, out, err = ask(*SEED, "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found["regimen"] == "ivig-2g-over-5d-monthly"
    assert len(found["doses"]) == 30
    first = found["doses"][0]
    assert first["amount"] == {"value": 25.0, "unit": "g"}
    assert first["exact"] == {"value": 24.0, "unit": "g", "volume_ml": 240.0}
    assert first["vials"] == [
        {"size": 20.0, "unit": "g", "count": 1},
        {"size": 5.0, "unit": "g", "count": 1},
    ]
    assert (first["date"], first["per"]) == ("2026-01-05", "day")
    assert found["totals"]["course"]["amount"] == {"value": 120.0, "unit": "g"}
    assert found["totals"]["plan"]["amount"] == {"value": 720.0, "unit": "g"}
    assert found["totals"]["day"]["exact"] == {"value": 24.0, "unit": "g"}
    assert [step["ml_per_h"] for step in first["rate_steps"]] == [36, 72, 144]
    assert (first["exact_duration_min"], round(first["duration_min"], 2)) == (137.5, 141.67)
    status = next(one for one in found["warnings"] if one["code"] == "rate-status")
    assert {one["status"] for one in status["evidence"]} == {"unconfirmed", "derived"}
    assert found["refusals"] == []


def test_the_table_always_shows_the_course_and_the_day(ask: Any) -> None:
    code, out, _ = ask(*SEED)
    assert code == 0
    assert "120 g in each course, 24 g on each of its 5 days" in out
    assert "Each day: 25 g or 20 g (ordered 24 g)" in out
    assert "It orders nothing." in out


def test_a_taper_says_in_its_head_that_it_is_proposed(ask: Any) -> None:
    given = ("prednisone-taper", "--weight", "60kg", "--start", "2026-01-05")
    code, _, err = ask(*given)
    assert code == 2
    assert "are unknown" in err
    code, out, _ = ask(*given, "--proposed")
    assert code == 0
    assert "PROPOSED" in out.splitlines()[1]


def test_a_dose_per_surface_without_a_height_says_what_is_needed(ask: Any) -> None:
    code, _, err = ask("rituximab-375-weekly-x4", "--weight", "60kg", "--start", "2026-01-05")
    assert code == 2
    assert "add --height" in err


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (
            ("ivig-400-weekly", "--weight", "60", "--start", "1026-01-05", "--courses", "0",
             "--height", "1.6m", "--product", "octagm", "--dose", "400IU/kg"),
            ["date-out-of-range", "height-in-metres", "unit-missing", "courses-wrong",
             "product-unknown", "dose-in-units"],
        ),
        (
            ("ivig-weekly", "--weight", "600kg", "--start", "2026-02-31", "--policy", "x"),
            ["regimen-unknown", "date-impossible", "weight-implausible", "word-unknown"],
        ),
        (("ivig-400-weekly", "--weight", "-60kg"), ["option-missing", "weight-implausible"]),
        (("ivig-400-weekly", "--start", "2026-01"), ["day-not-exact", "weight-missing"]),
        (
            ("methotrexate-weekly", "--start", "2026-01-05", "--closed", "3", "--courses", "1.5"),
            ["courses-wrong", "date-short-year", "weekday-missing"],
        ),
        (
            ("ivig-400-weekly", "--weight", "60kg", "--start", "2026-01-05", "--product",
             "privigen", "--policy", "within"),
            ["tolerance-missing"],
        ),
        (
            ("ivig-400-weekly", "--weight", "60kg", "--start", "2026-01-05", "--product",
             "octagam-10-eu", "--risk", "bad-luck"),
            ["risk-unknown"],
        ),
        (
            ("ivig-400-weekly", "--weight", "60kg", "--start", "2099-01-05", "--courses", "200"),
            ["date-out-of-range"],
        ),
    ],
)  # fmt: skip
def test_everything_wrong_is_refused_at_once(
    arguments: tuple[str, ...], codes: list[str], ask: Any
) -> None:
    code, out, err = ask(*arguments, "--json")
    assert code == 2
    assert [problem["code"] for problem in json.loads(out)["refused"]] == codes
    assert "Traceback" not in err
