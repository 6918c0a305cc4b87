"""Response over time: at every visit of a step, the best, how long it held, when it was lost."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from stepline.core.evidence import Evidence
from stepline.core.time import days_between
from stepline.course.model import Course
from stepline.engine.finding import Missing, Verdict
from stepline.engine.response import (
    RANKS,
    Assessment,
    assess,
    ladder_of,
    telling_concepts,
)
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.protocol.ladder import Loss
from stepline.record.model import Event
from stepline.record.saying import say
from stepline.review.exits import in_step
from stepline.review.model import ResponseAt, Statement, Stay
from stepline.review.stating import Teller

CATEGORIES = tuple(RANKS)


def responses(
    stays: Sequence[Stay], courses: Sequence[Course], situation: Situation, teller: Teller
) -> tuple[ResponseAt, ...]:
    """The response at every visit of every step of the sequence, in order."""
    found: list[ResponseAt] = []
    told: set[int] = set()
    days = situation.index.days_about(telling_concepts(situation))
    for stay in stays:
        if stay.parallel or not days:
            continue
        within = in_step(stay, courses, situation)
        for assessment, day in _in_stay(stay, days, within):
            events = _events(assessment, within)
            if told.issuperset(assessment.events) and not all(e.time_exact for e in events):
                continue
            told.update(assessment.events)
            found.append(_response_at(assessment, day, stay, events, within, teller))
    return tuple(found)


def _in_stay(
    stay: Stay, days: Sequence[datetime], within: Situation
) -> list[tuple[Assessment, datetime]]:
    until = min(stay.until or within.moment, within.moment)
    chosen = days[bisect_left(days, day_of(stay.since)) : bisect_right(days, until)]
    found = []
    for day in chosen:
        is_end = stay.until is not None and day_of(until) == day
        moment = min(day + END_OF_DAY, until)
        assessment = assess(within.at(moment), stay.until if is_end else None)
        if assessment.on == day or (not is_end and not _is_nothing(assessment, day, within)):
            found.append((assessment, day))
    return found


def _is_nothing(assessment: Assessment, day: datetime, within: Situation) -> bool:
    """Whether a day says nothing of the step: before its first visit, with words of before."""
    if assessment.low is not None or assessment.events:
        return False
    start = within.step_start
    return start is not None and day <= day_of(start)


def _events(assessment: Assessment, within: Situation) -> list[Event]:
    return within.index.events_of(assessment.events)


def _response_at(
    assessment: Assessment,
    day: datetime,
    stay: Stay,
    events: list[Event],
    within: Situation,
    teller: Teller,
) -> ResponseAt:
    record = within.index.record
    inexact = [e for e in events if not e.time_exact and e.time_said]
    spells = [e for e in events if e.is_spell and e.end_time is not None and e.end_time > day]
    return ResponseAt(
        time=day,
        time_said=inexact[-1].time_said if inexact else say(record, day),
        step=stay.step,
        definition=assessment.definition,
        low=CATEGORIES[assessment.low] if assessment.low is not None else "",
        high=CATEGORIES[assessment.high] if assessment.high is not None else "",
        says=assessment.says or "no response can be told",
        value=assessment.value,
        lower=assessment.lower,
        upper=assessment.upper,
        points=assessment.points,
        enzyme=assessment.enzyme,
        baseline=assessment.baseline,
        baseline_said=say(record, assessment.baseline) if assessment.baseline else "",
        until=spells[-1].end_time if spells else None,
        until_said=_end_said(spells[-1], within) if spells else "",
        is_exact=not inexact,
        missing=assessment.missing,
        because=teller.because(assessment.events),
        evidence=assessment.evidence,
    )


def _end_said(event: Event, within: Situation) -> str:
    assert event.end_time is not None
    if event.end_exact or not event.end_said:
        return say(within.index.record, day_of(event.end_time))
    return event.end_said


# ---------------------------------------------------------------- statements


def over_time(
    found: Sequence[ResponseAt], stays: Sequence[Stay], situation: Situation
) -> tuple[Statement, ...]:
    """For each step with a visit: the best response, the time in response, and its loss."""
    ladder = ladder_of(situation)
    main = {stay.step: (number, stay) for number, stay in enumerate(stays, 1) if not stay.parallel}
    statements: list[Statement] = []
    for step, group in groupby(found, key=lambda one: one.step):
        number, stay = main[step]
        visits = list(group)
        evidence = tuple(dict.fromkeys(e for one in visits for e in one.evidence))
        name = f"{number}-{step}"
        statements.append(_best(f"response-best-{name}", stay, visits, evidence))
        if any(one.is_response for one in visits):
            statements.append(_held(f"response-time-{name}", stay, visits, ladder.loss, evidence))
            statements.append(_lost(f"response-lost-{name}", stay, visits, ladder.loss, evidence))
    return tuple(statements)


def _best(
    name: str, stay: Stay, visits: Sequence[ResponseAt], evidence: tuple[Evidence, ...]
) -> Statement:
    known = [one for one in visits if one.low]
    title = f"Best response in: {stay.title}"
    missing = tuple(dict.fromkeys(m for one in visits for m in one.missing))
    if not known:
        says = "no response can be told at any visit"
        return Statement(name, "finding", title, Verdict.UNKNOWN, says, missing=missing)
    best = max(known, key=lambda one: (RANKS[one.low], RANKS[one.high]))
    verdict = {True: Verdict.TRUE, False: Verdict.FALSE, None: Verdict.UNKNOWN}[best.is_response]
    if verdict is Verdict.FALSE and any(one.is_response is None for one in visits):
        verdict = Verdict.UNKNOWN
    says = f"{_category(best)}: {best.says}"
    return Statement(name, "finding", title, verdict, says, best.because, best.missing, evidence)


def _category(one: ResponseAt) -> str:
    return one.category or f"{one.low} to {one.high} (which is not known)"


def _held(
    name: str,
    stay: Stay,
    visits: Sequence[ResponseAt],
    loss: Loss,
    evidence: tuple[Evidence, ...],
) -> Statement:
    """From the first visit with a response to the last one before it was lost."""
    first = next(one for one in visits if one.is_response)
    lost = _lost_at(visits, loss)
    inside = [one for one in visits if one.is_response and (lost is None or one.time < lost.time)]
    last = max(inside, key=lambda one: (one.until or one.time, one.time))
    end, end_said = last.until or last.time, last.until_said or last.time_said
    is_exact = all(one.is_exact for one in (first, last)) and day_of(end) >= first.time
    days = days_between(first.time, day_of(end))
    span = f"{days} days" if is_exact else "how many days is known only within bounds"
    says = f"first told {first.time_said}, held to {end_said} ({span})"
    if lost is not None:
        says += f"; lost {lost.time_said}"
    because = tuple(dict.fromkeys((*first.because, *last.because)))
    return Statement(
        name, "finding", f"Time in response in: {stay.title}", Verdict.TRUE, says, because,
        _unclear(visits, first), evidence,
    )  # fmt: skip


def _unclear(visits: Sequence[ResponseAt], first: ResponseAt) -> tuple[Missing, ...]:
    """Visits after the first response of which nothing can be told."""
    later = [one for one in visits if one.is_response is None and one.time > first.time]
    return tuple(dict.fromkeys(m for one in later for m in one.missing))


def _lost(
    name: str,
    stay: Stay,
    visits: Sequence[ResponseAt],
    loss: Loss,
    evidence: tuple[Evidence, ...],
) -> Statement:
    title = f"Response lost in: {stay.title}"
    lost = _lost_at(visits, loss)
    sources = tuple(dict.fromkeys((*evidence, *loss.evidence)))
    if lost is not None:
        says = f"lost {lost.time_said}: {lost.says}"
        return Statement(name, "finding", title, Verdict.TRUE, says, lost.because, (), sources)
    last = visits[-1]
    if last.is_response is False:
        says = f"not met, {last.time_said}, and not confirmed yet: {last.says}"
        ask = Missing("response", "not-recorded", says, ("the next visit",))
        return Statement(
            name, "finding", title, Verdict.UNKNOWN, says, last.because, (ask,), sources
        )
    if last.is_response is None:
        says = f"cannot be told, {last.time_said}: {last.says}"
        return Statement(
            name, "finding", title, Verdict.UNKNOWN, says, last.because, last.missing, sources
        )
    says = f"held at the last visit, {last.time_said}"
    return Statement(name, "finding", title, Verdict.FALSE, says, last.because, (), sources)


def _lost_at(visits: Sequence[ResponseAt], loss: Loss) -> ResponseAt | None:
    """The first visit after a response at which it was no longer met, where that is confirmed."""
    begun = False
    for number, one in enumerate(visits):
        begun = begun or one.is_response is True
        if not begun or one.is_response is not False:
            continue
        following = visits[number : number + loss.visits]
        enough = len(following) == loss.visits
        if one.definition in loss.at_once or (
            enough and all(other.is_response is False for other in following)
        ):
            return one
    return None
