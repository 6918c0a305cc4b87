"""A number without a unit of mass is no dose: what asks for it is unknown and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from stepline.engine.dose_rows import in_grams, per_kilogram
from stepline.engine.dose_sums import cumulative_dose
from stepline.engine.doses import daily_dose, weekly_dose
from stepline.engine.situation import Situation
from stepline.protocol import criterion as c
from stepline.record.index import RecordIndex
from stepline.record.model import Event, Record, Subject
from stepline.vocabulary.catalogue import catalogue

SPELL = Event(
    1, datetime(2026, 1, 1), "prednisone", "prednisone", Decimal(30), is_spell=True,
    end_time=datetime(2026, 3, 1),
)  # fmt: skip
WEIGHT = Event(2, datetime(2026, 1, 1), "weight", "weight", Decimal(60), unit="kg")


def having(*events: Event) -> Situation:
    """A month on."""
    index = RecordIndex(Record(Subject(1), events))
    return Situation(index, datetime(2026, 2, 1), catalogue(), {}, {}, ())


@pytest.mark.parametrize(
    ("unit", "says"), [("", "the dose has no unit"), ("{tbl}", "not a dose per day")]
)
def test_a_daily_dose_without_a_unit_of_mass_is_unknown(unit: str, says: str) -> None:
    situation = having(replace(SPELL, unit=unit), WEIGHT)
    for dose in (daily_dose, weekly_dose):
        found = dose(("prednisone",), "", situation)
        assert found.is_unknown
        assert any(says in one.says for one in found.missing)


def test_a_single_dose_without_a_unit_is_unknown() -> None:
    dose = replace(SPELL, code="ivig", concept="ivig", is_spell=False, end_time=None)
    situation = having(dose, WEIGHT)
    for found in (per_kilogram(dose, situation), in_grams(dose, situation)):
        assert found.is_unknown
        assert ["the dose has no unit" in one.says for one in found.missing] == [True]


COURSE = Event(
    3, datetime(2026, 1, 30), "methylprednisolone", "methylprednisolone", Decimal(3), unit="g",
    is_spell=True, end_time=datetime(2026, 2, 3), note="the dose is the total of a course",
)  # fmt: skip


def summed(*events: Event, until: datetime = datetime(2026, 3, 1)) -> tuple[int | None, int | None]:
    """Milligrams in all by a day."""
    node = c.CumulativeDose(("methylprednisolone",), "", c.EVER)
    found = cumulative_dose(node, having(*events).at(until))
    low, high = found.low, found.high
    return None if low is None else int(low), None if high is None else int(high)


def test_the_total_of_a_course_is_no_dose_of_each_of_its_days() -> None:
    found = daily_dose(("methylprednisolone",), "", having(COURSE))
    assert found.is_unknown
    assert any("how the total of the course is divided" in one.says for one in found.missing)


@pytest.mark.parametrize("route", ["", "iv"])
def test_the_total_of_a_course_is_summed_once_and_within_it_only_bounds_are_known(
    route: str,
) -> None:
    course = replace(COURSE, route=route)
    assert summed(course) == (3000, 3000)
    assert summed(course, until=datetime(2026, 2, 1)) == (0, 3000)


def test_a_daily_dose_beside_the_total_of_a_course_is_summed_with_it() -> None:
    daily = replace(COURSE, event_id=4, value=Decimal(4), unit="mg/d", note="",
                    time=datetime(2026, 2, 10), end_time=datetime(2026, 2, 19))  # fmt: skip
    assert summed(COURSE, daily) == (3040, 3040)
