"""Recognises the drug in a free-text medication display.

A display such as `predniSONE 5 MG Oral Tablet` names a drug by words. A name is a phrase, or
several phrases joined by ` + ` that must all be there (`sulfamethoxazole + trimethoprim`). When
two drugs match, the one whose words include the other's wins (`methyl prednisolone` over
`prednisolone`); when neither does, the display names two drugs and none is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stepline.vocabulary.model import Concept, ConceptKind
from stepline.vocabulary.text import contains_phrase, words

_ROUTE_WORDS = {
    "iv": ("intravenous",),
    "intravenous": ("intravenous",),
    "sc": ("subcutaneous",),
    "subcutaneous": ("subcutaneous",),
}


@dataclass(frozen=True, slots=True)
class _Name:
    concept: Concept
    phrases: tuple[tuple[str, ...], ...]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(word for phrase in self.phrases for word in phrase)

    def stands_in(self, text: tuple[str, ...]) -> bool:
        if not all(contains_phrase(text, phrase) for phrase in self.phrases):
            return False
        return not any(contains_phrase(text, words(other)) for other in self.concept.never_with)


class Displays:
    """The names of all drugs, ready to be looked for."""

    def __init__(self, concepts: Iterable[Concept], local_form_words: Iterable[str]) -> None:
        drugs = [concept for concept in concepts if concept.kind is ConceptKind.DRUG]
        self._names = tuple(_name(drug, text) for drug in drugs for text in drug.names)
        self._by_first_word = _by_first_word(self._names)
        self._local = tuple(words(form) for form in local_form_words)

    def find(self, text: str, route: str = "") -> Concept | None:
        """The one drug named in a display, or `None` where it names none or cannot be told."""
        found = words(text) + _ROUTE_WORDS.get(route.casefold(), ())
        matches = [name for name in self._candidates(found) if name.stands_in(found)]
        concept = _the_one(matches)
        if concept is None or concept.local_forms or not self._is_local(found):
            return concept
        return None

    def _candidates(self, found: tuple[str, ...]) -> list[_Name]:
        return [name for word in dict.fromkeys(found) for name in self._by_first_word.get(word, ())]

    def _is_local(self, found: tuple[str, ...]) -> bool:
        return any(contains_phrase(found, form) for form in self._local)


def _name(drug: Concept, text: str) -> _Name:
    return _Name(drug, tuple(words(phrase) for phrase in text.split(" + ")))


def _by_first_word(names: Iterable[_Name]) -> dict[str, list[_Name]]:
    index: dict[str, list[_Name]] = {}
    for name in names:
        index.setdefault(name.phrases[0][0], []).append(name)
    return index


def _the_one(matches: list[_Name]) -> Concept | None:
    """The concept of the largest matches, if they all are of one concept."""
    largest = {
        name.concept.id: name.concept
        for name in matches
        if not any(name.words < other.words for other in matches)
    }
    return next(iter(largest.values())) if len(largest) == 1 else None
