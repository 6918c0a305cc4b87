"""Event tables in Parquet files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from stepline.core.errors import Place, RecordRefused
from stepline.record.model import Record
from stepline.record.table import from_table, to_table


def write_parquet(records: Iterable[Record], path: Path) -> None:
    """Write records as one event table, sorted as MEDS asks."""
    to_table(records).write_parquet(path, compression="zstd", statistics=True)


def read_parquet(path: Path) -> tuple[Record, ...]:
    """The records of an event table.

    Raises `RecordRefused` for a file that is missing, no Parquet, or without the columns.
    """
    import polars as pl

    place = Place(path.name)
    if not path.is_file():
        message = "There is no such file."
        raise RecordRefused.because("file-missing", message, place=place, mend="check the path")
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        message = "The file is not a Parquet table, or it is cut short."
        mend = "write it again, or import the source"
        raise RecordRefused.because("parquet-unreadable", message, place=place, mend=mend) from None
    try:
        return from_table(frame)
    except RecordRefused as refusal:
        located = (one.at(Place(path.name, path=one.place.path)) for one in refusal.problems)
        raise RecordRefused(located) from None
