"""Scales that end on a round number."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import ceil

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))

_DAYS = (1, 2, 7, 14, 28, 56, 91, 182, 364, 728)


def days_apart(span: float) -> int:
    """How many days apart four to ten named days of an axis stand: a day or two, or weeks."""
    return next((days for days in _DAYS if span / days <= 10), int(span / 8))


def nice_top(highest: Decimal) -> Decimal:
    """The least of 1, 2, 2.5, 5 times a power of ten that is not below a number; 1 for nothing."""
    if highest <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb(highest.adjusted())
    return _plain(next(step * power for step in _STEPS if step * power >= highest))


def ticks_up_to(highest: Decimal) -> tuple[tuple[float, str], ...]:
    """Two to six round values from zero to a top that is not below a number."""
    every = _plain(nice_top(highest) / 4)
    for candidate in _candidates(highest):
        if highest / candidate <= 4:
            every = candidate
            break
    count = ceil(highest / every) if highest > 0 else 1
    values = [_plain(every * number) for number in range(max(count, 1) + 1)]
    return tuple((float(value), f"{value:f}") for value in values)


def _candidates(highest: Decimal) -> Iterator[Decimal]:
    lowest = Decimal(1).scaleb(highest.adjusted() - 1) if highest > 0 else Decimal(1)
    for power in (lowest, lowest * 10):
        for step in (Decimal(1), Decimal(2), Decimal(5)):
            yield step * power


def _plain(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
