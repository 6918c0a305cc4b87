"""The reference engine: what criteria mean.

Plain Python, one patient, one visitor a node, no optimisation. `review`, `test` and the load-time
safety checks run on it; faster engines are compared with it. A verdict carries its working.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from stepline.core.quantity import comparable
from stepline.core.time import parse_period
from stepline.engine import doses, logic, picking, planned
from stepline.engine.amounts import (
    Amount,
    Elapsed,
    Graded,
    compare,
    compare_elapsed,
    compare_graded,
    converted,
    exact,
    unknown,
)
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.engine.response import RANKS, response
from stepline.engine.situation import (
    END_OF_DAY,
    Situation,
    day_of,
    find,
    happened_in,
    is_stop,
    runs_on,
    select,
)
from stepline.protocol import criterion as c
from stepline.protocol.products import drugs_of_products
from stepline.protocol.writing import write_criterion
from stepline.record.model import Event, EventStatus, Interpretation
from stepline.record.saying import say, say_event
from stepline.vocabulary.catalogue import Catalogue
from stepline.vocabulary.model import ConceptKind

VISIT_KINDS = frozenset({ConceptKind.SCORE, ConceptKind.LABORATORY, ConceptKind.ASSESSMENT})
"""Concept kinds that make a day a visit, for a confirmation at consecutive visits."""

POSITIVE = frozenset({"positive", "present", "yes", "reactive"})
NEGATIVE = frozenset({"negative", "absent", "none", "no", "non-reactive"})
FLAGS = frozenset({"low", "normal", "elevated"})
NO_ANSWER = frozenset({"unknown", "value unknown", "not stated"})

Reading = Amount | Elapsed | Graded | c.Duration | c.CategoryIs


def judge(criterion: c.Criterion, situation: Situation) -> Finding:
    """The verdict of a criterion on a record at a moment, with its working."""
    # A node is remembered by identity: the memo holds it, so that its id cannot be given away.
    key = (id(criterion), situation.moment, situation.verdict_only)
    known = situation.memo.get(key)
    if known is None:
        finding = _CRITERIA[type(criterion)](criterion, situation)
        known = situation.memo[key] = (criterion, finding)
    found: Finding = known[1]
    return found


# ---------------------------------------------------------------- connectives


def visit_and(node: c.And, situation: Situation) -> Finding:
    parts = _parts(node.parts, situation, Verdict.FALSE)
    return _joined(logic.both(p.verdict for p in parts), node, parts)


def visit_or(node: c.Or, situation: Situation) -> Finding:
    parts = _parts(node.parts, situation, Verdict.TRUE)
    return _joined(logic.either(p.verdict for p in parts), node, parts)


def _parts(
    nodes: tuple[c.Criterion, ...], situation: Situation, decides: Verdict
) -> tuple[Finding, ...]:
    """The working of each part, up to the one that decides where only the verdict is asked for."""
    found = []
    for node in nodes:
        found.append(judge(node, situation))
        if situation.verdict_only and found[-1].verdict is decides:
            break
    return tuple(found)


def visit_not(node: c.Not, situation: Situation) -> Finding:
    part = judge(node.part, situation)
    return _joined(logic.NOT[part.verdict], node, (part,))


def visit_at_least(node: c.AtLeast, situation: Situation) -> Finding:
    parts = tuple(judge(part, situation) for part in node.parts)
    verdict = logic.at_least(node.count, [p.verdict for p in parts])
    return _joined(verdict, node, parts)


def _joined(verdict: Verdict, node: c.Criterion, parts: tuple[Finding, ...]) -> Finding:
    return Finding(verdict, write_criterion(node), parts=parts)


# ---------------------------------------------------------------- comparisons


def visit_compare(node: c.Compare, situation: Situation) -> Finding:
    as_multiple = isinstance(node.right, c.UpperLimits)
    left = value(node.left, situation, as_multiple=as_multiple)
    right = value(node.right, situation)
    verdict = _compared(left, node.operator, right)
    if situation.verdict_only:
        return Finding(verdict, "")
    sides = [side for side in (left, right) if isinstance(side, Amount | Elapsed | Graded)]
    missing = tuple(m for s in sides for m in s.missing) if verdict is Verdict.UNKNOWN else ()
    return Finding(
        verdict,
        write_criterion(node),
        "; ".join(s.says for s in sides if s.says),
        tuple(dict.fromkeys(e for s in sides for e in s.events)),
        tuple(dict.fromkeys(missing)),
    )


def _compared(left: Reading, operator: c.Operator, right: Reading) -> Verdict:
    match left, right:
        case Elapsed(), c.Duration(period):
            return compare_elapsed(left, operator, period)
        case Graded(), c.CategoryIs(category):
            return compare_graded(left, operator, RANKS[category.value])
        case Amount(), Amount():
            return _compare_amounts(left, operator, right)
        case Amount(), c.Duration():
            return Verdict.UNKNOWN
    raise AssertionError("a comparison that the checker should have refused")  # pragma: no cover


def _compare_amounts(left: Amount, operator: c.Operator, right: Amount) -> Verdict:
    if left.is_unknown or right.is_unknown:
        return Verdict.UNKNOWN
    if left.unit != right.unit and not comparable(left.unit, right.unit):
        return Verdict.UNKNOWN
    return compare(left, operator, converted(right, left.unit))


# ---------------------------------------------------------------- the record


def visit_happened(node: c.Happened, situation: Situation) -> Finding:
    events = _HAPPENED[node.how](node.names, situation)
    chosen = happened_in(events, node.window, situation)
    text = write_criterion(node)
    if isinstance(chosen, Missing):
        return Finding(Verdict.UNKNOWN, text, missing=(chosen,))
    certain, possible = chosen
    record = situation.index.record
    untold: list[Event] = []
    if node.products:
        untold = [e for e in (*certain, *possible) if not _product_is_told(e)]
        certain, possible = ([e for e in events if e.product in node.products] for events in chosen)
    if certain:
        shown = certain[-1]
        return Finding(Verdict.TRUE, text, say_event(record, shown), (shown.event_id,))
    if possible:
        says = f"{say_event(record, possible[-1])}: when is not known exactly"
        missing = Missing(possible[-1].concept, "time-uncertain", says)
        return Finding(Verdict.UNKNOWN, text, says, (possible[-1].event_id,), (missing,))
    if untold:
        says = f"{say_event(record, untold[-1])}: which product it is is not told"
        missing = Missing(untold[-1].concept, "not-recorded", says, ("the product",))
        return Finding(Verdict.UNKNOWN, text, says, (untold[-1].event_id,), (missing,))
    product = f" as {' or '.join(node.products)}" if node.products else ""
    return Finding(
        Verdict.FALSE, text, f"no {picking.spoken_names(node.names)} is {node.how.value}{product}"
    )


def _product_is_told(event: Event) -> bool:
    """Whether a row names a product of the library; a brand that is not listed tells nothing."""
    return event.product in drugs_of_products()


def _recorded(names: c.Names, situation: Situation) -> list[Event]:
    return [e for e in situation.known(names) if e.status is not EventStatus.NOT_GIVEN]


def _given(names: c.Names, situation: Situation) -> list[Event]:
    """Doses; a stop of a drug of which no dose is recorded says that it was given before."""
    doses_given = situation.given(names)
    spoken = {event.concept for event in doses_given}
    stops = [e for e in situation.known(names) if is_stop(e) and e.concept not in spoken]
    before = [
        replace(e, time_exact=False, time_earliest=None, time_latest=e.time, time_said="before")
        for e in stops
    ]
    return [*before, *doses_given]


_HAPPENED: Mapping[c.How, Callable[[c.Names, Situation], list[Event]]] = {
    c.How.RECORDED: _recorded,
    c.How.GIVEN: _given,
    c.How.PLANNED: lambda names, situation: situation.planned(names),
}


# ---------------------------------------------------------------- the patient


def visit_on(node: c.On, situation: Situation) -> Finding:
    parts = [_on_one(name, situation) for name in situation.members(node.names)]
    known = [p for p in parts if p is not None]
    text = write_criterion(node)
    if not known:
        return _unspoken(node.names, "medications", text, situation)
    verdict = logic.either(p.verdict for p in known)
    deciding = tuple(p for p in known if p.verdict is verdict)
    never_spoken = len(known) < len(parts) and "medications" not in _complete(situation)
    if verdict is Verdict.FALSE and never_spoken:
        # That one drug was stopped does not say that no other of them is taken.
        unspoken = _unspoken(node.names, "medications", text, situation)
        return replace(unspoken, parts=deciding)
    return Finding(verdict, text, parts=deciding)


def _on_one(drug: str, situation: Situation) -> Finding | None:
    """Whether one drug is taken now; `None` when the record never speaks of it."""
    events = [*situation.known((drug,)), *_orders(drug, situation)]
    if not events:
        return None
    # A dose left out does not end a treatment; only where nothing else is said is it an answer.
    events = [e for e in events if e.status is not EventStatus.NOT_GIVEN] or events
    latest = max(events, key=lambda e: (e.time, e.event_id))
    says = situation.index.say(latest)
    verdict = _still_on(drug, latest, events, situation)
    missing: tuple[Missing, ...] = ()
    if verdict is Verdict.UNKNOWN:
        missing = (Missing(drug, "time-uncertain", f"{says}: whether it still runs is not stated"),)
    return Finding(verdict, f"on {drug}", says, (latest.event_id,), missing)


def _orders(drug: str, situation: Situation) -> list[Event]:
    return [e for e in situation.planned((drug,)) if e.time <= situation.moment]


def _still_on(drug: str, latest: Event, events: list[Event], situation: Situation) -> Verdict:
    if latest.status in (EventStatus.NOT_GIVEN, EventStatus.STOPPED):
        ended = not latest.is_spell or runs_on(latest, situation.moment) is not True
        return Verdict.FALSE if ended else Verdict.TRUE
    spells = [runs_on(e, situation.moment) for e in events if e.is_spell]
    if True in spells or _course_runs(drug, situation):
        return Verdict.TRUE
    return Verdict.UNKNOWN if None in spells else Verdict.FALSE


def _course_runs(drug: str, situation: Situation) -> bool:
    """Whether a recognised course covers now, its last dose counting until the next is due."""
    for course in situation.courses:
        if course.drug != drug or course.start > situation.moment:
            continue
        end = course.end
        if end is not None and course.interval:
            end = parse_period(course.interval).after(end)
        if end is None or situation.moment <= end:
            return True
    return False


def _complete(situation: Situation) -> frozenset[str]:
    return situation.index.record.complete_for


def _unspoken(names: c.Names, kind: str, text: str, situation: Situation) -> Finding:
    what = picking.spoken_names(names)
    if kind in _complete(situation):
        return Finding(Verdict.FALSE, text, f"{what} is not among the {kind}, which are complete")
    says = f"the record does not say whether there is {what}"
    return Finding(
        Verdict.UNKNOWN, text, says, missing=(Missing(what, "not-recorded", says, names),)
    )


def visit_present(node: c.Present, situation: Situation) -> Finding:
    text = write_criterion(node)
    events = situation.known(node.names)
    if not events:
        return _unspoken(node.names, "conditions", text, situation)
    last = events[-1]
    says = situation.index.say(last)
    runs = runs_on(last, situation.moment) if last.is_spell else True
    if _denied(last) or runs is False:
        return Finding(Verdict.FALSE, text, says, (last.event_id,))
    doubt = _not_sure(last, runs, says, situation)
    verdict = Verdict.UNKNOWN if doubt else Verdict.TRUE
    return Finding(verdict, text, says, (last.event_id,), (doubt,) if doubt else ())


def _not_sure(event: Event, runs: bool | None, says: str, situation: Situation) -> Missing | None:
    """Why a condition that was recorded is not known to be there now."""
    if event.interpretation is not Interpretation.POSITIVE:
        return Missing(event.concept, "bounded", f"{says}: not confirmed", (event.concept,))
    if runs is None:
        why = f"{says}: whether it still lasts is not stated"
        return Missing(event.concept, "time-uncertain", why, (event.concept,))
    return None if event.end_said == "ongoing" else picking.stale_after(event, situation)


def _denied(event: Event) -> bool:
    return event.interpretation is Interpretation.NEGATIVE or event.text.lower() in NEGATIVE


def visit_is(node: c.Is, situation: Situation) -> Finding:
    text = write_criterion(node)
    chosen = select(_recorded(node.names, situation), node.window, situation)
    if isinstance(chosen, Missing):
        return Finding(Verdict.UNKNOWN, text, missing=(chosen,))
    certain, possible = chosen
    if possible or not certain:
        return _no_answer(node, text, possible, situation)
    last = certain[-1]
    says = situation.index.say(last)
    doubt = _doubt(node, last, situation) or _no_such_answer(node.word, last, says)
    if doubt:
        return Finding(Verdict.UNKNOWN, text, says, (last.event_id,), (doubt,))
    is_so = node.word in answers_of(last)
    if node.word in FLAGS and _is_bare_number(last):
        is_so = bool(_flag(node.word, last))
    return Finding(Verdict.TRUE if is_so else Verdict.FALSE, text, says, (last.event_id,))


def _no_such_answer(word: str, event: Event, says: str) -> Missing | None:
    """Why an entry does not answer with the kind of word that is asked for."""
    if word in FLAGS and _is_bare_number(event) and _flag(word, event) is None:
        why = f"{says}: no reference range and no flag is recorded"
        return Missing(event.concept, "no-reference-range", why, (event.concept,))
    if not event.text and event.interpretation is None and event.value is None:
        return Missing(event.concept, "bounded", f"{says}: no answer is recorded", (event.concept,))
    if event.text.lower() in NO_ANSWER:
        return Missing(event.concept, "bounded", f"{says}: no answer is known", (event.concept,))
    return None


def _no_answer(node: c.Is, text: str, possible: list[Event], situation: Situation) -> Finding:
    what = picking.short_title(situation.catalogue.concept(node.names[0]))
    why = "time-uncertain" if possible else "not-recorded"
    says = (
        f"when {what} was recorded is not known exactly" if possible else f"no {what} is recorded"
    )
    ids = tuple(e.event_id for e in possible)
    return Finding(Verdict.UNKNOWN, text, says, ids, (Missing(what, why, says, node.names),))


def answers_of(event: Event) -> frozenset[str]:
    """Every word that a row answers with: its own, its flag, and what both mean."""
    words = {event.text.lower()}
    if event.interpretation is not None:
        words.add(event.interpretation.value)
    if words & POSITIVE:
        words |= {"positive", "present"}
    if words & NEGATIVE:
        words |= {"negative", "absent"}
    return frozenset(words)


def _is_bare_number(event: Event) -> bool:
    return event.value is not None and event.interpretation is None


def _flag(word: str, event: Event) -> bool | None:
    """Whether a number is low, normal or elevated by the range that came with it."""
    value, low, high = event.value, event.reference_low, event.reference_high
    above = None if value is None or high is None else value > high
    below = None if value is None or low is None else value < low
    if word != "normal":
        return above if word == "elevated" else below
    if above or below:
        return False
    return None if None in (above, below) else True


def _doubt(node: c.Is, event: Event, situation: Situation) -> Missing | None:
    """Why the answer does not count: too old, or something else may have caused it."""
    if node.window.is_everything:
        stale = picking.stale_after(event, situation)
        if stale:
            return stale
    if node.measured:
        return None
    hit = picking.confounded(event, situation, tuple(answers_of(event)))
    if hit is None:
        return None
    says = situation.index.say(event)
    return Missing(hit.concept, "confounded", f"{says}: {hit.says}", hit.settle)


def visit_stopped(node: c.Stopped, situation: Situation) -> Finding:
    text = write_criterion(node)
    events = situation.known(node.names)
    if not events:
        return _unspoken(node.names, "medications", text, situation)
    told = events if situation.has_stops(node.names) else []
    stops = [event for event in told if _has_stopped(event, situation.moment)]
    for event in reversed(stops):
        if not node.reason or event.reason == node.reason:
            says = situation.index.say(event)
            return Finding(Verdict.TRUE, text, says, (event.event_id,))
    unexplained = [e for e in stops if not e.reason]
    if node.reason and unexplained:
        last = unexplained[-1]
        says = f"{situation.index.say(last)}: why it was stopped is not recorded"
        missing = Missing(last.concept, "not-recorded", says, ("reason for stopping",))
        return Finding(Verdict.UNKNOWN, text, says, (last.event_id,), (missing,))
    return Finding(
        Verdict.FALSE, text, f"no such stop of {picking.spoken_names(node.names)} is recorded"
    )


def _has_stopped(event: Event, moment: datetime) -> bool:
    """Whether a row says that a drug was stopped by now; a spell stops at its end, not before."""
    if event.status is not EventStatus.STOPPED and not event.reason:
        return False
    return not event.is_spell or event.end_time is None or event.end_time <= moment


def visit_known(node: c.Known, situation: Situation) -> Finding:
    reading = value(node.value, situation)
    text = write_criterion(node)
    match reading:
        case Amount():
            known = reading.is_exact
        case Graded(low, high):
            known = low is not None and low == high
        case Elapsed(earliest, latest):
            known = earliest is not None and earliest == latest
        case _:
            known = True
    says = getattr(reading, "says", "")
    events = getattr(reading, "events", ())
    return Finding(Verdict.TRUE if known else Verdict.FALSE, text, says, events)


# ---------------------------------------------------------------- over time


def visit_sustained(node: c.Sustained, situation: Situation) -> Finding:
    start = node.period.before(situation.moment)
    moments = [start, *_days(start, situation), situation.moment]
    parts = _over(node.part, moments, situation)
    verdict = logic.both(p.verdict for p in parts)
    deciding = tuple(p for p in parts if p.verdict is verdict)[:1]
    record = situation.index.record
    says = f"from {say(record, start)} to {say(record, situation.moment)}"
    return Finding(verdict, write_criterion(node), says, parts=deciding)


def _over(node: c.Criterion, moments: list[datetime], situation: Situation) -> tuple[Finding, ...]:
    """The working at each moment; the latest first, up to a false one, for a verdict alone."""
    if not situation.verdict_only:
        return tuple(judge(node, situation.at(moment)) for moment in moments)
    found: list[Finding] = []
    for moment in reversed(moments):
        found.append(judge(node, situation.at(moment)))
        if found[-1].verdict is Verdict.FALSE:
            break
    return tuple(found)


def _days(start: datetime, situation: Situation) -> tuple[datetime, ...]:
    """Days with a record after the start, up to now, each judged at its end.

    The day after a spell ended is one of them: what ended is no longer there.
    """
    now = situation.moment
    index = situation.index
    days = set(_between(index.days_with_record(), start, now))
    days.update(_between(index.days_after_spells(), start, now))
    return tuple(min(day + END_OF_DAY, now) for day in sorted(days))


def _between(days: Sequence[datetime], start: datetime, end: datetime) -> Sequence[datetime]:
    return days[bisect_right(days, start) : bisect_right(days, end)]


def _visits(situation: Situation) -> list[datetime]:
    """Days on which something was measured or assessed, up to now, each judged at its end."""
    days = situation.index.days_about(_visit_concepts(situation.catalogue))
    known = days[: bisect_right(days, situation.moment)]
    return [min(day + END_OF_DAY, situation.moment) for day in known]


@lru_cache(maxsize=4)
def _visit_concepts(catalogue: Catalogue) -> frozenset[str]:
    return frozenset(c.id for c in catalogue.concepts if c.kind in VISIT_KINDS)


def visit_confirmed(node: c.Confirmed, situation: Situation) -> Finding:
    visits = _visits(situation)
    chosen = visits[-node.visits :]
    parts = tuple(judge(node.part, situation.at(visit)) for visit in chosen)
    verdict = logic.both(p.verdict for p in parts)
    missing: tuple[Missing, ...] = ()
    if len(chosen) < node.visits and verdict is Verdict.TRUE:
        verdict = Verdict.UNKNOWN
        says = f"{node.visits} visits are needed and {len(chosen)} recorded"
        missing = (Missing("visit", "not-recorded", says, ("the next visit",)),)
    record = situation.index.record
    says = "visits " + ", ".join(say(record, visit) for visit in chosen)
    return Finding(verdict, write_criterion(node), says, (), missing, parts)


def visit_named(node: c.Named, situation: Situation) -> Finding:
    definition = situation.definitions.get(node.key)
    if definition is None:
        says = f"“{node.key}” is not defined"
        missing = Missing(node.key, "no-definition", says)
        return Finding(Verdict.UNKNOWN, node.key, says, missing=(missing,))
    inner = judge(definition.criterion, situation)
    return Finding(
        inner.verdict, node.key, definition.title, parts=(inner,), evidence=definition.evidence
    )


# ---------------------------------------------------------------- values


def value(node: c.Value, situation: Situation, *, as_multiple: bool = False) -> Reading:
    """What a value node reads in the record."""
    match node:
        case c.Pick():
            return picking.pick(node, situation, as_multiple=as_multiple)
        case c.Number(quantity):
            return exact(quantity.value, quantity.unit)
        case c.UpperLimits(multiple):
            return exact(multiple.value, picking.UPPER_LIMITS)
        case c.Duration() | c.CategoryIs():
            return node
        case c.Change():
            return picking.change(node, situation)
        case c.TimeSince(anchor):
            return _since(anchor, situation)
        case c.TimeInStep():
            return _since(c.StepStart(), situation)
        case c.Response():
            return response(situation)
    return _dose_value(node, situation)


def _dose_value(node: c.Value, situation: Situation) -> Reading:
    match node:
        case c.DailyDose(names, equivalent):
            return doses.daily_dose(names, equivalent, situation)
        case c.MeanDose():
            return doses.mean_dose(node, situation)
        case c.CumulativeDose():
            return doses.cumulative_dose(node, situation)
        case c.Intensity(drug):
            return doses.intensity(drug, situation)
        case c.CycleDose(drug):
            return doses.cycle_per_kilogram(drug, situation)
        case c.Courses(drug, window):
            return doses.count_cycles((drug,), window, situation)
        case c.Cycles():
            return _cycles(situation)
        case c.ShortestInterval():
            return doses.shortest_interval(node, situation)
        case c.PlannedInterval(drug, other):
            return planned.planned_interval(drug, other or drug, situation)
    raise AssertionError(f"no value {type(node).__name__}")  # pragma: no cover


def _since(anchor: c.Anchor, situation: Situation) -> Elapsed | Amount:
    found = find(anchor, situation)
    if isinstance(found, Missing):
        return unknown("d", found)
    record = situation.index.record
    says = f"since {say_event(record, found.event) if found.event else say(record, found.time)}"
    events = (found.event.event_id,) if found.event else ()
    missing: tuple[Missing, ...] = ()
    if found.earliest != found.latest:
        missing = (Missing("time", "time-uncertain", f"{says}: not known exactly"),)
    return Elapsed(found.earliest, found.latest, situation.moment, events, says, missing)


def _cycles(situation: Situation) -> Amount:
    if situation.step_start is None or not situation.step_drugs:
        return unknown("1", Missing("cycles", "not-recorded", "no step of the pathway has begun"))
    window = c.Window(c.Bound(c.OnDate(day_of(situation.step_start))), None)
    return doses.count_cycles(situation.step_drugs, window, situation, situation.step_events)


_CRITERIA: Mapping[type[c.Criterion], Callable[[Any, Situation], Finding]] = {
    c.And: visit_and,
    c.Or: visit_or,
    c.Not: visit_not,
    c.AtLeast: visit_at_least,
    c.Compare: visit_compare,
    c.Happened: visit_happened,
    c.On: visit_on,
    c.Present: visit_present,
    c.Is: visit_is,
    c.Stopped: visit_stopped,
    c.Known: visit_known,
    c.Sustained: visit_sustained,
    c.Confirmed: visit_confirmed,
    c.Named: visit_named,
}
