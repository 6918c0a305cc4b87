"""A file of what is known of one person: covariates, and parameters that replace a model's.

    covariates: {weight: 70 kg, male: 1}
    parameters: {cl: 0.2 L/d}

Import this module lazily; it needs pydantic.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import Field

from stepline.core.documents import read_as
from stepline.core.errors import Place, Problem, Refused
from stepline.core.quantity import in_unit, parse_number, parse_quantity, read_unit
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import COVARIATES, Model
from stepline.vocabulary.authoring import Authored

_MAY_BE_NOTHING = ("lag", "endogenous")


@dataclass(frozen=True, slots=True)
class Person:
    """Covariates in the units of `model.COVARIATES`, parameters in those of the model."""

    covariates: Mapping[str, float]
    parameters: Mapping[str, float]


class _Person(Authored):
    covariates: dict[str, Decimal | str] = Field(default_factory=dict)
    parameters: dict[str, Decimal | str] = Field(default_factory=dict)


def read_person(content: bytes, name: str, model: Model) -> Person:
    """What a file states of a person, for a model.

    Raises:
        DocumentRefused: the file is not as the format says.
        ForecastRefused: `covariate-unknown`, `parameter-unknown`, `parameter-wrong` (not positive),
            `unit-missing`, `unit-mismatch` and other problems of a quantity.
    """
    authored = read_as(_Person, content, name)
    problems: list[Problem] = []
    covariates = _read(authored.covariates, dict(COVARIATES), ("covariate", name), problems)
    units = {key: one.unit for key, one in model.parameters.items()}
    parameters = _read(authored.parameters, units, ("parameter", name), problems)
    for key, value in parameters.items():
        if not (value > 0 or (value == 0 and key in _MAY_BE_NOTHING)):
            place = Place(name, path=f"parameters.{key}")
            message = f"The {key} is not positive."
            problems.append(Problem("parameter-wrong", message, place, f"{value:g}", "more than 0"))
    if problems:
        raise ForecastRefused(problems)
    return Person(covariates, parameters)


def _read(
    stated: Mapping[str, Decimal | str],
    units: Mapping[str, str],
    what: tuple[str, str],
    problems: list[Problem],
) -> dict[str, float]:
    kind, name = what
    found = {}
    for key, value in stated.items():
        place = Place(name, path=f"{kind}s.{key}")
        if key not in units:
            message = f"There is no such {kind}."
            allowed = ", ".join(units)
            problems.append(Problem(f"{kind}-unknown", message, place, key, allowed))
            continue
        try:
            found[key] = _number(str(value), units[key])
        except Refused as refusal:
            problems += [one.at(place) for one in refusal.problems]
    return found


def _number(text: str, unit: str) -> float:
    """A number in a unit; where there is one, it must be written."""
    value = float(parse_number(text)) if not unit else _quantity(text, unit)
    assert math.isfinite(value)
    return value


def _quantity(text: str, unit: str) -> float:
    quantity, _ = parse_quantity(text)
    return float(in_unit(quantity, read_unit(unit)[0]))
