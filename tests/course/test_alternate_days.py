"""Single doses of a daily drug every second day, or of two amounts by turns, are a mean a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.course.model import Course
from stepline.course.recognising import recognise
from stepline.course.supplies import Supply, as_spells
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Event, Record, Subject, in_order
from stepline.vocabulary.catalogue import catalogue

START = datetime(2026, 1, 5)
DAY = timedelta(days=1)
BODY = Event(1, START - DAY * 10, "weight", "weight", Decimal(60), unit="kg")


def given_on(days: range, *doses: str, drug: str = "prednisone", first: int = 2) -> list[Event]:
    """A row a day, the doses by turns."""
    return [
        Event(first + n, START + DAY * day, drug, drug, Decimal(doses[n % len(doses)]), unit="mg")
        for n, day in enumerate(days)
    ]


def courses(rows: list[Event]) -> tuple[Course, ...]:
    """The courses of one person of 60 kg."""
    record = Record(Subject(1), in_order([BODY, *rows]))
    return recognise(RecordIndex(record), packaged().regimens, catalogue())


def means(supplies: list[Supply]) -> list[tuple[str, int]]:
    """The dose a day and the number of rows of each supply."""
    return [(f"{one.event.value:f} {one.event.unit}", len(one.ids)) for one in supplies]


def test_a_dose_every_second_day_is_half_of_it_a_day() -> None:
    (course,) = courses(given_on(range(0, 40, 2), "80"))
    assert (course.regimen, course.dose) == ("prednisone-high-dose", "40 mg/d")
    assert len(course.event_ids) == 20
    (said,) = course.deviations
    assert (said.kind, said.says) == ("alternate-days", "80 mg every second day")


def test_two_amounts_by_turns_are_their_mean() -> None:
    (course,) = courses(given_on(range(40), "60", "20"))
    assert (course.regimen, course.dose) == ("prednisone-high-dose", "40 mg/d")
    (said,) = course.deviations
    assert (said.kind, said.says) == ("alternate-days", "60 mg and 20 mg by turns")


def test_a_taper_of_single_doses_may_go_over_to_alternate_days() -> None:
    rows: list[Event] = []
    for n, dose in enumerate(("60", "50", "40", "30", "20", "10")):
        rows += given_on(range(14 * n, 14 * n + 14), dose, first=100 * n + 100)
    rows += given_on(range(84, 98), "10", "5", first=800)
    rows += given_on(range(98, 126, 2), "10", first=900)
    (course,) = courses(rows)
    assert (course.regimen, course.dose) == ("prednisone-taper", "60 to 5 mg/d")
    assert [one.kind for one in course.deviations] == ["alternate-days"] * 2
    assert len(course.event_ids) == len(rows)


def test_every_second_day_by_the_clock_of_another_drug_is_no_daily_dose() -> None:
    (course,) = courses(given_on(range(0, 20, 2), "1000", drug="rituximab"))
    assert not course.daily


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (given_on(range(0, 6, 2), "20"), [("20 mg/d", 3)]),  # three doses: days may be missing
        (given_on(range(0, 8, 2), "20"), [("10 mg/d", 4)]),
        (given_on(range(3), "40", "20"), [("40 mg/d", 1), ("20 mg/d", 1), ("40 mg/d", 1)]),
        (given_on(range(4), "40", "20"), [("30 mg/d", 4)]),
        (given_on(range(5), "7.5", "5"), [("6.25 mg/d", 5)]),
        (given_on(range(8), "20"), [("20 mg/d", 8)]),
        (given_on(range(0, 12, 3), "20"), [("20 mg/d", 4)]),
    ],
)
def test_days_by_turns_are_told_from_days_without_a_row(
    rows: list[Event], expected: list[tuple[str, int]]
) -> None:
    assert means(as_spells(rows)) == expected


def test_a_dose_that_stands_twice_on_its_day_counts_once_and_stays_said() -> None:
    rows = given_on(range(0, 12, 2), "20")
    rows.insert(3, given_on(range(4, 5), "20", first=90)[0])
    (one,) = as_spells(rows)
    assert (one.event.value, one.event.unit, len(one.ids)) == (Decimal(10), "mg/d", 7)
    assert [kind for kind, _ in one.said] == ["doubled", "alternate-days"]


DOSES = st.integers(1, 80).map(lambda number: str(Decimal(number) / 2))


@given(st.lists(st.tuples(DOSES, st.integers(4, 20)), min_size=1, max_size=4))
def test_the_amount_taken_is_the_mean_times_its_days(parts: list[tuple[str, int]]) -> None:
    """Of a stretch of doses every second day: each dose stands for its day and the next."""
    rows: list[Event] = []
    day = 0
    for dose, count in parts:
        rows += given_on(range(day, day + 2 * count, 2), dose, first=len(rows) + 2)
        day += 2 * count
    supplies = as_spells(rows)
    assert sorted(n for one in supplies for n in one.ids) == [row.event_id for row in rows]
    told = sum(((one.event.value or 0) * 2 * len(one.ids) for one in supplies), Decimal(0))
    assert told == sum((row.value or 0 for row in rows), Decimal(0))


def test_doses_in_units_that_differ_take_no_turns() -> None:
    rows = given_on(range(6), "40", "1")
    rows = [replace(row, unit="g") if row.value == 1 else row for row in rows]
    assert all(one.kind != "alternate-days" for one in courses(rows)[0].deviations)
