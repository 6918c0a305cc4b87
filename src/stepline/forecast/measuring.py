"""The measured values of a record that a model predicts, and the value from before treatment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from stepline.core.quantity import Quantity, comparable, convert
from stepline.core.time import days_between, parse_period
from stepline.forecast.driving import Given, Known, Measured
from stepline.forecast.model import Model
from stepline.record.index import RecordIndex
from stepline.record.model import Event
from stepline.record.saying import say, say_number, say_value
from stepline.vocabulary.catalogue import catalogue


class SameDay(StrEnum):
    """Whether a value of a day of infusion was taken before or after it; usually nobody says."""

    UNKNOWN = "unknown"
    BEFORE = "before"
    AFTER = "after"


def baseline_of(
    index: RecordIndex, model: Model, first: datetime, same_day: SameDay
) -> tuple[Known | None, str]:
    """The last exact value before the first dose, or why there is none although one was measured.

    One that is older than it answers for does not decide. A value of the day of the first dose
    counts where it is stated, or known by the clock, to be from before it.
    """
    if "endogenous" not in model.parameters or not model.measures:
        return None, ""
    own = [e for e in index.of(model.measures) if e.value is not None and _usable(e, model)]
    events = [e for e in own if e.time_exact and _is_before(e, first, same_day)]
    if not events:
        return None, ""
    last = events[-1]
    assert last.value is not None
    said = f"{say_number(last.value, last.unit)}, {say(index.record, last.time)}"
    before = max(days_between(last.time, first), 0)
    freshness = catalogue().concept(model.measures).freshness
    if freshness is not None and parse_period(freshness.period).after(last.time) < first:
        answers = parse_period(freshness.period).say()
        why = f"{said}, is {before} days older than the first dose; it answers for {answers}"
        return None, f"{why}, and is not taken for the patient's own."
    value = _value(last, last.value, model)
    assert value is not None
    return Known("baseline", value, f"{said}, {before} days before the first dose"), ""


def _is_before(event: Event, first: datetime, same_day: SameDay) -> bool:
    if event.time.date() != first.date():
        return event.time < first
    if _has_no_clock(event.time) or _has_no_clock(first):
        return same_day is SameDay.BEFORE
    return event.time < first


def measured_in(
    index: RecordIndex, model: Model, doses: Sequence[Given], moment: datetime, same_day: SameDay
) -> tuple[tuple[Measured, ...], tuple[str, ...]]:
    """Values after the first dose up to a moment, and sentences on those that cannot be used."""
    first = doses[0].time
    kept, unused = [], []
    for event in index.known_by(model.measures, moment) if model.measures else ():
        if event.time.date() < first.date() or _is_before(event, first, same_day):
            continue
        why = _why_not(event, model, doses, same_day)
        if why:
            said = say(index.record, event.time)
            unused.append(f"{say_value(event)} of {said} is not used: {why}")
            continue
        is_trough = _is_clashing(event, doses) and same_day is SameDay.BEFORE
        value, below = _value(event, event.value, model), _value(event, event.value_high, model)
        kept.append(Measured(event.time, value, below, is_trough, event.event_id))
    return tuple(kept), tuple(unused)


def _why_not(event: Event, model: Model, doses: Sequence[Given], same_day: SameDay) -> str:
    if not event.time_exact:
        return "its day is not known."
    if not _usable(event, model):
        return f"it is no number in {model.result_unit}."
    if _is_clashing(event, doses) and same_day is SameDay.UNKNOWN:
        return (
            "it is of a day of infusion, and nothing says whether it was taken before or after; "
            "state --same-day before or after."
        )
    return ""


def _usable(event: Event, model: Model) -> bool:
    bounded = event.value is not None or (event.value_high is not None and event.value_low is None)
    return bounded and bool(event.unit) and comparable(event.unit, model.result_unit)


def _is_clashing(event: Event, doses: Sequence[Given]) -> bool:
    """Whether it shares its day with a dose and one of the two has no time of day."""
    same = [one for one in doses if one.time.date() == event.time.date()]
    return any(_has_no_clock(one.time) or _has_no_clock(event.time) for one in same)


def _has_no_clock(moment: datetime) -> bool:
    return moment == datetime.combine(
        date(moment.year, moment.month, moment.day), datetime.min.time()
    )


def _value(event: Event, value: Decimal | None, model: Model) -> Decimal | None:
    return None if value is None else convert(Quantity(value, event.unit), model.result_unit).value
