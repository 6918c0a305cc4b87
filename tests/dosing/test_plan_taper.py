"""Tapers: steps that tablets make, holds at a review, alternate days, and how they end."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.quantity import in_unit
from stepline.core.time import parse_period
from stepline.dosing.plan_model import Plan
from stepline.dosing.tapering import Stage, Tablets, staged_taper
from tests.dosing.plans import plan_of, says
from tests.dosing.values import codes, q

SEED, STATED = "prednisone-taper", "prednisolone-taper-5-mg-every-2-weeks"
FIRST = date(2026, 1, 5)


def milligrams(plan: Plan) -> list[float]:
    """What is given on a day of giving, step by step."""
    return [float(dose.portion.amount.value) for dose in plan.doses]


def test_a_published_taper_is_planned_with_its_steps_and_is_no_proposal() -> None:
    plan = plan_of(STATED)
    assert milligrams(plan) == [60, 55, 50, 45, 40, 35, 30, 25]
    assert [dose.days for dose in plan.doses] == [42, *[14] * 6, None]
    assert plan.as_json()["proposed"] is False
    assert says(plan, "taper-proposed") == ""


def test_a_published_taper_begins_at_its_cap_and_no_dose_above_it_can_be_asked_for() -> None:
    assert milligrams(plan_of(STATED, weight="80kg"))[:2] == [75, 70]
    assert codes(lambda: plan_of(STATED, weight="80kg", dose="80mg")) == ["dose-above-cap"]


def test_an_older_scheme_in_two_stages_is_laid_out_as_it_is_written() -> None:
    week, two = parse_period("P1W"), parse_period("P2W")
    stages = [Stage(q("25 mg"), week, q("5 mg")), Stage(q("5 mg"), two, q("5 mg"))]
    steps = staged_taper(q("60 mg"), stages, [q("5 mg")], FIRST, parse_period("P4W"))
    assert [int(step.dose.value) for step in steps] == [
        60,
        55,
        50,
        45,
        40,
        35,
        30,
        25,
        20,
        15,
        10,
        5,
    ]
    assert [step.days for step in steps] == [28, *[7] * 6, *[14] * 4, None]


def test_a_taper_known_only_by_its_ends_stays_proposed_however_it_falls() -> None:
    for options in ({"proposed": "yes"}, {"fall": "10%", "every": "2w", "tablet": "5mg,1mg"}):
        plan = plan_of(SEED, **options)
        assert plan.as_json()["proposed"] is True
        assert says(plan, "taper-proposed").startswith("PROPOSED")


def test_a_tenth_less_every_two_weeks_is_rounded_to_the_tablets_at_hand() -> None:
    plan = plan_of(SEED, fall="10%", every="2w", tablet="5mg,1mg", floor="60mg")
    assert milligrams(plan) == [90, 81, 73, 66, 60]
    coarse = plan_of(SEED, fall="10%", every="2w", tablet="5mg", floor="60mg")
    assert milligrams(coarse) == [90, 80, 70, 65, 60]
    assert says(coarse, "not-stopped-at-once")


def test_the_fewest_tablets_of_the_strengths_at_hand_make_each_step() -> None:
    plan = plan_of(STATED, tablet="25mg,5mg")
    pieces = [
        {str(size.value): count for size, count in dose.portion.pieces} for dose in plan.doses
    ]
    assert pieces[0] == {"25": 2, "5": 2}
    assert pieces[2] == {"25": 2}


def test_the_ceilings_that_a_dose_passes_are_told_with_their_sources_and_do_not_block() -> None:
    plan = plan_of(SEED, proposed="yes")
    assert says(plan, "dose-above-ceiling").endswith(
        "1 mg/kg a day (60 mg), 75 mg a day, 80 mg a day."
    )
    cited = {one.source for caution in plan.cautions if caution.code == "dose-above-ceiling"
             for one in caution.evidence}  # fmt: skip
    assert "dmpm-regimen-table" not in cited
    assert {"australian-tg-myositis", "bmj-best-practice-myositis", "germany-s2k"} <= cited
    assert says(plan_of(STATED), "dose-above-ceiling") == ""


def test_steps_after_the_review_wait_for_it() -> None:
    plan = plan_of(SEED, proposed="yes")
    waiting = [dose for dose in plan.doses if dose.condition is not None]
    assert {dose.condition.held_if for dose in waiting if dose.condition} == {"relapse"}
    review = FIRST + timedelta(days=28)
    assert all((dose.date >= review) == (dose in waiting) for dose in plan.doses)
    assert "held if relapse" in says(plan, "taper-conditional")


def test_alternate_days_give_twice_the_dose_on_every_second_day() -> None:
    daily = plan_of(SEED, fall="5mg", every="2w", floor="10mg")
    plan = plan_of(SEED, fall="5mg", every="2w", floor="10mg", alternate_from="20mg")
    changed = [dose for dose in plan.doses if dose.per == "other-day"]
    assert [float(dose.portion.amount.value) for dose in changed] == [40, 30, 20]
    assert [dose.days for dose in changed] == [7, 7, None]
    sums = [one.as_json()["totals"]["glucocorticoid"]["cumulative_mg"] for one in (daily, plan)]  # type: ignore[index]
    assert sums[0] == sums[1]


def test_the_cumulative_dose_and_the_mean_day_are_those_of_the_steps() -> None:
    totals = plan_of(STATED).as_json()["totals"]["glucocorticoid"]  # type: ignore[index]
    whole = 42 * 60 + 14 * (55 + 50 + 45 + 40 + 35 + 30)
    assert totals["cumulative_mg"] == {"low": whole, "high": whole}
    assert totals["mean_mg_per_day"] == {"low": whole / 126, "high": whole / 126}


def test_pulses_enter_the_cumulative_dose_and_no_mean_day() -> None:
    totals = plan_of("methylprednisolone-1g-x3").as_json()["totals"]["glucocorticoid"]  # type: ignore[index]
    assert totals["cumulative_mg"] == {"low": 3750, "high": 3750}
    assert totals["mean_mg_per_day"] is None


@pytest.mark.parametrize(
    ("regimen", "options", "is_said"),
    [
        (SEED, {"proposed": "yes"}, False),
        (SEED, {"fall": "5mg", "every": "1w", "floor": "40mg"}, True),
        (SEED, {"fall": "5mg", "every": "1w", "floor": "0mg"}, False),
        (SEED, {"fall": "30mg", "every": "1w", "floor": "0mg"}, True),
        ("prednisone-high-dose", {}, True),
        ("azathioprine-daily", {}, False),
    ],
)
def test_a_glucocorticoid_that_just_ends_above_a_replacement_dose_warns(
    regimen: str, options: dict[str, str], is_said: bool
) -> None:
    assert bool(says(plan_of(regimen, **options), "not-stopped-at-once")) is is_said


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"fall": "10%"}, ["every-missing"]),
        ({"every": "2w"}, ["fall-missing"]),
        ({"fall": "10mL", "every": "2w"}, ["fall-wrong"]),
        ({"fall": "5mg", "every": "PT1H"}, ["spell-wrong"]),
        ({"fall": "5mg", "every": "1w", "floor": "95mg"}, ["taper-not-falling"]),
        ({"fall": "5mg", "every": "1w", "floor": "7mg"}, ["tablet-does-not-fit"]),
    ],
)
def test_a_taper_that_cannot_be_laid_out_is_refused(
    options: dict[str, str], expected: list[str]
) -> None:
    assert codes(lambda: plan_of(SEED, **options)) == expected


SIZES = st.lists(st.sampled_from(["1 mg", "2.5 mg", "5 mg", "20 mg"]), min_size=1, unique=True)


@given(sizes=SIZES, start=st.integers(2, 6), percent=st.integers(1, 60), floor=st.integers(0, 1))
@settings(max_examples=60, deadline=None)
def test_every_taper_falls_without_a_gap_in_doses_that_the_tablets_make(
    sizes: list[str], start: int, percent: int, floor: int
) -> None:
    tablets, week = [q(size) for size in sizes], parse_period("P1W")
    stage = Stage(q(f"{20 * floor} mg"), week, share=Fraction(percent, 100))
    steps = staged_taper(q(f"{20 * start} mg"), [stage], tablets, FIRST)
    doses = [in_unit(step.dose, "mg") for step in steps]
    assert all(one > following for one, following in pairwise(doses))
    for step in steps:
        pieces = Tablets(tablets).make(in_unit(step.dose, tablets[0].unit))
        assert pieces is not None
        assert sum(in_unit(size, "mg") * n for size, n in pieces) == in_unit(step.dose, "mg")
    for one, following in pairwise(steps):
        assert one.last is not None
        assert following.first - one.last == timedelta(days=1)
    assert (steps[-1].last is None) is (floor == 1)
