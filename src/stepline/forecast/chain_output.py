"""The chain from rituximab to IgG in machine form."""

from __future__ import annotations

from collections.abc import Sequence

from stepline.forecast.chain_compared import Compared
from stepline.forecast.chain_level import INFUSION_DAYS, Hold, Level
from stepline.forecast.chaining import GONE, SERIES_UNITS, ChainForecast, Course, Return, say_day
from stepline.forecast.driving import Driving
from stepline.forecast.output import evidence_of, model_json
from stepline.forecast.result import CREED


def chain_json(one: ChainForecast, compared: Sequence[Compared] = ()) -> dict[str, object]:
    """One forecast: series by name, crossings, models with their evidence, what is said."""
    driving = one.driving.drug
    evidence = [each for model in one.models.listed for each in evidence_of(model)]
    return {
        "as_of": _at(driving, driving.days(driving.as_of)),
        "until": _at(driving, driving.days(driving.until)),
        "models": [
            {**model_json(model), "because": one.models.because.get(model.id)}
            for model in one.models.listed
        ],
        "evidence": [each.as_json() for each in dict.fromkeys((*evidence, *driving.evidence))],
        "doses": [
            {
                **_at(driving, driving.days(dose.time)),
                "drug": drug,
                "amount": float(dose.amount),
                "unit": unit,
                "minutes": None if dose.minutes is None else float(dose.minutes),
                "ahead": dose.is_ahead,
                "event_id": dose.event_id or None,
            }
            for drug, unit, doses in (
                ("rituximab", "mg", driving.doses),
                ("immunoglobulin", "g", one.driving.igg_doses),
            )
            for dose in doses
        ],
        "baselines": {name: known.as_json() for name, known in one.own.items()},
        "covariates": {
            model: [known.as_json() for known in covariates.values()]
            for model, covariates in one.driving.known.items()
        },
        "series": {name: _series(one, name, course) for name, course in one.series.items()},
        "crossings": {
            "rituximab": {
                "gone_below": {"value": GONE, "unit": "mg/L"},
                "gone": _maybe(driving, one.gone),
                "peaks": [{**_at(driving, day), "value": peak} for day, peak in one.peaks],
            },
            "cd19": None if one.cells is None else _cells(one, driving, one.cells),
            "igg": None if one.lowest is None else _igg(one, driving),
        },
        "measured": [
            {
                **_at(driving, driving.days(each.measured.time)),
                "series": each.series,
                "value": _number(each.measured.value),
                "below": _number(each.measured.below),
                "predicted": each.predicted,
                "event_id": each.measured.event_id or None,
            }
            for each in one.beside
        ],
        "compared": [_compared(each) for each in compared],
        "said": list(one.said),
        "notes": [*one.driving.notes, *one.driving.unused],
        "band": {"of": list(one.varied), "share": 0.9, "draws": one.draws, "seed": one.seed},
        "creed": CREED,
    }


def _series(one: ChainForecast, name: str, course: Course) -> dict[str, object]:
    return {
        "unit": SERIES_UNITS[name],
        "days": one.times.tolist(),
        "value": course.line.tolist(),
        "low": None if course.low is None else course.low.tolist(),
        "high": None if course.high is None else course.high.tolist(),
    }


def _cells(one: ChainForecast, driving: Driving, cells: Return) -> dict[str, object]:
    return {
        "limit": {"value": float(one.cells_limit), "unit": "/uL"},
        "below": [
            {"from": _at(driving, each.start), "to": _maybe(driving, each.end)}
            for each in cells.below
        ],
        "returns": _maybe(driving, cells.day),
        "returns_low_day": cells.low,
        "returns_high_day": cells.high,
    }


def _igg(one: ChainForecast, driving: Driving) -> dict[str, object]:
    assert one.lowest is not None
    day, band = one.lowest
    return {
        "lowest": {**_at(driving, day), **band.as_json()},
        "level": None if one.level is None else _level(driving, one.level),
    }


def _level(driving: Driving, one: Level) -> dict[str, object]:
    return {
        "value": float(one.level),
        "unit": "g/L",
        "crosses": _maybe(driving, one.crossing),
        "is_below_now": one.is_below_now,
        "hold": None if one.hold is None else _hold(driving, one.hold),
    }


def _hold(driving: Driving, one: Hold) -> dict[str, object]:
    return {
        "grams": one.grams,
        "grams_per_kg": one.per_kg,
        "every_days": one.every,
        "infusion_days": INFUSION_DAYS,
        "from": _at(driving, one.start),
        "held_from": _at(driving, one.held_from),
        "until": _at(driving, one.until),
        "why_not": one.why_not or None,
    }


def _compared(one: Compared) -> dict[str, object]:
    return {
        "regimen": one.regimen,
        "milligrams": float(one.milligrams),
        "gone_day": one.gone,
        "days_below": one.days_below,
        "returns_day": one.cells.day if one.cells else None,
        "returns_low_day": one.cells.low if one.cells else None,
        "returns_high_day": one.cells.high if one.cells else None,
        "igg_lowest": None if one.lowest is None else one.lowest.as_json(),
        "igg_crosses_day": one.crossing,
    }


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _maybe(driving: Driving, day: float | None) -> dict[str, object] | None:
    return None if day is None else _at(driving, day)


def _at(driving: Driving, day: float) -> dict[str, object]:
    return {"at": say_day(driving, day), "day": day}
