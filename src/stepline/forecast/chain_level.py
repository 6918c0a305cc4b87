"""IgG against a level: when it falls below it, and what replacement keeps it there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from stepline.core.errors import Refused
from stepline.forecast.body import Body
from stepline.forecast.chain_asking import ChainAsked
from stepline.forecast.chain_driving import ChainDriving
from stepline.forecast.crossing import stretches_below
from stepline.forecast.holding import Schedule, dose_that_holds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INFUSION_DAYS = 0.125
"""How long each infusion of a replacement is taken to run: three hours."""
_BUILT_UP = 4
"""Infusions until a level is asked for, where IgG lies below it when they begin."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The amount (g) of each infusion that keeps IgG, every `every` days from `start` to `until`.

    From `held_from` on the level is kept. `why_not` says why there is none.
    """

    start: float
    until: float
    every: int
    held_from: float
    grams: float | None
    per_kg: float | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """IgG against a level (g/L) from the moment of judgement on; days from the first dose.

    `crossing` is when IgG first falls below it, the moment itself where it lies below already;
    `None` where it stays above.
    """

    level: Decimal
    crossing: float | None
    is_below_now: bool
    hold: Hold | None


def level_of(
    driving: ChainDriving,
    body: Body,
    times: NDArray[np.float64],
    igg: NDArray[np.float64] | None,
    asked: ChainAsked,
) -> Level | None:
    """IgG (g/L at `times`, d) against the level that is asked for; `None` where none is."""
    if asked.level is None or igg is None:
        return None
    now = driving.drug.days(driving.drug.as_of)
    ahead = times >= now
    below = stretches_below(times[ahead], igg[ahead], float(asked.level))
    if not below:
        return Level(asked.level, None, False, None)
    start = below[0].start
    is_below = bool(igg[ahead][0] < float(asked.level))
    hold = _hold(driving, body, start, is_below, asked)
    return Level(asked.level, start, is_below, hold)


def _hold(
    driving: ChainDriving, body: Body, start: float, is_below: bool, asked: ChainAsked
) -> Hold:
    until = driving.drug.days(driving.drug.until)
    held_from = start + asked.every * (_BUILT_UP if is_below else 1)
    if held_from > until:
        why = "less than the time that it needs is left ahead; look further with --until"
        return Hold(start, until, asked.every, held_from, None, why_not=why)
    assert asked.level is not None
    schedule = Schedule(start, until, asked.every, INFUSION_DAYS, held_from)
    try:
        grams = dose_that_holds(
            body,
            float(asked.level),
            schedule,
            driving.drug.arrays(),
            igg_doses=driving.igg_arrays(),
        )
    except Refused as refusal:
        if {one.code for one in refusal.problems} != {"dose-not-found"}:
            raise
        why = " ".join(one.message for one in refusal.problems)
        return Hold(start, until, asked.every, held_from, None, why_not=why)
    weight = next((k["weight"].value for k in driving.known.values() if "weight" in k), None)
    per_kg = None if weight is None else grams / float(weight)
    return Hold(start, until, asked.every, held_from, grams, per_kg)
