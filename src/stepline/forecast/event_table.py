"""Reads an event table: its cells, as numbers, with the line of each that is none."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stepline.core.errors import Place, Problem
from stepline.forecast.events import Events
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.model import COLUMN_KEYS, COLUMNS, Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEEDED = ("ID", "TIME", "AMT")
READ = (*NEEDED, "EVID", "CMT", "RATE", "II", "ADDL", "SS")
IGNORED = ("C", "MDV", "DV")
MISSING = ("", ".")
TOLD = 20
"""How many rows with one mistake are told one by one."""
_LARGEST = 1e15


def read_events(content: bytes, name: str, model: Model) -> Events:
    """The events of a CSV file for a model. Column names count in any case; `.` and nothing are 0.

    Raises `ForecastRefused` with every problem: `table-unreadable`, `column-missing`,
    `column-twice`, `row-length`, `number-wrong`, and those of `event_checks.event_problems`.
    """
    from stepline.forecast.event_checks import event_notes, event_problems

    header, rows, lines = _rows(content, name)
    at = _columns(header, model, name)
    cells = _Cells(name, lines, list(zip(*rows, strict=True)), at)
    events = _events(cells, model)
    unread = {one.place.line for one in cells.problems}
    found = [one for one in event_problems(events, model) if one.place.line not in unread]
    if cells.problems or found:
        raise ForecastRefused(sorted([*cells.problems, *found], key=lambda one: one.place.line))
    return replace(events, notes=(*_unread(header, at), *event_notes(events, model)))


def _rows(content: bytes, name: str) -> tuple[list[str], list[list[str]], list[int]]:
    """The header, the rows that are not empty, and the line at which each ends."""
    try:
        text = content.decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [cell.strip() for cell in next(reader, [])]
        found = [(row, reader.line_num) for row in reader if any(map(str.strip, row))]
    except UnicodeDecodeError:
        raise _unreadable(name, "The table is no text in UTF-8.") from None
    except csv.Error as fault:
        raise _unreadable(name, f"The table cannot be read as CSV: {fault}.") from None
    if not found:
        raise _unreadable(name, "The table holds no rows.")
    wrong = [(len(row), line) for row, line in found if len(row) != len(header)]
    if wrong:
        raise ForecastRefused(
            Problem(
                "row-length",
                f"The row has {length} cells and the header {len(header)}.",
                Place(name, line),
            )
            for length, line in wrong[:TOLD]
        )
    return header, [row for row, _ in found], [line for _, line in found]


def _unreadable(name: str, message: str) -> ForecastRefused:
    mend = "give a CSV file with a header and a row for each event"
    return ForecastRefused([Problem("table-unreadable", message, Place(name), mend=mend)])


def _columns(header: list[str], model: Model, name: str) -> dict[str, int]:
    """The place of each column that is read, by its name in capitals."""
    names = [cell.upper() for cell in header]
    mapped = [column.upper() for column in model.columns.values()]
    place, allowed = Place(name, 1), ", ".join(header[:20])
    problems = [
        Problem("column-missing", f"The table has no column {one}.", place, allowed=allowed)
        for one in (*NEEDED, *mapped)
        if one not in names
    ]
    problems += [
        Problem("column-twice", f"The table has the column {one} twice.", place)
        for one in (*READ, *mapped)
        if names.count(one) > 1
    ]
    if problems:
        raise ForecastRefused(problems)
    return {one: names.index(one) for one in (*READ, *mapped) if one in names}


def _unread(header: list[str], at: dict[str, int]) -> tuple[str, ...]:
    unread = [cell for cell in header if cell.upper() not in at and cell.upper() not in IGNORED]
    return (f"Columns that are not read: {', '.join(unread)}.",) if unread else ()


@dataclass(slots=True)
class _Cells:
    """The cells of a table by column, and what was found wrong with them."""

    name: str
    lines: list[int]
    columns: list[tuple[str, ...]]
    at: dict[str, int]
    problems: list[Problem] = field(default_factory=list)

    def texts(self, column: str) -> tuple[str, ...]:
        """The texts of a column that must be filled in."""
        texts = tuple(map(str.strip, self.columns[self.at[column]]))
        gone = [row for row, text in enumerate(texts) if text in MISSING]
        self._wrong(column, gone, texts, "a value")
        return texts

    def numbers(self, column: str, missing: float = 0.0) -> NDArray[np.float64]:
        """The numbers of a column; a table without it gives `missing` in each row."""
        import numpy as np

        if column not in self.at:
            return np.full(len(self.lines), missing)
        texts = [text.strip() for text in self.columns[self.at[column]]]
        known = {text: _number(text) for text in set(texts)}  # most cells of a column are alike
        values = np.array([known[text] for text in texts], dtype=np.float64)
        wrong = np.flatnonzero(~(np.abs(values) <= _LARGEST))
        self._wrong(column, wrong.tolist(), texts, "a number, or . for none")
        return values

    def whole(self, column: str) -> NDArray[np.int64]:
        """The whole numbers of a column."""
        import numpy as np

        values = self.numbers(column)
        usable = np.abs(values) <= _LARGEST
        wrong = np.flatnonzero(usable & (values != np.floor(values))).tolist()
        if wrong:
            self._wrong(column, wrong, [f"{one:g}" for one in values], "a whole number")
        return np.where(usable, values, 0).astype(np.int64)

    def _wrong(self, column: str, rows: Sequence[int], texts: Sequence[str], allowed: str) -> None:
        self.problems += [
            Problem(
                "number-wrong",
                f"The {column} of this row cannot be read.",
                Place(self.name, self.lines[row]),
                texts[row][:40] or "nothing",
                allowed,
            )
            for row in rows[:TOLD]
        ]
        if len(rows) > TOLD:
            more = f"{column} cannot be read in {len(rows) - TOLD} more rows."
            self.problems.append(Problem("number-wrong", more, Place(self.name)))


def _number(text: str) -> float:
    """The number of a cell, 0 for none, and NaN where it cannot be read."""
    if text in MISSING:
        return 0.0
    try:
        return float(text) if "_" not in text else float("nan")
    except ValueError:
        return float("nan")


def _events(cells: _Cells, model: Model) -> Events:
    import numpy as np

    ids, times = cells.texts("ID"), cells.texts("TIME")
    amount, rate = cells.numbers("AMT"), cells.numbers("RATE")
    is_dose = ((amount != 0) | (rate != 0)).astype(np.int64)
    mapped = {key: cells.numbers(column.upper()) for key, column in model.columns.items()}
    none = np.full(len(ids), np.nan)
    compartment = cells.whole("CMT")
    is_depot = goes_to_depot(compartment, model)
    own = {
        what: np.where(
            is_depot, mapped.get(f"depot-{what}", none), mapped.get(f"central-{what}", none)
        )
        for what in COLUMNS
    }
    return Events(
        name=cells.name,
        ids=ids,
        times=times,
        line=np.array(cells.lines, dtype=np.int64),
        spans=_spans(ids),
        time=cells.numbers("TIME"),
        evid=cells.whole("EVID") if "EVID" in cells.at else is_dose,
        amount=amount,
        compartment=compartment,
        rate=rate,
        interval=cells.numbers("II"),
        more=cells.whole("ADDL"),
        steady=cells.whole("SS"),
        lag=own["lag"],
        f=own["f"],
        duration=own["duration"],
        modelled=own["rate"],
        covariates={key: one for key, one in mapped.items() if key not in COLUMN_KEYS},
    )


def goes_to_depot(compartment: NDArray[np.int64], model: Model) -> NDArray[np.bool_]:
    """Whether a dose goes into the depot: compartment 1, or the default, where there is one."""
    found: NDArray[np.bool_] = (compartment != 2) & ("ka" in model.parameters)
    return found


def _spans(ids: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    starts = [row for row, one in enumerate(ids) if row == 0 or one != ids[row - 1]]
    return tuple(zip(starts, [*starts[1:], len(ids)], strict=True))
