"""Courses as rows of a Parquet table, such as the truth beside synthetic records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from stepline.core.errors import Place, Problem, RecordRefused
from stepline.course.comparing import Stretch

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("subject_id", "regimen", "start", "end")
"""What a table of courses must hold; of others only `drug` is read, where it is text."""


def read_courses(path: Path, drugs: Mapping[str, str]) -> tuple[Stretch, ...]:
    """The courses of a Parquet table with `COLUMNS`; dates or timestamps, an open end is null.

    `drugs` gives the drug of each regimen id, where no column `drug` does. Raises
    `RecordRefused` with every problem: a file that is missing or no Parquet, columns that are
    missing or of another type, empty cells.
    """
    frame = _frame(path)
    problems = _problems(frame, path.name)
    if problems:
        raise RecordRefused(problems)
    import polars as pl

    has_drugs = frame.schema.get("drug") == pl.String
    days = frame.select(
        pl.col("subject_id").cast(pl.Int64),
        pl.col("regimen"),
        pl.col("start").cast(pl.Date),
        pl.col("end").cast(pl.Date),
        pl.col("drug").fill_null("") if has_drugs else pl.lit(""),
    )
    return tuple(
        Stretch(subject, regimen, start, end, drug or drugs.get(regimen, ""))
        for subject, regimen, start, end, drug in days.iter_rows()
    )


def _frame(path: Path) -> pl.DataFrame:
    import polars as pl

    place = Place(path.name)
    if not path.is_file():
        message = "There is no such file."
        raise RecordRefused.because("file-missing", message, place=place, mend="check the path")
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        message = "The file is not a Parquet table, or it is cut short."
        raise RecordRefused.because("parquet-unreadable", message, place=place) from None


def _problems(frame: pl.DataFrame, name: str) -> list[Problem]:
    import polars as pl

    days = (pl.Date, pl.Datetime)
    allowed = {"subject_id": (pl.Int64,), "regimen": (pl.String,), "start": days, "end": days}
    found = []
    for column in COLUMNS:
        place = Place(name, path=column)
        if column not in frame.columns:
            found.append(Problem("column-missing", "The table has no such column.", place))
            continue
        kind = frame.schema[column]
        never_closed = column == "end" and kind == pl.Null
        if not never_closed and kind.base_type() not in allowed[column]:
            says = " or ".join(one.__name__ for one in allowed[column])
            message = "The column has another type."
            found.append(Problem("column-type", message, place, str(kind), says))
        elif column != "end" and (empty := frame[column].null_count()):
            message = "Cells of the column are empty."
            found.append(Problem("cell-empty", message, place, f"{empty} cells", "a value in each"))
    return found
