"""An instruction as the dose of a stretch of time, of a course, and of one giving."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import Quantity, comparable, decimal_of
from stepline.record.sig_judging import MONTH, WEEK, WEEKLY_DRUGS
from stepline.record.sig_settling import can_be_course
from stepline.record.sig_values import REMARK_SAYS, Between, Flag, Per, Remark, Sig
from stepline.record.totals import (
    ALTERNATE_DAYS,
    COURSE_TOTAL,
    MONTH_TOTAL,
    WEEK_TOTAL,
    over_days,
    total_of_each,
)

_HOURS_A_DAY = 24
_LONGEST_COURSE_DAYS = 31


@dataclass(frozen=True, slots=True)
class Steady:
    """From `low` to `high` in `unit`, which is per day or week unless an `interval` (ISO) is told.

    `note` says what the amount stands for where that is no single dose; an amount with neither a
    rate nor an interval is that of one course.
    """

    low: Decimal
    high: Decimal
    unit: str
    interval: str = ""
    note: str = ""

    @property
    def ends(self) -> tuple[Quantity, Quantity]:
        """The lowest and the highest amount."""
        return Quantity(self.low, self.unit), Quantity(self.high, self.unit)

    @property
    def is_rate(self) -> bool:
        """Whether the amount is one per day or week."""
        return self.unit.endswith(("/d", "/wk"))


def with_strength(sig: Sig, amount: Decimal, unit: str) -> Sig:
    """An instruction that counts pieces, with the strength of a piece that the product has."""
    if sig.count is None or sig.strength is not None or sig.amount is not None:
        return sig
    kept = tuple(flag for flag in sig.flags if flag is not Flag.STRENGTH_MISSING)
    return replace(sig, strength=Quantity(amount, unit), flags=kept)


def steady(sig: Sig) -> Steady | None:
    """The dose of a stretch of equal doses; `None` where the text has a flag or another form."""
    ends = sig.dose
    if sig.flags or ends is None or sig.days or sig.taper or sig.once:
        return None
    whole = as_whole(sig)
    if whole is not None:
        return whole
    low = Decimal(0) if sig.as_needed else ends[0].value
    found = Steady(low, ends[1].value, ends[0].unit)
    if sig.per is Per.DAY and sig.on_days is None:
        return replace(found, unit=f"{found.unit}/d")
    return _repeated(found, sig) if sig.per is Per.DOSE and sig.on_days is None else None


def giving(sig: Sig) -> tuple[Quantity, Quantity] | None:
    """The lowest and highest amount of one giving; `None` where it does not follow from the text.

    `15 mg weekly` is 15 mg each time; the total of a course, and what is taken in a day, a week or
    a month, are not told for each giving. That no rhythm is said matters only between givings.
    """
    open_flags = [
        flag for flag in sig.flags if flag not in (Flag.RHYTHM_MISSING, Flag.REPEATS_MISSING)
    ]
    weekly = once_a_week(sig)
    if open_flags or weekly.per is not Per.DOSE or sig.taper or sig.as_needed:
        return None
    return weekly.dose


def once_a_week(sig: Sig) -> Sig:
    """A week's amount of a drug that is given once a week as its weekly dose."""
    is_weekly = sig.per is Per.WEEK and sig.drug in WEEKLY_DRUGS
    return replace(sig, per=Per.DOSE, every=WEEK) if is_weekly else sig


def noted(sig: Sig) -> tuple[str, ...]:
    """What a text was taken to mean and what its amount is the total of, as notes of a row."""
    whole = as_whole(sig)
    said = [REMARK_SAYS[remark] for remark in sig.remarks if not _is_said_by(whole, remark)]
    return (*said, whole.note) if whole is not None and whole.note else tuple(said)


def _is_said_by(whole: Steady | None, remark: Remark) -> bool:
    return whole is not None and whole.note.startswith(f"{remark.value}:")


# ---------------------------------------------------------------- no single doses


def as_whole(sig: Sig) -> Steady | None:
    """The amount of a course, a month, a week or of days by turns; `None` for single doses.

    Nothing is divided: how the total of a course is spread over its days stays open where the text
    does not say it. Days of one stated dose are added up, which is exact.
    """
    if sig.alternate is not None:
        return _by_turns(sig)
    ends = sig.dose
    if ends is None or sig.weekdays or sig.moments:
        return None
    low = Decimal(0) if sig.as_needed else ends[0].value
    found = Steady(low, ends[1].value, ends[0].unit)
    if sig.per is Per.MONTH:
        return replace(found, interval=MONTH.iso(), note=MONTH_TOTAL)
    if sig.per is Per.WEEK:
        return _of_weeks(found, sig)
    return _of_course(found, sig) if sig.per is Per.COURSE or sig.on_days else None


def _by_turns(sig: Sig) -> Steady | None:
    mean = sig.a_day
    if mean is None or sig.amount is None or sig.alternate is None or sig.as_needed:
        return None
    one, other = (_said(between, sig.unit) for between in (sig.amount, sig.alternate))
    note = f"{ALTERNATE_DAYS}: the mean of {one} and {other}, which take turns"
    return Steady(mean[0].value, mean[1].value, f"{sig.unit}/d", note=note)


def _of_weeks(found: Steady, sig: Sig) -> Steady | None:
    """A week's amount: that of each dose where the drug is given once a week, else a rate."""
    if once_a_week(sig).per is Per.DOSE:
        note = f"{sig.drug} is given once a week, so the week's amount is its dose"
        return replace(found, interval=WEEK.iso(), note=note)
    is_mass = comparable(found.unit.partition("/")[0], "mg")
    return replace(found, unit=f"{found.unit}/wk", note=WEEK_TOTAL) if is_mass else None


def _of_course(found: Steady, sig: Sig) -> Steady | None:
    if sig.per is Per.NOT_STATED or (sig.repeats is not None and sig.on_days is None):
        return None
    days = _days(sig)
    interval = sig.every.iso() if sig.every is not None else ""
    if sig.per is Per.COURSE:
        return replace(found, interval=interval, note=_total_said(sig, days))
    if days is None or days.low != days.high or found.low != found.high:
        return None
    note = over_days(_plain(days), str(Quantity(found.low, found.unit)))
    total = Decimal(format((found.low * days.low).normalize(), "f"))
    if not can_be_course(Quantity(total, found.unit), sig.drug):
        return None
    return replace(found, low=total, high=total, interval=interval, note=note)


def _total_said(sig: Sig, days: Between | None) -> str:
    if days is not None:
        return over_days(_plain(days))
    return total_of_each(sig.every.say()) if sig.every is not None else COURSE_TOTAL


def _days(sig: Sig) -> Between | None:
    """Over how many days a course runs; a duration without a cycle is its length."""
    if sig.on_days is not None or sig.every is not None or sig.duration is None:
        return sig.on_days
    days = sig.duration.days
    is_exact = 0 < days <= _LONGEST_COURSE_DAYS and not sig.duration.months
    return Between(Decimal(days), Decimal(days)) if is_exact else None


def _plain(between: Between) -> str:
    ends = dict.fromkeys(format(end.normalize(), "f") for end in (between.low, between.high))
    return " to ".join(ends)


def _said(between: Between, unit: str) -> str:
    return f"{_plain(between)} {unit}"


# ---------------------------------------------------------------- single doses


def single(sig: Sig) -> Steady | None:
    """The one dose of an instruction for one; `None` where the text has a flag or another form."""
    ends = sig.dose
    if not sig.once or sig.flags or ends is None or sig.per is not Per.DOSE or sig.as_needed:
        return None
    return Steady(ends[0].value, ends[1].value, ends[0].unit)


def _repeated(one: Steady, sig: Sig) -> Steady | None:
    """Single doses as an amount a day or a week, or at their interval."""
    if sig.every is None or sig.every.iso() == "P1D":
        times = Fraction(max(len(sig.moments), sig.times))
        return _a_day(one, times) if sig.every or sig.moments else None
    if sig.every.hours:
        return _a_day(one, Fraction(_HOURS_A_DAY, sig.every.hours))
    times = Fraction(max(len(sig.weekdays), sig.times))
    if times == 1:
        return replace(one, interval=sig.every.iso())
    return _rate(one, times, "wk") if sig.every.iso() == WEEK.iso() else None


def _a_day(one: Steady, times: Fraction) -> Steady | None:
    """A dose so many times a day; less than once a day is an interval and no amount a day."""
    return _rate(one, times, "d") if times >= 1 else None


def _rate(one: Steady, times: Fraction, per: str) -> Steady:
    low, high = (decimal_of(Fraction(end) * times) for end in (one.low, one.high))
    return Steady(low, high, f"{one.unit}/{per}")
