"""The calendar of a plan, read back by the library that others read calendars with."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from stepline.dosing.plan_model import Plan
from stepline.exports.calendar import calendar_of
from stepline.protocol.loading import packaged
from tests.support.plans import DAILY, PLANNED, planned, usual_plan

SEED = "ivig-2g-over-5d-monthly"
AMOUNT = re.compile(r" (?P<value>[\d.]+) (?P<unit>g|mg)\b")


def events(plan: Plan, **manner: Any) -> Sequence[Event]:
    """The events of a plan, after writing and reading."""
    written = calendar_of(plan, packaged(), **manner)
    read = Calendar.from_ical(written)
    assert isinstance(read, Calendar)
    return read.events


def told(event: Event) -> tuple[dt.date, dt.date, Decimal, str]:
    """First day, day after the last, amount and unit, as a calendar program would show them."""
    found = AMOUNT.search(str(event["summary"]))
    assert found is not None
    return event.start, event.end, Decimal(found["value"]), found["unit"]


def wanted(plan: Plan) -> list[tuple[dt.date, dt.date, Decimal, str]]:
    """The same, from the plan."""
    return [
        (
            dose.date,
            (dose.until or dose.date) + dt.timedelta(days=1),
            round(dose.portion.amount.value, 2),
            dose.portion.amount.unit,
        )
        for dose in plan.doses
    ]


@pytest.mark.parametrize("regimen", PLANNED)
def test_every_regimen_comes_back_with_its_days_and_amounts(regimen: str) -> None:
    plan = usual_plan(regimen)
    assert [told(event) for event in events(plan)] == wanted(plan)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["ivig-400-weekly", "ivig-1g-every-4-weeks", "azathioprine-daily"]),
    st.integers(40, 120),
    st.dates(dt.date(2000, 1, 1), dt.date(2090, 1, 1)),
)
def test_any_body_and_start_come_back(regimen: str, kg: int, start: dt.date) -> None:
    plan = planned(regimen, weight=f"{kg}kg", start=start.isoformat(), courses="2")
    assert [told(event) for event in events(plan)] == wanted(plan)


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200))
def test_any_words_are_folded_at_75_octets_and_come_back(words: str) -> None:
    plan = planned("methylprednisolone-1g-x3")
    title = f"Ä, b; c\\ “é” 試験 {words} end"
    regimen = replace(plan.request.regimen, title=title)
    plan = replace(plan, request=replace(plan.request, regimen=regimen))
    written = calendar_of(plan, packaged())
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert all(title in str(event["description"]) for event in events(plan))


def test_the_summary_says_drug_amount_volume_day_and_course() -> None:
    first, *_, last = events(usual_plan(SEED))
    assert str(first["summary"]) == "IVIG 25 g (250 mL), day 1 of 5, course 1 of 6"
    assert str(last["summary"]) == "IVIG 20 g (200 mL), day 5 of 5, course 6 of 6"


def test_single_doses_are_counted_as_doses() -> None:
    said = str(events(usual_plan("rituximab-375-weekly-x4"))[1]["summary"])
    assert said.endswith(", dose 2 of 4")


def test_a_plan_of_the_courses_that_are_left_keeps_their_numbers() -> None:
    plan = usual_plan(SEED)
    rest = replace(plan, doses=plan.doses[20:])
    assert str(events(rest)[0]["summary"]) == "IVIG 25 g (250 mL), day 1 of 5, course 5 of 6"


def test_the_description_says_that_the_course_is_never_given_in_one_day() -> None:
    said = str(events(usual_plan(SEED))[0]["description"])
    assert "120 g is the whole course of 5 days; never in one day" in said
    assert "Vials: 1 × 20 g + 1 × 5 g" in said
    assert "Hepatitis B serology before the first IVIG" in said
    assert said.endswith("It orders nothing.")


def test_premedication_stands_with_its_minutes_where_they_are_stated() -> None:
    said = str(events(usual_plan("rituximab-1g-x2"))[0]["description"])
    assert "Methylprednisolone 100 mg iv, 30 minutes before" in said
    assert "Paracetamol, time before not stated" in said


def test_weekly_methotrexate_names_its_weekday_in_every_event() -> None:
    found = events(planned("methotrexate-weekly", weekday="thursday"))
    assert all("once a week on Thursday" in str(event["summary"]) for event in found)
    assert all("Not every day" in str(event["description"]) for event in found)
    assert {event.start.isoweekday() for event in found} == {4}


def test_a_step_of_a_taper_is_one_event_up_to_the_next_and_marked_as_proposed() -> None:
    found = events(usual_plan("prednisone-taper"))
    assert all(str(event["summary"]).startswith("PROPOSED: ") for event in found)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert "no end is stated" in str(found[-1]["summary"])


@pytest.mark.parametrize("regimen", PLANNED)
def test_no_event_claims_to_be_confirmed(regimen: str) -> None:
    assert {str(event["status"]) for event in events(usual_plan(regimen))} == {"TENTATIVE"}


def test_one_plan_gives_one_file_and_every_event_its_own_name() -> None:
    plan = usual_plan(SEED)
    assert calendar_of(plan, packaged()) == calendar_of(planned(SEED), packaged())
    names = [str(event["uid"]) for event in events(plan)]
    assert len(set(names)) == len(names) == 30


def test_two_patients_with_equal_plans_can_be_told_apart() -> None:
    plan = usual_plan(SEED)
    plain, named = ({str(e["uid"]) for e in events(plan, key=key)} for key in ("", "bed 4"))
    assert not plain & named
    assert b"bed 4" not in calendar_of(plan, packaged(), key="bed 4")


def test_the_moment_is_the_stated_one_or_midnight_of_the_first_day() -> None:
    moment = dt.datetime(2026, 1, 2, 9, 30, tzinfo=dt.UTC)
    plain, stamped = events(usual_plan(SEED))[7], events(usual_plan(SEED), stamp=moment)[7]
    assert plain.decoded("dtstamp") == dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    assert stamped.decoded("dtstamp") == moment


@pytest.mark.parametrize("regimen", [SEED, *DAILY])
def test_there_is_an_alarm_only_where_one_is_asked_for(regimen: str) -> None:
    plan = usual_plan(regimen)
    assert not any(event.alarms.times for event in events(plan))
    first = events(plan, remind=dt.timedelta(hours=12))[0]
    assert first.walk("VALARM")[0].decoded("trigger") == -dt.timedelta(hours=12)
