"""Whether a course held: for long enough, with a response, and without what must stay away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from stepline.course.model import Course
from stepline.engine.finding import Verdict
from stepline.engine.logic import NOT
from stepline.engine.possible import could_be_true, is_true, turns_true_on, worth_judging
from stepline.engine.reference import judge
from stepline.engine.response import response
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.protocol.criterion import Criterion, Not
from stepline.protocol.model import Search


def holds(search: Search, course: Course, situation: Situation) -> bool:
    """Whether an intensity was held for the period of the search.

    What must stay away (a relapse) was never true in the course; and either that is known at its
    end, or the record says that there was a response then.
    """
    end = _end(course, situation)
    if search.period.after(course.start) > end:
        return False
    within = replace(
        situation.at(end), step_start=course.start, step_start_exact=course.start_exact, memo={}
    )
    graded = response(within)
    responding = graded.low is not None and graded.low >= 1
    if not responding and not is_true(search.holds, within):
        return False
    return not _was_false(search.holds, course.start, within)


def _end(course: Course, situation: Situation) -> datetime:
    """The last moment of a course: what happens as it ends belongs to what follows."""
    if course.end is None or course.end > situation.moment:
        return situation.moment
    return max(course.end - timedelta(microseconds=1), course.start)


def _was_false(criterion: Criterion, start: datetime, situation: Situation) -> bool:
    """Whether a criterion was false on any day with a record in the course."""
    away = criterion.part if isinstance(criterion, Not) else None
    if away is not None and not could_be_true(away, situation):
        return False
    concepts = turns_true_on(away, situation) if away is not None else None
    away = worth_judging(away, situation) if away is not None else None
    days = situation.index.days_with_record()
    if concepts is not None:
        days = situation.index.days_about(concepts)
    quick = replace(situation, verdict_only=True)
    chosen = [day for day in days if day_of(start) <= day <= situation.moment]
    moments = [min(day + END_OF_DAY, situation.moment) for day in chosen]
    if away is None:
        return any(judge(criterion, quick.at(m)).verdict is Verdict.FALSE for m in moments)
    return any(NOT[judge(away, quick.at(m)).verdict] is Verdict.FALSE for m in moments)
