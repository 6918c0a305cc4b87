"""Files of readings as batches of text: CSV, Parquet, a list in JSON, and JSON Lines.

What a file is shows in its first bytes, not in its name. Numbers keep every digit that was written;
a binary fraction of a Parquet file is read as the shortest decimal that stands for it, which is the
one that was written in it. Memory is bounded by a batch, except for a JSON list, which is one text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from stepline.core.errors import Place, Problem
from stepline.scores.table import Column, Row, Table, header_problems, read_row, unknown_column
from stepline.scores.values import ScoreRefused

if TYPE_CHECKING:
    import polars as pl

ROWS = 50_000
"""Rows of a batch."""
_BLOCK = 8_000_000
"""Bytes of a CSV file that are cut into rows at once."""
_WORTHWHILE = 1_000_000
"""Bytes below which a CSV file is read without loading polars."""
_PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file: the text of each cell, empty where nothing is written.

    The cells stand in `rows` or in `frame`, of which one is there; `typed` holds them as they were
    where they were no text. `done` is the part of the file
    that was read at the end of the batch, from 0 to 1.
    """

    names: tuple[str, ...]
    lines: Sequence[int]
    done: float
    rows: Sequence[Sequence[str]] | None = None
    frame: pl.DataFrame | None = None
    typed: pl.DataFrame | None = None

    def cells(self) -> Iterator[Sequence[str]]:
        """The text of each row."""
        if self.rows is not None:
            return iter(self.rows)
        assert self.frame is not None
        return (tuple(cell or "" for cell in row) for row in self.frame.iter_rows())

    def texts(self) -> pl.DataFrame:
        """The text of each column; an empty cell may be null."""
        if self.frame is not None:
            return self.frame
        import polars as pl

        assert self.rows is not None
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.names)
        return pl.DataFrame(
            [
                pl.Series(name, list(column), pl.String)
                for name, column in zip(self.names, columns, strict=True)
            ]
        )


def rows_of(batch: Batch, columns: Mapping[str, Column], table: Table) -> Iterator[Row]:
    """The rows of a batch as exact values; their problems go into the table."""
    for line, cells in zip(batch.lines, batch.cells(), strict=True):
        row = read_row(line, cells, batch.names, columns, table)
        if row is not None:
            yield row


def read_table(content: bytes, file: str, columns: Mapping[str, Column]) -> Table:
    """All rows of a file that fits into memory; problems of rows are kept in the table.

    Raises:
        ScoreRefused: as `read_batches`.
    """
    table = Table(file)
    for batch in read_batches(io.BytesIO(content), columns, table):
        table.rows += rows_of(batch, columns, table)
    return table


def read_batches(stream: IO[bytes], columns: Mapping[str, Column], table: Table) -> Iterator[Batch]:
    """The rows of a file, in its order; what is wrong with single rows goes into the table.

    `stream` stands at its beginning and can be sought.

    Raises:
        ScoreRefused: the file or its columns cannot be used (`not-utf-8`, `table-empty`,
            `column-unknown`, `column-twice`, `column-missing`, `column-type`, `json-broken`,
            `parquet-broken`); all at once.
    """
    start = stream.read(64)
    stream.seek(0)
    sign = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start.startswith(_PARQUET):
        return _parquet(stream, columns, table)
    if sign == b"[":
        return _json_list(stream, columns, table)
    if sign == b"{":
        return _json_lines(stream, columns, table)
    return _csv(stream, columns, table)


# ---------------------------------------------------------------------------------------------- CSV


def _csv(stream: IO[bytes], columns: Mapping[str, Column], table: Table) -> Iterator[Batch]:
    size = _size(stream)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        lines = _csv_lines(text, table, 0)
        try:
            names = tuple(name.strip() for name in next(lines, (1, [""] * 0))[1])
        except UnicodeDecodeError as error:
            raise _not_text(stream, table.file) from error
        problems = header_problems(names, columns, table.file)
        if problems or table.problems:
            raise ScoreRefused(problems if names else table.problems or problems)
        if size >= _WORTHWHILE:
            yield from _csv_blocks(stream, names, size, table)
            return
        yield from _csv_rows(lines, stream, names, size, table)
    finally:
        text.detach()


def _csv_rows(
    lines: Iterator[tuple[int, list[str]]],
    stream: IO[bytes],
    names: tuple[str, ...],
    size: int,
    table: Table,
) -> Iterator[Batch]:
    while True:
        try:
            some = list(islice(lines, ROWS))
        except UnicodeDecodeError as error:
            raise _not_text(stream, table.file) from error
        if not some:
            return
        done = stream.tell() / size
        whole = [one for one in some if len(one[1]) == len(names)]
        for line, cells in some:
            if len(cells) != len(names):
                read_row(line, cells, names, {}, table)
        yield Batch(names, [line for line, _ in whole], done, rows=[cells for _, cells in whole])


def _csv_blocks(
    stream: IO[bytes], names: tuple[str, ...], size: int, table: Table
) -> Iterator[Batch]:
    """Blocks of whole lines without quotation marks; from the first other one on, line by line."""
    stream.seek(0)
    header = stream.readline()
    if b'"' in header or b"\r" in header.rstrip(b"\r\n") or not header.strip():
        stream.seek(0)
        yield from _csv_from(stream, names, size, table, before=0, skip=1)
        return
    line = 1
    while True:
        position = stream.tell()
        block = stream.read(_BLOCK)
        block += b"" if block.endswith(b"\n") else stream.readline()
        if not block:
            return
        frame = _frame_of(block, names)
        if frame is None:
            stream.seek(position)
            yield from _csv_from(stream, names, size, table, before=line, skip=0)
            return
        done = stream.tell() / size
        for start in range(0, frame.height, ROWS):
            part = frame.slice(start, ROWS)
            first = line + start + 1
            yield Batch(names, range(first, first + part.height), done, frame=part)
        line += frame.height


def _csv_from(
    stream: IO[bytes], names: tuple[str, ...], size: int, table: Table, *, before: int, skip: int
) -> Iterator[Batch]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        lines = _csv_lines(text, table, before)
        for _ in range(skip):
            next(lines)
        yield from _csv_rows(lines, stream, names, size, table)
    finally:
        text.detach()


def _frame_of(block: bytes, names: tuple[str, ...]) -> pl.DataFrame | None:
    """Plain lines as columns; `None` where a line might mean anything else than it seems to."""
    import polars as pl

    block = block.replace(b"\r\n", b"\n")
    if b'"' in block or b"\r" in block or b"\0" in block or len(names) < 2:
        return None
    rows = block.count(b"\n") + (not block.endswith(b"\n"))
    if block.count(b",") != rows * (len(names) - 1):
        return None
    try:
        frame = pl.read_csv(
            block,
            has_header=False,
            new_columns=list(names),
            schema_overrides=[pl.String] * len(names),
            quote_char=None,
        )
    except pl.exceptions.PolarsError:
        return None
    is_even = frame.height == rows and frame.width == len(names)
    return frame if is_even else None


def _csv_lines(
    text: io.TextIOWrapper, table: Table, before: int
) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold anything; a broken quotation ends the file."""
    reader = csv.reader(text, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            table.note([_broken(table.file, before + reader.line_num, error)])
            return
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield before + reader.line_num, cells


def _broken(file: str, line: int, error: csv.Error) -> Problem:
    return Problem(
        "csv-broken",
        f"The file cannot be read on from here: {error}.",
        Place(file, line),
        mend="close the quotation marks",
    )


def _not_text(stream: IO[bytes], file: str) -> ScoreRefused:
    stream.seek(0)
    line = next((n for n, one in enumerate(stream, 1) if not _is_utf8(one)), 1)
    return ScoreRefused.because(
        "not-utf-8",
        "The file is not UTF-8 text.",
        place=Place(file, line),
        allowed="CSV in UTF-8",
        mend="save it as CSV UTF-8",
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _size(stream: IO[bytes]) -> int:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return max(size, 1)


# --------------------------------------------------------------------------------------------- JSON


def _json_lines(stream: IO[bytes], columns: Mapping[str, Column], table: Table) -> Iterator[Batch]:
    size, reader = _size(stream), _Objects(columns, table)
    for number, line in enumerate(stream, 1):
        if line.strip():
            reader.take(number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
        if len(reader.objects) == ROWS:
            yield reader.batch(stream.tell() / size)
    yield reader.batch(1)


def _json_list(stream: IO[bytes], columns: Mapping[str, Column], table: Table) -> Iterator[Batch]:
    reader = _Objects(columns, table)
    try:
        found = _loads(stream.read().removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise ScoreRefused([_broken_json(table.file, error)]) from error
    if not isinstance(found, list):
        raise ScoreRefused([_broken_json(table.file, ValueError())])
    for number, one in enumerate(found, 1):
        reader.keep(number, one)
        if len(reader.objects) == ROWS:
            yield reader.batch(number / len(found))
    yield reader.batch(1)


class _Object(tuple[tuple[str, object], ...]):
    """The keys and values of a JSON object, in order and with keys that stand twice."""

    __slots__ = ()


def _loads(text: bytes) -> object:
    # Numbers stay as they were written: no digit may be lost on the way.
    return json.loads(
        text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_Object
    )


class _Objects:
    """Collects JSON objects into batches that have every column, as a later object may name it."""

    def __init__(self, columns: Mapping[str, Column], table: Table) -> None:
        self.columns = columns
        self.table = table
        self.objects: list[tuple[int, dict[str, str]]] = []
        self._told: set[str] = set()

    def take(self, number: int, line: bytes) -> None:
        """One line."""
        try:
            self.keep(number, _loads(line))
        except (ValueError, RecursionError) as error:
            self.table.note([_broken_json(self.table.file, error, number)])

    def keep(self, number: int, found: object) -> None:
        """One value, which should be an object of plain values."""
        if not isinstance(found, _Object):
            self.table.note([_broken_json(self.table.file, ValueError(), number)])
            return
        cells: dict[str, str] = {}
        for key, value in found:
            self._cell(number, key, value, cells)
        self.objects.append((number, cells))

    def _cell(self, number: int, key: str, value: object, cells: dict[str, str]) -> None:
        place = Place(self.table.file, number, path=key[:60])
        if key not in self.columns:
            if key not in self._told:
                self._told.add(key)
                self.table.note([unknown_column(key, self.columns, self.table.file, number)])
        elif key in cells:
            message = "One key stands twice in an object."
            self.table.note([Problem("column-twice", message, place, found=key[:60])])
        elif isinstance(value, list | tuple):
            message = "A value is a text, a number, true, false or null."
            self.table.note([Problem("value-nested", message, place)])
        else:
            cells[key] = _json_text(value)

    def batch(self, done: float) -> Batch:
        """What was collected, and a new beginning."""
        names = tuple(self.columns)
        rows = [tuple(cells.get(name, "") for name in names) for _, cells in self.objects]
        batch = Batch(names, [number for number, _ in self.objects], done, rows=rows)
        self.objects = []
        return batch


def _json_text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _broken_json(file: str, error: Exception, line: int = 0) -> Problem:
    where = line or getattr(error, "lineno", 1)
    return Problem(
        "json-broken",
        "This is not a JSON object of names and values.",
        Place(file, where),
        allowed="a list of objects, or one object on each line",
    )


# ------------------------------------------------------------------------------------------ Parquet


def _parquet(stream: IO[bytes], columns: Mapping[str, Column], table: Table) -> Iterator[Batch]:
    import polars as pl

    name = getattr(stream, "name", None)
    source = name if isinstance(name, str) and Path(name).is_file() else io.BytesIO(stream.read())
    try:
        scan = pl.scan_parquet(source)
        schema = scan.collect_schema()
        total = int(scan.select(pl.len()).collect().item())
    except pl.exceptions.PolarsError as error:
        raise _broken_parquet(table.file) from error
    problems = header_problems(schema.names(), columns, table.file)
    problems += [_wrong_type(one, table.file) for one, kind in schema.items() if not _is_cell(kind)]
    if problems:
        raise ScoreRefused(problems)
    names = tuple(schema.names())
    for start in range(0, total, ROWS):
        typed = scan.slice(start, ROWS).collect()
        end = start + typed.height
        texts = typed.select(pl.all().cast(pl.String))
        yield Batch(names, range(start + 1, end + 1), end / total, frame=texts, typed=typed)


def _is_cell(kind: pl.DataType) -> bool:
    import polars as pl

    plain = kind.is_numeric() or kind in (pl.String, pl.Boolean, pl.Null)
    return plain or isinstance(kind, pl.Categorical | pl.Enum)


def _wrong_type(name: str, file: str) -> Problem:
    message = "A column holds texts, numbers, or true and false."
    return Problem("column-type", message, Place(file, path=name[:60]))


def _broken_parquet(file: str) -> ScoreRefused:
    message = "The file begins as a Parquet file and cannot be read as one."
    return ScoreRefused.because("parquet-broken", message, place=Place(file))
