"""Rules before a step speak although its drug is not planned yet."""

from __future__ import annotations

import pytest

from stepline.engine.finding import Verdict
from stepline.protocol.loading import packaged
from stepline.record.casefile import record_from_entries
from stepline.review.cases import ground_of, moment_of
from stepline.review.gating import as_if_planned
from stepline.review.verdicts import alert_verdict

LIBRARY = packaged()
GROUND = ground_of(LIBRARY.rules, LIBRARY.definitions, LIBRARY.confounders)
RULES = {rule.id: rule for rule in LIBRARY.rules}
GATE = ["hbv-before-rituximab", "igg-before-rituximab", "no-active-infection"]

DONE: list[dict[str, object]] = [
    {"hbsag": "negative", "on": "2026-02-01"},
    {"anti-hbc": "negative", "on": "2026-02-01"},
    {"igg": "9 g/L", "on": "2026-02-01"},
    {"active-infection": "absent", "on": "2026-02-10"},
    {"severe-infection": "absent", "on": "2026-02-10"},
]


def verdicts(entries: list[dict[str, object]], *, planned: bool) -> dict[str, Verdict]:
    """The verdict of each rule of the gate on 10 February 2026."""
    record = record_from_entries(entries)
    situation = GROUND.situation(record, moment_of("2026-02-10", record))
    judged = as_if_planned(["rituximab"], situation) if planned else situation
    return {name: alert_verdict(RULES[name], judged)[0] for name in GATE}


def test_without_a_plan_the_gate_is_silent() -> None:
    assert set(verdicts([], planned=False).values()) == {Verdict.FALSE}


def test_as_if_planned_it_says_what_is_missing() -> None:
    assert verdicts([], planned=True) == {
        "hbv-before-rituximab": Verdict.TRUE,
        "igg-before-rituximab": Verdict.TRUE,
        "no-active-infection": Verdict.UNKNOWN,
    }


def test_as_if_planned_it_lets_pass_what_is_done() -> None:
    assert set(verdicts(DONE, planned=True).values()) == {Verdict.FALSE}


@pytest.mark.parametrize("left_out", range(3))
def test_each_test_that_is_left_out_closes_the_gate(left_out: int) -> None:
    some = [entry for number, entry in enumerate(DONE) if number != left_out]
    assert Verdict.TRUE in verdicts(some, planned=True).values()


def test_a_plan_of_the_record_is_left_as_it_is() -> None:
    record = record_from_entries([], planned=[{"rituximab": "1 g", "on": "2026-03-01"}])
    situation = GROUND.situation(record, moment_of("2026-02-10", record))
    assert as_if_planned(["rituximab"], situation) is situation
