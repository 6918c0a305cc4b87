"""What a row that cannot be meant as it is written would be, with one slip of the pen undone.

It only lets a row be read in its place. What is written is never replaced: the row stays one whose
dose is not believed, and the course says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from stepline.core.quantity import Quantity
from stepline.course.sizes import weight_at
from stepline.course.spell_points import SLIPS, dose_worth
from stepline.course.supplies import Block
from stepline.protocol.model import Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import Event
from stepline.vocabulary.model import Concept
from stepline.vocabulary.units import dose_range, is_plausible


def with_meanings(
    blocks: Sequence[Block], regimens: Sequence[Regimen], index: RecordIndex, drug: Concept
) -> list[Block]:
    """The blocks; one that cannot be meant as it is written has the row that would be meant.

    A number without a unit is meant in the unit of every dose of the drug that can be meant. A dose
    outside the vocabulary's bounds, which no body is given, is meant with its point moved by
    one place or its unit by a thousand, where exactly one of these is a dose of a regimen.
    """
    known: dict[tuple[Decimal | None, str], bool | None] = {}
    for one in blocks:
        key = (one.event.value, one.event.unit)
        if all(key) and key not in known:
            known[key] = _can_be(one.event, drug)
    if False not in known.values() and all(one.event.unit for one in blocks if one.event.value):
        return list(blocks)
    units = {unit for (_, unit), can_be in known.items() if can_be is not False}
    found = [_meant(block.event, units, regimens, index, drug) for block in blocks]
    pairs = zip(blocks, found, strict=True)
    return [replace(block, meant=meant) if meant else block for block, meant in pairs]


def _meant(
    event: Event, units: set[str], regimens: Sequence[Regimen], index: RecordIndex, drug: Concept
) -> Event | None:
    if event.value is None:
        return None
    if not event.unit:
        found = [replace(event, unit=unit) for unit in units]
        return found[0] if len(found) == 1 and _can_be(found[0], drug) is True else None
    if _can_be(event, drug) is not False:
        return None
    moved = [replace(event, value=event.value * one) for one in SLIPS]
    fits = [one for one in moved if _can_be(one, drug) and _is_dose(one, regimens, index)]
    return fits[0] if len(fits) == 1 else None


def _can_be(event: Event, drug: Concept) -> bool | None:
    """Whether a dose lies within the bounds of the vocabulary; `None` where it has none."""
    assert event.value is not None
    quantity = Quantity(event.value, event.unit)
    bounds = dose_range(drug, quantity, "daily" if event.unit.endswith("/d") else "dose")
    return None if bounds is None else is_plausible(bounds, quantity)


def _is_dose(event: Event, regimens: Sequence[Regimen], index: RecordIndex) -> bool:
    weight = weight_at(event.time, index)
    worths = (dose_worth(event, regimen, weight, index) for regimen in regimens)
    return any(worth is not None and worth.points > 0 for worth in worths)
