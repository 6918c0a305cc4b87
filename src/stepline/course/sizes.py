"""Body weight beside a daily dose, with a remark where it is not simply the last one known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stepline.course.bodysize import body_of
from stepline.record.index import RecordIndex

ADULT = (Decimal(30), Decimal(300))
"""Kilograms of an adult, wide (unconfirmed): they only exclude."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight in kilograms; `kind` is `weight-odd` or `weight-later` where it needs a remark."""

    kilograms: Decimal
    kind: str = ""
    says: str = ""


def weight_at(moment: datetime, index: RecordIndex) -> Weight | None:
    """The weight that counts at a moment (`bodysize`), or `None`."""
    sizes = body_of(index).weight
    kilograms = sizes.at(moment)
    if kilograms is None:
        return None
    if sizes.set_aside(moment):
        return Weight(kilograms, "weight-odd", "a weight differs from those around it")
    if sizes.is_later(moment):
        days = (sizes.moments[0] - moment).days
        return Weight(kilograms, "weight-later", f"weighed {days} days later")
    return Weight(kilograms)
