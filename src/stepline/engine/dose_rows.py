"""What one row of a drug holds: in grams, by body weight, and whether it is a dose of each day."""

from __future__ import annotations

from decimal import Decimal

from stepline.core.quantity import comparable, factor
from stepline.core.time import Period, parse_period
from stepline.engine.amounts import Amount, exact, unknown
from stepline.engine.finding import Missing
from stepline.engine.picking import pick
from stepline.engine.situation import Situation
from stepline.engine.taking import BY_VEIN
from stepline.protocol import criterion as c
from stepline.record.model import Event
from stepline.record.totals import COURSE_TOTAL

PULSE_INTERVAL = Period(days=7)
"""A repeated dose a week or more apart is a pulse, never a daily dose."""


def is_pulse(event: Event) -> bool:
    """Whether a dose is none of each day: by vein, single, a course's, or a week or more apart."""
    if not event.is_spell or event.route in BY_VEIN or is_of_course(event):
        return True
    return bool(event.interval) and interval_days(event.interval) >= PULSE_INTERVAL.days


def is_of_course(event: Event) -> bool:
    """Whether a spell's dose is all that is given in it."""
    return event.is_spell and not event.interval and COURSE_TOTAL in event.note


def interval_days(interval: str) -> int:
    """Days of an ISO period, a month as 28."""
    period = parse_period(interval)
    return period.days + 28 * period.months


def per_kilogram(event: Event, situation: Situation) -> Amount:
    """One dose in g/kg."""
    says, ids = situation.index.say(event), (event.event_id,)
    if event.value is None or not event.unit:
        return unknown("g/kg", _untold(event, says), events=ids)
    if is_in(event, "g/kg"):
        return exact(in_unit(event.value, event.unit, "g/kg"), "g/kg", ids, says)
    weight = weight_now(situation.at(event.time))
    if not weight.low or not is_in(event, "g"):
        return unknown("g/kg", *weight.missing, says=says, events=ids)
    grams = in_unit(event.value, event.unit, "g")
    return exact(grams / weight.low, "g/kg", (*ids, *weight.events), says)


def in_grams(event: Event, situation: Situation, unit: str = "g") -> Amount:
    """One dose as a mass, with the weight known then where it was recorded per kilogram."""
    says, ids = situation.index.say(event), (event.event_id,)
    if event.value is None or not event.unit:
        return unknown(unit, _untold(event, says), says=says, events=ids)
    if is_in(event, unit):
        return exact(in_unit(event.value, event.unit, unit), unit, ids, says)
    weight = weight_now(situation.at(event.time))
    if weight.low is None or not is_in(event, f"{unit}/kg"):
        return unknown(unit, *weight.missing, says=says, events=ids)
    mass = in_unit(event.value, event.unit, f"{unit}/kg") * weight.low
    return exact(mass, unit, (*ids, *weight.events), says)


def _untold(event: Event, says: str) -> Missing:
    """Why a single dose that has no number, or no unit, is not known."""
    if event.value is None:
        return Missing(event.concept, "bounded", f"{says}: the dose is not known")
    return Missing(event.concept, "not-computable", f"{says}: the dose has no unit")


def in_unit(value: Decimal, source: str, target: str) -> Decimal:
    """A number in another unit that measures the same; exact where the fraction is."""
    ratio = factor(source, target)
    return value * ratio.numerator / ratio.denominator


def weight_now(situation: Situation) -> Amount:
    """The weight known then, in kg; a stale weight is unknown, and so is none."""
    return pick(c.Pick(c.Take.LAST, ("weight",)), situation)


def is_in(event: Event, unit: str) -> bool:
    """Whether a dose is stated in units of a kind; a number without a unit is no dose."""
    return bool(event.unit) and comparable(event.unit, unit)
