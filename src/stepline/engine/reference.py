"""The reference engine: what criteria mean.

Plain Python, one patient, one visitor a node. What is remembered is remembered in `judge`, and
never changes an answer. `review`, `test` and the load-time safety checks run on it; faster engines
are compared with it. A verdict carries its working.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from stepline.core.quantity import comparable
from stepline.core.time import parse_period
from stepline.engine import dose_cycles, dose_sums, doses, logic, picking, planned
from stepline.engine.amounts import (
    Amount,
    Elapsed,
    Graded,
    Lasting,
    compare,
    compare_elapsed,
    compare_graded,
    compare_lasting,
    converted,
    exact,
    unknown,
)
from stepline.engine.finding import Finding, Missing, Verdict
from stepline.engine.lasting import dose_moves, longest_time
from stepline.engine.response import RANKS, best_response, improvement_score, response
from stepline.engine.situation import (
    END_OF_DAY,
    Situation,
    day_of,
    find,
    happened_in,
    inside,
    is_dose,
    runs_on,
    select,
    span_of,
)
from stepline.engine.turning import stretch
from stepline.protocol import criterion as c
from stepline.protocol.products import drugs_of_products
from stepline.protocol.writing import write_criterion
from stepline.record.model import PLANNED, Event, EventStatus, Interpretation, in_order
from stepline.record.saying import say, say_event
from stepline.vocabulary.catalogue import Catalogue
from stepline.vocabulary.model import ConceptKind

VISIT_KINDS = frozenset({ConceptKind.SCORE, ConceptKind.LABORATORY, ConceptKind.ASSESSMENT})
"""Concept kinds that make a day a visit, for a confirmation at consecutive visits."""

POSITIVE = frozenset({"positive", "present", "yes", "reactive"})
NEGATIVE = frozenset({"negative", "absent", "none", "no", "non-reactive"})
FLAGS = frozenset({"low", "normal", "elevated"})
NO_ANSWER = frozenset({"unknown", "value unknown", "not stated"})

Reading = Amount | Elapsed | Lasting | Graded | c.Duration | c.CategoryIs


def judge(criterion: c.Criterion, situation: Situation) -> Finding:
    """The verdict of a criterion on a record at a moment, with its working."""
    # A node is remembered by identity: the memo holds it, so that its id cannot be given away.
    # A verdict alone stays as it is for a stretch of time; its working can speak of the moment.
    when = stretch(criterion, situation) if situation.verdict_only else situation.moment
    key = (id(criterion), when, situation.verdict_only)
    memo = situation.shared if key[0] in situation.steady else situation.memo
    known = memo.get(key)
    if known is None:
        finding = _CRITERIA[type(criterion)](criterion, situation)
        known = memo[key] = (criterion, finding)
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
    parts = _counted(node, situation)
    verdict = logic.at_least(node.count, [p.verdict for p in parts])
    return _joined(verdict, node, parts)


def _counted(node: c.AtLeast, situation: Situation) -> tuple[Finding, ...]:
    """As `_parts`, up to the one that makes enough of them true, or one too many false."""
    found: list[Finding] = []
    left = Counter[Verdict]()
    for part in node.parts:
        found.append(judge(part, situation))
        left[found[-1].verdict] += 1
        enough, too_few = left[Verdict.TRUE] >= node.count, len(node.parts) - node.count
        if situation.verdict_only and (enough or left[Verdict.FALSE] > too_few):
            break
    return tuple(found)


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
    sides = [
        side for side in (left, right) if isinstance(side, Amount | Elapsed | Lasting | Graded)
    ]
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
        case Lasting(), c.Duration(period):
            return compare_lasting(left, operator, period)
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
    stops = [e for e in situation.known(names) if e.is_stop and e.concept not in spoken]
    return [*map(_before_its_stop, stops), *doses_given]


def _first_dose(name: str, situation: Situation) -> Event | None:
    """The first dose of a drug by now; where none is recorded, a stop says that there was one."""
    key = ("first dose", name)
    known = situation.index.memo.get(key)
    if known is None:
        rows = [e for e in situation.index.of(name) if e.status not in PLANNED]
        dose = next((e for e in rows if is_dose(e)), None)
        stop = next((e for e in rows if e.is_stop), None)
        if stop is not None:
            stop = _before_its_stop(stop)
        known = situation.index.memo[key] = (dose, stop)
    dose, stop = cast("tuple[Event | None, Event | None]", known)
    if dose is not None and dose.time <= situation.moment:
        return dose
    return stop if stop is not None and stop.time <= situation.moment else None


def _before_its_stop(stop: Event) -> Event:
    return replace(
        stop, time_exact=False, time_earliest=None, time_latest=stop.time, time_said="before"
    )


def visit_started(node: c.Started, situation: Situation) -> Finding:
    text = write_criterion(node)
    each = (_first_dose(name, situation) for name in situation.members(node.names))
    firsts = [found for found in each if found is not None]
    span = span_of(node.window, situation)
    if isinstance(span, Missing):
        return Finding(Verdict.UNKNOWN, text, missing=(span,))
    told = [(event, inside(event, span)) for event in firsts]
    record = situation.index.record
    certain = [event for event, is_in in told if is_in]
    if certain:
        says = f"first {say_event(record, certain[-1])}"
        return Finding(Verdict.TRUE, text, says, (certain[-1].event_id,))
    possible = [event for event, is_in in told if is_in is None]
    if possible:
        says = f"first {say_event(record, possible[-1])}: when is not known exactly"
        missing = Missing(possible[-1].concept, "time-uncertain", says)
        return Finding(Verdict.UNKNOWN, text, says, (possible[-1].event_id,), (missing,))
    return Finding(Verdict.FALSE, text, f"no {picking.spoken_names(node.names)} is started")


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
    if not any(map(situation.index.of, situation.members((drug,)))):
        return None
    known, orders = situation.known((drug,)), _orders(drug, situation)
    events = in_order([*known, *orders]) if orders else known
    if not events:
        return None
    # A dose left out does not end a treatment; only where nothing else is said is it an answer.
    events = [e for e in events if e.status is not EventStatus.NOT_GIVEN] or events
    latest = events[-1]
    says = situation.index.say(latest)
    verdict = _still_on(drug, latest, events, situation)
    missing: tuple[Missing, ...] = ()
    if verdict is Verdict.UNKNOWN:
        missing = (Missing(drug, "time-uncertain", f"{says}: whether it still runs is not stated"),)
    return Finding(verdict, f"on {drug}", says, (latest.event_id,), missing)


def _orders(drug: str, situation: Situation) -> list[Event]:
    return [e for e in situation.planned((drug,)) if e.time <= situation.moment]


def _still_on(drug: str, latest: Event, events: Sequence[Event], situation: Situation) -> Verdict:
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
    stops = _stops(node.names, situation)
    if not stops and not situation.known(node.names):
        return _unspoken(node.names, "medications", text, situation)
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


def _stops(names: c.Names, situation: Situation) -> list[Event]:
    """The rows that say by now that a drug was stopped."""
    now = situation.moment
    return [e for e in stop_rows(names, situation) if e.time <= now and _has_ended(e, now)]


def stop_rows(names: c.Names, situation: Situation) -> list[Event]:
    """The rows of drugs that say, at any time, that one was stopped; found once a record."""
    memo, key = situation.index.memo, ("stops", situation.members(names))
    rows = memo.get(key)
    if rows is None:
        ever = replace(situation, moment=datetime.max).known(names)
        rows = memo[key] = [e for e in ever if e.status is EventStatus.STOPPED or e.reason]
    assert isinstance(rows, list)
    return rows


def _has_ended(event: Event, moment: datetime) -> bool:
    """A spell stops at its end, not before."""
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
        case Lasting(shortest, longest):
            known = shortest == longest
        case _:
            known = True
    says = getattr(reading, "says", "")
    events = getattr(reading, "events", ())
    return Finding(Verdict.TRUE if known else Verdict.FALSE, text, says, events)


# ---------------------------------------------------------------- over time


def visit_sustained(node: c.Sustained, situation: Situation) -> Finding:
    start = node.period.before(situation.moment)
    moments = [start, *_days(start, situation), situation.moment]
    verdict, at = _over(node.part, moments, situation)
    deciding = () if at is None else (judge(node.part, situation.at(at)),)
    record = situation.index.record
    says = f"from {say(record, start)} to {say(record, situation.moment)}"
    return Finding(verdict, write_criterion(node), says, parts=deciding)


def _over(
    node: c.Criterion, moments: list[datetime], situation: Situation
) -> tuple[Verdict, datetime | None]:
    """Whether a criterion held at every moment, and the first moment with that verdict.

    The latest is judged first: for a verdict alone a false one there ends the search. Only the
    moment that is shown is judged with its working.
    """
    quick = situation if situation.verdict_only else replace(situation, verdict_only=True)
    found: list[tuple[Verdict, datetime]] = []
    for moment in reversed(moments):
        found.append((judge(node, quick.at(moment)).verdict, moment))
        if situation.verdict_only and found[-1][0] is Verdict.FALSE:
            break
    verdict = logic.both(one for one, _ in found)
    return verdict, next((moment for one, moment in reversed(found) if one is verdict), None)


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


def _visits(count: int, situation: Situation) -> list[datetime]:
    """The last days on which something was measured or assessed by now, each judged at its end."""
    concepts, today = _visit_concepts(situation.catalogue), day_of(situation.moment)
    known = situation.index.last_days_about(concepts, today, count)
    return [min(day + END_OF_DAY, situation.moment) for day in known]


@lru_cache(maxsize=4)
def _visit_concepts(catalogue: Catalogue) -> frozenset[str]:
    return frozenset(c.id for c in catalogue.concepts if c.kind in VISIT_KINDS)


def visit_confirmed(node: c.Confirmed, situation: Situation) -> Finding:
    chosen = _visits(node.visits, situation)
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


def visit_once(node: c.Once, situation: Situation) -> Finding:
    text = write_criterion(node)
    span = span_of(node.window, situation)
    if isinstance(span, Missing):
        return Finding(Verdict.UNKNOWN, text, missing=(span,))
    inner, outer = dose_sums.days_in(span, datetime.min, situation.moment)
    days = dict.fromkeys((*_days(datetime.min, situation), situation.moment))
    chosen = [day for day in days if outer[0] <= day_of(day) <= outer[1]]
    if not chosen:
        missing = Missing("a day in the window", "not-recorded", "no day in the window is recorded")
        return Finding(Verdict.UNKNOWN, text, missing=(missing,))
    verdict, first = _ever(node.part, chosen, inner, situation)
    if situation.verdict_only:
        return Finding(verdict, "")
    shown = _on_day(judge(node.part, situation.at(first)), first, inner)
    return Finding(verdict, text, parts=(shown,))


def _ever(
    node: c.Criterion,
    days: Sequence[datetime],
    surely: tuple[datetime, datetime],
    situation: Situation,
) -> tuple[Verdict, datetime]:
    """Whether a criterion was true on any day, and the first day with that verdict.

    A true one ends the search. Only the day that is shown is judged with its working.
    """
    quick = situation if situation.verdict_only else replace(situation, verdict_only=True)
    first: dict[Verdict, datetime] = {}
    for day in days:
        verdict = _on_day(judge(node, quick.at(day)), day, surely).verdict
        first.setdefault(verdict, day)
        if verdict is Verdict.TRUE:
            break
    verdict = logic.either(first)
    return verdict, first[verdict]


def _on_day(part: Finding, day: datetime, surely: tuple[datetime, datetime]) -> Finding:
    """What holds on a day; where the day may lie outside the window, whether it holds is open."""
    if part.verdict is not Verdict.TRUE or surely[0] <= day_of(day) <= surely[1]:
        return part
    says = "whether this lies in the window is not known exactly"
    missing = Missing("window", "time-uncertain", says)
    return Finding(Verdict.UNKNOWN, part.text, says, missing=(missing,), parts=(part,))


def visit_while(node: c.While, situation: Situation) -> Finding:
    text = write_criterion(node)
    events = situation.known(node.names)
    if not events:
        return _unspoken(node.names, "conditions", text, situation)
    chosen = select([e for e in events if not _denied(e)], node.window, situation)
    if isinstance(chosen, Missing):
        return Finding(Verdict.UNKNOWN, text, missing=(chosen,))
    parts = [_at_its_moment(node, event, situation) for event in chosen[0]]
    parts += [_when_not_known(event, situation) for event in chosen[1]]
    verdict = logic.either(p.verdict for p in parts)
    return Finding(verdict, text, parts=tuple(p for p in parts if p.verdict is verdict))


def _at_its_moment(node: c.While, event: Event, situation: Situation) -> Finding:
    if not event.time_exact:
        return _when_not_known(event, situation)
    part = judge(node.part, situation.at(event.time))
    says, ids = situation.index.say(event), (event.event_id,)
    doubt = event.interpretation is not Interpretation.POSITIVE
    verdict = Verdict.UNKNOWN if doubt and part.verdict is Verdict.TRUE else part.verdict
    missing = (Missing(event.concept, "bounded", f"{says}: not confirmed"),) if doubt else ()
    began = Finding(verdict, says, says, ids, missing)
    return Finding(verdict, write_criterion(node.part), parts=(began, part))


def _when_not_known(event: Event, situation: Situation) -> Finding:
    says = f"{situation.index.say(event)}: when is not known exactly"
    missing = Missing(event.concept, "time-uncertain", says)
    return Finding(Verdict.UNKNOWN, says, says, (event.event_id,), (missing,))


def visit_dose_moves(node: c.DoseMoves, situation: Situation) -> Finding:
    return dose_moves(node, situation)


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
    if isinstance(node, c.Pick):
        return picking.pick(node, situation, as_multiple=as_multiple)
    return _VALUES[type(node)](node, situation)


def _response(_node: c.Response, situation: Situation) -> Graded:
    """The response now; many nodes ask for it, and it is worked out once a moment."""
    key = ("response", situation.moment, situation.verdict_only)
    known: Graded | None = situation.memo.get(key)
    if known is None:
        known = situation.memo[key] = response(situation)
    return known


def _itself(node: c.Duration | c.CategoryIs, _situation: Situation) -> Reading:
    return node


def _daily_dose(node: c.DailyDose, situation: Situation) -> Amount:
    return doses.daily_dose(node.names, node.equivalent, situation, per_kilogram=node.per_kilogram)


def _count_cycles(node: c.Courses, situation: Situation) -> Amount:
    return dose_cycles.count_cycles((node.drug,), node.window, situation)


def _planned_interval(node: c.PlannedInterval, situation: Situation) -> Reading:
    return planned.planned_interval(node.drug, node.other or node.drug, situation)


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
    return dose_cycles.count_cycles(situation.step_drugs, window, situation, situation.step_events)


_VALUES: Mapping[type[c.Value], Callable[[Any, Situation], Reading]] = {
    c.Number: lambda node, _: exact(node.quantity.value, node.quantity.unit),
    c.UpperLimits: lambda node, _: exact(node.multiple.value, picking.UPPER_LIMITS),
    c.Duration: _itself,
    c.CategoryIs: _itself,
    c.Change: picking.change,
    c.TimeSince: lambda node, situation: _since(node.anchor, situation),
    c.TimeInStep: lambda _, situation: _since(c.StepStart(), situation),
    c.Response: _response,
    c.BestResponse: lambda _, situation: best_response(situation),
    c.ImprovementScore: lambda _, situation: improvement_score(situation),
    c.DailyDose: _daily_dose,
    c.WeeklyDose: lambda node, situation: doses.weekly_dose(node.names, node.equivalent, situation),
    c.LongestTime: lambda node, situation: longest_time(node, situation, judge),
    c.DoseChange: dose_sums.dose_change,
    c.MeanDose: dose_sums.mean_dose,
    c.CumulativeDose: dose_sums.cumulative_dose,
    c.Intensity: lambda node, situation: dose_cycles.intensity(node.drug, situation),
    c.CycleDose: lambda node, situation: dose_cycles.cycle_per_kilogram(node.drug, situation),
    c.Courses: _count_cycles,
    c.Cycles: lambda _, situation: _cycles(situation),
    c.ShortestInterval: dose_cycles.shortest_interval,
    c.PlannedInterval: _planned_interval,
}

_CRITERIA: Mapping[type[c.Criterion], Callable[[Any, Situation], Finding]] = {
    c.And: visit_and,
    c.Or: visit_or,
    c.Not: visit_not,
    c.AtLeast: visit_at_least,
    c.Compare: visit_compare,
    c.Happened: visit_happened,
    c.Started: visit_started,
    c.On: visit_on,
    c.Present: visit_present,
    c.Is: visit_is,
    c.Stopped: visit_stopped,
    c.Known: visit_known,
    c.Sustained: visit_sustained,
    c.Confirmed: visit_confirmed,
    c.Once: visit_once,
    c.While: visit_while,
    c.DoseMoves: visit_dose_moves,
    c.Named: visit_named,
}
