"""Reads the chapters of the specification: what each criterion means, told in cases.

A chapter is a YAML file that a clinician can read. A section may give a record, a moment and more
that its cases share; a case adds its own entries to them. Import this module lazily: it loads
pydantic.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from stepline.core.documents import Node, place_of, read_node_as, read_yaml
from stepline.core.errors import Place
from stepline.protocol.loading import LoadedRules, load_rules
from stepline.protocol.scope import Scope


class Shared(BaseModel):
    """What a section's cases have in common, or a case has for itself."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    record: list[Any] = []
    planned: list[Any] = []
    complete_for: list[str] = []
    as_of: str = ""
    step_start: str = ""
    step_drugs: list[str] = []


class CaseEntry(Shared):
    """One criterion and its verdict; or one that must be refused, with words of the refusal."""

    title: str
    criterion: str
    verdict: Literal["true", "false", "unknown"] | bool | None = None
    because: list[str] = []
    missing: list[str] = []
    refused: list[str] = []


class SectionEntry(Shared):
    """Cases about one thing."""

    section: str
    text: str = ""
    cases: list[CaseEntry]


class ChapterEntry(BaseModel):
    """A file of the specification."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    chapter: str
    text: str = ""
    definitions: list[Any] = []
    confounders: list[Any] = []
    regimens: list[str] = []
    sections: list[SectionEntry]


@dataclass(frozen=True, slots=True)
class SpecCase:
    """One case with everything that its section gives it; no `verdict` where it is refused."""

    title: str
    criterion: str
    verdict: str
    record: tuple[object, ...]
    planned: tuple[object, ...]
    complete_for: tuple[str, ...]
    as_of: str
    step_start: str
    step_drugs: tuple[str, ...]
    because: tuple[str, ...]
    missing: tuple[str, ...]
    refused: tuple[str, ...]
    own: tuple[object, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Section:
    """Cases about one thing, and what they share."""

    title: str
    text: str
    record: tuple[object, ...]
    planned: tuple[object, ...]
    as_of: str
    step_start: str
    cases: tuple[SpecCase, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter and what its criteria may name besides the vocabulary."""

    title: str
    text: str
    sections: tuple[Section, ...]
    library: LoadedRules
    regimens: tuple[str, ...]
    file: str

    @property
    def cases(self) -> tuple[SpecCase, ...]:
        """Every case, in order."""
        return tuple(case for section in self.sections for case in section.cases)


def read_chapter(text: str | bytes, file: str) -> Chapter:
    """The chapter in a file; `DocumentRefused` or `ProtocolRefused` with every problem."""
    node = read_yaml(text, file)
    entry = read_node_as(ChapterEntry, node)
    sections = tuple(_section(one, node, number) for number, one in enumerate(entry.sections))
    library = _library(entry, file)
    regimens = tuple(entry.regimens)
    return Chapter(entry.chapter, _one_line(entry.text), sections, library, regimens, file)


def _library(entry: ChapterEntry, file: str) -> LoadedRules:
    """The chapter's own definitions and confounders; those of the packaged library are not seen."""
    if not entry.definitions and not entry.confounders:
        return LoadedRules()
    own = {"definitions": entry.definitions, "confounders": entry.confounders}
    return load_rules(json.dumps(own, default=str), file, scope=Scope())


def _section(entry: SectionEntry, node: Node, number: int) -> Section:
    path = ("sections", number, "cases")
    cases = tuple(
        _case(one, entry, place_of(node, (*path, position)))
        for position, one in enumerate(entry.cases)
    )
    return Section(
        entry.section,
        _one_line(entry.text),
        tuple(entry.record),
        tuple(entry.planned),
        entry.as_of,
        entry.step_start,
        cases,
    )


def _case(entry: CaseEntry, section: SectionEntry, place: Place) -> SpecCase:
    return SpecCase(
        _one_line(entry.title),
        _one_line(entry.criterion),
        "" if entry.verdict is None else str(entry.verdict).lower(),
        (*section.record, *entry.record),
        (*section.planned, *entry.planned),
        (*section.complete_for, *entry.complete_for),
        entry.as_of or section.as_of,
        entry.step_start or section.step_start,
        tuple(entry.step_drugs or section.step_drugs),
        tuple(entry.because),
        tuple(entry.missing),
        tuple(entry.refused),
        tuple(entry.record),
        place,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
