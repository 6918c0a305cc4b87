"""A taper laid out as a proposal: straight down from a dose to a floor, one tablet at a time.

A source may say where a taper began and ended and not how. Steps made here are therefore a proposal
for a person to confirm, and each says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.numbers import quantity_of, say
from stepline.dosing.refusing import DosingRefused


@dataclass(frozen=True, slots=True)
class TaperStep:
    """A daily dose from a day up to another, both included; the last has no known end."""

    dose: Quantity
    first: date
    last: date | None

    @property
    def days(self) -> int | None:
        """On how many days the dose is taken; `None` without a known end."""
        return None if self.last is None else (self.last - self.first).days + 1


def straight_taper(
    start: Quantity, floor: Quantity, tablet: Quantity, first: date, end: date
) -> tuple[TaperStep, ...]:
    """Equal steps of one tablet: the first dose on `first`, the floor from `end` on.

    All three quantities are masses of one day. The steps are as long as each other to the day.

    Raises `DosingRefused`: `taper-not-falling`, `tablet-does-not-fit`, `taper-too-steep`.
    """
    unit = tablet.unit
    high, low, step = (in_unit(one, unit) for one in (start, floor, tablet))
    _check(high, low, step, unit)
    count = int((high - low) / step)
    days = (end - first).days
    if count > days:
        raise DosingRefused.because(
            "taper-too-steep",
            f"{count} steps of {say(tablet)} do not fit into {days} days.",
            found=say(tablet),
            mend="state a larger step with --tablet",
        )
    begins = [first + timedelta(days=days * number // count) for number in range(count + 1)]
    ends = [day - timedelta(days=1) for day in begins[1:]]
    doses = [quantity_of(high - step * number, unit) for number in range(count + 1)]
    return tuple(map(TaperStep, doses, begins, [*ends, None]))


def _check(high: Fraction, low: Fraction, step: Fraction, unit: str) -> None:
    said = [say(quantity_of(one, unit)) for one in (high, low, step)]
    if high <= low:
        raise DosingRefused.because(
            "taper-not-falling",
            f"A taper from {said[0]} to {said[1]} a day does not fall.",
            found=said[0],
            allowed=f"above {said[1]}",
            mend="check the weight and the dose",
        )
    if (high - low) % step:
        raise DosingRefused.because(
            "tablet-does-not-fit",
            f"Steps of {said[2]} do not lead from {said[0]} to {said[1]} a day.",
            found=said[2],
            mend="state another step with --tablet",
        )


STRAIGHT = Evidence(
    "stepline-design",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "Straight steps of one tablet; the source states the first dose, the last and the time between",
)
