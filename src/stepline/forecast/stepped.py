"""Predictions of the models of a drug that have no closed form, for one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stepline.core.errors import Problem
from stepline.forecast.body import Body, Part, bodies
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import Model, Structure
from stepline.forecast.stepping import STANDARD, Events, Tolerance, events, solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.doses import Doses

STEPPED = (Structure.CLEARANCE_IN_TIME, Structure.TARGET_QSS, Structure.FCRN)


def stepped_concentrations(
    model: Model,
    values: Mapping[str, float],
    doses: Doses,
    times: NDArray[np.float64],
    tolerance: Tolerance = STANDARD,
) -> NDArray[np.float64]:
    """`predicting.concentrations` for the structures that are solved in steps."""
    import numpy as np

    if model.structure not in STEPPED:
        raise ForecastRefused([_no_driver(model)])
    part = Part(model, values)
    if model.structure is Structure.FCRN:
        rows, given = bodies([Body(igg=part)]), igg_events(part, doses)
        total = igg_of(rows, solve(rows, [given], times, tolerance))
        return np.asarray(total[0] * float(model.scale))
    rows = bodies([Body(drug=part, begin=first_time(doses))])
    states = solve(rows, [drug_events(part, doses)], times, tolerance)
    seen = drug_of(rows, states)[0] * float(model.scale)
    return np.asarray(seen + values.get("endogenous", 0.0))


def first_time(doses: Doses) -> float:
    """The first dose (d), from which a falling clearance counts; 0 without a dose."""
    return float(doses.time[0]) if len(doses) else 0.0


def drug_events(part: Part, doses: Doses) -> Events:
    """The doses of a drug, which goes into the vein. Raises `ForecastRefused`: `depot-unknown`."""
    from stepline.forecast.stepping_kernels import DRUG

    if bool(doses.depot.any()):
        raise ForecastRefused([_no_depot(part.model)])
    return events(doses, DRUG, DRUG)


def igg_events(part: Part, doses: Doses) -> Events:
    """The doses of IgG. Raises `ForecastRefused`: `depot-unknown`."""
    from stepline.forecast.stepping_kernels import DEPOT, EXTRA

    values = part.values
    if bool(doses.depot.any()) and "ka" not in values:
        raise ForecastRefused([_no_depot(part.model)])
    return events(doses, EXTRA, DEPOT, f=values.get("f", 1.0), lag=values.get("lag", 0.0))


def drug_of(rows: NDArray[np.float64], states: NDArray[np.float64]) -> NDArray[np.float64]:
    """The concentration of the drug that acts (n × times), free of its target where it has one."""
    import numpy as np

    from stepline.forecast.stepping_kernels import DRUG, K_SS, TARGET, VC

    total = states[:, :, DRUG] / rows[:, None, VC]
    k_ss = rows[:, None, K_SS]
    apart = total - states[:, :, TARGET] - k_ss
    root = np.sqrt(apart**2 + 4 * k_ss * total.clip(min=0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        small = 2 * k_ss * total / (root - apart)
    bound = np.where(apart >= 0, (apart + root) / 2, small)
    return np.where(k_ss > 0, bound, total)


def igg_of(rows: NDArray[np.float64], states: NDArray[np.float64]) -> NDArray[np.float64]:
    """Total IgG in the central space (g/L; n × times)."""
    from stepline.forecast.stepping_kernels import EXTRA, IGG_VC, OWN

    total: NDArray[np.float64] = (states[:, :, EXTRA] + states[:, :, OWN]) / rows[:, None, IGG_VC]
    return total


def _no_depot(model: Model) -> Problem:
    from stepline.forecast.linear import no_depot

    return no_depot(model)


def _no_driver(model: Model) -> Problem:
    return Problem(
        "driver-needed",
        f"The model {model.id} is of an effect: it needs the course of what drives it.",
        found=model.structure.value,
        mend=f"join it to a model of {model.driven_by or 'the drug'}",
    )
