"""The small elements of FHIR that all resources of a plan share, as plain JSON values.

Numbers stay exact: a decimal is written with all its digits, and a fraction that no short decimal
holds becomes a ratio of whole numbers.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from stepline.core.evidence import Evidence
from stepline.core.quantity import Quantity, decimal_of
from stepline.exports.fhir.names import EVIDENCE, SNOMED, UCUM
from stepline.sources.fhir.coding import CONCEPTS
from stepline.vocabulary.catalogue import Catalogue

Json = dict[str, object]

_SHORT = 12
"""Digits up to which a fraction is written as a decimal; FHIR promises 18."""
_SYSTEMS = ("atc", "rxnorm")
_ROUTES = {
    "oral": ("26643006", "Oral route"),
    "iv": ("47625008", "Intravenous route"),
    "sc": ("34206005", "Subcutaneous route"),
    "im": ("78421000", "Intramuscular route"),
}
"""SNOMED CT codes of FHIR's value set `route-codes`."""


def in_digits(value: Decimal) -> Decimal:
    """The same number without an exponent, as it is written."""
    return Decimal(format(value, "f"))


def short_decimal(value: Fraction) -> Decimal | None:
    """A fraction as a decimal of at most twelve digits; `None` where none is exact."""
    decimal = decimal_of(value)
    if Fraction(decimal) != value or len(decimal.as_tuple().digits) > _SHORT:
        return None
    return in_digits(decimal)


def quantity(value: Decimal, unit: str) -> Json:
    """A quantity in UCUM."""
    return {"value": in_digits(value), "unit": unit, "system": UCUM, "code": unit}


def of_quantity(measure: Quantity) -> Json:
    """A quantity of ours."""
    return quantity(measure.value, measure.unit)


def ratio(value: Fraction, above: str, below: str) -> Json:
    """A fraction as two whole numbers with units."""
    return {
        "numerator": quantity(Decimal(value.numerator), above),
        "denominator": quantity(Decimal(value.denominator), below),
    }


def extension(url: str, kind: str, value: object) -> Json:
    """A simple extension; `kind` is the FHIR type with a capital letter."""
    return {"url": url, f"value{kind}": value}


def evidence_of(evidence: Evidence) -> Json:
    """A source, what it is worth, and what it says, as an extension."""
    parts = [
        extension("source", "Code", evidence.source),
        extension("kind", "Code", evidence.kind.value),
        extension("status", "Code", evidence.status.value),
    ]
    parts += [extension("claim", "String", evidence.claim)] if evidence.claim else []
    return {"url": EVIDENCE, "extension": parts}


def drug(concept_id: str, catalogue: Catalogue) -> Json:
    """A drug by the first ATC and RxNorm code of the vocabulary, where it has them, and by name."""
    if concept_id not in catalogue:
        return {"text": concept_id}
    concept = catalogue.concept(concept_id)
    coding: list[Json] = []
    for key in _SYSTEMS:
        system = catalogue.system(key)
        assert system is not None
        codes = [code for code in concept.codes if code.system == key]
        coding += [
            {"system": system.uri, "code": code.code, "display": code.display} for code in codes[:1]
        ]
    own = {"system": CONCEPTS, "code": concept.id, "display": concept.title}
    return {"coding": [*coding, own], "text": concept.title}


def route(name: str) -> Json:
    """A route by its SNOMED CT code; by its word where none is listed."""
    if name not in _ROUTES:
        return {"text": name}
    code, display = _ROUTES[name]
    coding = {"system": SNOMED, "code": code, "display": display}
    return {"coding": [coding], "text": display}


def narrative(*sentences: str) -> Json:
    """What a resource says in words; every resource should have it (dom-6)."""
    said = "".join(f"<p>{_escaped(sentence)}</p>" for sentence in sentences if sentence)
    return {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{said}</div>',
    }


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
