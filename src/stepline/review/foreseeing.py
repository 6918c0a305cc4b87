"""The forecasts of a review, worked out only where they are asked for.

Which model stands for a drug, what it is given and what it refuses is the business of `forecast`;
here its answer is put beside what was measured, and beside the day of the next dose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from stepline.engine.finding import Missing
from stepline.review.foreseen import Foreseen, Foresight, NotForeseen
from stepline.vocabulary.catalogue import catalogue

if TYPE_CHECKING:
    from stepline.core.errors import Problem
    from stepline.forecast.measuring import SameDay
    from stepline.forecast.model import Model
    from stepline.review.model import Review

ACTIVITY = "disease activity"


def with_forecast(review: Review, same_day: SameDay | None = None) -> Review:
    """The review with what the models at hand foresee, as of the same moment.

    `same_day` says whether values of a day of infusion were taken before or after it.
    """
    from stepline.forecast.measuring import SameDay

    return replace(review, forecast=foresee(review, same_day or SameDay.UNKNOWN))


def foresee(review: Review, same_day: SameDay) -> Foresight:
    """IgG under immunoglobulin, B cells after rituximab; and why disease activity is not told."""
    from stepline.forecast.result import CREED
    from stepline.review.foreseeing_cells import cells_after_rituximab
    from stepline.review.foreseeing_igg import igg_under_immunoglobulin

    found = (
        igg_under_immunoglobulin(review, same_day),
        cells_after_rituximab(review, same_day),
    )
    drugs = tuple(one for one in found if one is not None)
    refused = _refused(review)
    if not drugs:
        says = "The record holds no dose of a drug that a model forecasts: ivig, scig, rituximab."
        refused = (NotForeseen("IgG and B cells", says), *refused)
    return Foresight(drugs, refused, CREED)


def _refused(review: Review) -> tuple[NotForeseen, ...]:
    """Enzymes, strength and scores: no effect is invented. Those on record first, by reason."""
    from stepline.forecast.effects import REASONS, response_model
    from stepline.forecast.individual import ForecastRefused

    recorded = {event.concept for event in review.record.events}
    reasons: dict[str, list[str]] = {}
    for measure in REASONS:
        try:
            response_model(measure)
        except ForecastRefused:
            if measure != "incat" or measure in recorded:
                reasons.setdefault(REASONS[measure], []).append(measure)
    found = []
    for why, measures in reasons.items():
        named = tuple(one for one in measures if one in recorded) or tuple(measures)
        titles = ", ".join(dict.fromkeys(title_of(one) for one in named))
        found.append(NotForeseen(ACTIVITY, f"{titles}: not forecast, as {why}.", named))
    return tuple(found)


def title_of(concept: str) -> str:
    """A concept as people name it."""
    words = catalogue()
    return words.concept(concept).title.partition(",")[0] if concept in words else concept


def unforeseen(
    model: Model, drug: str, because: str, problems: Iterable[Problem], *, title: str
) -> Foreseen:
    """A drug of which its model can say nothing, and what would settle it."""
    return replace(
        headed(model, drug, because, title),
        missing=tuple(dict.fromkeys(_missing(one) for one in problems)),
    )


def headed(model: Model, drug: str, because: str, title: str) -> Foreseen:
    """What goes with every forecast of a model: its version, label, reason and evidence."""
    from stepline.forecast.choosing import CHOICE
    from stepline.forecast.output import evidence_of, model_json

    evidence = evidence_of(model)
    return Foreseen(
        drug=drug,
        drug_title=title_of(drug),
        measures=model.measures,
        title=title,
        unit=model.result_unit,
        model=model.id,
        version=model.version,
        label=model.label,
        says=model.says,
        because=because,
        basis="none",
        statuses=tuple(dict.fromkeys(one.status.value for one in evidence)),
        evidence=(*evidence, CHOICE),
        details={"model": model_json(model)},
    )


def _missing(problem: Problem) -> Missing:
    """A refusal of a forecast as something that is missing."""
    if problem.code == "covariate-missing":
        name = problem.message.partition(" needs ")[2].partition(",")[0].partition(" ")[0]
        settle = f"{name} as {problem.allowed}, with its day, in the record"
        return Missing(name, "not-recorded", problem.message, (settle,))
    if problem.code == "dose-unknown":
        settle = problem.mend or "every such dose with its amount and day, in the record"
        return Missing("dose", "not-recorded", problem.message, (settle,))
    if problem.code == "nothing-given":
        found = f" Found: {problem.found}." if problem.found else ""
        settle = "the amounts and days of the doses, in the record"
        return Missing("dose", "not-recorded", f"{problem.message}{found}", (settle,))
    settled = (problem.mend,) if problem.mend else ()
    return Missing("forecast", "not-computable", problem.message, settled)
