"""Predictions of linear models in closed form, for one person or for many at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stepline.core.errors import Problem
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.modes import Modes, modes
from stepline.forecast.moves import Moves, moves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.doses import Doses
    from stepline.forecast.model import Model


def linear_concentrations(
    model: Model, values: Mapping[str, float], doses: Doses, times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`predicting.concentrations` for the linear structures."""
    import numpy as np

    if "ka" not in model.parameters and bool(doses.depot.any()):
        raise ForecastRefused([no_depot(model)])
    seen = np.asarray(times, dtype=np.float64)
    order = np.argsort(seen, kind="stable")
    given = moves(doses, seen[order], f=values.get("f", 1.0), lag=values.get("lag", 0.0))
    found = np.empty(len(seen))
    found[order] = one_course(modes(model.structure, values), given, float(model.scale))
    return found + values.get("endogenous", 0.0)


def one_course(modes: Modes, given: Moves, scale: float = 1.0) -> NDArray[np.float64]:
    """What one person's moves show, in their order: `scale` × amount per volume."""
    import numpy as np

    from stepline.forecast.linear_kernels import SEEN, course

    out = np.empty(int(np.count_nonzero(given.kind == SEEN)))
    body = (modes.rates[0], modes.shares[0], modes.absorption[0])
    course(given.columns, (0, len(given)), 1.0, body, scale / modes.volume[0], out)
    return out


def many_courses(
    modes: Modes, given: Moves, amounts: NDArray[np.float64], scale: float = 1.0
) -> NDArray[np.float64]:
    """What n persons show who have one calendar of moves (n × times), computed on all cores.

    `amounts` (n) multiply every amount of the calendar, such as a body weight for doses per kg.
    """
    import numpy as np

    from stepline.forecast.linear_kernels import SEEN, courses

    out = np.empty((len(modes), int(np.count_nonzero(given.kind == SEEN))))
    first = np.zeros(len(modes), dtype=np.int64)
    scales = np.ascontiguousarray(amounts, dtype=np.float64)
    bodies = (modes.rates, modes.shares, modes.absorption)
    spans = (first, first + len(given))
    courses(given.columns, spans, scales, bodies, scale / modes.volume, out)
    return out


def row_courses(
    modes: Modes, given: Moves, ends: NDArray[np.int64], scale: float = 1.0
) -> NDArray[np.float64]:
    """What persons show who each have their own moves, one person after another.

    Those of person i stand from `ends[i]` to `ends[i + 1]`. Modes of one person are those of all.
    """
    import numpy as np

    from stepline.forecast.linear_kernels import SEEN, course

    seen = np.concatenate([[0], np.cumsum(given.kind == SEEN)])[ends]
    out = np.empty(int(seen[-1]))
    for person in range(len(ends) - 1):
        at = person if len(modes) > 1 else 0
        body = (modes.rates[at], modes.shares[at], modes.absorption[at])
        span, part = (ends[person], ends[person + 1]), out[seen[person] : seen[person + 1]]
        course(given.columns, span, 1.0, body, scale / modes.volume[at], part)
    return out


def no_depot(model: Model) -> Problem:
    """What is said of a dose into a depot that a model does not have."""
    return Problem(
        "depot-unknown",
        f"The model {model.id} has no depot: it cannot take a dose under the skin.",
        allowed=", ".join(model.routes) or "doses into the central compartment",
        mend="choose a model with an absorption rate (ka), or give the dose into the vein",
    )
