"""Plans as values: what holds for every weight, start and regimen."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.evidence import Status
from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.bodysize import body_size
from stepline.dosing.plan_model import OpenDays, Plan, PlanRequest
from stepline.dosing.plan_reading import read_regimen
from stepline.dosing.planning import make_plan
from stepline.dosing.products import Choice, product
from stepline.dosing.reading import read_ladder
from stepline.dosing.rounding import Policy
from stepline.protocol.loading import packaged
from tests.dosing.plans import plan_of, says, told
from tests.dosing.values import codes, q

MONDAY = date(2026, 1, 5)
MONTHLY, WEEKLY = "ivig-2g-over-5d-monthly", "ivig-400-weekly"
WEIGHTS = st.integers(min_value=30, max_value=120)


def planned(
    regimen: str, weight: str = "60kg", start: date = MONDAY, brand: str = "", **more: object
) -> Plan:
    """A plan for a body of 160 cm."""
    one = product(brand) if brand else None
    size = body_size(q("160cm"), q(weight))
    request = PlanRequest(read_regimen(regimen), start, size, product=one, **more)  # type: ignore[arg-type]
    return make_plan(request)


def mg(quantity: Quantity) -> Fraction:
    """A mass in mg."""
    return in_unit(quantity, "mg")


def test_the_seed_course_is_120_g_in_whole_vials_on_calendar_months() -> None:
    plan = planned(MONTHLY, brand="flebogamma-dif-10")
    first = plan.of_course(1)
    assert [dose.portion.amount.say() for dose in first] == ["25 g"] * 4 + ["20 g"]
    assert {dose.portion.exact.say() for dose in first} == {"24 g"}
    assert [plan.of_course(n)[0].date.isoformat()[5:] for n in range(1, 7)] == [
        "01-05", "02-05", "03-05", "04-05", "05-05", "06-05",
    ]  # fmt: skip
    assert plan.courses == 6


def test_a_ladder_with_unknown_steps_gives_no_minutes() -> None:
    run = planned(MONTHLY, brand="kiovig").doses[0].portion.run
    assert run is not None
    assert [(step.ml_per_h, step.minutes) for step in run.steps] == [
        (Fraction(30), 30),
        (Fraction(144), None),
    ]
    assert run.infusion.minutes is None


def test_a_known_ladder_stops_at_the_cap_of_the_indication() -> None:
    run = planned(MONTHLY, brand="octagam-10-eu").doses[0].portion.run
    assert run is not None
    assert [step.ml_per_h for step in run.steps] == [36, 72, 144]
    assert run.infusion.minutes is not None


def test_half_the_strength_is_twice_the_volume_and_said() -> None:
    weak, strong = (planned(MONTHLY, brand=f"flebogamma-dif-{n}") for n in (5, 10))
    exact = [one.doses[0].portion.volume_ml(one.doses[0].portion.exact) for one in (weak, strong)]
    assert exact == [480, 240]
    assert "volume-differs" in [caution.code for caution in weak.cautions]
    assert "volume-differs" not in [caution.code for caution in strong.cautions]


@given(weight=WEIGHTS)
@settings(max_examples=25, deadline=None)
def test_the_total_is_the_sum_of_the_days_and_never_above_the_cap(weight: int) -> None:
    plan = planned(MONTHLY, f"{weight}kg", brand="flebogamma-dif-10", courses=2)
    days = [dose.portion for dose in plan.of_course(1)]
    assert sum(mg(day.exact) for day in days) == weight * 2000 == mg(plan.course.course_total)
    assert sum(mg(day.amount) for day in days) <= weight * 2000
    for day in days:
        assert sum(mg(size) * count for size, count in day.pieces) == mg(day.amount)


@given(weight=WEIGHTS, times=st.sampled_from(["1.5", "1.2", "0.5"]))
@settings(max_examples=20, deadline=None)
def test_a_heavier_body_gets_exactly_so_much_more(weight: int, times: str) -> None:
    factor = Decimal(times)
    one, other = (planned(WEEKLY, f"{kg}kg").doses[0] for kg in (weight, weight * factor))
    assert mg(other.portion.exact) == mg(one.portion.exact) * Fraction(factor)


@given(shift=st.integers(min_value=0, max_value=3000))
@settings(max_examples=20, deadline=None)
def test_a_later_start_moves_every_date_of_a_regimen_in_days_alike(shift: int) -> None:
    days = timedelta(days=shift)
    one = planned("ivig-2g-over-2d-every-4-weeks")
    other = planned("ivig-2g-over-2d-every-4-weeks", start=MONDAY + days)
    assert [dose.date + days for dose in one.doses] == [dose.date for dose in other.doses]


_UNPLANNABLE = {
    "methylprednisolone-monthly-pulses": ["dose-unknown"],
}


def by_itself(regimen: str) -> Plan:
    """A regimen with nothing but what it asks for."""
    known = read_regimen(regimen)
    weekday = 1 if known.repeat and known.repeat.weekday else None
    courses = 2 if regimen == "folic-acid-weekly" else None
    proposed = known.taper is not None
    return planned(regimen, weekday=weekday, courses=courses, proposed=proposed)


@pytest.mark.parametrize("regimen", [one.id for one in packaged().regimens])
def test_every_regimen_whose_dose_is_known_is_planned_within_its_caps(regimen: str) -> None:
    if regimen in _UNPLANNABLE:
        assert codes(lambda: by_itself(regimen)) == _UNPLANNABLE[regimen]
        return
    plan = by_itself(regimen)
    assert plan.as_json()["doses"]
    for dose in plan.doses:
        for cap in read_regimen(regimen).never_above:
            if cap.dose.unit in ("g", "mg"):
                assert mg(dose.portion.amount) <= mg(cap.dose)


def test_a_month_after_the_31st_is_the_last_day_and_does_not_drift() -> None:
    plan = planned(MONTHLY, start=date(2026, 1, 31), courses=3)
    starts = [plan.of_course(number)[0].date for number in (1, 2, 3)]
    assert starts == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert "month-end" in [caution.code for caution in plan.cautions]


def test_closed_days_move_a_whole_course_and_the_next_is_counted_from_the_start() -> None:
    closed = OpenDays(weekdays_only=True, closed=(date(2026, 3, 9),))
    plan = planned(MONTHLY, courses=4, open_days=closed)
    starts = [plan.of_course(number)[0].date for number in (1, 2, 3, 4)]
    assert starts == [MONDAY, date(2026, 2, 9), date(2026, 3, 16), date(2026, 4, 6)]
    assert all(closed.holds(dose.date) for dose in plan.doses)


def test_the_second_of_a_pair_comes_on_day_15_and_runs_faster() -> None:
    first, second = planned("rituximab-1g-x2").doses
    assert (first.day, second.day) == (1, 15)
    assert second.date - first.date == timedelta(days=14)
    assert first.portion.run is not None
    assert second.portion.run is not None
    minutes = [one.portion.run.infusion.minutes for one in (first, second) if one.portion.run]
    assert minutes == [255, 195]


def test_a_dose_per_surface_uses_the_formula_of_the_regimen() -> None:
    plan = planned("rituximab-375-weekly-x4")
    assert round(float(plan.doses[0].portion.exact.value), 1) == 612.4
    assert plan.doses[0].portion.amount.say() == "600 mg"
    assert [dose.date.isoweekday() for dose in plan.doses] == [1, 1, 1, 1]


def test_a_taper_is_proposed_in_equal_steps_without_a_gap() -> None:
    plan = planned("prednisone-taper", proposed=True)
    amounts = [int(dose.portion.amount.value) for dose in plan.doses]
    assert amounts == list(range(90, 0, -5))
    assert plan.doses[-1].date == date(2026, 7, 5)
    assert plan.doses[-1].until is None
    for one, following in zip(plan.doses, plan.doses[1:], strict=False):
        assert one.until is not None
        assert following.date - one.until == timedelta(days=1)
        assert one.days in (10, 11)


def test_a_maximum_is_rounded_down() -> None:
    plan = planned("prednisone-high-dose", "62kg")
    assert plan.doses[0].portion.amount.say() == "90 mg"
    assert "dose-is-maximum" in [caution.code for caution in plan.cautions]


@pytest.mark.parametrize(
    ("regimen", "more", "expected"),
    [
        (MONTHLY, {"per_day": "2g/kg"}, ["course-exceeded"]),
        (MONTHLY, {"course_total": "3g/kg"}, ["dose-above-cap"]),
        (MONTHLY, {"course_total": "1g/kg"}, ["dose-outside-regimen"]),
        (MONTHLY, {"course_total": "2g/kg", "per_day": "0.3g/kg"}, ["course-not-met"]),
        (WEEKLY, {"per_day": "2g/kg"}, ["dose-outside-regimen"]),
        (WEEKLY, {"course_total": "24g"}, ["course-total-unused"]),
        ("methotrexate-weekly", {"per_day": "30mg", "weekday": 1}, ["dose-above-cap"]),
        ("methotrexate-weekly", {"tablet": "10mg", "weekday": 1}, ["tablet-too-large"]),
        ("methotrexate-weekly", {}, ["weekday-missing"]),
        ("rituximab-1g-x2", {"courses": 2}, ["interval-unknown"]),
        ("prednisone-taper", {}, ["taper-steps-unknown"]),
        ("prednisone-high-dose", {"proposed": True}, ["proposed-unused"]),
        ("folic-acid-weekly", {"weekday": 2}, ["courses-missing"]),
        (MONTHLY, {"weekday": 1}, ["weekday-unused"]),
        (MONTHLY, {"brand": "rituximab-iv"}, ["product-of-other-drug"]),
        ("rituximab-1g-x2", {"brand": "mabthera-sc-1400"}, ["product-of-other-route"]),
        (WEEKLY, {"tablet": "5mg"}, ["tablet-unused"]),
    ],
)
def test_what_cannot_be_planned_is_refused(
    regimen: str, more: dict[str, object], expected: list[str]
) -> None:
    masses = ("per_day", "course_total", "tablet")
    read = {name: q(str(one)) if name in masses else one for name, one in more.items()}
    assert codes(lambda: planned(regimen, **read)) == expected  # type: ignore[arg-type]


def test_what_no_source_tells_leaves_the_dates_and_doses() -> None:
    plan = planned(WEEKLY, brand="privigen", courses=2)
    assert [problem.code for problem in plan.refusals] == ["rate-unknown"]
    assert [dose.portion.volume_ml(dose.portion.amount) for dose in plan.doses] == [250, 250]
    unvialled = planned(WEEKLY, brand="octagam-10-us", courses=1)
    assert [problem.code for problem in unvialled.refusals] == ["vials-unknown"]
    assert unvialled.doses[0].portion.pieces == ()


def test_an_exact_dose_stays_and_the_waste_is_told() -> None:
    plan = planned("ivig-200-every-2-weeks", "61kg", brand="octagam-10-eu", policy=Policy.EXACT)
    assert plan.doses[0].portion.amount.say() == "12.2 g"
    waste = [caution.message for caution in plan.cautions if caution.code == "waste"]
    assert waste == [
        "Vials are opened for more than is given: 0.8 g of each course are thrown away."
    ]


def test_steps_that_a_prescriber_states_give_minutes_and_stay_unconfirmed() -> None:
    ladder = read_ladder(("0.01 mL/kg/min for 30 min", "0.04 mL/kg/min"))
    plan = planned(MONTHLY, brand="flebogamma-dif-10", choice=Choice(ladder=ladder))
    run = plan.doses[0].portion.run
    assert run is not None
    assert [step.ml_per_h for step in run.steps] == [36, 144]
    assert run.infusion.status is Status.UNCONFIRMED
    assert "rate-status" in [caution.code for caution in plan.cautions]


# ---------------------------------------------------------------- a dose up to a cap


@given(kilograms=st.integers(40, 150), centimetres=st.integers(145, 200))
@settings(max_examples=30, deadline=None)
def test_a_dose_up_to_a_cap_is_the_cap_in_every_body_that_the_source_speaks_of(
    kilograms: int, centimetres: int
) -> None:
    size = {"weight": f"{kilograms}kg", "height": f"{centimetres}cm"}
    refused, plan = told(lambda: plan_of("rituximab-1g-weekly-x2", **size, vial="1mg"))
    if kilograms * centimetres <= 3600 * Fraction(9, 4):
        assert refused == ["surface-too-small"]
        return
    assert plan is not None
    assert [in_unit(dose.portion.exact, "mg") for dose in plan.doses] == [1000, 1000]
    assert says(plan, "dose-capped")


def test_a_dose_below_its_cap_is_not_lowered() -> None:
    plan = plan_of("prednisolone-taper-5-mg-every-2-weeks", weight="60kg")
    assert plan.doses[0].portion.amount.value == 60
    assert says(plan, "dose-capped") == ""


def test_a_stated_dose_above_the_cap_is_refused_and_not_lowered() -> None:
    refused, plan = told(lambda: plan_of("rituximab-1g-weekly-x2", height="175cm", dose="1.2g"))
    assert plan is None
    assert "dose-above-cap" in refused


def test_a_daily_dose_up_to_a_cap_is_tapered_from_the_cap() -> None:
    plan = plan_of("prednisolone-taper-5-mg-every-2-weeks", weight="90kg")
    assert [dose.portion.amount.value for dose in plan.doses][:3] == [75, 70, 65]
    assert "90 mg capped at 75 mg/d" in says(plan, "dose-capped")


def test_a_dose_by_surface_without_a_cap_is_never_lowered() -> None:
    plan = plan_of("rituximab-375-weekly-x4", weight="150kg", height="200cm")
    assert plan.course.capped_at is None
    assert in_unit(plan.course.per_day, "mg") > 1000
