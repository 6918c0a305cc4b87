"""How much of a drug a row states, in the normal unit, and what it stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from stepline.core.evidence import Status
from stepline.core.quantity import comparable, decimal_of, factor
from stepline.course.dose import EVERY_SECOND_DAY, Confidence, Rule
from stepline.record.model import Event
from stepline.record.sig import FLAG_SAYS, REMARK_SAYS, Body, Flag, Per, Remark
from stepline.record.totals import (
    ALTERNATE_DAYS,
    COURSE_TOTAL,
    MONTH_TOTAL,
    is_of_a_time,
    is_undivided,
)

_BODIES = {"kg": Body.PER_KG, "m2": Body.PER_M2}
_TIMES = {"d": Per.DAY, "wk": Per.WEEK}
_UNITS = {Body.ABSOLUTE: "", Body.PER_KG: "/kg", Body.PER_M2: "/m2"}

NO_AMOUNT = "the amount"
NO_UNIT = "the unit of the amount"
NO_DOSE_UNIT = "an amount in a unit of dose"
NO_RHYTHM = "how often it is given"
NO_SPLIT = "how the total is divided over its days"


@dataclass(frozen=True, slots=True)
class Known:
    """How much, and how that is known."""

    rule: Rule = Rule.NONE
    confidence: Confidence = Confidence.UNKNOWN
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    body: Body = Body.ABSOLUTE
    per: Per = Per.NOT_STATED
    every: str = ""
    times: int = 1
    route: str = ""
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def stated(event: Event) -> Known:
    """The amount of a row that has a number; unknown where it has no unit of a dose."""
    low = event.value if event.value is not None else event.value_low
    high = event.value if event.value is not None else event.value_high
    if not event.unit:
        return replace(unknown(event), missing=(NO_UNIT,))
    basis = basis_of(event.unit)
    if basis is None:
        return replace(unknown(event), missing=(NO_DOSE_UNIT,))
    return in_normal_unit(low, high, basis, event)


def basis_of(unit: str) -> tuple[str, Body, Per] | None:
    """The mass of a unit, what it is scaled by and what it stands for; `None`: no unit of dose."""
    mass, *below = unit.split("/")
    bodies = [_BODIES[one] for one in below if one in _BODIES]
    times = [_TIMES[one] for one in below if one in _TIMES]
    if len(bodies) + len(times) != len(below) or len(bodies) > 1 or len(times) > 1:
        return None
    if not any(comparable(mass, one) for one in ("mg", "mL", "[IU]")):
        return None
    return mass, bodies[0] if bodies else Body.ABSOLUTE, times[0] if times else Per.DOSE


def in_normal_unit(
    low: Decimal | None, high: Decimal | None, basis: tuple[str, Body, Per], event: Event
) -> Known:
    """Both ends of an amount in mg, mL or units, with what they stand for in this row."""
    mass, body, per = basis
    normal = next(one for one in ("mg", "mL", "[IU]") if comparable(mass, one))
    per = _total_of(event.note) or per if per is Per.DOSE else per
    open_rhythm = event.is_spell and per is Per.DOSE and not event.interval
    rule, confidence = _how(event)
    return Known(
        rule,
        Confidence.AMBIGUOUS if open_rhythm else confidence,
        scaled(low, mass, normal),
        scaled(high, mass, normal),
        normal + _UNITS[body],
        body,
        Per.NOT_STATED if open_rhythm else per,
        "" if per is Per.MONTH else event.interval,
        missing=(*((NO_RHYTHM,) if open_rhythm else ()), *_still_asked(event)),
        remarks=_remarks(event),
    )


def _total_of(note: str) -> Per | None:
    """What an amount without a rate is the total of; `None` where it is a single dose."""
    if MONTH_TOTAL in note:
        return Per.MONTH
    return Per.COURSE if COURSE_TOTAL in note or is_of_a_time(note) else None


def _remarks(event: Event) -> tuple[str, ...]:
    """What the amount was taken to mean, as the note says, and that it is for alternate days."""
    found = [remark.value for remark in Remark if REMARK_SAYS[remark] in event.note]
    is_second = event.is_spell and event.interval in EVERY_SECOND_DAY
    if is_second or ALTERNATE_DAYS in event.note:
        found.append(ALTERNATE_DAYS)
    return tuple(dict.fromkeys(found))


def _still_asked(event: Event) -> tuple[str, ...]:
    """What the text leaves open though the amount is told: `1 g two weeks apart`."""
    asked = FLAG_SAYS[Flag.REPEATS_MISSING]
    divided = (NO_SPLIT,) if is_undivided(event.note) else ()
    return (*divided, *((asked,) if asked in event.note else ()))


def scaled(number: Decimal | None, unit: str, normal: str) -> Decimal | None:
    """A number in another unit, exact."""
    return decimal_of(Fraction(number) * factor(unit, normal)) if number is not None else None


def _how(event: Event) -> tuple[Rule, Confidence]:
    """What made the amount of a row that has one."""
    if event.value is None:
        return Rule.BOUNDS, Confidence.STATED
    if "from the text" in event.note:
        return Rule.TEXT, Confidence.DERIVED
    if "from quantity and drug_strength" in event.note:
        return Rule.STRENGTH, Confidence.DERIVED
    if " of a course of " in event.note:
        return Rule.COURSE_SPLIT, Confidence.DERIVED
    if event.certainty is Status.DERIVED and not event.group:
        return Rule.ARITHMETIC, Confidence.DERIVED
    return Rule.ROW, Confidence.STATED


def unknown(event: Event) -> Known:
    """Nothing tells the amount; the source may have said why."""
    why = event.note.partition("dose unknown: ")[2].partition(";")[0]
    return Known(every=event.interval, missing=(f"{NO_AMOUNT}: {why}" if why else NO_AMOUNT,))
