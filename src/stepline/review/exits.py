"""What should be: when the exits of a step were met, what is open now, what is missing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from stepline.core.time import Period, days_between
from stepline.course.model import Course
from stepline.engine.finding import Finding, Verdict
from stepline.engine.possible import could_be_true, turns_true_on, worth_judging
from stepline.engine.reference import judge
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.protocol.model import Exit, Pathway, Step
from stepline.record.saying import say
from stepline.review.model import Stay


def in_step(stay: Stay, courses: Sequence[Course], situation: Situation) -> Situation:
    """The situation as the step sees it: since when, and with which drugs.

    It is laid out once a stay, so that what was worked out for one question serves the next.
    """
    key = ("in step", stay.step, stay.since, stay.course_ids)
    known: Situation | None = situation.memo.get(key)
    if known is None:
        known = situation.memo[key] = _in_step(stay, courses, situation)
    return known.at(situation.moment)


def _in_step(stay: Stay, courses: Sequence[Course], situation: Situation) -> Situation:
    own = [course for course in courses if course.course_id in stay.course_ids]
    return situation.in_step(
        stay.since,
        tuple(sorted({course.drug for course in own})),
        frozenset(event for course in own for event in course.event_ids),
        is_exact=all(c.start_exact for c in own if c.start == stay.since),
    )


def since_course(course: Course, situation: Situation) -> Situation:
    """The situation as if a step had begun with a course; laid out once a course, as `in_step`."""
    key = ("since course", course.start, course.start_exact)
    known: Situation | None = situation.memo.get(key)
    if known is None:
        known = situation.memo[key] = situation.in_step(course.start, is_exact=course.start_exact)
    return known.at(situation.moment)


def moments(
    stay: Stay, step: Step, situation: Situation, watched: frozenset[datetime] | None = None
) -> list[datetime]:
    """Days with a record and review days while in the step, each judged at its end.

    Where only some days are watched, the first is told all the same.
    """
    until = min(stay.until or situation.moment, situation.moment)
    days = situation.index.days_with_record()
    first, last = bisect_left(days, day_of(stay.since)), bisect_right(days, until)
    chosen = set(days[first:last]) | set(_review_days(stay, step, until))
    if watched is not None and chosen:
        chosen = {min(chosen)} | (chosen & watched)
    return [min(day + END_OF_DAY, until) for day in sorted(chosen)]


def _review_days(stay: Stay, step: Step, until: datetime) -> list[datetime]:
    review = step.review
    if review is None:
        return []
    days = [day_of(period.after(stay.since)) for period in review.at]
    if review.every is not None and not review.every.is_empty:
        days += _repeated(review.every, stay.since, until)
    return [day for day in days if day <= until]


def _repeated(every: Period, since: datetime, until: datetime) -> list[datetime]:
    days: list[datetime] = []
    count = 1
    while (day := day_of(every.times(count).after(since))) <= until:
        days.append(day)
        count += 1
    return days


@dataclass(frozen=True, slots=True)
class Met:
    """An exit and the moment it was first met."""

    exit: Exit
    moment: datetime
    finding: Finding


def first_met(stay: Stay, step: Step, situation: Situation) -> Met | None:
    """The earliest moment in the step at which an exit was met; the file's order breaks ties."""
    ways = [way for way in step.exits if could_be_true(way.when, situation)]
    if not ways:
        return None
    quick = replace(situation, verdict_only=True)
    days = [_days_to_look(way, situation) for way in ways]
    brief = [worth_judging(way.when, situation) for way in ways]
    watched = _any_of(days)
    for number, moment in enumerate(moments(stay, step, situation, watched)):
        then, day = quick.at(moment), day_of(moment)
        for way_out, chosen, when in zip(ways, days, brief, strict=True):
            if number and chosen is not None and day not in chosen:
                continue
            if judge(when, then).verdict is Verdict.TRUE:
                return Met(way_out, moment, judge(way_out.when, situation.at(moment)))
    return None


def _any_of(days: Sequence[frozenset[datetime] | None]) -> frozenset[datetime] | None:
    """The days on which any exit can first be met; `None` where it can be any."""
    known = [chosen for chosen in days if chosen is not None]
    return frozenset().union(*known) if len(known) == len(days) else None


def _days_to_look(way: Exit, situation: Situation) -> frozenset[datetime] | None:
    """The days on which an exit can first be met; `None` where it can be any."""
    concepts = turns_true_on(way.when, situation)
    return None if concepts is None else frozenset(situation.index.days_about(concepts))


def with_delays(
    pathway: Pathway,
    all_stays: tuple[Stay, ...],
    courses: Sequence[Course],
    situation: Situation,
) -> tuple[tuple[Stay, ...], dict[tuple[str, datetime], Met]]:
    """Stays with when their exit was first met and the days until therapy changed."""
    done: list[Stay] = []
    met_by_stay: dict[tuple[str, datetime], Met] = {}
    for stay in all_stays:
        step = pathway.step(stay.step)
        met = first_met(stay, step, in_step(stay, courses, situation))
        if met is not None:
            met_by_stay[stay.step, stay.since] = met
        done.append(_delayed(stay, met, courses, situation))
    return tuple(done), met_by_stay


def _delayed(stay: Stay, met: Met | None, courses: Sequence[Course], situation: Situation) -> Stay:
    if met is None:
        says = "no exit was met, as far as recorded"
        return replace(stay, delay_says=says)
    record = situation.index.record
    with_advice = replace(
        stay,
        advice_met=met.moment,
        advice_met_said=met_said(met, situation),
        advice_to=met.exit.to,
    )
    if met.exit.to == stay.step:
        with_advice = _repeated_course(with_advice, met, courses)
    if with_advice.changed is None:
        return replace(with_advice, delay_says="therapy has not changed since")
    stay = with_advice
    if not _exact(stay, met, courses, situation):
        says = "days from advice to change cannot be counted: the times are known only as bounds"
        return replace(with_advice, delay_says=says)
    assert stay.changed is not None
    days = days_between(met.moment, stay.changed)
    says = f"{days} days from {say(record, day_of(met.moment))} to {stay.changed_said}"
    return replace(with_advice, delay_days=days, delay_says=says)


def _repeated_course(stay: Stay, met: Met, courses: Sequence[Course]) -> Stay:
    """For an exit back into the same step: therapy changes with the step's next course."""
    later = [c for c in courses if c.course_id in stay.course_ids and c.start > met.moment]
    if not later:
        return replace(stay, changed=None, changed_said="")
    following = min(later, key=lambda c: c.start)
    said = following.start_said if not following.start_exact else f"{following.start:%Y-%m-%d}"
    return replace(stay, changed=following.start, changed_said=said)


def met_said(met: Met, situation: Situation) -> str:
    """When an exit was met: the words of the last event it rests on where that is not exact."""
    used = situation.index.events_of(met.finding.all_events())
    inexact = [e for e in used if not e.time_exact and day_of(e.time) == day_of(met.moment)]
    if inexact:
        return inexact[-1].time_said
    return say(situation.index.record, day_of(met.moment))


def _exact(stay: Stay, met: Met, courses: Sequence[Course], situation: Situation) -> bool:
    """Whether both ends of a delay are known to the day."""
    used = situation.index.events_of(met.finding.all_events())
    on_that_day = [event for event in used if day_of(event.time) == day_of(met.moment)]
    next_start = [c for c in courses if c.start == stay.changed]
    return all(e.time_exact for e in on_that_day) and all(c.start_exact for c in next_start)
