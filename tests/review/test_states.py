"""States of a course of treatment: what is read of each case, and what never changes it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepline.core.documents import plain, read_yaml
from stepline.engine.finding import Verdict
from stepline.protocol.loading import load_rules, packaged
from stepline.protocol.policy import with_policy
from stepline.record.casefile import record_from_entries, seed_case
from stepline.record.model import Event, Record, in_order
from stepline.review.model import Review
from stepline.review.output import as_json
from stepline.review.reviewing import Library, library_of, review
from stepline.vocabulary.catalogue import catalogue

FILE = Path(__file__).parent / "states.yaml"
CASES: list[dict[str, Any]] = cast(
    "dict[str, Any]", plain(read_yaml(FILE.read_text(encoding="utf-8"), FILE.name))
)["cases"]
SOME = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@lru_cache(maxsize=1)
def library() -> Library:
    """The packaged library, laid out once."""
    return library_of(packaged())


def reviewed(record: Record) -> Review:
    """The review of a record."""
    return review(record, library(), catalogue())


def told(record: Record) -> dict[str, Any]:
    """The machine form of a review, through its text."""
    found: dict[str, Any] = json.loads(json.dumps(as_json(reviewed(record))))
    return found


def record_of(case: dict[str, Any]) -> Record:
    """The record of a case."""
    return record_from_entries([dict(entry) for entry in case["record"]])


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["title"]))
def test_the_states_of_a_case_are_those_that_a_clinician_reads(case: dict[str, Any]) -> None:
    result = told(record_of(case))
    states = {one["id"]: one for one in result["states"]}
    for name, verdict in case["states"].items():
        expected = str(verdict).lower()
        assert states[name]["verdict"] == expected, states[name]["says"]
    for name, words in case.get("says", {}).items():
        said = f"{states[name]['title']}: {states[name]['says']}"
        assert all(word in said for word in words), said
    assert not states.keys() & set(case.get("absent", ()))
    tried = {one["drug"]: one for one in result["tried"]}
    for drug, answers in case.get("tried", {}).items():
        found = {name: tried[drug][name]["verdict"] for name in answers}
        assert found == {name: str(verdict).lower() for name, verdict in answers.items()}


@SOME
@given(st.sampled_from(CASES), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_state(case: dict[str, Any], random: Random) -> None:
    record = record_of(case)
    rows = list(record.events)
    random.shuffle(rows)
    one, other = reviewed(record), reviewed(replace(record, events=tuple(rows)))
    assert (one.states, one.tried, one.switches) == (other.states, other.tried, other.switches)


@SOME
@given(st.sampled_from(CASES), st.integers(0, 200))
def test_an_event_that_has_nothing_to_do_with_it_changes_no_state(
    case: dict[str, Any], day: int
) -> None:
    record = record_of(case)
    first = record.events[0].time
    last = max(event.time for event in record.events)
    moment = min(first.replace(hour=9) + (last - first) * day / 200, last)
    extra = Event(10_000, moment, "STEPLINE//note", text="came by train")
    longer = replace(record, events=in_order([*record.events, extra]))
    before, after = reviewed(record), reviewed(longer)
    assert [(s.id, s.verdict, s.says) for s in before.states] == [
        (s.id, s.verdict, s.says) for s in after.states
    ]
    assert before.tried == after.tried


@SOME
@given(days=st.integers(1, 83), low=st.sampled_from(["1 g/kg", "1.5 g/kg"]))
def test_a_reduction_with_a_relapse_before_twelve_weeks_is_never_called_held(
    days: int, low: str
) -> None:
    record = record_of(with_relapse(days, low))
    states = {one.id: one for one in reviewed(record).states}
    assert states["reduction-ivig-1"].verdict is Verdict.FALSE
    assert f"failed after {days} days" in states["reduction-ivig-1"].says
    assert "loss-of-response-ivig-1" not in states


def with_relapse(days: int, low: str) -> dict[str, Any]:
    """A course of 2 g/kg, then of less, with a relapse so many days after its first dose."""
    from datetime import date, timedelta

    relapse = date(2024, 7, 22) + timedelta(days=days)
    monthly = {"every": "P28D", "courses": 6, "intent": "immunomodulation"}
    return {
        "record": [
            {"dermatomyositis": "present", "since": "2024-01-01"},
            {"ivig": {"course_total": "2 g/kg"}, "over": "5 days", "from": "2024-02-05", **monthly},
            {"response": "moderate", "on": "2024-06-20"},
            {"ivig": {"course_total": low}, "over": "2 days", "from": "2024-07-22", **monthly},
            {"relapse": "present", "on": relapse.isoformat()},
        ]
    }


# ---------------------------------------------------------------- the published case


@lru_cache(maxsize=1)
def seed() -> dict[str, Any]:
    """The published case, reviewed."""
    return told(seed_case())


def state(name: str) -> dict[str, Any]:
    """A state of the published case."""
    found: dict[str, Any] = next(one for one in seed()["states"] if one["id"] == name)
    return found


def test_the_taper_of_the_seed_is_known_by_its_ends_and_its_sum_as_bounds() -> None:
    taper = state("glucocorticoid-taper-1")
    assert taper["verdict"] == "true"
    assert "from 90 mg a day (M0) to 5 mg a day (M6)" in taper["says"]
    assert "1.0 to 16.4 g" in taper["says"]
    assert "not stated" in taper["says"]


@pytest.mark.parametrize(
    "name", ["dependent-glucocorticoid", "glucocorticoid-now", "glucocorticoid-cumulative"]
)
def test_what_the_seed_leaves_open_of_glucocorticoid_stays_open(name: str) -> None:
    assert state(name)["verdict"] == "unknown"
    assert state(name)["missing"]


def test_the_lowest_intensity_that_held_in_the_seed_and_every_attempt_below_it() -> None:
    lowest, attempt = state("minimum-effective-ivig"), state("attempt-ivig-1")
    assert lowest["verdict"] == "true"
    assert "0.40 g/kg per 28 days" in lowest["says"]
    assert attempt["verdict"] == "false"
    assert "count: unknown" in attempt["says"]
    assert "size and date" in attempt["missing"][0]["says"]
    assert state("dependent-ivig")["verdict"] == "true"


def test_the_loss_of_response_of_the_seed_came_at_a_dose_that_had_held() -> None:
    loss = state("loss-of-response-ivig-1")
    assert loss["verdict"] == "true"
    assert "0.40 g/kg" in loss["title"]
    assert loss["missing"]


def test_the_seed_was_refractory_before_its_first_immunoglobulin() -> None:
    for name in ("refractory-rim-2013", "refractory-rci-2018", "refractory-dalakas"):
        assert state(name)["verdict"] == "true"
        assert "first met before day zero" in state(name)["says"]


def test_unknown_doses_and_times_leave_the_trials_of_the_seed_open() -> None:
    assert state("refractory-brazil-2018")["verdict"] == "unknown"
    tried = {one["drug"]: one for one in seed()["tried"]}
    for drug in ("methotrexate", "azathioprine"):
        verdicts = {
            name: tried[drug][name]["verdict"] for name in ("adequate_dose", "three_months")
        }
        assert set(verdicts.values()) == {"unknown"}
        assert tried[drug]["intolerance"]["verdict"] == "true"


def test_every_change_of_the_seed_has_its_reasons_and_none_is_invented() -> None:
    found = [(one["reason"], one["by"]) for one in seed()["switches"]]
    assert found == [
        ("intolerance", "stated"),
        ("taper-success", "finding"),
        ("taper-success", "finding"),
        ("loss-of-response", "stated"),
        ("unknown", None),
    ]
    first = seed()["switches"][0]
    assert [one["reason"] for one in first["candidates"]] == ["intolerance", "inefficacy"]
    assert all(one["because"] for one in first["candidates"])
    assert seed()["switches"][-1]["missing"]


def test_ids_of_states_are_each_given_once() -> None:
    ids = [one["id"] for section in ("states", "findings") for one in seed()[section]]
    assert len(ids) == len(set(ids))


# ---------------------------------------------------------------- definitions of a unit

POLICY = """
definitions:
  - define: dependent(glucocorticoid)
    title: Dependent on glucocorticoid, by a unit
    as: >-
      relapse while (dose(glucocorticoid as prednisone) falls within P12W)
      and longest time(dose(glucocorticoid as prednisone) < 5 mg/d) < P12W
    evidence:
      - {source: stepline-design, kind: design, status: unconfirmed, claim: A threshold of 5 mg.}
"""


def test_the_definition_of_a_unit_stands_for_that_of_the_library() -> None:
    case = next(one for one in CASES if "threshold of 7.5 mg" in one["title"])
    own = with_policy(packaged(), load_rules(POLICY, "policy.yaml").definitions)
    result = review(record_of(case), library_of(own), catalogue())
    found = next(one for one in result.states if one.id == "dependent-glucocorticoid")
    assert found.title == "Dependent on glucocorticoid, by a unit"
    assert found.verdict is Verdict.TRUE
