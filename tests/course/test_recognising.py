"""Regimens are read out of doses; what no regimen explains is described, never forced."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.time import parse_period
from stepline.course.cycles import cycles_of, per_28_days
from stepline.course.model import Course
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.casefile import record_from_entries
from stepline.record.index import RecordIndex
from stepline.record.model import Event, Record, Subject, in_order
from stepline.vocabulary.catalogue import catalogue


def courses_of(entries: list[object]) -> tuple[Course, ...]:
    """The courses of a record given in short form."""
    record = record_from_entries(entries, file="test")
    return recognise(RecordIndex(record), packaged().regimens, catalogue())


def infusions(first: str, every: int, count: int, amount: str) -> list[object]:
    """So many single infusions at so many days."""
    start = datetime.fromisoformat(first)
    return [
        {"ivig": amount, "on": f"{start + timedelta(days=every * n):%Y-%m-%d}"}
        for n in range(count)
    ]


def test_five_consecutive_days_a_month_are_one_induction_course() -> None:
    entries: list[object] = [
        {"ivig": "2 g/kg", "on": f"2026-0{month}-05..2026-0{month}-09"} for month in range(1, 7)
    ]
    found = courses_of(entries)
    assert [c.regimen for c in found] == ["ivig-2g-over-5d-monthly"]
    assert found[0].cycles == 6


def test_weekly_grams_are_read_with_the_weight_known_then() -> None:
    entries = [{"weight": "60 kg", "on": "2025-12-20"}, *infusions("2026-01-05", 7, 10, "24 g")]
    assert [c.regimen for c in courses_of(entries)] == ["ivig-400-weekly"]


def test_grams_without_a_weight_are_not_forced_into_a_regimen() -> None:
    found = courses_of(infusions("2026-01-05", 7, 10, "24 g"))
    assert [c.regimen for c in found] == [""]
    assert found[0].intensity is None


def test_the_same_dose_every_four_weeks_is_replacement_only_by_its_interval() -> None:
    every_two = courses_of(infusions("2026-01-05", 14, 8, "0.2 g/kg"))
    every_four = courses_of(infusions("2026-01-05", 28, 8, "0.2 g/kg"))
    assert every_two[0].regimen == "ivig-200-every-2-weeks"
    assert every_four[0].regimen == "ivig-200-every-4-weeks-replacement"


def test_a_missed_week_is_a_deviation_and_not_a_new_course() -> None:
    entries = infusions("2026-01-05", 7, 10, "0.4 g/kg")
    del entries[4]
    found = courses_of(entries)
    assert [c.regimen for c in found] == ["ivig-400-weekly"]
    assert [d.kind for d in found[0].deviations] == ["missed"]


def test_two_grams_two_weeks_apart_are_one_rituximab_course() -> None:
    found = courses_of([{"rituximab": "1 g", "on": ["2026-01-05", "2026-01-19"]}])
    assert [c.regimen for c in found] == ["rituximab-1g-x2"]


def test_four_weekly_doses_per_square_metre_are_one_rituximab_course() -> None:
    days = ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26"]
    found = courses_of([{"rituximab": "375 mg/m2", "on": days}])
    assert [c.regimen for c in found] == ["rituximab-375-weekly-x4"]


def test_a_drug_with_unknown_dose_keeps_its_dose_unknown() -> None:
    found = courses_of([{"methotrexate": "unknown", "from": "2024-01-01", "until": "2024-06-01"}])
    assert found[0].dose == "dose unknown"
    assert "dose-unknown" in [d.kind for d in found[0].deviations]


@pytest.mark.parametrize(
    ("dose", "period", "intensity"),
    [("2", "P28D", "2.00"), ("0.4", "P7D", "1.60"), ("0.2", "P14D", "0.40"),
     ("0.4", "P28D", "0.40"), ("0.2", "P28D", "0.20"), ("2", "P1M", "1.84")],
)  # fmt: skip
def test_intensity_per_28_days_agrees_with_the_published_table(
    dose: str, period: str, intensity: str
) -> None:
    assert per_28_days(Decimal(dose), parse_period(period)) == Decimal(intensity)


def _dose(number: int, day: int) -> Event:
    time = datetime(2026, 1, 1) + timedelta(days=day)
    return Event(number, time, "ivig", "ivig", Decimal("0.4"), unit="g/kg")


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_every_dose_lands_in_exactly_one_course_whatever_the_days(days: list[int]) -> None:
    events = in_order([_dose(number, day) for number, day in enumerate(days, 1)])
    record = Record(Subject(1), events)
    found = recognise(RecordIndex(record), packaged().regimens, catalogue())
    assert sorted(i for c in found for i in c.event_ids) == sorted(e.event_id for e in events)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=40))
def test_cycles_never_span_a_gap_of_more_than_three_days(days: list[int]) -> None:
    events = list(in_order([_dose(number, day) for number, day in enumerate(days, 1)]))
    for earlier, later in zip(cycles_of(events), cycles_of(events)[1:], strict=False):
        assert later[0].time - earlier[-1].time > timedelta(days=3)


def test_ten_thousand_doses_in_one_day_end() -> None:
    events = in_order([_dose(number, 0) for number in range(1, 10_001)])
    found = recognise(RecordIndex(Record(Subject(1), events)), packaged().regimens, catalogue())
    assert sum(len(c.event_ids) for c in found) == 10_000


def test_every_other_week_is_never_read_as_weekly_with_every_second_missed() -> None:
    found = courses_of(infusions("2026-01-05", 14, 8, "0.4 g/kg"))
    assert "ivig-400-weekly" not in [c.regimen for c in found]
    assert [str(c.intensity) for c in found] == ["0.80"]


def _row(number: int, time: datetime, amount: str, intent: str = "") -> Event:
    return Event(number, time, "ivig", "ivig", Decimal(amount), unit="g/kg", intent=intent)


@given(
    st.lists(
        st.tuples(
            st.integers(-100_000, 200_000),
            st.sampled_from(["0", "0.2", "0.4", "2", "50"]),
            st.sampled_from(["", "replacement", "immunomodulation"]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_reading_ends_on_any_minutes_amounts_and_intents_in_any_order_of_rows(
    rows: list[tuple[int, str, str]],
) -> None:
    start = datetime(2026, 1, 1)
    events = [
        _row(number, start + timedelta(minutes=minutes), amount, intent)
        for number, (minutes, amount, intent) in enumerate(rows, 1)
    ]
    forwards = RecordIndex(Record(Subject(1), tuple(events)))
    backwards = RecordIndex(Record(Subject(1), tuple(reversed(events))))
    found = recognise(forwards, packaged().regimens, catalogue())
    assert found == recognise(backwards, packaged().regimens, catalogue())
    assert sorted(i for c in found for i in c.event_ids) == list(range(1, len(rows) + 1))


def test_four_thousand_doses_with_days_of_rest_end() -> None:
    events = in_order([_dose(number, 2 * number) for number in range(1, 4001)])
    found = recognise(RecordIndex(Record(Subject(1), events)), packaged().regimens, catalogue())
    assert sum(len(c.event_ids) for c in found) == 4000


def test_two_weekly_doses_moved_within_three_days_are_still_two_cycles() -> None:
    entries = infusions("2026-01-05", 7, 10, "0.4 g/kg")
    entries[4] = {"ivig": "0.4 g/kg", "on": "2026-02-04"}
    entries[5] = {"ivig": "0.4 g/kg", "on": "2026-02-07"}
    found = courses_of(entries)
    assert [(c.regimen, c.cycles) for c in found] == [("ivig-400-weekly", 10)]


def test_one_other_dose_is_a_deviation_and_several_are_another_course() -> None:
    one = infusions("2026-01-05", 7, 10, "0.4 g/kg")
    one[4] = {"ivig": "0.6 g/kg", "on": "2026-02-02"}
    found = courses_of(one)
    assert [c.regimen for c in found] == ["ivig-400-weekly"]
    assert [d.kind for d in found[0].deviations] == ["dose-changed"]
    several = [*one[:4], *infusions("2026-02-02", 7, 12, "0.7 g/kg")]
    assert [c.regimen for c in courses_of(several)] == ["ivig-400-weekly", ""]


def test_the_reason_of_the_two_uses_of_200_mg_per_kg_names_dose_interval_and_intent() -> None:
    two, four = (courses_of(infusions("2026-01-05", days, 8, "0.2 g/kg")) for days in (14, 28))
    assert (two[0].intent, four[0].intent) == ("immunomodulation", "replacement")
    assert "8 cycles, 14 days apart" in two[0].because
    assert "by dose and interval, for replacement" in four[0].because


def test_a_single_dose_that_serves_two_intents_is_not_named() -> None:
    assert [c.regimen for c in courses_of(infusions("2026-01-05", 7, 1, "0.2 g/kg"))] == [""]


@pytest.mark.parametrize("count", [10, 20])
def test_a_changed_weight_is_told_and_the_course_goes_on(count: int) -> None:
    entries = [
        {"weight": "60 kg", "on": "2025-12-20"},
        {"weight": "67 kg", "on": "2026-02-01"},
        *infusions("2026-01-05", 7, count, "24 g"),
    ]
    found = courses_of(entries)
    assert [c.regimen for c in found] == ["ivig-400-weekly"]
    assert "weight-changed" in [d.kind for d in found[0].deviations]


# ---------------------------------------------------------------- what noise does to a course

START = datetime(2026, 1, 5)
DAY = timedelta(days=1)
BODY = Event(1, START - DAY * 10, "weight", "weight", Decimal(60), unit="kg")


def row(number: int, day: int, amount: str, unit: str, intent: str = "") -> Event:
    """An infusion of immunoglobulin so many days after the first."""
    moment, value = START + DAY * day, Decimal(amount)
    return Event(number + 1, moment, "ivig", "ivig", value, unit=unit, intent=intent)


def spell(number: int, first: int, last: int, dose: str, drug: str) -> Event:
    """A daily dose from one day to another."""
    return Event(
        number + 1, START + DAY * first, drug, drug, Decimal(dose), unit="mg/d", is_spell=True,
        end_time=START + DAY * last,
    )  # fmt: skip


def read(rows: list[Event]) -> tuple[Course, ...]:
    """The courses of one person of 60 kg."""
    record = Record(Subject(1), in_order([BODY, *rows]))
    return recognise(RecordIndex(record), packaged().regimens, catalogue())


def test_a_dose_without_a_unit_is_not_told_and_ends_no_course() -> None:
    rows = [row(n, n * 7, "24", "" if n == 4 else "g") for n in range(1, 11)]
    assert [one.regimen for one in read(rows)] == ["ivig-400-weekly"]


def test_a_slip_of_a_factor_of_ten_stands_within_its_course() -> None:
    rows = [row(n, n * 7, "240" if n == 4 else "24", "g") for n in range(1, 11)]
    (course,) = read(rows)
    assert course.regimen == "ivig-400-weekly"
    assert [(one.kind, one.says) for one in course.deviations] == [
        ("dose-odd", "240 g as recorded; a tenth would fit")
    ]


def test_long_intervals_running_are_another_interval_and_not_missed_cycles() -> None:
    days = [*range(0, 140, 14), 168, 210, 252, 294, *range(308, 420, 14)]
    rows = [row(n, day, "12", "g", "immunomodulation") for n, day in enumerate(days, 1)]
    names = [one.regimen for one in read(rows)]
    assert names == ["ivig-200-every-2-weeks", "", "ivig-200-every-2-weeks"]


def test_a_dose_kept_and_then_lowered_twice_is_a_course_and_its_taper() -> None:
    steps = [("90", 0, 84), ("90", 84, 120), ("80", 120, 134), ("70", 134, 148), ("60", 148, 162)]
    rows = [spell(n, a, b, dose, "prednisone") for n, (dose, a, b) in enumerate(steps, 1)]
    assert [one.regimen for one in read(rows)] == ["prednisone-high-dose", "prednisone-taper"]


def test_a_supply_that_was_left_out_ends_no_course() -> None:
    spans = [(0, 84), (84, 168), (252, 336)]
    rows = [spell(n, a, b, "120", "azathioprine") for n, (a, b) in enumerate(spans, 1)]
    assert [one.regimen for one in read(rows)] == ["azathioprine-daily"]


def named(rows: list[Event]) -> list[tuple[str, list[str]]]:
    """The regimens and the kinds of deviation of one person of 60 kg."""
    return [(one.regimen, [d.kind for d in one.deviations]) for one in read(rows)]


def week(days: list[int], amount: str = "24", first: int = 1) -> list[Event]:
    """24 g, or another amount, on these days."""
    return [row(n, day, amount, "g") for n, day in enumerate(days, first)]


def five_days(month: int, first: int) -> list[Event]:
    """24 g on five days running."""
    return week([30 * month + n for n in range(5)], first=first)


def test_a_row_that_stands_twice_is_told_and_the_dose_counts_once() -> None:
    rows = [*week([n * 7 for n in range(10)]), row(11, 28, "24", "g")]
    assert named(rows) == [("ivig-400-weekly", ["doubled"])]


def test_days_without_a_row_are_told_and_the_course_of_days_stays_whole() -> None:
    rows = [one for month in range(6) for one in five_days(month, 10 * month + 1)]
    without = [one for one in rows if one.event_id not in (24, 25)]
    assert named(without) == [("ivig-2g-over-5d-monthly", ["day-missing"])]


def test_one_day_of_five_that_is_ten_times_too_high_is_odd_and_no_course() -> None:
    rows = [one for month in range(6) for one in five_days(month, 10 * month + 1)]
    rows[12] = row(23, 62, "240", "g")
    assert named(rows) == [("ivig-2g-over-5d-monthly", ["dose-odd"])]


def test_milligrams_for_grams_are_an_odd_dose_and_no_unit_is_a_missing_one() -> None:
    rows = week([n * 7 for n in range(10)])
    rows[3], rows[6] = row(4, 21, "24", "mg"), row(7, 42, "24", "")
    assert named(rows) == [("ivig-400-weekly", ["dose-odd", "unit-missing"])]


def weighed(*weights: tuple[int, str]) -> list[Event]:
    """Weights on days after the first dose."""
    return [
        Event(100 + n, START + DAY * day, "weight", "weight", Decimal(kg), unit="kg")
        for n, (day, kg) in enumerate(weights)
    ]


def read_with(rows: list[Event], weights: list[Event]) -> tuple[Course, ...]:
    """The courses of someone with these weights and no other."""
    record = Record(Subject(1), in_order([*weights, *rows]))
    return recognise(RecordIndex(record), packaged().regimens, catalogue())


def test_a_weight_ten_times_too_low_is_set_aside_and_told() -> None:
    weights = weighed((-9, "60"), (20, "60"), (40, "6"), (60, "61"), (80, "60"))
    (course,) = read_with(week([n * 7 for n in range(12)]), weights)
    assert course.regimen == "ivig-400-weekly"
    assert "weight-odd" in [one.kind for one in course.deviations]


def test_of_two_weights_that_differ_none_is_set_aside() -> None:
    (course,) = read_with(week([n * 7 for n in range(12)]), weighed((-9, "60"), (90, "6")))
    assert [one.kind for one in course.deviations] == []


def test_doses_before_the_first_weight_are_read_with_it_for_a_year_and_not_longer() -> None:
    rows = week([n * 7 for n in range(10)])
    (course,) = read_with(rows, weighed((100, "60")))
    assert course.regimen == "ivig-400-weekly"
    assert "weight-later" in [one.kind for one in course.deviations]
    assert [one.regimen for one in read_with(rows, weighed((500, "60")))] == [""]


def test_a_weight_taken_later_on_the_day_of_a_dose_is_that_of_the_dose() -> None:
    rows = week([n * 7 for n in range(10)])
    weight = [replace(one, time=one.time + timedelta(hours=2)) for one in weighed((0, "60"))]
    (course,) = read_with(rows, weight)
    assert course.regimen == "ivig-400-weekly"
    assert "weight-later" not in [one.kind for one in course.deviations]


def test_grams_without_a_weight_are_told_by_their_ratio_and_never_per_kilogram() -> None:
    rows = [one for month in range(6) for one in five_days(month, 10 * month + 1)]
    rows += week([180 + 7 * n for n in range(12)], "24", 100)
    rows += week([264 + 14 * n for n in range(10)], "12", 200)
    found = read_with(rows, [])
    assert [one.regimen for one in found] == [
        "ivig-2g-over-5d-monthly",
        "ivig-400-weekly",
        "ivig-200-every-2-weeks",
    ]
    assert all("weight-unknown" in [d.kind for d in one.deviations] for one in found)
    assert [one.intensity for one in found] == [None, None, None]
    assert not any("g/kg" in said for one in found for said in one.because)


def test_a_dose_at_the_end_of_a_longer_interval_belongs_to_it() -> None:
    rows = week([*range(0, 140, 14), *(175, 224, 273), *(287, 301, 315, 329)], "12")
    unnamed = [one for one in read(rows) if not one.regimen]
    assert [(one.cycles, one.start) for one in unnamed] == [(3, START + DAY * 175)]


def test_every_second_dose_left_out_for_a_while_is_no_course_for_another_intent() -> None:
    days = [*range(0, 140, 14), 154, 182, *range(196, 336, 14)]
    assert [one.regimen for one in read(week(days, "12"))] == ["ivig-200-every-2-weeks"]


def infused(drug: str, *days: int) -> list[str]:
    """The regimens of 1 g on these days."""
    rows = [
        Event(n, START + DAY * day, drug, drug, Decimal(1), unit="g")
        for n, day in enumerate(days, 1)
    ]
    record = Record(Subject(1), in_order(rows))
    found = recognise(RecordIndex(record), packaged().regimens, catalogue())
    return [one.regimen for one in found]


def test_one_dose_of_a_pair_is_part_of_a_pair_where_the_patient_had_pairs() -> None:
    assert infused("rituximab", 0, 14, 400) == ["rituximab-1g-x2", "rituximab-1g-x2"]
    assert infused("rituximab", 0) == ["rituximab-1g-every-6-months"]
    assert infused("rituximab", 0, 183, 366) == ["rituximab-1g-every-6-months"]
