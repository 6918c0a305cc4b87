"""One question to several models: each forecasts, or says why it cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from stepline.core.errors import Problem, Refused
from stepline.core.quantity import Quantity, convert, in_unit
from stepline.forecast.choosing import Chosen, drug_and_intent, model_for
from stepline.forecast.covariates import had_rituximab
from stepline.forecast.driving import UNDER_THE_SKIN, Driving, of_plan, with_baseline, with_plan
from stepline.forecast.driving_record import of_record
from stepline.forecast.forecasting import falls_below, forecast
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.measuring import SameDay
from stepline.forecast.model import Model
from stepline.forecast.result import DRAWS, SEED, Below, Forecast
from stepline.forecast.whatif import is_predicted, not_predicted, what_if
from stepline.forecast.whatif_model import Aim, Candidate, Setting, Target, WhatIf

if TYPE_CHECKING:
    from stepline.dosing.plan_model import Plan
    from stepline.dosing.products import Product
    from stepline.record.model import Record


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked beside the doses; `models` is empty where the default stands."""

    models: tuple[Model, ...] = ()
    covariates: Mapping[str, Decimal] = field(default_factory=dict)
    baseline: Quantity | None = None
    until: timedelta | None = None
    as_of: datetime | None = None
    same_day: SameDay = SameDay.UNKNOWN
    fitted: bool = True
    draws: int = DRAWS
    seed: int = SEED
    candidates: tuple[Candidate, ...] = ()
    target: Target | None = None
    wanted: Fraction = Fraction(8, 10)
    product: Product | None = None
    indication: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one model answers, and why it was chosen where nobody named it.

    `below` says when the forecast falls below the target, where the target is a lower limit.
    """

    forecast: Forecast
    because: str = ""
    what_if: WhatIf | None = None
    target: Target | None = None
    below: Below | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the models answer; `refused` pairs a model that cannot with its problems."""

    answered: tuple[Answered, ...]
    refused: tuple[tuple[str, tuple[Problem, ...]], ...] = ()


def ask_plan(plan: Plan, asked: Asked, *, is_dated: bool = True) -> Answer:
    """Forecasts the doses of a plan. Raises `ForecastRefused` where no model can."""
    regimen = plan.request.regimen
    under_the_skin = regimen.route in UNDER_THE_SKIN
    after_rituximab = asked.covariates.get("antibody-deficiency") == 1
    chosen = [] if asked.models else [
        model_for(
            regimen.drug,
            regimen.intent.value,
            after_rituximab=after_rituximab,
            under_the_skin=under_the_skin,
        )
    ]  # fmt: skip
    route = "sc" if under_the_skin else "iv"

    def drive(model: Model, covariates: Mapping[str, Decimal]) -> Driving:
        start = datetime.combine(plan.doses[0].date, datetime.min.time())
        until = None if asked.until is None else start + asked.until
        own = _baseline(asked, model)
        return of_plan(plan, model, covariates, until=until, baseline=own, is_dated=is_dated)

    asked = replace(
        asked,
        product=asked.product or plan.request.product,
        indication=asked.indication or plan.request.choice.indication or regimen.intent.value,
    )
    return _answer(asked, chosen, drive, regimen.drug, route)


def ask_record(record: Record, asked: Asked, ahead: Plan | None = None) -> Answer:
    """Forecasts from a record, and with a plan `ahead` of it from the day of judgement on.

    Raises `ForecastRefused` where no model can.
    """
    from stepline.record.index import RecordIndex

    index = RecordIndex(record)
    moment = asked.as_of or record.last_moment
    if moment is None:
        raise ForecastRefused([Problem("record-empty", "The record holds nothing.")])
    drug, intent, chosen = "", "", list[Chosen]()
    try:
        drug, intent = drug_and_intent(index, moment)
    except ForecastRefused:
        if not asked.models:
            raise
    if asked.models and drug not in asked.models[0].drugs:
        drug, intent = next(iter(asked.models[0].drugs), ""), ""
    if not asked.models:
        after, deep = had_rituximab(index, moment), drug == "scig"
        chosen = [model_for(drug, intent, after_rituximab=after, under_the_skin=deep)]

    def drive(model: Model, covariates: Mapping[str, Decimal]) -> Driving:
        found = of_record(
            record,
            model,
            as_of=moment,
            until=asked.until or timedelta(weeks=12),
            stated=covariates,
            baseline=_baseline(asked, model),
            same_day=asked.same_day,
        )
        return found if ahead is None else with_plan(found, of_plan(ahead, model, {}))

    if not asked.indication:
        asked = replace(asked, indication=intent)
    return _answer(asked, chosen, drive, drug, "sc" if drug == "scig" else "iv")


def _baseline(asked: Asked, model: Model) -> Decimal | None:
    if asked.baseline is None:
        return None
    return convert(asked.baseline, model.result_unit).value


def _answer(
    asked: Asked,
    chosen: Sequence[Chosen],
    drive: Callable[[Model, Mapping[str, Decimal]], Driving],
    drug: str,
    route: str,
) -> Answer:
    from stepline.forecast.models import model

    named = [(one, "", asked.covariates) for one in asked.models]
    named += [(model(one.model_id), one.because, asked.covariates) for one in chosen]
    answered, refused = [], []
    for one, because, covariates in named:
        try:
            driving = drive(one, covariates)
            found = forecast(one, driving, fitted=asked.fitted, draws=asked.draws, seed=asked.seed)
            other = _what_if(found, asked, drug, route)
            below = _below(found, asked.target)
            answered.append(Answered(found, because, other, asked.target, below))
        except Refused as refusal:
            refused.append((one.id, refusal.problems))
    if not answered:
        every = [problem for _, problems in refused for problem in problems]
        raise ForecastRefused(dict.fromkeys(every))
    return Answer(tuple(answered), tuple(refused))


def _below(found: Forecast, target: Target | None) -> Below | None:
    """When the forecast falls below a target that is a lower limit. Raises as `what_if` would."""
    if target is None:
        return None
    if not is_predicted(target, found.model):
        raise ForecastRefused([not_predicted(target, found.model)])
    if not target.at_least or target.aim is Aim.PEAK:
        return None
    return falls_below(found, float(in_unit(target.limit, found.model.result_unit)))


def _what_if(found: Forecast, asked: Asked, drug: str, route: str) -> WhatIf | None:
    if not asked.candidates:
        return None
    known = found.driving.known
    weight = known.get("weight") or None
    stated = asked.covariates.get("weight")
    kilograms = stated if stated is not None else (weight.value if weight else None)
    setting = Setting(drug, route, kilograms, asked.product, asked.indication, known)
    return what_if(
        with_baseline(found.model, found.driving),
        asked.candidates,
        asked.target,
        setting,
        wanted=asked.wanted,
        fit=found.fit,
        draws=asked.draws,
        seed=asked.seed,
    )
