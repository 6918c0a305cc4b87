"""The event table: one row an event, as MEDS has it, with our own columns beside.

The first five columns are MEDS (`subject_id`, `time`, `code`, `numeric_value`, `text_value`), so
any reader of MEDS can read the table. `numeric_value` is float32 there; the exact number stands in
`value_exact` as text. What is known of the subject and of the record as a whole stands in rows
without a time (`table_static`). Polars is imported when the first table is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from itertools import repeat
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stepline.core.errors import Place, RecordRefused
from stepline.core.evidence import Status
from stepline.record.model import (
    PLANNED,
    Event,
    EventStatus,
    Interpretation,
    Quarantined,
    Record,
    in_order,
)
from stepline.record.table_checks import QUARANTINE, validate_table
from stepline.record.table_schema import MEDS_COLUMNS, SCHEMA, in_table_order, schema
from stepline.record.table_static import STATIC, record_of_rows, static_rows

if TYPE_CHECKING:
    import polars as pl

_DECIMALS = ("value_low", "value_high", "reference_low", "reference_high")
_PLAIN = (
    *("code", "concept", "unit", "time_earliest", "time_latest", "time_exact", "time_said"),
    *("end_time", "end_exact", "end_said", "is_spell", "interval"),
    *("route", "intent", "lot", "product", "reason", "group", "note", "quote", "source"),
)


def to_table(records: Iterable[Record]) -> pl.DataFrame:
    """The rows of records, in the order of subject, time and event id; static rows come first."""
    import polars as pl

    rows = [row for record in records for row in _rows_of(record)]
    frame = pl.DataFrame(rows, schema=schema(), orient="row")
    return in_table_order(frame)


def _rows_of(record: Record) -> list[dict[str, object]]:
    subject = record.subject.subject_id
    statics = static_rows(record)
    first = -len(statics)
    rows: list[dict[str, object]] = [
        {**_EMPTY, "subject_id": subject, "event_id": first + number, **row}
        for number, row in enumerate(statics)
    ]
    rows += [_row_of(event, subject) for event in record.events]
    return rows


_EMPTY: Mapping[str, object] = MappingProxyType(
    {
        **dict.fromkeys(SCHEMA),
        **{name: "" for name, kind in SCHEMA.items() if kind == "string"},
        **dict.fromkeys(("value_exact", "interpretation", *_DECIMALS)),
        "time_exact": True,
        "end_exact": True,
        "is_spell": False,
        "status": EventStatus.REPORTED.value,
        "certainty": Status.VERIFIED.value,
    }
)


def _row_of(event: Event, subject: int) -> dict[str, object]:
    number = None if event.value is None else float(event.value)
    return {
        **{name: getattr(event, name) for name in _PLAIN},
        **{name: _text_of(getattr(event, name)) for name in _DECIMALS},
        "subject_id": subject,
        "time": event.time,
        "numeric_value": number,
        "text_value": event.text,
        "event_id": event.event_id,
        "value": number,
        "value_exact": _text_of(event.value),
        "interpretation": event.interpretation.value if event.interpretation else None,
        "status": event.status.value,
        "certainty": event.certainty.value,
    }


def _text_of(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def from_table(frame: pl.DataFrame, concepts: frozenset[str] | None = None) -> tuple[Record, ...]:
    """The records of a table, by subject; what cannot be read is in each record's quarantine.

    The order of rows does not matter. With `concepts` the records hold the events of these alone,
    and those of the last moment at which anything happened: all rows are checked all the same.
    Raises `RecordRefused` where columns are missing or of another type.
    """
    good, quarantine = validate_table(frame)
    about_record = good["code"].str.starts_with(STATIC).fill_null(value=False)
    statics = _by_subject(good.filter(about_record))
    rows = good.filter(~about_record)
    events = _events_by_subject(rows if concepts is None else rows.filter(_concern(concepts)))
    held = _by_subject(quarantine)
    return tuple(
        record_of_rows(
            subject,
            statics.get(subject, []),
            in_order(events.get(subject, [])),
            [_quarantined(row) for row in held.get(subject, [])],
        )
        for subject in sorted(statics.keys() | events.keys() | held.keys())
    )


def _concern(concepts: frozenset[str]) -> pl.Expr:
    """Rows of some concepts, and those of the last moment that is not only planned."""
    import polars as pl

    happened = ~pl.col("status").is_in([status.value for status in PLANNED])
    last = pl.col("time").filter(happened).max().over("subject_id")
    return pl.col("concept").is_in(sorted(concepts)) | (happened & (pl.col("time") == last))


def _by_subject(frame: pl.DataFrame) -> dict[int, list[dict[str, Any]]]:
    groups: dict[int, list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        groups.setdefault(row["subject_id"], []).append(row)
    return groups


def _quarantined(row: Mapping[str, Any]) -> Quarantined:
    return Quarantined("table", row["place"], row["code"], row["reason"], row["mend"])


def _events_by_subject(frame: pl.DataFrame) -> dict[int, list[Event]]:
    """The events of each subject, made column by column: most of a column's values recur."""
    if frame.is_empty():
        return {}
    columns = [_column(frame, field.name) for field in fields(Event)]
    groups: dict[int, list[Event]] = {}
    for subject, event in zip(frame["subject_id"], map(Event, *columns), strict=True):
        groups.setdefault(subject, []).append(event)
    return groups


def _column(frame: pl.DataFrame, name: str) -> Iterable[Any]:
    """The values of one field of events; equal ones are one object."""
    import polars as pl

    column = frame[_COLUMNS.get(name, name)]
    if name == "text":
        column = column.fill_null("")
    elif name in _PLAIN and _EMPTY[name] is not None:
        column = column.fill_null(_EMPTY[name])
    if column.dtype != pl.String:
        return column.to_list()
    read = _READERS.get(name)
    known: dict[str | None, Any] = {
        text: read(text) if read and text is not None else text for text in column.unique()
    }
    if len(known) == 1:
        return repeat(next(iter(known.values())), len(column))
    return map(known.__getitem__, column.to_list())


_COLUMNS = MappingProxyType({"value": "value_exact", "text": "text_value"})
"""Fields of an event whose column has another name."""
_READERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        **dict.fromkeys(("value", *_DECIMALS), Decimal),
        "interpretation": Interpretation,
        "status": EventStatus,
        "certainty": Status,
    }
)
"""How the text of a column becomes the value of a field; other text stays as it is."""


def write_parquet(records: Iterable[Record], path: Path) -> None:
    """Write records as one event table, sorted as MEDS asks."""
    to_table(records).write_parquet(path, compression="zstd", statistics=True)


def write_tables(records: Sequence[Record], folder: Path) -> tuple[Path, Path]:
    """Write `events.parquet` and `quarantine.parquet`: what was read and what could not be.

    Both are made whole before either takes its name, so that no half file is ever seen.
    """
    import polars as pl

    rows = [
        {"subject_id": record.subject.subject_id, **{f: getattr(one, f) for f in _QUARANTINED}}
        for record in records
        for one in record.quarantine
    ]
    shape = {"subject_id": pl.Int64(), **dict.fromkeys(_QUARANTINED, pl.String())}
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    tables = {"events": to_table(records), "quarantine": pl.DataFrame(rows, schema=shape)}
    for name, table in tables.items():
        part = folder / f".{name}.parquet.part"
        table.write_parquet(part, compression="zstd", statistics=True)
        written.append((part, folder / f"{name}.parquet"))
    for part, path in written:
        part.replace(path)
    return written[0][1], written[1][1]


_QUARANTINED = ("source", "place", "code", "reason", "mend")


def read_parquet(
    path: Path,
    subjects: tuple[int, int] | None = None,
    concepts: frozenset[str] | None = None,
) -> tuple[Record, ...]:
    """The records of an event table; with `subjects`, of those from one id to another alone.

    With `concepts`, the records hold events of these and of the last moment (`from_table`).
    Raises `RecordRefused` for a file that is missing, no Parquet, or without the columns.
    """
    import polars as pl

    place = Place(path.name)
    if not path.is_file():
        message = "There is no such file."
        raise RecordRefused.because("file-missing", message, place=place, mend="check the path")
    try:
        rows = pl.scan_parquet(path)
        if subjects is not None:
            rows = rows.filter(pl.col("subject_id").is_between(*subjects))
        frame = rows.collect()
    except (pl.exceptions.PolarsError, OSError):
        message = "The file is not a Parquet table, or it is cut short."
        mend = "write it again, or import the source"
        raise RecordRefused.because("parquet-unreadable", message, place=place, mend=mend) from None
    try:
        return from_table(frame, concepts)
    except RecordRefused as refusal:
        located = (one.at(Place(path.name, path=one.place.path)) for one in refusal.problems)
        raise RecordRefused(located) from None


__all__ = [
    "MEDS_COLUMNS",
    "QUARANTINE",
    "SCHEMA",
    "from_table",
    "in_table_order",
    "read_parquet",
    "schema",
    "to_table",
    "validate_table",
    "write_parquet",
    "write_tables",
]
