"""What other regimens would do: troughs, the probability of a target, grams and hours a year.

Every candidate is judged in steady state on the same drawn persons, so that two candidates differ
by the regimen alone. A year is 365.25 days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from stepline.core.errors import Place, Problem
from stepline.core.quantity import Quantity, comparable, decimal_of, in_unit
from stepline.dosing.numbers import quantity_of
from stepline.forecast.driving import not_in_model
from stepline.forecast.individual import ForecastRefused, individual
from stepline.forecast.model import Model
from stepline.forecast.predicting import LINEAR
from stepline.forecast.repeating import NOT_EXACT, Interval, Schedule, steady_state
from stepline.forecast.result import DRAWS, SEED, Band
from stepline.forecast.whatif_model import (
    Aim,
    Candidate,
    Hours,
    Outcome,
    Setting,
    Target,
    WhatIf,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.fitting import Fit

YEAR = Fraction(1461, 4)
"""Days in a year, 365.25."""


def what_if(
    model: Model,
    candidates: Sequence[Candidate],
    target: Target | None,
    setting: Setting,
    *,
    wanted: Fraction = Fraction(8, 10),
    fit: Fit | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> WhatIf:
    """Every candidate in steady state, on people of the population or, after a fit, this person.

    Raises `ForecastRefused` with every problem: `drug-not-in-model`, `weight-missing`,
    `dose-not-mass`, `interval-too-short`, `target-not-predicted`, what `individual` raises; and
    what `round_course` raises.
    """
    problems = _problems(model, candidates, target, setting)
    if problems:
        raise ForecastRefused(problems)
    covariates = {name: one.value for name, one in setting.known.items()}
    values, basis = _people(model, individual(model, covariates), fit, draws, seed)
    outcomes = tuple(_outcome(model, one, target, setting, values, basis) for one in candidates)
    meeting = [one for one in outcomes if _is_met(one, wanted)] if target else []
    return WhatIf(
        model,
        target,
        wanted,
        outcomes,
        basis,
        draws,
        seed,
        _longest(meeting),
        min(meeting, key=lambda one: (one.a_year.value, one.infusions_a_year), default=None),
        () if model.structure in LINEAR else (NOT_EXACT,),
    )


def _problems(
    model: Model, candidates: Sequence[Candidate], target: Target | None, setting: Setting
) -> list[Problem]:
    found = [] if setting.drug in model.drugs else [not_in_model(setting.drug, model)]
    for one in candidates:
        per_kg, by_mass = comparable(one.dose.unit, "g/kg"), comparable(one.dose.unit, "g")
        if not (per_kg or by_mass) or one.dose.value <= 0:
            message = "A dose is a mass, or a mass per kg."
            found.append(
                Problem("dose-not-mass", message, found=one.dose.say(), allowed="0.4 g/kg")
            )
        elif per_kg and setting.weight is None:
            message = "A dose per kg needs the weight, which is not known."
            found.append(Problem("weight-missing", message, mend="add --weight 70kg"))
        if one.interval < one.days:
            message = "A course is longer than the interval to the next."
            found.append(Problem("interval-too-short", message, found=one.say()))
    if target is not None and not is_predicted(target, model):
        found.append(not_predicted(target, model))
    return list(dict.fromkeys(found))


def not_predicted(target: Target, model: Model) -> Problem:
    """What is said of a target about something else than the model predicts."""
    return Problem(
        "target-not-predicted",
        f"The model {model.id} predicts {model.measures} in {model.result_unit}.",
        Place(path="--target"),
        target.say(),
        f"{model.measures} trough >= … {model.result_unit}",
    )


def is_predicted(target: Target, model: Model) -> bool:
    """Whether a target is about what the model predicts, in a unit of it."""
    return target.concept == model.measures and comparable(target.limit.unit, model.result_unit)


def _people(
    model: Model, typical: Mapping[str, float], fit: Fit | None, draws: int, seed: int
) -> tuple[dict[str, NDArray[np.float64]], str]:
    """The line first (typical, or fitted), then the drawn persons."""
    import numpy as np

    from stepline.forecast.persons import deviations_drawn, persons

    if not model.varied:
        return {name: np.array([value]) for name, value in typical.items()}, "typical"
    if fit is not None:
        deviations = np.vstack([fit.deviations[None, :], fit.drawn(draws, seed)])
        return persons(model, typical, deviations), "individual"
    drawn = deviations_drawn(model, draws, seed)
    return persons(model, typical, np.vstack([np.zeros((1, drawn.shape[1])), drawn])), "population"


def _outcome(
    model: Model,
    one: Candidate,
    target: Target | None,
    setting: Setting,
    values: Mapping[str, NDArray[np.float64]],
    basis: str,
) -> Outcome:
    from stepline.forecast.practicalities import given_each, hours_of

    exact, amount, notes = given_each(one, setting)
    hours, why = hours_of(amount, setting)
    mass = float(in_unit(amount, model.amount_unit))
    minutes = 0.0 if hours is None else float(hours.low) * 60
    regimen = Schedule(mass, one.interval, one.days, minutes / 1440, setting.route == "sc")
    shown = steady_state(model, values, regimen)
    met = _met(shown, target, model)
    probability = None if met is None or basis == "typical" else float(met[1:].mean())
    times = YEAR / one.interval * one.days
    yearly = _yearly(hours, times)
    return Outcome(
        one,
        exact,
        amount,
        _band(shown.trough, basis),
        _band(shown.peak, basis),
        None if met is None else bool(met[0]),
        probability,
        None if probability is None or met is None else _error(probability, len(met) - 1),
        quantity_of(in_unit(amount, amount.unit) * times, amount.unit),
        decimal_of(times),
        yearly,
        (*notes, *why),
    )


def _yearly(hours: Hours | None, times: Fraction) -> Hours | None:
    if hours is None:
        return None
    high = None if hours.high is None else decimal_of(Fraction(hours.high) * times)
    return Hours(decimal_of(Fraction(hours.low) * times), high)


def _error(probability: float, draws: int) -> float:
    return float((probability * (1 - probability) / draws) ** 0.5)


def _met(shown: Interval, target: Target | None, model: Model) -> NDArray[np.bool_] | None:
    if target is None:
        return None
    limit = float(in_unit(target.limit, model.result_unit))
    if target.aim is Aim.TIME_ABOVE:
        assert target.share is not None
        return shown.share_above(limit) >= float(target.share)
    value = shown.trough if target.aim is Aim.TROUGH else shown.peak
    return value >= limit if target.at_least else value <= limit


def _band(values: NDArray[np.float64], basis: str) -> Band:
    import numpy as np

    if basis == "typical":
        return Band(float(values[0]))
    low, high = np.quantile(values[1:], [0.05, 0.95])
    return Band(float(values[0]), float(low), float(high))


def _is_met(one: Outcome, wanted: Fraction) -> bool:
    if one.probability is None:
        return bool(one.meets)
    return one.probability >= float(wanted)


def _longest(meeting: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Of each dose the longest interval, in the order of doses."""
    by_dose: dict[tuple[Quantity, int], Outcome] = {}
    for one in meeting:
        key = (one.candidate.dose, one.candidate.days)
        if key not in by_dose or one.candidate.interval > by_dose[key].candidate.interval:
            by_dose[key] = one
    return tuple(by_dose.values())
