"""Tables that hold many subjects, divided so that each part is read by itself.

Event tables and MEDS have the subject in a column of its own, so a part is read without the rest
of the file: memory holds one part, and parts can be read side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stepline.core.errors import Place, Problem, SourceRefused
from stepline.record.model import Record

SIZE = 50
"""Subjects in one block."""
_ROWS = 30_000
"""About so many rows in one block at most, but always one subject."""


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

    def records(self) -> tuple[Record, ...]:
        """The records of the block, by subject. Raises what the reader of the table raises."""
        within = (self.first, self.last)
        if self.is_meds:
            from stepline.sources.meds.reading import read_meds

            return read_meds(self.path, subjects=within)
        from stepline.record.table import read_parquet

        return read_parquet(self.path, within)


def blocks_of(path: Path) -> tuple[Block, ...]:
    """The blocks of an event table, a folder of them, or MEDS, in the order of reading.

    Nothing where the source is of another kind, or cannot be divided: `open_record` then reads it,
    or says what is wrong. Raises `SourceRefused` (`subject-in-two-files`) where event tables of
    one folder share subjects.
    """
    if path.is_symlink():
        return ()
    tables = event_tables(path) if path.is_dir() else _single(path)
    if tables:
        return tuple(_of_tables(tables, path.name))
    from stepline.sources.meds.reading import is_meds, meds_files

    files = meds_files(path) if path.is_dir() else [path]
    if not files or not all(is_meds(columns_of(file)) for file in files):
        return ()
    rows = _rows_of(files)
    return tuple(_divided(path, rows, is_meds=True)) if rows else ()


def every_record(path: Path) -> tuple[int, Iterator[Record]]:
    """How many records a source has, and each, by file and subject.

    Memory holds one block where the source has blocks. Raises what `blocks_of` and `open_record`
    raise.
    """
    from stepline.sources.opening import open_record

    blocks = blocks_of(path)
    if not blocks:
        records = open_record(path)
        return len(records), iter(records)
    total = sum(block.count for block in blocks)
    return total, (record for block in blocks for record in block.records())


def event_tables(folder: Path) -> list[Path]:
    """The event tables of a folder; MEDS has no such names, or not our columns."""
    found = sorted(folder.glob("events*.parquet"))
    return found if found and all("event_id" in columns_of(one) for one in found) else []


def columns_of(path: Path) -> list[str]:
    """The columns of a Parquet file; none where it cannot be read as one."""
    import polars as pl

    try:
        return list(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError):
        return []


def _single(path: Path) -> list[Path]:
    return [path] if path.is_file() and "event_id" in columns_of(path) else []


def _of_tables(tables: Sequence[Path], name: str) -> Iterator[Block]:
    found = [_rows_of([table]) for table in tables]
    rows = [one for one in found if one is not None]
    if len(rows) < len(found):
        return
    subjects = [subject for one in rows for subject, _ in one]
    twice = len(subjects) - len(set(subjects))
    if twice:
        raise SourceRefused([_shared(name, twice)])
    for table, own in zip(tables, rows, strict=True):
        yield from _divided(table, own, is_meds=False)


def _shared(name: str, count: int) -> Problem:
    return Problem(
        "subject-in-two-files",
        "Subjects stand in more than one event table of the folder.",
        Place(name),
        found=f"{count} {'subject' if count == 1 else 'subjects'}",
        allowed="each subject in one file",
        mend="join the tables, or keep unrelated ones in folders of their own",
    )


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
    start, total = 0, 0
    for place, (_, count) in enumerate(rows):
        if place > start and (place - start == SIZE or total + count > _ROWS):
            yield _block(path, rows[start:place], is_meds=is_meds)
            start, total = place, 0
        total += count
    if rows:
        yield _block(path, rows[start:], is_meds=is_meds)


def _block(path: Path, rows: Sequence[tuple[int, int]], *, is_meds: bool) -> Block:
    return Block(path, is_meds, rows[0][0], rows[-1][0], len(rows))
