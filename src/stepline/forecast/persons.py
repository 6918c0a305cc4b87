"""Many persons at once: how they differ, and what a model predicts for each of them.

A band of a forecast, the gradient of a fit and the probability of a target ask the same thing:
what the same doses show in n persons whose parameters differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stepline.forecast.predicting import LINEAR, concentrations

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.doses import Doses
    from stepline.forecast.model import Model
    from stepline.forecast.modes import Modes
    from stepline.forecast.moves import Moves

_FEW = 32


def omega(model: Model) -> NDArray[np.float64]:
    """The covariance of the individual deviations (k × k), in the order of `model.varied`."""
    import numpy as np

    names = model.varied
    deviations = np.array([float(_varied(model, name)) for name in names], dtype=np.float64)
    ties = np.eye(len(names))
    for tie in model.correlations:
        one, other = names.index(tie.one), names.index(tie.other)
        ties[one, other] = ties[other, one] = float(tie.value)
    return np.outer(deviations, deviations) * ties


def _varied(model: Model, name: str) -> float:
    varied = model.parameters[name].variability
    assert varied is not None
    return float(varied.omega)


def deviations_drawn(model: Model, count: int, seed: int) -> NDArray[np.float64]:
    """The deviations of `count` persons of the population (count × k); one seed, one answer."""
    import numpy as np

    spread = omega(model)
    generator = np.random.default_rng(seed)
    drawn: NDArray[np.float64] = generator.standard_normal((count, len(spread)))
    return drawn @ root(spread).T


def root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix L with L·Lᵀ = the covariance, which may be singular."""
    import numpy as np

    values, vectors = np.linalg.eigh(covariance)
    found: NDArray[np.float64] = vectors * np.sqrt(np.maximum(values, 0.0))
    return found


def persons(
    model: Model, typical: Mapping[str, float], deviations: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """The parameters of n persons (arrays of n): typical × exp(deviation).

    `deviations` is n × k in the order of `model.varied`.
    """
    import numpy as np

    count = len(deviations)
    found = {name: np.full(count, value) for name, value in typical.items()}
    for at, name in enumerate(model.varied):
        found[name] = found[name] * np.exp(deviations[:, at])
    return found


def concentrations_of(
    model: Model,
    values: Mapping[str, NDArray[np.float64]],
    doses: Doses,
    times: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What `predicting.concentrations` gives for each of n persons (n × times).

    `values` holds an array of n for every parameter. Linear models are worked out for all at once.
    """
    import numpy as np

    count = len(next(iter(values.values())))
    if model.structure in LINEAR and _alike(values, doses):
        return _linear(model, values, doses, times)
    rows = [{name: float(one[at]) for name, one in values.items()} for at in range(count)]
    return np.array([concentrations(model, row, doses, times) for row in rows])


def _alike(values: Mapping[str, NDArray[np.float64]], doses: Doses) -> bool:
    """Whether one calendar serves all: lag is common, and so is F where both routes are used."""
    lag, absorbed = values.get("lag"), values.get("f")
    if lag is not None and len(lag) and (lag != lag[0]).any():
        return False
    mixed = bool(doses.depot.any()) and not bool(doses.depot.all())
    return not mixed or absorbed is None or bool((absorbed == absorbed[0]).all())


def _linear(
    model: Model,
    values: Mapping[str, NDArray[np.float64]],
    doses: Doses,
    times: NDArray[np.float64],
) -> NDArray[np.float64]:
    import numpy as np

    from stepline.core.errors import Refused
    from stepline.forecast.individual import ForecastRefused
    from stepline.forecast.linear import no_depot
    from stepline.forecast.modes import modes
    from stepline.forecast.moves import moves

    if "ka" not in model.parameters and bool(doses.depot.any()):
        refused: Refused = ForecastRefused([no_depot(model)])
        raise refused
    count = len(next(iter(values.values())))
    absorbed = values.get("f", np.ones(count))
    lag = float(values["lag"][0]) if "lag" in values else 0.0
    in_depot = bool(doses.depot.all()) and len(doses) > 0
    common = 1.0 if in_depot else float(absorbed[0])
    amounts = absorbed if in_depot else np.ones(count)
    order = np.argsort(times, kind="stable")
    given = moves(doses, times[order], f=common, lag=lag)
    found = np.empty((count, len(times)))
    kinetics = modes(model.structure, values)
    found[:, order] = courses_of(kinetics, given, amounts, float(model.scale))
    return found + values.get("endogenous", np.zeros(count))[:, None]


def courses_of(
    kinetics: Modes, given: Moves, amounts: NDArray[np.float64], scale: float
) -> NDArray[np.float64]:
    """`many_courses`; a few persons one after the other, as it takes longer to wake all cores."""
    import numpy as np

    from stepline.forecast.linear import many_courses, one_course
    from stepline.forecast.modes import Modes as One

    if len(kinetics) > _FEW:
        return many_courses(kinetics, given, amounts, scale)
    rows = [
        one_course(
            One(
                kinetics.rates[at : at + 1],
                kinetics.shares[at : at + 1],
                kinetics.volume[at : at + 1],
                kinetics.absorption[at : at + 1],
            ),
            given,
            scale * float(amounts[at]),
        )
        for at in range(len(kinetics))
    ]
    return np.array(rows)
