"""A plan laid out as rows is read as the regimen it was made from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.errors import Refused
from stepline.core.quantity import Quantity, in_unit
from stepline.course.planned import planned_events
from stepline.course.recognising import recognise
from stepline.dosing.bodysize import body_size
from stepline.dosing.plan_model import OpenDays, Plan, PlanRequest
from stepline.dosing.plan_reading import read_regimen
from stepline.dosing.planning import make_plan
from stepline.dosing.products import product, products
from stepline.dosing.rounding import Policy
from stepline.protocol.loading import packaged
from stepline.protocol.model import QuantityRange, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject, in_order
from stepline.vocabulary.catalogue import catalogue
from tests.dosing.values import codes

UNPLANNABLE = {"methylprednisolone-monthly-pulses": "dose-unknown"}
"""Regimens that no plan can be made of, with the code of the refusal."""

PART_READ_AS_ANOTHER = {
    ("rituximab-375-weekly-x4", 1): "rituximab-500-every-6-months",
    ("rituximab-375-weekly-x4", 2): "rituximab-1g-weekly-x2",
}
"""Parts of a regimen with a fixed number of doses that are as well another regimen.

One dose of 400 mg, or two of 900 mg a week apart, lie in the bands of two regimens, and the
recogniser takes the one that is complete. Nothing in the rows tells them apart but the order that
they come from, which it does not read.
"""

REGIMENS = [one for one in packaged().regimens if one.id not in UNPLANNABLE]
HEIGHT = Decimal(165)


@st.composite
def requests(draw: st.DrawFn) -> PlanRequest:
    """Any regimen for any body, start, product, rounding, number of courses and open days."""
    regimen = draw(st.sampled_from(REGIMENS))
    fitting = [p for p in products() if p.drug == regimen.drug and regimen.route in p.routes]
    weight = draw(st.integers(min_value=120, max_value=600)) / Decimal(4)
    repeat = regimen.repeat
    is_repeated = repeat is not None and repeat.every is not None and regimen.taper is None
    most = repeat.courses if repeat is not None and repeat.courses is not None else 6
    fewest = most if regimen.recognise is not None and regimen.recognise.doses else 1
    return PlanRequest(
        regimen,
        draw(st.dates(date(2024, 1, 1), date(2030, 12, 31))),
        body_size(Quantity(HEIGHT, "cm"), Quantity(weight, "kg")),
        courses=draw(st.integers(fewest, most)) if is_repeated else None,
        product=draw(st.sampled_from([None, *fitting])),
        policy=draw(st.sampled_from([Policy.COURSE, Policy.NEAREST, Policy.DOWN])),
        weekday=draw(st.integers(1, 7)) if repeat is not None and repeat.weekday else None,
        proposed=regimen.taper is not None,
        open_days=OpenDays(weekdays_only=draw(st.booleans())),
    )


def plan_of(request: PlanRequest) -> Plan | None:
    """The plan; `None` where it is refused, for its dose is then nothing that could be given."""
    try:
        return make_plan(request)
    except Refused:
        return None


def recorded(plan: Plan) -> Record:
    """A record that holds the body and the doses of a plan as given."""
    day = datetime(2023, 12, 1)
    weight = plan.request.size.weight
    assert weight is not None
    body = (
        Event(1, day, "weight", concept="weight", value=weight.value, unit=weight.unit),
        Event(2, day, "height", concept="height", value=HEIGHT, unit="cm"),
    )
    doses = planned_events(plan, after=2, status=EventStatus.GIVEN)
    return Record(Subject(1), in_order((*body, *doses)))


def read_back(record: Record) -> list[str]:
    """The regimens of the courses that are recognised."""
    found = recognise(RecordIndex(record), packaged().regimens, catalogue())
    return [course.regimen for course in found]


def band_of(regimen: Regimen) -> QuantityRange | None:
    """The amounts within which a course, or a dose, is read as the regimen."""
    recognised = regimen.recognise
    return (recognised.per_course or recognised.per_dose) if recognised else None


def is_in_band(plan: Plan) -> bool:
    """Whether rounding to vials or tablets left each course within the band of recognition."""
    band = band_of(plan.request.regimen)
    if band is None:
        return True
    mass, _, per = band.low.unit.partition("/")
    size = plan.request.size.weight if per.startswith("kg") else None
    if per.startswith("m2"):
        assert plan.surface is not None
        assert plan.surface.quantity is not None
        size = plan.surface.quantity
    by = in_unit(size, size.unit) if size is not None else 1
    totals = [
        sum(in_unit(dose.portion.amount, mass) for dose in plan.of_course(number)) / by
        for number in {dose.course for dose in plan.doses}
    ]
    if plan.is_daily:
        totals = [in_unit(plan.doses[0].portion.amount, mass) / by]
    elif plan.request.regimen.repeat is not None and plan.request.regimen.repeat.offsets:
        offsets = plan.request.regimen.repeat.offsets
        if offsets[-1] >= len(offsets):
            totals = [in_unit(dose.portion.amount, mass) / by for dose in plan.doses]
    low, high = in_unit(band.low, band.low.unit), in_unit(band.high, band.high.unit)
    return all(low <= total <= high for total in totals)


@settings(max_examples=150, deadline=None)
@given(requests())
def test_the_plan_of_a_regimen_is_read_back_as_that_regimen(request: PlanRequest) -> None:
    plan = plan_of(request)
    if plan is None or not is_in_band(plan):
        return
    assert read_back(recorded(plan)) == [request.regimen.id]


def request_of(regimen: Regimen, weight: str, **more: object) -> PlanRequest:
    """A plan that begins on a Monday."""
    body = body_size(Quantity(HEIGHT, "cm"), Quantity(Decimal(weight), "kg"))
    repeat = regimen.repeat
    weekday = 1 if repeat is not None and repeat.weekday else None
    counted = {"courses": 6} if regimen.id == "folic-acid-weekly" else {}
    is_taper = regimen.taper is not None
    fields = {"weekday": weekday, "proposed": is_taper, **counted, **more}
    return PlanRequest(regimen, date(2026, 1, 5), body, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("regimen", REGIMENS, ids=lambda regimen: str(regimen.id))
def test_each_regimen_of_the_library_is_read_back_from_its_plan(regimen: Regimen) -> None:
    plan = make_plan(request_of(regimen, "60"))
    assert read_back(recorded(plan)) == [regimen.id]


@pytest.mark.parametrize(("regimen", "code"), UNPLANNABLE.items())
def test_a_regimen_that_is_left_out_cannot_be_planned(regimen: str, code: str) -> None:
    assert codes(lambda: make_plan(request_of(read_regimen(regimen), "60"))) == [code]


@pytest.mark.parametrize(("part", "read_as"), PART_READ_AS_ANOTHER.items())
def test_a_part_that_is_read_as_another_regimen_still_is(
    part: tuple[str, int], read_as: str
) -> None:
    regimen, count = part
    weight = {1: "30", 2: "128.5"}[count]
    plan = make_plan(request_of(read_regimen(regimen), weight, courses=count, policy=Policy.DOWN))
    assert read_back(recorded(plan)) == [read_as]


def test_rows_carry_the_exact_amount_the_intent_the_route_and_the_regimen() -> None:
    regimen = read_regimen("ivig-2g-over-5d-monthly")
    plan = make_plan(request_of(regimen, "60", product=product("flebogamma-dif-10"), courses=2))
    rows = planned_events(plan, after=7)
    assert [row.event_id for row in rows] == list(range(8, 18))
    assert [row.value for row in rows[:5]] == [25, 25, 25, 25, 20]
    assert {row.status for row in rows} == {EventStatus.PLANNED}
    assert {(row.unit, row.route, row.intent, row.product) for row in rows} == {
        ("g", "iv", "immunomodulation", "flebogamma-dif-10")
    }
    assert (
        rows[9].note
        == "regimen ivig-2g-over-5d-monthly 1.0.0, course 2, day 5, 24 g before rounding"
    )
    assert planned_events(plan, after=7) == rows


def test_the_end_of_a_daily_dose_is_stated_only_where_the_plan_states_it() -> None:
    plan = make_plan(request_of(read_regimen("prednisone-taper"), "60"))
    rows = planned_events(plan)
    assert {(row.is_spell, row.unit) for row in rows} == {(True, "mg/d")}
    assert [row.end_time is None for row in rows] == [False] * (len(rows) - 1) + [True]
    assert (rows[-1].end_said, rows[-1].end_exact) == ("not stated", False)
    assert all(
        one.end_time is not None and one.end_time < other.time for one, other in pairwise(rows)
    )


def test_a_plan_is_shifted_as_a_whole() -> None:
    plan = make_plan(request_of(read_regimen("ivig-400-weekly"), "60"))
    here, there = planned_events(plan), planned_events(plan, shift=timedelta(days=-100))
    assert [a.time - b.time for a, b in zip(here, there, strict=True)] == [
        timedelta(days=100)
    ] * len(here)


REPEATED = [r for r in REGIMENS if r.repeat and r.repeat.every and not r.repeat.courses]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(REPEATED), st.integers(45, 110), st.integers(2, 10))
def test_a_plan_with_one_course_in_twelve_missed_is_read_back_as_that_regimen(
    regimen: Regimen, weight: int, missed: int
) -> None:
    plan = make_plan(request_of(regimen, str(weight), courses=12))
    kept = tuple(dose for dose in plan.doses if dose.course != missed)
    assert read_back(recorded(replace(plan, doses=kept))) == [regimen.id]


@st.composite
def single_doses(draw: st.DrawFn) -> tuple[Regimen, PlanRequest, frozenset[int]]:
    """A regimen of single doses for any weight, start and rounding; at most a tenth is missed."""
    regimen = draw(st.sampled_from(REPEATED))
    count = draw(st.integers(10, 30))
    missed = draw(st.frozensets(st.integers(2, count - 1), max_size=count // 10))
    weight = draw(st.integers(45, 110))
    policy = draw(st.sampled_from([Policy.COURSE, Policy.NEAREST, Policy.DOWN]))
    begins = draw(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
    repeat = regimen.repeat
    weekday = begins.isoweekday() if repeat is not None and repeat.weekday else None
    request = replace(
        request_of(regimen, str(weight)),
        courses=count,
        policy=policy,
        weekday=weekday,
        start=begins,
    )
    return regimen, request, missed


@settings(max_examples=100, deadline=None)
@given(single_doses())
def test_a_tenth_of_the_courses_missed_at_any_places_changes_no_regimen(
    made: tuple[Regimen, PlanRequest, frozenset[int]],
) -> None:
    regimen, request, missed = made
    plan = plan_of(request)
    if plan is None or not is_in_band(plan):
        return
    kept = tuple(dose for dose in plan.doses if dose.course not in missed)
    record = recorded(replace(plan, doses=kept))
    told = [replace(event, intent="") for event in record.events]
    assert read_back(record) == [regimen.id]
    assert read_back(replace(record, events=tuple(told))) == [regimen.id]
