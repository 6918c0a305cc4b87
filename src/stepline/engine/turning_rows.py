"""The moments on which rows turn a verdict: they come, grow old, pass a bound, begin and end.

Too many of them cost time; one too few would cost an answer. Where none can be told it is `None`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

from stepline.core.time import Period, parse_period
from stepline.engine.picking import freshness_of
from stepline.engine.situation import DAY, Situation, day_of
from stepline.engine.stretches import turning_days
from stepline.protocol import criterion as c
from stepline.protocol.ladder import Ladder
from stepline.record.model import PLANNED, Event, EventStatus

Moments = frozenset[datetime]

NEVER: Moments = frozenset()

_TICK = timedelta(microseconds=1)


def all_of(parts: Iterable[Moments | None]) -> Moments | None:
    """The moments of every part; `None` where one of them can turn at any moment."""
    found: set[datetime] = set()
    for part in parts:
        if part is None:
            return None
        found |= part
    return frozenset(found)


# ---------------------------------------------------------------- rows, and how old they are


def rows(names: c.Names, situation: Situation) -> Moments:
    """When each row of these concepts becomes known."""
    return situation.index.times_of(situation.members(names))


def too_old(names: c.Names, situation: Situation) -> Moments:
    """When a row of these concepts becomes too old to answer, where no later one stands for it."""
    return NEVER.union(*(_too_old_of(name, situation) for name in situation.members(names)))


def too_old_words(names: c.Names, situation: Situation) -> Moments:
    """When each of a clinician's words is too old: the last that speaks of a response answers."""
    return frozenset(
        _after(fresh, event.end_time or event.time)
        for name in situation.members(names)
        if (fresh := freshness_of(situation.catalogue.concept(name))) is not None
        for event in situation.index.of(name)
    )


def _too_old_of(name: str, situation: Situation) -> Moments:
    memo, key = situation.index.memo, ("too old", name)
    found = memo.get(key)
    if found is None:
        own = [event for event in situation.index.of(name) if _answers(event)]
        fresh = freshness_of(situation.catalogue.concept(name))
        alone = _standing_alone(own, fresh) if fresh is not None else ()
        found = memo[key] = frozenset(_after(fresh, e.end_time or e.time) for e in alone if fresh)
    return cast("Moments", found)


def _answers(event: Event) -> bool:
    return event.status not in PLANNED and event.status is not EventStatus.NOT_GIVEN


def _standing_alone(rows: Sequence[Event], fresh: Period) -> list[Event]:
    """The rows that a later one does not follow while they are surely fresh, and the last."""
    surely = timedelta(days=fresh.shortest_days)
    alone = [e for e, later in pairwise(rows) if later.time - (e.end_time or e.time) > surely]
    return [*alone, *rows[-1:]]


def _after(period: Period, moment: datetime) -> datetime:
    """The beginning of the day after the last day of a period."""
    return day_of(period.after(moment)) + DAY


def has_plans(names: c.Names, situation: Situation) -> bool:
    """Whether a dose of any of these drugs is planned or ordered."""
    return any(map(situation.index.holds_plans, situation.members(names)))


# ---------------------------------------------------------------- windows


def window_of(names: c.Names, window: c.Window, situation: Situation) -> Moments | None:
    """When a window of rows of these concepts can hold other rows, apart from new ones."""
    start = window.start
    if start is not None and isinstance(start.anchor, c.Now) and start.offset is None:
        return None
    return all_of(bound_of(names, bound, situation) for bound in (window.start, window.end))


def bound_of(names: c.Names, bound: c.Bound | None, situation: Situation) -> Moments | None:
    """When the anchor of a bound can be another one, or rows pass a bound that moves with now."""
    match bound.anchor if bound else None:
        case None | c.StepStart() | c.OnDate():
            return NEVER
        case c.FirstOf(others):
            return None if has_plans(others, situation) else rows(others, situation)
        case c.LastOf(others):
            is_simple = situation.index.is_dated and not situation.has_spells(others)
            return rows(others, situation) if is_simple else None
    assert bound is not None
    return _now(names, bound, situation)


def _now(names: c.Names, bound: c.Bound, situation: Situation) -> Moments | None:
    """When rows pass a bound that moves with now: whole days before it, or now itself."""
    offset = bound.offset
    if offset is None:
        return NEVER if bound.included else None  # an end at now: nothing later is known
    if bound.direction > 0 or offset.hours or offset.minutes or offset.seconds:
        return None
    # A month is 28 to 31 days long: every day on which it may be over is told.
    days = range(offset.shortest_days, offset.longest_days + 2)
    return frozenset(
        day_of(moment) + timedelta(days=count)
        for name in situation.members(names)
        for event in situation.index.of(name)
        for moment in (event.time, event.time_earliest, event.time_latest)
        if moment is not None
        for count in days
    )


def opening(window: c.Window, situation: Situation) -> Moments | None:
    """When the days of a window that is open to its end begin to be counted."""
    if window.is_everything:
        return NEVER
    start = window.start
    if start is None or window.end is not None or start.offset is not None:
        return None
    if not isinstance(start.anchor, c.FirstOf) or not situation.index.is_dated:
        return None
    names = start.anchor.names
    return None if has_plans(names, situation) else edges_of(names, situation)


def later(moments: Iterable[datetime], period: Period) -> Moments:
    """The days about the end of a period after each moment, as a month has 28 to 31 days."""
    days = range(period.shortest_days - 1, period.longest_days + 5)
    starts = {day_of(moment) for moment in moments}
    return frozenset(start + timedelta(days=count) for start in starts for count in days)


# ---------------------------------------------------------------- spells and doses


def edges_of(names: c.Names, situation: Situation) -> Moments:
    """When each row of these concepts begins and ends."""
    return NEVER.union(*(_edges_of_one(name, situation) for name in situation.members(names)))


def _edges_of_one(name: str, situation: Situation) -> Moments:
    memo, key = situation.index.memo, ("edges", name)
    found = memo.get(key)
    if found is None:
        events = situation.index.of(name)
        found = memo[key] = frozenset(moment for event in events for moment in _edges(event))
    return cast("Moments", found)


def _edges(event: Event) -> Iterable[datetime]:
    """Where an event begins and ends: to the moment, the moment after, and by whole days."""
    for moment in (event.time, event.time_earliest, event.end_time):
        if moment is not None:
            yield from (moment, day_of(moment), day_of(moment) + DAY)
            if moment < datetime.max:
                yield moment + _TICK


def of_doses(part: c.Node, names: c.Names, situation: Situation) -> Moments:
    """When a dose, or whether a drug is taken, can change: by its rows, and by the weight."""
    days = turning_days(part, names, situation)
    return edges_of(names, situation) | rows(("weight",), situation) | frozenset(days)


def of_courses(names: c.Names, situation: Situation) -> Moments:
    """When a recognised course begins, ends, and when its last dose counts no more."""
    found: set[datetime] = set()
    for course in situation.courses:
        if course.drug in situation.members(names):
            end = course.end
            if end is not None and course.interval:
                end = parse_period(course.interval).after(end)
            found |= {course.start} if end is None else {course.start, end + _TICK}
    return frozenset(found)


def of_visits(ladder: Ladder, situation: Situation) -> Moments:
    """When a day is a visit, and when a visit or a recorded score has grown too old."""
    times = rows((*ladder.of_scales(ladder.visit_by), ladder.score), situation)
    days = frozenset(map(day_of, times))
    fresh = [rung.fresh for rung in ladder.rungs if rung.fresh is not None]
    return days | {_after(period, moment) for period in fresh for moment in times | days}
