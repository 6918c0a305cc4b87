"""When a verdict can turn: between two such moments it stays, so it is worked out once.

A verdict turns where a row becomes known, where a spell begins or ends, where a value grows too old
to answer, and where a row enters or leaves a window that ends now. Too many such moments cost time;
one too few would cost an answer, so whatever is not told here can turn at any moment.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime

from stepline.core.time import Period
from stepline.engine.response import ladder_of
from stepline.engine.situation import Situation
from stepline.engine.turning_rows import (
    NEVER,
    Moments,
    all_of,
    bound_of,
    edges_of,
    has_plans,
    later,
    of_courses,
    of_doses,
    of_visits,
    opening,
    rows,
    too_old,
    too_old_words,
    window_of,
)
from stepline.protocol import criterion as c
from stepline.protocol.ladder import Ladder

FEW = 8
"""How often a criterion is judged at its own moment before its turns are looked for."""


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


def _of_criterion(node: c.Criterion, situation: Situation) -> Moments | None:
    """The moments on which a criterion can turn; worked out once a record."""
    memo, key = situation.shared, ("moments", id(node))
    known: tuple[Moments | None, c.Criterion] | None = memo.get(key)
    if known is None:
        known = memo[key] = (_worked_out(node, situation), node)
    return known[0]


def _worked_out(node: c.Criterion, situation: Situation) -> Moments | None:
    match node:
        case c.And(parts) | c.Or(parts) | c.AtLeast(_, parts):
            return all_of(_of_criterion(part, situation) for part in parts)
        case c.Not(part):
            return _of_criterion(part, situation)
        case c.Named():
            definition = situation.definitions.get(node.key)
            return _of_criterion(definition.criterion, situation) if definition else NEVER
        case c.Compare(c.LongestTime() | c.TimeSince() as left, _, c.Duration(period)):
            return _of_time(left, period, situation)
        case c.Compare(left, _, right):
            return all_of(_of_value(side, situation) for side in (left, right))
        case c.Once(part, window):
            return all_of((_of_criterion(part, situation), opening(window, situation)))
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
            return all_of((rows(names, situation), window_of(names, window, situation)))
        case c.Stopped(names):
            return edges_of(names, situation)
        case c.Present(names):
            return edges_of(names, situation) | too_old(names, situation)
        case c.On(names):
            return of_doses(node, names, situation) | of_courses(names, situation)
        case c.While(names, _, window):
            return all_of((rows(names, situation), window_of(names, window, situation)))
        case c.DoseMoves(dose, _, window):
            return _of_moves(dose, window, situation)
    return None


def _of_value(node: c.Value, situation: Situation) -> Moments | None:
    match node:
        case c.Number() | c.UpperLimits() | c.Duration() | c.CategoryIs():
            return NEVER
        case c.Pick(_, names, window, _):
            return _of_answers(names, window, situation)
        case c.Change(names, _, _, window, _):
            last = _of_answers(names, c.EVER, situation)
            return all_of((last, window_of(names, window, situation)))
        case c.DailyDose(names) | c.WeeklyDose(names):
            cleared = _clearings(("weight",), situation)
            return all_of((of_doses(node, names, situation), cleared))
        case c.CycleDose(drug):
            return rows((drug,), situation)
        case c.Courses(drug, window):
            return all_of((rows((drug,), situation), window_of((drug,), window, situation)))
        case c.Intensity():
            return frozenset(course.start for course in situation.courses)
        case c.Response():
            return _of_response(situation)
    return None


def _of_answers(names: c.Names, window: c.Window, situation: Situation) -> Moments | None:
    """When the value, or the answer, that stands for these concepts can be another one."""
    return all_of(
        (
            rows(names, situation),
            too_old(names, situation) if window.is_everything else NEVER,
            window_of(names, window, situation),
            _clearings(names, situation),
        )
    )


def _clearings(names: c.Names, situation: Situation) -> Moments | None:
    """When something can say that what confounds these values does not count after all."""
    return all_of(
        _of_criterion(confounder.unless, situation)
        for name in situation.members(names)
        for confounder in situation.confounders.get(name, ())
        if confounder.unless is not None and situation.index.of(confounder.drug)
    )


def _of_rows_of(
    how: c.How, names: c.Names, window: c.Window, situation: Situation
) -> Moments | None:
    """When what is written down, given or planned can be more, or lie in a window no more."""
    if how is c.How.PLANNED and has_plans(names, situation):
        return None
    if not window.is_everything and situation.has_spells(names):
        return None
    return all_of((rows(names, situation), window_of(names, window, situation)))


# ---------------------------------------------------------------- time that has passed


def _of_time(
    node: c.LongestTime | c.TimeSince, period: Period, situation: Situation
) -> Moments | None:
    """When a time since a dose, or at one, can have become as long as a period."""
    started = _starts(node, situation)
    is_whole_days = not (period.hours or period.minutes or period.seconds)
    return started | later(started, period) if started is not None and is_whole_days else None


def _starts(node: c.LongestTime | c.TimeSince, situation: Situation) -> Moments | None:
    if isinstance(node, c.LongestTime):
        return _of_criterion(node.part, situation) if node.window.is_everything else None
    anchor = node.anchor
    if not isinstance(anchor, c.FirstOf | c.LastOf) or not situation.index.is_dated:
        return None
    return bound_of(anchor.names, c.Bound(anchor), situation)


def _of_moves(
    dose: c.DailyDose | c.WeeklyDose, window: c.Window, situation: Situation
) -> Moments | None:
    """When a dose can have moved, or a move can leave a window that ends now."""
    turns, start = _of_value(dose, situation), window.start
    if turns is None or window.end not in (None, c.Bound(c.Now())):
        return None
    days = turns | later(turns, Period(days=1))
    if start is None:
        return days
    offset = start.offset
    is_now = isinstance(start.anchor, c.Now) and start.direction < 0 and offset is not None
    if not is_now or offset is None or offset.hours or offset.minutes or offset.seconds:
        return None
    return days | later(turns, offset)


# ---------------------------------------------------------------- the response


def _of_response(situation: Situation) -> Moments | None:
    """When the response since the step began can be told otherwise."""
    ladder = ladder_of(situation)
    key = ("turns of the response", ladder.id)
    if key not in situation.shared:
        situation.shared[key] = _by_ladder(ladder, situation)
    found: Moments | None = situation.shared[key]
    return found


def _by_ladder(ladder: Ladder, situation: Situation) -> Moments | None:
    if _grows_up(ladder, situation):
        return None
    rested = (*ladder.numbers, ladder.score, *ladder.words)
    criteria = [one for rung in ladder.rungs for one in (rung.met, rung.not_met) if one]
    return all_of(
        (
            rows(rested, situation),
            too_old_words(ladder.words, situation),
            of_visits(ladder, situation),
            _clearings(ladder.numbers, situation),
            *(_of_criterion(one, situation) for one in criteria),
        )
    )


def _grows_up(ladder: Ladder, situation: Situation) -> bool:
    """Whether the record begins before the age from which other thresholds hold."""
    events = situation.index.events
    age = situation.index.record.subject.age_at(events[0].time) if events else None
    return age is not None and age < ladder.juvenile_below
