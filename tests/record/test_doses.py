"""What a written dose becomes, and what is never made up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.evidence import Status
from stepline.record.casefile import record_from_entries
from stepline.record.model import Event, EventStatus
from stepline.record.schedule import equal_parts


def events(*entries: object) -> tuple[Event, ...]:
    return record_from_entries(entries).events


def days(rows: tuple[Event, ...]) -> list[str]:
    return [f"{row.time:%Y-%m-%d}" for row in rows]


def test_a_dose_on_a_range_of_days_is_the_total_of_the_course_in_equal_parts() -> None:
    rows = events({"ivig": "2 g/kg", "on": "2026-01-10..2026-01-14"})
    assert days(rows) == [f"2026-01-{day}" for day in (10, 11, 12, 13, 14)]
    assert {row.value for row in rows} == {Decimal("0.4")}
    assert {row.unit for row in rows} == {"g/kg"}
    assert {row.certainty for row in rows} == {Status.DERIVED}
    assert len({row.group for row in rows}) == 1
    assert all("2 g/kg in total" in row.note for row in rows)


def test_a_dose_that_is_said_to_be_a_dose_is_given_on_each_day_of_the_range() -> None:
    rows = events({"ivig": {"dose": "0.4 g/kg"}, "on": "2026-01-10..2026-01-12"})
    assert [row.value for row in rows] == [Decimal("0.4")] * 3


def test_listed_days_are_stated_and_not_derived() -> None:
    rows = events({"rituximab": "1 g", "on": ["2026-01-01", "2026-01-15"]})
    assert days(rows) == ["2026-01-01", "2026-01-15"]
    assert {row.certainty for row in rows} == {Status.VERIFIED}
    assert {row.value for row in rows} == {Decimal(1)}


def test_a_monthly_course_is_counted_from_its_anchor_in_calendar_months() -> None:
    rows = events(
        {
            "ivig": {"course_total": "2 g/kg"},
            "over": "2 days",
            "every": "P1M",
            "courses": 3,
            "from": "2026-01-31",
        }
    )
    starts = days(rows)[::2]
    assert starts == ["2026-01-31", "2026-02-28", "2026-03-31"]


def test_a_weekly_dose_between_two_dates_includes_the_last_date() -> None:
    entry = {"methotrexate": "15 mg", "every": "P7D", "from": "2026-01-05", "until": "2026-01-26"}
    assert days(events(entry)) == ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26"]


def test_a_month_as_an_end_is_a_border_and_holds_no_dose() -> None:
    rows = events({"ivig": {"dose": "1 g/kg"}, "every": "P1M", "from": "M0", "until": "M3"})
    assert [row.time.month for row in rows] == [1, 2, 3]


def test_a_bounded_start_bounds_every_dose_and_names_it_by_its_day() -> None:
    rows = events({"rituximab": "375 mg/m2", "every": "P7D", "courses": 2, "from": "after M24"})
    assert [row.time_said for row in rows] == ["after M24", "after M24, day 8"]
    assert [row.time_exact for row in rows] == [False, False]
    assert [row.time_earliest for row in rows] == [datetime(2002, 1, 1), datetime(2002, 1, 8)]
    assert [row.time_latest for row in rows] == [None, None]


@pytest.mark.parametrize(
    "ends",
    [
        {"from": "unknown", "until": "ongoing"},
        {"from": "M12", "until": "ongoing"},
        {"from": "M12"},
        {"from": "M12", "until": "about M24"},
        {"from": "unknown", "until": "M24"},
        {"from": "unknown", "courses": 4},
    ],
)
def test_a_repeated_dose_stays_one_spell_where_its_doses_are_not_fixed(
    ends: dict[str, object],
) -> None:
    (row,) = events({"ldh": "normal", "at": "M1"}, {"ivig": "1 g/kg", "every": "P14D", **ends})[-1:]
    assert row.is_spell
    assert row.interval == "P14D"
    assert row.value == Decimal(1)


def test_an_unknown_start_with_a_known_end_is_placed_at_the_end_and_bounded_by_it() -> None:
    (row,) = events({"prednisone": "30 mg/d", "from": "unknown", "until": "2026-03-01"})
    assert row.time == row.time_latest == row.end_time == datetime(2026, 3, 1)
    assert row.time_earliest is None
    assert row.active_on(datetime(2026, 1, 1)) is None


def test_a_taper_with_unknown_steps_makes_no_step_up() -> None:
    first, between, last = events(
        {"prednisone": {"from": "90 mg/d", "to": "5 mg/d", "steps": "unknown"},
         "from": "M0", "until": "M6"}
    )  # fmt: skip
    assert (first.value, first.time, first.end_time) == (Decimal(90), first.time, first.time)
    assert between.value is None
    assert (between.value_low, between.value_high) == (Decimal(5), Decimal(90))
    assert first.time < between.time
    assert between.end_time is not None
    assert between.end_time < last.time == datetime(2000, 7, 1)
    assert (last.value, last.end_time, last.end_said) == (Decimal(5), None, "not stated")
    assert len({first.group, between.group, last.group}) == 1


def test_a_taper_between_units_that_cannot_be_compared_leaves_the_doses_between_unbounded() -> None:
    first, between, last = events(
        {"prednisone": {"from": "1.5 mg/kg/d", "to": "5 mg/d"}, "from": "M0", "until": "M6"}
    )
    assert (first.unit, last.unit) == ("mg/kg/d", "mg/d")
    assert (between.value, between.value_low, between.value_high) == (None, None, None)


def test_a_maximum_is_not_a_dose() -> None:
    (row,) = events({"prednisone": {"up_to": "1.5 mg/kg/d"}, "during": "before M0"})
    assert row.value is None
    assert row.value_low is None
    assert row.value_high == Decimal("1.5")


def test_an_unknown_dose_has_no_value_and_says_so() -> None:
    (row,) = events({"methylprednisolone": "unknown", "every": "P1M", "during": "before M0"})
    assert row.value is None
    assert row.text == "dose unknown"
    assert row.interval == "P1M"


def test_a_drug_stopped_without_a_known_dose_keeps_its_reason() -> None:
    (row,) = events({"methotrexate": "unknown", "stopped": "intolerance", "during": "before M0"})
    assert (row.status, row.reason, row.text) == (
        EventStatus.STOPPED,
        "intolerance",
        "dose unknown",
    )


def test_doses_that_were_stopped_are_followed_by_the_stop() -> None:
    rows = events(
        {"methotrexate": "15 mg", "every": "P7D", "from": "2026-01-05", "until": "2026-01-20",
         "stopped": "intolerance"}
    )  # fmt: skip
    assert [row.status for row in rows] == [EventStatus.GIVEN] * 3 + [EventStatus.STOPPED]
    assert (days(rows)[-1], rows[-1].value, rows[-1].reason) == ("2026-01-20", None, "intolerance")


def test_planned_doses_are_planned_and_come_no_day_earlier_than_they_are_due() -> None:
    record = record_from_entries([], planned=[{"rituximab": "375 mg/m2", "on": "2026-02-10"}])
    (row,) = record.events
    assert (row.status, row.time) == (EventStatus.PLANNED, datetime(2026, 2, 10))


def test_listed_parts_of_a_course_are_kept_as_listed() -> None:
    rows = events(
        {"ivig": {"course_total": "2 g/kg"}, "over": 2, "split": ["1.2 g/kg", "800 mg/kg"],
         "on": "2026-01-10"}
    )  # fmt: skip
    assert [row.value for row in rows] == [Decimal("1.2"), Decimal("0.8")]


@given(
    total=st.decimals(min_value="0.1", max_value=400, places=3),
    number=st.integers(min_value=1, max_value=31),
)
def test_the_parts_of_a_course_add_up_to_its_total_exactly(total: Decimal, number: int) -> None:
    parts = equal_parts(total, number)
    assert len(parts) == number
    assert sum(parts) == total
    assert max(parts) - min(parts) <= Decimal("0.00002")
