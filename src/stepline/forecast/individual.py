"""The parameters of one person: typical values, covariates and individual deviations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

from stepline.core.errors import Problem, Refused
from stepline.forecast.model import COVARIATES, Covariate, Model, Parameter, Scaling


class ForecastRefused(Refused):
    """A forecast that cannot be made, with every reason."""


Covariates = Mapping[str, Decimal | float | int]
"""Covariates of one person by name, in the units of `COVARIATES`."""


def individual(
    model: Model, covariates: Covariates, deviations: Mapping[str, float] | None = None
) -> dict[str, float]:
    """The parameters of one person by name, in the units of the model.

    value × covariate terms × exp(deviation). Raises `ForecastRefused` with every problem:
    `covariate-missing`, `covariate-wrong` (not finite, or not positive where a power of it is
    taken), `parameter-wrong` (a covariate drives a parameter to zero or below).
    """
    problems = _problems(model, covariates)
    if problems:
        raise ForecastRefused(problems)
    apart = deviations or {}
    values = {
        name: _typical(one, covariates) * math.exp(apart.get(name, 0.0))
        for name, one in model.parameters.items()
    }
    wrong = [
        Problem(
            "parameter-wrong",
            f"With these covariates the model's {name} is not positive.",
            found=f"{value:.3g}",
            allowed="more than 0",
            mend="use a model whose range of validity holds this person",
        )
        for name, value in values.items()
        if not (math.isfinite(value) and value > 0) and model.parameters[name].value > 0
    ]
    if wrong:
        raise ForecastRefused(wrong)
    return values


def _typical(parameter: Parameter, covariates: Covariates) -> float:
    value = float(parameter.value)
    for one in parameter.covariates:
        value *= _term(one, float(covariates[one.name]))
    return value


def _term(covariate: Covariate, value: float) -> float:
    coefficient, reference = float(covariate.coefficient), float(covariate.reference)
    if covariate.scaling is Scaling.POWER:
        return math.exp(coefficient * math.log(value / reference))
    if covariate.scaling is Scaling.EXPONENTIAL:
        return math.exp(coefficient * (value - reference))
    if covariate.scaling is Scaling.FACTOR:
        return math.exp(math.log(coefficient) * (value - reference))
    return 1 + coefficient * (value - reference)


def _problems(model: Model, covariates: Covariates) -> list[Problem]:
    powers = {
        one.name
        for parameter in model.parameters.values()
        for one in parameter.covariates
        if one.scaling is Scaling.POWER
    }
    found = []
    for name in model.needed:
        unit = f" in {COVARIATES[name]}" if COVARIATES[name] else ""
        if name not in covariates:
            found.append(
                Problem(
                    "covariate-missing",
                    f"The model {model.id} needs {name}{unit}, which is not known.",
                    found="nothing",
                    allowed=f"a number{unit}",
                    mend=f"state it, or use a model that does not depend on {name}",
                )
            )
        elif not _usable(float(covariates[name]), is_power=name in powers):
            found.append(
                Problem(
                    "covariate-wrong",
                    f"The {name} is no number that the model can take.",
                    found=str(covariates[name]),
                    allowed="more than 0" if name in powers else "a finite number",
                )
            )
    return found


def _usable(value: float, *, is_power: bool) -> bool:
    return math.isfinite(value) and (value > 0 or not is_power)


def outside(model: Model, stated: Covariates) -> tuple[str, ...]:
    """One sentence for each stated value that lies outside the model's range of validity.

    A range whose value is not stated is told too: it cannot be checked.
    """
    told = []
    for valid in model.valid:
        if valid.name not in stated:
            told.append(f"{valid.name} is not known, so the model's range cannot be checked")
            continue
        value = float(stated[valid.name])
        low, high = valid.low, valid.high
        if (low is not None and value < low) or (high is not None and value > high):
            ends = f"{'' if low is None else low} to {'' if high is None else high} {valid.unit}"
            told.append(f"{valid.name} {value:g} {valid.unit} lies outside {ends.strip()}")
    return tuple(told)
