"""Planned against given: every expected number is worked out by hand beside its case."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.course.adherence import adherence_of
from stepline.course.adherence_model import Adherence, Gap
from stepline.course.model import Course
from stepline.course.planned import planned_events
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.casefile import record_from_entries
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject
from stepline.vocabulary.catalogue import catalogue
from tests.support.plans import planned


def only(
    entries: list[object], regimen: str, until: str = "", *, carry_over: bool = False
) -> Adherence:
    """The adherence of the one course of a record, against the regimen it is read as."""
    index = RecordIndex(record_from_entries(entries, file="test"))
    (course,) = recognise(index, packaged().regimens, catalogue())
    assert course.regimen == regimen
    last = date.fromisoformat(until) if until else None
    return adherence_of(
        course, index, packaged().regimen(regimen), until=last, carry_over=carry_over
    )


def weekly(days: list[int], amount: str = "0.4 g/kg") -> list[object]:
    """Infusions on days counted from Monday 5 January 2026."""
    first = date(2026, 1, 5)
    return [{"ivig": amount, "on": (first + timedelta(days=n)).isoformat()} for n in days]


def test_ten_weekly_doses_in_time_are_all_of_the_plan() -> None:
    found = only(weekly([7 * n for n in range(10)]), "ivig-400-weekly")
    assert (found.planned_doses, found.given_doses) == (10, 10)
    assert found.proportion_of_days_covered == found.medication_possession_ratio == 1
    assert found.relative_dose_intensity == found.relative_total_dose == 1
    assert found.window_days == 63  # nine weeks, up to the day before the last dose
    assert found.gaps == ()
    assert found.delays is not None
    assert (found.delays.late, found.delays.longest, found.delays.behind) == (0, 0, 0)
    assert found.cumulative is not None
    assert (found.cumulative.exact, found.cumulative.unit) == (Decimal("4.0"), "g/kg")


def test_a_missed_week_is_a_gap_of_seven_days_and_a_tenth_of_the_dose() -> None:
    found = only(weekly([7 * n for n in range(11) if n != 5]), "ivig-400-weekly")
    assert (found.planned_doses, found.given_doses) == (11, 10)
    assert found.gaps == (Gap(date(2026, 2, 9), date(2026, 2, 15)),)
    assert found.gaps[0].days == 7
    assert found.proportion_of_days_covered == Fraction(63, 70)
    assert found.relative_dose_intensity == Fraction(10, 11)  # 4 g/kg in 77 days, not in 70
    assert found.relative_total_dose == Fraction(10, 11)
    assert found.delays is not None
    assert (found.delays.late, found.delays.longest, found.delays.behind) == (1, 7, 7)
    assert found.delays.median == 0


def test_a_dose_two_days_late_moves_those_after_it_and_is_one_delay() -> None:
    found = only(weekly([0, 7, 16, 23, 30]), "ivig-400-weekly")
    assert found.delays is not None
    assert found.delays.days == (0, 2, 0, 0)
    assert found.delays.behind == 2
    assert found.relative_dose_intensity == Fraction(35, 37)
    assert found.gaps == (Gap(date(2026, 1, 19), date(2026, 1, 20)),)


def test_early_doses_cover_each_day_once_unless_they_are_carried_over() -> None:
    entries = weekly([0, 7, 12, 21, 28])
    plain = only(entries, "ivig-400-weekly")
    assert plain.days_covered == 26  # days 19 and 20 of 28 are without
    assert plain.medication_possession_ratio == Fraction(28, 28)
    carried = only(entries, "ivig-400-weekly", carry_over=True)
    assert carried.days_covered == 28
    assert plain.delays is not None
    assert plain.delays.early == 1


def test_up_to_a_day_what_is_not_given_by_then_counts() -> None:
    entries = weekly([0, 7, 14, 21])
    found = only(entries, "ivig-400-weekly", until="2026-03-01")  # day 55; doses due on 0 … 49
    assert (found.planned_doses, found.given_doses) == (8, 4)
    assert found.proportion_of_days_covered == Fraction(28, 56)
    assert found.relative_dose_intensity == Fraction(28, 56)
    assert found.gaps == (Gap(date(2026, 2, 2), date(2026, 3, 1)),)


def test_doses_after_the_day_looked_at_do_not_count() -> None:
    found = only(weekly([7 * n for n in range(10)]), "ivig-400-weekly", until="2026-01-25")
    assert (found.planned_doses, found.given_doses) == (3, 3)
    assert found.proportion_of_days_covered == 1


def test_a_regimen_of_six_courses_is_held_to_all_six() -> None:
    entries: list[object] = [
        {"ivig": "2 g/kg", "on": f"2026-0{month}-05..2026-0{month}-09"} for month in range(1, 5)
    ]
    found = only(entries, "ivig-2g-over-5d-monthly")
    assert (found.planned_doses, found.given_doses) == (6, 4)
    assert found.relative_total_dose == Fraction(4, 6)
    assert found.relative_dose_intensity == 1  # as long as it was given, it was given as planned
    so_far = only(entries, "ivig-2g-over-5d-monthly", until="2026-04-20")
    assert so_far.planned_doses == 4


def test_a_month_is_a_calendar_month() -> None:
    entries: list[object] = [
        {"ivig": "2 g/kg", "on": "2026-01-31..2026-02-04"},
        {"ivig": "2 g/kg", "on": "2026-02-28..2026-03-04"},
        {"ivig": "2 g/kg", "on": "2026-03-31..2026-04-04"},
    ]
    found = only(entries, "ivig-2g-over-5d-monthly")
    assert found.delays is not None
    assert found.delays.behind == 0


def test_grams_are_compared_with_the_weight_of_the_day() -> None:
    entries = [
        {"weight": "60 kg", "on": "2025-12-20"},
        {"weight": "80 kg", "on": "2026-02-01"},
        *weekly([7 * n for n in range(8)], "24 g"),
    ]
    found = only(entries, "ivig-400-weekly")
    # Four doses at 60 kg are 400 mg/kg, four at 80 kg are 300: 2.8 of 3.2 g/kg.
    assert found.relative_dose_intensity == Fraction(28, 32)
    assert found.cumulative is not None
    assert (found.cumulative.exact, found.cumulative.unit) == (Decimal(192), "g")


def test_a_dose_that_is_not_known_leaves_the_intensity_open_and_the_days_known() -> None:
    entries = weekly([7 * n for n in range(10)])
    entries[4] = {"ivig": "unknown", "on": "2026-02-02"}
    found = only(entries, "ivig-400-weekly")
    assert found.relative_dose_intensity is None
    assert found.proportion_of_days_covered == 1
    assert len(found.missing) == 1
    assert "the amount in mg/kg of 1 of 10 doses" in found.missing[0]
    total = found.cumulative
    assert total is not None
    assert (total.exact, total.at_least, total.unknown) == (None, Decimal("3.6"), 1)


def test_two_rituximab_doses_three_weeks_apart_are_a_week_late() -> None:
    found = only([{"rituximab": "1 g", "on": ["2026-01-05", "2026-01-26"]}], "rituximab-1g-x2")
    assert (found.planned_doses, found.given_doses) == (2, 2)
    assert found.delays is not None
    assert found.delays.days == (7,)
    assert found.relative_dose_intensity == Fraction(14, 21)
    assert found.relative_total_dose == 1
    assert found.proportion_of_days_covered is None
    assert any("how long one dose covers" in one for one in found.missing)


def test_a_daily_drug_with_a_break_is_covered_on_the_days_it_was_taken() -> None:
    entries: list[object] = [
        {"mycophenolate": "2 g/d", "from": "2026-01-01", "until": "2026-01-31"},
        {"mycophenolate": "2 g/d", "from": "2026-02-10", "until": "2026-02-28"},
    ]
    index = RecordIndex(record_from_entries(entries, file="test"))
    (course,) = recognise(index, packaged().regimens, catalogue())
    found = adherence_of(course, index, packaged().regimen(course.regimen))
    assert (found.given_doses, found.planned_doses) == (50, 59)
    assert found.proportion_of_days_covered == Fraction(50, 59)
    assert found.gaps == (Gap(date(2026, 2, 1), date(2026, 2, 9)),)
    assert found.relative_dose_intensity == Fraction(50, 59)
    assert found.cumulative is not None
    assert (found.cumulative.exact, found.cumulative.unit) == (Decimal(100), "g")


def supplies(regimen: str, amount: int, unit: str, *stretches: tuple[str, str]) -> Adherence:
    """The adherence of supplies, as a dispensing record has them, that are one course."""
    known = packaged().regimen(regimen)
    every = str(known.repeat.every) if known.repeat and known.repeat.every else ""
    rows = [
        Event(
            number,
            datetime.fromisoformat(start),
            known.drug,
            known.drug,
            Decimal(amount),
            unit=unit,
            end_time=datetime.fromisoformat(end),
            is_spell=True,
            interval=every,
        )
        for number, (start, end) in enumerate(stretches, 1)
    ]
    ids = tuple(event.event_id for event in rows)
    course = Course(1, regimen, known.drug, "", "", "", rows[0].time, rows[-1].end_time, ids)
    return adherence_of(course, RecordIndex(Record(Subject(1), tuple(rows))), known)


def test_a_supply_that_begins_on_the_last_day_of_another_is_no_second_dose() -> None:
    dates = (("2026-01-05", "2026-03-30"), ("2026-03-30", "2026-06-22"))
    weekly_doses = supplies("methotrexate-weekly", 15, "mg", *dates)
    # 24 weeks have 25 Mondays, both ends included; 30 March counts once.
    assert (weekly_doses.given_doses, weekly_doses.planned_doses) == (25, 25)
    assert weekly_doses.relative_dose_intensity == 1
    daily_doses = supplies("mycophenolate-daily", 2, "g/d", *dates)
    assert (daily_doses.given_doses, daily_doses.planned_doses) == (169, 169)
    assert daily_doses.medication_possession_ratio == 1
    assert daily_doses.relative_dose_intensity == 1


def test_an_early_supply_is_more_in_hand_and_not_more_taken() -> None:
    dates = (("2026-01-01", "2026-01-30"), ("2026-01-21", "2026-02-19"))
    found = supplies("mycophenolate-daily", 2, "g/d", *dates)
    assert found.given_doses == 50
    assert found.medication_possession_ratio == Fraction(60, 50)
    assert found.relative_dose_intensity == 1
    assert any("a later one had begun" in one for one in found.missing)


def test_a_supply_within_another_leaves_open_what_was_taken() -> None:
    dates = (("2026-01-01", "2026-04-10"), ("2026-01-20", "2026-01-30"))
    found = supplies("mycophenolate-daily", 2, "g/d", *dates)
    assert (found.given_doses, found.relative_dose_intensity) == (None, None)
    assert found.proportion_of_days_covered is None
    total = found.cumulative
    assert total is not None
    assert (total.exact, total.at_least) == (None, Decimal(60))  # 19 and 11 days
    assert any("a later one had begun" in one for one in found.missing)


def test_a_spell_without_an_end_gives_no_ratio_and_says_so() -> None:
    entries: list[object] = [{"mycophenolate": "2 g/d", "from": "2026-01-01"}]
    index = RecordIndex(record_from_entries(entries, file="test"))
    (course,) = recognise(index, packaged().regimens, catalogue())
    found = adherence_of(course, index, packaged().regimen(course.regimen))
    assert found.proportion_of_days_covered is None
    assert found.cumulative is not None
    assert found.cumulative.exact is None
    assert any("ended" in one for one in found.missing)


def test_a_spell_whose_days_are_a_bound_counts_one_dose_as_certain() -> None:
    spell = Event(
        1, datetime(2026, 1, 1), "mycophenolate", "mycophenolate", Decimal(2), unit="g/d",
        is_spell=True, time_exact=False, end_time=datetime(2026, 3, 1), end_exact=False,
    )  # fmt: skip
    course = Course(1, "", spell.concept, "", "", "", spell.time, spell.end_time, (1,))
    index = RecordIndex(Record(Subject(1), (spell,)))
    found = adherence_of(course, index, packaged().regimen("mycophenolate-daily"))
    assert (found.given_doses, found.proportion_of_days_covered) == (None, None)
    total = found.cumulative
    assert total is not None
    assert (total.exact, total.at_least, total.unknown) == (None, Decimal(2), 1)


def test_weekly_doses_moved_to_three_days_apart_stay_two() -> None:
    rows = tuple(
        Event(n, datetime(2026, 1, day), "ivig", "ivig", Decimal("0.4"), unit="g/kg")
        for n, day in enumerate((1, 11, 14, 22), 1)
    )
    course = Course(1, "", "ivig", "", "", "", rows[0].time, rows[-1].time, (1, 2, 3, 4))
    regimen = packaged().regimen("ivig-400-weekly")
    found = adherence_of(course, RecordIndex(Record(Subject(1), rows)), regimen)
    assert found.given_doses == 4
    assert found.delays is not None
    assert found.delays.days == (3, -4, 1)


def test_a_regimen_that_states_a_maximum_has_no_planned_dose() -> None:
    entries: list[object] = [
        {"weight": "60 kg", "on": "2026-01-01"},
        {"prednisone": "60 mg/d", "from": "2026-01-01", "until": "2026-01-31"},
    ]
    index = RecordIndex(record_from_entries(entries, file="test"))
    course = recognise(index, packaged().regimens, catalogue())[0]
    found = adherence_of(course, index, packaged().regimen("prednisone-high-dose"))
    assert found.relative_dose_intensity is None
    assert found.proportion_of_days_covered == 1
    assert any("at most" in one for one in found.missing)


def test_a_course_without_a_regimen_has_its_total_and_says_what_is_missing() -> None:
    index = RecordIndex(record_from_entries(weekly([0, 50, 100], "1.9 g/kg"), file="test"))
    for course in recognise(index, packaged().regimens, catalogue()):
        found = adherence_of(course, index, None)
        assert found.planned_doses is None
        assert found.cumulative is not None
        assert any("what was planned" in one for one in found.missing)


PLANS = ["ivig-2g-over-5d-monthly", "ivig-400-weekly", "rituximab-1g-x2", "rituximab-375-weekly-x4"]


@pytest.mark.parametrize(
    "regimen",
    [one.id for one in packaged().regimens if one.id in PLANS],
)
def test_a_plan_given_as_planned_is_adhered_to_in_every_way(regimen: str) -> None:
    plan = planned(regimen)
    rows = planned_events(plan, status=EventStatus.GIVEN)
    index = RecordIndex(Record(Subject(1), rows))
    ids = tuple(event.event_id for event in rows)
    course = Course(1, regimen, rows[0].concept, "", "", "", rows[0].time, rows[-1].time, ids)
    found = adherence_of(course, index, plan, until=date(2026, 3, 1))
    assert found.planned_doses == found.given_doses
    assert found.relative_total_dose == 1
    assert found.missing == () or "how long" in found.missing[0]


@given(st.lists(st.integers(1, 20), min_size=2, max_size=30), st.booleans())
def test_covered_days_and_gaps_make_up_the_window(gaps: list[int], carry_over: bool) -> None:
    day = datetime(2026, 1, 1)
    rows = []
    for number, gap in enumerate(gaps, 1):
        rows.append(Event(number, day, "ivig", "ivig", Decimal("0.4"), unit="g/kg"))
        day += timedelta(days=gap + 1)
    index = RecordIndex(Record(Subject(1), tuple(rows)))
    ids = tuple(event.event_id for event in rows)
    course = Course(1, "ivig-400-weekly", "ivig", "", "", "", rows[0].time, rows[-1].time, ids)
    regimen = packaged().regimen("ivig-400-weekly")
    found = adherence_of(course, index, regimen, carry_over=carry_over)
    window, covered = found.window_days, found.days_covered
    assert window == (rows[-1].time - rows[0].time).days
    assert covered is not None
    assert covered + sum(gap.days for gap in found.gaps) == window
    if not carry_over:
        used = {e.time.date() + timedelta(days=n) for e in rows[:-1] for n in range(7)}
        assert covered == sum(one < rows[-1].time.date() for one in used)
    assert found.proportion_of_days_covered is not None
    assert found.medication_possession_ratio is not None
    assert found.proportion_of_days_covered <= 1
    assert found.proportion_of_days_covered <= found.medication_possession_ratio
