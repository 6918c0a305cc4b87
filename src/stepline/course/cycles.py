"""Single doses as cycles, and doses in the basis that a regimen speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from stepline.core.quantity import comparable, factor
from stepline.core.time import Period, days_between
from stepline.record.index import RecordIndex
from stepline.record.model import Event

SAME_CYCLE = timedelta(days=3)
"""Doses no further apart than this belong to one cycle: five consecutive days with a day off."""

LIKE = Decimal("0.25")
"""Within this fraction two cycles of an unnamed course are alike."""

_DAYS_A_MONTH = Decimal("365.25") / 12


def cycles_of(events: list[Event]) -> list[list[Event]]:
    """Doses in order, grouped into cycles: a gap of more than three days begins a new one."""
    groups: list[list[Event]] = []
    for event in events:
        together = groups and event.time - groups[-1][-1].time <= SAME_CYCLE
        if together and groups[-1][-1].group == event.group:
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


@dataclass(frozen=True, slots=True)
class Cycle:
    """Doses given together, as one course of infusions or one single dose."""

    events: tuple[Event, ...]

    @property
    def start(self) -> datetime:
        """When its first dose was given."""
        return self.events[0].time

    @property
    def end(self) -> datetime:
        """When its last dose was given."""
        return self.events[-1].time

    @property
    def days(self) -> int:
        """Over how many calendar days it spreads, counting both ends."""
        return days_between(self.start, self.end) + 1

    @property
    def intent(self) -> str:
        """The intent stated with its doses, or empty."""
        return self.events[0].intent

    @property
    def group(self) -> str:
        """The order or statement that its doses come from, or empty."""
        return self.events[0].group


def amount_in(event: Event, unit: str, index: RecordIndex) -> Decimal | None:
    """The exact dose of one row in a unit; `None` when unknown or when body size is missing.

    Mass per kilogram and per square metre are worked out with the weight and height known then
    (body surface by Mosteller, √(cm·kg/3600)); body size is never assumed.
    """
    if event.value is None:
        return None
    key = ("amount", event.event_id, unit)
    if key not in index.memo:
        index.memo[key] = _converted(event.value, event.unit, unit, event.time, index)
    known = index.memo[key]
    return known if isinstance(known, Decimal) else None


def _converted(
    value: Decimal, own: str, unit: str, moment: datetime, index: RecordIndex
) -> Decimal | None:
    if not own:
        return None  # a number without a unit is no dose
    if comparable(own, unit):
        ratio = factor(own, unit)
        return value * ratio.numerator / ratio.denominator
    for mass, divisor in (("g", "kg"), ("mg/d", "kg/d"), ("g", "m2")):
        size = size_at(divisor, moment, index)
        per = "mg/kg/d" if mass == "mg/d" else f"{mass}/{divisor}"
        if size is None:
            continue
        if comparable(own, mass) and comparable(unit, per):
            return _ratio(_ratio(value, own, mass) / size, per, unit)
        if comparable(own, per) and comparable(unit, mass):
            return _ratio(_ratio(value, own, per) * size, mass, unit)
    return None


def _ratio(value: Decimal, own: str, unit: str) -> Decimal:
    ratio = factor(own, unit)
    return value * ratio.numerator / ratio.denominator


def size_at(divisor: str, moment: datetime, index: RecordIndex) -> Decimal | None:
    """The weight in kg, or the body surface in m² for `m2`, known by then; `None` when unknown."""
    weight = _latest("weight", "kg", moment, index)
    if divisor != "m2":
        return weight
    height = _latest("height", "cm", moment, index)
    return (weight * height / 3600).sqrt() if weight and height else None


def _latest(concept: str, unit: str, moment: datetime, index: RecordIndex) -> Decimal | None:
    known = [e for e in index.known_by(concept, moment) if e.value is not None and e.unit]
    if not known or known[-1].value is None or not comparable(known[-1].unit, unit):
        return None
    return _ratio(known[-1].value, known[-1].unit, unit) or None


def total_in(events: tuple[Event, ...], unit: str, index: RecordIndex) -> Decimal | None:
    """The exact sum of several doses in a unit; `None` when any is unknown."""
    amounts = [amount_in(event, unit, index) for event in events]
    if any(amount is None for amount in amounts):
        return None
    return sum((a for a in amounts if a is not None), Decimal(0))


def typical_days(period: Period) -> Decimal:
    """The mean length of a period in days: a month is 365.25/12, which is why P1M is not P28D."""
    return period.days + period.months * _DAYS_A_MONTH


def per_28_days(dose: Decimal, period: Period) -> Decimal:
    """A dose at an interval as an amount per 28 days, to two decimals."""
    return (dose * 28 / typical_days(period)).quantize(Decimal("0.01"))
