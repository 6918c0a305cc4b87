"""Dose instructions: one for each dose, and one for each rate that it runs at.

The dose stands in one Dosage, with its dates and no rate. Each of its rates is a Dosage of its own
without a dose, so that whoever adds up doses adds every dose once. The first rate has the sequence
number of the dose, for it begins with it; the following rates follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from stepline.core.quantity import decimal_of
from stepline.dosing.numbers import say, shown
from stepline.dosing.plan_model import Plan, PlannedDose, Portion, RateStep
from stepline.dosing.plan_saying import condition_said, rhythm_of
from stepline.dosing.rates import Infusion
from stepline.exports.fhir.elements import (
    Json,
    extension,
    in_digits,
    of_quantity,
    quantity,
    ratio,
    route,
    short_decimal,
)
from stepline.exports.fhir.lines import is_stretch
from stepline.exports.fhir.names import DOSE_TYPES, EXACT_MINUTES, PLANNED_DOSE

Span = Sequence[PlannedDose]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CALCULATED = {
    "coding": [{"system": DOSE_TYPES, "code": "calculated", "display": "Calculated"}],
}


def dosages_of(plan: Plan, spans: Sequence[Span]) -> list[Json]:
    """The instructions of one request, with rising sequence numbers."""
    dosages: list[Json] = []
    place = 0
    for span in spans:
        steps = list(_of_span(plan, span, place + 1))
        dosages += steps
        place += max(1, len(steps) - 1)
    return dosages


def _of_span(plan: Plan, span: Span, place: int) -> Iterator[Json]:
    yield {
        "extension": [_planned(span[0])],
        "sequence": place,
        "text": text_of(span[0]),
        "timing": _timing(plan, span),
        "route": route(plan.request.regimen.route),
        "doseAndRate": [{"type": _CALCULATED, "doseQuantity": of_quantity(span[0].portion.amount)}],
    }
    run = span[0].portion.run
    for number, step in enumerate(run.steps if run else ()):
        yield {
            "sequence": place + number,
            "text": _rate_text(step),
            "timing": {"event": _dates(span), **_minutes(step.minutes)},
            "route": route(plan.request.regimen.route),
            "doseAndRate": [_rate(step)],
        }


# ---------------------------------------------------------------- the dose


def _planned(dose: PlannedDose) -> Json:
    portion = dose.portion
    name = "tablet" if portion.are_tablets else "vial"
    pieces = [
        {
            "url": name,
            "extension": [
                extension("size", "Quantity", of_quantity(size)),
                extension("count", "UnsignedInt", count),
            ],
        }
        for size, count in portion.pieces
    ]
    return {
        "url": PLANNED_DOSE,
        "extension": [
            extension("exact", "Quantity", of_quantity(portion.exact)),
            extension("course", "PositiveInt", dose.course),
            extension("day", "PositiveInt", dose.day),
            extension("per", "Code", dose.per),
            extension("in", "Code", name),
            *pieces,
        ],
    }


def text_of(dose: PlannedDose) -> str:
    """The instruction for people: how much, in what, and before rounding where that differs."""
    portion = dose.portion
    volume = portion.volume_ml(portion.amount)
    parts = [
        f"{say(portion.amount)} {rhythm_of(dose)}" if is_stretch(dose) else say(portion.amount),
        f"{shown(volume, 1)} mL" if volume is not None else "",
        _pieces_text(portion),
    ]
    said = ", ".join(part for part in parts if part)
    rounded = portion.exact != portion.amount
    before = f"; {say(portion.exact)} before rounding" if rounded else ""
    split = "; how it is divided over the day is not stated" if is_stretch(dose) else ""
    waits = condition_said(dose)
    return f"{said}{before}{split}{f'; {waits}' if waits else ''}"


def _pieces_text(portion: Portion) -> str:
    if not portion.pieces:
        return ""
    each = " + ".join(f"{count} × {say(size)}" for size, count in portion.pieces)
    return f"{'tablets' if portion.are_tablets else 'vials'} {each}"


# ---------------------------------------------------------------- when


def _timing(plan: Plan, span: Span) -> Json:
    dose = span[0]
    if is_stretch(dose):
        end = {"end": dose.until.isoformat()} if dose.until else {}
        bounds = {"start": dose.date.isoformat(), **end}
        return {
            "repeat": {
                "boundsPeriod": bounds,
                "frequency": 1,
                "period": 2 if dose.per == "other-day" else 1,
                "periodUnit": "d",
            },
        }
    run = dose.portion.run
    weekly = _weekly(plan, span)
    repeat = weekly or (_duration(run.infusion) if run else {})
    return {"event": _dates(span), **({"repeat": repeat} if repeat else {})}


def _dates(span: Span) -> list[str]:
    return [dose.date.isoformat() for dose in span]


def _weekly(plan: Plan, span: Span) -> Json:
    """The weekday beside the dates, where the regimen keeps one; empty where a date is off it."""
    if plan.request.weekday is None:
        return {}
    days = [dose.date for dose in span]
    weeks = _weeks_apart(days, plan)
    if weeks is None:
        return {}
    return {
        "boundsPeriod": {"start": days[0].isoformat(), "end": days[-1].isoformat()},
        "frequency": 1,
        "period": weeks,
        "periodUnit": "wk",
        "dayOfWeek": [_DAYS[days[0].isoweekday() - 1]],
    }


def _weeks_apart(days: Sequence[date], plan: Plan) -> int | None:
    repeat = plan.request.regimen.repeat
    assert repeat is not None
    assert repeat.every is not None
    every = timedelta(days=repeat.every.days)
    if any(other - one != every for one, other in pairwise(days)):
        return None
    return every.days // 7 if days[0].isoweekday() == plan.request.weekday else None


def _duration(infusion: Infusion) -> Json:
    """How long the infusion takes: known, or between two bounds."""
    least = infusion.minutes if infusion.minutes is not None else infusion.at_least
    exact = short_decimal(least)
    about = exact if exact is not None else in_digits(decimal_of(Fraction(round(least, 3))))
    most = infusion.at_most if infusion.minutes is None else None
    longest = {"durationMax": in_digits(decimal_of(Fraction(round(most, 3))))} if most else {}
    return {"duration": about, **longest, "durationUnit": "min"}


# ---------------------------------------------------------------- rates


def _rate(step: RateStep) -> Json:
    """A rate as a quantity; as a ratio of whole numbers where no short decimal is exact."""
    unit, value = _unit_and_rate(step)
    decimal = short_decimal(value)
    if decimal is not None:
        return {"rateQuantity": quantity(decimal, f"{unit}/h")}
    return {"rateRatio": ratio(value, unit, "h")}


def _unit_and_rate(step: RateStep) -> tuple[str, Fraction]:
    return ("mg", step.mg_per_h) if step.ml_per_h is None else ("mL", step.ml_per_h)


def _rate_text(step: RateStep) -> str:
    unit, value = _unit_and_rate(step)
    rate = f"rate {shown(value)} {unit}/h"
    if step.minutes is None:
        return f"{rate}; the time at it is not stated"
    return f"{rate} for {shown(step.minutes, 1)} min"


def _minutes(minutes: Fraction | None) -> Json:
    if minutes is None:
        return {}
    decimal = short_decimal(minutes)
    if decimal is not None:
        return {"repeat": {"duration": decimal, "durationUnit": "min"}}
    return {
        "repeat": {
            "extension": [extension(EXACT_MINUTES, "String", str(minutes))],
            "duration": in_digits(decimal_of(Fraction(round(minutes, 3)))),
            "durationUnit": "min",
        }
    }
