"""A course in progress: the rest of it, whatever was given, on the days that are left."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.quantity import in_unit
from stepline.dosing.plan_model import Plan
from stepline.dosing.plan_reading import read_request
from stepline.dosing.plan_totals import given_in
from stepline.dosing.planning import make_plan
from stepline.exports.fhir import bundle_bytes, read_plan
from stepline.exports.fhir import told as told_of
from tests.dosing.plans import MONTHLY, WEEKLY, given_as, says, told

MONDAY = date(2026, 1, 5)


def rest(*amounts: str, regimen: str = MONTHLY, **options: str) -> Plan:
    """The rest of a course that began on Monday, 5 January 2026, one day for each amount."""
    days = [MONDAY + timedelta(days=number) for number in range(len(amounts))]
    given_days = tuple(
        f"{day}={amount}" if amount else str(day) for day, amount in zip(days, amounts, strict=True)
    )
    typed = given_as(regimen, {"start": "2026-01-08", **options})
    return make_plan(read_request({**typed, "given_day": given_days}))


def grams(plan: Plan) -> list[Fraction]:
    """What each dose of the course in progress gives."""
    return [Fraction(in_unit(dose.portion.amount, "g")) for dose in plan.first_course]


def test_three_of_five_days_leave_two_and_the_next_course_keeps_its_day() -> None:
    plan = rest("25g", "25g", "25g", courses="2", product="flebogamma-dif-10")
    assert grams(plan) == [25, 20]
    assert [dose.day for dose in plan.doses] == [4, 5, 1, 2, 3, 4, 5]
    assert [str(dose.date) for dose in plan.doses][:3] == ["2026-01-08", "2026-01-09", "2026-02-05"]


@given(
    amounts=st.lists(st.integers(0, 60), min_size=1, max_size=4),
    product=st.sampled_from([None, "flebogamma-dif-10", "kiovig"]),
    policy=st.sampled_from(["course", "nearest", "down"]),
)
@settings(max_examples=60, deadline=None)
def test_whatever_was_given_no_course_comes_above_its_total_nor_a_day_above_its_dose(
    amounts: list[int], product: str | None, policy: str
) -> None:
    options = {"policy": policy, "courses": "1", **({"product": product} if product else {})}
    start = str(MONDAY + timedelta(days=len(amounts)))
    refused, plan = told(
        lambda: rest(*(f"{one}g" for one in amounts), **{**options, "start": start})
    )
    left = 120 - sum(amounts)
    if plan is None:
        assert left <= 0 or refused == ["rounding-unmet"]
        return
    assert left > 0
    assert sum(grams(plan)) <= left
    assert len(plan.doses) == 5 - len(amounts)
    exact = [Fraction(in_unit(dose.portion.exact, "g")) for dose in plan.doses]
    assert max(exact) <= 24
    assert sum(exact) == min(left, 24 * len(exact))
    assert bool(says(plan, "rest-short")) == (left > 24 * len(exact))


def test_days_without_an_amount_were_given_as_ordered() -> None:
    plan = rest("", "", "", courses="1")
    total = given_in(plan.doses)
    assert total is not None
    assert in_unit(total, "g") == 48
    assert "72 g of 120 g were given on 3 days" in says(plan, "course-in-progress")


def test_the_rest_goes_on_open_days_from_the_start_on() -> None:
    typed = {"start": "2026-01-09", "courses": "1"}
    options = {**given_as(MONTHLY, typed), "given_day": ("2026-01-05", "2026-01-06", "2026-01-07")}
    plan = make_plan(read_request({**options, "weekdays_only": True}))
    assert [str(dose.date) for dose in plan.doses] == ["2026-01-09", "2026-01-12"]


def test_a_rest_reads_back_from_fhir_as_it_was_planned() -> None:
    plan = rest("20g", "30g", "10g", courses="2", product="flebogamma-dif-10")
    assert read_plan(bundle_bytes(plan)) == told_of(plan)


@pytest.mark.parametrize(
    ("amounts", "options", "expected"),
    [
        (("60g", "60g"), {}, ["course-given-in-full"]),
        (("24g",) * 5, {"start": "2026-01-10"}, ["given-days-all"]),
        (("24g",), {"regimen": WEEKLY}, ["given-day-unused"]),
        (("24g",), {"start": "2026-01-05"}, ["given-after-start"]),
        (("24mL",), {}, ["given-not-mass"]),
        (("24g",), {"start": "2026-02-03", "courses": "2"}, ["courses-overlap"]),
        (("24g",), {"given": "2026-01-06"}, ["given-after-course"]),
        (("2.5mg/d",), {"regimen": "prednisone-high-dose"}, ["given-day-unused"]),
    ],
)
def test_a_course_that_cannot_go_on_is_refused(
    amounts: tuple[str, ...], options: dict[str, str], expected: list[str]
) -> None:
    assert told(lambda: rest(*amounts, **options))[0] == expected
