"""Reads model files: `library/models/*.yaml`, or one that a user names.

A parameter without a source of its own rests on its model's. Import this module lazily; it needs
pydantic.
"""

from __future__ import annotations

import math
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from stepline.core.documents import read_as
from stepline.core.errors import Place, Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import (
    COLUMN_KEYS,
    COVARIATES,
    MAY,
    NEEDS,
    Correlation,
    Covariate,
    Model,
    Parameter,
    Residual,
    Scaling,
    Structure,
    Valid,
    Variability,
)
from stepline.forecast.units import in_days, unit_problems
from stepline.vocabulary.authoring import Authored
from stepline.vocabulary.catalogue import catalogue


class _Rested(Authored):
    """A number that rests on its model's source where it names none."""

    source: str = ""
    status: Status | None = None
    claim: str = ""


class _Term(Authored):
    by: str
    scaling: Scaling = Field(alias="as")
    coefficient: Decimal
    reference: Decimal = Decimal(0)


class _Parameter(_Rested):
    value: Decimal
    unit: str = ""
    of: tuple[_Term, ...] = ()
    cv: Decimal | None = Field(default=None, gt=0)
    sd: Decimal | None = Field(default=None, gt=0)
    variance: Decimal | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_scale(self) -> _Parameter:
        stated = [x for x in (self.cv, self.sd, self.variance) if x is not None]
        if len(stated) > 1:
            message = "Variability is stated once: as cv (in percent), sd or variance."
            raise ValueError(message)
        return self


class _Correlation(_Rested):
    between: tuple[str, str]
    value: Decimal = Field(ge=-1, le=1)


class _Residual(_Rested):
    proportional: Decimal | None = Field(default=None, ge=0)
    additive: Decimal | None = Field(default=None, ge=0)
    unit: str = ""
    scale: Literal["sd", "variance", "unsure"] = "sd"


class _Valid(_Rested):
    of: str
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""


class _Model(_Rested):
    id: str
    version: str
    title: str
    drugs: tuple[str, ...] = ()
    measures: str = ""
    structure: Structure
    amount: str
    result: str
    label: Literal["published", "surrogate", "calibrated"]
    says: str = ""
    parameters: dict[str, _Parameter]
    residual: _Residual | None = None
    population: str
    subjects: int | None = None
    routes: tuple[str, ...] = ()
    correlations: tuple[_Correlation, ...] = ()
    valid: tuple[_Valid, ...] = ()
    cautions: tuple[str, ...] = ()
    driven_by: str = ""
    scale: Decimal = Field(default=Decimal(1), gt=0)
    time: Literal["min", "h", "d", "wk"] = "d"
    columns: dict[str, str] = Field(default_factory=dict)
    evidence: tuple[_Rested, ...] = ()


class _Models(Authored):
    models: list[_Model]


def read_packaged() -> tuple[Model, ...]:
    """Every model of the library, by id.

    Raises:
        DocumentRefused: every problem of a file that is not as the format says.
        ForecastRefused: every model that contradicts itself; two of one id (`model-twice`).
        VocabularyRefused: `source-unknown`.
    """
    found: list[Model] = []
    folder = files("stepline.library").joinpath("models")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            found += _read(file.read_bytes(), f"library/models/{file.name}")
    ids = [one.id for one in found]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ForecastRefused(
            Problem("model-twice", "Two models have one id.", found=one) for one in twice
        )
    return tuple(sorted(found, key=lambda one: one.id))


def read_models(path: Path) -> tuple[Model, ...]:
    """The models of one file, as `read_packaged` reads them."""
    return tuple(_read(path.read_bytes(), path.name))


def _read(content: bytes, name: str) -> list[Model]:
    authored = read_as(_Models, content, name).models
    problems = [one for model in authored for one in _problems(model, name)]
    if problems:
        raise ForecastRefused(problems)
    return [_model(one) for one in authored]


def _problems(model: _Model, name: str) -> list[Problem]:
    place = Place(name, path=model.id)
    found = []
    may = {*NEEDS[model.structure], *MAY[model.structure]}
    for needed in NEEDS[model.structure]:
        if needed not in model.parameters:
            message = f"The structure {model.structure.value} needs {needed}."
            found.append(Problem("parameter-missing", message, place))
    for key, one in model.parameters.items():
        if key not in may:
            message = f"The structure {model.structure.value} has no {key}."
            allowed = ", ".join(sorted(may))
            found.append(Problem("parameter-unknown", message, place, key, allowed))
        if one.value < 0 or (one.value == 0 and key not in ("lag", "endogenous")):
            message = f"The {key} is not positive."
            found.append(Problem("parameter-wrong", message, place, str(one.value), "more than 0"))
        found += _terms(one, place)
        found += unit_problems(key, one.value, one.unit, place)
    found += _columns(model, place)
    for pair in (("q", "vp"), ("q2", "vp2"), ("k12", "k21"), ("k13", "k31")):
        if len({key in model.parameters for key in pair}) > 1:
            message = f"{pair[0]} and {pair[1]} are stated together or not at all."
            found.append(Problem("parameter-missing", message, place))
    varied = {key for key, one in model.parameters.items() if _stated(one) is not None}
    for tie in model.correlations:
        if not set(tie.between) <= varied:
            message = "A correlation is between two parameters in which people differ."
            found.append(Problem("correlation-wrong", message, place, " and ".join(tie.between)))
    return found


def _columns(model: _Model, place: Place) -> list[Problem]:
    message = "No column of an event table can hold this."
    allowed = (*COLUMN_KEYS, *COVARIATES)
    return [
        Problem("column-unknown", message, place, key, ", ".join(allowed))
        for key in model.columns
        if key not in allowed
    ]


def _terms(one: _Parameter, place: Place) -> list[Problem]:
    found = []
    for term in one.of:
        if term.by not in COVARIATES:
            message = "There is no such covariate."
            allowed = ", ".join(COVARIATES)
            found.append(Problem("covariate-unknown", message, place, term.by, allowed))
        if term.scaling is Scaling.POWER and term.reference <= 0:
            message = f"A power of {term.by} needs a reference above 0."
            found.append(Problem("reference-wrong", message, place, str(term.reference)))
    return found


def _model(one: _Model) -> Model:
    return Model(
        id=one.id,
        version=one.version,
        title=one.title,
        drugs=tuple(one.drugs),
        measures=one.measures,
        structure=one.structure,
        amount_unit=one.amount,
        result_unit=one.result,
        label=one.label,
        says=one.says,
        parameters={key: _parameter(key, p, one) for key, p in one.parameters.items()},
        residual=_residual(one.residual, one) if one.residual else None,
        population=one.population,
        subjects=one.subjects,
        routes=tuple(one.routes),
        correlations=tuple(
            Correlation(*tie.between, tie.value, _evidence(tie, one)) for tie in one.correlations
        ),
        valid=tuple(
            Valid(valid.of, valid.low, valid.high, valid.unit, _evidence(valid, one))
            for valid in one.valid
        ),
        cautions=tuple(one.cautions),
        driven_by=one.driven_by,
        scale=one.scale,
        time_unit=one.time,
        columns=dict(one.columns),
        evidence=tuple(_evidence(cited, one) for cited in (one, *one.evidence)),
    )


def _parameter(name: str, one: _Parameter, model: _Model) -> Parameter:
    terms = tuple(Covariate(t.by, t.scaling, t.coefficient, t.reference) for t in one.of)
    evidence = _evidence(one, model)
    stated = _stated(one)
    varied = Variability(_omega(*stated), *stated, evidence) if stated else None
    value, unit = in_days(name, one.value, one.unit)
    return Parameter(name, value, unit, evidence, terms, varied)


def _stated(one: _Parameter) -> tuple[Decimal, str] | None:
    for value, scale in ((one.cv, "cv"), (one.sd, "sd"), (one.variance, "variance")):
        if value is not None:
            return value, scale
    return None


def _omega(value: Decimal, scale: str) -> Decimal:
    """The standard deviation of the logarithm; omega² = ln(1 + CV²), CV in percent."""
    if scale == "cv":
        return Decimal(repr(math.sqrt(math.log1p(float(value / 100) ** 2))))
    return value if scale == "sd" else value.sqrt()


def _residual(one: _Residual, model: _Model) -> Residual:
    both = (one.proportional, one.additive)
    if one.scale == "variance":
        both = (_root(one.proportional), _root(one.additive))
    return Residual(*both, one.unit, one.scale, _evidence(one, model))


def _root(variance: Decimal | None) -> Decimal | None:
    return None if variance is None else variance.sqrt()


def _evidence(one: _Rested, model: _Model) -> Evidence:
    key, status = one.source or model.source, one.status or model.status
    if not key:  # a file of a user's own may cite nothing; what rests on it is local
        return Evidence(model.id, Kind.DESIGN, Status.LOCAL, one.claim)
    kind = Kind(catalogue().source(key).kind)
    return Evidence(key, kind, status or Status.UNCONFIRMED, one.claim)
