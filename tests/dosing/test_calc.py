"""`stepline calc` as a person runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stepline.cli.main import run


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a calculation; gives its exit code, its stdout and its stderr."""

    def asked(*arguments: str) -> tuple[int, str, str]:
        code = run(["calc", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return asked


def test_bsa_as_json_has_every_method_in_order(ask: Any) -> None:
    code, out, _ = ask("bsa", "--height", "160cm", "--weight", "60kg", "--json")
    found = json.loads(out)
    assert code == 0
    assert [(one["method"], round(one["value"], 4), one["unit"]) for one in found["methods"]] == [
        ("mosteller", 1.6330, "m2"),
        ("du-bois", 1.6221, "m2"),
        ("haycock", 1.6405, "m2"),
        ("gehan-george", 1.6489, "m2"),
        ("boyd", 1.6558, "m2"),
        ("fujimoto", 1.5827, "m2"),
        ("takahira", 1.6349, "m2"),
    ]
    assert found["inputs"]["height"] == {"value": 160.0, "unit": "cm"}


@pytest.mark.parametrize(
    ("height", "weight", "codes"),
    [
        ("160", "60", ["unit-missing", "unit-missing"]),
        ("160cm", "-60kg", ["weight-implausible"]),
        ("160cm", "600kg", ["weight-implausible"]),
        ("1.6m", "600kg", ["height-in-metres", "weight-implausible"]),
        ("1,6m", "60kg", ["number-comma"]),
        ("160cm", "60cm", ["unit-mismatch"]),
        ("63cm", "60kg", ["body-size-implausible"]),
        ("tall", "NaN kg", ["number-unreadable", "number-not-finite"]),
        ("", "60kg", ["number-unreadable"]),
    ],
)
def test_wrong_body_sizes_are_refused_all_at_once(
    height: str, weight: str, codes: list[str], ask: Any
) -> None:
    code, out, err = ask("bsa", "--height", height, "--weight", weight, "--json")
    assert code == 2
    assert [problem["code"] for problem in json.loads(out)["refused"]] == codes
    assert "Traceback" not in err


def test_what_is_left_out_is_asked_for_by_name(ask: Any) -> None:
    code, out, err = ask("bsa")
    assert (code, out) == (2, "")
    assert "The height is missing." in err
    assert "The weight is missing." in err


def test_weight_without_a_sex_gives_what_it_can(ask: Any) -> None:
    code, out, _ = ask("weight", "--height", "160cm", "--weight", "60kg", "--json")
    methods = {one["method"]: one for one in json.loads(out)["methods"]}
    assert code == 0
    assert methods["actual"]["value"] == 60
    assert methods["ideal-devine"]["value"] is None
    assert methods["ideal-devine"]["missing"] == ["sex"]


def test_a_steroid_equivalent_is_a_sentence(ask: Any) -> None:
    code, out, _ = ask("steroid-equivalent", "--drug", "betamethasone", "--dose", "3mg/d")
    assert code == 0
    assert "20 mg/d to 25 mg/d prednisone" in out


def test_infusion_time_from_a_dose_per_kilogram(ask: Any) -> None:
    code, out, _ = ask(
        "infusion-time", "--product", "octagam-10-eu", "--dose", "0.4g/kg", "--weight", "60kg",
        "--indication", "dermatomyositis", "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert code == 0
    assert found["minutes"] == 137.5
    assert [step["ml_per_h"] for step in found["steps"]] == [36, 72, 144]
    assert found["product"]["id"] == "octagam-10-eu"


def test_infusion_time_of_stated_steps_needs_no_product(ask: Any) -> None:
    code, out, _ = ask(
        "infusion-time", "--dose", "24g", "--weight", "60kg", "--concentration", "100mg/mL",
        "--step", "0.01 mL/kg/min for 30 min", "--step", "0.02 mL/kg/min for 30 min",
        "--step", "0.12 mL/kg/min", "--cap", "0.04 mL/kg/min",
    )  # fmt: skip
    assert code == 0
    assert "2 h 17.5 min" in out
    assert "unconfirmed" in out


def test_immunoglobulin_in_units_and_an_unknown_product_are_refused_together(ask: Any) -> None:
    code, out, _ = ask("infusion-time", "--dose", "24 IU", "--product", "octagam", "--json")
    assert code == 2
    assert [one["code"] for one in json.loads(out)["refused"]] == [
        "dose-in-units",
        "product-unknown",
    ]


def test_everything_wrong_with_an_infusion_is_said_at_once(ask: Any) -> None:
    code, out, _ = ask(
        "infusion-time", "--dose", "0.4g/kg", "--weight", "6000kg", "--product", "octagam-10-eu",
        "--indication", "dermatomyositis", "--risk", "foo", "--cap", "5kg", "--json",
    )  # fmt: skip
    assert code == 2
    assert [one["code"] for one in json.loads(out)["refused"]] == [
        "weight-implausible",
        "rate-unit-wrong",
        "risk-unknown",
    ]


def test_a_course_in_thirds_does_not_cross_its_cap_by_a_rounding_of_ours(ask: Any) -> None:
    code, out, _ = ask(
        "vials", "--course-total", "2g/kg", "--weight", "63.7kg", "--days", "3",
        "--product", "octagam-10-eu", "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert code == 0
    assert found["inputs"]["cap_course"]["value"] == 127.4
    assert found["course"]["given"]["value"] == 127


def test_vials_of_a_course(ask: Any) -> None:
    code, out, _ = ask(
        "vials", "--course-total", "2g/kg", "--weight", "60kg", "--days", "5",
        "--product", "flebogamma-dif-10", "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert code == 0
    assert [day["given"]["value"] for day in found["days"]] == [25, 25, 25, 25, 20]
    assert found["inputs"]["cap_course"] == {"value": 120.0, "unit": "g"}


def test_rituximab_per_square_metre_takes_a_surface(ask: Any) -> None:
    code, out, _ = ask(
        "vials", "--dose", "375mg/m2", "--surface", "1.6330m2", "--product", "rituximab-iv",
    )  # fmt: skip
    assert code == 0
    assert "600 mg" in out
    code, _, err = ask("vials", "--dose", "375mg/m2", "--surface", "16m2", "--vial", "100mg")
    assert code == 2
    assert "cannot be 16 m²" in err


def test_a_dose_a_thousand_times_too_small_or_large_is_refused(ask: Any) -> None:
    for dose in ("24mg", "24kg"):
        code, _, err = ask("vials", "--dose", dose, "--product", "flebogamma-dif-10")
        assert code == 2
        assert "is no dose of ivig" in err


def test_150_g_for_5_days_is_refused_at_the_command_line(ask: Any) -> None:
    code, _, err = ask("vials", "--dose", "150g", "--days", "5", "--vial", "5g,10g,20g")
    assert code == 2
    assert "750 g in all" in err


def test_a_daily_dose_that_is_a_course_total_is_refused_by_its_weight(ask: Any) -> None:
    code, _, err = ask(
        "vials", "--per-day", "2g/kg", "--weight", "75kg", "--days", "5",
        "--product", "flebogamma-dif-10",
    )  # fmt: skip
    assert code == 2
    assert "at most 150 g in a course" in err


def test_a_rounding_that_cannot_be_met_is_an_answer(ask: Any) -> None:
    code, out, _ = ask(
        "vials", "--dose", "12g", "--vial", "5g,10g,20g", "--policy", "nearest",
        "--tolerance", "10%",
    )  # fmt: skip
    assert code == 0
    assert "10 g (−16.7 %) or 15 g (+25 %)" in out


@pytest.mark.parametrize("name", ["bsa", "weight", "steroid-equivalent", "infusion-time", "vials"])
def test_every_calculation_asked_for_nothing_says_what_it_needs(name: str, ask: Any) -> None:
    code, out, err = ask(name, "--json")
    assert code == 2
    assert json.loads(out)["refused"]
    assert "Traceback" not in err
