"""Equivalents of glucocorticoids: the table, its disputed row, and pulses."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.evidence import Status
from stepline.core.quantity import Quantity
from stepline.dosing.glucocorticoids import daily_total, equivalent
from tests.dosing.values import codes, q

TABLE = {
    "hydrocortisone": "20",
    "cortisone": "25",
    "prednisone": "5",
    "prednisolone": "5",
    "methylprednisolone": "4",
    "triamcinolone": "4",
    "dexamethasone": "0.75",
    "deflazacort": "6",
}


@pytest.mark.parametrize(("drug", "milligrams"), TABLE.items())
def test_the_table_gives_5_mg_of_prednisone(drug: str, milligrams: str) -> None:
    found = equivalent(drug, Quantity(Decimal(milligrams), "mg"))
    assert found.exact == q("5 mg")


def test_the_remembered_factor_stays_unconfirmed() -> None:
    found = equivalent("deflazacort", q("6 mg"))
    assert Status.UNCONFIRMED in {one.status for one in found.evidence}


def test_betamethasone_stays_a_range_in_both_directions() -> None:
    to = equivalent("betamethasone", q("3 mg/d"))
    back = equivalent("prednisone", q("5 mg/d"), to="betamethasone")
    assert (to.low, to.high, to.exact) == (q("20 mg/d"), q("25 mg/d"), None)
    assert (back.low, back.high) == (q("0.6 mg/d"), q("0.75 mg/d"))
    assert to.as_json()["value"] is None


def test_a_disputed_drug_is_still_its_own_equivalent() -> None:
    assert equivalent("betamethasone", q("3 mg"), to="betamethasone").exact == q("3 mg")


def test_a_gram_of_methylprednisolone_is_1250_mg_and_a_pulse() -> None:
    pulse = equivalent("methylprednisolone", q("1 g"), route="iv")
    assert pulse.exact == q("1250 mg")
    assert pulse.is_pulse
    assert "never in a daily dose" in pulse.notes[0]


def test_a_large_oral_dose_is_a_pulse_too_and_ninety_is_none() -> None:
    assert equivalent("prednisone", q("250 mg")).is_pulse
    assert not equivalent("prednisone", q("90 mg/d")).is_pulse


def test_pulses_stand_beside_a_daily_total() -> None:
    daily = equivalent("prednisone", q("10 mg/d"))
    other = equivalent("methylprednisolone", q("4 mg/d"))
    pulse = equivalent("methylprednisolone", q("1 g"), route="iv")
    total = daily_total([daily, pulse, other])
    assert (total.low, total.high) == (q("15 mg/d"), q("15 mg/d"))
    assert total.pulses == (pulse,)


def test_a_single_dose_is_not_averaged_into_a_daily_one() -> None:
    single = equivalent("prednisone", q("10 mg"))
    assert codes(lambda: daily_total([single])) == ["not-daily"]
    assert codes(lambda: daily_total([])) == ["targets-mixed"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert codes(lambda: equivalent("prednisone", q("1 mg/kg"), to="ibuprofen", route="im")) == [
        "drug-unknown",
        "dose-unit-wrong",
        "route-unknown",
    ]
    assert codes(lambda: equivalent("prednisone", q("0 mg"))) == ["dose-not-positive"]


@given(st.sampled_from(sorted(TABLE)), st.sampled_from(sorted(TABLE)), st.integers(1, 240))
def test_there_and_back_is_the_same_dose(one: str, other: str, milligrams: int) -> None:
    there = equivalent(one, Quantity(Decimal(milligrams), "mg/d"), to=other)
    back = equivalent(other, there.low, to=one)
    assert abs(back.low.value - milligrams) < Decimal("1e-25")
