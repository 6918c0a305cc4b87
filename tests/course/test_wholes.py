"""Totals, rates of a few days, weekly amounts and alternate days are read as such."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.course.model import Course
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject, in_order
from stepline.record.totals import days_of_course, is_undivided, over_days
from stepline.vocabulary.catalogue import catalogue
from tests.sources.bundles import coded, dosage, observation, quantity, read, request

START = datetime(2026, 1, 5)
DAY = timedelta(days=1)
BODY = Event(1, START - DAY * 10, "weight", "weight", Decimal(60), unit="kg")
WEIGHT = observation(
    id="w", code=coded("29463-7"), effectiveDateTime="2026-01-01", valueQuantity=quantity(60, "kg")
)


def courses(*rows: Event) -> tuple[Course, ...]:
    """The courses of one person of 60 kg."""
    record = Record(Subject(1), in_order([BODY, *rows]))
    return recognise(RecordIndex(record), packaged().regimens, catalogue())


def ordered(drug: str, text: str) -> Course:
    """The one course of an order that is words alone, for a person of 60 kg."""
    thing = {"text": catalogue().concept(drug).title}
    order = request(medicationCodeableConcept=thing, dosageInstruction=[dosage(text=text)])
    (course,) = recognise(RecordIndex(read(order, WEIGHT)), packaged().regimens, catalogue())
    return course


@pytest.mark.parametrize(
    ("drug", "text", "regimen"),
    [
        ("ivig", "2 g/kg over 5 days", "ivig-2g-over-5d-monthly"),
        ("ivig", "total 120 g over 4 days", "ivig-2g-over-5d-monthly"),
        ("ivig", "2 g/kg in total over 2 days", "ivig-2g-over-2d-every-4-weeks"),
        ("ivig", "0.4 g/kg daily for 5 days", "ivig-2g-over-5d-monthly"),
        ("ivig", "2 g/kg over 5 days every 4 weeks", "ivig-2g-over-5d-monthly"),
        ("ivig", "1 g/kg daily for 2 days every 4 weeks", "ivig-2g-over-2d-every-4-weeks"),
        ("ivig", "2 g/kg/month", "ivig-2g-over-5d-monthly"),
        ("ivig", "2 g/kg per 4 weeks over 2 days", "ivig-2g-over-2d-every-4-weeks"),
        ("scig", "12 g/week", "scig-200-weekly"),
        ("methotrexate", "15 mg/week", "methotrexate-weekly"),
        ("methotrexate", "15 mg weekly", "methotrexate-weekly"),
        ("rituximab", "1 g x2, two weeks apart", "rituximab-1g-x2"),
        ("rituximab", "375 mg/m2 weekly x4", "rituximab-375-weekly-x4"),
        ("methylprednisolone", "1 g iv daily x3", "methylprednisolone-1g-x3"),
        ("prednisone", "60 mg od", "prednisone-high-dose"),
        ("prednisone", "80/40 mg alternate days", "prednisone-high-dose"),
        ("prednisone", "100 mg every other day", "prednisone-high-dose"),
    ],
)
def test_an_order_in_words_is_read_as_its_regimen(drug: str, text: str, regimen: str) -> None:
    assert ordered(drug, text).regimen == regimen


@pytest.mark.parametrize("text", ["24 g/week", "30 g/month", "0.2 g/kg per 4 weeks"])
def test_an_amount_of_a_time_names_no_regimen_that_speaks_of_each_dose(text: str) -> None:
    course = ordered("ivig", text)
    assert course.regimen == ""
    assert course.because == (
        "the amount is that of a whole time, and how it is divided is not stated",
    )


@pytest.mark.parametrize(
    ("drug", "text", "kind"),
    [
        ("prednisone", "100 mg every other day", "alternate-days"),
        ("prednisone", "80/40 mg alternate days", "alternate-days"),
        ("ivig", "24 g/week", "split-unknown"),
        ("ivig", "2 g/kg/month", "split-unknown"),
    ],
)
def test_what_a_dose_stands_for_is_said(drug: str, text: str, kind: str) -> None:
    assert kind in [one.kind for one in ordered(drug, text).deviations]


def test_the_days_of_a_total_are_one_row_of_the_course() -> None:
    course = ordered("ivig", "2 g/kg over 5 days")
    assert (course.end, len(course.event_ids)) == (course.start + 4 * DAY, 1)
    unrecorded = next(one for one in course.deviations if one.kind == "giving-unrecorded")
    assert unrecorded.event_ids == course.event_ids


def spell(number: int, first: int, last: int, dose: str, **more: Any) -> Event:
    """A dose of prednisone from one day to another."""
    base = Event(number, START + DAY * first, "prednisone", "prednisone", Decimal(dose),
                 unit="mg/d", is_spell=True, end_time=START + DAY * last)  # fmt: skip
    return replace(base, **more)


def ivig(number: int, day: int, dose: str, **more: Any) -> Event:
    """Grams per kilogram of immunoglobulin that were given on a day."""
    base = Event(number, START + DAY * day, "ivig", "ivig", Decimal(dose), unit="g/kg",
                 status=EventStatus.GIVEN)  # fmt: skip
    return replace(base, **more)


def test_an_ordered_course_whose_days_were_given_is_no_course_beside_them() -> None:
    order = ivig(2, 0, "0.4", unit="g/kg/d", is_spell=True, end_time=START + DAY * 5,
                 status=EventStatus.ORDERED)  # fmt: skip
    given = [ivig(3 + day, day, "0.4") for day in range(5)]
    (course,) = courses(order, *given)
    assert course.event_ids == tuple(one.event_id for one in given)
    assert course.dose == "2 g/kg over 5 days"


def test_a_taper_may_end_on_alternate_days() -> None:
    doses = ("60", "50", "40", "30", "20", "10")
    daily = [spell(n, 14 * (n - 2), 14 * (n - 1), dose) for n, dose in enumerate(doses, 2)]
    last = spell(9, 84, 112, "10", unit="mg", interval="P2D")
    (course,) = courses(*daily, last)
    assert course.regimen == "prednisone-taper"
    assert course.dose == "60 to 5 mg/d"
    assert [one.kind for one in course.deviations] == ["alternate-days"]


def test_every_second_day_of_a_drug_that_nobody_prescribes_by_the_day_stays_an_interval() -> None:
    row = ivig(2, 0, "0.4", is_spell=True, interval="P2D", end_time=START + DAY * 8)
    (course,) = courses(row)
    assert course.interval == "P2D"


@given(st.integers(2, 7), st.integers(1, 400))
def test_the_days_of_a_total_add_up_to_it_whatever_their_number(days: int, number: int) -> None:
    note = over_days(days)
    total = Decimal(number) / 100
    (course,) = courses(ivig(2, 0, str(total), note=note))
    assert course.dose == f"{total.normalize():f} g/kg over {days} days"
    assert course.event_ids == (2,)


def test_the_same_total_over_other_days_is_another_cycle() -> None:
    two_days = [ivig(n, 28 * n, "2", note=over_days(2)) for n in range(2, 6)]
    five_days = [ivig(n, 28 * n, "2", note=over_days(5)) for n in range(6, 10)]
    (course,) = courses(*two_days, *five_days)
    split = [one.event_ids for one in course.deviations if one.kind == "split"]
    assert course.regimen == "ivig-2g-over-2d-every-4-weeks"
    assert split == [(event.event_id,) for event in five_days]


@given(st.integers(1, 60))
def test_the_days_of_a_total_are_read_from_its_note(days: int) -> None:
    assert days_of_course(f"dose from the text; {over_days(days)}; more") == days
    assert days_of_course(over_days(f"2 to {days + 2}")) is None
    assert is_undivided(over_days(days)) is (days > 1)
    assert not is_undivided(over_days(days, "0.4 g/kg"))
