"""When a planned dose is due: a timing that fixes its dates becomes dates, any other stays open."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from dateutil.rrule import MONTHLY, WEEKLY, rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.record.model import Event, EventStatus
from tests.sources.bundles import dosage, one_event, read, request, rxnorm

Json = dict[str, Any]
METHOTREXATE = rxnorm("6851", "methotrexate")
START = "2026-01-05"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def plan(*instructions: Json, **fields: object) -> Json:
    return request(
        intent="plan", status="draft", authoredOn=START,
        medicationCodeableConcept=METHOTREXATE, dosageInstruction=list(instructions), **fields,
    )  # fmt: skip


def rows(repeat: Json) -> tuple[Event, ...]:
    record = read(plan(dosage(15, repeat=repeat)))
    assert record.quarantine == ()
    return record.events


def due(repeat: Json) -> list[str]:
    """The dates of single doses; none where the order stays a rhythm."""
    events = rows(repeat)
    assert all(one.status is EventStatus.PLANNED for one in events)
    return [one.time.date().isoformat() for one in events if not one.is_spell]


def until(end: str) -> Json:
    return {"boundsPeriod": {"start": START, "end": end}}


WEEK = {"frequency": 1, "period": 1, "periodUnit": "wk"}


@pytest.mark.parametrize(
    ("repeat", "dates"),
    [
        ({**WEEK, **until("2026-01-19")}, ["2026-01-05", "2026-01-12", "2026-01-19"]),
        ({**WEEK, **until("2026-01-18")}, ["2026-01-05", "2026-01-12"]),
        ({**WEEK, "count": 2}, ["2026-01-05", "2026-01-12"]),
        (
            {**WEEK, "boundsDuration": {"value": 2, "code": "wk", "unit": "wk"}},
            ["2026-01-05", "2026-01-12"],
        ),
        (
            {"dayOfWeek": ["wed"], **WEEK, **until("2026-01-21")},
            ["2026-01-07", "2026-01-14", "2026-01-21"],
        ),
        (
            {"dayOfWeek": ["fri", "mon"], **until("2026-01-12")},
            ["2026-01-05", "2026-01-09", "2026-01-12"],
        ),
        (
            {"dayOfWeek": ["mon", "thu"], **WEEK, "frequency": 2, "count": 3},
            ["2026-01-05", "2026-01-08", "2026-01-12"],
        ),
        (
            {"dayOfWeek": ["tue"], "frequency": 1, "period": 2, "periodUnit": "wk", "count": 2},
            ["2026-01-06", "2026-01-20"],
        ),
        (
            {"frequency": 1, "period": 2, "periodUnit": "d", **until("2026-01-09")},
            ["2026-01-05", "2026-01-07", "2026-01-09"],
        ),
        (
            {"boundsPeriod": {"start": "2026-01-31"}, "period": 1, "periodUnit": "mo", "count": 3},
            ["2026-01-31", "2026-02-28", "2026-03-31"],
        ),
        ({"period": 1, "periodUnit": "a", "count": 2}, ["2026-01-05", "2027-01-05"]),
    ],
)  # fmt: skip
def test_a_timing_with_an_end_gives_its_dates(repeat: Json, dates: list[str]) -> None:
    assert due(repeat) == dates
    assert {(str(one.value), one.unit) for one in rows(repeat)} == {("15", "mg")}


@pytest.mark.parametrize(
    "repeat",
    [
        WEEK,
        {"frequency": 3, "period": 1, "periodUnit": "wk", **until("2026-02-28")},
        {**WEEK, "count": 3, "countMax": 5},
        {**WEEK, "boundsRange": {"low": {"value": 2, "code": "wk"}}},
        {"period": 3, "periodMax": 4, "periodUnit": "wk", **until("2026-12-31")},
        {"dayOfWeek": ["mon"], "timeOfDay": ["25:00:00"], "count": 3},
        {"dayOfWeek": ["mon"], "when": ["MORN", "EVE"], "count": 3},
        {"frequency": 1, "period": 36, "periodUnit": "h", "count": 3},
        {**WEEK, **until("2026-03")},
        {**WEEK, "count": 5000},
    ],
)  # fmt: skip
def test_a_timing_that_leaves_a_date_open_invents_none(repeat: Json) -> None:
    assert len(rows(repeat)) == 1
    assert due(repeat) == []


def test_a_gap_between_two_lengths_gives_dates_between_two_bounds() -> None:
    events = rows({"period": 3, "periodMax": 4, "periodUnit": "wk", "count": 3})
    bounds = [(one.time_earliest, one.time_latest) for one in events]
    first = datetime(2026, 1, 5)
    almost = timedelta(days=1) - timedelta(microseconds=1)
    assert bounds == [
        (first + timedelta(weeks=3 * number), first + timedelta(weeks=4 * number) + almost)
        for number in range(3)
    ]


def test_clock_times_on_named_days_give_moments() -> None:
    events = rows({"dayOfWeek": ["mon"], "timeOfDay": ["20:00:00", "08:00:00"], "count": 3})
    assert [one.time for one in events] == [
        datetime(2026, 1, 5, 8), datetime(2026, 1, 5, 20), datetime(2026, 1, 12, 8),
    ]  # fmt: skip
    assert {str(one.value) for one in events} == {"15"}


@pytest.mark.parametrize(
    "times", [{"timeOfDay": ["08:00:00", "20:00:00"]}, {"when": ["MORN", "EVE"]}]
)
def test_two_doses_on_a_named_day_are_two_doses_a_week(times: Json) -> None:
    order = request(
        authoredOn=START, medicationCodeableConcept=METHOTREXATE,
        dosageInstruction=[dosage(5, repeat={"dayOfWeek": ["mon"], **times})],
    )  # fmt: skip
    event = one_event(order)
    assert (str(event.value), event.unit) == ("10", "mg/wk")


def test_an_order_that_is_no_plan_stays_a_rhythm() -> None:
    order = request(
        authoredOn=START, medicationCodeableConcept=METHOTREXATE,
        dosageInstruction=[dosage(15, repeat={**WEEK, "count": 4})],
    )  # fmt: skip
    event = one_event(order)
    assert event.is_spell
    assert event.interval == "P1W"


def test_a_planned_dose_as_needed_is_on_no_date() -> None:
    needed = {**dosage(15, repeat={**WEEK, "count": 4}), "asNeededBoolean": True}
    (event,) = read(plan(needed)).events
    assert event.is_spell
    assert event.value is None
    assert (event.value_low, event.value_high) == (Decimal(0), Decimal(15))


def test_the_end_of_an_order_known_between_two_lengths_is_not_exact() -> None:
    low, high = ({"value": weeks, "unit": "wk", "code": "wk"} for weeks in (2, 4))
    (event,) = rows({**WEEK, "boundsRange": {"low": low, "high": high}})
    assert (event.end_time, event.end_exact) == (datetime(2026, 1, 19), False)
    assert event.end_said == "2 wk to 4 wk after the start"


def test_a_number_of_doses_known_between_two_is_no_exact_end() -> None:
    (event,) = rows({**WEEK, "count": 3, "countMax": 5})
    assert (event.end_time, event.end_exact) == (datetime(2026, 1, 19), False)
    assert event.end_said == "3 to 5 doses"


def test_an_order_without_a_date_begins_with_the_first_of_its_dates() -> None:
    dated = {**dosage(15), "timing": {"event": ["2026-03-09", "2026-03-02"]}}
    order = plan(dated)
    del order["authoredOn"]
    assert [one.time.date() for one in read(order).events] == [date(2026, 3, 2), date(2026, 3, 9)]


# ---------------------------------------------------------------- rates


def rated(sequence: int, event: list[str], rate: int, minutes: int) -> Json:
    return {
        "sequence": sequence,
        "timing": {"event": event, "repeat": {"duration": minutes, "durationUnit": "min"}},
        "doseAndRate": [{"rateQuantity": {"value": rate, "unit": "mL/h", "code": "mL/h"}}],
    }


def test_rates_on_the_dates_of_a_dose_stand_beside_it_in_their_order() -> None:
    dose = {**dosage(15), "timing": {"event": [START]}, "sequence": 1}
    order = plan(rated(2, [START], 60, 30), dose, rated(1, [START], 30, 15))
    (event,) = read(order).events
    assert event.value == 15
    assert "rate 30 mL/h over 15 min; rate 60 mL/h over 30 min" in event.note


def test_a_rate_on_another_date_than_every_dose_is_not_lost() -> None:
    dose = {**dosage(15), "timing": {"event": [START]}, "sequence": 1}
    record = read(plan(dose, rated(2, ["2026-01-06"], 60, 30)))
    assert [(one.time.date(), one.value) for one in record.events] == [
        (date(2026, 1, 5), 15),
        (date(2026, 1, 6), None),
    ]
    assert "rate 60 mL/h" in record.events[1].note


# ---------------------------------------------------------------- against another expander


@given(
    start=st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    named=st.sets(st.sampled_from(range(7)), min_size=1, max_size=6),
    days=st.integers(0, 120),
)
@settings(max_examples=80, deadline=None)
def test_weekdays_fall_where_the_calendar_rules_of_rfc_5545_put_them(
    start: date, named: set[int], days: int
) -> None:
    end = start + timedelta(days=days)
    bounds = {"boundsPeriod": {"start": start.isoformat(), "end": end.isoformat()}}
    repeat = {"dayOfWeek": [WEEKDAYS[day] for day in named], **bounds}
    first = datetime(start.year, start.month, start.day)
    expected = rrule(WEEKLY, dtstart=first, until=first + timedelta(days=days), byweekday=named)
    dates = [one.date().isoformat() for one in expected]
    if dates:
        assert due(repeat) == dates


@given(
    start=st.dates(date(1990, 1, 1), date(2080, 1, 1)).filter(lambda day: day.day <= 28),
    months=st.integers(1, 6),
    count=st.integers(2, 12),
)
@settings(max_examples=40, deadline=None)
def test_months_fall_where_the_calendar_rules_of_rfc_5545_put_them(
    start: date, months: int, count: int
) -> None:
    first = datetime(start.year, start.month, start.day)
    expected = rrule(MONTHLY, dtstart=first, interval=months, count=count)
    period = {"frequency": 1, "period": months, "periodUnit": "mo", "count": count}
    repeat = {"boundsPeriod": {"start": start.isoformat()}, **period}
    assert due(repeat) == [one.date().isoformat() for one in expected]
