"""How a record is spoken of: times, values and events in words for a reader.

A record on a relative calendar is never spoken of in dates, and a moment that is not exact is
always said as its source said it.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from stepline.core.quantity import Quantity
from stepline.core.time import RelativeCalendar, parse_period
from stepline.record.model import Event, EventStatus, Interpretation, Record
from stepline.vocabulary.catalogue import catalogue

_MIDNIGHT = (0, 0, 0, 0)
_NOT_HAPPENED = (EventStatus.PLANNED, EventStatus.ORDERED, EventStatus.NOT_GIVEN)
_WORDS = {
    Interpretation.LOW: "low",
    Interpretation.NORMAL: "normal",
    Interpretation.ELEVATED: "elevated",
    Interpretation.POSITIVE: "positive",
    Interpretation.NEGATIVE: "negative",
    Interpretation.INDETERMINATE: "indeterminate",
}


def say(record: Record, time: datetime) -> str:
    """A moment of the record: `2026-01-05`, with a time of day `2026-01-05 14:30`, or `M6+3d`."""
    if record.calendar == "relative" and record.day_zero is not None:
        return RelativeCalendar(record.day_zero).say(time)
    clock = (time.hour, time.minute, time.second, time.microsecond)
    day = time.date().isoformat()
    return day if clock == _MIDNIGHT else f"{day} {time.hour:02}:{time.minute:02}"


def say_time(record: Record, event: Event) -> str:
    """When an event was or began: its date or month, or the source's own words."""
    return event.time_said if not event.time_exact and event.time_said else say(record, event.time)


def say_end(record: Record, event: Event) -> str:
    """When a spell ended: its date or month, the source's own words, or `ongoing`."""
    if event.end_time is None or not event.end_exact:
        return event.end_said or "end not stated"
    return say(record, _whole_day(event.end_time))


def _whole_day(moment: datetime) -> datetime:
    """The day itself where a moment is its last instant."""
    last = (moment.hour, moment.minute, moment.second) == (23, 59, 59)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) if last else moment


def say_when(record: Record, event: Event) -> str:
    """When an event was, from start to end where it is a spell."""
    start = say_time(record, event)
    if not event.is_spell:
        return start
    end = say_end(record, event)
    if end == start:
        return start
    joint = ", " if end == "ongoing" or end.endswith("not stated") else " to "
    return f"{start}{joint}{_ending(end)}"


def _ending(end: str) -> str:
    return "end not stated" if end == "not stated" else end


def say_number(value: Decimal, unit: str) -> str:
    """A number with its unit, for people: `375 mg/m²`."""
    return Quantity(value, unit or "1").say()


def say_value(event: Event) -> str:
    """What is known of the value: a number, a bound, a word, or that it is unknown."""
    flag = _WORDS.get(event.interpretation, "") if event.interpretation is not None else ""
    number = _number(event)
    if number:
        return f"{number} ({flag})" if flag else number
    return event.text or flag or "value unknown"


def _number(event: Event) -> str:
    if event.value is not None:
        return say_number(event.value, event.unit)
    low, high = event.value_low, event.value_high
    if low is not None and high is not None:
        return f"between {say_number(low, event.unit)} and {say_number(high, event.unit)}"
    if high is not None:
        return f"at most {say_number(high, event.unit)}"
    return f"at least {say_number(low, event.unit)}" if low is not None else ""


@lru_cache(maxsize=1024)
def spoken(concept: str) -> str:
    """A concept's name in a line of text; the id itself where the vocabulary has none."""
    words = catalogue()
    return words.concept(concept).spoken if concept in words else concept


def say_event(record: Record, event: Event) -> str:
    """One event in a line: `ivig 0.4 g/kg, M0` or `prednisone stopped for intolerance, …`."""
    parts = [spoken(event.concept) or event.code, say_value(event)]
    if event.interval:
        parts.append(f"every {_period(event.interval)}")
    if event.status is EventStatus.STOPPED and event.text != "stopped":
        parts.append("stopped")
    if event.status is EventStatus.STOPPED and event.reason not in ("", "unknown"):
        parts.append(f"for {event.reason}")
    if event.status in _NOT_HAPPENED and event.text != "not given":
        parts.append(event.status.value.replace("-", " "))
    return f"{' '.join(parts)}, {say_when(record, event)}"


def _period(interval: str) -> str:
    said = parse_period(interval).say()
    return said.removeprefix("1 ") if said.startswith("1 ") and said.count(" ") == 1 else said
