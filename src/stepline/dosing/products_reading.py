"""Reads `library/products/*.yaml`: every number beside its source, `unknown` where no source says.

Import this module lazily; it needs pydantic.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BeforeValidator

from stepline.core.documents import carried, read_as
from stepline.core.errors import Place, Problem
from stepline.core.evidence import Evidence, Kind
from stepline.core.quantity import Quantity, in_unit, parse_quantity
from stepline.dosing.products import (
    Fact,
    Observation,
    Product,
    ProductRate,
    RiskCap,
)
from stepline.dosing.rates import Ladder, Rung, regular_ladder
from stepline.dosing.refusing import DosingRefused
from stepline.vocabulary.authoring import Authored, Cited
from stepline.vocabulary.catalogue import catalogue


def _unknown_as_none(value: object) -> object:
    """What is written `unknown` is `None`; nothing at all is a mistake, not an unknown."""
    if value is None:
        message = "Nothing stands here; what no source says is written 'unknown'."
        raise ValueError(message)
    return None if value == "unknown" else value


OrUnknown = BeforeValidator(_unknown_as_none)


def _quantity(text: str) -> Quantity:
    return parse_quantity(text)[0]


Amount = Annotated[Quantity, BeforeValidator(carried(_quantity))]


class AuthoredAmount(Cited):
    """One quantity."""

    value: Amount


class AuthoredVials(Cited):
    """Vial sizes."""

    sizes: list[Amount]


class AuthoredSpan(Cited):
    """From one quantity to another."""

    low: Amount
    high: Amount


class AuthoredNames(Cited):
    """Excipients."""

    names: list[str]


class AuthoredContraindication(Cited):
    """A concept that forbids the product."""

    concept: str


class AuthoredRung(Cited):
    """A rate, and how long it is held."""

    rate: Amount
    hold: Amount | None = None


class AuthoredRise(Cited):
    """A regular rise."""

    by: Amount
    every: Amount


class AuthoredCap(Cited):
    """A cap at risk; where a label prints two roundings of one rate, both stand."""

    risks: list[str]
    rates: list[Amount]


class AuthoredRate(Authored):
    """Rates: `start`, then `steps` or a regular `rise`, up to `highest`."""

    indications: list[str]
    infusion: Literal["", "first", "later"] = ""
    name: str = ""
    start: Annotated[AuthoredRung | None, OrUnknown]
    steps: Annotated[tuple[AuthoredRung, ...] | None, OrUnknown] = ()
    rise: AuthoredRise | None = None
    highest: AuthoredRung
    caps: tuple[AuthoredCap, ...] = ()


class AuthoredObservation(Cited):
    """How long to watch."""

    after: str
    period: Amount
    infusion: Literal["", "first", "later"] = ""


class AuthoredProduct(Authored):
    """One product."""

    id: str
    title: str
    drug: str
    routes: list[str]
    concentration: Annotated[AuthoredAmount | None, OrUnknown]
    vials: Annotated[AuthoredVials | None, OrUnknown]
    infused_at: AuthoredSpan | None = None
    excipients: Annotated[AuthoredNames | None, OrUnknown]
    iga_at_most: Annotated[AuthoredAmount | None, OrUnknown]
    contraindications: Annotated[list[AuthoredContraindication] | None, OrUnknown]
    rates: Annotated[list[AuthoredRate] | None, OrUnknown]
    observations: Annotated[list[AuthoredObservation] | None, OrUnknown]
    notes: tuple[str, ...] = ()
    evidence: tuple[Cited, ...] = ()


class AuthoredProducts(Authored):
    """A file of products."""

    products: list[AuthoredProduct]


def read_products() -> tuple[Product, ...]:
    """Every product of the packaged library, in order of id.

    Raises:
        DocumentRefused: a file that is not written as it should be.
        DosingRefused: `product-twice`, `concept-unknown`, `source-unknown`, `ladder-wrong`.
    """
    folder = files("stepline.library").joinpath("products")
    found: list[Product] = []
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if path.name.endswith(".yaml"):
            found += read_product_file(path.read_bytes(), path.name)
    return _checked(sorted(found, key=lambda one: one.id))


def read_product_file(content: bytes, file: str) -> list[Product]:
    """The products of one file."""
    authored = read_as(AuthoredProducts, content, file)
    return [_product(one) for one in authored.products]


def _checked(found: list[Product]) -> tuple[Product, ...]:
    problems = []
    for one in found:
        place = Place(path=one.id)
        if sum(other.id == one.id for other in found) > 1:
            problems.append(Problem("product-twice", "Two products have one id.", place))
        concepts = [one.drug, *(fact.value for fact in one.contraindications or ())]
        problems += [
            Problem("concept-unknown", "The vocabulary has no such concept.", place, found=name)
            for name in concepts
            if name not in catalogue()
        ]
    if problems:
        raise DosingRefused(problems)
    return tuple(found)


def _product(one: AuthoredProduct) -> Product:
    return Product(
        id=one.id,
        title=one.title,
        drug=one.drug,
        routes=tuple(one.routes),
        concentration=_amount(one.concentration),
        vials=_vials(one.vials),
        infused_at=_span(one.infused_at),
        excipients=_names(one.excipients),
        iga_at_most=_amount(one.iga_at_most),
        contraindications=_contraindications(one.contraindications),
        rates=tuple(_rate(rate) for rate in one.rates or ()),
        observations=_observations(one.observations),
        notes=one.notes,
        evidence=tuple(_evidence(cited) for cited in one.evidence),
    )


def _evidence(cited: Cited) -> Evidence:
    kind = Kind(catalogue().source(cited.source).kind)
    return Evidence(cited.source, kind, cited.status, cited.claim)


def _amount(one: AuthoredAmount | None) -> Fact[Quantity] | None:
    return None if one is None else Fact(one.value, _evidence(one))


def _vials(one: AuthoredVials | None) -> Fact[tuple[Quantity, ...]] | None:
    return None if one is None else Fact(tuple(one.sizes), _evidence(one))


def _span(one: AuthoredSpan | None) -> Fact[tuple[Quantity, Quantity]] | None:
    return None if one is None else Fact((one.low, one.high), _evidence(one))


def _names(one: AuthoredNames | None) -> Fact[tuple[str, ...]] | None:
    return None if one is None else Fact(tuple(one.names), _evidence(one))


def _observations(many: list[AuthoredObservation] | None) -> tuple[Observation, ...]:
    return tuple(
        Observation(one.after, one.period, _evidence(one), one.infusion) for one in many or ()
    )


def _contraindications(
    many: list[AuthoredContraindication] | None,
) -> tuple[Fact[str], ...] | None:
    return None if many is None else tuple(Fact(c.concept, _evidence(c)) for c in many)


def _rate(one: AuthoredRate) -> ProductRate:
    return ProductRate(
        tuple(one.indications),
        one.infusion,
        _ladder(one),
        Fact(one.highest.rate, _evidence(one.highest)),
        tuple(
            RiskCap(tuple(cap.risks), rate, _evidence(cap))
            for cap in one.caps
            for rate in cap.rates
        ),
        one.name,
    )


def _ladder(one: AuthoredRate) -> Ladder:
    top = Rung(one.highest.rate, None)
    highest = _evidence(one.highest)
    if one.start is None:
        return Ladder((top,), is_complete=False, is_start_known=False, evidence=(highest,))
    start = _evidence(one.start)
    if one.rise is not None:
        every = in_unit(one.rise.every, "min")
        three = (start, _evidence(one.rise), highest)
        return regular_ladder(one.start.rate, one.rise.by, every, one.highest.rate, three)
    first = _rung(one.start)
    if one.steps is None:
        return Ladder((first, top), is_complete=False, evidence=(start, highest))
    cited = (start, *(_evidence(rung) for rung in one.steps), highest)
    return Ladder((first, *(_rung(rung) for rung in one.steps), top), evidence=cited)


def _rung(one: AuthoredRung) -> Rung:
    return Rung(one.rate, None if one.hold is None else in_unit(one.hold, "min"))
