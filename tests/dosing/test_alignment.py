"""Several regimens in one calendar: who starts when, and what never falls on one day."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.cli.main import run
from stepline.core.errors import Refused
from stepline.core.evidence import Status
from tests.dosing.plans import MONTHLY, aligned_of, told
from tests.dosing.values import codes

PAIR = "rituximab-1g-x2"


@pytest.mark.parametrize(
    ("when", "first"),
    [("2026-03-02", "2026-03-02"), ("start+14d", "2026-01-19"), ("end+14d", "2026-01-23")],
)
def test_a_regimen_beside_another_starts_by_its_own_rule(when: str, first: str) -> None:
    alignment = aligned_of(MONTHLY, f"{PAIR}@{when}", courses="1")
    assert str(alignment.plans[1].doses[0].date) == first


def test_immunoglobulin_and_rituximab_on_one_day_are_refused_with_the_nearest_start() -> None:
    assert codes(lambda: aligned_of(MONTHLY, f"{PAIR}@start+2d", courses="1")) == ["same-day"]
    with pytest.raises(Refused) as refused:
        aligned_of(MONTHLY, f"{PAIR}@start+2d", courses="1")
    assert refused.value.problems[0].allowed == "a start on 2026-01-10"


def test_one_drug_by_two_plans_on_one_day_is_refused_with_the_nearest_start() -> None:
    twice = f"{MONTHLY}@start/courses=1"
    assert codes(lambda: aligned_of(MONTHLY, twice, courses="1")) == ["same-drug"]
    with pytest.raises(Refused) as refused:
        aligned_of(MONTHLY, twice, courses="1")
    assert refused.value.problems[0].allowed == "a start on 2026-01-10"


def test_what_was_given_of_a_regimen_beside_is_said_with_it() -> None:
    beside = f"{PAIR}@2026-03-02/given=2026-02-16=1g"
    given, planned = (
        aligned_of(MONTHLY, one, courses="1").plans[1] for one in (beside, f"{PAIR}@2026-03-02")
    )
    assert [dose.day for dose in given.doses] == [15]
    assert [dose.day for dose in planned.doses] == [1, 15]


def test_a_unit_with_a_stroke_may_stand_in_an_option_of_a_regimen_beside() -> None:
    beside = f"{PAIR}@2026-03-02/dilution=2mg/mL/courses=1"
    dose = aligned_of(MONTHLY, beside, courses="1").plans[1].doses[0]
    assert dose.portion.volume_ml(dose.portion.amount) == 500


def test_the_constraint_that_is_kept_is_named_and_unconfirmed() -> None:
    kept = aligned_of(MONTHLY, f"{PAIR}@end+14d", courses="1").held
    assert [one.name for one in kept] == ["ivig-and-rituximab-apart"]
    assert {one.status for one in kept[0].evidence} == {Status.UNCONFIRMED}
    assert aligned_of(MONTHLY, "prednisone-taper@start/proposed", courses="1").held == ()


@given(days=st.integers(0, 200))
@settings(max_examples=25, deadline=None)
def test_whatever_the_start_no_calendar_holds_both_on_one_day(days: int) -> None:
    first = date(2026, 1, 5) + timedelta(days=days)
    beside = f"rituximab-375-weekly-x4@{first}"
    refused, alignment = told(lambda: aligned_of(MONTHLY, beside, height="160cm"))
    if alignment is None:
        assert refused == ["same-day"]
        return
    by_drug = {
        drug: {entry.date for entry in alignment.calendar() if entry.drug == drug}
        for drug in ("ivig", "rituximab")
    }
    assert not by_drug["ivig"] & by_drug["rituximab"]


def test_premedication_stands_before_its_dose_with_its_time() -> None:
    alignment = aligned_of(MONTHLY, f"{PAIR}@end+14d", courses="1")
    day = [entry for entry in alignment.calendar() if str(entry.date) == "2026-01-23"]
    assert [(entry.drug, entry.minutes_before) for entry in day] == [
        ("paracetamol", None),
        ("antihistamine", None),
        ("methylprednisolone", 30),
        ("rituximab", None),
    ]


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ((PAIR,), ["with-unreadable"]),
        ((f"{PAIR}@start/colour=red",), ["with-option-unknown"]),
        ((f"{PAIR}@2026-02-31", "rituximab@start+3x"), ["date-impossible", "with-unreadable"]),
        (("rituximab-1g@start", "methotrexate-weekly@start"),
         ["regimen-unknown", "weekday-missing"]),
    ],
)  # fmt: skip
def test_every_regimen_beside_that_cannot_be_planned_is_told_at_once(
    beside: tuple[str, ...], expected: list[str]
) -> None:
    assert codes(lambda: aligned_of(MONTHLY, *beside)) == expected


def test_the_json_keeps_the_plan_and_adds_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["plan", MONTHLY, "--weight", "60kg", "--start", "2026-01-05", "--courses", "1"]
    assert run([*asked, "--with", "methotrexate-weekly@start/weekday=monday", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["regimen"] == MONTHLY
    assert [one["regimen"] for one in found["alignment"]["plans"]] == ["methotrexate-weekly"]
    assert len(found["alignment"]["calendar"]) == 5 + 12
    assert run([*asked, "--with", f"{PAIR}@end+14d"]) == 0
    assert "methylprednisolone 100 mg iv (30 min before)" in capsys.readouterr().out
