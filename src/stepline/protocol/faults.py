"""What can be wrong with the names and units of a criterion, in the words an author reads."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from stepline.protocol import criterion as c
from stepline.protocol.definitions import PLACEHOLDER
from stepline.protocol.products import drugs_of_products
from stepline.vocabulary.catalogue import Catalogue
from stepline.vocabulary.model import Concept, ConceptKind

DRUGS = (ConceptKind.DRUG, ConceptKind.DRUG_CLASS)
"""Kinds of concept that are given."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a criterion; `word` is where to point in its text."""

    code: str
    message: str
    word: str
    found: str = ""
    allowed: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What a criterion may name: concepts, definitions by key, `X` in a definition over any."""

    catalogue: Catalogue
    definitions: frozenset[str] = frozenset()
    placeholder: bool = False

    def concept(self, name: str) -> Concept | None:
        """The concept of a name; `None` when there is none, or for the placeholder."""
        return self.catalogue.concept(name) if name in self.catalogue else None

    def defines(self, named: c.Named) -> bool:
        """Whether a definition answers to a name."""
        over_any = f"{named.name}({PLACEHOLDER})"
        return named.key in self.definitions or bool(
            named.argument and over_any in self.definitions
        )


def not_comparable(name: str, unit: str, other_name: str, other: str, part: c.Compare) -> Fault:
    """Two sides of a comparison told in different kinds of unit."""
    return Fault(
        "units-not-comparable",
        f"{name or 'The left side'} is told in {_said(unit)} and cannot be compared with "
        f"{_said(other)}.",
        other_name or _literal_word(part) or name,
        found=f"{_said(unit)} {part.operator.value} {_said(other)}",
        allowed=_said(unit),
        mend=f"Write the other side in {_said(unit)}, or a unit of the same kind.",
    )


def _said(unit: str) -> str:
    return {"1": "a plain number"}.get(unit, unit)


def _literal_word(part: c.Compare) -> str:
    for value in (part.right, part.left):
        match value:
            case c.Number(quantity):
                return format(quantity.value, "f")
            case c.Duration(period):
                return str(period)
            case c.UpperLimits(multiple):
                return format(multiple.value, "f")
    return ""


def unknown_concept(name: str, known: Known) -> Fault:
    """A name that the vocabulary does not hold."""
    if name == PLACEHOLDER:
        return Fault(
            "placeholder-misplaced",
            "X stands for the argument of a definition over any drug and has no meaning elsewhere.",
            name,
            found="X",
            allowed='inside a definition such as define: "failed(X)"',
            mend="Name the drug.",
        )
    near = known.catalogue.suggest(name)
    return Fault(
        "concept-unknown",
        f"The vocabulary has no concept “{name}”.",
        name,
        found=name,
        allowed="a concept id of the vocabulary",
        mend=f"Did you mean {' or '.join(near)}?" if near else "Add it to the vocabulary.",
    )


def unknown_product(product: str) -> Fault:
    """A product that the library does not hold; it would never match, and nobody would be told."""
    known = tuple(drugs_of_products())
    return Fault(
        "product-unknown",
        f"The library has no product “{product}”.",
        product,
        found=product,
        allowed=", ".join(known),
        mend=nearest(product, known, "Name a product of library/products."),
    )


def product_of_other_drug(product: str, drug: str, names: c.Names) -> Fault:
    """A product of a drug that the statement does not speak of."""
    return Fault(
        "product-of-other-drug",
        f"{product} is a product of {drug}, and the statement is on {' or '.join(names)}.",
        product,
        found=f"{product} ({drug})",
        allowed=f"a product of {' or '.join(names)}",
        mend=f"Say: given {drug} of product {product}.",
    )


def unknown_name(name: str, known: Known) -> Fault:
    """A bare name that is neither a definition nor a condition."""
    keys = {key: key for key in known.definitions}
    near = [*get_close_matches(name, keys, n=2, cutoff=0.75), *known.catalogue.suggest(name)]
    return Fault(
        "name-unknown",
        f"“{name}” is neither a definition nor a condition of the vocabulary.",
        name,
        found=name,
        allowed="a definition of this file or of the library, or a condition",
        mend=f"Did you mean {' or '.join(near[:3])}?" if near else "Define it under definitions.",
    )


def no_definition(named: c.Named, known: Known) -> Fault:
    """A name with an argument that nothing defines."""
    near = get_close_matches(named.key, known.definitions, n=3, cutoff=0.6)
    same = sorted(key for key in known.definitions if key.startswith(f"{named.name}("))
    return Fault(
        "definition-unknown",
        f"Nothing defines {named.key}.",
        named.name,
        found=named.key,
        allowed=", ".join(same) or "a definition of this file or of the library",
        mend=f"Did you mean {' or '.join(near)}?" if near else f'Add define: "{named.key}".',
    )


def says_nothing(concept: Concept) -> Fault:
    """A bare name that is neither true nor false by itself."""
    if concept.kind in DRUGS:
        code, mend = "name-is-a-drug", f"Say “on {concept.id}” or “given {concept.id}”."
        message = f"{concept.id} is a drug: say what about it."
    elif concept.unit:
        code, mend = "name-is-a-value", f"Say for example “last({concept.id}) > …”."
        message = f"{concept.id} is a value: say what about it."
    else:
        code = "name-needs-an-answer"
        answer = concept.answers[0] if concept.answers else "…"
        mend = f"Say “{concept.id} is {answer}” or “recorded {concept.id}”."
        message = f"{concept.id} by itself is neither true nor false: say what about it."
    return Fault(
        code, message, concept.id, concept.id, "a condition, a definition or a comparison", mend
    )


def no_number(concept_id: str, known: Known) -> Fault:
    """Something without a number in a comparison."""
    concept = known.concept(concept_id)
    answers = concept.answers if concept else ()
    return Fault(
        "value-without-a-number",
        f"{concept_id} has no number to compare.",
        concept_id,
        found=concept_id,
        allowed=", ".join(answers) or "a concept with a unit",
        mend=f"Say “{concept_id} is {answers[0]}”." if answers else "Compare something measured.",
    )


def no_time(period: str) -> Fault:
    """A period of no length."""
    return Fault(
        "period-zero",
        "A period of no length can hold nothing.",
        period,
        found=period,
        allowed="a period longer than P0D",
        mend="Write the time that is meant.",
    )


def nearest(word: str, words: tuple[str, ...], otherwise: str) -> str:
    """The word that was probably meant."""
    near = get_close_matches(word, words, n=1)
    return f"Did you mean {near[0]}?" if near else otherwise
