"""The columns of the event table and the order of its rows. Polars is imported when it is used."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

SCHEMA: Mapping[str, str] = MappingProxyType(
    {
        "subject_id": "int64",
        "time": "timestamp[us]",
        "code": "string",
        "numeric_value": "float32",
        "text_value": "string",
        "event_id": "int64",
        "concept": "string",
        "value": "float64",
        "value_exact": "string",
        "value_low": "string",
        "value_high": "string",
        "unit": "string",
        "interpretation": "string",
        "reference_low": "string",
        "reference_high": "string",
        "time_earliest": "timestamp[us]",
        "time_latest": "timestamp[us]",
        "time_exact": "bool",
        "time_said": "string",
        "end_time": "timestamp[us]",
        "end_exact": "bool",
        "end_said": "string",
        "is_spell": "bool",
        "interval": "string",
        "status": "string",
        "route": "string",
        "intent": "string",
        "lot": "string",
        "product": "string",
        "reason": "string",
        "group": "string",
        "certainty": "string",
        "note": "string",
        "quote": "string",
        "source": "string",
    }
)
"""The columns, in order, and their types. Bounds and limits are exact decimals as text."""

MEDS_COLUMNS = ("subject_id", "time", "code", "numeric_value", "text_value")


def schema() -> pl.Schema:
    """`SCHEMA` as Polars types."""
    import polars as pl

    types: dict[str, Any] = {
        "int64": pl.Int64,
        "float32": pl.Float32,
        "float64": pl.Float64,
        "string": pl.String,
        "bool": pl.Boolean,
        "timestamp[us]": pl.Datetime("us"),
    }
    return pl.Schema({name: types[kind] for name, kind in SCHEMA.items()})


def in_table_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows by subject, time (rows without one first) and event id: the order of MEDS."""
    return frame.sort("subject_id", "time", "event_id", nulls_last=False, maintain_order=True)
