"""Solves a body step by step, for one person or for many at once, and says where it cannot."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepline.core.errors import Place, Problem
from stepline.forecast.doses import SHORTEST
from stepline.forecast.individual import ForecastRefused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.doses import Doses

FEW = 32
"""As many persons are solved on one core: more cores would cost more than they save."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a step may be wrong by: the larger of a share of the state and an absolute amount.

    With `fixed_step` (d) above 0 steps are of that length, shorter only to meet a dose or the end;
    that is for showing how the error falls with the step.
    """

    relative: float = 1e-8
    absolute: float = 1e-10
    fixed_step: float = 0.0


STANDARD = Tolerance()


@dataclass(frozen=True, slots=True)
class Events:
    """What enters a body, in order of time: arrays of one length.

    `kind` is `stepping_kernels.JUMP` (an `amount` at once) or `RATE` (a change of rate, per day);
    `state` is the place of the state that it enters.
    """

    time: NDArray[np.float64]
    kind: NDArray[np.int64]
    state: NDArray[np.int64]
    amount: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.time)


def events(doses: Doses, central: int, depot: int, *, f: float = 1.0, lag: float = 0.0) -> Events:
    """The events of doses into a central state or its depot.

    `f` is the share of a dose into the depot that is absorbed, `lag` the days until it begins. A
    dose over no more than `SHORTEST` is a bolus.
    """
    import numpy as np

    from stepline.forecast.stepping_kernels import JUMP, RATE

    start = doses.time + np.where(doses.depot, lag, 0.0)
    amount = doses.amount * np.where(doses.depot, f, 1.0)
    into = np.where(doses.depot, depot, central)
    is_given = amount > 0
    end = start + doses.duration
    is_long = is_given & (end - start > SHORTEST)
    is_bolus = is_given & ~is_long
    rate = amount[is_long] / (end - start)[is_long]
    kinds = [np.full(int(is_bolus.sum()), JUMP), np.full(2 * len(rate), RATE)]
    return _in_order(
        np.concatenate([start[is_bolus], start[is_long], end[is_long]]),
        np.concatenate(kinds),
        np.concatenate([into[is_bolus], into[is_long], into[is_long]]),
        np.concatenate([amount[is_bolus], rate, -rate]),
    )


def together(given: Sequence[Events]) -> Events:
    """Several lists of events as one."""
    import numpy as np

    return _in_order(
        np.concatenate([one.time for one in given]),
        np.concatenate([one.kind for one in given]),
        np.concatenate([one.state for one in given]),
        np.concatenate([one.amount for one in given]),
    )


def _in_order(
    time: NDArray[np.float64],
    kind: NDArray[np.int64],
    state: NDArray[np.int64],
    amount: NDArray[np.float64],
) -> Events:
    """Sorted by every field, so that the order in which doses are written changes no digit."""
    import numpy as np

    order = np.lexsort((amount, state, kind, time))
    whole = np.int64
    return Events(time[order], kind[order].astype(whole), state[order].astype(whole), amount[order])


def solve(
    bodies: NDArray[np.float64],
    given: Sequence[Events],
    times: NDArray[np.float64],
    tolerance: Tolerance = STANDARD,
) -> NDArray[np.float64]:
    """The states (n × times × states) of n bodies (n × parameters) at times (d, in any order).

    `given` is one list of events for all, or one for each body. Raises `ForecastRefused` with a
    problem for each body that is not solved: `course-not-solved`; `time-wrong`, a time that is no
    finite number.
    """
    import numpy as np

    from stepline.forecast.stepping_kernels import TRANSIT, TRANSITS

    seen = np.asarray(times, dtype=np.float64)
    if not np.isfinite(seen).all():
        raise ForecastRefused.because("time-wrong", "A time to predict at is no finite number.")
    pools = int(bodies[:, TRANSITS].max()) if len(bodies) else 0
    out = np.empty((len(bodies), len(seen), TRANSIT + pools))
    if not out.size:
        return out
    order = np.argsort(seen, kind="stable")
    ended = _courses(np.ascontiguousarray(bodies), given, seen[order], tolerance, out)
    if ended.any():
        raise ForecastRefused(_problems(ended))
    if (order[1:] > order[:-1]).all():
        return out
    back = np.empty_like(out)
    back[:, order] = out
    return back


def _courses(
    bodies: NDArray[np.float64],
    given: Sequence[Events],
    times: NDArray[np.float64],
    tolerance: Tolerance,
    out: NDArray[np.float64],
) -> NDArray[np.int64]:
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    from stepline.forecast.stepping_kernels import courses

    last = np.cumsum([len(one) for one in given])
    spans = np.stack([last - [len(one) for one in given], last], axis=1)
    if len(given) == 1:
        spans = np.repeat(spans, len(bodies), axis=0)
    columns = (
        np.concatenate([one.time for one in given]),
        np.concatenate([one.kind for one in given]),
        np.concatenate([one.state for one in given]),
        np.concatenate([one.amount for one in given]),
    )
    ended = np.zeros(len(bodies), dtype=np.int64)
    steps = (tolerance.relative, tolerance.absolute, tolerance.fixed_step)

    def solve_some(some: slice) -> None:
        found = out[some], ended[some]
        courses(bodies[some], columns, spans[some], times, steps, found)

    if len(bodies) <= FEW:
        solve_some(slice(None))
        return ended
    parts = [slice(at, at + FEW) for at in range(0, len(bodies), FEW)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(solve_some, parts))
    return ended


def _problems(ended: NDArray[np.int64]) -> list[Problem]:
    from stepline.forecast.stepping_kernels import NOT_FINITE, TOO_SMALL

    why = {
        NOT_FINITE: "a value grows without end or is no number",
        TOO_SMALL: "the tolerance asks for steps that are lost in rounding",
    }
    return [
        Problem(
            "course-not-solved",
            "The course cannot be computed with these parameters.",
            Place(path=f"person {at + 1}"),
            why.get(int(ended[at]), "it takes more than a million steps"),
            mend="look for a parameter that is far from the typical value, or loosen the tolerance",
        )
        for at in ended.nonzero()[0]
    ]
