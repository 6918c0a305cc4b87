"""What drives a forecast: doses, body and measured values, and what is not known of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.dosing.plan_reading import read_request
from stepline.dosing.planning import make_plan
from stepline.forecast.doses import no_doses
from stepline.forecast.driving import Driving, of_plan, with_baseline
from stepline.forecast.driving_record import of_record
from stepline.forecast.forecasting import forecast
from stepline.forecast.individual import ForecastRefused, individual
from stepline.forecast.measuring import SameDay
from stepline.forecast.models import model
from stepline.forecast.predicting import concentrations
from stepline.record.casefile import read_case
from stepline.record.model import Record

NAVARRO = model("navarro-mora-2022")
HEAD = """
case: replacement
subject: {sex: female, age: 52 years}
body:
  - {weight: 68 kg, on: 2025-12-20}
"""
DOSES = """
doses:
  - {ivig: 0.4 g/kg, on: 2026-01-05, route: iv, intent: replacement}
  - {ivig: 0.4 g/kg, on: 2026-02-02, route: iv, intent: replacement}
"""


def record(measurements: str = "", doses: str = DOSES, head: str = HEAD) -> Record:
    listed = f"measurements:\n{measurements}" if measurements else ""
    return read_case(f"{head}{listed}{doses}", "case.yaml")


def driving(**kept: str) -> Driving:
    return of_record(record(**kept), NAVARRO)


def codes(refusal: pytest.ExceptionInfo[ForecastRefused]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


def test_doses_per_kilogram_count_with_the_weight_of_then() -> None:
    heavier = HEAD + "  - {weight: 75 kg, on: 2026-01-20}\n"
    found = driving(head=heavier)
    assert [one.amount for one in found.doses] == [Decimal("27.2"), Decimal("30.0")]
    assert found.known["weight"].value == 75
    assert "2026-01-20" in found.known["weight"].says


def test_a_weight_of_later_does_not_make_a_dose_known() -> None:
    late = HEAD.replace("2025-12-20", "2026-01-20")
    found = driving(head=late)
    assert [one.amount for one in found.doses] == [Decimal("27.2")]
    assert ["body size" in one.says for one in found.untold] == [True]


def test_an_old_weight_is_used_and_said() -> None:
    old = HEAD.replace("2025-12-20", "2025-01-20")
    assert any("answers for" in note for note in driving(head=old).notes)


@pytest.mark.parametrize(
    ("dose", "word"),
    [
        ("{ivig: unknown, on: 2026-03-02}", "amount is not known"),
        ("{ivig: 27 g, on: 2026-02}", "day is not known"),
    ],
)
def test_a_dose_that_is_not_known_stops_the_forecast_until_it_is_washed_out(
    dose: str, word: str
) -> None:
    found = driving(doses=f"{DOSES}  - {dose}\n")
    with pytest.raises(ForecastRefused, match=word) as refusal:
        forecast(NAVARRO, found, draws=100)
    assert codes(refusal) == ["dose-unknown"]


def test_a_dose_not_known_years_before_is_washed_out_and_said() -> None:
    before = DOSES.replace("doses:\n", "doses:\n  - {ivig: unknown, on: 2024-01-05, route: iv}\n")
    shown = forecast(NAVARRO, driving(doses=before), draws=100)
    assert shown.driving.clear_from is not None
    assert datetime(2024, 4, 1) < shown.driving.clear_from < datetime(2024, 7, 1)
    assert any("washed out by" in note for note in shown.driving.notes)


def test_igg_from_before_treatment_takes_the_place_of_the_models() -> None:
    shown = forecast(
        NAVARRO, driving(measurements="  - {igg: 2.9 g/L, on: 2025-12-20}\n"), draws=100
    )
    assert shown.values["endogenous"] == 2.9
    assert shown.cycles[0].trough.value == pytest.approx(2.9)
    assert shown.driving.baseline is not None
    assert "16 days before the first dose" in shown.driving.baseline.says


def test_igg_older_than_it_answers_for_is_no_baseline() -> None:
    assert driving(measurements="  - {igg: 2.9 g/L, on: 2025-03-20}\n").baseline is None


def test_igg_of_a_day_of_infusion_is_used_only_where_its_place_is_stated() -> None:
    case = record(measurements="  - {igg: 5.5 g/L, on: 2026-02-02}\n")
    unknown = of_record(case, NAVARRO)
    assert unknown.measured == ()
    assert "--same-day" in unknown.unused[0]
    before = forecast(NAVARRO, of_record(case, NAVARRO, same_day=SameDay.BEFORE), draws=100)
    after = forecast(NAVARRO, of_record(case, NAVARRO, same_day=SameDay.AFTER), draws=100)
    assert before.fit is not None
    assert after.fit is not None
    assert before.seen[0].predicted < 7 < after.seen[0].predicted


def test_igg_in_another_unit_is_the_same_igg() -> None:
    grams = driving(measurements="  - {igg: 6.1 g/L, on: 2026-02-20}\n")
    milligrams = driving(measurements="  - {igg: 610 mg/dL, on: 2026-02-20}\n")
    assert grams.measured[0].value == milligrams.measured[0].value == Decimal("6.1")


def test_a_stated_value_goes_before_that_of_the_record() -> None:
    found = of_record(record(), NAVARRO, stated={"weight": Decimal(80)}, baseline=Decimal("3.1"))
    assert found.known["weight"].value == 80
    assert found.baseline is not None
    assert found.baseline.value == Decimal("3.1")
    assert [one.amount for one in found.doses] == [Decimal("27.2")] * 2


def test_what_is_given_later_is_not_known_yet() -> None:
    found = of_record(record(), NAVARRO, as_of=datetime(2026, 1, 10))
    assert len(found.doses) == 1


def test_a_weekly_dose_under_the_skin_goes_on_as_ordered() -> None:
    weekly = "doses:\n  - {scig: 10 g, every: P7D, from: 2026-01-05, until: ongoing, route: sc}\n"
    lasting = "  - {igg: 8.0 g/L, on: 2026-02-11}\n"
    found = of_record(record(lasting, weekly), NAVARRO, until=timedelta(weeks=4))
    assert all(one.is_depot for one in found.doses)
    assert [one.is_ahead for one in found.doses].count(False) == 6
    assert [one.is_ahead for one in found.doses].count(True) == 4
    assert any("go on as ordered" in note for note in found.notes)


def test_a_model_without_a_depot_refuses_subcutaneous_doses() -> None:
    weekly = DOSES + "  - {scig: 10 g, on: 2026-02-09, route: sc}\n"
    with pytest.raises(ForecastRefused) as refusal:
        of_record(record(doses=weekly), model("cheng-2026"))
    assert codes(refusal) == ["drug-not-in-model"]


def test_a_missing_covariate_says_how_to_state_it() -> None:
    found = of_record(record(), model("cheng-2026"))
    with pytest.raises(ForecastRefused) as refusal:
        forecast(model("cheng-2026"), found, draws=100)
    assert codes(refusal) == ["covariate-missing", "covariate-missing"]
    assert "--covariate igm=" in str(refusal.value)
    assert "--covariate antibody-deficiency=" in str(refusal.value)


def test_after_rituximab_the_deficiency_is_secondary() -> None:
    treated = DOSES + "  - {rituximab: 1 g, on: 2025-03-01, route: iv}\n"
    found = of_record(record(doses=treated), model("cheng-2026"))
    assert found.known["antibody-deficiency"].value == 1
    assert "rituximab" in found.known["antibody-deficiency"].says


@settings(max_examples=20)
@given(st.permutations(range(4)))
def test_the_order_of_entries_changes_nothing(order: list[int]) -> None:
    entries = [f"  - {{ivig: {20 + n} g, on: 2026-0{n + 1}-05, route: iv}}\n" for n in range(4)]
    shuffled = "doses:\n" + "".join(entries[at] for at in order)
    plain = "doses:\n" + "".join(entries)
    one, other = driving(doses=shuffled), driving(doses=plain)
    assert [(d.time, d.amount) for d in one.doses] == [(d.time, d.amount) for d in other.doses]


def test_a_plan_gives_its_vials_and_its_length_of_infusion() -> None:
    plan = make_plan(
        read_request(
            {
                "regimen": "ivig-400-every-4-weeks-replacement",
                "start": "2026-01-05",
                "weight": "68kg",
                "courses": "3",
                "product": "flebogamma-dif-10",
                "indication": "replacement",
            }
        )
    )
    found = of_plan(plan, NAVARRO, {})
    assert [one.amount for one in found.doses] == [
        plan.doses[at].portion.amount.value for at in range(3)
    ]
    assert all(one.minutes for one in found.doses)
    assert found.notes == ()
    assert found.until == datetime(2026, 3, 30)


def test_a_daily_drug_is_no_forecast() -> None:
    asked = {"regimen": "azathioprine-2mg-kg", "start": "2026-01-05", "weight": "68kg"}
    from stepline.protocol.loading import packaged

    daily = [r.id for r in packaged().regimens if r.give.basis.value == "per-day"]
    for regimen in daily[:1]:
        plan = make_plan(read_request({**asked, "regimen": regimen, "proposed": True}))
        with pytest.raises(ForecastRefused) as refusal:
            of_plan(plan, NAVARRO, {})
        assert "drug-not-in-model" in codes(refusal)


def test_a_value_of_the_first_day_stated_to_be_from_before_is_the_patients_own() -> None:
    case = record(measurements="  - {igg: 2.9 g/L, on: 2026-01-05}\n")
    assert of_record(case, NAVARRO).baseline is None
    before = of_record(case, NAVARRO, same_day=SameDay.BEFORE)
    assert before.baseline is not None
    assert before.baseline.value == Decimal("2.9")
    assert before.measured == ()


def test_a_baseline_that_is_too_old_is_said() -> None:
    old = driving(measurements="  - {igg: 2.9 g/L, on: 2025-03-20}\n")
    assert "not taken for the patient's own" in old.unused[0]


def test_values_that_all_fall_short_are_told_as_a_change_of_the_patients_own() -> None:
    falling = "".join(
        f"  - {{igg: {value} g/L, on: {day}}}\n"
        for value, day in (
            ("6.6", "2025-12-20"),
            ("4.9", "2027-01-05"),
            ("4.6", "2027-07-05"),
            ("4.2", "2028-01-05"),
        )
    )
    shown = forecast(NAVARRO, driving(measurements=falling), draws=100)
    assert any("all lie below the fitted course" in one for one in shown.cautions)
    steady = falling.replace("4.9", "6.5").replace("4.6", "6.7").replace("4.2", "6.6")
    calm = forecast(NAVARRO, driving(measurements=steady), draws=100)
    assert not any("fitted course" in one for one in calm.cautions)


def test_a_stated_baseline_is_the_level_at_rest_of_a_model_of_recycling() -> None:
    found = of_record(record(), model("kim-2007"), baseline=Decimal(5))
    own = with_baseline(model("kim-2007"), found)
    at_rest = concentrations(own, individual(own, {"weight": 68}), no_doses(), np.array([0.0, 400]))
    assert at_rest == pytest.approx([5, 5], rel=1e-9)
