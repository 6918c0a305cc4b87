"""From the rows of a drug to its doses in their normal form; what is not told stays unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from stepline.core.evidence import Status
from stepline.core.quantity import comparable, decimal_of, factor
from stepline.core.time import parse_period
from stepline.course.dose import Confidence, Dose, Rule, Size, Standing
from stepline.record.doses import COURSE_TOTAL
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus
from stepline.record.saying import say_when
from stepline.record.sig import FLAG_SAYS, Body, Flag, Per, Sig, Unread
from stepline.record.sig_steps import read_sigs
from stepline.record.supplies import is_supply
from stepline.vocabulary.catalogue import Catalogue

_STANDINGS = {
    EventStatus.ORDERED: Standing.ORDERED,
    EventStatus.GIVEN: Standing.GIVEN,
    EventStatus.REPORTED: Standing.REPORTED,
    EventStatus.STOPPED: Standing.REPORTED,
    EventStatus.NOT_GIVEN: Standing.NOT_GIVEN,
}
_BODIES = {"kg": Body.PER_KG, "m2": Body.PER_M2}
_TIMES = {"d": Per.DAY, "wk": Per.WEEK}
_UNITS = {Body.ABSOLUTE: "", Body.PER_KG: "/kg", Body.PER_M2: "/m2"}

NO_AMOUNT = "the amount"
NO_UNIT = "the unit of the amount"
NO_DOSE_UNIT = "an amount in a unit of dose"
NO_RHYTHM = "how often it is given"
NO_TIME = "the day of it"
NO_START = "when it began"
NO_END = "when it ended"
NO_STEP = "which step ran when"


def doses_of(index: RecordIndex, drug: str, catalogue: Catalogue) -> tuple[Dose, ...]:
    """The doses that the rows of a drug tell of, one a row, by start and then by row.

    What is planned is no dose yet, and a row that only says that the drug was stopped is none.
    """
    rows = [event for event in index.of(drug) if _tells_a_dose(event)]
    found = [_resolved(event, index, catalogue) for event in rows]
    return tuple(sorted(found, key=lambda dose: dose.order))


def _tells_a_dose(event: Event) -> bool:
    if event.status is EventStatus.PLANNED:
        return False
    return not event.is_stop


def _resolved(event: Event, index: RecordIndex, catalogue: Catalogue) -> Dose:
    standing = Standing.DISPENSED if is_supply(event) else _STANDINGS[event.status]
    found = _unknown(event) if standing is Standing.NOT_GIVEN else _amount(event, standing)
    weight = _weight(event.time, index, catalogue) if _on_a_day(event) else None
    surface = _surface(event.time, weight, index, catalogue)
    missing = [*found.missing, *_size_missing(found, weight, surface)]
    missing += _times_missing(event)
    return Dose(
        drug=event.concept,
        low=found.low,
        high=found.high,
        unit=found.unit,
        body=found.body,
        per=found.per,
        times=found.times,
        every=parse_period(found.every).iso() if found.every else "",
        route=event.route or found.route,
        start=event.time,
        end=event.end_time,
        when=say_when(index.record, event),
        is_stretch=event.is_spell,
        standing=standing,
        group=event.group,
        event_ids=(event.event_id,),
        rule=found.rule,
        confidence=found.confidence,
        missing=tuple(missing) if standing is not Standing.NOT_GIVEN else (),
        weight=weight,
        surface=surface,
        intent=event.intent,
    )


def _times_missing(event: Event) -> list[str]:
    is_open = event.end_said != "ongoing" and (event.end_time is None or not event.end_exact)
    begun = NO_START if event.is_spell else NO_TIME
    return [begun] * (not _on_a_day(event)) + [NO_END] * (event.is_spell and is_open)


def _on_a_day(event: Event) -> bool:
    """Whether the day of a row, or of the beginning of a stretch, is known."""
    ends = event.time_earliest, event.time_latest
    return event.time_exact or all(end and end.date() == event.time.date() for end in ends)


# ---------------------------------------------------------------- how much


@dataclass(frozen=True, slots=True)
class _Amount:
    """How much, and how that is known."""

    rule: Rule = Rule.NONE
    confidence: Confidence = Confidence.UNKNOWN
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    body: Body = Body.ABSOLUTE
    per: Per = Per.NOT_STATED
    every: str = ""
    times: int = 1
    route: str = ""
    missing: tuple[str, ...] = ()


def _amount(event: Event, standing: Standing) -> _Amount:
    low = event.value if event.value is not None else event.value_low
    high = event.value if event.value is not None else event.value_high
    if low is None and high is None:
        is_read = standing is not Standing.DISPENSED
        return (_from_text(event) if is_read else None) or _unknown(event)
    if not event.unit:
        return replace(_unknown(event), missing=(NO_UNIT,))
    basis = _basis(event.unit)
    if basis is None:
        return replace(_unknown(event), missing=(NO_DOSE_UNIT,))
    return _in_normal_unit(low, high, basis, event)


def _basis(unit: str) -> tuple[str, Body, Per] | None:
    """The mass of a unit, what it is scaled by and what it stands for; `None`: no unit of dose."""
    mass, *below = unit.split("/")
    bodies = [_BODIES[one] for one in below if one in _BODIES]
    times = [_TIMES[one] for one in below if one in _TIMES]
    if len(bodies) + len(times) != len(below) or len(bodies) > 1 or len(times) > 1:
        return None
    if not any(comparable(mass, one) for one in ("mg", "mL", "[IU]")):
        return None
    return mass, bodies[0] if bodies else Body.ABSOLUTE, times[0] if times else Per.DOSE


def _in_normal_unit(
    low: Decimal | None, high: Decimal | None, basis: tuple[str, Body, Per], event: Event
) -> _Amount:
    mass, body, per = basis
    normal = next(one for one in ("mg", "mL", "[IU]") if comparable(mass, one))
    if per is Per.DOSE and COURSE_TOTAL in event.note:
        per = Per.COURSE
    open_rhythm = event.is_spell and per is Per.DOSE and not event.interval
    rule, confidence = _how(event)
    return _Amount(
        rule,
        Confidence.AMBIGUOUS if open_rhythm else confidence,
        _scaled(low, mass, normal),
        _scaled(high, mass, normal),
        normal + _UNITS[body],
        body,
        Per.NOT_STATED if open_rhythm else per,
        event.interval,
        missing=(*((NO_RHYTHM,) if open_rhythm else ()), *_still_asked(event)),
    )


def _still_asked(event: Event) -> tuple[str, ...]:
    """What the text leaves open though the amount is told: `1 g two weeks apart`."""
    asked = FLAG_SAYS[Flag.REPEATS_MISSING]
    return (asked,) if asked in event.note else ()


def _scaled(number: Decimal | None, unit: str, normal: str) -> Decimal | None:
    return decimal_of(Fraction(number) * factor(unit, normal)) if number is not None else None


def _how(event: Event) -> tuple[Rule, Confidence]:
    """What made the amount of a row that has one."""
    if event.value is None:
        return Rule.BOUNDS, Confidence.STATED
    if "from the text" in event.note:
        return Rule.TEXT, Confidence.DERIVED
    if "from quantity and drug_strength" in event.note:
        return Rule.STRENGTH, Confidence.DERIVED
    if " of a course of " in event.note:
        return Rule.COURSE_SPLIT, Confidence.DERIVED
    if event.certainty is Status.DERIVED and not event.group:
        return Rule.ARITHMETIC, Confidence.DERIVED
    return Rule.ROW, Confidence.STATED


def _unknown(event: Event) -> _Amount:
    """Nothing tells the amount; the source may have said why."""
    why = event.note.partition("dose unknown: ")[2].partition(";")[0]
    return _Amount(every=event.interval, missing=(f"{NO_AMOUNT}: {why}" if why else NO_AMOUNT,))


def _from_text(event: Event) -> _Amount | None:
    """What the row's text says; without an amount where the text has a flag or two meanings.

    Of several steps in one row the amounts are the bounds: which ran when is not told.
    """
    steps = _read(event.text, event.concept)
    if isinstance(steps, Unread):
        return None
    asked = dict.fromkeys(flag for sig in steps for flag in sig.flags)
    open_flags = [flag for flag in asked if event.is_spell or flag is not Flag.RHYTHM_MISSING]
    found = [_of_sig(sig, event) for sig in steps]
    known = [one for one in found if one is not None]
    if open_flags or len(known) < len(found):
        said = tuple(FLAG_SAYS[flag] for flag in open_flags) or (NO_AMOUNT,)
        return _Amount(Rule.TEXT, Confidence.AMBIGUOUS, missing=said)
    return known[0] if len(known) == 1 else _between(known)


def _of_sig(sig: Sig, event: Event) -> _Amount | None:
    ends = sig.dose
    basis = _basis(ends[0].unit) if ends else None
    if ends is None or basis is None or sig.taper:
        return None
    of_row = replace(event, interval=str(sig.every) if sig.every else event.interval)
    found = _in_normal_unit(ends[0].value, ends[1].value, basis, of_row)
    return replace(
        found,
        rule=Rule.TEXT,
        confidence=Confidence.DERIVED,
        per=sig.per if found.per is not Per.NOT_STATED else found.per,
        times=sig.times,
        route=sig.route,
    )


def _between(steps: Sequence[_Amount]) -> _Amount:
    """From the lowest to the highest of several steps, where they are told alike."""
    first = steps[0]
    same = all((one.unit, one.per, one.every, one.times) == (first.unit, first.per, first.every,
               first.times) for one in steps)  # fmt: skip
    lows = [one.low for one in steps if one.low is not None]
    highs = [one.high for one in steps if one.high is not None]
    if not same or len(lows) + len(highs) < 2 * len(steps):
        return _Amount(Rule.TEXT, Confidence.AMBIGUOUS, missing=(NO_STEP,))
    return replace(first, low=min(lows), high=max(highs), missing=(NO_STEP,))


@lru_cache(maxsize=4096)
def _read(text: str, drug: str) -> tuple[Sig, ...] | Unread:
    return read_sigs(text, drug)


# ---------------------------------------------------------------- the body's size


def _size_missing(found: _Amount, weight: Size | None, surface: Size | None) -> tuple[str, ...]:
    if found.body is Body.PER_KG and weight is None:
        return ("a weight that is fresh on that day",)
    if found.body is Body.PER_M2 and surface is None:
        return ("a weight and a height that are fresh on that day",)
    return ()


def _weight(moment: datetime, index: RecordIndex, catalogue: Catalogue) -> Size | None:
    return _fresh("weight", "kg", moment, index, catalogue)


def _surface(
    moment: datetime, weight: Size | None, index: RecordIndex, catalogue: Catalogue
) -> Size | None:
    """The body surface by Mosteller, √(cm·kg/3600)."""
    height = _fresh("height", "cm", moment, index, catalogue)
    if weight is None or height is None:
        return None
    value = (weight.value * height.value / 3600).sqrt()
    return Size(value, (*weight.event_ids, *height.event_ids))


def _fresh(
    concept: str, unit: str, moment: datetime, index: RecordIndex, catalogue: Catalogue
) -> Size | None:
    """The last value known on the day of a moment; `None` where it is older than its freshness."""
    known = index.known_by(concept, datetime.combine(moment, time.max))
    row = next((one for one in reversed(known) if _is_in(one, unit)), None)
    freshness = catalogue.concept(concept).freshness
    if row is None:
        return None
    if freshness and parse_period(freshness.period).after(row.time) < moment:
        return None
    value = _scaled(row.value, row.unit, unit)
    return Size(value, (row.event_id,)) if value else None


def _is_in(row: Event, unit: str) -> bool:
    return row.value is not None and bool(row.unit) and comparable(row.unit, unit)
