"""Which models stand in the chain for a person, with that person's own values, and who differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from stepline.core.errors import Place, Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.dosing.refusing import Gathering
from stepline.forecast.body import DRUGS, IGGS, Body, Part, igg_power
from stepline.forecast.driving import Known
from stepline.forecast.individual import ForecastRefused, individual
from stepline.forecast.model import Model, Structure
from stepline.forecast.models import model

CHOICE = Evidence(
    "stepline-design", Kind.DESIGN, Status.UNCONFIRMED, "Which models make the chain by default"
)
_CALIBRATED = "rituximab-calibrated"
OWN = {"baseline": "igg", "endogenous": "igg", "cells-at-start": "cd19-count"}
"""The parameters that hold a value from before treatment, and the concept that it is of."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models of a chain by place, and why each one that nobody named was taken."""

    drug: Model
    cells: Model | None
    igg: Model | None
    production: Part | None
    because: Mapping[str, str]

    @property
    def listed(self) -> tuple[Model, ...]:
        """Every model that is there, in the order of the chain."""
        made = self.production.model if self.production else None
        every = (self.drug, self.cells, self.igg, made)
        return tuple(one for one in every if one is not None)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is said of models that were not made for each other."""
        if self.cells is None or self.cells.label != "calibrated":
            return ()
        if self.drug.id == _CALIBRATED:
            return ()
        made = f"{self.cells.id} was calibrated with {_CALIBRATED}"
        return (f"{made}; with {self.drug.id} no return of B cells was checked.",)


def models_for(named: tuple[Model, ...], production: Part | None) -> Models:
    """The models named, and defaults in the places that are left; IgG only with its production.

    Raises `ForecastRefused`: `model-not-in-chain`, `model-twice`, `production-unknown`.
    """
    places: dict[str, Model] = {}
    problems = []
    for one in named:
        place = _place(one)
        if place is None:
            problems.append(_no_place(one))
        elif place in places:
            problems.append(_twice(places[place], one, place))
        else:
            places[place] = one
    if "igg" in places and production is None:
        problems.append(production_unknown("--model"))
    if problems:
        raise ForecastRefused(problems)
    because: dict[str, str] = {}
    defaults = _defaults(production, has_own_cells=_binds_target(places.get("drug")))
    for place, (model_id, why) in defaults.items():
        if place not in places:
            places[place] = model(model_id)
            because[model_id] = why
    return Models(places["drug"], places.get("cells"), places.get("igg"), production, because)


def _binds_target(one: Model | None) -> bool:
    return one is not None and one.structure is Structure.TARGET_QSS


def _defaults(production: Part | None, *, has_own_cells: bool) -> dict[str, tuple[str, str]]:
    found = {
        "drug": (_CALIBRATED, "its exposure is that measured in autoimmune disease"),
    }
    if not has_own_cells or production is not None:
        why = "the published sets replete months before what was observed in adults"
        found["cells"] = ("b-cells-calibrated", why)
    if production is None:
        return found
    if production.model.label == "stated":
        why = "own and infused IgG share a loss that FcRn saturates"
        return {**found, "igg": ("kim-2007-two-spaces", why)}
    why = "the slope of the production was checked with its constant loss"
    return {**found, "igg": ("zhang-2020", why)}


def _place(one: Model) -> str | None:
    if one.structure is Structure.CELL_TURNOVER:
        return "cells"
    if one.structure in IGGS and one.measures == "igg":
        return "igg"
    return "drug" if one.structure in DRUGS and one.measures == "rituximab" else None


def _no_place(one: Model) -> Problem:
    mend = "name models of rituximab, of B cells or of IgG; production goes with --production"
    message = f"The model {one.id} has no place in the chain from rituximab to IgG."
    return Problem("model-not-in-chain", message, Place(path="--model"), one.id, mend=mend)


def _twice(one: Model, other: Model, place: str) -> Problem:
    what = {"drug": "rituximab", "cells": "B cells", "igg": "IgG"}[place]
    message = f"Two models stand for {what} in one chain."
    found = f"{one.id}, {other.id}"
    return Problem("model-twice", message, Place(path="--model"), found, mend="leave one out")


def production_unknown(option: str) -> Problem:
    """How far IgG falls is asked, and nothing ties it to B cells."""
    return Problem(
        "production-unknown",
        "How far IgG falls after B cells are depleted differs from person to person, and no"
        " published model gives it, in vasculitis as little as in myositis.",
        Place(path=option),
        found="nothing stated",
        allowed="--share-short-lived with --k-production, or --production igg-production-ms",
        mend="state these for this patient, or name the surrogate of multiple sclerosis with its"
        " caution; without IgG the B cells are forecast alone",
    )


def body_of(
    chosen: Models, covariates: Mapping[str, Mapping[str, Known]], own: Mapping[str, Known]
) -> Body:
    """The typical person with these covariates (by model) and own values from before treatment.

    An own IgG or B-cell count is also the covariate of a model that depends on it. Raises
    `ForecastRefused`: what `individual` raises, for every model at once.
    """
    gathering = Gathering()

    def part(one: Model | None) -> Part | None:
        if one is None:
            return None
        known = {n: each.value for n, each in _before(one, covariates, own).items()}
        values = gathering.attempt(lambda: individual(one, known))
        return None if values is None else Part(one, with_own(values, own))

    drug, cells, igg = part(chosen.drug), part(chosen.cells), part(chosen.igg)
    if gathering.problems:
        raise ForecastRefused(_statable(one) for one in dict.fromkeys(gathering.problems))
    at = _igg_at(chosen, covariates, own)
    return Body(drug, igg, cells, chosen.production, igg_at=at)


def _before(
    one: Model, covariates: Mapping[str, Mapping[str, Known]], own: Mapping[str, Known]
) -> dict[str, Known]:
    """Covariates with IgG and B cells from before treatment, unless these are stated otherwise."""
    known = dict(covariates.get(one.id, {}))
    for name, each in own.items():
        if name not in known or known[name].says != "stated":
            known[name] = each
    return known


def _statable(problem: Problem) -> Problem:
    if problem.code != "covariate-missing":
        return problem
    mend = "state it with --covariate NAME=VALUE, or name another model with --model"
    return replace(problem, place=Place(path="--covariate"), mend=mend)


def _igg_at(
    chosen: Models, covariates: Mapping[str, Mapping[str, Known]], own: Mapping[str, Known]
) -> float | None:
    """The IgG that the drug's parameters rest on, where the drug is to follow the IgG forecast."""
    if chosen.igg is None or not igg_power(chosen.drug):
        return None
    known = _before(chosen.drug, covariates, own).get("igg")
    return None if known is None else float(known.value)


def with_own(values: Mapping[str, float], own: Mapping[str, Known]) -> dict[str, float]:
    """The parameters with the person's own value from before treatment in the place of typical."""
    found = dict(values)
    for name, concept in OWN.items():
        if name in found and concept in own:
            found[name] = float(own[concept].value)
    return found


def drawn(body: Body, own: Mapping[str, Known], count: int, seed: int) -> list[Body]:
    """Persons who differ as far as the models say; none where no model says how people differ."""
    parts = {name: getattr(body, name) for name in ("drug", "cells", "igg")}
    varied = {name: part for name, part in parts.items() if part and part.model.varied}
    if not varied:
        return []
    from stepline.forecast.persons import deviations_drawn, persons

    many = {}
    for place, (name, part) in enumerate(varied.items()):
        apart = deviations_drawn(part.model, count, seed + place)
        many[name] = persons(part.model, part.values, apart)
    people = []
    for at in range(count):
        each = {
            name: Part(
                part.model,
                with_own({n: float(v[at]) for n, v in many[name].items()}, own),
            )
            for name, part in varied.items()
        }
        drug, cells = each.get("drug", body.drug), each.get("cells", body.cells)
        people.append(replace(body, drug=drug, cells=cells, igg=each.get("igg", body.igg)))
    return people


def own_of(body: Body, own: Mapping[str, Known]) -> dict[str, Known]:
    """The value from before treatment of IgG and B cells: the person's own, or the model's."""
    found = {}
    for part in (body.drug, body.igg, body.cells):
        for name, concept in OWN.items():
            if part is not None and name in part.values:
                typical = Decimal(repr(round(part.values[name], 3)))
                of_model = Known("baseline", typical, "of the model, not measured")
                found[concept] = own.get(concept, of_model)
    return found
