"""Forecasts in machine form, each with its model, evidence, doubts and what drives it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from stepline.core.evidence import Evidence
from stepline.forecast.driving import Driving, Measured
from stepline.forecast.model import Model
from stepline.forecast.result import CREED, Cycle, Forecast
from stepline.forecast.whatif_model import WhatIf

if TYPE_CHECKING:
    from stepline.forecast.fitting import Fit


def model_json(model: Model) -> dict[str, object]:
    """What a model is, with every number that a person's parameters rest on."""
    return {
        "id": model.id,
        "version": model.version,
        "title": model.title,
        "label": model.label,
        "says": model.says,
        "structure": model.structure.value,
        "drugs": list(model.drugs),
        "measures": model.measures,
        "unit": model.result_unit,
        "amount_unit": model.amount_unit,
        "population": model.population,
        "subjects": model.subjects,
        "parameters": {
            name: {
                "value": float(one.value),
                "unit": one.unit,
                "covariates": [term.name for term in one.covariates],
                "omega": None if one.variability is None else float(one.variability.omega),
                "evidence": one.evidence.as_json(),
            }
            for name, one in model.parameters.items()
        },
        "evidence": [one.as_json() for one in evidence_of(model)],
    }


def evidence_of(model: Model) -> tuple[Evidence, ...]:
    """Everything that a model rests on, each source and claim once."""
    parts = [*model.evidence]
    parts += [one.evidence for one in model.parameters.values()]
    parts += [model.residual.evidence] if model.residual else []
    return tuple(dict.fromkeys(parts))


def forecast_json(one: Forecast, because: str = "") -> dict[str, object]:
    """One forecast in machine form."""
    driving = one.driving
    return {
        "model": model_json(one.model),
        "because": because,
        "basis": one.basis,
        "values": dict(one.values),
        "half_life_days": one.half_life,
        "as_of": _moment(driving, driving.as_of),
        "until": _moment(driving, driving.until),
        "driving": _driving_json(driving, one.model),
        "series": {
            "unit": one.model.result_unit,
            "days": one.times.tolist(),
            "value": one.line.tolist(),
            "low": None if one.low is None else one.low.tolist(),
            "high": None if one.high is None else one.high.tolist(),
        },
        "cycles": [_cycle_json(driving, each) for each in one.cycles],
        "last": one.last.as_json(),
        "measured": [
            {
                **_measured_json(driving, seen.measured),
                "predicted": seen.predicted,
                "weighted_residual": seen.weighted,
            }
            for seen in one.seen
        ],
        "fit": None if one.fit is None else fit_json(one.fit),
        "no_fit": one.no_fit or None,
        "outside": list(one.outside),
        "cautions": list(one.cautions),
        "band": "90 % of persons, without the error of a measurement",
        "draws": one.draws,
        "seed": one.seed,
        "creed": CREED,
    }


def fit_json(fit: Fit) -> dict[str, object]:
    """The parameters of one person with 90 % intervals, and what is left uncertain together."""
    return {
        "converged": fit.has_converged,
        "objective": fit.objective,
        "parameters": {
            name: {
                "value": fit.values[name],
                "low": fit.interval(name)[0],
                "high": fit.interval(name)[1],
                "deviation": float(fit.deviations[at]),
                "told_by_data": name in fit.told,
            }
            for at, name in enumerate(fit.names)
        },
        "covariance": fit.covariance.tolist(),
        "correlation": fit.correlation().tolist(),
    }


def what_if_json(one: WhatIf) -> dict[str, object]:
    """Candidates against a target in machine form."""
    return {
        "model": one.model.id,
        "target": None if one.target is None else one.target.say(),
        "wanted_probability": float(one.wanted),
        "basis": one.basis,
        "candidates": [each.as_json() for each in one.outcomes],
        "longest": [each.candidate.say() for each in one.longest],
        "sparing": None if one.sparing is None else one.sparing.candidate.say(),
        "year_days": 365.25,
        "draws": one.draws,
        "seed": one.seed,
        "notes": list(one.notes),
        "creed": CREED,
    }


def _driving_json(driving: Driving, model: Model) -> dict[str, object]:
    return {
        "zero": _moment(driving, driving.zero),
        "doses": [
            {
                **_at(driving, one.time),
                "amount": float(one.amount),
                "unit": model.amount_unit,
                "minutes": None if one.minutes is None else float(one.minutes),
                "depot": one.is_depot,
                "ahead": one.is_ahead,
                "event_id": one.event_id or None,
            }
            for one in driving.doses
        ],
        "covariates": [one.as_json() for one in driving.known.values()],
        "baseline": None if driving.baseline is None else driving.baseline.as_json(),
        "unknown_doses": [one.says for one in driving.untold],
        "clear_from": None if driving.clear_from is None else _moment(driving, driving.clear_from),
        "unused": list(driving.unused),
        "notes": list(driving.notes),
        "evidence": [one.as_json() for one in driving.evidence],
    }


def _cycle_json(driving: Driving, one: Cycle) -> dict[str, object]:
    return {
        **_at(driving, one.start),
        "amount": float(one.amount),
        "doses": len(one.doses),
        "trough_before": one.trough.as_json(),
        "peak": one.peak.as_json(),
    }


def _measured_json(driving: Driving, one: Measured) -> dict[str, object]:
    return {
        **_at(driving, one.time),
        "value": None if one.value is None else float(one.value),
        "below": None if one.below is None else float(one.below),
        "event_id": one.event_id or None,
    }


def _at(driving: Driving, moment: datetime) -> dict[str, object]:
    return {"at": _moment(driving, moment), "day": driving.days(moment)}


def _moment(driving: Driving, moment: datetime) -> str:
    return driving.say(moment)


def disagreement(forecasts: Sequence[Forecast]) -> dict[str, object] | None:
    """How far the models lie apart at the end and in the last trough; `None` for fewer than two.

    Models of one quantity and unit are compared.
    """
    if len(forecasts) < 2 or len({(f.model.measures, f.model.result_unit) for f in forecasts}) > 1:
        return None
    ends = [one.last.value for one in forecasts]
    found: dict[str, object] = {
        "unit": forecasts[0].model.result_unit,
        "last": {"low": min(ends), "high": max(ends)},
    }
    if all(one.cycles for one in forecasts):
        troughs = [one.cycles[-1].trough.value for one in forecasts]
        found["trough"] = {"low": min(troughs), "high": max(troughs)}
    return found
