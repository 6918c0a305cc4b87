"""What replacement keeps IgG above a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepline.core.errors import Problem
from stepline.forecast.body import Body
from stepline.forecast.chains import IGG, chain
from stepline.forecast.doses import Doses, doses, together
from stepline.forecast.individual import ForecastRefused

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Schedule:
    """Infusions into the vein every `interval` days from `start` to `until`, each `duration` long.

    Every field is in days.
    The level is asked for from `held_from` on, when the first doses have built up.
    """

    start: float
    until: float
    interval: float
    duration: float
    held_from: float

    @property
    def times(self) -> Sequence[float]:
        """When each infusion starts."""
        count = int((self.until - self.start) / self.interval) + 1
        return [self.start + self.interval * at for at in range(count)]


def dose_that_holds(
    body: Body,
    level: float,
    schedule: Schedule,
    drug_doses: Doses | None = None,
    most: float = 200.0,
    igg_doses: Doses | None = None,
) -> float:
    """The smallest amount (g) of each infusion that keeps total IgG at a level (g/L) or above.

    IgG is looked at before each infusion and at the end; 0 where none is needed. `igg_doses` are
    given as well, whatever the amount. The amount is found to within 0.01 g.
    Raises `ForecastRefused`: `dose-not-found`, where `most` does not hold the level; those of
    `chains.chain`.
    """
    import numpy as np
    from scipy.optimize import brentq

    starts = np.asarray(schedule.times)
    seen = np.append(starts[starts >= schedule.held_from], schedule.until)

    def spare(amount: float) -> float:
        given = together(doses(starts, amount, schedule.duration), igg_doses)
        found = chain(body, seen, drug_doses, given).series[IGG]
        return float(found.min()) - level

    if spare(0.0) >= 0:
        return 0.0
    if spare(most) < 0:
        raise ForecastRefused([_not_found(level, most)])
    return float(brentq(spare, 0.0, most, xtol=0.01))


def _not_found(level: float, most: float) -> Problem:
    return Problem(
        "dose-not-found",
        f"No dose up to {most:g} g at this interval holds an IgG of {level:g} g/L.",
        mend="shorten the interval, start earlier, or ask for the level later",
    )
