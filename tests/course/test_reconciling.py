"""Orders, givings and rows written twice: which of them are doses."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stepline.course.model import Course
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject
from stepline.vocabulary.catalogue import catalogue

GIVEN, ORDERED, NOT_GIVEN, STOPPED = (
    EventStatus.GIVEN,
    EventStatus.ORDERED,
    EventStatus.NOT_GIVEN,
    EventStatus.STOPPED,
)


def row(
    number: int,
    day: int,
    status: EventStatus = GIVEN,
    amount: str = "0.4",
    *,
    group: str = "",
    lot: str = "",
) -> Event:
    """0.4 g/kg of immunoglobulin on a day."""
    time = datetime(2026, 1, 5, 9) + timedelta(days=day)
    value = Decimal(amount) if amount else None
    unit = "g/kg" if amount else ""
    return Event(
        number, time, "ivig", "ivig", value, unit=unit, status=status, group=group, lot=lot
    )


def read(*rows: Event) -> tuple[Course, ...]:
    """The courses of some rows, in whatever order they come."""
    index = RecordIndex(Record(Subject(1), rows))
    return recognise(index, packaged().regimens, catalogue())


def said(course: Course) -> dict[str, tuple[int, ...]]:
    """The rows that each kind of deviation names."""
    return {one.kind: one.event_ids for one in course.deviations}


WEEKLY = [0, 7, 14, 21, 28, 35]


def test_an_order_of_which_nothing_is_recorded_stands_in_for_the_dose() -> None:
    rows = [row(day, day, ORDERED if day == 14 else GIVEN) for day in WEEKLY]
    (course,) = read(*rows)
    assert (course.regimen, course.cycles) == ("ivig-400-weekly", 6)
    assert said(course) == {"giving-unrecorded": (14,)}


def test_an_order_with_its_giving_a_day_later_is_one_dose() -> None:
    rows = [row(day, day + 1) for day in WEEKLY] + [row(100 + day, day, ORDERED) for day in WEEKLY]
    (course,) = read(*rows)
    assert (course.cycles, said(course)) == (6, {})


def test_an_order_that_was_not_given_is_a_missed_dose() -> None:
    rows = [row(day, day) for day in WEEKLY if day != 14]
    (course,) = read(*rows, row(100, 14, ORDERED), row(101, 14, NOT_GIVEN, amount=""))
    assert said(course).keys() == {"missed"}


def test_an_order_after_all_that_happened_is_still_to_come() -> None:
    (course,) = read(*(row(day, day) for day in WEEKLY), row(100, 42, ORDERED))
    assert (course.cycles, said(course)) == (6, {})


def test_orders_after_a_stop_are_no_doses() -> None:
    rows = [row(day, day) for day in WEEKLY]
    stop = row(100, 36, STOPPED, amount="")
    later = Event(102, datetime(2026, 6, 1), "ldh", "ldh", Decimal(200), unit="U/L")
    (course,) = read(*rows, stop, row(101, 42, ORDERED), later)
    assert course.cycles == 6


def test_an_order_is_reconciled_with_a_giving_of_its_own_group_whatever_the_days() -> None:
    rows = [row(day, day) for day in WEEKLY if day != 14]
    moved = row(14, 18, group="order 3")
    (course,) = read(*rows, moved, row(100, 14, ORDERED, group="order 3"))
    assert "giving-unrecorded" not in said(course)


def test_one_day_of_five_that_is_only_ordered_completes_the_course() -> None:
    rows = [row(month * 28 + day, month * 28 + day) for month in range(3) for day in range(5)]
    rows[7] = row(30, 30, ORDERED)
    (course,) = read(*rows)
    assert course.regimen == "ivig-2g-over-5d-monthly"
    assert said(course) == {"giving-unrecorded": (30,)}


def test_one_order_on_the_eve_of_five_days_is_no_sixth_day() -> None:
    rows = [row(10 + day, 10 + day) for day in range(5)]
    (course,) = read(*rows, row(100, 9, ORDERED))
    assert course.event_ids == (10, 11, 12, 13, 14)


def test_a_row_written_twice_is_one_dose() -> None:
    rows = [row(day, day) for day in WEEKLY]
    (course,) = read(*rows, row(100, 14))
    assert course.regimen == "ivig-400-weekly"
    assert said(course) == {"doubled": (100,)}
    assert set(course.event_ids) == {*WEEKLY, 100}


def test_equal_rows_on_most_days_are_parts_of_each_dose() -> None:
    rows = [row(day, day, amount="0.2") for day in WEEKLY]
    again = [row(100 + day, day, amount="0.2") for day in WEEKLY]
    (course,) = read(*rows, *again)
    assert (course.regimen, said(course)) == ("ivig-400-weekly", {})


def test_equal_rows_of_two_lots_are_two_doses() -> None:
    rows = [row(day, day) for day in WEEKLY]
    found = read(*rows, row(100, 14, lot="B"))
    assert not any("doubled" in said(course) for course in found)


def test_equal_rows_of_a_drug_given_twice_daily_are_two_doses() -> None:
    rows = [
        Event(number, datetime(2026, 1, 5) + timedelta(days=number // 2), "mycophenolate",
              "mycophenolate", Decimal(1000), unit="mg", status=GIVEN)
        for number in range(6)
    ]  # fmt: skip
    assert not any("doubled" in said(course) for course in read(*rows))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 60),
            st.sampled_from([GIVEN, ORDERED, NOT_GIVEN, STOPPED]),
            st.sampled_from(["", "0.2", "0.4"]),
            st.sampled_from(["", "a", "b"]),
        ),
        max_size=25,
    ),
    st.randoms(use_true_random=False),
)
def test_no_order_of_rows_changes_what_is_read_and_no_giving_is_lost(
    drawn: list[tuple[int, EventStatus, str, str]], chance: random.Random
) -> None:
    rows = [row(n, day, status, amount, group=group)
            for n, (day, status, amount, group) in enumerate(drawn)]  # fmt: skip
    found = read(*rows)
    chance.shuffle(rows)
    assert read(*rows) == found
    held = [number for course in found for number in course.event_ids]
    assert len(held) == len(set(held))
    givings = {one.event_id for one in rows if one.status is GIVEN}
    assert givings <= set(held)
    refused = {one.event_id for one in rows if one.status is NOT_GIVEN}
    assert not refused & set(held)


# ---------------------------------------------------------------- ordered stretches


def stretch(
    number: int,
    first: int,
    last: int | None,
    status: EventStatus,
    drug: str,
    amount: str,
    unit: str,
) -> Event:
    """A drug from day to day, or going on; without an amount the dose is not stated."""
    begin = datetime(2026, 1, 5, 9)
    return Event(
        number,
        begin + timedelta(days=first),
        drug,
        drug,
        Decimal(amount) if amount else None,
        unit=unit,
        status=status,
        is_spell=True,
        end_time=None if last is None else begin + timedelta(days=last),
        end_said="ongoing" if last is None else "",
    )


def test_an_order_for_weeks_whose_infusions_are_recorded_is_no_course_beside_them() -> None:
    order = stretch(100, -5, 40, ORDERED, "ivig", "", "")
    courses = read(order, *(row(day, day) for day in WEEKLY))
    assert [one.regimen for one in courses] == ["ivig-400-weekly"]
    assert "giving-unrecorded" not in said(courses[0])


def test_an_order_for_weeks_of_which_no_infusion_is_recorded_stays() -> None:
    order = stretch(100, 60, 90, ORDERED, "ivig", "", "")
    courses = read(order, *(row(day, day) for day in WEEKLY), row(200, 120, amount="1"))
    assert (100,) in [one.event_ids for one in courses]


def test_the_next_dose_of_a_daily_drug_that_is_only_ordered_follows_on_the_last() -> None:
    rows = [
        stretch(1, 0, 27, GIVEN, "prednisone", "40", "mg/d"),
        stretch(2, 28, 55, GIVEN, "prednisone", "25", "mg/d"),
        stretch(3, 56, None, ORDERED, "prednisone", "15", "mg/d"),
        row(9, 80),
    ]
    daily = [one for one in read(*rows) if one.drug == "prednisone"]
    assert sorted(number for one in daily for number in one.event_ids) == [1, 2, 3]
    assert said(daily[-1])["giving-unrecorded"] == (3,)
    assert daily[-1].ongoing


def test_an_order_of_what_is_being_taken_is_no_second_supply() -> None:
    rows = [
        stretch(1, 0, 60, GIVEN, "prednisone", "10", "mg/d"),
        stretch(2, 2, 90, ORDERED, "prednisone", "10", "mg/d"),
        row(9, 120),
    ]
    daily = [one for one in read(*rows) if one.drug == "prednisone"]
    assert [one.event_ids for one in daily] == [(1,)]
