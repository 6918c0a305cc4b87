"""An instruction as the dose of a stretch of time: an amount a day, or an amount at an interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import Quantity, decimal_of
from stepline.record.sig_values import Flag, Per, Sig

_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Steady:
    """From `low` to `high` in `unit`, which is per day unless an `interval` (ISO) is told."""

    low: Decimal
    high: Decimal
    unit: str
    interval: str = ""


def with_strength(sig: Sig, amount: Decimal, unit: str) -> Sig:
    """An instruction that counts pieces, with the strength of a piece that the product has."""
    if sig.count is None or sig.strength is not None or sig.amount is not None:
        return sig
    kept = tuple(flag for flag in sig.flags if flag is not Flag.STRENGTH_MISSING)
    return replace(sig, strength=Quantity(amount, unit), flags=kept)


def steady(sig: Sig) -> Steady | None:
    """The dose of a stretch of equal doses; `None` where the text has a flag or another form."""
    ends = sig.dose
    varies = sig.on_days or sig.days or sig.weekdays or sig.taper or sig.once
    if sig.flags or ends is None or varies:
        return None
    low = Decimal(0) if sig.as_needed else ends[0].value
    found = Steady(low, ends[1].value, ends[0].unit)
    if sig.per is Per.DAY:
        return replace(found, unit=f"{found.unit}/d")
    return _repeated(found, sig) if sig.per is Per.DOSE else None


def single(sig: Sig) -> Steady | None:
    """The one dose of an instruction for one; `None` where the text has a flag or another form."""
    ends = sig.dose
    if not sig.once or sig.flags or ends is None or sig.per is not Per.DOSE or sig.as_needed:
        return None
    return Steady(ends[0].value, ends[1].value, ends[0].unit)


def _repeated(one: Steady, sig: Sig) -> Steady | None:
    """Single doses as an amount a day, or at their interval."""
    if sig.every is None or sig.every.iso() == "P1D":
        times = Fraction(max(len(sig.moments), sig.times))
        return _a_day(one, times) if sig.every or sig.moments else None
    if sig.every.hours:
        return _a_day(one, Fraction(_HOURS_A_DAY, sig.every.hours))
    return replace(one, interval=sig.every.iso()) if sig.times == 1 else None


def _a_day(one: Steady, times: Fraction) -> Steady | None:
    """A dose so many times a day; less than once a day is an interval and no amount a day."""
    if times < 1:
        return None
    low, high = (decimal_of(Fraction(end) * times) for end in (one.low, one.high))
    return Steady(low, high, f"{one.unit}/d")
