"""Each measured value against what was forecast from the values before it.

A forecast that was fitted to a value cannot be checked by it. So each is foretold from the doses
and the earlier values alone, and the band is that of a measurement: what people may be, and the
error of measuring. The body is taken as it is known at the moment of judgement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stepline.forecast.driving import Driving, Measured, with_baseline
from stepline.forecast.forecasting import seen_at
from stepline.forecast.individual import individual
from stepline.forecast.result import Band, Forecast

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.doses import Doses
    from stepline.forecast.fitting import Fit
    from stepline.forecast.model import Model

MOST = 24
"""How many values are compared, the last of them: each is a fit of its own."""
_ENDS = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Foretold:
    """A measured value and what was foretold of it from `earlier` values, in the result unit.

    `with_error` says whether the band holds the error of a measurement; where the model does not
    report one it is of the true value. `is_within` is `None` where there is no band, or where a
    value known only to lie below a limit may lie on either side of it.
    """

    measured: Measured
    expected: Band
    earlier: int
    with_error: bool
    is_within: bool | None


def foretold(one: Forecast) -> tuple[Foretold, ...]:
    """The last 24 measured values of a forecast, in order of time."""
    driving = one.driving
    model = with_baseline(one.model, driving)
    typical = individual(model, driving.covariates)
    doses = driving.arrays()
    first = max(0, len(driving.measured) - MOST)
    return tuple(
        _foretold(at, one, model, typical, doses) for at in range(first, len(driving.measured))
    )


def _foretold(
    at: int, one: Forecast, model: Model, typical: Mapping[str, float], doses: Doses
) -> Foretold:
    measured = one.driving.measured[at]
    fitted = None if one.fit is None else _fit(model, typical, one.driving, doses, at)
    residual = model.residual
    with_error = residual is not None and bool(residual.additive or residual.proportional)
    time = seen_at(one.driving)[at : at + 1]
    expected = _band(one, model, typical, doses, fitted, time)
    return Foretold(
        measured, expected, at if fitted else 0, with_error, _within(measured, expected)
    )


def _fit(
    model: Model, typical: Mapping[str, float], driving: Driving, doses: Doses, count: int
) -> Fit | None:
    """The fit to the first `count` values; `None` before the first."""
    import numpy as np

    from stepline.forecast.fitting import Observed, fit

    if count == 0:
        return None
    before = replace(driving, measured=driving.measured[:count])
    numbers = [one.value if one.value is not None else one.below for one in before.measured]
    values = np.array([float(number) for number in numbers if number is not None])
    below = np.array([one.value is None for one in before.measured])
    return fit(model, typical, doses, Observed(seen_at(before), values, below))


def _band(
    one: Forecast,
    model: Model,
    typical: Mapping[str, float],
    doses: Doses,
    fitted: Fit | None,
    time: NDArray[np.float64],
) -> Band:
    import numpy as np

    from stepline.forecast.persons import concentrations_of, deviations_drawn, persons
    from stepline.forecast.predicting import concentrations

    line = float(concentrations(model, fitted.values if fitted else typical, doses, time)[0])
    if not model.varied:
        return Band(line)
    apart = (
        fitted.drawn(one.draws, one.seed)
        if fitted
        else deviations_drawn(model, one.draws, one.seed)
    )
    drawn = concentrations_of(model, persons(model, typical, apart), doses, time)[:, 0]
    low, high = np.quantile(_measured(drawn, model, one.seed), _ENDS)
    return Band(line, max(float(low), 0.0), float(high))


def _measured(drawn: NDArray[np.float64], model: Model, seed: int) -> NDArray[np.float64]:
    """The true values with the error of a measurement, where the model reports one."""
    import numpy as np

    if model.residual is None:
        return drawn
    additive = float(model.residual.additive or 0)
    proportional = float(model.residual.proportional or 0)
    spread = np.sqrt(additive**2 + (proportional * drawn) ** 2)
    noise = np.random.default_rng([seed, 1]).standard_normal(len(drawn))
    found: NDArray[np.float64] = drawn + spread * noise
    return found


def _within(measured: Measured, expected: Band) -> bool | None:
    if expected.low is None or expected.high is None:
        return None
    if measured.value is not None:
        return expected.low <= float(measured.value) <= expected.high
    assert measured.below is not None
    return False if float(measured.below) < expected.low else None
