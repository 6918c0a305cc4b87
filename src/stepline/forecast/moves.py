"""What happens to one person in order of time, as the kernels of linear models read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.doses import Doses

    _Numbers = NDArray[np.float64]
    _Table = tuple[_Numbers, NDArray[np.int64], _Numbers, _Numbers, _Numbers, _Numbers]


@dataclass(frozen=True, slots=True)
class Moves:
    """Moves of one length, in the order in which they happen.

    `kind` is one of `linear_kernels.SEEN` and those beside it; `time`, `interval`, `duration` and
    `since` are days, `amount` an amount or a rate per day.
    """

    time: NDArray[np.float64]
    kind: NDArray[np.int64]
    amount: NDArray[np.float64]
    interval: NDArray[np.float64]
    duration: NDArray[np.float64]
    since: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.time)

    @property
    def columns(self) -> _Table:
        """The arrays as one tuple."""
        return self.time, self.kind, self.amount, self.interval, self.duration, self.since


def moves(doses: Doses, times: NDArray[np.float64], *, f: float = 1.0, lag: float = 0.0) -> Moves:
    """The moves of doses that are seen at times, which rise.

    `f` is the share of a dose into the depot that is absorbed, `lag` the days until it begins. At
    one time a bolus comes before what is seen.
    """
    import numpy as np

    from stepline.forecast.doses import SHORTEST
    from stepline.forecast.linear_kernels import BOLUS, DEPOT_BOLUS, DEPOT_RATE, RATE, SEEN

    start = doses.time + np.where(doses.depot, lag, 0.0)
    amount = doses.amount * np.where(doses.depot, f, 1.0)
    end = start + doses.duration
    is_long = end - start > SHORTEST
    depot = doses.depot
    # Over the length that two binary moments really lie apart, so that the whole amount is given.
    rate = amount[is_long] / (end - start)[is_long]
    rate_kind = np.where(depot[is_long], DEPOT_RATE, RATE)
    time = np.concatenate([start[~is_long], start[is_long], end[is_long], times])
    kind = np.concatenate(
        [
            np.where(depot[~is_long], DEPOT_BOLUS, BOLUS),
            rate_kind,
            rate_kind,
            np.full(len(times), SEEN),
        ]
    )
    values = np.concatenate([amount[~is_long], rate, -rate, np.zeros(len(times))])
    order = np.argsort(time, kind="stable")
    none = np.zeros(len(time))
    return Moves(time[order], kind[order].astype(np.int64), values[order], none, none, none)
