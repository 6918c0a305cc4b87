"""Takes one value out of a concept's values: last, first, lowest, highest, mean, total, count."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import cast

from stepline.core.time import Period, parse_period
from stepline.engine.amounts import Amount, exact, times, unknown
from stepline.engine.bringing import ratio_to, why_not
from stepline.engine.finding import Missing, Verdict
from stepline.engine.situation import Situation, day_of, is_dose, select
from stepline.protocol import criterion as c
from stepline.protocol.model import Confounder
from stepline.record.model import PLANNED, Event, EventStatus, Interpretation, order
from stepline.record.saying import say_time, spoken
from stepline.vocabulary.model import Concept

UPPER_LIMITS = "ULN"
"""The unit of a value expressed in multiples of its upper limit of normal."""


def pick(node: c.Pick, situation: Situation, *, as_multiple: bool = False) -> Amount:
    """The value that a node asks for; `as_multiple` gives it in upper limits of normal."""
    unit = UPPER_LIMITS if as_multiple else unit_of(node.names, situation)
    if node.take is c.Take.LAST and node.window.is_everything:
        last = _latest(node.names, situation)
        return _take(node, [last] if last else [], situation, unit)
    events = _answering(node.names, situation)
    chosen = select(events, node.window, situation)
    if isinstance(chosen, Missing):
        return unknown(unit, chosen)
    certain, possible = chosen
    amount = _take(node, certain, situation, unit)
    if not possible:
        return amount
    with_possible = _take(node, sorted(certain + possible, key=order), situation, unit)
    if (amount.low, amount.high) == (with_possible.low, with_possible.high):
        return amount
    return unknown(unit, _time_uncertain(node.names, possible))


def _answering(names: c.Names, situation: Situation) -> list[Event]:
    """Events that answer something: a number, bounds, a flag or a word; not a dose not given."""
    return [e for e in situation.known(names) if e.status is not EventStatus.NOT_GIVEN]


def _latest(names: c.Names, situation: Situation) -> Event | None:
    """The last of the answering events, found from the end: the commonest question of all."""
    found = [
        event
        for name in situation.members(names)
        if (event := _latest_of(name, situation)) is not None
    ]
    return max(found, key=order, default=None)


def _latest_of(name: str, situation: Situation) -> Event | None:
    for event in reversed(situation.index.known_by(name, situation.moment)):
        if event.status is not EventStatus.NOT_GIVEN and event.status not in PLANNED:
            return event
    return None


def spoken_names(names: c.Names) -> str:
    """Concepts in a line of text: “renal impairment or diabetes”."""
    return " or ".join(spoken(name) for name in names)


def _time_uncertain(names: c.Names, events: list[Event]) -> Missing:
    said = ", ".join(sorted({e.time_said for e in events if e.time_said}))
    what = spoken_names(names)
    return Missing(
        what, "time-uncertain", f"when {what} was recorded is not known exactly ({said})", ()
    )


def unit_of(names: c.Names, situation: Situation) -> str:
    """The vocabulary's unit of a concept; `1` where it has none."""
    concept = situation.catalogue.concept(names[0])
    return concept.unit or "1"


def _take(node: c.Pick, events: list[Event], situation: Situation, unit: str) -> Amount:
    if node.take is c.Take.COUNT:
        return exact(Decimal(len(events)), "1", tuple(e.event_id for e in events))
    if not events:
        return unknown(unit, _nothing(node, situation))
    if node.take in (c.Take.LAST, c.Take.FIRST):
        event = events[-1] if node.take is c.Take.LAST else events[0]
        return _one(node, event, situation, unit)
    if unit != UPPER_LIMITS and all(e.value is not None and e.unit == unit for e in events):
        chosen = _extreme_event(node.take, events)
        if chosen is not None:
            return _in_unit(chosen, unit, situation.index.say(chosen), situation)
    amount = _aggregate(node, [read(e, unit, situation, quiet=True) for e in events], unit)
    if len(amount.events) != 1 or amount.says:
        return amount
    chosen = next(e for e in events if e.event_id == amount.events[0])
    return replace(amount, says=situation.index.say(chosen))


def _nothing(node: c.Pick, situation: Situation) -> Missing:
    key = ("nothing", node.names, node.window.is_everything)
    known: Missing | None = situation.memo.get(key)
    if known is None:
        known = situation.memo[key] = _worded_nothing(node, situation)
    return known


def _worded_nothing(node: c.Pick, situation: Situation) -> Missing:
    what = " or ".join(_title(name, situation) for name in node.names)
    within = "" if node.window.is_everything else " in the window asked for"
    return Missing(what, "not-recorded", f"no {what} is recorded{within}", node.names)


def _title(name: str, situation: Situation) -> str:
    return short_title(situation.catalogue.concept(name))


def short_title(concept: Concept) -> str:
    """A concept's title up to its first comma: “Creatine kinase”, without method and scale."""
    return concept.title.partition(",")[0]


def _one(node: c.Pick, event: Event, situation: Situation, unit: str) -> Amount:
    amount = read(event, unit, situation)
    stale = None
    if node.window.is_everything and node.take is c.Take.LAST:
        stale = stale_after(event, situation)
    if stale:
        return unknown(unit, stale, says=amount.says, events=amount.events)
    return amount if node.measured else _unconfounded(amount, event, situation)


@lru_cache(maxsize=4096)
def _period(text: str) -> Period:
    return parse_period(text)


def freshness_of(concept: Concept) -> Period | None:
    """How long a value of a concept answers for today; `None` for as long as it stands."""
    return _period(concept.freshness.period) if concept.freshness else None


def stale_after(event: Event, situation: Situation) -> Missing | None:
    """Why a value is too old to decide, or `None` while it is fresh."""
    concept = situation.catalogue.concept(event.concept)
    fresh = freshness_of(concept)
    if fresh is None or day_of(situation.moment) <= day_of(
        fresh.after(event.end_time or event.time)
    ):
        return None
    title, when = short_title(concept), say_time(situation.index.record, event)
    return Missing(
        title,
        "stale",
        f"the last {title} is of {when}, older than {fresh.say()}",
        (concept.id,),
    )


# ---------------------------------------------------------------- one event


def read(event: Event, unit: str, situation: Situation, *, quiet: bool = False) -> Amount:
    """What one event says, in a unit, or in multiples of its own upper limit of normal.

    `quiet` leaves an exact value without words: one of many that are only compared.
    """
    if quiet and event.value is not None:
        key = ("read", event.event_id, unit)
        known = situation.index.memo.get(key)
        if known is None:
            known = situation.index.memo[key] = _read(event, unit, situation, "")
        return cast("Amount", known)
    return _read(event, unit, situation, situation.index.say(event))


def _read(event: Event, unit: str, situation: Situation, says: str) -> Amount:
    if unit == UPPER_LIMITS:
        return _multiple(event, says, situation)
    if event.value is None and event.value_low is None and event.value_high is None:
        missing = Missing(
            _title(event.concept, situation), "bounded", f"{says}: no number is known"
        )
        return unknown(unit, missing, says=says, events=(event.event_id,))
    return _in_unit(event, unit, says, situation)


def _in_unit(event: Event, unit: str, says: str, situation: Situation) -> Amount:
    low = event.value if event.value is not None else event.value_low
    high = event.value if event.value is not None else event.value_high
    if event.unit != unit:
        ratio = ratio_to(unit, event, situation.catalogue)
        if ratio is None:
            why = f"{says or situation.index.say(event)}: {why_not(event, unit)}"
            missing = Missing(_title(event.concept, situation), "not-computable", why)
            return unknown(unit, missing, says=says, events=(event.event_id,))
        low, high = times(low, ratio), times(high, ratio)
    return Amount(
        low, high, unit, events=(event.event_id,), says=says, missing=_bounded(event, says)
    )


def _bounded(event: Event, says: str) -> tuple[Missing, ...]:
    if event.value is not None:
        return ()
    return (Missing(event.concept, "bounded", f"{says}: only bounds are known"),)


def against_upper_limit(event: Event) -> str:
    """`raised` or `normal` by the value's own reference range or flag, else empty."""
    if event.value is not None and event.reference_high is not None:
        return "raised" if event.value > event.reference_high else "normal"
    return _FLAGS.get(event.interpretation, "") if event.interpretation else ""


_FLAGS = {
    Interpretation.ELEVATED: "raised",
    Interpretation.NORMAL: "normal",
    Interpretation.LOW: "normal",
}


def _multiple(event: Event, says: str, situation: Situation) -> Amount:
    ids, one = (event.event_id,), Decimal(1)
    if event.value is not None and event.reference_high:
        return exact(event.value / event.reference_high, UPPER_LIMITS, ids, says)
    if event.interpretation is Interpretation.ELEVATED:
        return Amount(one, None, UPPER_LIMITS, low_open=True, events=ids, says=says)
    if event.interpretation in (Interpretation.NORMAL, Interpretation.LOW):
        return Amount(Decimal(0), one, UPPER_LIMITS, events=ids, says=says)
    title = _title(event.concept, situation)
    missing = Missing(
        title, "no-reference-range", f"the laboratory's upper limit for {title} is not recorded"
    )
    return unknown(UPPER_LIMITS, missing, says=says, events=ids)


# ---------------------------------------------------------------- confounding


def _unconfounded(amount: Amount, event: Event, situation: Situation) -> Amount:
    """The patient's own value where something else may have raised it, or the value as it is.

    A value that may be falsely high is an upper bound of the patient's own; one that something may
    have moved either way says nothing.
    """
    hit = confounded(event, situation, ("raised", ""))
    if hit is None:
        return amount
    missing = _confounded(hit, amount.says)
    if hit.when_answer == "raised":
        return Amount(
            None, amount.high, amount.unit, high_open=amount.high_open,
            events=amount.events, says=amount.says, missing=(*amount.missing, missing),
        )  # fmt: skip
    return unknown(amount.unit, missing, says=amount.says, events=amount.events)


def _confounded(hit: Confounder, says: str) -> Missing:
    return Missing(hit.concept, "confounded", f"{says}: {hit.says}", hit.settle)


def confounded(event: Event, situation: Situation, answers: tuple[str, ...]) -> Confounder | None:
    """The first confounder that applies to an event with one of these answers."""
    for confounder in situation.confounders.get(event.concept, ()):
        applies = confounder.when_answer in answers and _dose_before(confounder, event, situation)
        if applies and not is_cleared(confounder, situation):
            return confounder
    return None


def is_cleared(confounder: Confounder, situation: Situation) -> bool:
    """Whether something says that a confounder does not count after all."""
    # Imported here: judging needs picking, and picking needs judging for this question alone.
    from stepline.engine.reference import judge

    if confounder.unless is None:
        return False
    return judge(confounder.unless, situation).verdict is Verdict.TRUE


def _dose_before(confounder: Confounder, event: Event, situation: Situation) -> bool:
    """Whether a dose that confounds was given near enough before an event; found once a step."""
    key = ("dose before", id(confounder), event.event_id)
    known: bool | None = situation.memo.get(key)
    if known is None:
        known = situation.memo[key] = _is_reached(confounder, event, situation)
    return known


def _is_reached(confounder: Confounder, event: Event, situation: Situation) -> bool:
    near, far = confounder.from_period, confounder.to_period
    reached = any(
        is_dose(dose) and _in_reach(dose, event.time, near, far)
        for dose in _recent(confounder, event, situation)
    )
    if not reached or confounder.at_least is None:
        return reached
    # Imported here: doses need picking for the weight, and picking needs doses for this question.
    from stepline.engine.dose_cycles import cycle_per_kilogram

    total = cycle_per_kilogram(confounder.drug, situation.at(event.time))
    limit = confounder.at_least.value
    return total.high is None or total.high >= limit


def _recent(confounder: Confounder, event: Event, situation: Situation) -> Sequence[Event]:
    """Doses near enough to matter; all of them where a spell could reach further."""
    known = situation.index.known_by(confounder.drug, event.time)
    has_spells = situation.has_spells((confounder.drug,))
    if has_spells and any(dose.is_spell for dose in known):
        return known
    since = event.time - timedelta(days=confounder.to_period.longest_days + 1)
    return known[bisect_left(known, since, key=lambda dose: dose.time) :]


def _in_reach(dose: Event, moment: datetime, near: Period | None, far: Period) -> bool:
    """Whether a dose, or a spell of doses, lies between `near` and `far` before a moment."""
    until = dose.end_time if dose.is_spell else dose.time
    if until is None:
        until = moment
    until = min(until, moment)
    latest = far.after(until)
    earliest = near.after(dose.time) if near else dose.time
    return day_of(earliest) <= day_of(moment) <= day_of(latest)


# ---------------------------------------------------------------- aggregates


def _aggregate(node: c.Pick, amounts: Sequence[Amount], unit: str) -> Amount:
    match node.take:
        case c.Take.LOWEST:
            return _extreme(amounts, unit, lowest=True)
        case c.Take.HIGHEST:
            return _extreme(amounts, unit, lowest=False)
        case c.Take.TOTAL:
            return _total(amounts, unit)
        case _:
            total = _total(amounts, unit)
            count = Decimal(len(amounts))
            low = None if total.low is None else total.low / count
            high = None if total.high is None else total.high / count
            return Amount(low, high, unit, events=total.events, missing=total.missing)


def _extreme_event(take: c.Take, events: Sequence[Event]) -> Event | None:
    """The first event with the lowest (highest) of exact values in one unit, if it is asked for."""
    if take is c.Take.LOWEST:
        return min(events, key=attrgetter("value"))
    return max(events, key=attrgetter("value")) if take is c.Take.HIGHEST else None


def _extreme(amounts: Sequence[Amount], unit: str, *, lowest: bool) -> Amount:
    """The lowest (highest) of intervals: its ends are the lowest (highest) of their ends.

    An unbounded end on the far side does not hide the near bound that the others give.
    """
    choose = min if lowest else max
    lows = [a.low for a in amounts]
    highs = [a.high for a in amounts]
    if lowest:
        low = None if None in lows else min(x for x in lows if x is not None)
        high = min((x for x in highs if x is not None), default=None)
    else:
        low = max((x for x in lows if x is not None), default=None)
        high = None if None in highs else max(x for x in highs if x is not None)
    best = choose(
        (a for a in amounts if a.low is not None and a.is_exact),
        key=lambda a: a.low if a.low is not None else Decimal(0),
        default=None,
    )
    missing = tuple(m for a in amounts if not a.is_exact for m in a.missing)
    shown = best if best is not None and (best.low, best.high) == (low, high) else None
    return Amount(
        low,
        high,
        unit,
        events=shown.events if shown else tuple(e for a in amounts for e in a.events),
        says=shown.says if shown else "",
        missing=() if shown else missing,
    )


def _total(amounts: Sequence[Amount], unit: str) -> Amount:
    lows, highs = [a.low for a in amounts], [a.high for a in amounts]
    return Amount(
        None if None in lows else sum((x for x in lows if x is not None), Decimal(0)),
        None if None in highs else sum((x for x in highs if x is not None), Decimal(0)),
        unit,
        events=tuple(e for a in amounts for e in a.events),
        missing=tuple(m for a in amounts for m in a.missing),
    )


# ---------------------------------------------------------------- change


def change(node: c.Change, situation: Situation) -> Amount:
    """How far the last value lies from the reference value, in its unit or in percent of it."""
    unit = unit_of(node.names, situation)
    last = pick(c.Pick(c.Take.LAST, node.names, c.EVER), situation)
    reference = pick(c.Pick(node.reference, node.names, node.window), situation)
    result_unit = "%" if node.relative else unit
    events = tuple(dict.fromkeys(reference.events + last.events))
    missing = reference.missing + last.missing
    if not reference.is_exact or reference.low is None:
        return unknown(result_unit, *missing, says=last.says, events=events)
    if reference.events == last.events and _only_one(node, situation):
        says = f"only one {spoken_names(node.names)} is recorded, so no change can be told"
        alone = Missing(spoken_names(node.names), "not-recorded", says, node.names)
        return unknown(result_unit, alone, says=last.says, events=events)
    if node.relative and reference.low == 0:
        why = Missing(node.names[0], "not-computable", "a percent of zero cannot be computed")
        return unknown(result_unit, why, events=events)
    low, high = _moved(node, last, reference.low)
    moved = f"{reference.says} → {last.says}" if reference.says else last.says
    return Amount(low, high, result_unit, last.low_open, last.high_open, events, moved, missing)


def _only_one(node: c.Change, situation: Situation) -> bool:
    """Whether the window holds no value but the last: a value is no change of itself."""
    counted = pick(c.Pick(c.Take.COUNT, node.names, node.window), situation)
    return counted.high is not None and counted.high <= 1


def _moved(
    node: c.Change, last: Amount, reference: Decimal
) -> tuple[Decimal | None, Decimal | None]:
    ends = [None if x is None else x - reference for x in (last.low, last.high)]
    if node.direction is c.Direction.FALLS:
        ends = [None if x is None else -x for x in reversed(ends)]
    if node.relative:
        ends = [None if x is None else x * 100 / reference for x in ends]
    return ends[0], ends[1]
