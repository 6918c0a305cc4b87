"""Reads the measures of a score off a record: a baseline, a visit, and what is missing of either.

Which concepts are the measures, how old a baseline may be and how wide a visit is are data.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stepline.engine.amounts import times
from stepline.engine.bringing import ratio_to, why_not
from stepline.engine.finding import Missing
from stepline.engine.picking import confounded, is_cleared, short_title
from stepline.engine.situation import DAY, END_OF_DAY, Situation, day_of
from stepline.protocol.ladder import Ladder, Measure
from stepline.record.model import Event
from stepline.record.saying import say
from stepline.scores.tis_tables import Population, TisTables
from stepline.scores.values import EnzymeReading, Pair

LONGEST_NUMBER = 30
"""Digits beyond which a number is no reading of a scale or a test."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One measure at baseline and at the visit; an event is `None` where none answers."""

    scale: str
    concept: str
    before: Event | None
    after: Event | None
    missing: tuple[Missing, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether both values are known."""
        return self.before is not None and self.after is not None

    @property
    def events(self) -> tuple[int, ...]:
        """The ids of the events read."""
        return tuple(one.event_id for one in (self.before, self.after) if one is not None)


@dataclass(frozen=True, slots=True)
class CoreSet:
    """The measures of one visit against the baseline of a step."""

    visit: datetime
    population: Population
    mmt_max: Decimal | None
    measures: tuple[Reading, ...]
    enzymes: tuple[Reading, ...]

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Measures, then enzymes."""
        return (*self.measures, *self.enzymes)


def visits_by(ladder: Ladder, situation: Situation) -> tuple[datetime, ...]:
    """The days of the whole record with a value of a scale that makes a visit."""
    return situation.index.days_about(frozenset(ladder.of_scales(ladder.visit_by)))


def last_visit(ladder: Ladder, situation: Situation) -> datetime | None:
    """The last visit known by now that lies after the day on which the step began."""
    days = visits_by(ladder, situation)
    known = days[: bisect_right(days, situation.moment)]
    start = situation.step_start
    if not known or start is None or known[-1] <= day_of(start):
        return None
    return known[-1]


def core_set(visit: datetime, ladder: Ladder, tables: TisTables, situation: Situation) -> CoreSet:
    """The measures of a visit and of the baseline, as far as known by now."""
    population = population_of(ladder, situation)
    allowed = {scale.id for scale in tables.scales_for(population)}
    slots = {scale.id: scale.slot for scale in tables.scales}
    read = [_read(one, visit, ladder, situation) for one in ladder.measures if one.scale in allowed]
    chosen = tuple(_best(group) for group in _by_slot(read, slots))
    enzymes = tuple(_read(one, visit, ladder, situation) for one in ladder.enzymes)
    strength = next((one for one in chosen if one.scale == "mmt"), None)
    top = _top(strength.concept, situation) if strength is not None else None
    return CoreSet(visit, population, top, chosen, enzymes)


def as_read(visit: datetime, ladder: Ladder, situation: Situation) -> tuple[object, ...]:
    """What the measures of a visit rest on: while this stays, so does `core_set`.

    They are the rows known by now up to the end of the visit, whose thresholds hold, and what may
    be falsely high. The start of the step is not among them: remember this for one step alone.
    """
    end = _end_of(visit, ladder)
    return (
        visit,
        situation.index.rows_known(frozenset(ladder.numbers), min(end, situation.moment)),
        population_of(ladder, situation),
        tuple(
            is_cleared(one, situation)
            for name in ladder.numbers
            for one in situation.confounders.get(name, ())
        ),
    )


def _end_of(visit: datetime, ladder: Ladder) -> datetime:
    """The last moment at which a value belongs to a visit."""
    return day_of(ladder.visit_width.after(visit)) + END_OF_DAY


def population_of(ladder: Ladder, situation: Situation) -> Population:
    """Whose thresholds hold: by the age at the moment, and those of adults without one."""
    age = situation.index.record.subject.age_at(situation.moment)
    return "juvenile" if age is not None and age < ladder.juvenile_below else "adult"


def _by_slot(read: Sequence[Reading], slots: dict[str, str]) -> list[list[Reading]]:
    groups: dict[str, list[Reading]] = {}
    for reading in read:
        groups.setdefault(slots[reading.scale], []).append(reading)
    return list(groups.values())


def _best(group: list[Reading]) -> Reading:
    """The instrument with most values, the first of the ladder where several have as many."""
    return max(group, key=lambda one: (one.is_known, one.before is not None, len(one.events)))


def _read(measure: Measure, visit: datetime, ladder: Ladder, situation: Situation) -> Reading:
    read = [_of_concept(measure.scale, name, visit, ladder, situation) for name in measure.concepts]
    return _best(read)


def _of_concept(
    scale: str, name: str, visit: datetime, ladder: Ladder, situation: Situation
) -> Reading:
    known = [e for e in situation.index.known_by(name, situation.moment) if e.value is not None]
    before, why_before = _answering(_baseline(known, ladder, situation), situation)
    after, why_after = _answering(_at_visit(known, visit, ladder, situation), situation)
    missing = [why for why in (why_before, why_after) if why is not None]
    if before is None and why_before is None:
        missing.append(_none_before(name, ladder, situation))
    if after is None and why_after is None:
        missing.append(_none_at(name, visit, ladder, situation))
    return Reading(scale, name, before, after, tuple(missing))


def _baseline(known: Sequence[Event], ladder: Ladder, situation: Situation) -> Event | None:
    """The last value before the step began, or on its first day."""
    start = situation.step_start
    if start is None or not situation.step_start_exact:
        return None
    earliest = day_of(ladder.baseline.before(start))
    first = bisect_left(known, earliest, key=_time)
    last = bisect_right(known, day_of(start) + END_OF_DAY, key=_time)
    return next((e for e in reversed(known[first:last]) if e.time_exact), None)


def _at_visit(
    known: Sequence[Event], visit: datetime, ladder: Ladder, situation: Situation
) -> Event | None:
    """The value nearest to the day of the visit; of two as near, the one at or before it."""
    start = situation.step_start
    assert start is not None
    earliest = max(day_of(ladder.visit_width.before(visit)), day_of(start) + DAY)
    first = bisect_left(known, earliest, key=_time)
    last = bisect_right(known, _end_of(visit, ladder), key=_time)
    near = [e for e in reversed(known[first:last]) if e.time_exact]
    return min(near, key=lambda e: _distance(e, visit), default=None)


def _distance(event: Event, visit: datetime) -> tuple[int, bool]:
    days = (day_of(event.time) - visit).days
    return abs(days), days > 0


def _time(event: Event) -> datetime:
    return event.time


def _answering(event: Event | None, situation: Situation) -> tuple[Event | None, Missing | None]:
    """The event where its value answers, or why it does not."""
    if event is None or event.value is None:
        return None, None
    says = situation.index.say(event)
    top = _top(event.concept, situation) if _is_scale(event, situation) else None
    value, own = event.value, _in_own_unit(event.value, event, situation)
    if own is None:
        unit = situation.catalogue.concept(event.concept).unit or "1"
        why = f"{says}: {why_not(event, unit)}"
        return None, Missing(event.concept, "not-computable", why)
    if value < 0 or (top is not None and own > top):
        return None, Missing(event.concept, "not-computable", f"{says}: not on its scale")
    if len(value.as_tuple().digits) > LONGEST_NUMBER:
        return None, Missing(event.concept, "not-computable", f"{says}: no reading of a test")
    hit = confounded(event, situation, ("raised", ""))
    if hit is not None:
        return None, Missing(event.concept, "confounded", f"{says}: {hit.says}", hit.settle)
    return event, None


def _is_scale(event: Event, situation: Situation) -> bool:
    return situation.catalogue.concept(event.concept).kind == "score"


def _top(concept_id: str, situation: Situation) -> Decimal | None:
    """The upper end of a scale: the plausible range of a score is the range of its scale."""
    plausible = situation.catalogue.concept(concept_id).plausible
    return plausible.high if plausible is not None else None


def _title(name: str, situation: Situation) -> str:
    return short_title(situation.catalogue.concept(name))


def _none_before(name: str, ladder: Ladder, situation: Situation) -> Missing:
    title = _title(name, situation)
    if situation.step_start is not None and not situation.step_start_exact:
        says = f"no baseline of {title}: when the step began is not known exactly"
        return Missing(title, "time-uncertain", says, (name,))
    says = f"no {title} within {ladder.baseline.say()} before the step began"
    return Missing(title, "not-recorded", says, (name,))


def _none_at(name: str, visit: datetime, ladder: Ladder, situation: Situation) -> Missing:
    when = say(situation.index.record, visit)
    title = _title(name, situation)
    says = f"no {title} within {ladder.visit_width.say()} of {when}"
    return Missing(title, "not-recorded", says, (name,))


# ---------------------------------------------------------------- values for the scores


def value_of(event: Event | None, situation: Situation) -> Decimal | None:
    """The value in the unit of its concept."""
    if event is None or event.value is None:
        return None
    return _in_own_unit(event.value, event, situation)


def _in_own_unit(number: Decimal, event: Event, situation: Situation) -> Decimal | None:
    """An event's number in the unit of its concept; `None` where its own unit leads nowhere."""
    unit = situation.catalogue.concept(event.concept).unit or "1"
    ratio = ratio_to(unit, event, situation.catalogue)
    return None if ratio is None else times(number, ratio)


def pair_of(reading: Reading, situation: Situation) -> Pair:
    """Both values of a measure."""
    return Pair(value_of(reading.before, situation), value_of(reading.after, situation))


def enzyme_of(reading: Reading, situation: Situation) -> EnzymeReading:
    """Both values of an enzyme and its upper limit of normal.

    Where the two were measured against different limits, each is set against its own: both values
    and the limit are multiplied crosswise, which keeps every multiple as it is and stays exact.
    """
    before, after = (value_of(one, situation) for one in (reading.before, reading.after))
    first, second = (_limit(one, situation) for one in (reading.before, reading.after))
    if first is None or second is None or first == second:
        return EnzymeReading(before, after, first if first is not None else second)
    return EnzymeReading(
        None if before is None else before * second,
        None if after is None else after * first,
        first * second,
    )


def _limit(event: Event | None, situation: Situation) -> Decimal | None:
    if event is None or event.reference_high is None or event.reference_high <= 0:
        return None
    return _in_own_unit(event.reference_high, event, situation)
