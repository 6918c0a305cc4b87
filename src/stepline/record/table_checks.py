"""What a table must be: its columns or it is refused; its rows or they are quarantined.

A row that cannot be read is never dropped silently and never repaired: it stands in the quarantine,
once for each reason, with what would mend it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stepline.core.errors import Place, Problem, QuantityRefused, RecordRefused
from stepline.core.evidence import Status
from stepline.core.quantity import read_unit
from stepline.record.model import EventStatus, Interpretation
from stepline.record.table_schema import MEDS_COLUMNS, SCHEMA, in_table_order, schema
from stepline.record.table_static import STATIC

if TYPE_CHECKING:
    import polars as pl

QUARANTINE = ("subject_id", "event_id", "place", "code", "reason", "mend")
"""The columns of the quarantine. `place` is the row's own source, or else its event id."""

_NUMBER = r"^[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]{1,2})?$"
_ROUNDING = 1e-12
"""How far `value` (float64) may lie from `value_exact`, relative to it."""

Fault = tuple["pl.Expr", str, str]


def validate_table(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that can be read, in order, and the quarantine of those that cannot.

    Raises `RecordRefused` with every column that is missing or of another type. Columns beyond
    `SCHEMA` are left out of the first frame.
    """
    import polars as pl

    _check_columns(frame)
    rows = in_table_order(frame.select(*SCHEMA))
    faults = list(_faults(rows))
    held = [
        rows.filter(is_wrong.fill_null(value=False)).select(*_described(reason, mend))
        for is_wrong, reason, mend in faults
    ]
    is_wrong_at_all = pl.any_horizontal(fault[0].fill_null(value=False) for fault in faults)
    good = rows.filter(~is_wrong_at_all)
    quarantine = pl.concat(held).sort(*QUARANTINE, nulls_last=True)
    return good, quarantine


def _described(reason: str, mend: str) -> list[pl.Expr]:
    import polars as pl

    row = pl.concat_str(
        pl.lit("event "), pl.col("event_id").cast(pl.String).fill_null("unnumbered")
    )
    source = pl.col("source").fill_null("")
    return [
        pl.col("subject_id"),
        pl.col("event_id"),
        pl.when(source == "").then(row).otherwise(source).alias("place"),
        pl.col("code").fill_null("").alias("code"),
        pl.lit(reason).alias("reason"),
        pl.lit(mend).alias("mend"),
    ]


def _check_columns(frame: pl.DataFrame) -> None:
    problems = [
        problem
        for name, kind in schema().items()
        if (problem := _column_problem(frame, name, kind)) is not None
    ]
    if _is_bare_meds(frame):
        problems = [_bare_meds()]
    if problems:
        raise RecordRefused(problems)


def _is_bare_meds(frame: pl.DataFrame) -> bool:
    return set(frame.columns) & set(SCHEMA) == set(MEDS_COLUMNS)


def _bare_meds() -> Problem:
    return Problem(
        "column-missing",
        "This is a MEDS table without the columns of the event table.",
        allowed="the columns of MEDS, and unit, status, event_id and the others beside them",
        mend="import it as MEDS, which adds them",
    )


def _column_problem(frame: pl.DataFrame, name: str, kind: pl.DataType) -> Problem | None:
    place = Place(path=name)
    if name not in frame.columns:
        which = "MEDS" if name in MEDS_COLUMNS else "event"
        message = f"The {which} column {name} is missing."
        mend = "import the data with a source, which adds the columns of the event table"
        return Problem("column-missing", message, place, allowed=SCHEMA[name], mend=mend)
    found = frame.schema[name]
    if found != kind:
        message = f"The column {name} has another type."
        mend = f"cast it to {SCHEMA[name]}"
        return Problem("column-type", message, place, str(found), SCHEMA[name], mend)
    return None


def _faults(frame: pl.DataFrame) -> Iterator[Fault]:
    """Each thing that can be wrong with a row: an expression, the reason, the mend."""
    import polars as pl

    static = pl.col("code").str.starts_with(STATIC)
    yield pl.col("subject_id").is_null(), "the row belongs to no subject", "fill subject_id"
    yield pl.col("code").is_null(), "the row has no code", "fill code"
    yield (
        pl.col("time").is_null() & ~static.fill_null(value=False),
        "an event has no time",
        "give it a time, with time_exact false where it is only bounded",
    )
    yield from _order_faults()
    yield from _identity_faults()
    yield from _word_faults(static)
    yield from _number_faults(frame)


def _order_faults() -> Iterator[Fault]:
    import polars as pl

    yield (
        pl.col("end_time") < pl.col("time"),
        "the spell ends before it starts",
        "check time and end_time",
    )
    yield (
        (pl.col("time_earliest") > pl.col("time")) | (pl.col("time_latest") < pl.col("time")),
        "the time lies outside its own bounds",
        "check time_earliest and time_latest",
    )


def _identity_faults() -> Iterator[Fault]:
    import polars as pl

    yield pl.col("event_id").is_null(), "the row has no event_id", "number the rows of a subject"
    yield (
        pl.struct("subject_id", "event_id").is_duplicated() & pl.col("event_id").is_not_null(),
        "two rows of a subject have the same event_id",
        "number them apart; which comes first at one time depends on it",
    )


def _word_faults(static: pl.Expr) -> Iterator[Fault]:
    import polars as pl

    words = {
        "status": [status.value for status in EventStatus],
        "interpretation": [word.value for word in Interpretation],
        "certainty": [status.value for status in Status],
    }
    for name, allowed in words.items():
        reason = f"the {name} is not known"
        yield ~pl.col(name).is_in(allowed), reason, f"use one of {', '.join(allowed)}"
    for name in ("status", "certainty"):
        missing = pl.col(name).is_null() & ~static.fill_null(value=False)
        yield missing, f"the {name} is missing", f"fill {name}"


def _number_faults(frame: pl.DataFrame) -> Iterator[Fault]:
    import polars as pl

    for name in ("value_exact", "value_low", "value_high", "reference_low", "reference_high"):
        reason = f"{name} is not a decimal number"
        yield ~pl.col(name).str.contains(_NUMBER), reason, "write digits and a point"
    exact = pl.col("value_exact").cast(pl.Float64, strict=False)
    apart = (pl.col("value") - exact).abs() > exact.abs() * _ROUNDING
    yield apart, "value and value_exact differ", "write the same number in both"
    yield (
        pl.col("value").is_null() != pl.col("value_exact").is_null(),
        "only one of value and value_exact is filled",
        "fill both, or neither",
    )
    yield from _unit_faults(frame)


def _unit_faults(frame: pl.DataFrame) -> Iterator[Fault]:
    import polars as pl

    for unit in sorted(set(frame["unit"].drop_nulls().to_list()) - {""}):
        mend = _unit_mend(unit)
        if mend:
            yield pl.col("unit") == unit, "the unit is not in UCUM", mend


def _unit_mend(unit: str) -> str:
    """How to mend a unit; empty where it is UCUM in its one spelling here."""
    try:
        canonical, _ = read_unit(unit)
    except QuantityRefused as refusal:
        return refusal.problems[0].mend
    return "" if canonical == unit else f"write {canonical}"
