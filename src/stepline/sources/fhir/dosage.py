"""Dose instructions: how much, how often, by which route, from when until when.

The instruction's own words are kept. A number becomes a dose only where both its unit and its
rhythm are told: a count of tablets is no dose, and neither is an amount without a rhythm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil

from stepline.core.evidence import Status
from stepline.core.quantity import Quantity as Measure
from stepline.core.quantity import decimal_of, measures, read_unit
from stepline.core.time import Period, When, parse_period
from stepline.sources.fhir.expanding import due_dates
from stepline.sources.fhir.moments import end_of, length, moment, not_before, start_of, to_the_day
from stepline.sources.fhir.numbers import Number, check_dose, finite, read_range, unit_of, written
from stepline.sources.fhir.rows import RowRefused
from stepline.sources.fhir.schedule import Rhythm, Schedule, read_schedule
from stepline.sources.fhir.structs import Dosage, DoseAndRate, Quantity, Range, Timing
from stepline.vocabulary.model import Concept

DOSES = frozenset(
    {
        "a mass",
        "a dose per kilogram",
        "a dose per square metre",
        "a mass per time",
        "a dose per kilogram and time",
        "a quantity of mass/length^2.time",
        "a volume",
        "a volume per kilogram",
        "a flow",
        "a flow per kilogram",
        "a quantity of [IU]",
        "a quantity of [IU]/body weight",
        "a quantity of substance",
    }
)
"""What the unit of a dose can measure."""

_PER_TIME = frozenset(
    {
        "a mass per time",
        "a dose per kilogram and time",
        "a quantity of mass/length^2.time",
        "a flow",
    }
)


@dataclass(frozen=True, slots=True)
class Ending:
    """When a spell ends, as it is written into an event."""

    time: datetime | None = None
    exact: bool = True
    said: str = ""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction as rows need it: `start` where it differs from the order's own date."""

    number: Number
    schedule: Schedule
    text: str
    start: When | None = None
    ending: Ending | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_spell(self) -> bool:
        """Whether it says of a stretch of time, not of single doses."""
        return self.schedule.rhythm not in (Rhythm.ONCE, Rhythm.DATES)


def read_dosage(
    dosage: Dosage, drug: Concept | None, authored: When | None, *, is_planned: bool = False
) -> Instruction:
    """One instruction of an order or a statement; of a plan as dates, where its timing fixes them.

    Raises `RowRefused` for a number that cannot be used (`value-implausible`, `unit-mismatch`).
    """
    schedule = read_schedule(dosage.timing)
    if is_planned:
        schedule = _dated(schedule, dosage, authored)
    amount, notes = _amount(dosage.dose_and_rate, drug)
    number = amount if amount.value is None else _dose(amount, schedule, drug)
    if amount.value is None and (amount.low is not None or amount.high is not None):
        number = _per_rhythm(amount, schedule)
    if dosage.as_needed_boolean or dosage.as_needed_codeable_concept is not None:
        number = _at_most(number)
    start, ending = _bounds(dosage, schedule, authored)
    says = dosage.text or dosage.patient_instruction
    return Instruction(
        number,
        schedule,
        " ".join(says.split()) or _generated(dosage, amount, schedule),
        start,
        ending,
        tuple(note for note in (*notes, *number.notes, lasting(dosage.timing)) if note),
    )


def _dated(schedule: Schedule, dosage: Dosage, authored: When | None) -> Schedule:
    """A rhythm of single doses as its dates. Doses as needed are on no date; daily ones run."""
    needed = dosage.as_needed_boolean or dosage.as_needed_codeable_concept is not None
    if needed or schedule.rhythm not in (Rhythm.INTERVAL, Rhythm.PER_WEEK, Rhythm.UNKNOWN):
        return schedule
    dates = due_dates(dosage.timing, authored) if dosage.timing else ()
    if not dates:
        return schedule
    says = schedule.says if schedule.rhythm is not Rhythm.UNKNOWN else f"{len(dates)} doses"
    return Schedule(Rhythm.DATES, says, dates=dates, count=schedule.count)


def lasting(timing: Timing | None) -> str:
    """How long each giving takes, in words: `over 30 min`; empty where it is not said."""
    repeat = timing.repeat if timing else None
    if repeat is None or repeat.duration is None:
        return ""
    most = f" to {repeat.duration_max}" if repeat.duration_max is not None else ""
    return f"over {repeat.duration}{most} {repeat.duration_unit}"


def _generated(dosage: Dosage, amount: Number, schedule: Schedule) -> str:
    """The instruction in words, where the source has none of its own; empty if it says nothing."""
    dose = amount.text or _amount_said(amount)
    needed = dosage.as_needed_boolean or dosage.as_needed_codeable_concept is not None
    rhythm = "as needed" if needed and schedule.rhythm is Rhythm.UNKNOWN else schedule.says
    if not dose and schedule.rhythm is Rhythm.UNKNOWN and not needed:
        return ""
    return ", ".join(part for part in (dose, rhythm) if part)


def _amount_said(amount: Number) -> str:
    ends = [end for end in (amount.low, amount.value, amount.high) if end is not None]
    if not ends:
        return ""
    said = [Measure(end, amount.unit).say() for end in ends]
    return " to ".join(said)


# ---------------------------------------------------------------- how much


def _amount(given: tuple[DoseAndRate, ...], drug: Concept | None) -> tuple[Number, tuple[str, ...]]:
    """The single dose: ordered before calculated; two that differ are not chosen between."""
    doses = [one for one in given if one.dose_quantity is not None or one.dose_range is not None]
    ordered = [one for one in doses if _is_ordered(one)] or doses
    rates = tuple(rate_in_words(one) for one in given)
    if not ordered:
        return Number(), rates
    read = [_one_amount(one, drug) for one in ordered]
    if any(one != read[0] for one in read[1:]):
        text = " and ".join(one.text or _amount_said(one) for one in read)
        return Number(text=text), (*rates, "several doses are given: none used")
    return read[0], rates


def _is_ordered(given: DoseAndRate) -> bool:
    return given.type is not None and any(code.code == "ordered" for code in given.type.coding)


def rate_in_words(given: DoseAndRate) -> str:
    """How fast it runs, in the source's characters; empty where that is not said."""
    if given.rate_quantity is not None:
        return f"rate {written(given.rate_quantity)}"
    if given.rate_range is not None:
        ends = (given.rate_range.low, given.rate_range.high)
        return f"rate {' to '.join(written(end) for end in ends if end)}"
    if given.rate_ratio is not None:
        ends = (given.rate_ratio.numerator, given.rate_ratio.denominator)
        return f"rate {' per '.join(written(end) for end in ends if end)}"
    return ""


def _one_amount(given: DoseAndRate, drug: Concept | None) -> Number:
    if given.dose_quantity is not None:
        return read_amount(given.dose_quantity, drug)
    if given.dose_range is not None:
        return read_range(given.dose_range, None)
    return Number()


def read_amount(quantity: Quantity, drug: Concept | None) -> Number:
    """A single dose as written; words where it only counts something (tablets, drops).

    Raises `RowRefused` (`unit-mismatch`) where a known drug is measured in what is no dose.
    """
    value = finite(quantity.value)
    unit, notes = unit_of(quantity)
    if not unit or unit == "1" or unit.startswith("{"):
        said = written(quantity) if quantity.unit or quantity.code else f"{value} (no unit)"
        return Number(text=said, notes=("a count without a strength is no dose",))
    if measures(unit) not in DOSES and drug is None:
        return Number(text=written(quantity))
    if measures(unit) not in DOSES:
        raise RowRefused(
            "unit-mismatch",
            f"{unit} is not a unit of a dose.",
            "write the dose as a mass, a volume, or either per kilogram",
        )
    if quantity.comparator:
        return Number(text=written(quantity), notes=("a dose with a comparator is not used",))
    return Number(value, unit=unit, notes=notes)


def _dose(amount: Number, schedule: Schedule, drug: Concept | None) -> Number:
    """The dose in the rhythm of the schedule, with its single dose and its rate found plausible.

    A daily rate is not held against a weekly range: a weekly drug ordered daily is an overdose that
    guards must see, and quarantine would hide it.
    """
    number = _per_rhythm(amount, schedule)
    if drug is None or amount.value is None:
        return number
    own = ("daily", "weekly") if measures(amount.unit) in _PER_TIME else ("dose", "course")
    check_dose(amount.value, amount.unit, drug, own)
    if number.value is not None and number.unit != amount.unit:
        rate = "daily" if schedule.rhythm is Rhythm.PER_DAY else "weekly"
        check_dose(number.value, number.unit, drug, (rate,))
    return number


def _per_rhythm(amount: Number, schedule: Schedule) -> Number:
    """A single dose as an amount per day or per week, or as it is for an interval and single doses.

    Without a rhythm there is no number: an amount alone would read as a daily dose.
    """
    if schedule.rhythm is Rhythm.UNKNOWN:
        return Number(text=_amount_said(amount), notes=amount.notes)
    if schedule.rhythm not in (Rhythm.PER_DAY, Rhythm.PER_WEEK):
        return amount
    if measures(amount.unit) in _PER_TIME:
        if schedule.rate == 1:
            return amount
        return Number(text=_amount_said(amount), notes=("a rate several times over is not used",))
    return _scaled(amount, schedule)


def _scaled(amount: Number, schedule: Schedule) -> Number:
    per = "d" if schedule.rhythm is Rhythm.PER_DAY else "wk"
    unit, _ = read_unit(f"{amount.unit}/{per}")
    ends = (amount.value, amount.low, amount.high)
    value, low, high = (_times(end, schedule.rate) for end in ends)
    if schedule.rate == 1:
        return replace(amount, value=value, low=low, high=high, unit=unit)
    note = f"{_amount_said(amount)} {schedule.says}"
    return Number(value, low, high, unit, certainty=Status.DERIVED, notes=(*amount.notes, note))


def _times(value: Decimal | None, rate: Fraction) -> Decimal | None:
    return None if value is None else decimal_of(Fraction(value) * rate)


def _at_most(number: Number) -> Number:
    """A dose as needed: from nothing up to it."""
    high = number.value if number.value is not None else number.high
    if high is None:
        return number
    return replace(number, value=None, low=Decimal(0), high=high)


# ---------------------------------------------------------------- from when until when


def _bounds(
    dosage: Dosage, schedule: Schedule, authored: When | None
) -> tuple[When | None, Ending | None]:
    repeat = dosage.timing.repeat if dosage.timing else None
    period = repeat.bounds_period if repeat else None
    start = start_of(period.start) if period and period.start else None
    if period and period.end:
        return start, _ending(moment(period.end), start or authored)
    begin = start or authored
    duration = length(repeat.bounds_duration) if repeat else None
    if duration is not None and begin is not None:
        return start, _after(begin, duration, f"{duration.say()} after the start")
    bounds = repeat.bounds_range if repeat else None
    least = length(bounds.low) if bounds else None
    if bounds is not None and least is not None and begin is not None:
        said = f"{written(bounds.low) if bounds.low else ''} to {_end_said(bounds)} after the start"
        return start, _not_before(begin, least, said)
    rest = _rest(schedule)
    if rest is not None and begin is not None:
        most = repeat.count_max if repeat else None
        if most is not None:
            return start, _not_before(begin, rest, f"{schedule.count} to {most} doses")
        return start, _after(begin, rest, f"{schedule.count} doses")
    return start, None


def _rest(schedule: Schedule) -> Period | None:
    """How long a counted number of doses takes: to the last of them, or so many whole days."""
    if schedule.count is None or schedule.count < 2:
        return None
    if schedule.interval:
        return parse_period(schedule.interval).times(schedule.count - 1)
    if schedule.rhythm is not Rhythm.PER_DAY or not schedule.rate:
        return None
    return Period(days=ceil(schedule.count / schedule.rate))


def _end_said(bounds: Range) -> str:
    return written(bounds.high) if bounds.high else "no stated end"


def _ending(end: When, start: When | None) -> Ending:
    if start is not None:
        not_before(end, start)
    time, exact = end_of(end)
    return Ending(time, exact, end.said)


def _after(begin: When, duration: Period, said: str) -> Ending:
    return Ending(duration.after(begin.latest or begin.time), to_the_day(begin), said)


def _not_before(begin: When, duration: Period, said: str) -> Ending:
    """The first moment at which it can end, where the end is known between two."""
    return Ending(duration.after(begin.earliest or begin.time), exact=False, said=said)


def rate_of(quantity: Quantity | None) -> str:
    """A rate in words."""
    return f"rate {written(quantity)}" if quantity is not None else ""
