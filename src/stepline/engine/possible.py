"""Whether a criterion could ever be true of a record, judged from which rows there are.

A search for the first moment at which a criterion is met need not begin where no row could make it
true. The answer errs on one side only: "yes" may be wrong, "no" never is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from stepline.engine.finding import Verdict
from stepline.engine.lasting import names_of
from stepline.engine.reference import answers_of, judge, stop_rows
from stepline.engine.response import counted_concepts, has_visits, ladder_of
from stepline.engine.situation import Situation
from stepline.protocol import criterion as c
from stepline.record.model import PLANNED, Event


def could_be_true(node: c.Criterion, situation: Situation) -> bool:
    """False only where the record holds nothing that could make the criterion true, at any time.

    Worked out once a record: it rests on its rows, the definitions and the ladder alone.
    """
    memo, definitions, ladder = situation.index.memo, situation.definitions, situation.ladder
    key = ("could be true", id(node), id(definitions), id(ladder))
    known = memo.get(key)
    if known is None:
        could = _could_be_true(node, situation)
        # What the key names is kept beside the answer, so that no id can be given away.
        known = memo[key] = (could, node, definitions, ladder)
    return bool(cast("tuple[object, ...]", known)[0])


def _could_be_true(node: c.Criterion, situation: Situation) -> bool:
    match node:
        case c.And(parts):
            return all(could_be_true(part, situation) for part in parts)
        case c.Or(parts):
            return any(could_be_true(part, situation) for part in parts)
        case c.AtLeast(count, parts):
            return sum(could_be_true(part, situation) for part in parts) >= count
        case c.Not(part):
            return could_be_false(part, situation)
        case c.Sustained(part, _) | c.Confirmed(part, _) | c.Once(part, _):
            return could_be_true(part, situation)
        case c.Named():
            return _definition_could_be_true(node, situation)
        case c.Compare(left, _, right):
            return _has_value(left, situation) and _has_value(right, situation)
        case c.Is(names, word, _, _):
            return any(_says(event, word) for event in _rows(names, situation))
        case c.Happened() | c.Started() | c.Present() | c.Stopped() | c.While() | c.DoseMoves():
            return _has_row(node, situation)
    return True


def _definition_could_be_true(node: c.Named, situation: Situation) -> bool:
    definition = situation.definitions.get(node.key)
    return definition is not None and could_be_true(definition.criterion, situation)


Rested = c.Happened | c.Started | c.Present | c.Stopped | c.While | c.DoseMoves
"""Criteria that are true of a record only where it holds a row of their concepts."""


def _has_row(node: Rested, situation: Situation) -> bool:
    if isinstance(node, c.Stopped):
        return bool(stop_rows(node.names, situation))
    names = node.dose.names if isinstance(node, c.DoseMoves) else node.names
    if isinstance(node, c.While) and not could_be_true(node.part, situation):
        return False
    if isinstance(node, c.Happened) and node.how is c.How.PLANNED:
        return any(event.status in PLANNED for event in _rows(names, situation))
    return _has_rows(names, situation)


def could_be_false(node: c.Criterion, situation: Situation) -> bool:
    """False only where the record holds nothing that could make the criterion false, at any time.

    What nobody wrote down is unknown, so a value or an answer without a row is never false.
    """
    match node:
        case c.And(parts):
            return any(could_be_false(part, situation) for part in parts)
        case c.Or(parts):
            return all(could_be_false(part, situation) for part in parts)
        case c.Not(part):
            return could_be_true(part, situation)
        case c.AtLeast(count, parts):
            return sum(could_be_false(part, situation) for part in parts) > len(parts) - count
        case c.Sustained(part, _) | c.Confirmed(part, _) | c.Once(part, _):
            return could_be_false(part, situation)
        case c.Named():
            definition = situation.definitions.get(node.key)
            return definition is not None and could_be_false(definition.criterion, situation)
        case c.Compare(left, _, right):
            return _has_value(left, situation) and _has_value(right, situation)
        case c.Is(names, _, _, _):
            return _has_rows(names, situation)
        case c.Stopped(names, _) | c.On(names):
            return _is_complete(situation) or _has_rows(names, situation)
    return True


def _is_complete(situation: Situation) -> bool:
    return "medications" in situation.index.record.complete_for


def _rows(names: c.Names, situation: Situation) -> list[Event]:
    return [e for name in situation.members(names) for e in situation.index.of(name)]


def _has_rows(names: c.Names, situation: Situation) -> bool:
    return any(map(situation.index.of, situation.members(names)))


def _says(event: Event, word: str) -> bool:
    """Whether a row could be this answer; a number can be any flag by the range beside it."""
    return word in answers_of(event) or event.value is not None


def _has_value(value: c.Value, situation: Situation) -> bool:
    match value:
        case c.Pick(c.Take.COUNT, _, _, _):
            return True
        case c.Pick(_, names, _, _) | c.Change(names, _, _, _, _):
            return _has_rows(names, situation)
        case c.TimeSince(c.FirstOf(names) | c.LastOf(names)):
            return _has_rows(names, situation)
        case c.Response() | c.BestResponse():
            return _has_rows(tuple(counted_concepts(situation)), situation)
        case c.ImprovementScore():
            return has_visits(situation) or _has_rows((ladder_of(situation).score,), situation)
        case c.DoseChange(names):
            return _is_complete(situation) or _has_rows(names, situation)
        case c.LongestTime(part, _):
            return _is_complete(situation) or _has_rows(names_of(part), situation)
    return True


def turns_true_on(node: c.Criterion, situation: Situation) -> frozenset[str] | None:
    """The concepts on whose days a criterion can first become true, or `None` for any day.

    Growing older makes a value stale, so unknown, and never makes a criterion true; only a new row
    does. Where time itself decides (time since, sustained, "within" before now) any day can be it.
    Branches that could never be true are left out.
    """
    match node:
        case c.And(parts) | c.AtLeast(_, parts):
            return _together(parts, situation)
        case c.Or(parts):
            return _together([p for p in parts if could_be_true(p, situation)], situation)
        case c.Named():
            definition = situation.definitions.get(node.key)
            return turns_true_on(definition.criterion, situation) if definition else frozenset()
        case c.Compare(left, _, right):
            sides = [_rows_of_value(left, situation), _rows_of_value(right, situation)]
            return None if None in sides else frozenset().union(*(s for s in sides if s))
        case c.Started(names, window) | c.Is(names, _, window, _):
            # The first dose was the first on its own day; the last answer was the last on its own.
            return _in_window(names, c.EVER if _ends_now(window) else window, situation)
        case c.Happened(c.How.RECORDED, names, window):
            # The last row up to now was the last on its own day too: such a window only lets go.
            shown = c.EVER if _ends_now(window) else window
            return _in_window(names, shown, situation)
        case c.While(names, _, window):
            return _in_window(names, window, situation)
        case c.Once(part, window) if window.is_everything:
            return turns_true_on(part, situation)
    return None


def _ends_now(window: c.Window) -> bool:
    return window.end == c.Bound(c.Now())


def _together(
    parts: tuple[c.Criterion, ...] | list[c.Criterion], situation: Situation
) -> frozenset[str] | None:
    found: set[str] = set()
    for part in parts:
        concepts = turns_true_on(part, situation)
        if concepts is None:
            return None
        found |= concepts
    return frozenset(found)


def _rows_of_value(value: c.Value, situation: Situation) -> frozenset[str] | None:
    match value:
        case c.Number() | c.UpperLimits() | c.CategoryIs():
            return frozenset()
        case c.Pick(_, names, window, _) | c.Change(names, _, _, window, _):
            return _in_window(names, window, situation)
        case c.Response():
            return _rows_of_response(situation)
        case c.BestResponse() | c.ImprovementScore():
            return _with_clearings(counted_concepts(situation), situation)
        case c.Cycles():
            return frozenset(situation.step_drugs)
    return None


def _rows_of_response(situation: Situation) -> frozenset[str] | None:
    """As for any value; `None` where a score grows old and leaves the answer to words."""
    ladder = ladder_of(situation)
    has_numbers = has_visits(situation) or bool(situation.index.of(ladder.score))
    if has_numbers and any(situation.index.of(name) for name in ladder.words):
        return None
    return _with_clearings(counted_concepts(situation), situation)


def _with_clearings(concepts: frozenset[str], situation: Situation) -> frozenset[str] | None:
    found = set(concepts)
    for cleared in _clearings(tuple(sorted(concepts)), situation):
        more = turns_true_on(cleared, situation)
        if more is None:
            return None
        found |= more
    return frozenset(found)


def _in_window(names: c.Names, window: c.Window, situation: Situation) -> frozenset[str] | None:
    """The concepts themselves and those that anchor their window; `None` where now anchors it."""
    found = set(situation.members(names))
    for cleared in _clearings(names, situation):
        concepts = turns_true_on(cleared, situation)
        if concepts is None:
            return None
        found |= concepts
    for bound in (window.start, window.end):
        match bound.anchor if bound else None:
            case c.FirstOf(others) | c.LastOf(others):
                found |= set(situation.members(others))
            case c.Now():
                return None
    return frozenset(found)


def _clearings(names: c.Names, situation: Situation) -> list[c.Criterion]:
    """What lets a confounded value count after all, and so can make a criterion true later."""
    return [
        confounder.unless
        for name in situation.members(names)
        for confounder in situation.confounders.get(name, ())
        if confounder.unless is not None
    ]


def worth_judging(node: c.Criterion, situation: Situation) -> c.Criterion:
    """A criterion that is true exactly where this one is, with less to judge.

    Branches that could never be true of the record are left out, definitions are opened, and of
    parts that must all hold the cheap ones come first. Where it is not true, the verdict may be
    false instead of unknown: it serves a search for the first true moment, nothing else. It is
    worked out once a record, as `could_be_true`.
    """
    memo, definitions, ladder = situation.index.memo, situation.definitions, situation.ladder
    key = ("worth judging", id(node), id(definitions), id(ladder))
    known = memo.get(key)
    if known is None:
        known = memo[key] = (_worth_judging(node, situation), node, definitions, ladder)
    return cast("tuple[c.Criterion, object, object, object]", known)[0]


def _worth_judging(node: c.Criterion, situation: Situation) -> c.Criterion:
    match node:
        case c.Named():
            definition = situation.definitions.get(node.key)
            return worth_judging(definition.criterion, situation) if definition else node
        case c.Or(parts):
            possible = [p for p in parts if could_be_true(p, situation)]
            opened = tuple(worth_judging(p, situation) for p in possible)
            return opened[0] if len(opened) == 1 else c.Or(opened)
        case c.And(parts):
            return c.And(tuple(sorted((worth_judging(p, situation) for p in parts), key=_cost)))
    return node


_DEAR = (
    c.Change,
    c.DoseChange,
    c.MeanDose,
    c.CumulativeDose,
    c.LongestTime,
    c.BestResponse,
)


def _cost(node: c.Criterion) -> int:
    """How dear a criterion is to judge, roughly."""
    match node:
        case c.Sustained() | c.Confirmed() | c.Once():
            return 3
        case c.And(parts) | c.Or(parts) | c.AtLeast(_, parts):
            return max((_cost(part) for part in parts), default=0)
        case c.Compare(left, _, _):
            return 2 if isinstance(left, _DEAR) else 1
        case c.Named() | c.While() | c.DoseMoves():
            return 2
    return 1


def is_true(node: c.Criterion, situation: Situation) -> bool:
    """Whether a criterion is true now, without its working."""
    if not could_be_true(node, situation):
        return False
    brief = worth_judging(node, situation)
    return judge(brief, replace(situation, verdict_only=True)).verdict is Verdict.TRUE
