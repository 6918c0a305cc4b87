"""What a MEDS code says: the concept, the unit and the standing of its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stepline.record.model import EventStatus
from stepline.sources.fhir.numbers import unit_of
from stepline.sources.fhir.structs import Quantity
from stepline.vocabulary.catalogue import Catalogue
from stepline.vocabulary.model import Concept

_SYSTEMS = {"ICD//10": "ICD10CM", "ICD10CM": "ICD10CM"}
_ROUTES = {
    "iv": re.compile(r"\bIV\b"),
    "oral": re.compile(r"\b(oral|tablets?|capsules?)\b", re.IGNORECASE),
    "ophthalmic": re.compile(r"\b(ophth\w*|eye)\b", re.IGNORECASE),
    "topical": re.compile(r"\b(topical|cream|ointment|lotion)\b", re.IGNORECASE),
    "inhaled": re.compile(r"\b(inhal\w*|nebu?\w*)\b", re.IGNORECASE),
    "rectal": re.compile(r"\b(rectal|suppositor\w*|enema)\b", re.IGNORECASE),
}
"""Words of a product's name that say how it is given."""
_UNSTATED = "UNK"
_WEIGHT = "SUBJECT_WEIGHT_AT_INFUSION//KG"


@dataclass(frozen=True, slots=True)
class Code:
    """A code as rows need it; `unit` is canonical, or empty; `words` name what has no concept."""

    text: str
    concept: Concept | None
    words: str
    unit: str = ""
    status: EventStatus = EventStatus.REPORTED
    is_drug: bool = False
    said: str = ""
    route: str = ""


def read_code(text: str, catalogue: Catalogue) -> Code:
    """The meaning of a code such as `LOINC//2532-0//U/L`, `MEDICATION//START//PredniSONE`."""
    head, _, rest = text.partition("//")
    if head == "MEDICATION" and rest:
        return _medication(text, rest, catalogue)
    if text == _WEIGHT:
        return Code(text, catalogue.concept("weight"), "weight", "kg")
    if head == "DIAGNOSIS":
        head, _, rest = _diagnosis(rest)
    code, _, unit = rest.partition("//")
    concept = catalogue.by_code(head, code) if code else None
    if concept is not None and concept.is_drug:
        return Code(text, concept, text, is_drug=True, status=EventStatus.ORDERED)
    return Code(text, concept, text, _unit(unit))


def _diagnosis(rest: str) -> tuple[str, str, str]:
    edition, _, code = rest.rpartition("//")
    return _SYSTEMS.get(edition, edition), "//", code


def _unit(text: str) -> str:
    if text in ("", _UNSTATED):
        return ""
    return unit_of(Quantity(unit=text), enzyme=True)[0] or ""


def _medication(text: str, rest: str, catalogue: Catalogue) -> Code:
    head, _, tail = rest.partition("//")
    name, said = (tail, head) if head in ("START", "STOP") else (head, tail)
    concept = catalogue.find_in_display(name) if name not in ("", _UNSTATED) else None
    return Code(text, concept, name, status=_standing(said), is_drug=True, said=said,
                route=_route(name))  # fmt: skip


def _route(name: str) -> str:
    """The route that a product's name states; a name that states none, or two, gives none."""
    found = {route for route, words in _ROUTES.items() if words.search(name)}
    return found.pop() if len(found) == 1 else ""


def _standing(said: str) -> EventStatus:
    """What became of a dose. What is not plainly given stays an order."""
    plain = said.casefold()
    if plain == "stop":
        return EventStatus.STOPPED
    if plain.startswith("not ") or plain.endswith("not given"):
        return EventStatus.NOT_GIVEN
    if plain.startswith(("administered", "delayed administered")):
        return EventStatus.GIVEN
    return EventStatus.ORDERED
