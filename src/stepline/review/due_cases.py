"""Runs the cases that schedules of monitoring carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stepline.core.errors import Refused
from stepline.protocol.monitoring import Schedule, ScheduleCase
from stepline.record.casefile import record_from_entries
from stepline.record.reading import EPOCH
from stepline.review.cases import CaseResult, Ground
from stepline.review.due import due_of
from stepline.review.model import Due
from stepline.review.stating import Teller


def run_schedule_cases(schedules: Sequence[Schedule], ground: Ground) -> tuple[CaseResult, ...]:
    """Every case of every schedule, in order; one that asks of an empty record fails too."""
    results = [_run(one, case, ground) for one in schedules for case in one.cases]
    return (*results, *(_on_nothing(one, ground) for one in schedules))


def _run(schedule: Schedule, case: ScheduleCase, ground: Ground) -> CaseResult:
    try:
        situation = ground.of_case(case)
    except Refused as refusal:
        says = tuple(str(problem) for problem in refusal.problems)
        return CaseResult(schedule.id, case.name, says, case.place)
    found = due_of(schedule, situation, Teller(situation.index, situation.catalogue))
    return CaseResult(schedule.id, case.name, tuple(_failures(case, found)), case.place)


def _failures(case: ScheduleCase, found: Due | None) -> Iterator[str]:
    status = found.status.value if found else "none"
    if status != case.status:
        says = f" ({found.says})" if found else ""
        yield f"the status is {status} and should be {case.status}{says}"
    window = f"{found.opens_said}..{found.closes_said}" if found and found.opens_said else ""
    if case.due and window != case.due:
        yield f"it is due {window or 'on no known day'} and should be due {case.due}"
    told = f"{found.title} {found.says} {found.last}".lower() if found else ""
    for word in case.mentions:
        if word.lower() not in told:
            yield f"does not mention “{word}”"


def _on_nothing(schedule: Schedule, ground: Ground) -> CaseResult:
    """Nothing is due for anyone of whom nothing is known."""
    name = "an empty record asks for nothing"
    situation = ground.situation(record_from_entries([]), EPOCH)
    found = due_of(schedule, situation, Teller(situation.index, situation.catalogue))
    failures = (f"{schedule.id} asks of an empty record",) if found else ()
    return CaseResult(schedule.id, name, failures, schedule.place)
