"""The weight and the body surface that a dose is read with.

Only reading uses these rules: what was given is already in the record, and a weight that a slip of
the pen made ten times too large must not turn it into another regimen. Nothing here doses anyone.
"""

from __future__ import annotations

from bisect import bisect_right
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

from stepline.core.quantity import comparable, factor
from stepline.record.index import RecordIndex

ODD = Decimal("1.5")
"""A weight that differs by more than this factor from most of those beside it does not decide."""
BESIDE = 2
"""So many weights before and after are asked."""
LATER = timedelta(days=365)
"""A dose before the first weight is read with that weight, if it was taken within a year."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The plausible values of a measure in order, and the moments of those set aside."""

    moments: tuple[datetime, ...]
    values: tuple[Decimal, ...]
    odd: tuple[datetime, ...]

    def place(self, moment: datetime) -> int:
        """Which value counts at a moment: the latest by then, else the first within a year; or -1.

        A later value is better than none for reading: an adult's weight moves less in a year than
        the bands of regimens are wide.
        """
        place = bisect_right(self.moments, moment) - 1
        if place < 0 and self.moments and self.moments[0] - moment <= LATER:
            return 0
        return place

    def at(self, moment: datetime) -> Decimal | None:
        """The value that counts at a moment, or `None`."""
        place = self.place(moment)
        return self.values[place] if place >= 0 else None

    def is_later(self, moment: datetime) -> bool:
        """Whether only a value taken on a later day is known: the same day's is of its doses."""
        first = self.moments[0] if self.moments else moment
        return moment.date() < first.date() and self.place(moment) == 0

    def set_aside(self, moment: datetime) -> bool:
        """Whether a value between the one that counts and the moment does not count."""
        if not self.odd:
            return False
        place = bisect_right(self.moments, moment) - 1
        since = self.moments[place] if place >= 0 else datetime.min
        return any(since <= one <= moment for one in self.odd)


class Body:
    """The weights and heights of one record, in kg and cm, asked for by the moment of a dose."""

    __slots__ = ("_changes", "_kinds", "_pairs", "_surfaces", "height", "weight")

    def __init__(self, weight: Sizes, height: Sizes) -> None:
        self.weight = weight
        self.height = height
        self._changes = sorted({*_changes(weight), *_changes(height)})
        self._pairs: list[tuple[Decimal | None, Decimal | None]] = [(None, None)]
        self._pairs += [(weight.at(moment), height.at(moment)) for moment in self._changes]
        first: dict[object, int] = {}
        self._kinds = [first.setdefault(pair, place) for place, pair in enumerate(self._pairs)]
        self._surfaces: dict[int, Decimal] = {}

    def at(self, divisor: str, moment: datetime) -> Decimal | None:
        """The weight in kg, or for `m2` the body surface in m²; `None` where it is unknown."""
        kind = self.kind(moment)
        weight, height = self._pairs[kind]
        if divisor != "m2" or weight is None:
            return weight
        if height is None:
            return None
        if kind not in self._surfaces:
            self._surfaces[kind] = _surface(weight, height)
        return self._surfaces[kind]

    def kind(self, moment: datetime) -> int:
        """A number that is the same for two moments where weight and height are the same."""
        return self._kinds[bisect_right(self._changes, moment)]


def body_of(index: RecordIndex) -> Body:
    """The body of a record's subject, worked out once a record."""
    found = index.memo.get("body")
    if found is None:
        found = index.memo["body"] = Body(
            _sizes("weight", "kg", index), _sizes("height", "cm", index)
        )
    return cast(Body, found)


def supposing_weight(index: RecordIndex, weight: Decimal) -> RecordIndex:
    """The index as if this weight had always been known."""
    other = copy(index)
    other.memo = {"body": Body(Sizes((datetime.min,), (weight,), ()), body_of(index).height)}
    return other


def size_at(divisor: str, moment: datetime, index: RecordIndex) -> Decimal | None:
    """The weight in kg, or for `m2` the body surface in m², that counts then; `None` if unknown.

    Body surface is that of Mosteller, √(cm·kg/3600).
    """
    return body_of(index).at(divisor, moment)


def is_taken_later(divisor: str, moment: datetime, index: RecordIndex) -> bool:
    """Whether what `size_at` answers with was only taken after the moment."""
    body = body_of(index)
    later = body.weight.is_later(moment)
    return later or (divisor == "m2" and body.height.is_later(moment))


def _surface(weight: Decimal, height: Decimal) -> Decimal:
    return (weight * height / 3600).sqrt()


def _changes(sizes: Sizes) -> tuple[datetime, ...]:
    """From which moments on another value may count."""
    if not sizes.moments:
        return ()
    first = sizes.moments[0]
    return (first - min(LATER, first - datetime.min), *sizes.moments)


def _sizes(concept: str, unit: str, index: RecordIndex) -> Sizes:
    known = [
        (event.time, _in(event.value, event.unit, unit))
        for event in index.of(concept)
        if event.value and event.unit and comparable(event.unit, unit)
    ]
    values = [value for _, value in known]
    odd = [_is_odd(values, place) for place in range(len(values))]
    kept = [pair for pair, is_odd in zip(known, odd, strict=True) if not is_odd]
    return Sizes(
        tuple(moment for moment, _ in kept),
        tuple(value for _, value in kept),
        tuple(moment for (moment, _), is_odd in zip(known, odd, strict=True) if is_odd),
    )


def _is_odd(values: list[Decimal], place: int) -> bool:
    """Whether most of at least two values beside it differ from a value by the factor `ODD`."""
    beside = values[max(0, place - BESIDE) : place] + values[place + 1 : place + 1 + BESIDE]
    own = values[place]
    off = sum(own > other * ODD or other > own * ODD for other in beside)
    return len(beside) > 1 and 2 * off > len(beside)


def _in(value: Decimal, own: str, unit: str) -> Decimal:
    if own == unit:
        return value
    ratio = factor(own, unit)
    return value * ratio.numerator / ratio.denominator
