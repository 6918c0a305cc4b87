"""What a reading of supplies is worth: whole points, added up, so that every total can be told.

The points are this project's own; they rank readings and hold no advice. What must win: a wrong row
inside a course costs less than two new courses, a lasting change costs more than a new course.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from stepline.core.quantity import comparable, factor
from stepline.course.cycles import amount_in
from stepline.course.matching import own_band
from stepline.course.sizes import ADULT, Weight
from stepline.course.supplies import TOGETHER, Block
from stepline.dosing.numbers import shown
from stepline.protocol.model import Basis, Phase, QuantityRange, Recognise, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import Event

DOSE_FITS = 100
"""A supply's dose is the course's, or a taper's next."""
DOSE_OPEN = 60
"""The dose cannot be told in the regimen's unit, and nothing speaks against it."""
DOSE_OFF = -100
"""The dose lies outside the band, by no more than half of its ends."""
INTERVAL_FITS = 20
"""The interval stated is the regimen's, or the drug is taken daily."""
INTENT_FITS = 20
"""The stated intent is the regimen's."""
CHANGED = -80
"""Another dose within the band: twice lowered is a taper, once is a change."""
RISE = -130
"""A taper goes up again, by no more than half."""
BELOW = -10
"""A taper goes on below the regimen's last dose."""
HELD = -200
"""A taper's first dose, or one it was raised to, was kept longer than its steps: a course of its
own, after which the taper begins."""
ODD = -130
"""A dose that does not fit between its neighbours, for each supply."""
SLIP = -50
"""And would fit with the point moved by one place, or the unit by a thousand."""
UNTOLD = -20
"""A dose that is not told at all, or has no unit, within a course."""
DOUBLED = -10
"""A row stands twice."""
OVERLAP = -40
"""Another dose begins more than three days before the last has run out."""
GAP = -20
"""Up to a month without a supply."""
LEFT_OUT = (-40, -90, -130)
"""One, two or three supplies as long as the drug's usual were left out; more end the course."""
BEGIN = -150
"""A course begins."""
BEGIN_UNNAMED = -100
"""A course that no regimen explains begins; its supplies are worth nothing."""
SAME_AGAIN = -100
"""The regimen that has just ended begins again without a gap that ends a course."""
NEW_ORDER = 30
"""Back where the stated order changes with the course."""
ORDER_BROKEN = -150
"""One stated order is read as two courses."""
OTHER_ORDER = -20
"""A course goes on under another order."""
FEW_STEPS = -95
"""For each fall short of two, or of one that reaches the taper's last dose: a change of dose."""

GRACE = 31
"""Days without a supply that end no course."""
LONGEST_SUPPLY = 92
"""Days: a spell that is longer is a stated period and says nothing of how long a supply lasts."""
KEPT = 28
"""Days: a dose kept for longer, and longer than the next, before it falls is its own course."""
KEPT_TIMES = Decimal("1.5")
"""How much longer than the next."""
MOST_RISE = Decimal("1.5")
"""A taper that rises by more has ended."""
MOST_ODD = 3
"""Blocks of supplies in a row that a course can hold without believing their dose."""
SLIPS = (Decimal(10), Decimal("0.1"), Decimal(1000), Decimal("0.001"))
"""A point moved by one place, and a unit by a thousand."""
STEEPEST = 4
"""A dose with its point moved is a taper's next when it is no lower than this part of the last."""
LIKE = Decimal("0.05")
"""Within this fraction a dose with its point moved is the course's."""


class Worth(NamedTuple):
    """Points, and the name of what differs with its words, or empty."""

    points: int
    kind: str = ""
    says: str = ""


def dose_worth(
    event: Event, regimen: Regimen, weight: Weight | None, index: RecordIndex
) -> Worth | None:
    """What a supply's dose is worth under a regimen; `None` where it cannot be the regimen's."""
    if event.value is None and event.value_high is not None and event.unit:
        return _up_to(event, regimen)
    if event.value is None or not event.unit:
        is_usual = regimen.give.basis is Basis.UNKNOWN or regimen.phase is Phase.BACKGROUND
        return Worth(DOSE_OPEN, "dose-unknown") if is_usual else None
    bands = regimen.recognise or Recognise()
    band = bands.per_dose or bands.per_course or own_band(regimen)
    if band is None:
        return Worth(DOSE_OPEN)
    amount, remark = amount_told(event, band.low.unit, weight, index)
    if amount is None:
        return Worth(DOSE_OPEN, "", "cannot be told") if _may_be(event, band, index) else None
    kind, says = (remark.kind, remark.says) if remark else ("", "")
    if band.low.value <= amount <= band.high.value:
        return Worth(DOSE_FITS, kind, says)
    if band.low.value / 2 <= amount <= band.high.value * 3 / 2:
        said = f"{shown(amount, 3)} {band.low.unit} is outside {band.low} to {band.high}"
        return Worth(DOSE_OFF, "dose-off", said)
    return None


def _up_to(event: Event, regimen: Regimen) -> Worth | None:
    dose = regimen.give.dose
    if regimen.phase is Phase.TAPER:
        return None
    is_maximum = regimen.give.up_to and dose is not None and comparable(dose.unit, event.unit)
    says = f"only a maximum of {event.value_high} {event.unit} is known"
    return Worth(DOSE_FITS if is_maximum else DOSE_OPEN, "", "" if is_maximum else says)


def amount_told(
    event: Event, unit: str, weight: Weight | None, index: RecordIndex
) -> tuple[Decimal | None, Weight | None]:
    """A dose in a unit, with the weight it was worked out by; `None` where it cannot be told."""
    if event.value is None or not event.unit:
        return None, None
    if comparable(event.unit, unit):
        return scaled(event.value, event.unit, unit), None
    for flat, per in (("mg/d", "mg/kg/d"), ("mg", "mg/kg")):
        if weight is not None and comparable(event.unit, flat) and comparable(unit, per):
            amount = scaled(event.value, event.unit, flat) / weight.kilograms
            return scaled(amount, per, unit), weight
        if weight is not None and comparable(event.unit, per) and comparable(unit, flat):
            amount = scaled(event.value, event.unit, per) * weight.kilograms
            return scaled(amount, flat, unit), weight
    return amount_in(event, unit, index) if "m2" in unit else None, None


def scaled(value: Decimal, own: str, unit: str) -> Decimal:
    """A number in another unit of its kind, exactly where it ends."""
    ratio = factor(own, unit)
    return value * ratio.numerator / ratio.denominator


def _may_be(event: Event, band: QuantityRange, index: RecordIndex) -> bool:
    """Whether a dose that cannot be told in a band's unit may lie in it for an adult's weight."""
    unit = band.low.unit
    own, per = event.unit.partition("/")[2], unit.partition("/")[2]
    if event.value is None or own == per:
        return False  # another kind of amount altogether
    if not per.startswith("kg"):
        return True
    flat = unit.replace("/kg", "", 1)
    age = index.record.subject.age_at(event.time)
    if not comparable(event.unit, flat) or (age is not None and age < 18):
        return True
    amount = scaled(event.value, event.unit, flat)
    return amount >= band.low.value * ADULT[0] and amount <= band.high.value * ADULT[1]


def gap_worth(block: Block, usual: int) -> Worth | None:
    """What the days without a supply before a block are worth; `None` where they end the course.

    `usual` is how many days the drug's longest supply lasts. After a supply whose end is not known
    they cannot be counted, and a course goes on for as long as one long supply and the grace.
    """
    gap = block.gap
    if block.after_open and gap > TOGETHER:
        said = "the end of the supply before is not stated"
        return Worth(GAP, "end-unknown", said) if gap <= LONGEST_SUPPLY + GRACE else None
    if gap < -TOGETHER:
        return Worth(OVERLAP, "overlap", f"begins {-gap} days before the last has run out")
    if gap <= TOGETHER:
        return Worth(0)
    if gap <= GRACE:
        return Worth(GAP, "gap", f"{gap} days without a supply")
    for left_out, points in enumerate(LEFT_OUT, 1):
        if gap <= usual * left_out + GRACE // left_out:
            return Worth(points, "gap", f"{gap} days without a supply")
    return None
