"""What the product of a plan asks for that depends on the patient: a changed brand, a risk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stepline.core.evidence import Evidence
from stepline.dosing.numbers import say
from stepline.dosing.plan_model import Caution, Plan
from stepline.dosing.products import Observation, Product, products
from stepline.engine.situation import Situation
from stepline.review.guarding_model import Guard

RISKS = {"ivig-thrombosis-risk": "thrombosis", "ivig-renal-risk": "renal"}
"""Rules of the library that hold at a risk, and the risk that lowers the rate of a product."""


def product_cautions(
    plan: Plan, guards: Iterable[Guard], situation: Situation | None
) -> Iterator[Caution]:
    """A first or changed product that is watched for longer, and a risk that the rate ignores."""
    product = plan.request.product
    if product is None:
        return
    if situation is not None:
        yield from _changed(product, situation)
    yield from _unheeded(plan, product, guards)


def _changed(product: Product, situation: Situation) -> Iterator[Caution]:
    watched = next((one for one in product.observations if "change of brand" in one.after), None)
    if watched is None:
        return
    given = situation.given((product.drug,))
    known = {one.id: one.title for one in products()}
    last = given[-1].product if given else ""
    if last == product.id:
        return
    if not given:
        yield _watch("product-first", "No earlier dose of this drug is recorded", watched)
    elif last in known:
        text = f"The last dose was {known[last]}, and this is {product.title}"
        yield _watch("product-changed", text, watched)
    else:
        text = "Which product the last dose was is not told, so the brand may change"
        yield _watch("product-change-unknown", text, watched)


def _watch(code: str, text: str, watched: Observation) -> Caution:
    period = say(watched.period)
    return Caution(
        code,
        f"{text}: the patient is watched for {period} after the infusion.",
        (watched.evidence,),
    )


def _unheeded(plan: Plan, product: Product, guards: Iterable[Guard]) -> Iterator[Caution]:
    """A risk that holds of the patient while the plan runs at the rate of somebody without it."""
    holding = {RISKS.get(guard.statement.id) for guard in guards if guard.holds}
    for risk in sorted(one for one in holding if one):
        evidence = _caps(product, risk)
        if evidence and risk not in plan.request.choice.risks:
            text = f"The record holds a risk ({risk}), and the rates of this plan ignore it"
            yield Caution("risk-not-heeded", f"{text}: plan it with --risk {risk}.", evidence)


def _caps(product: Product, risk: str) -> tuple[Evidence, ...]:
    found = (cap.evidence for rate in product.rates for cap in rate.caps if risk in cap.risks)
    return tuple(dict.fromkeys(found))
