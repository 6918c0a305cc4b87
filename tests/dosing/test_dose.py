"""Doses of a course, a day and a giving: one reading only, and never above the total."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import Refused
from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.dose import (
    IVIG_COURSE_LIMIT,
    Body,
    Meaning,
    check_course,
    course_dose,
    surface_dose,
    weekly_subcutaneous,
)
from tests.dosing.values import codes, q

SIXTY = Body(q("60 kg"))


def test_two_grams_per_kilogram_over_five_days_is_shown_whole_and_by_day() -> None:
    course = course_dose(q("2 g/kg"), 5, Meaning.COURSE_TOTAL, body=SIXTY)
    assert (course.course_total, course.per_day) == (q("120 g"), q("24 g"))


@pytest.mark.parametrize(
    ("stated", "grams"), [("0.4 g/kg", "24"), ("400 mg/kg", "24000"), ("0.2 g/kg", "12")]
)
def test_single_doses_of_the_published_case(stated: str, grams: str) -> None:
    assert course_dose(q(stated), 1, body=SIXTY).per_dose.value == Decimal(grams)


def test_a_daily_dose_says_itself_that_it_is_daily() -> None:
    course = course_dose(q("1.5 mg/kg/d"), 5, body=SIXTY)
    assert course.per_day == q("90 mg")
    assert course.course_total == q("450 mg")


def test_150_g_for_5_days_is_refused_with_both_readings() -> None:
    with pytest.raises(Refused) as refused:
        course_dose(q("150 g"), 5, body=Body(q("75 kg")))
    (problem,) = refused.value.problems
    assert problem.code == "dose-ambiguous"
    assert "30 g on each day" in problem.message
    assert "750 g in all" in problem.message


def test_150_g_on_each_of_5_days_is_above_the_limit_of_the_course() -> None:
    assert codes(
        lambda: course_dose(
            q("150 g"),
            5,
            Meaning.PER_DAY,
            body=Body(q("75 kg")),
            never_above=IVIG_COURSE_LIMIT,
        )
    ) == ["course-above-limit"]


def test_the_limit_itself_may_be_reached() -> None:
    course = course_dose(
        q("0.4 g/kg"), 5, Meaning.PER_DAY, body=SIXTY, never_above=IVIG_COURSE_LIMIT
    )
    assert course.course_total == q("120 g")


def test_days_that_come_to_more_than_their_course_are_refused() -> None:
    check_course(q("120 g"), q("24 g"), 5)
    check_course(q("120 g"), q("20000 mg"), 5)
    assert codes(lambda: check_course(q("120 g"), q("120 g"), 5)) == ["course-exceeded"]


@pytest.mark.parametrize("stated", ["24 IU", "400 IU/kg", "24 U"])
def test_immunoglobulin_in_international_units_is_refused(stated: str) -> None:
    assert codes(lambda: course_dose(q(stated), 1, body=SIXTY)) == ["dose-in-units"]


@pytest.mark.parametrize("stated", ["24 mL", "2 lb", "5 d", "24 %"])
def test_what_is_no_mass_is_no_dose(stated: str) -> None:
    assert codes(lambda: course_dose(q(stated), 1, body=SIXTY)) == ["dose-unit-wrong"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert codes(lambda: course_dose(q("-24 mL"), 0, doses_per_day=0)) == [
        "dose-unit-wrong",
        "dose-not-positive",
        "days-wrong",
        "doses-per-day-wrong",
    ]
    assert codes(lambda: course_dose(q("2 g/kg"), 5)) == ["weight-missing", "dose-ambiguous"]


def test_a_daily_dose_called_a_course_total_is_a_contradiction() -> None:
    assert codes(lambda: course_dose(q("24 g/d"), 5, Meaning.COURSE_TOTAL)) == [
        "meaning-contradicted"
    ]


def test_every_date_of_a_course_is_listed() -> None:
    course = course_dose(q("24 g/d"), 3, first_day=date(2024, 2, 28))
    assert course.dates == (date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1))


@given(
    st.decimals("0.01", "500", places=2),
    st.integers(1, 31),
    st.integers(1, 4),
    st.sampled_from(Meaning),
)
def test_any_of_the_three_doses_leads_back_to_the_same_course(
    number: Decimal, days: int, doses_per_day: int, meaning: Meaning
) -> None:
    stated = Quantity(number, "g")
    course = course_dose(stated, days, meaning, doses_per_day=doses_per_day)
    parts = {
        Meaning.COURSE_TOTAL: course.course_total,
        Meaning.PER_DAY: course.per_day,
        Meaning.PER_DOSE: course.per_dose,
    }
    assert parts[meaning] == Quantity(number.normalize(), "g") or parts[meaning].value == number
    tiny = Fraction(1, 10**25)
    assert abs(in_unit(course.per_day, "g") * days - in_unit(course.course_total, "g")) < tiny


def test_rituximab_per_square_metre_by_three_heights() -> None:
    for surface, milligrams in (("1.6330 m2", 612), ("1.6583 m2", 622), ("1.6833 m2", 631)):
        assert round(surface_dose(q("375 mg/m2"), q(surface)).value) == milligrams


def test_a_surface_is_capped_only_where_a_cap_is_stated() -> None:
    assert surface_dose(q("375 mg/m2"), q("2.2 m2")) == q("825 mg")
    assert surface_dose(q("375 mg/m2"), q("2.2 m2"), cap=q("2 m2")) == q("750 mg")


def test_subcutaneous_weekly_dose_follows_the_label_factor() -> None:
    weekly, evidence = weekly_subcutaneous(q("24 g"), Fraction(4))
    assert weekly == q("8.22 g")
    assert evidence.source == "ivig-sc-dosage"
