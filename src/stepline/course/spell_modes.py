"""Each regimen as a way to read supplies: what a block is worth as the first dose and later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepline.core.quantity import comparable
from stepline.course import spell_points as p
from stepline.course.bodysize import body_of
from stepline.course.matching import (
    FAILS,
    FITS,
    intent_fit,
    other_days,
    speaks_of_totals,
    stated_interval_fit,
)
from stepline.course.points import SPREAD_OFF
from stepline.course.sizes import Weight, weight_at
from stepline.course.spell_points import Worth, dose_worth, scaled
from stepline.course.supplies import Block
from stepline.dosing.numbers import shown
from stepline.protocol.model import Phase, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import Event
from stepline.record.totals import days_of_course, is_of_a_time


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
        return same and scaled(event.value, event.unit, floor.unit) <= floor.value

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

    `of` holds a number for each block, and `alike` for each number a row that stands for all, the
    weight beside it, and what it costs that the rows are not read as they are written.
    """

    def __init__(self, blocks: Sequence[Block], index: RecordIndex) -> None:
        self.of: list[int] = []
        self.alike: list[tuple[Event, Weight | None, Worth | None]] = []
        size, known = body_of(index).kind, dict[object, int]()
        for block in blocks:
            event, slip = block.dose, slip_of(block)
            dose = (event.value, event.value_high, event.unit, event.interval, event.intent, slip)
            weight = weight_at(event.time, index)
            total = (days_of_course(event.note), is_of_a_time(event.note)) if event.note else None
            key = (dose, total, size(event.time), weight and (weight.kind, weight.says))
            if key not in known:
                known[key] = len(self.alike)
                self.alike.append((event, weight, slip))
            self.of.append(known[key])


def _mode(kinds: _Kinds, counts: Sequence[int], regimen: Regimen, index: RecordIndex) -> Mode:
    worths = [
        _slipped(_worths(event, regimen, weight, index), slip)
        for event, weight, slip in kinds.alike
    ]
    pairs = list(zip(kinds.of, counts, strict=True))
    return Mode(
        regimen,
        tuple([_times(worths[kind][0], count) for kind, count in pairs]),
        tuple([_times(worths[kind][1], count) for kind, count in pairs]),
    )


def _times(worth: Worth | None, count: int) -> Worth | None:
    return worth if worth is None or count == 1 else worth._replace(points=worth.points * count)


def slip_of(block: Block) -> Worth | None:
    """What it costs that a block is not read as it is written; `None` where it is."""
    written, meant = block.event, block.meant
    if meant is None:
        return None
    if not written.unit or not written.value or meant.value is None:
        return Worth(p.UNTOLD, "unit-missing")
    return Worth(p.SLIP, "dose-odd", f"times {(meant.value / written.value).normalize():f}")


def _slipped(
    worths: tuple[Worth | None, Worth | None], slip: Worth | None
) -> tuple[Worth | None, Worth | None]:
    if slip is None:
        return worths
    first, later = (one and slip._replace(points=slip.points + one.points) for one in worths)
    return first, later


def _worths(
    event: Event, regimen: Regimen, weight: Weight | None, index: RecordIndex
) -> tuple[Worth | None, Worth | None]:
    intent = intent_fit(event.intent, regimen)
    interval = stated_interval_fit(event.interval, regimen)
    if FAILS in (intent, interval) or _is_of_other_doses(event, regimen):
        return None, None
    stated = p.INTENT_FITS * (intent == FITS) + p.INTERVAL_FITS * (interval == FITS)
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
        return Worth(p.DOSE_FITS + stated)
    if scaled(event.value, event.unit, floor.unit) >= floor.value:
        return Worth(p.DOSE_FITS + stated)
    says = f"{shown(event.value, 3)} {event.unit} is below the last dose of the regimen, {floor}"
    return Worth(p.DOSE_FITS + p.BELOW + stated, "below-last", says)
