"""What would hold if a plan were followed: the rules on how much is taken, judged along the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from stepline.course.planned import planned_of
from stepline.course.recognising import recognise
from stepline.dosing.plan_model import Plan
from stepline.engine.finding import Verdict
from stepline.engine.situation import END_OF_DAY, Situation
from stepline.protocol.model import Regimen, Rule
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, Event, EventStatus, Record, in_order
from stepline.review.alerts import judge_rule
from stepline.review.guarding_model import Guard
from stepline.review.stating import Teller

_EVERY = timedelta(days=7)
_LONGEST = timedelta(weeks=52)
"""A plan is looked along week by week, for a year at most."""


def foreseen(
    rules: tuple[Rule, ...],
    plans: Sequence[Plan],
    situation: Situation,
    regimens: tuple[Regimen, ...],
    shift: timedelta,
) -> tuple[Guard, ...]:
    """The first day of the first plan on which each rule would hold, or else not be excluded.

    The doses of all plans are taken as given on their days, and to take the place of doses of the
    same drug that run when a plan begins. Nothing else of the future is supposed.
    """
    if not rules:
        return ()
    plan = plans[0]
    followed = _followed(plans, situation.index.record, shift)
    index = RecordIndex(followed)
    courses = recognise(index, regimens, situation.catalogue)
    then = replace(situation.of(index), courses=courses)
    teller = Teller(index, situation.catalogue)
    return tuple(guard for rule in rules for guard in _of_rule(rule, plan, then, teller, shift))


def _of_rule(
    rule: Rule, plan: Plan, then: Situation, teller: Teller, shift: timedelta
) -> Iterator[Guard]:
    """The rule on the first day on which it holds; else on the day on which least is missing."""
    in_doubt: list[Guard] = []
    for day in _days(plan):
        moment = datetime.combine(day, time.min) + shift + END_OF_DAY
        statement = judge_rule(rule, then.at(moment), teller)
        if statement is None:
            continue
        if statement.verdict is Verdict.TRUE:
            yield Guard(statement, foreseen=day)
            return
        in_doubt.append(Guard(statement, foreseen=day))
    if in_doubt:
        yield min(in_doubt, key=lambda guard: len(guard.statement.missing))


def _days(plan: Plan) -> Iterator[date]:
    first, last = plan.doses[0].date, plan.doses[-1]
    end = min(last.until or last.date, first + _LONGEST)
    day = first
    while day < end:
        yield day
        day += _EVERY
    yield end


def _followed(plans: Sequence[Plan], record: Record, shift: timedelta) -> Record:
    """The record with the plans given, and what runs of the same drugs ended before them."""
    kept = list(record.events)
    for plan in plans:
        start = datetime.combine(plan.doses[0].date, time.min) + shift
        kept = [_ended(event, plan.request.regimen.drug, start) for event in kept]
    given = planned_of(plans, record, status=EventStatus.GIVEN, shift=shift)
    return replace(record, events=in_order((*kept, *given)))


def _ended(event: Event, drug: str, start: datetime) -> Event:
    runs = event.is_spell and event.time < start and event.status in GIVEN
    if event.concept != drug or not runs or (event.end_time and event.end_time < start):
        return event
    last = start - timedelta(microseconds=1)
    return replace(event, end_time=last, end_exact=True, end_said="")
