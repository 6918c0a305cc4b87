"""Tapers of daily doses: straight, by equal steps or by percent, in the tablets at hand.

A source may say where a taper began and ended and not how. Steps made here are then a proposal for
a person to confirm, and each says so. No dose is planned that the tablets at hand cannot make.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import gcd, lcm

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, in_unit
from stepline.core.time import Period
from stepline.dosing.numbers import quantity_json, quantity_of, say, shown
from stepline.dosing.refusing import DosingRefused
from stepline.dosing.rounding_search import fewest_vials

_MOST_STEPS = 400
_MOST_TABLETS = 2000
"""How often the common measure of the tablets may go into a dose; twice that into a doubled one."""


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


@dataclass(frozen=True, slots=True)
class Fall:
    """How a person asks a taper to fall: by a mass or by a share, after every period."""

    every: Period
    by: Quantity | None = None
    share: Fraction | None = None

    def to(self, floor: Quantity) -> Stage:
        """The fall down to a floor."""
        return Stage(floor, self.every, self.by, self.share)

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        share = None if self.share is None else float(self.share * 100)
        return {"by": quantity_json(self.by), "percent": share, "every": str(self.every)}


@dataclass(frozen=True, slots=True)
class Stage:
    """Down to a daily dose: by a mass, or by a share of the dose reached, after every period."""

    to: Quantity
    every: Period
    by: Quantity | None = None
    share: Fraction | None = None

    def below(self, dose: Fraction, unit: str) -> Fraction:
        """The next dose before it is made of tablets, in `unit`."""
        if self.share is not None:
            return dose * (1 - self.share)
        assert self.by is not None
        return dose - in_unit(self.by, unit)


class Tablets:
    """The tablets at hand: which daily doses they make, and with the fewest of them."""

    def __init__(self, sizes: Sequence[Quantity]) -> None:
        self.unit = sizes[0].unit
        self._exact = sorted({in_unit(one, self.unit) for one in sizes}, reverse=True)
        parts = lcm(*(one.denominator for one in self._exact))
        self._step = Fraction(gcd(*(int(one * parts) for one in self._exact)), parts)
        self._counts = tuple(int(one / self._step) for one in self._exact)

    def make(self, dose: Fraction) -> tuple[tuple[Quantity, int], ...] | None:
        """The fewest tablets that make a dose, largest first; `None` where none do."""
        steps = dose / self._step
        if steps.denominator != 1 or not 0 < steps <= 2 * _MOST_TABLETS:
            return None
        found = fewest_vials(int(steps), self._counts)
        if found is None:
            return None
        pairs = zip(self._exact, found, strict=True)
        return tuple((quantity_of(size, self.unit), count) for size, count in pairs if count)

    def nearest_below(self, wanted: Fraction, above: Fraction, floor: Fraction) -> Fraction:
        """The makeable dose nearest to `wanted` that is below `above` and not below the floor."""
        high = int(-(-above / self._step)) - 1
        doses = [self._step * count for count in range(high, 0, -1)]
        doses = sorted(doses, key=lambda dose: (abs(dose - wanted), dose))
        fits = (dose for dose in doses if floor <= dose and self.make(dose) is not None)
        return next(fits, floor)

    def are_too_small(self, dose: Fraction) -> bool:
        """Whether a dose is too many of what all tablets are multiples of."""
        return dose / self._step > _MOST_TABLETS


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
    doses = [high - step * number for number in range(count + 1)]
    return _laid_out(doses, begins, unit)


def staged_taper(
    start: Quantity,
    stages: Sequence[Stage],
    sizes: Sequence[Quantity],
    first: date,
    hold: Period | None = None,
) -> tuple[TaperStep, ...]:
    """Down from a dose stage by stage, each step a dose that the tablets at hand make.

    Masses of one day. The first dose is kept for `hold`, else for the first period. Between, a dose
    is the nearest that tablets make (the lower of two equally near), and always falls. A last dose
    of nothing ends the taper.

    Raises `DosingRefused`: `taper-not-falling`, `tablet-does-not-fit`, `taper-too-long`.
    """
    tablets = Tablets(sizes)
    unit = tablets.unit
    dose = in_unit(start, unit)
    lows = [in_unit(stage.to, unit) for stage in stages]
    _check_made(dose, lows, tablets)
    _check_falls(dose, min(lows), unit)
    doses, begins, day = [dose], [first], first
    wait = hold
    for stage, low in zip(stages, lows, strict=True):
        while dose > low:
            day, wait = _after(day, wait or stage.every), None
            wanted = stage.below(dose, unit)
            dose = low if wanted <= low else tablets.nearest_below(wanted, dose, low)
            doses.append(dose)
            begins.append(day)
            _check_length(doses)
    return _laid_out(doses, begins, unit)


def _laid_out(
    doses: Sequence[Fraction], begins: Sequence[date], unit: str
) -> tuple[TaperStep, ...]:
    """Each dose up to the day before the next; a dose of nothing only ends the one before."""
    ends = [*(day - timedelta(days=1) for day in begins[1:]), None]
    steps = zip(doses, begins, ends, strict=True)
    return tuple(TaperStep(quantity_of(dose, unit), day, end) for dose, day, end in steps if dose)


def _after(day: date, period: Period) -> date:
    return period.after(datetime(day.year, day.month, day.day)).date()


def _check(high: Fraction, low: Fraction, step: Fraction, unit: str) -> None:
    _check_falls(high, low, unit)
    if (high - low) % step:
        said = [say(quantity_of(one, unit)) for one in (high, low, step)]
        raise DosingRefused.because(
            "tablet-does-not-fit",
            f"Steps of {said[2]} do not lead from {said[0]} to {said[1]} a day.",
            found=said[2],
            mend="state another step with --tablet",
        )


def _check_falls(high: Fraction, low: Fraction, unit: str) -> None:
    if high <= low:
        said = [say(quantity_of(one, unit)) for one in (high, low)]
        raise DosingRefused.because(
            "taper-not-falling",
            f"A taper from {said[0]} to {said[1]} a day does not fall.",
            found=said[0],
            allowed=f"above {said[1]}",
            mend="check the weight and the dose",
        )


def _check_made(dose: Fraction, lows: Sequence[Fraction], tablets: Tablets) -> None:
    for one in (dose, *lows):
        if one and (tablets.are_too_small(one) or tablets.make(one) is None):
            raise DosingRefused.because(
                "tablet-does-not-fit",
                f"The tablets at hand do not make {shown(one)} {tablets.unit} a day.",
                found=shown(one),
                mend="name a smaller tablet with --tablet, or another floor",
            )


def _check_length(doses: Sequence[Fraction]) -> None:
    if len(doses) > _MOST_STEPS:
        raise DosingRefused.because(
            "taper-too-long",
            f"This taper has more than {_MOST_STEPS} steps.",
            mend="state larger steps",
        )


STRAIGHT = Evidence(
    "stepline-design",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "Straight steps of one tablet; the source states the first dose, the last and the time between",
)
ASKED = Evidence(
    "stepline-design",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "Steps that the person asked for; the source states the first dose and the last",
)
