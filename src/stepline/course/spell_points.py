"""What a reading of supplies is worth: whole points, added up, so that every total can be told.

The points are this project's own; they rank readings and hold no advice. What must win: a wrong row
inside a course costs less than two new courses, a lasting change costs more than a new course.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from stepline.core.quantity import comparable, factor
from stepline.course.bodysize import body_of
from stepline.course.cycles import amount_in
from stepline.course.matching import (
    FAILS,
    FITS,
    intent_fit,
    other_days,
    own_band,
    speaks_of_totals,
    stated_interval_fit,
)
from stepline.course.points import SPREAD_OFF
from stepline.course.sizes import ADULT, Weight, weight_at
from stepline.course.supplies import TOGETHER, Block
from stepline.dosing.numbers import shown
from stepline.protocol.model import Basis, Phase, QuantityRange, Recognise, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import Event
from stepline.record.totals import days_of_course, is_of_a_time

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


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to read supplies: a regimen kept, a regimen's taper, or no regimen (`None`).

    `first` is what each block is worth where a course begins or stays with it, `None` where it
    cannot; `next` what it is worth as a later step of a taper.
    """

    regimen: Regimen | None
    first: tuple[Worth | None, ...]
    next: tuple[Worth | None, ...]

    @property
    def is_taper(self) -> bool:
        """Whether doses fall."""
        return self.regimen is not None and self.regimen.phase is Phase.TAPER

    def ends_at(self, event: Event) -> bool:
        """Whether a dose is the last of the regimen's taper, or lower."""
        taper = self.regimen.taper if self.regimen else None
        if taper is None or event.value is None or not event.unit:
            return False
        floor = taper.floor
        same = comparable(event.unit, floor.unit)
        return same and _scaled(event.value, event.unit, floor.unit) <= floor.value

    @property
    def held_days(self) -> int | None:
        """For how many days the taper keeps its first dose; `None` where it states no time."""
        taper = self.regimen.taper if self.regimen else None
        return taper.hold.longest_days if taper and taper.hold else None


def modes_of(
    blocks: Sequence[Block], regimens: Sequence[Regimen], index: RecordIndex
) -> list[Mode]:
    """Each regimen as a way to read the blocks, by id, and last the way without a regimen."""
    ordered = sorted(regimens, key=lambda one: one.id)
    kinds, counts = _Kinds(blocks, index), [block.count for block in blocks]
    found = [_mode(kinds, counts, one, index) for one in ordered]
    nothing: tuple[Worth | None, ...] = (Worth(0),) * len(blocks)
    return [*found, Mode(None, nothing, nothing)]


class _Kinds:
    """Blocks by what decides the worth of one supply.

    `of` holds a number for each block, and `alike` for each number a row that stands for all, and
    the weight beside it.
    """

    def __init__(self, blocks: Sequence[Block], index: RecordIndex) -> None:
        self.of: list[int] = []
        self.alike: list[tuple[Event, Weight | None]] = []
        size, known = body_of(index).kind, dict[object, int]()
        for block in blocks:
            event = block.event
            dose = (event.value, event.value_high, event.unit, event.interval, event.intent)
            weight = weight_at(event.time, index)
            total = (days_of_course(event.note), is_of_a_time(event.note)) if event.note else None
            key = (dose, total, size(event.time), weight and (weight.kind, weight.says))
            if key not in known:
                known[key] = len(self.alike)
                self.alike.append((event, weight))
            self.of.append(known[key])


def _mode(kinds: _Kinds, counts: Sequence[int], regimen: Regimen, index: RecordIndex) -> Mode:
    worths = [_worths(event, regimen, weight, index) for event, weight in kinds.alike]
    pairs = list(zip(kinds.of, counts, strict=True))
    return Mode(
        regimen,
        tuple([_times(worths[kind][0], count) for kind, count in pairs]),
        tuple([_times(worths[kind][1], count) for kind, count in pairs]),
    )


def _times(worth: Worth | None, count: int) -> Worth | None:
    return worth if worth is None or count == 1 else worth._replace(points=worth.points * count)


def _worths(
    event: Event, regimen: Regimen, weight: Weight | None, index: RecordIndex
) -> tuple[Worth | None, Worth | None]:
    intent = intent_fit(event.intent, regimen).answer
    interval = stated_interval_fit(event.interval, regimen).answer
    if FAILS in (intent, interval) or _is_of_other_doses(event, regimen):
        return None, None
    stated = INTENT_FITS * (intent == FITS) + INTERVAL_FITS * (interval == FITS)
    dose = dose_worth(event, regimen, weight, index)
    if dose and (says := other_days(event.note, regimen)):
        dose = Worth(dose.points + SPREAD_OFF, "split", says)
    first = dose._replace(points=dose.points + stated) if dose else None
    return first, _next(event, regimen, stated)


def _is_of_other_doses(event: Event, regimen: Regimen) -> bool:
    """Whether an amount is a week's or a month's, and the regimen speaks of each dose."""
    return is_of_a_time(event.note) and not speaks_of_totals(regimen)


def _next(event: Event, regimen: Regimen, stated: int) -> Worth | None:
    """What a dose is worth as a later step of a taper."""
    if event.value is None or not event.unit:
        return None
    floor = regimen.taper.floor if regimen.taper else None
    if floor is None or not comparable(event.unit, floor.unit):
        return Worth(DOSE_FITS + stated)
    if _scaled(event.value, event.unit, floor.unit) >= floor.value:
        return Worth(DOSE_FITS + stated)
    says = f"{shown(event.value, 3)} {event.unit} is below the last dose of the regimen, {floor}"
    return Worth(DOSE_FITS + BELOW + stated, "below-last", says)


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
        return _scaled(event.value, event.unit, unit), None
    for flat, per in (("mg/d", "mg/kg/d"), ("mg", "mg/kg")):
        if weight is not None and comparable(event.unit, flat) and comparable(unit, per):
            amount = _scaled(event.value, event.unit, flat) / weight.kilograms
            return _scaled(amount, per, unit), weight
        if weight is not None and comparable(event.unit, per) and comparable(unit, flat):
            amount = _scaled(event.value, event.unit, per) * weight.kilograms
            return _scaled(amount, flat, unit), weight
    return amount_in(event, unit, index) if "m2" in unit else None, None


def _scaled(value: Decimal, own: str, unit: str) -> Decimal:
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
    amount = _scaled(event.value, event.unit, flat)
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
