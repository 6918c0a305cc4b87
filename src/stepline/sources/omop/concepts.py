"""What an OMOP concept is: its code, its name, and the concept of the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stepline.vocabulary.catalogue import Catalogue
from stepline.vocabulary.model import Concept

_OWN = "STEPLINE"
"""The vocabulary of local concepts whose codes are ids of the packaged vocabulary."""
_NONE = ("", "0")
_PREFIXES = {"ICD10CM": "ICD10CM", "RxNorm": "RxNorm", "SNOMED": "SNOMED", "LOINC": "LOINC"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """One OMOP concept as rows need it."""

    code: str
    name: str
    concept: Concept | None


class Concepts:
    """The rows of CONCEPT that an export uses, asked by id."""

    def __init__(self, rows: Mapping[str, Mapping[str, str]], catalogue: Catalogue) -> None:
        self._rows = rows
        self._catalogue = catalogue
        self._known: dict[tuple[str, str, bool], Meaning] = {}

    def told_by(self, row: Mapping[str, str], stem: str) -> str:
        """The concept of a row; where it is mapped to none, that of the source if it is known."""
        mapped = row[f"{stem}_concept_id"]
        source = row.get(f"{stem}_source_concept_id", "")
        return source if mapped in _NONE and source in self._rows else mapped

    def name(self, concept_id: str) -> str:
        """The name of a concept; empty where the export does not hold it."""
        return self._rows.get(concept_id, {}).get("concept_name", "")

    def unit(self, concept_id: str) -> str:
        """The UCUM code of a unit; empty where the export does not hold it."""
        row = self._rows.get(concept_id, {})
        return row.get("concept_code", "") if row.get("vocabulary_id") == "UCUM" else ""

    def meaning(self, concept_id: str, source: str, *, is_drug: bool = False) -> Meaning:
        """The concept by its code, a drug else by its name; `source` are the source's words."""
        key = (concept_id, source, is_drug)
        if key not in self._known:
            self._known[key] = self._read(concept_id, source, is_drug=is_drug)
        return self._known[key]

    def _read(self, concept_id: str, source: str, *, is_drug: bool) -> Meaning:
        row = self._rows.get(concept_id)
        if row is None:
            named = self._catalogue.find_in_display(source) if is_drug and source else None
            code = f"OMOP//{concept_id}" if concept_id not in _NONE else f"text//{source}"
            return Meaning(code, source, named)
        vocabulary, code, name = (row[k] for k in ("vocabulary_id", "concept_code", "concept_name"))
        concept = self._by_code(vocabulary, code)
        if is_drug and (concept is None or not concept.is_drug):
            concept = self._catalogue.find_in_display(name)
        elif not is_drug and concept is not None and concept.is_drug:
            concept = None
        return Meaning(f"{_PREFIXES.get(vocabulary, vocabulary)}//{code}", name, concept)

    def _by_code(self, vocabulary: str, code: str) -> Concept | None:
        if vocabulary == _OWN:
            return self._catalogue.concept(code) if code in self._catalogue else None
        return self._catalogue.by_code(vocabulary, code)
