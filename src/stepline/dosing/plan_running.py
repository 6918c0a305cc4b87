"""How a planned dose runs in: the label's rates for product and indication, as far as known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stepline.core.errors import Problem, Refused
from stepline.dosing.plan_model import PlanRequest, Portion, RateStep, Run
from stepline.dosing.plan_weight import rate_weight
from stepline.dosing.products import (
    Choice,
    Observation,
    Product,
    caps_of,
    infuse_product,
    observation_of,
    products,
    rate_of,
)
from stepline.dosing.rates import Infusion, Ladder, Rung, infuse

_UNTOLD = ("rate-unknown", "indication-missing")
"""What leaves a plan without rates; its dates and doses stand."""
Runner = Callable[[Portion, bool], Portion]
"""Gives a portion its rates; the flag says whether it is the first infusion of the plan."""


def runner_of(request: PlanRequest) -> tuple[Runner, tuple[Problem, ...]]:
    """What gives portions their rates, and why there are none where no source tells them."""
    product = request.product
    if product is None or request.regimen.route not in ("iv", ""):
        return _at_rest, ()
    try:
        for is_first in (True, False):
            rate_of(product, _choice(request, is_first=is_first))
    except Refused as refusal:
        if any(problem.code not in _UNTOLD for problem in refusal.problems):
            raise
        return _at_rest, refusal.problems
    return lambda portion, is_first: _with_run(request, portion, is_first=is_first), ()


def settled(request: PlanRequest) -> PlanRequest:
    """The request with the indication of the regimen, and the one product of a named ladder."""
    rate = request.regimen.rate
    if rate is None:
        return request
    if not request.choice.indication and rate.indication:
        request = replace(request, choice=replace(request.choice, indication=rate.indication))
    if request.product is None and rate.by != "product":
        request = replace(request, product=product_of_ladder(rate.by))
    return _with_brand(request)


def _with_brand(request: PlanRequest) -> PlanRequest:
    """A switched brand runs and is watched as a first infusion, the same brand as a later one."""
    previous, product, choice = request.previous, request.product, request.choice
    if previous is None or product is None:
        return request
    kept = choice.infusion or "later"
    infusion = kept if previous.id == product.id else "first"
    return replace(request, choice=replace(choice, infusion=infusion))


def is_first_infusion(request: PlanRequest, *, is_first: bool) -> bool:
    """Whether a dose counts as a first infusion of the product; `is_first` is that of the plan."""
    return is_first and request.choice.infusion != "later"


def watched(request: PlanRequest, *, is_first: bool) -> Observation | None:
    """How long to watch after an infusion; `None` where no source says or nothing is infused."""
    if request.product is None or request.regimen.route not in ("iv", ""):
        return None
    kind = "first" if is_first_infusion(request, is_first=is_first) else "later"
    return observation_of(request.product, kind)


def product_of_ladder(name: str) -> Product | None:
    """The product whose rates a regimen calls by a name; `None` where it is not the only one."""
    named = [one for one in products() if any(rate.name == name for rate in one.rates)]
    return named[0] if len(named) == 1 else None


def _at_rest(portion: Portion, _is_first: bool) -> Portion:
    return portion


def _choice(request: PlanRequest, *, is_first: bool) -> Choice:
    """The choice of a rate. Where nothing is said the first infusion runs as a first one."""
    choice = request.choice
    if choice.infusion == "later":
        return choice
    return replace(choice, infusion="first" if is_first else "later")


def _with_run(request: PlanRequest, portion: Portion, *, is_first: bool) -> Portion:
    product, choice = request.product, _choice(request, is_first=is_first)
    assert product is not None
    weight = rate_weight(request.size, request.weighing)
    infusion, exact = (
        infuse_product(product, mass, choice, weight=weight, diluted_to=request.diluted_to)
        for mass in (portion.amount, portion.exact)
    )
    ladder = choice.ladder or rate_of(product, choice).ladder
    steps = _whole(infusion) or _known(request, infusion, ladder, choice)
    return replace(portion, run=Run(steps, infusion, exact))


def _whole(infusion: Infusion) -> tuple[RateStep, ...]:
    return tuple(RateStep(step.mg_per_h, step.ml_per_h, step.minutes) for step in infusion.steps)


def _known(
    request: PlanRequest, infusion: Infusion, ladder: Ladder, choice: Choice
) -> tuple[RateStep, ...]:
    """The rates that the label gives, of a ladder with gaps; no minutes are made up."""
    assert request.product is not None
    caps = caps_of(rate_of(request.product, choice), choice)
    steps = []
    for rung in ladder.rungs:
        alone = Ladder((Rung(rung.rate, None),))
        one = infuse(infusion.fluid, alone, weight=infusion.weight, caps=caps).steps[0]
        steps.append(RateStep(one.mg_per_h, one.ml_per_h, rung.minutes))
    return tuple(dict.fromkeys(steps))
