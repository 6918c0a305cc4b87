"""Cells of text as rows of exact values, with every mistake at its line and column.

Columns go by their names; their order is free. An empty cell and `NA` are unknown. The line of a
row is the line of a CSV file on which it ends, and the number of the row in any other file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches

from stepline.core.errors import Place, Problem, Refused
from stepline.core.quantity import comparable, parse_number, read_unit
from stepline.scores.values import ScoreRefused

Cell = str | Decimal | bool | None
UNKNOWN = frozenset({"", "NA"})
_TRUTHS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
_ASSAYS = {
    **dict.fromkeys(("lactate-to-pyruvate", "l-to-p", "l-p"), "lactate-to-pyruvate"),
    **dict.fromkeys(("pyruvate-to-lactate", "p-to-l", "p-l"), "pyruvate-to-lactate"),
}
_LONGEST_CELL = 200
MOST_PROBLEMS = 1000
"""How many problems of one file are listed."""


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
    unlisted: int = 0

    def note(self, problems: Iterable[Problem]) -> None:
        """Keeps problems; of a file that is wrong throughout, only so many and their number."""
        for problem in problems:
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(problem)
            else:
                self.unlisted += 1

    def settle(self) -> None:
        """Raises `ScoreRefused` with all problems, in the order of the file."""
        if not self.problems:
            return
        problems = sorted(self.problems, key=lambda one: one.place.line)
        if self.unlisted:
            message = (
                f"There are {self.unlisted} more problems; the first {MOST_PROBLEMS} are listed."
            )
            problems.append(Problem("problems-unlisted", message, Place(self.file)))
        raise ScoreRefused(problems)


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


def unit_column(target: str) -> Column:
    """A column of units that convert into another one; its cells stay as they were written."""
    return Column(lambda text: unit_of(text, target))


def unit_of(text: str, target: str) -> str:
    """A unit as it was written.

    Raises:
        ScoreRefused: `unit-unknown`, `unit-mismatch`.
    """
    try:
        unit, _ = read_unit(text)
        if comparable(unit, target):
            return text
    except Refused as refusal:
        raise ScoreRefused(refusal.problems) from refusal
    raise ScoreRefused.because(
        "unit-mismatch",
        f"This unit does not convert into {target}.",
        found=_short(text),
        allowed=f"{target}, or a unit that converts into it",
    )


def assay_column() -> Column:
    """A column that says by which reaction LDH was measured."""
    return Column(_assay)


def _assay(text: str) -> str:
    plain = text.lower().replace("→", "-to-").replace("->", "-to-").replace(" ", "")
    found = _ASSAYS.get(plain)
    if found is None:
        raise ScoreRefused.because(
            "value-not-allowed",
            "This is no method of measuring LDH that is known here.",
            found=_short(text),
            allowed="L-P (lactate-to-pyruvate), P-L (pyruvate-to-lactate), or nothing",
        )
    return found


NUMBER = Column(_number)
TRUTH = Column(_truth)


def header_problems(
    names: Sequence[str], columns: Mapping[str, Column], file: str
) -> list[Problem]:
    """What is wrong with the names of the columns."""
    place = Place(file, 1)
    if not names:
        message = "The file is empty; its first line names the columns."
        return [Problem("table-empty", message, place, allowed=", ".join(columns))]
    problems = [unknown_column(name, columns, file) for name in names if name not in columns]
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


def unknown_column(name: str, columns: Mapping[str, Column], file: str, line: int = 1) -> Problem:
    """A column that nobody asked for, with the nearest one that there is."""
    near = get_close_matches(name, columns, n=1) if ";" not in name else []
    mend = "separate the cells with commas" if ";" in name else "remove the column"
    return Problem(
        "column-unknown",
        "No such column is known.",
        Place(file, line, path=_short(name)),
        found=_short(name),
        allowed=", ".join(columns),
        mend=f"did you mean {near[0]}?" if near else mend,
    )


def read_row(
    line: int,
    cells: Sequence[str],
    names: Sequence[str],
    columns: Mapping[str, Column],
    table: Table,
) -> Row | None:
    """One row; `None` where its cells cannot be told apart. Problems go into the table."""
    if len(cells) != len(names):
        table.note(
            [
                Problem(
                    "cells-miscounted",
                    "This row has not as many cells as there are columns.",
                    Place(table.file, line),
                    found=f"{len(cells)} cells",
                    allowed=f"{len(names)} cells",
                    mend="write one cell for each column; quote a cell that holds a comma",
                )
            ]
        )
        return None
    before = len(table.problems) + table.unlisted
    values = {
        name: _cell(cell.strip(), name, columns[name], table, line)
        for name, cell in zip(names, cells, strict=True)
    }
    return Row(line, values, is_sound=len(table.problems) + table.unlisted == before)


def _cell(text: str, name: str, column: Column, table: Table, line: int) -> Cell:
    place = Place(table.file, line, path=name)
    if text in UNKNOWN:
        if column.is_required:
            table.note([Problem("cell-missing", "This cell is needed.", place)])
        return None
    try:
        return column.read(text)
    except Refused as refusal:
        table.note(problem.at(place) for problem in refusal.problems)
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
