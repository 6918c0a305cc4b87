"""Sources that hold many subjects, divided so that each part is read by itself.

Memory holds one part, and parts can be read side by side.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from stepline.core.errors import SourceRefused
from stepline.record.model import Record
from stepline.sources.folders import FolderKind, columns_of, looked_into
from stepline.sources.hearing import Tell, quietly
from stepline.sources.parts import NoParts, Parts, ranges, shared
from stepline.sources.sniffing import FileKind, is_zip, kind_of, read_head


@dataclass(frozen=True, slots=True)
class Block:
    """The subjects from `first` to `last`, of which there are `count`, in an event table or MEDS.

    `path` is the event table, or the MEDS file or folder.
    """

    path: Path
    is_meds: bool
    first: int
    last: int
    count: int

    def records(self, concepts: frozenset[str] | None = None) -> tuple[Record, ...]:
        """The records of the block, by subject. Raises what the reader of the table raises.

        With `concepts` they hold the events of these alone, and those of the last moment.
        """
        within = (self.first, self.last)
        if self.is_meds:
            from stepline.sources.meds.reading import read_meds

            return read_meds(self.path, subjects=within, concepts=concepts)
        from stepline.record.table import read_parquet

        return read_parquet(self.path, within, concepts)


class Blocks:
    """Event tables or MEDS in blocks, in the order of files and subjects."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = tuple(blocks)
        self.patients = sum(block.count for block in blocks)

    def __len__(self) -> int:
        return len(self._blocks)

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks)

    def only(self, subject: int) -> tuple[Record, ...]:
        """The record of one subject, or nothing."""
        within = [one for one in self._blocks if one.first <= subject <= one.last]
        found = (replace(one, first=subject, last=subject).records() for one in within)
        return tuple(record for records in found for record in records)

    def close(self) -> None:
        """There is nothing to free."""


def blocks_of(path: Path, tell: Tell = quietly) -> Parts:
    """The parts of event tables, MEDS, FHIR NDJSON, a folder of FHIR or OMOP, in order.

    None where the source is of another kind, or cannot be divided: `open_record` then reads it, or
    says what is wrong. Close it when it is read. `tell` hears how far the first look at FHIR is.

    Raises `SourceRefused` (`subject-in-two-files`) where files of a folder that are apart share
    subjects, and for FHIR what reading it whole raises.
    """
    if path.is_symlink() or not path.exists():
        return NoParts()
    return _of_folder(path, tell) if path.is_dir() else _of_file(path, tell)


def _of_folder(path: Path, tell: Tell) -> Parts:
    folder = looked_into(path)
    if folder.kind is FolderKind.OMOP:
        return _of_omop(folder.path, tell)
    if folder.kind is FolderKind.TABLES:
        return Blocks(list(_of_tables(folder.tables, path.name)))
    if folder.kind is FolderKind.FHIR:
        from stepline.sources.fhir.folder import FhirFolder

        return FhirFolder(folder.path, tell)
    return _of_meds(path)


def _of_file(path: Path, tell: Tell) -> Parts:
    from stepline.sources.omop.tables import is_omop

    if "event_id" in columns_of(path):
        return Blocks(list(_of_tables([path], path.name)))
    if is_zip(path) and is_omop(path):
        return _of_omop(path, tell)
    try:
        if kind_of(read_head(path), path.name) is not FileKind.JSON:
            return _of_meds(path)
        from stepline.sources.fhir.reading import is_ndjson

        is_divided = is_ndjson(path)
    except SourceRefused:
        return NoParts()
    if not is_divided:
        return NoParts()
    from stepline.sources.fhir.parts import LineParts

    return LineParts([path], path.name, tell)


def _of_omop(path: Path, tell: Tell) -> Parts:
    from stepline.sources.omop import OmopParts

    return OmopParts(path, tell)


def _of_meds(path: Path) -> Parts:
    from stepline.sources.meds.reading import is_meds, meds_files

    files = meds_files(path) if path.is_dir() else [path]
    if not files or not all(is_meds(columns_of(file)) for file in files):
        return NoParts()
    rows = _rows_of(files)
    return Blocks(list(_divided(path, rows, is_meds=True))) if rows else NoParts()


def every_record(path: Path, tell: Tell = quietly) -> tuple[int, Iterator[Record]]:
    """How many records a source has, and each, by file and subject.

    Memory holds one part where the source has parts. Raises what `blocks_of` and `open_record`
    raise.
    """
    from stepline.sources.opening import open_record

    parts = blocks_of(path, tell)
    if not len(parts):
        records = open_record(path, tell)
        return len(records), iter(records)
    return parts.patients, _each(parts)


def _each(parts: Parts) -> Iterator[Record]:
    with closing(parts):
        for part in parts:
            yield from part.records()


def _of_tables(tables: Sequence[Path], name: str) -> Iterator[Block]:
    found = [_rows_of([table]) for table in tables]
    rows = [one for one in found if one is not None]
    if len(rows) < len(found):
        return
    subjects = [subject for one in rows for subject, _ in one]
    twice = len(subjects) - len(set(subjects))
    if twice:
        mend = "join the tables, or keep unrelated ones in folders of their own"
        raise shared(name, twice, mend)
    for table, own in zip(tables, rows, strict=True):
        yield from _divided(table, own, is_meds=False)


def _rows_of(files: Sequence[Path]) -> list[tuple[int, int]] | None:
    """Each subject with its number of rows, in order; `None` where the column is of no use."""
    import polars as pl

    try:
        frame = (
            pl.concat([pl.scan_parquet(file).select("subject_id") for file in files])
            .group_by("subject_id")
            .len()
            .sort("subject_id")
            .collect()
        )
    except (pl.exceptions.PolarsError, OSError):
        return None
    is_usable = frame.schema["subject_id"].is_integer() and not frame["subject_id"].has_nulls()
    return list(frame.iter_rows()) if is_usable else None


def _divided(path: Path, rows: Sequence[tuple[int, int]], *, is_meds: bool) -> Iterator[Block]:
    subjects = [subject for subject, _ in rows]
    for first, last in ranges(rows):
        count = bisect_right(subjects, last) - bisect_left(subjects, first)
        yield Block(path, is_meds, first, last, count)
