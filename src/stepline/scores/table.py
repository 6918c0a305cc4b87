"""A CSV file as rows of exact values, with every mistake at its line and column.

The first line names the columns; their order is free. An empty cell and `NA` are unknown. A row's
line is the line on which it ends, which is its only line unless a quoted cell spans several.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches

from stepline.core.errors import Place, Problem, Refused
from stepline.core.quantity import parse_number
from stepline.scores.values import ScoreRefused

Cell = str | Decimal | bool | None
UNKNOWN = frozenset({"", "NA"})
_TRUTHS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
_LONGEST_CELL = 200


@dataclass(frozen=True, slots=True)
class Column:
    """What a column may hold: a text, a number, a yes or no, or one of `choices`."""

    read: Callable[[str], Cell]
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, and a value for each column that it has.

    In a row that is not sound, a cell that could not be read stands as unknown: nothing may be
    concluded from it, but its other cells can still be checked.
    """

    line: int
    values: Mapping[str, Cell]
    is_sound: bool = True

    def text(self, name: str) -> str:
        """A required text; empty where the row is not sound."""
        value = self.values[name]
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> Decimal | None:
        """A number, or `None` where it is unknown."""
        value = self.values.get(name)
        assert value is None or isinstance(value, Decimal)
        return value

    def truth(self, name: str) -> bool | None:
        """A yes or no, or `None` where it is unknown."""
        value = self.values.get(name)
        assert value is None or isinstance(value, bool)
        return value


@dataclass(slots=True)
class Table:
    """The rows that could be read, and what is wrong with the others."""

    file: str
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def settle(self) -> None:
        """Raises `ScoreRefused` with all problems, in the order of the file."""
        if self.problems:
            raise ScoreRefused(sorted(self.problems, key=lambda one: one.place.line))


def text_column(*choices: str, required: bool = True) -> Column:
    """A column of text; one of `choices` where there are any."""
    return Column(lambda text: _choice(text, choices), required)


def _truth(text: str) -> bool:
    truth = _TRUTHS.get(text.lower())
    if truth is None:
        raise ScoreRefused.because(
            "not-yes-or-no",
            "This is neither yes nor no.",
            found=_short(text),
            allowed="yes, no, or nothing where it is unknown",
        )
    return truth


def _number(text: str) -> Decimal:
    try:
        return parse_number(text)
    except Refused as refusal:
        raise ScoreRefused(
            replace(
                problem,
                message="This is not a number that can be read in one way only.",
                allowed="digits with a point before decimals, without a unit, such as 4.1",
                mend="write the number, or nothing where it is unknown",
            )
            for problem in refusal.problems
        ) from refusal


NUMBER = Column(_number)
TRUTH = Column(_truth)


def read_table(content: bytes, file: str, columns: Mapping[str, Column]) -> Table:
    """The rows of a CSV file; problems of rows are kept in the table.

    Raises:
        ScoreRefused: the file or its first line cannot be used (`not-utf-8`, `table-empty`,
            `column-unknown`, `column-twice`, `column-missing`); all at once.
    """
    reader = csv.reader(io.StringIO(_decoded(content, file), newline=""), strict=True)
    table = Table(file)
    lines = _lines(reader, table)
    names = [name.strip() for name in next(lines, (1, []))[1]]
    problems = _header_problems(names, columns, file)
    if problems or table.problems:
        raise ScoreRefused(problems if names else table.problems or problems)
    for line, cells in lines:
        row = _row(line, cells, names, columns, table)
        if row is not None:
            table.rows.append(row)
    return table


def _decoded(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ScoreRefused.because(
            "not-utf-8",
            "The file is not UTF-8 text.",
            place=Place(file, line),
            allowed="CSV in UTF-8",
            mend="save it as CSV UTF-8",
        ) from error


def _lines(reader: Iterator[list[str]], table: Table) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold anything; a broken quotation ends the file."""
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            table.problems.append(_broken(table.file, _line_of(reader), error))
            return
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _line_of(reader), cells


def _line_of(reader: Iterator[list[str]]) -> int:
    line = getattr(reader, "line_num", 0)
    assert isinstance(line, int)
    return line


def _broken(file: str, line: int, error: csv.Error) -> Problem:
    return Problem(
        "csv-broken",
        f"The file cannot be read on from here: {error}.",
        Place(file, line),
        mend="close the quotation marks",
    )


def _header_problems(
    names: Sequence[str], columns: Mapping[str, Column], file: str
) -> list[Problem]:
    place = Place(file, 1)
    if not names:
        message = "The file is empty; its first line names the columns."
        return [Problem("table-empty", message, place, allowed=", ".join(columns))]
    problems = [_unknown_column(name, columns, file) for name in names if name not in columns]
    problems += [
        Problem("column-twice", "Two columns have one name.", place, found=name)
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    missing = [name for name, column in columns.items() if column.is_required]
    problems += [
        Problem("column-missing", "A column is missing.", place, allowed=name, mend=f"add {name}")
        for name in missing
        if name not in names
    ]
    return problems


def _unknown_column(name: str, columns: Mapping[str, Column], file: str) -> Problem:
    near = get_close_matches(name, columns, n=1) if ";" not in name else []
    mend = "separate the cells with commas" if ";" in name else "remove the column"
    return Problem(
        "column-unknown",
        "No such column is known.",
        Place(file, 1, path=_short(name)),
        found=_short(name),
        allowed=", ".join(columns),
        mend=f"did you mean {near[0]}?" if near else mend,
    )


def _row(
    line: int,
    cells: Sequence[str],
    names: Sequence[str],
    columns: Mapping[str, Column],
    table: Table,
) -> Row | None:
    if len(cells) != len(names):
        table.problems.append(
            Problem(
                "cells-miscounted",
                "This row has not as many cells as there are columns.",
                Place(table.file, line),
                found=f"{len(cells)} cells",
                allowed=f"{len(names)} cells",
                mend="write one cell for each column; quote a cell that holds a comma",
            )
        )
        return None
    before = len(table.problems)
    values = {
        name: _cell(cell.strip(), name, columns[name], table, line)
        for name, cell in zip(names, cells, strict=True)
    }
    return Row(line, values, is_sound=len(table.problems) == before)


def _cell(text: str, name: str, column: Column, table: Table, line: int) -> Cell:
    place = Place(table.file, line, path=name)
    if text in UNKNOWN:
        if column.is_required:
            table.problems.append(Problem("cell-missing", "This cell is needed.", place))
        return None
    try:
        return column.read(text)
    except Refused as refusal:
        table.problems += [problem.at(place) for problem in refusal.problems]
        return None


def _choice(text: str, choices: Sequence[str]) -> str:
    if choices and text not in choices:
        near = get_close_matches(text.lower(), choices, n=1)
        raise ScoreRefused.because(
            "value-not-allowed",
            "This is none of the values that are allowed here.",
            found=_short(text),
            allowed=", ".join(choices),
            mend=f"did you mean {near[0]}?" if near else "",
        )
    if len(text) > _LONGEST_CELL:
        message = f"A text has at most {_LONGEST_CELL} characters."
        raise ScoreRefused.because("text-too-long", message, found=_short(text))
    return text


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"
