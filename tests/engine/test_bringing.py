"""A number counts in the unit that is asked for, or it is unknown: never as if it were in it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from stepline.engine.amounts import Amount
from stepline.engine.picking import pick
from stepline.engine.situation import Situation
from stepline.protocol import criterion as c
from stepline.record.index import RecordIndex
from stepline.record.model import Event, Record, Subject
from stepline.vocabulary.catalogue import catalogue


def last(concept: str, *values: tuple[str, str], take: c.Take = c.Take.LAST) -> Amount:
    """The last, or another, of some values with their units, a day apart."""
    events = tuple(
        Event(n, datetime(2026, 1, n, 8), concept, concept, Decimal(value), unit=unit)
        for n, (value, unit) in enumerate(values, 1)
    )
    index = RecordIndex(Record(Subject(1), events))
    situation = Situation(index, datetime(2026, 1, 20), catalogue())
    return pick(c.Pick(take, (concept,)), situation)


@pytest.mark.parametrize(
    ("concept", "value", "unit", "low", "high"),
    [
        ("igg", "1020", "mg/dL", "10.2", "10.2"),
        ("creatinine", "88.42", "umol/L", "0.9999", "1.0003"),  # 113.12 g/mol: 1 mg/dL is 88.4
        ("weight", "132.277", "[lb_av]", "59.99", "60.01"),
        ("mmt8-150", "140", "", "140", "140"),
    ],
)
def test_a_number_in_another_unit_counts_in_the_concept_s(
    concept: str, value: str, unit: str, low: str, high: str
) -> None:
    found = last(concept, (value, unit))
    assert found.low is not None
    assert Decimal(low) <= found.low <= Decimal(high)
    assert found.low == found.high


@pytest.mark.parametrize(
    ("concept", "value", "unit", "says"),
    [
        ("ldh", "518", "", "the number has no unit"),
        ("ldh", "518", "mg", "mg does not become U/L"),
        ("weight", "60", "", "the number has no unit"),
        ("haemoglobin", "7", "mm[Hg]", "mm[Hg] does not become g/L"),
    ],
)
def test_a_number_that_cannot_be_brought_to_the_unit_is_unknown_and_says_why(
    concept: str, value: str, unit: str, says: str
) -> None:
    found = last(concept, (value, unit))
    assert found.is_unknown
    assert any(one.says.endswith(says) for one in found.missing)


def test_the_highest_of_values_is_unknown_while_one_of_them_is() -> None:
    found = last("ldh", ("300", "U/L"), ("9000", ""), take=c.Take.HIGHEST)
    assert found.low == Decimal(300)
    assert found.high is None
    assert any("no unit" in one.says for one in found.missing)
