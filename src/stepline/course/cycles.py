"""Single doses as cycles, and doses in the basis that a regimen speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from stepline.core.quantity import comparable, factor
from stepline.core.time import Period
from stepline.course.bodysize import is_taken_later, size_at
from stepline.record.index import RecordIndex
from stepline.record.model import Event
from stepline.record.totals import days_of_course

SAME_CYCLE = timedelta(days=3)
"""Doses no further apart than this belong to one cycle: five consecutive days with a day off."""

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


@dataclass(slots=True)
class Cycle:
    """Doses given together, as one course of infusions or one single dose.

    `days` is over how many calendar days they spread, counting both ends; of one row that is the
    total of a course, over its days.
    """

    events: tuple[Event, ...]
    days: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        first, last = self.events[0], self.events[-1]
        if first is last:
            self.days = (days_of_course(first.note) or 1) if first.note else 1
        else:
            self.days = last.time.toordinal() - first.time.toordinal() + 1

    @property
    def start(self) -> datetime:
        """When its first dose was given."""
        return self.events[0].time

    @property
    def end(self) -> datetime:
        """When its last dose was given."""
        return self.events[-1].time

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

    Mass per kilogram and per square metre are worked out with the weight and height that count
    then (`bodysize`); body size is never assumed.
    """
    if event.value is None or not event.unit or not unit:
        return None  # a number without a unit is no dose
    divisor, times, per = _way(event.unit, unit)
    if not per:
        return None
    amount = event.value if times == per else event.value * times / per
    if not divisor:
        return amount
    size = size_at(divisor.lstrip("*"), event.time, index)
    if not size:
        return None
    return amount * size if divisor.startswith("*") else amount / size


def amount_known_then(event: Event, unit: str, index: RecordIndex) -> Decimal | None:
    """As `amount_in`, and `None` where the body size that counts was only taken later."""
    amount = amount_in(event, unit, index)
    if amount is None:
        return None
    divisor = _way(event.unit, unit)[0].lstrip("*")
    return None if divisor and is_taken_later(divisor, event.time, index) else amount


_PER = (("g", "kg", "g/kg"), ("mg/d", "kg", "mg/kg/d"), ("g", "m2", "g/m2"))


@lru_cache(maxsize=1024)
def _way(own: str, unit: str) -> tuple[str, int, int]:
    """How one unit becomes another: by what size to divide (`*`: multiply), and a fraction.

    The fraction is 0/0 where there is no way.
    """
    if comparable(own, unit):
        return "", *_ends(factor(own, unit))
    for mass, size, per in _PER:
        if comparable(own, mass) and comparable(unit, per):
            return size, *_ends(factor(own, mass) * factor(per, unit))
        if comparable(own, per) and comparable(unit, mass):
            return f"*{size}", *_ends(factor(own, per) * factor(mass, unit))
    return "", 0, 0


def _ends(ratio: Fraction) -> tuple[int, int]:
    return ratio.numerator, ratio.denominator


def total_in(events: tuple[Event, ...], unit: str, index: RecordIndex) -> Decimal | None:
    """The exact sum of several doses in a unit; `None` when any is unknown."""
    total = Decimal(0)
    for event in events:
        amount = amount_in(event, unit, index)
        if amount is None:
            return None
        total += amount
    return total


def typical_days(period: Period) -> Decimal:
    """The mean length of a period in days: a month is 365.25/12, which is why P1M is not P28D."""
    return period.days + period.months * _DAYS_A_MONTH


def per_28_days(dose: Decimal, period: Period) -> Decimal:
    """A dose at an interval as an amount per 28 days, to two decimals."""
    return (dose * 28 / typical_days(period)).quantize(Decimal("0.01"))
