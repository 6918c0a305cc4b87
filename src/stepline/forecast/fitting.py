"""The individual fit: the most probable parameters of one person, given what was measured.

With the deviations η of a person, their covariance Ω in the population, predictions f(η) and the
residual variance v = additive² + (proportional·f)², the fit minimises

    O(η) = Σ [(y - f)²/v + ln v] + η'Ω⁻¹η

the conditional estimate of a first-order conditional method with interaction (Sheiner and Beal's
post hoc step; Wang, J Pharmacokinet Pharmacodyn 2007;34:575, for the expansion). A value known only
to lie below a limit L enters as -2 ln Φ((L - f)/√v) (Beal's method M3). What is left uncertain is
Laplace's: the covariance is the inverse of half the matrix of second derivatives of O, in which
the data enter by first derivatives of f and v alone, so that it is never indefinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepline.core.errors import Problem
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.persons import concentrations_of, omega, persons

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.doses import Doses
    from stepline.forecast.model import Model

_STEP = 1e-4
_NEAR = 1e-7
_ROUNDS = 8
_TOLD = 0.99
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Observed:
    """Measured values at times (d); where `is_below` the value is the limit it lies below."""

    times: NDArray[np.float64]
    values: NDArray[np.float64]
    is_below: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fit:
    """The parameters of one person and what is left uncertain.

    `names` are those in which people differ, `deviations` their η (natural logarithm of the ratio
    to the typical value), `covariance` that of η; `values` are all parameters in the units of the
    model. `predicted` and `weighted` (residual over its standard deviation) stand beside each
    observation. `objective` is O without constants. `told` are the names of which the data say
    anything: their uncertainty is more than 1 % below that of the population.
    """

    names: tuple[str, ...]
    deviations: NDArray[np.float64]
    covariance: NDArray[np.float64]
    values: Mapping[str, float]
    predicted: NDArray[np.float64]
    weighted: NDArray[np.float64]
    objective: float
    has_converged: bool
    told: tuple[str, ...] = ()

    def interval(self, name: str, quantile: float = 1.6448536269514722) -> tuple[float, float]:
        """From where to where a parameter lies with 90 % probability, by the default quantile."""
        import math

        at = self.names.index(name)
        apart = quantile * math.sqrt(float(self.covariance[at, at]))
        return self.values[name] * math.exp(-apart), self.values[name] * math.exp(apart)

    def correlation(self) -> NDArray[np.float64]:
        """Correlations of what is left uncertain (k × k)."""
        import numpy as np

        sd = np.sqrt(np.diag(self.covariance))
        found: NDArray[np.float64] = self.covariance / np.outer(sd, sd)
        return found

    def drawn(self, count: int, seed: int) -> NDArray[np.float64]:
        """Deviations of what this person may be (count × k); one seed, one answer."""
        import numpy as np

        from stepline.forecast.persons import root

        normal = np.random.default_rng(seed).standard_normal((count, len(self.names)))
        found: NDArray[np.float64] = self.deviations + normal @ root(self.covariance).T
        return found


def why_no_fit(model: Model) -> str:
    """Why a model cannot be fitted to a person; empty where it can."""
    residual = model.residual
    if residual is None or not (residual.additive or residual.proportional):
        return f"{model.id} reports no residual error, so that measured values cannot be weighed"
    if not model.varied:
        return f"{model.id} does not report how people differ"
    return ""


def fit(model: Model, typical: Mapping[str, float], doses: Doses, observed: Observed) -> Fit:
    """The most probable parameters of one person.

    `typical` are the values of `individual` without deviations. Raises `ForecastRefused`:
    `fit-impossible`, with the reason (no residual error, no variability, nothing measured).
    """
    import numpy as np

    reason = why_no_fit(model) or ("" if len(observed.times) else "nothing usable was measured")
    if reason:
        message = f"No individual fit: {reason}."
        mend = "" if why_no_fit(model) == "" else "choose a model that reports both"
        raise ForecastRefused([Problem("fit-impossible", message, mend=mend)])
    task = _Task(model, typical, doses, observed)
    best, has_converged = _least(task)
    predicted = task.predicted(best[None, :])[0]
    sd = np.sqrt(task.variance(predicted))
    covariance = np.asarray(np.linalg.inv(task.information(best)), dtype=np.float64)
    narrower = np.sqrt(np.diag(covariance)) < _TOLD * np.sqrt(np.diag(omega(model)))
    return Fit(
        model.varied,
        best,
        covariance,
        {name: float(one[0]) for name, one in persons(model, typical, best[None, :]).items()},
        predicted,
        (observed.values - predicted) / sd,
        float(task.objective(best[None, :])[0]),
        has_converged,
        tuple(name for name, one in zip(model.varied, narrower, strict=True) if one),
    )


class _Task:
    """The objective of one person, for many η at once (n × k)."""

    def __init__(
        self, model: Model, typical: Mapping[str, float], doses: Doses, observed: Observed
    ) -> None:
        import numpy as np

        assert model.residual is not None
        self.model, self.typical, self.doses, self.observed = model, typical, doses, observed
        self.additive = float(model.residual.additive or 0)
        self.proportional = float(model.residual.proportional or 0)
        self.prior = np.asarray(np.linalg.inv(omega(model)), dtype=np.float64)

    def predicted(self, deviations: NDArray[np.float64]) -> NDArray[np.float64]:
        values = persons(self.model, self.typical, deviations)
        return concentrations_of(self.model, values, self.doses, self.observed.times)

    def variance(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np

        found: NDArray[np.float64] = self.additive**2 + (self.proportional * predicted) ** 2
        return np.maximum(found, _LEAST_VARIANCE)

    def objective(self, deviations: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np

        predicted = self.predicted(deviations)
        prior = np.einsum("ni,ij,nj->n", deviations, self.prior, deviations)
        found: NDArray[np.float64] = self._misfit(predicted).sum(axis=1) + prior
        return found

    def _misfit(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np
        from scipy.special import log_ndtr

        variance = self.variance(predicted)
        apart = self.observed.values - predicted
        seen = apart**2 / variance + np.log(variance)
        found: NDArray[np.float64] = np.where(
            self.observed.is_below, -2 * log_ndtr(apart / np.sqrt(variance)), seen
        )
        return found

    def with_slope(self, deviations: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """The objective at one η and its first derivatives, by central differences."""
        import numpy as np

        steps = np.eye(len(deviations)) * _STEP
        around = np.vstack([deviations, deviations + steps, deviations - steps])
        found = self.objective(around)
        size = len(deviations)
        slope: NDArray[np.float64] = (found[1 : size + 1] - found[size + 1 :]) / (2 * _STEP)
        return float(found[0]), slope

    def information(self, deviations: NDArray[np.float64]) -> NDArray[np.float64]:
        """Half the second derivatives of O with data by first derivatives alone (k × k)."""
        import numpy as np

        size = len(deviations)
        steps = np.eye(size) * _STEP
        around = np.vstack([deviations, deviations + steps, deviations - steps])
        predicted = self.predicted(around)
        at = predicted[0]
        variance = self.variance(at)
        slope = (predicted[1 : size + 1] - predicted[size + 1 :]) / (2 * _STEP)
        by_spread = 2 * self.proportional**2 * at * slope / variance
        weight = np.where(self.observed.is_below, self._censored(at, variance), 1.0)
        spread = np.where(self.observed.is_below, 0.0, 1.0)
        found: NDArray[np.float64] = (
            (slope * weight / variance) @ slope.T
            + 0.5 * (by_spread * spread) @ by_spread.T
            + self.prior
        )
        return found

    def _censored(
        self, predicted: NDArray[np.float64], variance: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """What a value below a limit tells of f, as a share of what a measured one tells.

        With z = (L - f)/√v it is λ(λ + z), λ = φ(z)/Φ(z), which lies between 0 and 1.
        """
        import numpy as np
        from scipy.special import log_ndtr

        z = (self.observed.values - predicted) / np.sqrt(variance)
        ratio = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(z))
        found: NDArray[np.float64] = np.clip(ratio * (ratio + z), 0.0, 1.0)
        return found


def _least(task: _Task) -> tuple[NDArray[np.float64], bool]:
    """The η with the least objective: from several starts, then by Newton's steps."""
    import numpy as np
    from scipy.optimize import minimize

    spread = np.sqrt(np.diag(np.linalg.inv(task.prior)))
    starts = np.vstack([np.zeros(len(spread)), *(np.diag(spread) * s for s in (0.8, -0.8))])
    order = np.argsort(task.objective(starts), kind="stable")
    found = [
        minimize(
            task.with_slope,
            starts[at],
            jac=True,
            hess=lambda at: 2 * task.information(at),
            method="trust-exact",
            options={"gtol": 1e-5, "maxiter": 200, "initial_trust_radius": 0.5},
        )
        for at in order[:2]
    ]
    best = min(found, key=lambda one: float(one.fun))
    return _polished(task, np.asarray(best.x))


def _polished(task: _Task, at: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Newton's steps while they go down; whether the last was of no account."""
    import numpy as np

    value, slope = task.with_slope(at)
    for _ in range(_ROUNDS):
        step = np.linalg.solve(2 * task.information(at), slope)
        if np.abs(step).max() < _NEAR:
            return at, True
        nearer, changed = task.with_slope(at - step)
        if nearer > value:
            break
        at, value, slope = at - step, nearer, changed
    return at, bool(np.abs(np.linalg.solve(2 * task.information(at), slope)).max() < 1e-3)
