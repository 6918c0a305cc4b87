"""The steady state of a repeated regimen, for many persons: exact where the model is linear.

A linear model sums all earlier doses as geometric series; other models are given the regimen for
three years, and say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepline.forecast.predicting import LINEAR

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.doses import Doses
    from stepline.forecast.model import Model

_YEARS_DAYS = 3 * 365.25
_POINTS = 240
_NEARLY = 1 - 1e-9
NOT_EXACT = "The regimen was followed for three years; that is taken for its steady state."


@dataclass(frozen=True, slots=True)
class Schedule:
    """A course given again and again: `amount` on each of `days` days, `interval` days apart."""

    amount: float
    interval: float
    days: int = 1
    duration: float = 0.0
    is_depot: bool = False


@dataclass(frozen=True, slots=True)
class Interval:
    """What n persons show in one interval.

    `trough` (n) right before the course, `peak` (n) the highest, `grid` (n × points) evenly.
    """

    trough: NDArray[np.float64]
    peak: NDArray[np.float64]
    grid: NDArray[np.float64]

    def share_above(self, limit: float) -> NDArray[np.float64]:
        """The share of the interval in which each person lies at or above a limit (n)."""
        import numpy as np

        found: NDArray[np.float64] = np.mean(self.grid >= limit, axis=1)
        return found


def steady_state(
    model: Model, values: Mapping[str, NDArray[np.float64]], regimen: Schedule
) -> Interval:
    """One interval of a regimen in steady state for n persons, endogenous added."""
    import numpy as np

    even = (np.arange(_POINTS) + 0.5) / _POINTS * regimen.interval
    ends = np.arange(regimen.days) + regimen.duration
    times = np.concatenate([even, ends, [regimen.interval * _NEARLY]])
    if model.structure in LINEAR:
        shown = _linear(model, values, regimen, times)
    else:
        shown = _followed(model, values, regimen, times)
    return Interval(shown[:, -1], shown.max(axis=1), shown[:, :_POINTS])


def _course(regimen: Schedule, first: float = 0.0, count: int = 1) -> Doses:
    import numpy as np

    from stepline.forecast.doses import doses

    starts = first + np.arange(count) * regimen.interval
    days = np.asarray(starts[:, None] + np.arange(regimen.days), dtype=np.float64).ravel()
    amounts = np.full(len(days), regimen.amount)
    return doses(days, amounts, regimen.duration, regimen.is_depot)


def _linear(
    model: Model,
    values: Mapping[str, NDArray[np.float64]],
    regimen: Schedule,
    times: NDArray[np.float64],
) -> NDArray[np.float64]:
    import numpy as np

    from stepline.forecast.individual import ForecastRefused
    from stepline.forecast.linear import many_courses, no_depot
    from stepline.forecast.linear_kernels import DEPOT_STEADY, STEADY
    from stepline.forecast.modes import modes
    from stepline.forecast.moves import Moves, moves

    if regimen.is_depot and "ka" not in model.parameters:
        raise ForecastRefused([no_depot(model)])
    order = np.argsort(times, kind="stable")
    course = moves(_course(regimen), times[order])
    days = np.arange(regimen.days, dtype=np.float64)
    since = np.where(days > 0, regimen.interval - days, 0.0)
    kind = np.full(regimen.days, DEPOT_STEADY if regimen.is_depot else STEADY)
    ahead = Moves(
        np.zeros(regimen.days),
        kind.astype(np.int64),
        np.full(regimen.days, regimen.amount),
        np.full(regimen.days, regimen.interval),
        np.full(regimen.days, regimen.duration),
        since,
    )
    joined = Moves(
        *(
            np.concatenate([getattr(ahead, name), getattr(course, name)])
            for name in ("time", "kind", "amount", "interval", "duration", "since")
        )
    )
    count = len(next(iter(values.values())))
    absorbed = values.get("f", np.ones(count)) if regimen.is_depot else np.ones(count)
    found = np.empty((count, len(times)))
    kinetics = modes(model.structure, values)
    found[:, order] = many_courses(kinetics, joined, absorbed, float(model.scale))
    return found + values.get("endogenous", np.zeros(count))[:, None]


def _followed(
    model: Model,
    values: Mapping[str, NDArray[np.float64]],
    regimen: Schedule,
    times: NDArray[np.float64],
) -> NDArray[np.float64]:
    from stepline.forecast.persons import concentrations_of

    count = int(_YEARS_DAYS / regimen.interval) + 1
    last = (count - 1) * regimen.interval
    return concentrations_of(model, values, _course(regimen, 0.0, count), times + last)
