"""Whether a course held: for long enough, with a response, and without what must stay away."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from stepline.course.model import Course
from stepline.engine.finding import Finding, Verdict
from stepline.engine.possible import could_be_true, is_true, turns_true_on, worth_judging
from stepline.engine.reference import judge
from stepline.engine.response import response
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.protocol.criterion import (
    Category,
    CategoryIs,
    Compare,
    Criterion,
    Not,
    Operator,
    Or,
    Response,
)
from stepline.protocol.model import Search

LOST = frozenset({"loss-of-response", "inefficacy"})
"""Reasons for the end of a course that say that it did not hold any more."""


RESPONDING = Compare(Response(), Operator.GREATER_OR_EQUAL, CategoryIs(Category.MINIMAL))


@dataclass(frozen=True, slots=True)
class Held:
    """How a course stood: held (`true`), did not (`false`), or not known.

    `lost` is the first day on which what must stay away was there, `by` what was seen then; a loss
    that only the end of the course states has neither. `is_lost` tells both.
    """

    verdict: Verdict
    until: datetime
    lost: datetime | None = None
    by: Finding | None = None
    is_lost: bool = False
    says: str = ""


def held(search: Search, course: Course, situation: Situation) -> Held:
    """Whether an intensity was held for the period of the search, and whether it was lost.

    `situation` sees the course as its own step: what was judged in that step is not judged again.

    What must stay away (a relapse) was not there in that time; and either that is known at the end
    of it, or the record says that there was a response. What was lost before the period was over
    did not hold.
    """
    end = _end(course, situation)
    within = situation.at(end)
    look = within if _could_hold(search, within) else within.at(min(end, _due(search, course)))
    lost = _first_false(search.holds, course.start, look)
    is_lost = lost is not None or (not course.ongoing and course.end_reason in LOST)
    until = max(lost - timedelta(microseconds=1), course.start) if lost else end
    by = judge(_away(search.holds), within.at(min(lost + END_OF_DAY, end))) if lost else None
    if search.period.after(course.start) > until:
        verdict = Verdict.FALSE if is_lost else Verdict.UNKNOWN
        says = "" if is_lost else f"it was given for less than {search.period.say()}"
        return Held(verdict, until, lost, by, is_lost, says)
    graded = response(within.at(until))
    responding = graded.low is not None and graded.low >= 1
    if responding or is_true(search.holds, within.at(until)):
        return Held(Verdict.TRUE, until, lost, by, is_lost, graded.says)
    says = (
        "whether there was a response before is not recorded"
        if is_lost
        else ("whether there was a response, or a relapse, is not recorded")
    )
    return Held(Verdict.UNKNOWN, until, lost, by, is_lost, says)


def _could_hold(search: Search, situation: Situation) -> bool:
    """Whether the record could tell that an intensity held; if not, only an early loss counts."""
    return could_be_true(RESPONDING, situation) or could_be_true(search.holds, situation)


def _due(search: Search, course: Course) -> datetime:
    """The end of the day from which on a course has held for long enough."""
    return day_of(search.period.after(course.start)) + END_OF_DAY


def _away(criterion: Criterion) -> Criterion:
    """What must stay away."""
    return criterion.part if isinstance(criterion, Not) else Not(criterion)


def _end(course: Course, situation: Situation) -> datetime:
    """The last moment of a course: what happens as it ends belongs to what follows."""
    if course.end is None or course.end > situation.moment:
        return situation.moment
    return max(course.end - timedelta(microseconds=1), course.start)


def _first_false(criterion: Criterion, start: datetime, situation: Situation) -> datetime | None:
    """The first day with a record in the course on which a criterion was false.

    What must stay away is looked for part by part, each on the days on which it can first be true.
    """
    quick = replace(situation, verdict_only=True)
    first: datetime | None = None
    for part in _parts(_away(criterion), situation):
        concepts = turns_true_on(part, situation)
        index = situation.index
        days = index.days_with_record() if concepts is None else index.days_about(concepts)
        found = _first_true(part, _from(days, start), first, quick)
        first = found if found is not None else first
    return first


def _parts(criterion: Criterion, situation: Situation) -> list[Criterion]:
    """The ways in which a criterion can come to be true of this record."""
    if not could_be_true(criterion, situation):
        return []
    opened = worth_judging(criterion, situation)
    if isinstance(opened, Or):
        return [part for way in opened.parts for part in _parts(way, situation)]
    return [opened]


def _from(days: Sequence[datetime], start: datetime) -> Sequence[datetime]:
    return days[bisect_left(days, day_of(start)) :]


def _first_true(
    part: Criterion, days: Sequence[datetime], before: datetime | None, situation: Situation
) -> datetime | None:
    """The first of these days, up to now and before another, on which a part was true."""
    for day in days:
        if day > situation.moment or (before is not None and day >= before):
            return None
        if (
            judge(part, situation.at(min(day + END_OF_DAY, situation.moment))).verdict
            is Verdict.TRUE
        ):
            return day
    return None
