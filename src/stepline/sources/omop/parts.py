"""An OMOP CDM 5.4 export divided by person, and read so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from stepline.record.model import Record
from stepline.sources.hearing import Tell, quietly
from stepline.sources.omop.concepts import Concepts
from stepline.sources.omop.drugs import strengths_of
from stepline.sources.omop.reading import People
from stepline.sources.omop.sorting import ORDER, Cells, Sorted, row_of
from stepline.sources.parts import ranges
from stepline.sources.scratch import Row
from stepline.vocabulary.catalogue import catalogue


@dataclass(frozen=True, slots=True)
class SomePersons:
    """The rows of some persons, by person, table and row, and what their numbers mean.

    A row is its person, table, number and cells (MessagePack); `columns` names the cells of each
    table. `nobody` counts the rows of the whole export that are about nobody in PERSON.
    """

    file: str
    columns: Mapping[int, tuple[str, ...]]
    rows: Sequence[Row]
    concepts: Mapping[str, Cells]
    strengths: Sequence[Cells]
    nobody: int
    count: int

    def records(self) -> tuple[Record, ...]:
        """Their records, by person_id."""
        concepts = Concepts(self.concepts, catalogue())
        people = People(self.file, concepts, strengths_of(self.strengths, concepts))
        for person, table, number, cells in self.rows:
            row = row_of(self.columns[table], msgspec.msgpack.decode(cells))
            people.add(person, ORDER[table], number, row)
        return people.records(self.nobody)


class OmopParts:
    """The parts of a folder or a zip, by person_id.

    `tell` hears how many rows were looked at. Raises what `Sorted` raises.
    """

    def __init__(self, path: Path, tell: Tell = quietly) -> None:
        self._sorted = Sorted(path, tell)
        self.patients = len(self._sorted.persons)
        self._ranges = ranges(self._sorted.sizes())

    def close(self) -> None:
        """Frees what is kept on disk."""
        self._sorted.close()

    def __len__(self) -> int:
        return len(self._ranges)

    def __iter__(self) -> Iterator[SomePersons]:
        return (self._part(first, last) for first, last in self._ranges)

    def only(self, subject: int) -> tuple[Record, ...]:
        """The record of one person, or nothing."""
        places = [place for place, one in enumerate(self._sorted.persons) if one == subject]
        return tuple(record for place in places for record in self._part(place, place).records())

    def _part(self, first: int, last: int) -> SomePersons:
        found = self._sorted
        rows = tuple(found.rows(first, last))
        meant = (found.concepts, found.strengths, found.nobody)
        return SomePersons(found.file, found.columns, rows, *meant, last - first + 1)


def read_omop(path: Path, tell: Tell = quietly) -> tuple[Record, ...]:
    """The records of an OMOP CDM 5.4 export, a folder or a zip, by person_id.

    Raises what `OmopParts` raises.
    """
    with closing(OmopParts(path, tell)) as parts:
        return tuple(record for part in parts for record in part.records())
