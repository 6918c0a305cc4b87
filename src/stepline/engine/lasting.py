"""How long something lasted without a break: a dose at a level, or being on a drug."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from stepline.engine.amounts import Amount, Elapsed, Lasting, unknown
from stepline.engine.dose_sums import days_in
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.engine.picking import spoken_names
from stepline.engine.situation import DAY, END_OF_DAY, Situation, day_of, span_of
from stepline.engine.stretches import (
    Move,
    between,
    days_of_change,
    dose_stretches,
    falls,
    rises,
    within,
)
from stepline.protocol import criterion as c
from stepline.protocol.writing import write_criterion
from stepline.record.model import Event
from stepline.record.saying import say

Judge = Callable[[c.Criterion, Situation], Finding]
Days = list[tuple[datetime, datetime]]


def longest_time(node: c.LongestTime, situation: Situation, judge: Judge) -> Lasting | Amount:
    """The longest unbroken time of a part, counted in whole days from the first dose on record."""
    names = names_of(node.part)
    span = span_of(node.window, situation)
    if isinstance(span, Missing):
        return unknown("d", span)
    given = situation.given(names)
    if not given:
        return _never_taken(names, situation)
    days = days_of_change(_moved_by(node.part), names, situation)
    inner, outer = days_in(span, given[0].time, situation.moment)
    told = _told(node.part, days, situation, judge)
    sure, maybe = _longest(told.surely, *inner), _longest(told.perhaps, *outer)
    doubtful = None
    if not situation.index.is_dated:
        doubtful = next((event for event in given if not event.time_exact), None)
    shortest, longest = _elapsed(sure, situation), _elapsed(maybe, situation)
    if doubtful is not None:
        longest = _without_limit(longest.until)
    if situation.verdict_only:
        return Lasting(shortest, longest)
    judged = [
        (one, judge(node.part, situation.at(one[0] + END_OF_DAY)))
        for one in between(days, day_of(situation.moment))
    ]
    return _lasting(Lasting(shortest, longest), sure or maybe, doubtful, judged, situation)


class _Told:
    """On which days, of those judged so far, a part surely and possibly held: unbroken stretches.

    The last of them may run on for as long as nothing changes: it is cut where it is asked of.
    """

    def __init__(self) -> None:
        self.surely: Days = []
        self.perhaps: Days = []
        self.days: list[datetime] = []

    def add(self, day: datetime, verdict: Verdict) -> None:
        """From a day on, the verdict is this one, until the next day that is told."""
        for stretches, holds in (
            (self.surely, verdict is Verdict.TRUE),
            (self.perhaps, verdict is not Verdict.FALSE),
        ):
            is_open = bool(stretches) and stretches[-1][1] == datetime.max
            if holds and not is_open:
                stretches.append((day, datetime.max))
            elif is_open and not holds:
                stretches[-1] = (stretches[-1][0], day - DAY)
        self.days.append(day)


def _told(part: c.Criterion, days: Sequence[datetime], situation: Situation, judge: Judge) -> _Told:
    """What a part says on the days on which it can change; each of them is judged once."""
    key = ("told", id(part))
    known: tuple[c.Criterion, _Told] | None = situation.common.get(key)
    if known is None:
        known = situation.common[key] = (part, _Told())
    told = known[1]
    # With their working, which costs little here: it is asked for when the time found is told.
    whole = replace(situation, verdict_only=False) if situation.verdict_only else situation
    for day in days[len(told.days) :]:
        told.add(day, judge(part, whole.at(day + END_OF_DAY)).verdict)
    return told


def names_of(part: c.Criterion) -> c.Names:
    """The drugs of which a part of a longest time speaks."""
    match part:
        case c.On(names):
            return names
        case c.Compare(c.DailyDose(names) | c.WeeklyDose(names)):
            return names
    raise AssertionError("a part that the checker should have refused")  # pragma: no cover


def _moved_by(part: c.Criterion) -> c.Node:
    """What of a part changes with time: a dose, or being on a drug."""
    return part.left if isinstance(part, c.Compare) else part


def _never_taken(names: c.Names, situation: Situation) -> Lasting:
    what = spoken_names(names)
    none = _no_time(situation)
    if "medications" in situation.index.record.complete_for:
        return Lasting(none, none, says=f"{what} is not on the complete medication list")
    says = f"no dose of {what} is recorded"
    missing = Missing(what, "not-recorded", says, names)
    return Lasting(none, _without_limit(situation.moment), says=says, missing=(missing,))


def _without_limit(until: datetime) -> Elapsed:
    return Elapsed(datetime.min, datetime.min, until)


def _no_time(situation: Situation) -> Elapsed:
    return Elapsed(situation.moment, situation.moment, situation.moment)


def _longest(days: Days, first: datetime, last: datetime) -> tuple[datetime, datetime] | None:
    """The longest of some stretches between two days; of two as long, the later."""
    cut = ((max(one, first), min(other, last)) for one, other in days)
    inside = (one for one in cut if one[0] <= one[1])
    return max(inside, key=lambda one: (one[1] - one[0], one[0]), default=None)


def _lasting(
    found: Lasting,
    chosen: tuple[datetime, datetime] | None,
    doubtful: Event | None,
    judged: list[tuple[tuple[datetime, datetime], Finding]],
    situation: Situation,
) -> Lasting:
    """The time found, with its working."""
    record = situation.index.record
    says = "at no time"
    if doubtful is not None:
        says = f"{situation.index.say(doubtful)}: for how long is not known"
    if chosen:
        met = [_seen(finding) for days, finding in judged if _meet(days, chosen)]
        told = list(dict.fromkeys(one for one in met if one))
        seen = "; ".join(told) if len(told) < 3 else f"{told[0]} … {told[-1]}"
        says = f"{seen}: from {say(record, chosen[0])} to {say(record, chosen[1])}"
    open_ones = [f for _, f in judged if f.verdict is Verdict.UNKNOWN]
    missing = [m for finding in open_ones for m in finding.all_missing()]
    if doubtful is not None:
        why = f"{situation.index.say(doubtful)}: when it began is not known exactly"
        missing.insert(0, Missing(doubtful.concept, "time-uncertain", why))
    events = dict.fromkeys(e for _, finding in judged for e in finding.all_events())
    unsettled = () if found.shortest == found.longest else tuple(dict.fromkeys(missing))
    return replace(found, events=tuple(events), says=says, missing=unsettled)


def _seen(finding: Finding) -> str:
    """What a verdict, or the part that decided it, saw."""
    return finding.says or next((part.says for part in finding.parts if part.says), "")


def _meet(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _elapsed(days: tuple[datetime, datetime] | None, situation: Situation) -> Elapsed:
    if days is None:
        return _no_time(situation)
    return Elapsed(days[0], days[0], days[1] + DAY)


# ---------------------------------------------------------------- a dose that moves


def dose_moves(node: c.DoseMoves, situation: Situation) -> Finding:
    """Whether the daily dose was lowered, or raised, on some day of a window."""
    text = write_criterion(node)
    span = span_of(node.window, situation)
    if isinstance(span, Missing):
        return Finding(Verdict.UNKNOWN, text, missing=(span,))
    given = situation.given(node.dose.names)
    if not given:
        return _never_moved(node.dose.names, text, situation)
    stretches = dose_stretches(node.dose, situation)
    look = falls if node.direction is c.Direction.FALLS else rises
    inner, outer = days_in(span, given[0].time, situation.moment)
    sure = look(within(stretches, inner[0] - DAY, inner[1]))
    if sure.before is not None and sure.after is not None:
        return _moved(sure, text, situation)
    if look(within(stretches, outer[0] - DAY, outer[1])).possibly or not all(
        e.time_exact for e in given
    ):
        return _perhaps_moved(node, text, situation)
    says = f"the dose of {spoken_names(node.dose.names)} did not move that way"
    return Finding(Verdict.FALSE, text, says)


def _moved(move: Move, text: str, situation: Situation) -> Finding:
    assert move.before is not None
    assert move.after is not None
    record = situation.index.record
    before, after = move.before.dose, move.after.dose
    says = f"{before.says}, then {after.says} ({say(record, move.after.first)})"
    events = tuple(dict.fromkeys((*before.events, *after.events)))
    return Finding(Verdict.TRUE, text, says, events)


def _perhaps_moved(node: c.DoseMoves, text: str, situation: Situation) -> Finding:
    stretches = dose_stretches(node.dose, situation)
    missing = tuple(dict.fromkeys(m for one in stretches for m in one.dose.missing))
    what = spoken_names(node.dose.names)
    says = f"the doses of {what} are not known exactly"
    why = missing or (Missing(what, "bounded", says, node.dose.names),)
    events = tuple(dict.fromkeys(e for one in stretches for e in one.dose.events))
    return Finding(Verdict.UNKNOWN, text, says, events, why)


def _never_moved(names: c.Names, text: str, situation: Situation) -> Finding:
    what = spoken_names(names)
    if "medications" in situation.index.record.complete_for:
        return Finding(Verdict.FALSE, text, f"{what} is not on the complete medication list")
    says = f"no dose of {what} is recorded"
    return Finding(
        Verdict.UNKNOWN, text, says, missing=(Missing(what, "not-recorded", says, names),)
    )
