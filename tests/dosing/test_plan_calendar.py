"""Windows, courses already given and courses missed: where they land, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.errors import Refused
from stepline.core.time import parse_period
from stepline.dosing.plan_dates import shortest_interval
from stepline.dosing.scheduling import day_after
from tests.dosing.plans import MONTHLY, WEEKLY, plan_of, says, starts, told
from tests.dosing.values import codes

TWO_DAYS = "ivig-2g-over-2d-every-4-weeks"


@pytest.mark.parametrize(
    ("options", "second"),
    [
        ({}, "01-13"),
        ({"window": "2d"}, "01-13"),
        ({"window": "3d", "move": "earliest"}, "01-10"),
        ({"window": "3d", "move": "later"}, "01-13"),
    ],
)
def test_a_closed_day_moves_a_dose_in_the_direction_that_is_asked(
    options: dict[str, str], second: str
) -> None:
    plan = plan_of(WEEKLY, courses="3", closed="2026-01-12", **options)
    assert starts(plan) == ["01-05", second, "01-19"]


def test_of_a_weekend_the_nearer_open_day_is_chosen_before_or_after() -> None:
    saturday, sunday = (
        plan_of(
            "ivig-200-every-4-weeks-replacement",
            start=day,
            courses="2",
            weekdays_only="yes",
            window="2d",
        )
        for day in ("2026-01-03", "2026-01-04")
    )
    assert starts(saturday) == ["01-05", "01-30"]
    assert starts(sunday) == ["01-05", "02-02"]


def test_a_window_that_cannot_hold_is_refused_with_the_nearest_days() -> None:
    def made() -> object:
        return plan_of(MONTHLY, courses="2", weekdays_only="yes", window="2d")

    assert codes(made) == ["window-unmet"]
    with pytest.raises(Refused) as refused:
        made()
    assert refused.value.problems[0].allowed == (
        "2026-02-02 (3 days earlier) or 2026-02-09 (4 days later)"
    )


def test_what_was_given_is_counted_on_and_only_the_rest_is_planned() -> None:
    plan = plan_of(WEEKLY, courses="4", vial="2g", given="2025-12-22,2025-12-29=12g")
    assert [dose.course for dose in plan.doses] == [3, 4]
    totals = plan.as_json()["totals"]["given"]  # type: ignore[index]
    assert [totals[name]["value"] for name in ("amount", "to_give", "in_all")] == [36, 48, 84]
    assert "12 g that are missing are not planned" in says(plan, "given-partial")


def test_the_second_dose_of_a_pair_is_left_where_the_first_was_given() -> None:
    plan = plan_of("rituximab-1g-x2", start="2026-01-19", given="2026-01-05")
    assert [(str(dose.date), dose.day) for dose in plan.doses] == [("2026-01-19", 15)]


@pytest.mark.parametrize(
    ("regimen", "options", "expected"),
    [
        (WEEKLY, {"courses": "2", "given": "2025-12-22,2025-12-29"}, ["courses-all-given"]),
        (WEEKLY, {"courses": "3", "given": "2026-01-02"}, ["doses-too-close"]),
        (WEEKLY, {"courses": "3", "given": "2026-01-05"}, ["given-after-start"]),
        (WEEKLY, {"courses": "3", "given": "2025-12-29,2025-12-29"}, ["given-twice"]),
        (WEEKLY, {"courses": "3", "given": "2025-12-29=96mL"}, ["given-not-mass"]),
        ("rituximab-1g-x2", {"given": "2025-12-01,2025-12-15"}, ["courses-all-given"]),
        ("prednisone-taper", {"proposed": "yes", "given": "2025-12-01"}, ["given-unused"]),
        (WEEKLY, {"move": "earliest"}, ["window-missing"]),
        ("folic-acid-weekly", {"window": "1d", "weekday": "monday", "courses": "1"},
         ["window-unused"]),
        (WEEKLY, {"missed": "2026-01-12"}, ["catch-up-missing"]),
        (WEEKLY, {"catch_up": "skip"}, ["missed-missing"]),
        (WEEKLY, {"missed": "2026-01-12", "catch_up": "keep"}, ["made-up-missing"]),
        (WEEKLY, {"missed": "2026-01-13", "catch_up": "skip"}, ["missed-not-planned"]),
        (WEEKLY, {"missed": "2026-01-12", "catch_up": "keep", "made_up_on": "2026-01-10"},
         ["made-up-before"]),
        (WEEKLY, {"missed": "2026-01-12", "catch_up": "keep", "made_up_on": "2026-01-16"},
         ["doses-too-close"]),
    ],
)  # fmt: skip
def test_a_calendar_that_does_not_hold_is_refused(
    regimen: str, options: dict[str, str], expected: list[str]
) -> None:
    assert codes(lambda: plan_of(regimen, **options)) == expected


@pytest.mark.parametrize(
    ("policy", "made", "expected"),
    [
        ("shift", "2026-01-15", ["01-05", "01-15", "01-22", "01-29"]),
        ("keep", "2026-01-14", ["01-05", "01-14", "01-19", "01-26"]),
        ("skip", "", ["01-05", "01-19", "01-26"]),
    ],
)
def test_a_missed_dose_is_caught_up_as_a_person_decides(
    policy: str, made: str, expected: list[str]
) -> None:
    options = {"made_up_on": made} if made else {}
    plan = plan_of(WEEKLY, courses="4", missed="2026-01-12", catch_up=policy, **options)
    assert starts(plan) == expected
    assert [dose.course for dose in plan.doses] == list(range(1, len(expected) + 1))


def test_no_catch_up_brings_two_doses_of_methotrexate_within_6_days() -> None:
    def weekly(policy: str, made: str) -> object:
        return plan_of("methotrexate-weekly", weekday="monday", courses="4", missed="2026-01-12",
                       catch_up=policy, made_up_on=made)  # fmt: skip

    assert codes(lambda: weekly("keep", "2026-01-14")) == ["doses-too-close"]
    assert codes(lambda: weekly("shift", "2026-01-14")) == ["weekday-lost"]
    assert starts(weekly("keep", "2026-01-13")) == ["01-05", "01-13", "01-19", "01-26"]  # type: ignore[arg-type]


@given(
    regimen=st.sampled_from([WEEKLY, TWO_DAYS, "ivig-200-every-2-weeks"]),
    missed=st.integers(0, 3),
    late=st.integers(0, 30),
    policy=st.sampled_from(["shift", "keep"]),
)
@settings(max_examples=40, deadline=None)
def test_whatever_is_caught_up_keeps_the_shortest_interval_and_the_total(
    regimen: str, missed: int, late: int, policy: str
) -> None:
    whole = plan_of(regimen, courses="4")
    day = whole.of_course(missed + 1)[0].date
    made = str(day + timedelta(days=late))
    made_up = {"missed": str(day), "catch_up": policy, "made_up_on": made}
    refused, plan = told(lambda: plan_of(regimen, courses="4", **made_up))
    if plan is None:
        assert set(refused) <= {"doses-too-close", "courses-overlap"}
        return
    shortest = shortest_interval(plan.request.regimen)
    assert shortest is not None
    first = [plan.of_course(number)[0].date for number in range(1, 5)]
    assert all(day_after(one, shortest) <= following for one, following in pairwise(first))
    assert len(plan.doses) == len(whole.doses)


@given(days=st.integers(0, 3000))
@settings(max_examples=20, deadline=None)
def test_a_later_start_of_a_monthly_regimen_counts_months_from_the_new_day(days: int) -> None:
    start = date(2026, 1, 5) + timedelta(days=days)
    plan = plan_of(MONTHLY, start=str(start))
    for number in range(1, 7):
        first = plan.of_course(number)[0].date
        assert first == day_after(start, parse_period("P1M").times(number - 1))
        assert (first.year - start.year) * 12 + first.month - start.month == number - 1
        assert first.day == start.day or (first + timedelta(days=1)).day == 1


def test_everything_wrong_with_an_order_is_said_in_one_sentence_each() -> None:
    wrong = {
        "start": "2026-02-31", "weight": "600kg", "height": "1.6m", "product": "flebogama",
        "dose": "1000IU", "weight_on": "1026-01-01", "tablet": "5", "window": "2x",
        "courses": "-1", "sex": "x", "fall": "5", "given": "2026-13-01", "dosing_weight": "lean",
    }  # fmt: skip
    found = codes(lambda: plan_of(MONTHLY, **wrong))
    assert sorted(found) == sorted([
        "date-impossible", "weight-implausible", "height-in-metres", "product-unknown",
        "dose-in-units", "date-out-of-range", "unit-missing", "window-wrong", "courses-wrong",
        "word-unknown", "unit-missing", "date-impossible", "word-unknown",
    ])  # fmt: skip
    assert codes(lambda: plan_of(MONTHLY, weight="-60kg", start="1026-01-05")) == [
        "date-out-of-range",
        "weight-implausible",
    ]
