"""Numbers that may be bounded instead of exact, and how they compare.

An amount is an interval: exact when both ends are equal, unbounded where an end is `None`. A value
known only as "up to 90 mg/d", "normal" or "between 5 and 90" is an interval, and a comparison is
unknown exactly when the interval does not decide it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import comparable, factor
from stepline.core.time import Period
from stepline.engine.finding import Missing, Verdict
from stepline.protocol.criterion import Operator


@dataclass(frozen=True, slots=True)
class Amount:
    """From `low` to `high` in `unit`; an end may be open (`low_open`) or absent (`None`).

    `events` are the ids it was read from, `says` what was seen, `missing` why it is not exact.
    """

    low: Decimal | None
    high: Decimal | None
    unit: str
    low_open: bool = False
    high_open: bool = False
    events: tuple[int, ...] = ()
    says: str = ""
    missing: tuple[Missing, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether it is one number."""
        return self.low is not None and self.low == self.high

    @property
    def is_unknown(self) -> bool:
        """Whether nothing at all is known of it."""
        return self.low is None and self.high is None


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The time from a moment (known between two bounds) to another."""

    earliest: datetime | None
    latest: datetime | None
    until: datetime
    events: tuple[int, ...] = ()
    says: str = ""
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Lasting:
    """A length of time known between two: from `shortest` to `longest`, both exact or open."""

    shortest: Elapsed
    longest: Elapsed
    events: tuple[int, ...] = ()
    says: str = ""
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Graded:
    """A response category known between two, as ranks 0 (none) to 3 (major)."""

    low: int | None
    high: int | None
    events: tuple[int, ...] = ()
    says: str = ""
    missing: tuple[Missing, ...] = ()


def exact(value: Decimal, unit: str, events: tuple[int, ...] = (), says: str = "") -> Amount:
    """One number."""
    return Amount(value, value, unit, events=events, says=says)


def unknown(unit: str, *missing: Missing, says: str = "", events: tuple[int, ...] = ()) -> Amount:
    """Nothing known, and why."""
    return Amount(None, None, unit, missing=missing, says=says, events=events)


def times(value: Decimal | None, by: Fraction) -> Decimal | None:
    """A number times a fraction, multiplied before it is divided: what is exact stays so."""
    if value is None:
        return None
    return value * by.numerator / by.denominator


def scaled(amount: Amount, by: Fraction, unit: str) -> Amount:
    """The amount times a positive number, in another unit."""
    low, high = times(amount.low, by), times(amount.high, by)
    return replace(amount, low=low, high=high, unit=unit)


def converted(amount: Amount, unit: str) -> Amount:
    """The same amount in another unit; raises `QuantityRefused` where it has none."""
    if amount.unit == unit or (amount.is_unknown and not comparable(amount.unit, unit)):
        return amount
    return scaled(amount, factor(amount.unit, unit), unit)


def added(parts: list[Amount], unit: str) -> Amount:
    """The sum of amounts in one unit; open where any part is open."""
    lows = [p.low for p in parts]
    highs = [p.high for p in parts]
    return Amount(
        None if None in lows else sum((x for x in lows if x is not None), Decimal(0)),
        None if None in highs else sum((x for x in highs if x is not None), Decimal(0)),
        unit,
        events=tuple(dict.fromkeys(e for p in parts for e in p.events)),
        says="; ".join(dict.fromkeys(p.says for p in parts if p.says)),
        missing=tuple(dict.fromkeys(m for p in parts for m in p.missing)),
    )


def compare(left: Amount, operator: Operator, right: Amount) -> Verdict:
    """Whether the comparison holds for every, for no, or for some value of the two intervals."""
    match operator:
        case Operator.LESS:
            return _less(left, right, strict=True)
        case Operator.LESS_OR_EQUAL:
            return _less(left, right, strict=False)
        case Operator.GREATER:
            return _less(right, left, strict=True)
        case Operator.GREATER_OR_EQUAL:
            return _less(right, left, strict=False)
        case Operator.EQUAL:
            return _equal(left, right)


def _less(a: Amount, b: Amount, *, strict: bool) -> Verdict:
    if a.high is not None and b.low is not None:
        apart = a.high < b.low
        touch = a.high == b.low
        if apart or (touch and (not strict or a.high_open or b.low_open)):
            return Verdict.TRUE
    if a.low is not None and b.high is not None:
        apart = a.low > b.high
        touch = a.low == b.high
        if apart or (touch and (strict or a.low_open or b.high_open)):
            return Verdict.FALSE
    return Verdict.UNKNOWN


def _equal(a: Amount, b: Amount) -> Verdict:
    if a.is_exact and b.is_exact:
        return Verdict.TRUE if a.low == b.low else Verdict.FALSE
    below, above = _less(a, b, strict=True), _less(b, a, strict=True)
    return Verdict.FALSE if Verdict.TRUE in (below, above) else Verdict.UNKNOWN


def compare_elapsed(elapsed: Elapsed, operator: Operator, period: Period) -> Verdict:
    """Compares the time since a moment with a period, in calendar days, from the moment itself.

    `>= P6M` is true from the day on which six calendar months have passed since the anchor; a
    month is never turned into days.
    """
    signs = {_sign(elapsed.earliest, elapsed.until, period, 1)}
    signs.add(_sign(elapsed.latest, elapsed.until, period, -1))
    if len(signs) == 2 and signs == {1, -1}:
        signs.add(0)
    verdicts = {_holds(sign, operator) for sign in signs}
    if len(verdicts) == 2:
        return Verdict.UNKNOWN
    return Verdict.TRUE if verdicts.pop() else Verdict.FALSE


def compare_lasting(lasting: Lasting, operator: Operator, period: Period) -> Verdict:
    """Whether the comparison holds for the shortest and the longest time alike."""
    one = compare_elapsed(lasting.shortest, operator, period)
    other = compare_elapsed(lasting.longest, operator, period)
    if operator is not Operator.EQUAL:
        return one if one is other else Verdict.UNKNOWN
    if one is other is Verdict.TRUE:
        return Verdict.TRUE
    above = compare_elapsed(lasting.shortest, Operator.GREATER, period) is Verdict.TRUE
    below = compare_elapsed(lasting.longest, Operator.LESS, period) is Verdict.TRUE
    return Verdict.FALSE if above or below else Verdict.UNKNOWN


def _sign(start: datetime | None, until: datetime, period: Period, unbounded: int) -> int:
    """-1, 0 or 1 as less, exactly or more than the period has passed; `unbounded` with no start."""
    if start is None:
        return unbounded
    due, now = period.after(start).date(), until.date()
    return (now > due) - (now < due)


def _holds(sign: int, operator: Operator) -> bool:
    return {
        Operator.LESS: sign < 0,
        Operator.LESS_OR_EQUAL: sign <= 0,
        Operator.EQUAL: sign == 0,
        Operator.GREATER_OR_EQUAL: sign >= 0,
        Operator.GREATER: sign > 0,
    }[operator]


def compare_graded(graded: Graded, operator: Operator, rank: int) -> Verdict:
    """Compares a response category with another."""
    low = None if graded.low is None else Decimal(graded.low)
    high = None if graded.high is None else Decimal(graded.high)
    return compare(Amount(low, high, "1"), operator, exact(Decimal(rank), "1"))
