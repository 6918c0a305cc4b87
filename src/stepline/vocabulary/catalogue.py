"""Looks concepts up: by id, by name, by code, by class, by free text.

`catalogue()` reads the packaged library once. Nothing here guesses: a name of several things is
refused, a code that is not listed is `None`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from stepline.core.errors import Refused
from stepline.vocabulary.displays import Displays
from stepline.vocabulary.model import (
    Ambiguity,
    Code,
    CodeSystem,
    Concept,
    Library,
    Source,
    VocabularyRefused,
)
from stepline.vocabulary.text import same_name, words


class Catalogue:
    """The concepts and sources of one library, indexed. Build it once; it does not change."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._concepts = {concept.id: concept for concept in library.concepts}
        self._sources = {source.key: source for source in library.sources}
        self._named = _names_of(library.concepts)
        self._ambiguous = {same_name(one.text): one for one in library.ambiguities}
        self._systems = _spellings_of(library.systems)
        self._codes = _codes_of(library, self._systems)
        self._members = _members_of(library.concepts)
        displays = Displays(library.concepts, library.local_form_words)
        self._in_display = lru_cache(maxsize=4096)(displays.find)

    # Concepts

    @property
    def concepts(self) -> tuple[Concept, ...]:
        """All concepts, in the order of the library files."""
        return self.library.concepts

    def __contains__(self, concept_id: object) -> bool:
        """Whether an id is in the library."""
        return concept_id in self._concepts

    def concept(self, concept_id: str) -> Concept:
        """The concept of an id.

        Raises:
            VocabularyRefused: `concept-unknown`, naming the nearest ids.
        """
        found = self._concepts.get(concept_id)
        if found is None:
            raise self._unknown(concept_id)
        return found

    def find(self, text: str) -> Concept | None:
        """The concept that a text names, by id, title, synonym or drug name; case does not matter.

        Raises:
            VocabularyRefused: `concept-ambiguous`, where the text names several concepts.
        """
        name = same_name(text)
        ambiguity = self._ambiguous.get(name)
        if ambiguity is not None:
            raise _ambiguous(text, ambiguity)
        return self._named.get(name)

    def suggest(self, text: str) -> tuple[str, ...]:
        """Ids of up to three concepts whose name looks like a text, nearest first."""
        near = _nearest(same_name(text), self._named, most=6)
        return tuple(dict.fromkeys(self._named[name].id for name in near))[:3]

    def search(self, text: str) -> tuple[Concept, ...]:
        """Concepts whose id, title, synonyms, names or codes hold every word of a text."""
        wanted = words(text)
        hits = [one for one in self.concepts if wanted and _holds_all(one, wanted)]
        return tuple(sorted(hits, key=lambda one: _distance(one, wanted)))

    def find_in_display(self, text: str, route: str = "") -> Concept | None:
        """The one drug named in a medication display such as `Methotrexate 2.5 MG Oral Tablet`.

        Whole words only. `None` where no drug is named, where two are, where the form is local
        (a cream is not a systemic glucocorticoid) or where only the route could tell
        ("immunoglobulin") and neither the display nor `route` says it.
        """
        return self._in_display(text, route)

    # Codes

    def system(self, spelling: str) -> CodeSystem | None:
        """The code system behind a FHIR URI, an OMOP vocabulary id or our own short name."""
        return self._systems.get(_system_name(spelling))

    def by_code(self, system: str, code: str) -> Concept | None:
        """The concept of a code; for codes marked as prefixes also of every code below them."""
        found = self.code(system, code)
        return self._concepts[found[0]] if found else None

    def code(self, system: str, code: str) -> tuple[str, Code] | None:
        """The concept id and the listed code that a code falls under, or `None`."""
        known = self.system(system)
        if known is None:
            return None
        wanted = _code_name(known, code)
        exact = self._codes.get((known.key, wanted))
        return exact or self._by_prefix(known.key, wanted)

    def _by_prefix(self, system: str, wanted: str) -> tuple[str, Code] | None:
        for end in range(len(wanted) - 1, 0, -1):
            found = self._codes.get((system, wanted[:end]))
            if found is not None and found[1].prefix:
                return found
        return None

    # Classes

    def members(self, class_id: str) -> tuple[Concept, ...]:
        """The concepts of a drug class or group, in library order; a single concept is its own.

        Raises:
            VocabularyRefused: `concept-unknown`.
        """
        concept = self.concept(class_id)
        return self._members.get(class_id, ()) if concept.is_class else (concept,)

    def is_in(self, concept_id: str, class_id: str) -> bool:
        """Whether a concept is the class itself or one of its members."""
        return concept_id == class_id or class_id in self.concept(concept_id).classes

    # Sources

    def sources(self) -> tuple[Source, ...]:
        """All sources that facts may cite."""
        return self.library.sources

    def source(self, key: str) -> Source:
        """The source of a key.

        Raises:
            VocabularyRefused: `source-unknown`, naming the nearest keys.
        """
        found = self._sources.get(key)
        if found is None:
            near = ", ".join(_nearest(key, self._sources, most=3))
            raise VocabularyRefused.because(
                "source-unknown",
                f"No source is called '{key}'.",
                found=key,
                allowed="a key of library/sources.yaml",
                mend=f"Did you mean {near}?" if near else "Add the source to library/sources.yaml.",
            )
        return found

    def has_source(self, key: str) -> bool:
        """Whether a source key is in the library."""
        return key in self._sources

    def _unknown(self, concept_id: str) -> Refused:
        ambiguity = self._ambiguous.get(same_name(concept_id))
        if ambiguity is not None:
            return _ambiguous(concept_id, ambiguity)
        near = ", ".join(self.suggest(concept_id))
        return VocabularyRefused.because(
            "concept-unknown",
            f"The vocabulary has no concept '{concept_id}'.",
            found=concept_id,
            allowed="a concept id such as ldh, ivig or muscle-strength",
            mend=f"Did you mean {near}?" if near else "Add it to library/concepts.",
        )


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The packaged catalogue."""
    from stepline.vocabulary.compiled import packaged_library

    return Catalogue(packaged_library())


def _nearest(text: str, names: Iterable[str], most: int) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(text, list(names), n=most, cutoff=0.7)


def _names_of(concepts: Iterable[Concept]) -> dict[str, Concept]:
    names: dict[str, Concept] = {}
    for concept in concepts:
        for text in (concept.id, concept.title, *concept.synonyms, *concept.names):
            names.setdefault(same_name(text), concept)
    return names


def _members_of(concepts: Iterable[Concept]) -> dict[str, tuple[Concept, ...]]:
    members: dict[str, list[Concept]] = {}
    for concept in concepts:
        for class_id in concept.classes:
            members.setdefault(class_id, []).append(concept)
    return {class_id: tuple(found) for class_id, found in members.items()}


def _spellings_of(systems: Iterable[CodeSystem]) -> dict[str, CodeSystem]:
    return {
        _system_name(spelling): system
        for system in systems
        for spelling in (system.key, system.uri, *system.spellings)
    }


def _codes_of(
    library: Library, systems: Mapping[str, CodeSystem]
) -> dict[tuple[str, str], tuple[str, Code]]:
    return {
        (code.system, _code_name(systems[code.system], code.code)): (concept.id, code)
        for concept in library.concepts
        for code in concept.codes
    }


def _system_name(spelling: str) -> str:
    return spelling.strip().casefold().rstrip("/").replace("https://", "http://", 1)


def _code_name(system: CodeSystem, code: str) -> str:
    plain = code.strip().upper()
    return plain.replace(".", "") if system.dotless else plain


def _ambiguous(text: str, ambiguity: Ambiguity) -> Refused:
    return VocabularyRefused.because(
        "concept-ambiguous",
        ambiguity.says,
        found=text,
        allowed=", ".join(ambiguity.could_be),
        mend="Write the one that is meant.",
    )


def _holds_all(concept: Concept, wanted: tuple[str, ...]) -> bool:
    codes = (code.code for code in concept.codes)
    texts = (concept.id, concept.title, *concept.synonyms, *concept.names, *codes)
    haystack = " ".join(same_name(text) for text in texts)
    return all(word in haystack for word in wanted)


def _distance(concept: Concept, wanted: tuple[str, ...]) -> tuple[int, int, str]:
    names = [same_name(text) for text in (concept.id, concept.title, *concept.synonyms)]
    asked = " ".join(wanted)
    if asked in names:
        return (0, len(concept.id), concept.id)
    starts = any(name.startswith(asked) for name in names)
    return (1 if starts else 2, len(concept.id), concept.id)
