"""When a verdict can turn: between two such moments it stays, so it is worked out once.

A verdict turns where a row becomes known, where a spell begins or ends, where a value grows too old
to answer, and where a row enters or leaves a window that ends now. Too many such moments cost time;
one too few would cost an answer, so whatever is not told here can turn at any moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

from stepline.core.time import Period, parse_period
from stepline.engine.picking import freshness_of
from stepline.engine.response import ladder_of
from stepline.engine.situation import DAY, Situation, day_of
from stepline.engine.stretches import turning_days
from stepline.protocol import criterion as c
from stepline.protocol.ladder import Ladder
from stepline.record.model import PLANNED, Event, EventStatus

Moments = frozenset[datetime]

FEW = 8
"""How often a criterion is judged at its own moment before its turns are looked for."""

_TICK = timedelta(microseconds=1)
_NEVER: Moments = frozenset()


def stretch(criterion: c.Criterion, situation: Situation) -> int | datetime:
    """The stretch in which now lies, of those in which a verdict stays as it is, by number.

    The moment itself where the verdict can turn at any moment, and for the first few times: most
    criteria are asked once, and it takes longer to tell when they turn than to judge them.
    """
    key = ("turns", id(criterion))
    known = situation.shared.get(key, 0)
    if isinstance(known, int):
        if known < FEW:
            situation.shared[key] = known + 1
            return situation.moment
        turns = _of_criterion(criterion, situation)
        # The criterion is kept beside the answer, so that its id cannot be given away.
        known = (None if turns is None else sorted(turns), criterion)
        situation.shared[key] = known
    if known[0] is None:
        return situation.moment
    return bisect_right(known[0], situation.moment)


def _all_of(parts: Iterable[Moments | None]) -> Moments | None:
    """The moments of every part; `None` where one of them can turn at any moment."""
    found: set[datetime] = set()
    for part in parts:
        if part is None:
            return None
        found |= part
    return frozenset(found)


def _of_criterion(node: c.Criterion, situation: Situation) -> Moments | None:
    match node:
        case c.And(parts) | c.Or(parts) | c.AtLeast(_, parts):
            return _all_of(_of_criterion(part, situation) for part in parts)
        case c.Not(part):
            return _of_criterion(part, situation)
        case c.Named():
            return _of_definition(node.key, situation)
        case c.Compare(c.LongestTime() | c.TimeSince() as left, _, c.Duration(period)):
            return _of_time(left, period, situation)
        case c.Compare(left, _, right):
            return _all_of(_of_value(side, situation) for side in (left, right))
        case c.Once(part, window):
            return _all_of((_of_criterion(part, situation), _opening(window, situation)))
        case c.Known(value):
            return _of_value(value, situation)
    return _of_statement(node, situation)


def _of_statement(node: c.Criterion, situation: Situation) -> Moments | None:
    """Of what is said of the record or the patient without a number."""
    match node:
        case c.Is(names, _, window, _):
            return _of_answers(names, window, situation)
        case c.Happened(how, names, window):
            return _of_rows_of(how, names, window, situation)
        case c.Started(names, window):
            return _all_of((_rows(names, situation), _window(names, window, situation)))
        case c.Stopped(names):
            return _edges_of(names, situation)
        case c.Present(names):
            return _edges_of(names, situation) | _too_old(names, situation)
        case c.On(names):
            return _of_doses(node, names, situation) | _of_courses(names, situation)
        case c.While(names, _, window):
            return _all_of((_rows(names, situation), _window(names, window, situation)))
        case c.DoseMoves(dose, _, window):
            return _of_moves(dose, window, situation)
    return None


def _of_definition(key: str, situation: Situation) -> Moments | None:
    definition = situation.definitions.get(key)
    if definition is None:
        return _NEVER
    memo, name = situation.shared, ("turns of", key)
    if name not in memo:
        memo[name] = _of_criterion(definition.criterion, situation)
    found: Moments | None = memo[name]
    return found


def _of_value(node: c.Value, situation: Situation) -> Moments | None:
    match node:
        case c.Number() | c.UpperLimits() | c.Duration() | c.CategoryIs():
            return _NEVER
        case c.Pick(_, names, window, _):
            return _of_answers(names, window, situation)
        case c.Change(names, _, _, window, _):
            last = _of_answers(names, c.EVER, situation)
            return _all_of((last, _window(names, window, situation)))
        case c.DailyDose(names) | c.WeeklyDose(names):
            cleared = _clearings(("weight",), situation)
            return _all_of((_of_doses(node, names, situation), cleared))
        case c.CycleDose(drug):
            return _rows((drug,), situation)
        case c.Courses(drug, window):
            return _all_of((_rows((drug,), situation), _window((drug,), window, situation)))
        case c.Intensity():
            return frozenset(course.start for course in situation.courses)
        case c.Response():
            return _of_response(situation)
    return None


# ---------------------------------------------------------------- rows, and how old they are


def _rows(names: c.Names, situation: Situation) -> Moments:
    """When each row of these concepts becomes known."""
    return situation.index.times_of(situation.members(names))


def _too_old(names: c.Names, situation: Situation) -> Moments:
    """When a row of these concepts becomes too old to answer, where no later one stands for it."""
    return _NEVER.union(*(_too_old_of(name, situation) for name in situation.members(names)))


def _too_old_of(name: str, situation: Situation) -> Moments:
    memo, key = situation.index.memo, ("too old", name)
    found = memo.get(key)
    if found is None:
        rows = [event for event in situation.index.of(name) if _answers(event)]
        fresh = freshness_of(situation.catalogue.concept(name))
        alone = _standing_alone(rows, fresh) if fresh is not None else ()
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


def _of_answers(names: c.Names, window: c.Window, situation: Situation) -> Moments | None:
    """When the value, or the answer, that stands for these concepts can be another one."""
    return _all_of(
        (
            _rows(names, situation),
            _too_old(names, situation) if window.is_everything else _NEVER,
            _window(names, window, situation),
            _clearings(names, situation),
        )
    )


def _clearings(names: c.Names, situation: Situation) -> Moments | None:
    """When something can say that what confounds these values does not count after all."""
    return _all_of(
        _of_criterion(confounder.unless, situation)
        for name in situation.members(names)
        for confounder in situation.confounders.get(name, ())
        if confounder.unless is not None and situation.index.of(confounder.drug)
    )


def _of_rows_of(
    how: c.How, names: c.Names, window: c.Window, situation: Situation
) -> Moments | None:
    """When what is written down, given or planned can be more, or lie in a window no more."""
    if how is c.How.PLANNED and _has_plans(names, situation):
        return None
    if not window.is_everything and situation.has_spells(names):
        return None
    return _all_of((_rows(names, situation), _window(names, window, situation)))


def _has_plans(names: c.Names, situation: Situation) -> bool:
    return any(map(situation.index.holds_plans, situation.members(names)))


# ---------------------------------------------------------------- windows


def _window(names: c.Names, window: c.Window, situation: Situation) -> Moments | None:
    """When a window of rows of these concepts can hold other rows, apart from new ones."""
    return _all_of(_bound(names, bound, situation) for bound in (window.start, window.end))


def _bound(names: c.Names, bound: c.Bound | None, situation: Situation) -> Moments | None:
    match bound.anchor if bound else None:
        case None | c.StepStart() | c.OnDate():
            return _NEVER
        case c.FirstOf(others):
            return None if _has_plans(others, situation) else _rows(others, situation)
        case c.LastOf(others):
            is_simple = situation.index.is_dated and not situation.has_spells(others)
            return _rows(others, situation) if is_simple else None
    assert bound is not None
    return _now(names, bound, situation)


def _now(names: c.Names, bound: c.Bound, situation: Situation) -> Moments | None:
    """When rows pass a bound that moves with now: whole days before it, or now itself."""
    offset = bound.offset
    if offset is None:
        return _NEVER if bound.included else None
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


def _opening(window: c.Window, situation: Situation) -> Moments | None:
    """When the days of a window that is open to its end begin to be counted."""
    if window.is_everything:
        return _NEVER
    start = window.start
    if start is None or window.end is not None or start.offset is not None:
        return None
    if not isinstance(start.anchor, c.FirstOf) or not situation.index.is_dated:
        return None
    names = start.anchor.names
    return None if _has_plans(names, situation) else _edges_of(names, situation)


# ---------------------------------------------------------------- time that has passed


def _later(moments: Iterable[datetime], period: Period) -> Moments:
    """The days about the end of a period after each moment, as a month has 28 to 31 days."""
    days = range(period.shortest_days - 1, period.longest_days + 5)
    starts = {day_of(moment) for moment in moments}
    return frozenset(start + timedelta(days=count) for start in starts for count in days)


def _of_time(
    node: c.LongestTime | c.TimeSince, period: Period, situation: Situation
) -> Moments | None:
    """When a time since a dose, or at one, can have become as long as a period."""
    started = _starts(node, situation)
    is_whole_days = not (period.hours or period.minutes or period.seconds)
    return started | _later(started, period) if started is not None and is_whole_days else None


def _starts(node: c.LongestTime | c.TimeSince, situation: Situation) -> Moments | None:
    if isinstance(node, c.LongestTime):
        return _of_criterion(node.part, situation) if node.window.is_everything else None
    anchor = node.anchor
    if not isinstance(anchor, c.FirstOf | c.LastOf) or not situation.index.is_dated:
        return None
    return _bound(anchor.names, c.Bound(anchor), situation)


def _of_moves(
    dose: c.DailyDose | c.WeeklyDose, window: c.Window, situation: Situation
) -> Moments | None:
    """When a dose can have moved, or a move can leave a window that ends now."""
    turns, start = _of_value(dose, situation), window.start
    if turns is None or window.end not in (None, c.Bound(c.Now())):
        return None
    days = turns | _later(turns, Period(days=1))
    if start is None:
        return days
    offset = start.offset
    is_now = isinstance(start.anchor, c.Now) and start.direction < 0 and offset is not None
    if not is_now or offset is None or offset.hours or offset.minutes or offset.seconds:
        return None
    return days | _later(turns, offset)


# ---------------------------------------------------------------- spells and doses


def _edges_of(names: c.Names, situation: Situation) -> Moments:
    index = situation.index
    events = (event for name in situation.members(names) for event in index.of(name))
    return frozenset(moment for event in events for moment in _edges(event))


def _edges(event: Event) -> Iterable[datetime]:
    """Where an event begins and ends: to the moment, the moment after, and by whole days."""
    for moment in (event.time, event.time_earliest, event.end_time):
        if moment is not None:
            yield from (moment, day_of(moment), day_of(moment) + DAY)
            if moment < datetime.max:
                yield moment + _TICK


def _of_doses(part: c.Node, names: c.Names, situation: Situation) -> Moments:
    """When a dose, or whether a drug is taken, can change: by its rows, and by the weight."""
    days = turning_days(part, names, situation)
    return _edges_of(names, situation) | _rows(("weight",), situation) | frozenset(days)


def _of_courses(names: c.Names, situation: Situation) -> Moments:
    """When a recognised course begins, ends, and when its last dose counts no more."""
    found: set[datetime] = set()
    for course in situation.courses:
        if course.drug in situation.members(names):
            end = course.end
            if end is not None and course.interval:
                end = parse_period(course.interval).after(end)
            found |= {course.start} if end is None else {course.start, end + _TICK}
    return frozenset(found)


# ---------------------------------------------------------------- the response


def _of_response(situation: Situation) -> Moments | None:
    """When the response since the step began can be told otherwise."""
    key = "turns of the response"
    if key not in situation.shared:
        situation.shared[key] = _by_ladder(ladder_of(situation), situation)
    found: Moments | None = situation.shared[key]
    return found


def _by_ladder(ladder: Ladder, situation: Situation) -> Moments | None:
    if _grows_up(ladder, situation):
        return None
    rested = (*ladder.numbers, ladder.score, *ladder.words)
    criteria = [one for rung in ladder.rungs for one in (rung.met, rung.not_met) if one]
    return _all_of(
        (
            _rows(rested, situation),
            *(_too_old_words(name, situation) for name in ladder.words),
            _of_visits(ladder, situation),
            _clearings(ladder.numbers, situation),
            *(_of_criterion(one, situation) for one in criteria),
        )
    )


def _too_old_words(name: str, situation: Situation) -> Moments:
    """When each of a clinician's words is too old: the last that speaks of a response answers."""
    fresh = freshness_of(situation.catalogue.concept(name))
    rows = situation.index.of(name)
    return frozenset(_after(fresh, e.end_time or e.time) for e in rows) if fresh else _NEVER


def _of_visits(ladder: Ladder, situation: Situation) -> Moments:
    """When a day is a visit, and when a visit or a recorded score has grown too old."""
    times = _rows((*ladder.of_scales(ladder.visit_by), ladder.score), situation)
    days = frozenset(map(day_of, times))
    fresh = [rung.fresh for rung in ladder.rungs if rung.fresh is not None]
    return days | {_after(period, moment) for period in fresh for moment in times | days}


def _grows_up(ladder: Ladder, situation: Situation) -> bool:
    """Whether the record begins before the age from which other thresholds hold."""
    events = situation.index.events
    age = situation.index.record.subject.age_at(events[0].time) if events else None
    return age is not None and age < ladder.juvenile_below
