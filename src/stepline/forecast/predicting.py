"""What a model predicts for one person: the one front of all structures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stepline.forecast.doses import Doses
from stepline.forecast.model import Model, Structure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LINEAR = (Structure.LINEAR, Structure.LINEAR_RATES)


def concentrations(
    model: Model, values: Mapping[str, float], doses: Doses, times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The predicted `measures` of a model in its `result_unit` at each time, endogenous added.

    `values` are the parameters of one person, as `individual` gives them; `times` are days on the
    clock of the doses, in any order. A bolus counts from its own moment on; an infusion that
    starts at a time has given nothing yet, so that the value there is the trough before it.
    `f` and `lag` hold for doses into the depot. Before the first dose only what is endogenous is
    there.

    Raises `ForecastRefused`: `depot-unknown`, a dose into a depot that the model does not have;
    `driver-needed`, the model of an effect, which `chains.chain` joins to the drug that drives it;
    `course-not-solved`, parameters with which the equations have no end.
    """
    if model.structure in LINEAR:
        from stepline.forecast.linear import linear_concentrations

        return linear_concentrations(model, values, doses, times)
    from stepline.forecast.stepped import stepped_concentrations

    return stepped_concentrations(model, values, doses, times)
