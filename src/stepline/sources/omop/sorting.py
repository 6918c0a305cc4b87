"""The rows of an OMOP export, looked at once in batches and sorted by person on disk.

Of CONCEPT and DRUG_STRENGTH only what some row uses is kept, in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from stepline.core.errors import Problem, SourceRefused
from stepline.sources.hearing import Tell
from stepline.sources.omop.reading import TABLES
from stepline.sources.omop.tables import Table, tables_of
from stepline.sources.scratch import Row, Scratch
from stepline.sources.sniffing import refused

if TYPE_CHECKING:
    import polars as pl

Cells = dict[str, str]
ORDER = ("person", *TABLES)
"""Tables whose rows are of persons; a table is told by its number here."""


class Sorted:
    """The rows of an export under the places of their persons, who are in order of person_id.

    `tell` hears how many rows were looked at. Raises `SourceRefused` with the problems of every
    table: one that is missing, twice there, unreadable or without its columns; and for a person
    without a whole number of its own.
    """

    def __init__(self, path: Path, tell: Tell) -> None:
        self.file = path.name
        self.columns: dict[int, tuple[str, ...]] = {}
        self.persons: list[int] = []
        self.nobody = 0
        """Rows that are about nobody in PERSON."""
        self.concepts: dict[str, Cells] = {}
        self.strengths: list[Cells] = []
        self._used: set[str] = set()
        self._problems: list[Problem] = []
        self._scratch = Scratch(self.file)
        try:
            self._scratch.run("CREATE TABLE cells (person INT, source INT, number INT, cells BLOB)")
            self._fill(path, tell)
            self._scratch.run("CREATE INDEX by_person ON cells (person)")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Frees what is kept on disk."""
        self._scratch.close()

    def sizes(self) -> Iterator[tuple[int, int]]:
        """The place of each person with the number of rows, in order."""
        yield from self._scratch.rows(
            "SELECT person, COUNT(*) FROM cells GROUP BY person ORDER BY person"
        )

    def rows(self, first: int, last: int) -> Iterator[Row]:
        """Person, table, number and cells of each row from one place to another, in that order."""
        return self._scratch.rows(
            "SELECT person, source, number, cells FROM cells WHERE person BETWEEN ? AND ? "
            "ORDER BY person, source, number",
            (first, last),
        )

    def _fill(self, path: Path, tell: Tell) -> None:
        tables, self._problems = tables_of(path)
        keys, refusal = self._keys(tables.get("person"))
        ordered = sorted(keys, key=int)
        self.persons = [int(key) for key in ordered]
        places = {key: place for place, key in enumerate(ordered)}
        looked_at = 0
        for source, name in enumerate(ORDER):
            number = 0
            for frame in self._batches(tables.get(name)):
                self.columns[source] = tuple(frame.columns)
                self._sort(source, number, frame, places)
                number += frame.height
                looked_at += frame.height
                tell(looked_at, 0.0)
        self._look_up(tables)
        if self._problems:
            raise SourceRefused(sorted(self._problems, key=lambda one: one.place.file))
        if "person" not in tables:
            raise refused("omop-table-missing", "There is no PERSON table.", self.file,
                          mend="export PERSON with the other tables")  # fmt: skip
        if refusal is not None:
            raise refusal

    def _batches(self, table: Table | None) -> Iterator[pl.DataFrame]:
        """The batches of a table that is there; what is wrong with it is put to the problems."""
        if table is None:
            return
        try:
            yield from table.batches()
        except SourceRefused as refusal:
            self._problems += [one for one in refusal.problems if one not in self._problems]

    def _keys(self, table: Table | None) -> tuple[set[str], SourceRefused | None]:
        """Every person_id, or the refusal of the first row that has none of its own."""
        keys: set[str] = set()
        for frame in self._batches(table):
            for key in map(_plain, frame["person_id"]):
                if not key.isdecimal() or key in keys:
                    message = f"person row {len(keys) + 2} has no person_id of its own."
                    return set(), refused(
                        "omop-person", message, self.file, allowed="a whole number, once",
                        mend="correct person_id",
                    )  # fmt: skip
                keys.add(key)
        return keys, None

    def _sort(
        self, source: int, start: int, frame: pl.DataFrame, places: Mapping[str, int]
    ) -> None:
        """Puts the rows of a batch, which are numbered from `start`, under their persons."""
        encode = msgspec.msgpack.encode
        whose = (places.get(_plain(key)) for key in frame["person_id"])
        rows: list[Row] = []
        for number, (person, cells) in enumerate(zip(whose, frame.iter_rows(), strict=True), start):
            if person is None:
                self.nobody += 1
            else:
                rows.append((person, source, number, encode(cells)))
        self._scratch.add("INSERT INTO cells VALUES (?, ?, ?, ?)", rows)
        for column in frame.columns:
            if column.endswith("_concept_id"):
                self._used.update(map(_plain, frame[column].unique()))

    def _look_up(self, tables: Mapping[str, Table]) -> None:
        """Keeps what the concepts that are used mean and hold."""
        self.strengths = list(self._rows(tables.get("drug_strength"), "drug_concept_id"))
        self._used.update(row["amount_unit_concept_id"] for row in self.strengths)
        self.concepts = {
            row["concept_id"]: row for row in self._rows(tables.get("concept"), "concept_id")
        }

    def _rows(self, table: Table | None, key: str) -> Iterator[Cells]:
        """The rows of a table of the vocabulary that are used, told by one column."""
        import polars as pl

        used = pl.Series(sorted(self._used), dtype=pl.String)
        for frame in self._batches(table):
            plain = pl.col(key).fill_null("").str.strip_chars()
            for cells in frame.filter(plain.is_in(used.implode())).iter_rows():
                yield row_of(frame.columns, cells)


def row_of(columns: Iterable[str], cells: Iterable[str | None]) -> Cells:
    """A row by its columns; absent values are empty."""
    return {column: _plain(text) for column, text in zip(columns, cells, strict=True)}


def _plain(text: str | None) -> str:
    return (text or "").strip()
