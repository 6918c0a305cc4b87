"""The library's schedules of monitoring do what their cases say."""

from __future__ import annotations

from functools import lru_cache

import pytest

from stepline.core.evidence import Kind, Status
from stepline.protocol.loading import LoadedRules, load_rules, packaged
from stepline.protocol.monitoring import Schedule
from stepline.review.cases import CaseResult, Ground, ground_of
from stepline.review.due_cases import run_schedule_cases
from stepline.vocabulary.catalogue import catalogue

SCHEDULES = packaged().schedules


@lru_cache(maxsize=1)
def ground() -> Ground:
    """What the library's schedules stand on."""
    library = packaged()
    return ground_of(library.rules, library.definitions, library.confounders, library.regimens)


@lru_cache(maxsize=1)
def results() -> tuple[CaseResult, ...]:
    """Every case of every schedule, and each of them on an empty record."""
    return run_schedule_cases(SCHEDULES, ground())


@pytest.mark.parametrize("result", results(), ids=lambda one: f"{one.rule}: {one.name}")
def test_a_schedule_does_what_its_cases_say(result: CaseResult) -> None:
    assert result.passed, f"{result.place}: {result.says}"


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: str(one.id))
def test_a_schedule_has_cases_in_time_and_too_late(schedule: Schedule) -> None:
    statuses = {case.status for case in schedule.cases}
    assert statuses & {"due", "upcoming", "done"}
    assert statuses & {"overdue", "none"}


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: str(one.id))
def test_a_schedule_names_its_sources_with_what_they_claim(schedule: Schedule) -> None:
    assert all(catalogue().has_source(one.source) and one.claim for one in schedule.evidence)
    rests_on_design = all(one.kind is Kind.DESIGN for one in schedule.evidence)
    statuses = {one.status for one in schedule.evidence}
    assert not rests_on_design or Status.VERIFIED not in statuses


CASE = "record: [{ivig: 0.4 g/kg, on: 2026-01-01}], as_of: 2026-01-08"


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (f"{{name: n, {CASE}, status: due, due: 2026-01-08..2026-01-08}}", ""),
        (f"{{name: n, {CASE}, status: overdue}}", "is due and should be overdue"),
        (f"{{name: n, {CASE}, status: due, due: 2026-01-09..2026-01-09}}", "should be due"),
        (f"{{name: n, {CASE}, status: due, mentions: [platelets]}}", "not mention “platelets”"),
        ("{name: n, record: [{ivgi: 1 g, on: D1}], as_of: D2, status: due}", "ivig"),
    ],
)  # fmt: skip
def test_the_runner_tells_what_came_otherwise(case: str, says: str) -> None:
    result, on_nothing = run_schedule_cases(small(case).schedules, ground())
    assert result.passed == (not says)
    assert says in result.says
    assert on_nothing.passed


def small(case: str) -> LoadedRules:
    """A file with one schedule and one case."""
    return load_rules(
        "monitoring:\n  - id: watch\n    title: Watch\n    what: [blood]\n"
        "    measure: [neutrophils]\n    when: given ivig\n    from: last ivig\n    every: P7D\n"
        "    evidence: [{source: stepline-design, kind: design, status: unconfirmed}]\n"
        f"    cases:\n      - {case}\n",
        "watch.yaml",
    )
