"""The steady state of a dose that repeats without end, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepline.forecast.doses import SHORTEST
from stepline.forecast.linear import one_course
from stepline.forecast.moves import Moves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.modes import Modes


@dataclass(frozen=True, slots=True)
class Repeated:
    """A dose every `interval` days, over `duration` days (0: a bolus), longer ones overlapping."""

    amount: float
    interval: float
    duration: float = 0.0
    depot: bool = False


def steady_concentrations(
    modes: Modes, dose: Repeated, since: NDArray[np.float64], scale: float = 1.0
) -> NDArray[np.float64]:
    """What is there at days since the last dose began, without what is endogenous.

    `since` lies from 0, before that dose, to the interval, which is the same moment of the next
    dose. `amount` has been multiplied by what is absorbed.
    """
    import numpy as np

    from stepline.forecast.linear_kernels import DEPOT_STEADY, RESET, SEEN, STEADY

    count = len(since)
    kind = np.tile([RESET, DEPOT_STEADY if dose.depot else STEADY, SEEN], count)
    full = np.full(3 * count, 1.0)
    return one_course(
        modes,
        Moves(
            np.zeros(3 * count),
            kind.astype(np.int64),
            full * dose.amount,
            full * dose.interval,
            full * (dose.duration if dose.duration > SHORTEST else 0.0),
            np.repeat(np.asarray(since, dtype=np.float64), 3),
        ),
        scale,
    )
