"""A therapy that is stated again at a later visit is one stretch, and never adds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.course.model import Course
from stepline.course.recognising import recognise
from stepline.engine.dose_sums import cumulative_dose
from stepline.engine.doses import daily_dose
from stepline.protocol import criterion as c
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record
from stepline.record.totals import days_stated, stated_again, stated_by
from stepline.review.hindsight import known_at
from stepline.vocabulary.catalogue import catalogue
from tests.sources.bundles import coded, daily, dosage, observation, quantity, read, request, rxnorm
from tests.sources.test_fhir_medications import statement
from tests.support.criteria import situation

WEIGHT = observation(
    id="w", code=coded("29463-7"), effectiveDateTime="2026-01-01", valueQuantity=quantity(60, "kg")
)
VISITS = ("2026-01-05", "2026-02-10", "2026-06-20", "2026-12-01")
Json = dict[str, Any]


def at_visit(day: str, dose: float = 60, **fields: object) -> Json:
    """A statement made on a day, without an end."""
    taken = {"dosage": [dosage(dose, repeat=daily())]}
    own = {"effectivePeriod": None, "effectiveDateTime": day, **taken, **fields}
    return statement(id=f"s-{day}-{dose}", **own)


def over(first: str, last: str, dose: float = 60, **fields: object) -> Json:
    """A statement of a stretch."""
    period = {"start": first, "end": last}
    own = {"id": f"s-{first}-{dose}", "effectivePeriod": period, **fields}
    return statement(dosage=[dosage(dose, repeat=daily())], **own)


def drug_rows(record: Record) -> list[Event]:
    return [event for event in record.events if event.concept == "prednisone"]


def courses(record: Record) -> tuple[Course, ...]:
    return recognise(RecordIndex(record), packaged().regimens, catalogue())


def test_a_drug_stated_at_every_visit_is_one_stretch_and_one_course() -> None:
    record = read(WEIGHT, *(at_visit(day) for day in VISITS))
    (event,) = drug_rows(record)
    assert (event.end_time, event.end_said) == (None, "ongoing")
    assert [day.isoformat() for day in days_stated(event.note)] == list(VISITS[1:])
    assert "Statements that repeat one that still ran, and are in its row: 3." in record.notes
    (course,) = courses(record)
    assert (course.regimen, course.dose) == ("prednisone-high-dose", "60 mg/d")
    assert f"stated again {', '.join(VISITS[1:])}" in course.because


def test_a_drug_stated_at_every_visit_is_taken_once_a_day_and_not_once_a_visit() -> None:
    record = read(*(at_visit(day, 10) for day in VISITS))
    now = situation(record, datetime(2026, 12, 31, 12))
    dose = daily_dose(("prednisone",), "", now)
    assert (dose.low, dose.high) == (Decimal(10), Decimal(10))


def test_a_statement_on_an_order_does_not_hide_what_was_taken_in_total() -> None:
    order = request(dosageInstruction=[dosage(60, repeat=daily())])
    based_on = [{"reference": "MedicationRequest/r1"}]
    stated = statement(effectivePeriod={"start": "2026-01-08"}, basedOn=based_on)
    now = situation(read(order, stated), datetime(2026, 1, 14, 12))
    total = cumulative_dose(c.CumulativeDose(("prednisone",), "", c.EVER), now)
    # Counted from the day on which it is known to be taken: the 8th to the 14th.
    assert (total.low, total.high) == (Decimal(420), Decimal(420))


def test_alternate_days_that_are_stated_again_stay_both() -> None:
    every_second = {"frequency": 1, "period": 2, "periodUnit": "d"}
    record = read(WEIGHT, *(at_visit(day, dosage=[dosage(120, repeat=every_second)])
                            for day in VISITS[:2]))  # fmt: skip
    (course,) = courses(record)
    assert (course.regimen, course.dose) == ("prednisone-high-dose", "60 mg/d")
    assert f"stated again {VISITS[1]}" in course.because
    assert "alternate-days" in [one.kind for one in course.deviations]


def test_the_order_of_resources_does_not_matter() -> None:
    resources = [at_visit(day) for day in VISITS]
    there, back = read(WEIGHT, *resources), read(*reversed(resources), WEIGHT)
    assert [replace(one, source="") for one in drug_rows(there)] == [
        replace(one, source="") for one in drug_rows(back)
    ]


def test_one_stretch_asserted_at_every_visit_is_told_once() -> None:
    stated = [
        statement(id=f"s{n}", dateAsserted=day, dosage=[dosage(60, repeat=daily())])
        for n, day in enumerate(VISITS)
    ]
    (event,) = drug_rows(read(*stated))
    assert event.time == datetime(2026, 1, 5)
    assert len(days_stated(event.note)) == 3


def test_orders_written_anew_while_the_last_one_is_active_are_one_stretch() -> None:
    orders = [
        request(id=f"r{n}", authoredOn=day, dosageInstruction=[dosage(60, repeat=daily())])
        for n, day in enumerate(VISITS)
    ]
    record = read(WEIGHT, *orders)
    (event,) = drug_rows(record)
    assert event.status is EventStatus.ORDERED
    assert len(courses(record)) == 1


def test_a_statement_on_an_order_is_no_course_of_an_unknown_dose_beside_it() -> None:
    order = request(dosageInstruction=[dosage(60, repeat=daily())])
    based_on = [{"reference": "MedicationRequest/r1"}]
    stated = statement(effectivePeriod={"start": "2026-02-05"}, basedOn=based_on)
    assert [course.dose for course in courses(read(WEIGHT, order, stated))] == ["60 mg/d"]


def infusion(number: int, **fields: object) -> Json:
    """An order of rituximab, written on the day of a visit."""
    own = {"id": f"r{number}", "authoredOn": VISITS[number], **fields}
    return request(medicationCodeableConcept=rxnorm("121191", "rituximab"), **own)


def test_orders_that_do_not_say_how_often_are_each_their_own() -> None:
    record = read(*(infusion(n, dosageInstruction=[dosage(1, "g")]) for n in range(3)))
    assert len(record.events) == 3


@pytest.mark.parametrize("status", ["active", "completed"])
def test_an_order_that_runs_into_the_next_was_filled_early_and_stays_one(status: str) -> None:
    bounds = [{"start": "2026-01-05", "end": "2026-02-20"}, {"start": "2026-02-10",
               "end": "2026-03-20"}]  # fmt: skip
    orders = [
        request(id=f"r{n}", authoredOn=one["start"], status=status,
                dosageInstruction=[dosage(60, repeat=daily(boundsPeriod=one))])
        for n, one in enumerate(bounds)
    ]  # fmt: skip
    assert len(drug_rows(read(*orders))) == 2


def test_stretches_that_overlap_run_to_the_last_of_their_ends() -> None:
    record = read(over("2026-01-05", "2026-03-10"), over("2026-02-10", "2026-04-20"))
    (event,) = drug_rows(record)
    assert (event.time.date(), event.end_said) == (date(2026, 1, 5), "2026-04-20")


def test_a_shorter_stretch_within_a_longer_one_does_not_end_it() -> None:
    record = read(over("2026-01-05", "2026-06-10"), over("2026-02-10", "2026-03-20"))
    (event,) = drug_rows(record)
    assert event.end_said == "2026-06-10"


def test_stretches_that_touch_are_rows_of_one_course() -> None:
    record = read(WEIGHT, over("2026-01-05", "2026-02-10"), over("2026-02-11", "2026-03-20"))
    assert len(drug_rows(record)) == 2
    assert len(courses(record)) == 1


def test_the_last_statement_ends_the_therapy_and_says_why() -> None:
    ended = over(
        "2026-02-10", "2026-03-20", status="stopped", statusReason=[{"text": "intolerance"}]
    )
    record = read(at_visit("2026-01-05"), ended)
    (event,) = drug_rows(record)
    assert (event.status, event.end_said) == (EventStatus.STOPPED, "2026-03-20")
    assert event.reason == "intolerance"


def test_what_was_asserted_earlier_does_not_end_what_is_asserted_to_go_on() -> None:
    going = at_visit("2026-01-05", dateAsserted="2026-12-01")
    ended = over("2026-02-10", "2026-03-20", dateAsserted="2026-03-20")
    (event,) = drug_rows(read(going, ended))
    assert event.end_said == "ongoing"


@pytest.mark.parametrize(
    "other",
    [
        at_visit("2026-02-10", 40),
        statement(id="x", effectivePeriod={"start": "2026-02-10"},
                  dosage=[dosage(60, repeat=daily(when=["EVE"]))]),
        statement(id="x", effectivePeriod={"start": "2026-02-10"},
                  dosage=[{**dosage(60, repeat=daily()), "route": {"text": "intravenous"}}]),
        statement(id="x", effectivePeriod={"start": "2026-01-05"},
                  dosage=[dosage(60, repeat=daily())]),
        statement(id="x", effectivePeriod={"start": "2026-02-10"}, status="not-taken",
                  dosage=[dosage(60, repeat=daily())]),
        statement(id="x", effectivePeriod={"start": "2026-02-10"},
                  dosage=[dosage(40, repeat=daily()), dosage(20, repeat=daily())]),
    ],
    ids=["dose", "evening", "route", "same day", "not taken", "two parts"],
)  # fmt: skip
def test_what_differs_or_is_said_on_the_same_day_stands_beside_it(other: Json) -> None:
    record = read(at_visit("2026-01-05"), other)
    assert len(drug_rows(record)) > 1


def test_a_dose_that_comes_back_after_another_is_begun_anew() -> None:
    record = read(
        *(at_visit(day, dose) for day, dose in zip(VISITS, (60, 40, 60, 60), strict=True))
    )
    assert [event.value for event in drug_rows(record)] == [60, 40, 60]


def test_a_taper_in_between_is_a_change_too() -> None:
    steps = [
        dosage(40, sequence=1, repeat=daily(boundsDuration=quantity(2, "wk"))),
        dosage(20, sequence=2, repeat=daily(boundsDuration=quantity(2, "wk"))),
    ]
    taper = request(authoredOn="2026-02-01", dosageInstruction=steps)
    record = read(at_visit("2026-01-05"), taper, at_visit("2026-06-20"))
    assert [event.value for event in drug_rows(record)] == [60, 40, 20, 60]


def test_parallel_parts_of_a_dose_are_each_stated_again() -> None:
    parts = [at_visit(day, dose) for day in VISITS for dose in (20, 5)]
    assert sorted(event.value or 0 for event in drug_rows(read(*parts))) == [5, 20]


def test_a_gap_between_stated_stretches_stays_a_gap() -> None:
    record = read(WEIGHT, over("2026-01-05", "2026-02-10"), over("2026-03-01", "2026-04-20"))
    assert len(drug_rows(record)) == 2
    (course,) = courses(record)
    assert [one.kind for one in course.deviations] == ["gap"]


def test_an_end_that_is_not_dated_is_not_filled_in() -> None:
    record = read(*(at_visit(day, status="completed") for day in VISITS[:2]))
    assert len(drug_rows(record)) == 2


def test_as_of_a_day_later_statements_are_not_known() -> None:
    record = read(*(at_visit(day) for day in VISITS))
    (event,) = drug_rows(known_at(record, datetime(2026, 3, 1)))
    assert days_stated(event.note) == (date(2026, 2, 10),)
    (first,) = drug_rows(known_at(record, datetime(2026, 1, 6)))
    assert "stated again" not in first.note


DAYS = st.lists(st.integers(0, 900), min_size=1, max_size=9, unique=True).map(sorted)


@given(DAYS)
def test_visits_at_any_distance_are_one_row_and_count_once(days: list[int]) -> None:
    first = date(2024, 1, 1)
    visits = [(first + timedelta(days=day)).isoformat() for day in days]
    (event,) = drug_rows(read(*(at_visit(day) for day in visits)))
    assert event.time.date().isoformat() == visits[0]
    assert [day.isoformat() for day in days_stated(event.note)] == visits[1:]


@given(DAYS, st.integers(0, 900))
def test_a_note_holds_what_was_stated_by_a_day(days: list[int], until: int) -> None:
    first = date(2024, 1, 1)
    stated = [first + timedelta(days=day) for day in days]
    note = f"given for x; {stated_again(stated)}; more"
    limit = first + timedelta(days=until)
    assert list(days_stated(stated_by(note, limit))) == [day for day in stated if day <= limit]
    assert stated_by(note, limit).startswith("given for x; ")
