"""What a dose instruction says, as values: how much of what, how often, until when."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from stepline.core.quantity import Quantity
from stepline.core.time import Period


class Per(StrEnum):
    """What one amount stands for."""

    DOSE = "dose"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    COURSE = "course"
    NOT_STATED = "not stated"


class Body(StrEnum):
    """Whether an amount is scaled by the body."""

    ABSOLUTE = "absolute"
    PER_KG = "per kg"
    PER_M2 = "per m2"


class Flag(StrEnum):
    """Why an instruction that can be read is still not to be relied on."""

    TOTAL_OR_EACH = "total-or-each"
    DAY_OR_DOSE = "day-or-dose"
    RHYTHM_MISSING = "rhythm-missing"
    REPEATS_MISSING = "repeats-missing"
    STRENGTH_MISSING = "strength-missing"
    COUNT_AMOUNT_DIFFER = "count-amount-differ"
    WEEKLY_DRUG_DAILY = "weekly-drug-daily"
    EVERY_OR_TIMES = "every-or-times"
    RIGHT_EYE = "right-eye"
    STEP_LENGTH_MISSING = "step-length-missing"
    DECIMAL_NAKED = "decimal-naked"
    DECIMAL_TRAILING = "decimal-trailing"


FLAG_SAYS: dict[Flag, str] = {
    Flag.TOTAL_OR_EACH: "The amount can be the total of the course or the dose of each day.",
    Flag.DAY_OR_DOSE: "The amount can be the total of a day or each of its doses.",
    Flag.RHYTHM_MISSING: "How often it is given is not said.",
    Flag.REPEATS_MISSING: "How many doses are given is not said.",
    Flag.STRENGTH_MISSING: "A count without a strength is no dose.",
    Flag.COUNT_AMOUNT_DIFFER: "The count times the strength is not the amount beside it.",
    Flag.WEEKLY_DRUG_DAILY: "This drug is given once a week; the text says more often.",
    Flag.EVERY_OR_TIMES: "A number before weekly can be every so many weeks, or so many a week.",
    Flag.RIGHT_EYE: "The letters od are once a day to some and the right eye to others.",
    Flag.STEP_LENGTH_MISSING: "How long this step lasts is not said.",
    Flag.DECIMAL_NAKED: "A decimal point without a number before it is easily overlooked.",
    Flag.DECIMAL_TRAILING: "A zero after the decimal point is easily read as ten times the dose.",
}
"""Each flag as a sentence."""


class Remark(StrEnum):
    """What an instruction was taken to mean, where that is worth saying."""

    OD_DAILY = "od-daily"
    TOTAL_BY_AMOUNT = "total-by-amount"
    ALTERNATE_DAYS = "alternate-days"


REMARK_SAYS: dict[Remark, str] = {
    Remark.OD_DAILY: "od is read as once a day: the drug has no dose by mass for the eye",
    Remark.TOTAL_BY_AMOUNT: "read as the total: as each day's dose it would be implausible",
    Remark.ALTERNATE_DAYS: "alternate-days: what is taken a day is a mean",
}
"""Each remark as it is noted."""


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `low` to `high`, both included; equal where it is exact."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Taper:
    """Steps down: `by` a quantity (or percent, unit `%`), one each `every`, down to `to`."""

    by: Quantity
    every: Period
    to: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Sig:
    """One dose instruction as its text says it; what the text does not say is empty.

    `amount` is a number of `unit` (UCUM, such as `mg`, `g/kg`, `mg/m2`) and stands for `per`.
    `count` is a number of `form` (`tablet`), each of `strength`. `times` doses are given each
    `every`. `on_days` is the number of consecutive days of a course that is repeated each `every`;
    `days` are the days of a course as written. Where the amounts of two days take turns,
    `alternate` is that of the second. `repeats` is the number of doses or courses; `lasting` is how
    long one giving takes. `readings` holds each meaning of an ambiguous text.
    """

    drug: str = ""
    amount: Between | None = None
    unit: str = ""
    per: Per = Per.DOSE
    alternate: Between | None = None
    count: Between | None = None
    form: str = ""
    strength: Quantity | None = None
    route: str = ""
    every: Period | None = None
    times: int = 1
    moments: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    on_days: Between | None = None
    repeats: int | None = None
    once: bool = False
    duration: Period | None = None
    lasting: Period | None = None
    until: str = ""
    as_needed: bool = False
    taper: Taper | None = None
    flags: tuple[Flag, ...] = ()
    remarks: tuple[Remark, ...] = ()
    readings: tuple[Sig, ...] = ()

    @property
    def body(self) -> Body:
        """Whether the amount is scaled by the body."""
        if self.unit.endswith("/kg"):
            return Body.PER_KG
        return Body.PER_M2 if self.unit.endswith("/m2") else Body.ABSOLUTE

    @property
    def dose(self) -> tuple[Quantity, Quantity] | None:
        """The lowest and the highest amount: as said, else the count times the strength."""
        if self.amount is not None and self.alternate is not None:
            low = min(self.amount.low, self.alternate.low)
            high = max(self.amount.high, self.alternate.high)
            return Quantity(low, self.unit), Quantity(high, self.unit)
        if self.amount is not None:
            return Quantity(self.amount.low, self.unit), Quantity(self.amount.high, self.unit)
        if self.count is None or self.strength is None:
            return None
        each, unit = self.strength.value, self.strength.unit
        return Quantity(self.count.low * each, unit), Quantity(self.count.high * each, unit)

    @property
    def a_day(self) -> tuple[Quantity, Quantity] | None:
        """What is taken on alternate days as a mean a day, exact; `None` for other rhythms.

        Half of a dose every second day, and half of the sum where two doses take turns.
        """
        ends = self.dose
        if ends is None or Remark.ALTERNATE_DAYS not in self.remarks:
            return None
        low, high = (end.value for end in ends)
        if self.alternate is not None and self.amount is not None:
            low, high = self.amount.low + self.alternate.low, self.amount.high + self.alternate.high
        return Quantity(low / 2, ends[0].unit), Quantity(high / 2, ends[1].unit)

    @property
    def day_offsets(self) -> tuple[int, ...]:
        """The days counted from the first of them: (1, 15) and (0, 14) are both (0, 14)."""
        return tuple(day - self.days[0] for day in self.days)

    @property
    def is_ambiguous(self) -> bool:
        """Whether the text has more than one meaning."""
        return bool(self.readings)


@dataclass(frozen=True, slots=True)
class Unread:
    """A text that is not read, and why. The reason never quotes the text."""

    code: str
    reason: str
