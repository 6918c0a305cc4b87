"""From doses to what they do: rituximab, B cells, the production of IgG, IgG, and a response.

One chain of models is solved as one body, so that infused IgG and the body's own share their loss,
IgG can speed the loss of rituximab, and B cells feed production.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stepline.core.errors import Problem
from stepline.core.evidence import Status
from stepline.forecast.body import Body, bodies
from stepline.forecast.doses import Doses, no_doses
from stepline.forecast.individual import Covariates, ForecastRefused, outside
from stepline.forecast.model import Model
from stepline.forecast.stepped import drug_events, drug_of, first_time, igg_events, igg_of
from stepline.forecast.stepping import STANDARD, Tolerance, solve, together

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRUG, CELLS, IGG, OWN_IGG, MADE, RESPONSE = (
    *("drug", "cells", "igg", "own-igg", "production", "response"),
)
"""Names of series: mg/L, /uL, g/L, g/L, share of the production at the start, unit of the model."""

NOT_CLINICAL = "Typical values of populations, not a patient's course: not for clinical use alone."


@dataclass(frozen=True, slots=True)
class Chain:
    """What a chain of models predicts at `times` (d).

    Each series is persons × times, or persons in the order that they were given; a part that is not
    there has no series. `said` are the sentences that go with the result.
    """

    times: NDArray[np.float64]
    series: Mapping[str, NDArray[np.float64]]
    models: tuple[Model, ...]
    said: tuple[str, ...]


def chain(
    people: Body | Sequence[Body],
    times: NDArray[np.float64],
    drug_doses: Doses | None = None,
    igg_doses: Doses | None = None,
    tolerance: Tolerance = STANDARD,
    stated: Covariates | None = None,
) -> Chain:
    """Predicts one person, or many with the same parts and doses such as draws of parameters.

    `stated` are the covariates of the person, against which the ranges of the models are checked.
    The start of a falling clearance is set to the first dose of the drug. Raises `ForecastRefused`
    with every problem: those of `bodies`; `production-unknown`, IgG beside B cells without what
    ties them; `driver-needed`, an effect without what drives it; `driver-wrong`, an effect of
    another drug; `dose-without-model`; `people-differ`; `depot-unknown`; `course-not-solved`.
    """
    import numpy as np

    listed = [people] if isinstance(people, Body) else list(people)
    drugs, iggs = drug_doses or no_doses(), igg_doses or no_doses()
    problems = _problems(listed, drugs, iggs)
    if problems:
        raise ForecastRefused(problems)
    seen = np.asarray(times, dtype=np.float64)
    first = listed[0]
    rows = bodies([replace(one, begin=first_time(drugs)) for one in listed])
    shared = drug_events(first.drug, drugs) if first.drug else None
    given = []
    for one in listed if _absorb_apart(listed) else listed[:1]:
        own = igg_events(one.igg, iggs) if one.igg else None
        given.append(together([events for events in (shared, own) if events is not None]))
    states = solve(rows, given, seen, tolerance)
    models = tuple(part.model for part in first.parts)
    return Chain(seen, _series(first, rows, states), models, said(models, stated))


def said(models: Sequence[Model], stated: Covariates | None = None) -> tuple[str, ...]:
    """What goes with every result of these models.

    Of each: label, what it says, how its figures are known, what lies outside its range, cautions.
    """
    lines = [NOT_CLINICAL]
    for one in models:
        lines.append(f"{one.title}, version {one.version}: {one.label}. {one.says}".strip())
        lines.append(f"Figures of {one.id}: {', '.join(_statuses(one))}.")
        lines += [f"Outside {one.id}: {what}." for what in outside(one, stated or {})]
        lines += one.cautions
    return tuple(dict.fromkeys(lines))


def _statuses(one: Model) -> list[str]:
    """How the figures are known, from the firmest."""
    found = {parameter.evidence.status for parameter in one.parameters.values()}
    return [status.value for status in Status if status in found]


def _absorb_apart(people: Sequence[Body]) -> bool:
    """Do people differ in what is absorbed or when?"""
    iggs = [one.igg for one in people if one.igg]
    return len({(one.values.get("f"), one.values.get("lag")) for one in iggs}) > 1


def _series(
    one: Body, rows: NDArray[np.float64], states: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    from stepline.forecast import stepping_kernels as at

    found = {}
    if one.drug:
        found[DRUG] = drug_of(rows, states) * float(one.drug.model.scale)
        if "cells-at-start" in one.drug.values:  # the target, counted as the cells that bear it
            cells = one.drug.values["cells-at-start"]
            found[CELLS] = states[:, :, at.TARGET] / states[:, :1, at.TARGET] * cells
    if one.cells:
        found[CELLS] = states[:, :, at.CELLS]
    if one.igg:
        found[IGG] = igg_of(rows, states)
        found[OWN_IGG] = states[:, :, at.OWN] / rows[:, None, at.IGG_VC]
    if one.production:
        share = rows[:, None, at.SHARE]
        found[MADE] = (1 - share) * states[:, :, at.LASTING] + share * states[:, :, at.FED]
    if one.response:
        found[RESPONSE] = states[:, :, at.RESPONSE]
    return found


def _problems(people: Sequence[Body], drugs: Doses, iggs: Doses) -> list[Problem]:
    if not people or len({tuple(part.model.id for part in one.parts) for one in people}) > 1:
        message = "A chain is for people who have the same models."
        return [Problem("people-differ", message, found=f"{len(people)} people")]
    one = people[0]
    found = []
    if one.igg and one.cells and not one.production:
        found.append(_production_unknown())
    needed = (
        (one.cells, one.drug, "the drug that kills the cells"),
        (one.production, one.igg, "IgG"),
        (one.production, one.cells, "B cells"),
        (one.response, one.igg, "IgG"),
    )
    for part, driver, what in needed:
        if part and not driver:
            message = f"The model {part.model.id} needs a model of {what}."
            found.append(Problem("driver-needed", message, mend=f"add a model of {what}"))
    if one.cells and one.drug and one.cells.model.driven_by not in one.drug.model.drugs:
        driven = one.cells.model.driven_by or "nothing"
        message = (
            f"The model {one.cells.model.id} is driven by {driven}, which is not the drug given."
        )
        allowed = ", ".join(one.drug.model.drugs)
        found.append(Problem("driver-wrong", message, found=driven, allowed=allowed))
    for doses, part, what in ((drugs, one.drug, "the drug"), (iggs, one.igg, "IgG")):
        if len(doses) and not part:
            message = f"Doses of {what} are given, but no model of it."
            found.append(Problem("dose-without-model", message, mend=f"add a model of {what}"))
    return found


def _production_unknown() -> Problem:
    return Problem(
        "production-unknown",
        "How far IgG falls after B cells are depleted differs from person to person, and no"
        " published model gives it.",
        allowed="share-short-lived, k-production and k-slow of a person, or igg-production-ms",
        mend="state these (production_stated), or take the calibrated row and its caution;"
        " without IgG the B cells can be forecast alone",
    )
