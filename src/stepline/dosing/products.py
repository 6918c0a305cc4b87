"""Products as the library holds them: strength, vials, excipients, rates and caps, each cited.

Two brands of one drug are two products: 5 % and 10 % immunoglobulin differ twofold in volume, and
the rate that one indication allows is not allowed in another. What no source says is unknown here
(`None`), and a question that needs it is refused with what is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from stepline.core.evidence import Evidence, Status
from stepline.core.quantity import Quantity, comparable, in_unit, order
from stepline.dosing.numbers import quantity_json, say
from stepline.dosing.rates import Cap, Fluid, Infusion, Ladder, infuse, said_rate
from stepline.dosing.refusing import DosingRefused, Gathering

T = TypeVar("T")
OTHER = "other"
"""The indication of a rate that a label gives for everything it does not name."""


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """A value and where it was read."""

    value: T
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class RiskCap:
    """A lower highest rate for patients at risk (`thrombosis`, `renal`)."""

    risks: tuple[str, ...]
    rate: Quantity
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ProductRate:
    """How fast a product may run for some indications, at a first or a later infusion.

    `indications` are names such as `dermatomyositis`, or `other`; `infusion` is `first`, `later`
    or empty for any. `highest` is the label's cap; `name` is how a regimen calls the ladder.
    """

    indications: tuple[str, ...]
    infusion: str
    ladder: Ladder
    highest: Fact[Quantity]
    caps: tuple[RiskCap, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """How long a patient is watched after an infusion, and after which.

    `infusion` is `first` (of this product, also after another brand) or `later`.
    """

    after: str
    period: Quantity
    evidence: Evidence
    infusion: str = ""

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "after": self.after,
            "infusion": self.infusion or None,
            "minutes": float(in_unit(self.period, "min")),
            "evidence": [self.evidence.as_json()],
        }


@dataclass(frozen=True, slots=True)
class Product:
    """One product. `None` is unknown.

    `concentration` is that of the vial; `infused_at` the lowest and highest concentration of a
    product that is diluted first. `contraindications` are concept ids.
    """

    id: str
    title: str
    drug: str
    routes: tuple[str, ...]
    concentration: Fact[Quantity] | None
    vials: Fact[tuple[Quantity, ...]] | None
    infused_at: Fact[tuple[Quantity, Quantity]] | None
    excipients: Fact[tuple[str, ...]] | None
    iga_at_most: Fact[Quantity] | None
    contraindications: tuple[Fact[str], ...] | None
    rates: tuple[ProductRate, ...]
    observations: tuple[Observation, ...]
    notes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The identity of the product and what of it calculations use."""
        strength = self.concentration
        return {
            "id": self.id,
            "title": self.title,
            "drug": self.drug,
            "concentration": quantity_json(strength.value) if strength else None,
            "vials": [quantity_json(size) for size in self.vials.value] if self.vials else None,
            "observation": [
                {"after": one.after, "period": quantity_json(one.period)}
                for one in self.observations
            ],
            "evidence": [
                fact.evidence.as_json() for fact in (strength, self.vials) if fact is not None
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """What selects a rate: the indication, `first` or `later` infusion, and risks of the patient.

    `cap` is a rate that the prescriber adds; it can only lower the highest. `ladder` is one that
    the prescriber states where the label's steps are not known here; the caps hold for it too.
    """

    indication: str = ""
    infusion: str = ""
    risks: tuple[str, ...] = ()
    cap: Quantity | None = None
    ladder: Ladder | None = None


@lru_cache(maxsize=1)
def products() -> tuple[Product, ...]:
    """Every product of the library, in order of id."""
    from stepline.dosing.products_reading import read_products

    return read_products()


def product(product_id: str) -> Product:
    """The product of an id. Raises `DosingRefused`: `product-unknown`, with the nearest ids."""
    known = {one.id: one for one in products()}
    if product_id in known:
        return known[product_id]
    from difflib import get_close_matches

    near = ", ".join(get_close_matches(product_id, known, n=2))
    raise DosingRefused.because(
        "product-unknown",
        f"The library has no product '{product_id}'.",
        found=product_id,
        allowed=", ".join(known),
        mend=f"did you mean {near}?" if near else "name a product of the library",
    )


def vials_of(one: Product) -> tuple[Quantity, ...]:
    """The vial sizes of a product. Raises `DosingRefused`: `vials-unknown`."""
    if one.vials is None:
        raise DosingRefused.because(
            "vials-unknown",
            f"No source says which vials {one.title} comes in.",
            found=one.id,
            mend="state the vials at hand",
        )
    return one.vials.value


def rate_of(one: Product, choice: Choice) -> ProductRate:
    """The rate that a label gives for an indication and infusion.

    An indication that the label does not name falls to its rate for others; where it has none the
    rate is unknown, and that of another indication is never lent.

    Raises:
        DosingRefused: `rate-unknown`, `indication-missing`, `infusion-missing`, `risk-unknown`.
    """
    gathering = Gathering()
    if not one.rates:
        raise _no_rate(one, choice)
    named = _for_indication(one, choice)
    gathering.attempt(lambda: _check_risks(one, choice))
    found = gathering.attempt(lambda: _for_infusion(one, named, choice))
    gathering.settle()
    assert found is not None
    return found


def caps_of(rate: ProductRate, choice: Choice) -> tuple[Cap, ...]:
    """Every cap that holds: the label's, those of the patient's risks, the prescriber's."""
    highest = rate.highest
    caps = [Cap(highest.value, _said_highest(highest.evidence), (highest.evidence,))]
    for one in rate.caps:
        matched = [risk for risk in choice.risks if risk in one.risks]
        if matched:
            whose = "a" if one.evidence.status is Status.DERIVED else "the label's"
            because = f"{whose} cap at risk of {' or '.join(matched)}"
            caps.append(Cap(one.rate, because, (one.evidence,)))
    if choice.cap is not None:
        caps.append(Cap(choice.cap, "the prescriber's cap"))
    return tuple(caps)


def _said_highest(evidence: Evidence) -> str:
    """Whose cap it is: one that is carried over from other labels says so."""
    if evidence.status is Status.DERIVED:
        return "a highest rate carried over from other labels"
    return "the highest rate of the label"


def observation_of(one: Product, infusion: str) -> Observation | None:
    """How long to watch after a `first` or `later` infusion; `None` where no source says."""
    return next((each for each in one.observations if each.infusion == infusion), None)


def infuse_product(
    one: Product,
    amount: Quantity,
    choice: Choice,
    *,
    weight: Quantity | None = None,
    diluted_to: Quantity | None = None,
) -> Infusion:
    """An amount of a product run in at the label's rate for an indication.

    `amount` is a mass. A product that is diluted runs at `diluted_to`; without it volumes are
    unknown, and minutes are not.

    Raises:
        DosingRefused: as `rate_of` and `infuse`, and `dilution-outside`, `not-diluted`.
    """
    gathering = Gathering()
    rate = gathering.attempt(lambda: rate_of(one, choice))
    gathering.attempt(lambda: _check_dilution(one, diluted_to))
    gathering.settle()
    assert rate is not None
    fluid = Fluid(amount, _running_at(one, diluted_to))
    stated = ("The steps are the prescriber's.",) if choice.ladder else ()
    notes = (*stated, *_notes(one, rate, choice), *one.notes)
    ladder = choice.ladder or rate.ladder
    return infuse(fluid, ladder, weight=weight, caps=caps_of(rate, choice), notes=notes)


def ladder_named(name: str, infusion: str = "") -> ProductRate:
    """The rate that regimens call by a name, such as `rituximab-ladder`.

    Raises `DosingRefused`: `ladder-unknown`.
    """
    named = [rate for one in products() for rate in one.rates if rate.name == name]
    for rate in named:
        if rate.infusion in ("", infusion):
            return rate
    known = sorted({f"{rate.name} {rate.infusion}".strip() for rate in _all_rates() if rate.name})
    raise DosingRefused.because(
        "ladder-unknown",
        f"No ladder is called '{name}'" + (f" for a {infusion} infusion." if infusion else "."),
        found=f"{name} {infusion}".strip(),
        allowed=", ".join(known),
    )


def _all_rates() -> Iterable[ProductRate]:
    return (rate for one in products() for rate in one.rates)


def _for_indication(one: Product, choice: Choice) -> list[ProductRate]:
    named = [rate for rate in one.rates if choice.indication in rate.indications]
    others = [rate for rate in one.rates if OTHER in rate.indications]
    if not choice.indication:
        if len({rate.indications for rate in one.rates}) > 1:
            raise _needs_indication(one)
        named = list(one.rates)
    found = named or others
    if not found:
        raise _no_rate(one, choice)
    return found


def _for_infusion(one: Product, rates: list[ProductRate], choice: Choice) -> ProductRate:
    for rate in rates:
        if rate.infusion in ("", choice.infusion):
            return rate
    kinds = ", ".join(rate.infusion for rate in rates)
    raise DosingRefused.because(
        "infusion-missing",
        f"The rate of {one.title} depends on whether the infusion is the first.",
        found=choice.infusion,
        allowed=kinds,
        mend="say which infusion it is",
    )


def _check_risks(one: Product, choice: Choice) -> None:
    """Every risk that is stated must be one that some rule knows; none is ignored."""
    known = sorted({risk for rate in _all_rates() for cap in rate.caps for risk in cap.risks})
    strange = [risk for risk in choice.risks if risk not in known]
    if strange:
        raise DosingRefused.because(
            "risk-unknown",
            f"No rate rule of {one.title} or another product speaks of this risk.",
            found=", ".join(strange),
            allowed=", ".join(known),
        )


def _check_dilution(one: Product, diluted_to: Quantity | None) -> None:
    if diluted_to is None:
        return
    if one.infused_at is None:
        raise DosingRefused.because(
            "not-diluted",
            f"No source says that {one.title} is diluted.",
            found=say(diluted_to),
            mend="leave the concentration out: it is the product's own",
        )
    low, high = one.infused_at.value
    in_unit(diluted_to, low.unit)
    if order(diluted_to, low) < 0 or order(diluted_to, high) > 0:
        raise DosingRefused.because(
            "dilution-outside",
            f"{one.title} is infused at {say(low)} to {say(high)}.",
            found=say(diluted_to),
            allowed=f"{say(low)} to {say(high)}",
            mend="check the volume of the bag",
        )


def _running_at(one: Product, diluted_to: Quantity | None) -> Quantity | None:
    if one.infused_at is not None:
        return diluted_to
    return one.concentration.value if one.concentration else None


def _notes(one: Product, rate: ProductRate, choice: Choice) -> tuple[str, ...]:
    """What the choice left open: an indication the label does not name, a risk without a cap."""
    notes = []
    if choice.indication and choice.indication not in rate.indications:
        notes.append(f"The label names no rate for {choice.indication}; this is its general one.")
        notes += _stricter_elsewhere(one, rate, choice.indication)
    covered = {risk for cap in rate.caps for risk in cap.risks}
    uncovered = [risk for risk in choice.risks if risk not in covered]
    if uncovered and choice.cap is None:
        risks = " or ".join(uncovered)
        notes.append(f"The label's cap at risk of {risks} is not known here; state a cap.")
    return tuple(notes)


def _stricter_elsewhere(one: Product, rate: ProductRate, indication: str) -> list[str]:
    """Caps that this product has for another indication, or others have for this one."""
    own = [("this product", other) for other in one.rates if other is not rate]
    foreign = [
        (each.title, other)
        for each in products()
        for other in each.rates
        if each.drug == one.drug and each is not one and indication in other.indications
    ]
    return [
        f"The label of {title} stops at {said_rate(other.highest.value)} "
        f"in {', '.join(other.indications)}."
        for title, other in (*own, *foreign)
        if other.indications != rate.indications and _may_be_stricter(other, rate)
    ]


def _may_be_stricter(one: ProductRate, other: ProductRate) -> bool:
    """Whether a highest rate is below another, or cannot be compared with it (mg against mL)."""
    rates = one.highest.value, other.highest.value
    return not comparable(rates[0].unit, rates[1].unit) or order(*rates) < 0


def _needs_indication(one: Product) -> DosingRefused:
    known = sorted({name for rate in one.rates for name in rate.indications})
    refusal = DosingRefused.because(
        "indication-missing",
        f"The rate of {one.title} depends on the indication.",
        allowed=", ".join(known),
        mend="state the indication",
    )
    return DosingRefused(refusal.problems)


def _no_rate(one: Product, choice: Choice) -> DosingRefused:
    known = sorted({name for rate in one.rates for name in rate.indications})
    refusal = DosingRefused.because(
        "rate-unknown",
        f"No source says how fast {one.title} may run"
        + (f" in {choice.indication}." if choice.indication and known else "."),
        found=choice.indication or one.id,
        allowed=", ".join(known),
        mend="take the rate from the label of the product",
    )
    return DosingRefused(refusal.problems)
