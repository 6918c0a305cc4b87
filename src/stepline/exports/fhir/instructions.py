"""The instructions of one request read back: each dose with its dates, then its rates."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from stepline.core.errors import Refused
from stepline.core.quantity import Quantity, comparable, in_unit, read_unit
from stepline.core.time import parse_date
from stepline.dosing.plan_model import RateStep, Vials
from stepline.exports.fhir.names import CONCENTRATION, EXACT_MINUTES, PLANNED_DOSE
from stepline.exports.fhir.shapes import Dosage, Extension, Repeat, Request
from stepline.exports.fhir.told import ToldDose
from stepline.sources.fhir import structs
from stepline.sources.fhir.numbers import finite
from stepline.sources.fhir.rows import RowRefused
from stepline.sources.fhir.structs import DoseAndRate

T = TypeVar("T")
_RATIO = re.compile(r"[1-9]\d{0,99}/[1-9]\d{0,99}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_MINUTES = 60 * 24 * 366


class BundleProblem(Exception):
    """One thing wrong with a bundle; `path` is within its request."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        found: str = "",
        allowed: str = "",
        mend: str = "",
        path: str = "",
    ) -> None:
        self.code, self.message, self.path = code, message, path
        self.found, self.allowed, self.mend = found, allowed, mend
        super().__init__(message)


@dataclass(slots=True)
class _Span:
    """The doses of one instruction, and the rates that follow it."""

    dates: tuple[dt.date, ...]
    doses: list[ToldDose]
    steps: list[RateStep] = field(default_factory=list)


def read_instructions(request: Request, drug: str) -> Iterator[ToldDose | BundleProblem]:
    """Every dose of a request, in the order of its sequence numbers, and every problem.

    A request without a planned dose (what is given before an infusion) gives nothing.
    """
    ordered = sorted(
        request.dosage_instruction, key=lambda one: (one.sequence, _planned(one) is None)
    )
    if not any(_planned(one) for one in ordered):
        return
    yield from _same_sequence(ordered)
    concentration = _attempt(lambda: _concentration(request))
    if isinstance(concentration, BundleProblem):
        yield concentration
        return
    spans: list[_Span] = []
    for dosage in ordered:
        outcome = _attempt(lambda one=dosage: _take(one, drug, concentration, spans))  # type: ignore[misc]
        if isinstance(outcome, BundleProblem):
            outcome.path = f"dosageInstruction (sequence {dosage.sequence})"
            yield outcome
    for span in spans:
        yield from (replace(dose, steps=tuple(span.steps)) for dose in span.doses)


def _attempt(reading: Callable[[], T]) -> T | BundleProblem:
    try:
        return reading()
    except BundleProblem as problem:
        return problem
    except RowRefused as refusal:
        return BundleProblem(refusal.code, refusal.reason, mend=refusal.mend)
    except Refused as refusal:
        one = refusal.problems[0]
        return BundleProblem(one.code, one.message, mend=one.mend)


def _same_sequence(ordered: list[Dosage]) -> Iterator[BundleProblem]:
    numbers = [(one.sequence, _planned(one) is None) for one in ordered]
    if len(set(numbers)) < len(numbers) or ordered[0].sequence < 1:
        yield BundleProblem(
            "sequence-wrong",
            "The instructions of this request are not in one order.",
            allowed="sequence numbers from 1 on; one dose and one rate may share a number",
            path="dosageInstruction",
        )


def _take(dosage: Dosage, drug: str, concentration: Quantity | None, spans: list[_Span]) -> None:
    planned = _planned(dosage)
    if planned is None:
        _add_rate(dosage, concentration, spans)
        return
    repeat = dosage.timing.repeat if dosage.timing else None
    stretch = _stretch(dosage, repeat)
    dates = (stretch[0],) if stretch else _dates(dosage, repeat)
    first = _dose(dosage, planned, drug, dates[0], concentration)
    if stretch:
        until = stretch[1]
        apart = _days_apart(first, repeat)
        days = (until - dates[0]).days // apart + 1 if until is not None else None
        spans.append(_Span(dates, [replace(first, until=until, days=days)]))
        return
    doses = [
        replace(first, date=day, course=first.course + place) for place, day in enumerate(dates)
    ]
    spans.append(_Span(dates, doses))


def _planned(dosage: Dosage) -> Extension | None:
    return next((one for one in dosage.extension if one.url == PLANNED_DOSE), None)


# ---------------------------------------------------------------- the dose


def _dose(
    dosage: Dosage, planned: Extension, drug: str, day: dt.date, concentration: Quantity | None
) -> ToldDose:
    parts = {one.url: one for one in planned.extension}
    missing = [name for name in ("exact", "course", "day", "per") if name not in parts]
    if missing:
        raise BundleProblem(
            "dose-incomplete", "The extension of a planned dose is not whole.",
            found=f"without {', '.join(missing)}", allowed="exact, course, day, per",
        )  # fmt: skip
    if len(dosage.dose_and_rate) != 1 or dosage.dose_and_rate[0].dose_quantity is None:
        raise BundleProblem(
            "dose-missing", "A planned dose holds one dose as a quantity.",
            found=f"{len(dosage.dose_and_rate)} doses",
        )  # fmt: skip
    amount = _measure(dosage.dose_and_rate[0].dose_quantity)
    exact = _measure(parts["exact"].value_quantity)
    if not (comparable(amount.unit, "mg") and comparable(exact.unit, "mg")):
        raise BundleProblem("dose-not-mass", "A planned dose is a mass.", found=amount.unit)
    return ToldDose(
        date=day,
        until=None,
        days=1,
        drug=drug,
        course=_count(parts["course"].value_positive_int, "course"),
        day=_count(parts["day"].value_positive_int, "day"),
        per=_per(parts["per"].value_code),
        amount=amount,
        exact=exact,
        pieces=_pieces(planned),
        are_tablets=any(
            one.url == "in" and one.value_code == "tablet" for one in planned.extension
        ),
        concentration=concentration,
        steps=(),
    )


def _measure(quantity: structs.Quantity | None) -> Quantity:
    """A number above nothing in a UCUM unit."""
    if quantity is None or quantity.comparator:
        raise BundleProblem("dose-missing", "A quantity is missing, or only bounded.")
    value = finite(quantity.value)
    if value <= 0:
        raise BundleProblem("dose-not-above-nothing", "A dose or a rate is above nothing.")
    unit, _ = read_unit(quantity.code)
    return Quantity(value, unit)


def _count(value: int | None, name: str) -> int:
    if value is None or not 1 <= value <= 10_000:
        raise BundleProblem(
            "dose-incomplete", f"The number of the {name} is missing or out of range.",
            allowed="1 to 10000",
        )  # fmt: skip
    return value


def _per(code: str | None) -> str:
    if code not in ("day", "dose", "other-day"):
        raise BundleProblem(
            "dose-incomplete", "What a dose is per is not stated.", allowed="day, dose, other-day"
        )
    return code


def _pieces(planned: Extension) -> Vials:
    pieces = []
    for one in planned.extension:
        if one.url in ("vial", "tablet"):
            parts = {part.url: part for part in one.extension}
            count = parts["count"].value_unsigned_int if "count" in parts else None
            size = parts["size"].value_quantity if "size" in parts else None
            if count is None or not 0 <= count <= 100_000:
                raise BundleProblem("dose-incomplete", f"A {one.url} has no count.")
            pieces.append((_measure(size), count))
    return tuple(pieces)


def _concentration(request: Request) -> Quantity | None:
    found = [one for one in request.extension if one.url == CONCENTRATION]
    if not found:
        return None
    concentration = _measure(found[0].value_quantity)
    if not comparable(concentration.unit, "mg/mL"):
        raise BundleProblem(
            "concentration-wrong", "A concentration is a mass in a volume.",
            found=concentration.unit,
        )  # fmt: skip
    return concentration


# ---------------------------------------------------------------- dates


def _day(text: str) -> dt.date:
    if not _DAY.fullmatch(text):
        raise BundleProblem(
            "date-not-a-day", "A planned dose has a whole day.", found=text[:20],
            allowed="a day such as 2026-01-05",
        )  # fmt: skip
    return parse_date(text).time.date()


def _stretch(dosage: Dosage, repeat: Repeat | None) -> tuple[dt.date, dt.date | None] | None:
    """From when until when a daily dose runs; `None` for doses on dates."""
    if (dosage.timing and dosage.timing.event) or repeat is None:
        return None
    period = repeat.bounds_period
    daily = repeat.frequency == 1 and repeat.period in (1, 2) and repeat.period_unit == "d"
    if period is None or not period.start or not daily:
        raise BundleProblem(
            "dates-missing",
            "A planned dose has dates, or a period with one dose a day or every second day.",
        )
    start = _day(period.start)
    end = _day(period.end) if period.end else None
    if end is not None and end < start:
        raise BundleProblem(
            "end-before-start", "A stretch of daily doses ends before it begins.",
            found=period.end,
        )  # fmt: skip
    return start, end


def _days_apart(dose: ToldDose, repeat: Repeat | None) -> int:
    """The days from dose to dose of a stretch; the rule and the extension must say the same."""
    apart = 2 if dose.per == "other-day" else 1
    if repeat is None or repeat.period != apart:
        raise BundleProblem(
            "timing-contradicts",
            "How often this dose is given is told in two ways.",
            found=dose.per,
            allowed="a period of 2 days for other-day, of 1 day for day",
        )
    return apart


def _dates(dosage: Dosage, repeat: Repeat | None) -> tuple[dt.date, ...]:
    dates = tuple(map(_day, dosage.timing.event if dosage.timing else ()))
    if not dates:
        raise BundleProblem("dates-missing", "A planned dose has no date.")
    if list(dates) != sorted(set(dates)):
        raise BundleProblem(
            "dates-not-rising", "The dates of a planned dose do not follow one another."
        )
    if repeat is not None and repeat.day_of_week:
        _check_weekly(dates, repeat)
    return dates


def _check_weekly(dates: tuple[dt.date, ...], repeat: Repeat) -> None:
    """The rule beside the dates must say the same dates."""
    period, weeks = repeat.bounds_period, repeat.period
    whole = weeks is not None and 1 <= weeks <= 520 and weeks == weeks.to_integral_value()
    step = timedelta(weeks=int(weeks)) if whole and weeks is not None else None
    named = repeat.day_of_week == (_WEEKDAYS[dates[0].isoweekday() - 1],)
    ends = period is not None and (period.start, period.end) == (
        dates[0].isoformat(),
        dates[-1].isoformat(),
    )
    even = step is not None and all(other - one == step for one, other in pairwise(dates))
    if not (named and ends and even and repeat.frequency == 1 and repeat.period_unit == "wk"):
        raise BundleProblem(
            "timing-contradicts",
            "The dates of this dose and its rule (weekday, weeks, period) say different things.",
            allowed="the same dates in Timing.event and Timing.repeat",
        )


# ---------------------------------------------------------------- rates


def _add_rate(dosage: Dosage, concentration: Quantity | None, spans: list[_Span]) -> None:
    given = dosage.dose_and_rate
    if len(given) != 1 or given[0].dose_quantity is not None or given[0].dose_range is not None:
        raise BundleProblem(
            "dose-unplanned", "This instruction holds a dose that is no planned dose.",
            allowed="rates of the dose before it",
        )  # fmt: skip
    if not spans or _dates(dosage, None) != spans[-1].dates:
        raise BundleProblem(
            "rate-of-no-dose", "The dates of this rate are not those of the dose before it."
        )
    minutes = _minutes(dosage.timing.repeat if dosage.timing else None)
    spans[-1].steps.append(_step(given[0], concentration, minutes))


def _step(given: DoseAndRate, concentration: Quantity | None, minutes: Fraction | None) -> RateStep:
    value, unit = _rate(given)
    if comparable(unit, "mg/h"):
        return RateStep(in_unit(Quantity(Decimal(1), unit), "mg/h") * value, None, minutes)
    if not comparable(unit, "mL/h") or concentration is None:
        raise BundleProblem(
            "rate-wrong", "A rate is a mass an hour, or a volume an hour of a known concentration."
        )
    ml = in_unit(Quantity(Decimal(1), unit), "mL/h") * value
    return RateStep(ml * in_unit(concentration, "mg/mL"), ml, minutes)


def _rate(given: DoseAndRate) -> tuple[Fraction, str]:
    if given.rate_quantity is not None:
        rate = _measure(given.rate_quantity)
        return Fraction(rate.value), rate.unit
    if given.rate_ratio is None:
        raise BundleProblem("rate-missing", "This instruction holds neither a dose nor a rate.")
    above, below = _measure(given.rate_ratio.numerator), _measure(given.rate_ratio.denominator)
    unit, _ = read_unit(f"{above.unit}/{below.unit}")
    return Fraction(above.value) / Fraction(below.value), unit


def _whole_ratio(text: str) -> Fraction:
    """A fraction written as one whole number over another; a dose by surface gives long ones."""
    if not _RATIO.fullmatch(text):
        raise BundleProblem(
            "rate-wrong",
            "The exact time at a rate cannot be read.",
            allowed="two whole numbers, such as 245/3",
        )
    return Fraction(text)


def _minutes(repeat: Repeat | None) -> Fraction | None:
    if repeat is None or repeat.duration is None:
        return None
    exact = next((one.value_string for one in repeat.extension if one.url == EXACT_MINUTES), None)
    minutes = Fraction(finite(repeat.duration))
    if exact is not None:
        minutes = _whole_ratio(exact)
    if repeat.duration_unit != "min" or not 0 < minutes <= _MOST_MINUTES:
        raise BundleProblem(
            "rate-wrong", "The time at a rate is not in minutes, or is out of range."
        )
    return minutes
