"""FHIR NDJSON divided by subject: each part is read from its own lines, with the answers of all."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from stepline.core.errors import SourceRefused
from stepline.record.model import Record
from stepline.sources.fhir.assembling import Rest, about_nobody, assemble_part
from stepline.sources.fhir.reading import check_people, read_lines
from stepline.sources.fhir.standing import FILE, NOBODY, TABLES, Filling
from stepline.sources.fhir.ties import has_foreign_names, lay_beside, ties_of
from stepline.sources.fhir.unpacking import Unpacked, take_line
from stepline.sources.hearing import Tell, quietly
from stepline.sources.parts import Part, ranges
from stepline.sources.scratch import Scratch
from stepline.sources.sniffing import refused
from stepline.vocabulary.catalogue import catalogue

_MOST_TIED = 50
"""Persons who can be tied together; an export with more is read whole."""
Stamp = tuple[int, int]

_LINES = "SELECT line, start, size FROM {table} WHERE subject {whom}"
_OF_NOBODY = """SELECT line, start, size FROM stands WHERE subject = ? UNION
    SELECT line, start, size FROM twice
    WHERE mark IN (SELECT mark FROM twice WHERE subject < 0) ORDER BY line"""
_UNREAD_OF_NOBODY = """SELECT kind, SUM(count) FROM unread u WHERE u.subject < 0
    OR NOT EXISTS (SELECT 1 FROM stands s WHERE s.subject = u.subject) GROUP BY kind"""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of some subjects. `spans` holds line, start and size of each, one after another.

    `stamps` are size and time of each file when it was looked at.
    """

    file: str
    paths: tuple[Path, ...]
    stamps: tuple[Stamp, ...]
    spans: array[int]

    def unpacked(self) -> Unpacked:
        """What stands there. Raises `SourceRefused` (`file-changed`)."""
        unpacked = Unpacked(self.file)
        numbers = iter(self.spans)
        stream: BinaryIO | None = None
        current = -1
        try:
            for line, start, size in zip(numbers, numbers, numbers, strict=True):
                file, number = divmod(line, FILE)
                if stream is None or file != current:
                    if stream is not None:
                        stream.close()
                    stream, current = self._opened(file), file
                    unpacked.file = self.paths[file].name
                stream.seek(start)
                if take_line(unpacked, stream.read(size), number):
                    raise changed(unpacked.file)
        finally:
            if stream is not None:
                stream.close()
        return unpacked

    def _opened(self, file: int) -> BinaryIO:
        path = self.paths[file]
        if stamp_of(path) != self.stamps[file]:
            raise changed(path.name)
        return path.open("rb")


@dataclass(frozen=True, slots=True)
class SomeSubjects:
    """So many subjects of an export; `unread` has each, with what of them is of no type read."""

    lines: Lines
    unread: Mapping[int, Mapping[str, int]]
    rest: Rest

    @property
    def count(self) -> int:
        """How many subjects."""
        return len(self.unread)

    def records(self) -> tuple[Record, ...]:
        """Their records, by number. Raises `SourceRefused` (`file-changed`)."""
        return assemble_part(self.lines.unpacked(), catalogue(), self.rest, self.unread)


@dataclass(frozen=True, slots=True)
class AllSubjects:
    """An export that cannot be divided."""

    file: str
    paths: tuple[Path, ...]
    count: int

    def records(self) -> tuple[Record, ...]:
        """The records of all, by number."""
        return read_lines(self.paths, self.file)


class LineParts:
    """NDJSON files that are one export, in parts, by number of the subject.

    `tell` hears how many lines were looked at. Raises `SourceRefused` with the problems of every
    file, as reading them whole does.
    """

    def __init__(self, paths: Sequence[Path], file: str, tell: Tell = quietly) -> None:
        self._paths, self._file = tuple(paths), file
        self._stamps = tuple(stamp_of(path) for path in paths)
        self._scratch = Scratch(file)
        try:
            self._fill(tell)
        except BaseException:
            self.close()
            raise

    def _fill(self, tell: Tell) -> None:
        for table in TABLES:
            self._scratch.run(table)
        filling = Filling(self._scratch, self._file)
        filling.fill(self._paths, tell)
        self._scratch.run("CREATE INDEX by_subject ON stands (subject)")
        is_whole = filling.is_odd or has_foreign_names(self._scratch)
        is_whole = is_whole or not lay_beside(self._scratch)
        ties = None if is_whole else ties_of(self._scratch, _MOST_TIED)
        rows = list(self._subjects())
        check_people(rows, self._file)
        self.patients = len(rows)
        self._whole = AllSubjects(self._file, self._paths, self.patients) if ties is None else None
        self._ties = ties or {}
        self._ranges = ranges(rows)
        self._rest = self._about_nobody(filling.empty_entries) if ties is not None else Rest()

    def close(self) -> None:
        """Frees what is kept on disk."""
        self._scratch.close()

    def subjects(self) -> Iterator[int]:
        """The number of each subject, in order."""
        return (subject for subject, _ in self._subjects())

    def __len__(self) -> int:
        return 1 if self._whole else len(self._ranges)

    def __iter__(self) -> Iterator[Part]:
        if self._whole:
            yield self._whole
        else:
            yield from (self._part(first, last) for first, last in self._ranges)

    def only(self, subject: int) -> tuple[Record, ...]:
        """The record of one subject, or nothing."""
        found = self._whole or self._part(subject, subject)
        return tuple(one for one in found.records() if one.subject.subject_id == subject)

    def _subjects(self) -> Iterator[tuple[int, int]]:
        yield from self._scratch.rows(
            "SELECT subject, COUNT(*) FROM stands WHERE subject >= 0 "
            "GROUP BY subject ORDER BY subject"
        )

    def _part(self, first: int, last: int) -> SomeSubjects:
        unread: dict[int, dict[str, int]] = {}
        within = (first, last)
        for (subject,) in self._scratch.rows(
            "SELECT DISTINCT subject FROM stands WHERE subject BETWEEN ? AND ?", within
        ):
            unread[subject] = {}
        for subject, kind, count in self._scratch.rows(
            "SELECT subject, kind, count FROM unread WHERE subject BETWEEN ? AND ?", within
        ):
            if subject in unread:
                unread[subject][kind] = count
        tied = {other for one in unread for other in self._ties.get(one, ()) if other not in unread}
        return SomeSubjects(self._lines(first, last, tied), unread, self._rest)

    def _lines(self, first: int, last: int, tied: set[int]) -> Lines:
        """The lines of subjects and of those tied to them, in the order of the files."""
        whom = [("BETWEEN ? AND ?", (first, last)), *(("= ?", (one,)) for one in sorted(tied))]
        found: set[tuple[int, int, int]] = set()
        for said, values in whom:
            for table in ("stands", "beside"):
                found.update(self._scratch.rows(_LINES.format(table=table, whom=said), values))
        return self._placed(sorted(found))

    def _placed(self, lines: Sequence[tuple[int, int, int]]) -> Lines:
        spans = array("q", (number for line in lines for number in line))
        return Lines(self._file, self._paths, self._stamps, spans)

    def _about_nobody(self, empty_entries: int) -> Rest:
        lines = self._placed(list(self._scratch.rows(_OF_NOBODY, (NOBODY,))))
        quarantine = about_nobody(lines.unpacked(), catalogue())
        unread: dict[str, int] = dict(self._scratch.rows(_UNREAD_OF_NOBODY))
        return Rest(quarantine, unread, empty_entries)


def stamp_of(path: Path) -> Stamp:
    """Size and time of a file, which tell whether it is the same later."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def changed(file: str) -> SourceRefused:
    """The refusal of a file that is no longer what was looked at."""
    return refused(
        "file-changed", "The file was changed while it was read.", file,
        mend="read it again when it is whole",
    )  # fmt: skip
