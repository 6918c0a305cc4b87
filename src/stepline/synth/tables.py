"""Patients as tables: events, truth, relapses, states. Import lazily; needs Polars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from stepline.record.table_schema import in_table_order, schema
from stepline.record.table_static import STATIC
from stepline.synth.courses import Row, Truth
from stepline.synth.patient import Patient

_DAY = 86_400_000_000
_MINUTE = 60_000_000
SAID = "Synthetic: made by a program. No real patient."
_SOURCE = "synthetic"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A patient and the rows of the record, in the order of time."""

    patient: Patient
    rows: list[Row]


def in_time(rows: list[Row]) -> list[Row]:
    """Rows by day and time of day; rows of one time keep their order."""
    return sorted(rows, key=lambda row: (row.day, row.minute))


def events(people: Sequence[Recorded]) -> pl.DataFrame:
    """The event table of several patients, in the order of MEDS."""
    frame = _dynamic(people)
    return in_table_order(pl.concat([_static(people), frame], how="vertical"))


def _dynamic(people: Sequence[Recorded]) -> pl.DataFrame:
    rows = [row for one in people for row in one.rows]
    names = Row._fields
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    origin = [one.patient.first.toordinal() - _EPOCH for one in people for _ in one.rows]
    subjects = [one.patient.number for one in people for _ in one.rows]
    numbers = [n for one in people for n in range(len(one.rows))]
    raw = pl.DataFrame(
        {"subject_id": subjects, "event_id": numbers, "origin": origin, **columns},
        schema_overrides={
            "value": pl.String(), "text": pl.String(), "limit": pl.String(),
            "day": pl.Int64(), "minute": pl.Int64(), "end": pl.Int64(), "origin": pl.Int64(),
        },
    )  # fmt: skip
    return _shaped(raw)


_EPOCH = 719163


def _shaped(raw: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("value").cast(pl.Float64)
    has_end = pl.col("is_spell") & (pl.col("end") >= 0)
    at = (pl.col("origin") + pl.col("day")) * _DAY + pl.col("minute") * _MINUTE
    end = (pl.col("origin") + pl.col("end")) * _DAY + pl.col("minute") * _MINUTE
    known = {
        "time": at.cast(pl.Datetime("us")),
        "code": pl.concat_str(pl.lit("STEPLINE//"), pl.col("concept")),
        "numeric_value": number,
        "text_value": pl.col("text").fill_null(""),
        "value": number,
        "value_exact": pl.col("value"),
        "reference_high": pl.col("limit"),
        "end_time": pl.when(has_end).then(end).cast(pl.Datetime("us")),
        "end_said": pl.when(pl.col("is_spell") & ~has_end)
        .then(pl.lit("ongoing"))
        .otherwise(pl.lit("")),
    }
    return _filled(raw.with_columns(**known))


def _filled(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column of the event table; what does not apply is what the table has for nothing."""
    missing = {
        **dict.fromkeys(("value_low", "value_high", "reference_low", "interpretation")),
        **dict.fromkeys(("time_earliest", "time_latest")),
        **dict.fromkeys(("time_exact", "end_exact"), True),
        **dict.fromkeys(("time_said", "lot", "group", "note", "quote"), ""),
        "certainty": "verified",
        "source": _SOURCE,
    }
    shape = schema()
    frame = frame.with_columns(
        pl.lit(value).alias(name) for name, value in missing.items() if name in shape
    )
    return frame.select(pl.col(name).cast(kind) for name, kind in shape.items())


def _static(people: Sequence[Recorded]) -> pl.DataFrame:
    rows = [
        {"subject_id": one.patient.number, "event_id": n - 10, "code": STATIC + name, "text": text}
        for one in people
        for n, (name, text) in enumerate(_facts(one.patient))
    ]
    frame = pl.DataFrame(rows).with_columns(
        text_value=pl.col("text"),
        **{name: pl.lit(None) for name in ("time", "numeric_value", "value", "value_exact")},
        **{name: pl.lit(None) for name in ("reference_high", "end_time")},
        **{name: pl.lit("") for name in ("concept", "unit", "end_said", "interval", "route")},
        **{name: pl.lit("") for name in ("intent", "product", "reason")},
        is_spell=pl.lit(False),
        status=pl.lit("reported"),
    )
    return _filled(frame)


def _facts(patient: Patient) -> list[tuple[str, str]]:
    return [
        ("subject", "known"),
        ("sex", patient.body.sex),
        ("birth", f"{patient.first.year - patient.body.age}-07-01T00:00:00"),
        ("title", SAID),
        ("calendar", "dated"),
    ]


def truth(people: Sequence[Patient]) -> pl.DataFrame:
    """The courses that were really given, one row a course."""
    rows = [
        (one.number, t.regimen, t.intent, t.phase, *_dates(one, t), t.end_reason, t.drug)
        for one in people
        for t in one.truths
    ]  # fmt: skip
    shape = {
        "subject_id": pl.Int64(), "regimen": pl.String(),
        "intent": pl.String(), "phase": pl.String(),
        "start": pl.Date(), "end": pl.Date(), "end_reason": pl.String(), "drug": pl.String(),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=shape, orient="row")


def _dates(patient: Patient, course: Truth) -> tuple[date, date]:
    return patient.first + timedelta(course.start), patient.first + timedelta(course.end)


def relapses(people: Sequence[Patient]) -> pl.DataFrame:
    """The relapses that really were, with their cause."""
    rows = [
        (one.number, one.first + timedelta(relapse.day), relapse.cause)
        for one in people
        for relapse in one.relapses
    ]
    shape = {"subject_id": pl.Int64(), "date": pl.Date(), "cause": pl.String()}
    return pl.DataFrame(rows, schema=shape, orient="row")


def states(people: Sequence[Patient]) -> pl.DataFrame:
    """Disease activity from 0 to 1, every four weeks."""
    rows = [
        (one.number, one.first + timedelta(7 * week), round(level, 4))
        for one in people
        for week, level in enumerate(one.levels)
        if week % 4 == 0
    ]
    shape = {"subject_id": pl.Int64(), "date": pl.Date(), "activity": pl.Float64()}
    return pl.DataFrame(rows, schema=shape, orient="row")
