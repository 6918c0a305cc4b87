"""What a linear model predicts at each row of an event table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stepline.core.errors import Place, Problem
from stepline.forecast.individual import Covariates, ForecastRefused, individual, outside
from stepline.forecast.predicting import LINEAR
from stepline.forecast.units import TIMES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.events import Events
    from stepline.forecast.model import Model


def event_concentrations(
    model: Model,
    events: Events,
    covariates: Covariates | None = None,
    parameters: Mapping[str, float] | None = None,
) -> NDArray[np.float64]:
    """The prediction in `result_unit` at each row, in the order of the table, endogenous added.

    `covariates` hold for every subject, those of the table for its own; `parameters`, in the units
    of the model, replace what it gives. Raises `ForecastRefused`: `structure-not-linear`, and the
    problems of `individual` for each subject, with its first line.
    """
    import numpy as np

    from stepline.forecast.event_moves import event_moves
    from stepline.forecast.event_table import goes_to_depot
    from stepline.forecast.linear import row_courses
    from stepline.forecast.modes import modes

    if model.structure not in LINEAR:
        raise ForecastRefused([_not_linear(model)])
    people = _people(model, events, covariates or {}, parameters or {})
    length = np.array([last - first for first, last in events.spans])
    depot = goes_to_depot(events.compartment, model)

    def held(name: str, usual: float) -> NDArray[np.float64]:
        each = np.array([one.get(name, usual) for one in people])
        return np.repeat(np.broadcast_to(each, length.shape), length)

    lag = np.where(depot, held("lag", 0.0) * TIMES[model.time_unit], 0.0)
    lag = np.where(np.isnan(events.lag), lag, events.lag)
    share = np.where(depot, held("f", 1.0), 1.0)
    share = np.where(np.isnan(events.f), share, events.f)
    moves, ends = event_moves(events, model, lag, share)
    values = {name: np.array([one[name] for one in people]) for name in people[0]}
    seen = row_courses(modes(model.structure, values), moves, ends, float(model.scale))
    return seen + held("endogenous", 0.0)


def events_outside(
    model: Model, events: Events, covariates: Covariates | None = None
) -> tuple[str, ...]:
    """`individual.outside` for every subject, each sentence once and with how many it is of."""
    from collections import Counter

    told: Counter[str] = Counter()
    spans = events.spans if events.covariates else events.spans[:1]
    for first, _ in spans:
        told.update(outside(model, _own(events, first, covariates or {})))
    count = len(spans)
    return tuple(
        one if n == count else f"{one} ({n} of {count} subjects)" for one, n in told.items()
    )


def _own(events: Events, first: int, covariates: Covariates) -> dict[str, float]:
    """The covariates of a subject: those of the table before those of all."""
    stated = {key: float(value) for key, value in covariates.items()}
    return {**stated, **{key: float(one[first]) for key, one in events.covariates.items()}}


def _people(
    model: Model, events: Events, covariates: Covariates, parameters: Mapping[str, float]
) -> list[dict[str, float]]:
    """The parameters of each subject, or of one for all where the table has no covariates.

    Every problem of every subject is told at once, and once.
    """
    found: list[dict[str, float]] = []
    problems: dict[tuple[str, str, str], Problem] = {}
    for first, _ in events.spans if events.covariates else events.spans[:1]:
        own = _own(events, first, covariates)
        try:
            found.append({**individual(model, own), **parameters})
        except ForecastRefused as refusal:
            place = Place(events.name, int(events.line[first]))
            for one in refusal.problems:
                at = place if events.covariates else Place()
                problems.setdefault((one.code, one.message, one.found), one.at(at))
    if problems:
        raise ForecastRefused(problems.values())
    return found


def _not_linear(model: Model) -> Problem:
    return Problem(
        "structure-not-linear",
        f"The model {model.id} is not linear: an event table is followed for linear models alone.",
        found=model.structure.value,
        allowed=", ".join(one.value for one in LINEAR),
    )
