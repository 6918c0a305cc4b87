"""From the rows of a drug to its doses in their normal form; what is not told stays unknown."""

from __future__ import annotations

from datetime import datetime, time

from stepline.core.quantity import comparable
from stepline.core.time import parse_period
from stepline.course.dose import Dose, Size, Standing
from stepline.course.dose_amounts import Known, scaled, stated, unknown
from stepline.course.dose_texts import from_text
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus
from stepline.record.saying import say_when
from stepline.record.sig import Body
from stepline.record.supplies import is_remark, is_supply
from stepline.vocabulary.catalogue import Catalogue

_STANDINGS = {
    EventStatus.ORDERED: Standing.ORDERED,
    EventStatus.GIVEN: Standing.GIVEN,
    EventStatus.REPORTED: Standing.REPORTED,
    EventStatus.STOPPED: Standing.REPORTED,
    EventStatus.NOT_GIVEN: Standing.NOT_GIVEN,
}
NO_TIME = "the day of it"
NO_START = "when it began"
NO_END = "when it ended"


def doses_of(index: RecordIndex, drug: str, catalogue: Catalogue) -> tuple[Dose, ...]:
    """The doses that the rows of a drug tell of, one a row, by start and then by row.

    What is planned is no dose yet, and a row that only says that the drug was
    stopped, or that an order is taken, is none.
    """
    rows = [event for event in index.of(drug) if _tells_a_dose(event)]
    found = [_resolved(event, index, catalogue) for event in rows]
    return tuple(sorted(found, key=lambda dose: dose.order))


def _tells_a_dose(event: Event) -> bool:
    if event.status is EventStatus.PLANNED:
        return False
    return not (event.is_stop or is_remark(event))


def _resolved(event: Event, index: RecordIndex, catalogue: Catalogue) -> Dose:
    standing = Standing.DISPENSED if is_supply(event) else _STANDINGS[event.status]
    found = unknown(event) if standing is Standing.NOT_GIVEN else _amount(event, standing)
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
        remarks=found.remarks,
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


def _amount(event: Event, standing: Standing) -> Known:
    if any(one is not None for one in (event.value, event.value_low, event.value_high)):
        return stated(event)
    is_read = standing is not Standing.DISPENSED
    return (from_text(event) if is_read else None) or unknown(event)


# ---------------------------------------------------------------- the body's size


def _size_missing(found: Known, weight: Size | None, surface: Size | None) -> tuple[str, ...]:
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
    value = scaled(row.value, row.unit, unit)
    return Size(value, (row.event_id,)) if value else None


def _is_in(row: Event, unit: str) -> bool:
    return row.value is not None and bool(row.unit) and comparable(row.unit, unit)
