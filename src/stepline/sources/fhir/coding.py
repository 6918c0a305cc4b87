"""What a coded thing is: its code in one notation, its concept in the vocabulary, its words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stepline.sources.fhir.rows import RowRefused
from stepline.sources.fhir.structs import CodeableConcept, Coding
from stepline.vocabulary.catalogue import Catalogue
from stepline.vocabulary.model import Concept, ConceptKind

_PREFIXES = {
    "loinc": "LOINC",
    "rxnorm": "RxNorm",
    "snomed": "SNOMED",
    "atc": "ATC",
    "icd10": "ICD10",
    "icd10cm": "ICD10CM",
    "cvx": "CVX",
}
_NDC = "http://hl7.org/fhir/sid/ndc"
CONCEPTS = "urn:stepline:concept"
"""The system under which a concept's own id is a code, for what no public code is known of."""


ROUTES = {
    "26643006": "oral",
    "47625008": "iv",
    "34206005": "sc",
    "78421000": "im",
    "6064005": "topical",
    "12130007": "intra-articular",
    "PO": "oral",
    "IV": "iv",
    "IVINFUS": "iv",
    "IVPUSH": "iv",
    "SQ": "sc",
    "IM": "im",
}
"""Routes by code: SNOMED CT (FHIR value set `route-codes`) and HL7 RouteOfAdministration."""

_ROUTE_WORDS = (
    ("intravenous", "iv"),
    ("subcutaneous", "sc"),
    ("intramuscular", "im"),
    ("intra-articular", "intra-articular"),
    ("inhal", "inhaled"),
    ("topical", "topical"),
    ("oral", "oral"),
    ("by mouth", "oral"),
)
_LOCAL_ROUTES = frozenset({"topical", "inhaled", "intra-articular"})


@dataclass(frozen=True, slots=True)
class Coded:
    """A code as `LOINC//2532-0`, the concept it means or `None`, and the source's own words."""

    code: str
    concept: Concept | None
    display: str
    note: str = ""

    @property
    def concept_id(self) -> str:
        """The id of the concept, or empty."""
        return self.concept.id if self.concept else ""


def read_thing(thing: CodeableConcept | None, catalogue: Catalogue) -> Coded:
    """What is not a drug: an analyte, a disease, a procedure, a vaccine.

    Raises `RowRefused` (`code-missing`) where there is neither a code nor a word.
    """
    stated = _stated(thing)
    matches = [
        (coding, concept)
        for coding in stated.coding
        if (concept := _concept(coding, catalogue)) and not _of_drugs(concept)
    ]
    return _coded(stated, matches, catalogue)


def read_drug(thing: CodeableConcept | None, catalogue: Catalogue, route: str = "") -> Coded:
    """A drug, by any of its codes, else by the name in its display.

    A local form or route (a cream, an inhaler) is never read as the systemic drug.
    """
    stated = _stated(thing)
    matches = [
        (coding, concept)
        for coding in stated.coding
        if (concept := _concept(coding, catalogue)) and concept.is_drug
    ]
    coded = _coded(stated, matches, catalogue)
    concept = coded.concept
    if not matches:
        concept = _by_display(stated, catalogue, route)
    if concept is not None and route in _LOCAL_ROUTES and not concept.local_forms:
        return Coded(coded.code, None, coded.display, f"given {route}: not read as {concept.title}")
    return Coded(coded.code, concept, coded.display, coded.note)


def _stated(thing: CodeableConcept | None) -> CodeableConcept:
    if thing is None or not (thing.text.strip() or any(c.code for c in thing.coding)):
        raise RowRefused(
            "code-missing",
            "Neither a code nor a word says what this is.",
            "export the code of the resource",
        )
    return thing


def _concept(coding: Coding, catalogue: Catalogue) -> Concept | None:
    if coding.system == CONCEPTS:
        return catalogue.concept(coding.code) if coding.code in catalogue else None
    return catalogue.by_code(coding.system, coding.code)


def _of_drugs(concept: Concept) -> bool:
    return concept.kind in (ConceptKind.DRUG, ConceptKind.DRUG_CLASS)


def _coded(
    thing: CodeableConcept, matches: list[tuple[Coding, Concept]], catalogue: Catalogue
) -> Coded:
    """The code that was recognised, else the one that a user chose, else the first."""
    chosen = [match for match in matches if match[0].user_selected] or matches
    meant = {concept.id: concept for _, concept in chosen}
    if len(meant) == 1:
        coding, concept = chosen[0]
        return Coded(notation(coding, catalogue), concept, words_of(thing))
    note = f"its codes mean different things: {', '.join(sorted(meant))}" if meant else ""
    return Coded(_first_code(thing, catalogue), None, words_of(thing), note)


def _first_code(thing: CodeableConcept, catalogue: Catalogue) -> str:
    coded = [coding for coding in thing.coding if coding.code]
    chosen = [coding for coding in coded if coding.user_selected] or coded
    return notation(chosen[0], catalogue) if chosen else f"text//{_line(thing.text)}"


def notation(coding: Coding, catalogue: Catalogue) -> str:
    """A code with its system in front: `SNOMED//396230008`, or `<uri>//code`."""
    if coding.system in (_NDC, CONCEPTS):
        return f"{'NDC' if coding.system == _NDC else 'STEPLINE'}//{coding.code}"
    system = catalogue.system(coding.system) if coding.system else None
    prefix = _PREFIXES.get(system.key, system.key) if system else coding.system
    return f"{prefix or 'unknown'}//{coding.code}"


def words_of(thing: CodeableConcept | None) -> str:
    """The source's own words for a thing: its text, else the display of a code."""
    if thing is None:
        return ""
    displays = (coding.display for coding in thing.coding if coding.display)
    return _line(thing.text or next(displays, "") or next((c.code for c in thing.coding), ""))


def _line(text: str) -> str:
    return " ".join(text.split())


def _by_display(thing: CodeableConcept, catalogue: Catalogue, route: str) -> Concept | None:
    """The drug that the displays name; none where two displays name two."""
    displays = dict.fromkeys([*(coding.display for coding in thing.coding), thing.text])
    named = [catalogue.find_in_display(display, route) for display in displays if display]
    found = {concept.id: concept for concept in named if concept is not None}
    return next(iter(found.values())) if len(found) == 1 else None


def read_route(*routes: CodeableConcept | None) -> str:
    """How a drug enters the body: `oral`, `iv`, `sc`, `im`, …, or the source's own words."""
    for route in routes:
        if route is not None:
            known = next((ROUTES[c.code] for c in route.coding if c.code in ROUTES), "")
            return known or _route_by_words(words_of(route))
    return ""


def _route_by_words(said: str) -> str:
    plain = said.casefold()
    if plain in ("iv", "sc", "im", "po"):
        return ROUTES.get(plain.upper(), plain)
    return next((route for word, route in _ROUTE_WORDS if word in plain), plain)


def codes_of(things: Iterable[CodeableConcept | None]) -> frozenset[str]:
    """Every bare code of several things, for short code lists of FHIR itself."""
    return frozenset(coding.code for thing in things if thing for coding in thing.coding)
