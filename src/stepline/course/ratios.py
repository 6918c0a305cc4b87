"""Doses in grams without any weight, told by their ratio to one another.

A patient who had 160 g a month, then 32 g a week, then 16 g every two weeks had ten, two and one
times the same, as 2 g/kg, 400 and 200 mg/kg are. No weight is put into the record and no dose per
kilogram comes out: a reading is taken only where two regimens of different doses agree on a range
of weights and no other reading comes near.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from stepline.core.quantity import comparable
from stepline.course.bodysize import body_of, supposing_weight
from stepline.course.segment import Segment
from stepline.record.index import RecordIndex
from stepline.record.model import Event

WEIGHTS = tuple((30 * Decimal("1.08") ** step).quantize(Decimal(1)) for step in range(22))
"""Weights that are tried, 30 to 151 kg, each 8 % above the last: bands of doses are wider."""
CLEAR = 100
"""So many points another reading must lie below: ten times less likely."""

Reading = tuple[tuple[str, int, int], ...]


def lacks_weight(events: Sequence[Event], index: RecordIndex) -> bool:
    """Whether no weight is known and a dose is stated as a mass."""
    if body_of(index).weight.values:
        return False
    return any(e.value and e.unit and comparable(e.unit, "g") for e in events)


def by_ratio(
    plain: list[Segment], read: Callable[[RecordIndex], list[Segment]], index: RecordIndex
) -> list[Segment]:
    """The reading that ratios of doses tell, or the plain one where they do not tell any."""
    tried = [(weight, read(supposing_weight(index, weight))) for weight in WEIGHTS]
    best = max((found for _, found in tried), key=_points)
    names = _names(best)
    rivals = [found for _, found in tried if _names(found) != names]
    near = max(map(_points, rivals), default=0) + CLEAR > _points(best)
    if near or _doses(best) < 2 or _points(best) < _points(plain) + CLEAR:
        return plain
    fits = [int(weight) for weight, found in tried if _names(found) == names]
    ends = (min(fits), max(fits))
    return [replace(one, by_ratio=ends if _by_weight(one) else None) for one in best]


def _points(segments: list[Segment]) -> int:
    return sum(one.points for one in segments)


def _names(segments: list[Segment]) -> tuple[str, ...]:
    """The regimens in order, once each time another follows."""
    names = [one.profile.regimen.id if one.profile else "" for one in segments]
    return tuple(name for place, name in enumerate(names) if names[place - 1 : place] != [name])


def _doses(segments: list[Segment]) -> int:
    """How many different doses the named courses of two cycles and more have."""
    return len(
        {
            one.profile.dose
            for one in segments
            if _by_weight(one) and len(one.cycles) > 1 and one.profile
        }
    )


def _by_weight(one: Segment) -> bool:
    return one.profile is not None and "/kg" in one.profile.unit
