"""How well given doses fit a regimen."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from stepline.core.time import Period, parse_period
from stepline.protocol.model import Basis, PeriodRange, QuantityRange, Regimen
from stepline.record.totals import days_of_course

TOLERANCE = Decimal("0.15")
"""How far a dose may lie from a regimen that states no band of its own: rounding to vials."""

FITS, OPEN, FAILS = 1, 0, -1
"""Whether something fits; `OPEN` where it cannot be told."""


def own_band(regimen: Regimen) -> QuantityRange | None:
    """The band of a regimen that states none: its dose, give or take 15 %."""
    dose = regimen.give.dose
    if dose is None or regimen.give.basis is Basis.UNKNOWN or regimen.give.capped_at:
        return None  # of a capped dose, what a large body gets lies in no band of its own
    low = type(dose)(dose.value * (1 - TOLERANCE), dose.unit)
    high = type(dose)(dose.value * (1 + TOLERANCE), dose.unit)
    return QuantityRange(low, high)


# ---------------------------------------------------------------- intervals


def interval_band(regimen: Regimen) -> PeriodRange | None:
    """The regimen's interval from cycle to cycle: its own band, or what it prescribes ± a third."""
    if regimen.recognise and regimen.recognise.interval:
        return regimen.recognise.interval
    every = _prescribed(regimen)
    if every is None:
        return None
    return PeriodRange(every, every)


def _prescribed(regimen: Regimen) -> Period | None:
    repeat = regimen.repeat
    if repeat is None:
        return None
    if repeat.every is not None:
        return repeat.every
    gaps = [b - a for a, b in pairwise(repeat.offsets)]
    return Period(days=gaps[0]) if gaps else None


def interval_days(regimen: Regimen) -> tuple[int, int] | None:
    """The regimen's interval band in calendar days, widened by a third where it has no own band."""
    band = interval_band(regimen)
    if band is None:
        return None
    own = regimen.recognise is not None and regimen.recognise.interval is not None
    low, high = band.low.shortest_days, band.high.longest_days
    return (low, high) if own else (low - low // 3, high + high // 3)


def stated_interval_fit(interval: str, regimen: Regimen) -> int:
    """Whether an interval stated in the record is the regimen's: a month and 28 days differ."""
    every = _prescribed(regimen)
    if every is None and regimen.give.basis is Basis.PER_DAY and interval in ("", "P1D"):
        return FITS
    if every is None:
        return OPEN if not interval else FAILS
    if not interval:
        return OPEN
    if parse_period(interval) == every:
        return FITS
    band = interval_days(regimen)
    days = parse_period(interval).shortest_days
    return OPEN if band is not None and band[0] <= days <= band[1] else FAILS


def intent_fit(intent: str, regimen: Regimen) -> int:
    """Whether a stated intent is the regimen's."""
    if not intent:
        return OPEN
    return FITS if intent == regimen.intent.value else FAILS


def speaks_of_totals(regimen: Regimen) -> bool:
    """Whether a regimen is told by the amount of a cycle, however that is divided."""
    return regimen.recognise is not None and regimen.recognise.per_course is not None


def other_days(note: str, regimen: Regimen) -> str:
    """Over how many days a total is stated to be given, where these are not the regimen's days."""
    days, band = days_of_course(note), regimen.recognise.days if regimen.recognise else None
    if days is None or band is None or band[0] <= days <= band[1]:
        return ""
    said = " to ".join(dict.fromkeys(str(end) for end in band))
    return f"over {days} days, not {said}"
