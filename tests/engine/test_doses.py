"""A number without a unit of mass is no dose: what asks for it is unknown and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from stepline.engine.doses import daily_dose, in_grams, per_kilogram, weekly_dose
from stepline.engine.situation import Situation
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
