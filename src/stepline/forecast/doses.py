"""The doses of one person as arrays: what every structure of model is driven by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepline.core.errors import Place, Problem
from stepline.forecast.individual import ForecastRefused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


SHORTEST = 1e-9
"""Days, a tenth of a millisecond: a dose over no longer is a bolus, since times round to more."""


@dataclass(frozen=True, slots=True)
class Doses:
    """The doses of one person in order of time; the arrays have one length.

    `time` of the start in days; `amount` in the `amount_unit` of the model; `duration` in days, 0
    for a bolus; `depot` where the dose goes under the skin, else it enters the central
    compartment. Make them with `doses`, which sorts and checks.
    """

    time: NDArray[np.float64]
    amount: NDArray[np.float64]
    duration: NDArray[np.float64]
    depot: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.time)


def doses(
    time: Sequence[float] | NDArray[np.float64],
    amount: Sequence[float] | NDArray[np.float64] | float,
    duration: Sequence[float] | NDArray[np.float64] | float = 0.0,
    depot: Sequence[bool] | NDArray[np.bool_] | bool = False,
) -> Doses:
    """Doses sorted by time; those at one time keep their order.

    One amount, duration or depot is for all.

    Raises `ForecastRefused` with every problem: `dose-time-wrong` (no finite number),
    `dose-amount-wrong` and `dose-duration-wrong` (no finite number, or negative).
    """
    import numpy as np

    starts = np.asarray(time, dtype=np.float64)
    amounts = np.broadcast_to(np.asarray(amount, dtype=np.float64), starts.shape)
    durations = np.broadcast_to(np.asarray(duration, dtype=np.float64), starts.shape)
    depots = np.broadcast_to(np.asarray(depot, dtype=np.bool_), starts.shape)
    problems = [
        *_wrong("time", starts, ~np.isfinite(starts), "a finite number of days"),
        *_wrong("amount", amounts, ~(np.isfinite(amounts) & (amounts >= 0)), "0 or more"),
        *_wrong("duration", durations, ~(np.isfinite(durations) & (durations >= 0)), "0 or more"),
    ]
    if problems:
        raise ForecastRefused(problems)
    order = np.argsort(starts, kind="stable")
    return Doses(starts[order], amounts[order], durations[order], depots[order])


def no_doses() -> Doses:
    """Nothing is given."""
    return doses([], [])


def _wrong(
    what: str, values: NDArray[np.float64], is_wrong: NDArray[np.bool_], allowed: str
) -> list[Problem]:
    message = f"The {what} of a dose cannot be used."
    return [
        Problem(
            f"dose-{what}-wrong",
            message,
            Place(path=f"dose {at + 1}"),
            f"{values[at]:g}",
            allowed,
        )
        for at in is_wrong.nonzero()[0]
    ]
