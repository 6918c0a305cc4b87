"""The event table: what goes in comes out, whatever the order, and nothing is lost in silence."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.core.errors import RecordRefused
from stepline.core.evidence import Evidence, Kind, Status
from stepline.record.casefile import record_from_entries, seed_case
from stepline.record.model import (
    PLANNED,
    Event,
    EventStatus,
    Interpretation,
    Quarantined,
    Record,
    Subject,
    in_order,
)
from stepline.record.table import (
    MEDS_COLUMNS,
    SCHEMA,
    from_table,
    read_parquet,
    schema,
    to_table,
    validate_table,
    write_parquet,
)

words = st.text(max_size=8)
moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31))
numbers = st.none() | st.decimals(-(10**9), 10**9, allow_nan=False, places=6)


@st.composite
def events(draw: st.DrawFn) -> Event:
    time = draw(moments)
    later = st.none() | st.timedeltas(timedelta(0), timedelta(days=900)).map(lambda gap: time + gap)
    earlier = st.none() | st.timedeltas(timedelta(0), timedelta(days=9)).map(lambda gap: time - gap)
    return Event(
        event_id=0,
        time=time,
        code=draw(words),
        concept=draw(st.sampled_from(["ldh", "ivig", ""])),
        value=draw(numbers),
        value_low=draw(numbers),
        value_high=draw(numbers),
        unit=draw(st.sampled_from(["", "U/L", "g/kg", "mg/m2", "10*9/L"])),
        text=draw(words),
        interpretation=draw(st.none() | st.sampled_from(list(Interpretation))),
        reference_low=draw(numbers),
        reference_high=draw(numbers),
        time_earliest=draw(earlier),
        time_latest=draw(later),
        time_exact=draw(st.booleans()),
        time_said=draw(words),
        end_time=draw(later),
        end_exact=draw(st.booleans()),
        end_said=draw(words),
        is_spell=draw(st.booleans()),
        interval=draw(st.sampled_from(["", "P14D"])),
        status=draw(st.sampled_from(list(EventStatus))),
        route=draw(words),
        intent=draw(words),
        lot=draw(words),
        product=draw(words),
        reason=draw(words),
        group=draw(words),
        certainty=draw(st.sampled_from(list(Status))),
        note=draw(words),
        quote=draw(words),
        source=draw(words),
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    rows = draw(st.lists(events(), max_size=5))
    numbered = [replace(event, event_id=number) for number, event in enumerate(rows)]
    subject = Subject(
        draw(st.integers(1, 2**40)),
        draw(words),
        draw(st.none() | moments),
        draw(st.none() | st.decimals(0, 120, places=1)),
        draw(words),
    )
    return Record(
        subject=subject,
        events=in_order(numbered),
        title=draw(words),
        calendar=draw(st.sampled_from(["dated", "relative"])),
        day_zero=draw(st.none() | moments),
        day_zero_said=draw(words),
        complete_for=frozenset(draw(st.sets(st.sampled_from(["medications", "conditions"])))),
        quarantine=tuple(draw(st.lists(st.builds(Quarantined, *[words] * 5), max_size=2))),
        notes=tuple(draw(st.lists(words, max_size=2))),
        unknowns=draw(st.dictionaries(words, words, max_size=2)),
        evidence=tuple(
            draw(
                st.lists(
                    st.builds(
                        Evidence, words, st.sampled_from(list(Kind)), st.sampled_from(list(Status)),
                        words,
                    ),
                    max_size=2,
                )
            )
        ),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(record=records(), seed=st.integers(0, 99))
def test_a_record_comes_back_as_it_was_whatever_the_order_of_rows(
    record: Record, seed: int
) -> None:
    table = to_table([record])
    order = list(range(table.height))
    random.Random(seed).shuffle(order)
    assert from_table(table[order]) == (record,)


@settings(max_examples=60, deadline=None)
@given(record=records())
def test_a_record_of_some_concepts_has_their_events_and_those_of_the_last_moment(
    record: Record,
) -> None:
    happened = [one.time for one in record.events if one.status not in PLANNED]
    wanted = tuple(
        one
        for one in record.events
        if one.concept == "ivig"
        or (one.status not in PLANNED and one.time == max(happened, default=None))
    )
    (found,) = from_table(to_table([record]), frozenset({"ivig"}))
    assert found == replace(record, events=wanted)


def test_every_field_of_an_event_has_its_column() -> None:
    own = {"text": "text_value", "value": "value_exact"}
    assert {own.get(field.name, field.name) for field in fields(Event)} <= set(SCHEMA)


def test_the_first_columns_are_those_of_meds() -> None:
    table = to_table([seed_case()])
    assert dict(list(table.schema.items())[:5]) == {
        "subject_id": pl.Int64(),
        "time": pl.Datetime("us"),
        "code": pl.String(),
        "numeric_value": pl.Float32(),
        "text_value": pl.String(),
    }
    assert table.schema == schema()


def test_several_subjects_are_contiguous_and_in_the_order_of_time() -> None:
    entries = [{"ldh": "normal", "on": "2026-01-05"}, {"ck": "normal", "on": "2026-01-02"}]
    many = [record_from_entries(entries, subject_id=number) for number in (3, 1, 2)]
    table = to_table(many)
    assert table["subject_id"].is_sorted()
    for _, part in table.drop_nulls("time").group_by("subject_id"):
        assert part["time"].is_sorted()
    assert [record.subject.subject_id for record in from_table(table)] == [1, 2, 3]


def test_a_dose_stays_exact_where_a_float_would_not() -> None:
    value = Decimal("0.1234567890123456789")
    record = replace(seed_case(), events=(Event(1, datetime(2026, 1, 1), "x", value=value),))
    (back,) = from_table(to_table([record]))
    assert back.events[0].value == value


def test_a_file_gives_back_the_record(tmp_path: Path) -> None:
    record = seed_case()
    path = tmp_path / "events.parquet"
    write_parquet([record], path)
    assert read_parquet(path) == (record,)


def spoilt(column: str, value: object, row: int = 0) -> pl.DataFrame:
    """The table of three values with one cell changed."""
    entries = [{"ldh": f"{number}0 U/L", "on": f"2026-01-0{number}"} for number in (7, 8, 9)]
    table = to_table([record_from_entries(entries)])
    where = (pl.col("event_id") == row + 1) & pl.col("time").is_not_null()
    changed = pl.when(where).then(pl.lit(value, dtype=schema()[column])).otherwise(pl.col(column))
    return table.with_columns(changed.alias(column))


@pytest.mark.parametrize(
    ("column", "value", "reason", "mend"),
    [
        ("time", None, "an event has no time", "time_exact false"),
        ("code", None, "the row has no code", "fill code"),
        ("end_time", datetime(2020, 1, 1), "ends before it starts", "check time and end_time"),
        ("time_earliest", datetime(2030, 1, 1), "outside its own bounds", "time_earliest"),
        ("time_latest", datetime(2020, 1, 1), "outside its own bounds", "time_latest"),
        ("event_id", None, "has no event_id", "number the rows"),
        ("event_id", 2, "same event_id", "number them apart"),
        ("status", "wat", "the status is not known", "planned"),
        ("status", None, "the status is missing", "fill status"),
        ("interpretation", "H", "the interpretation is not known", "elevated"),
        ("certainty", "sure", "the certainty is not known", "verified"),
        ("unit", "UI/L", "the unit is not in UCUM", "write U/L"),
        ("unit", "flagons", "the unit is not in UCUM", "UCUM"),
        ("value_exact", "seven", "value_exact is not a decimal number", "digits"),
        ("value_exact", "1e999999999", "value_exact is not a decimal number", "digits"),
        ("value_exact", "8", "value and value_exact differ", "same number"),
        ("value_exact", None, "only one of value and value_exact", "fill both"),
        ("value_low", "NaN", "value_low is not a decimal number", "digits"),
    ],
)
def test_a_row_that_cannot_be_read_is_quarantined_with_its_place_and_its_mend(
    column: str, value: object, reason: str, mend: str
) -> None:
    table = spoilt(column, value)
    good, quarantine = validate_table(table)
    found = quarantine.filter(pl.col("reason").str.contains(reason, literal=True))
    assert found.height >= 1
    assert mend in found["mend"][0]
    assert "record[0]" in found["place"].to_list()
    lost = table.height - good.height
    assert lost == quarantine.unique(("place", "event_id")).height >= 1


def test_a_row_of_no_subject_is_quarantined() -> None:
    good, quarantine = validate_table(spoilt("subject_id", None))
    assert (good.height, quarantine["reason"].to_list()) == (4, ["the row belongs to no subject"])


def test_what_was_quarantined_is_in_the_record_and_the_rest_is_read() -> None:
    (record,) = from_table(spoilt("unit", "UI/L"))
    assert [event.event_id for event in record.events] == [2, 3]
    (held,) = record.quarantine
    assert (held.place, held.code, held.mend) == ("record[0]", "STEPLINE//ldh", "write U/L")


def test_the_quarantine_does_not_depend_on_the_order_of_rows() -> None:
    table = spoilt("event_id", 2)
    one, other = validate_table(table), validate_table(table.reverse())
    assert one[0].equals(other[0])
    assert one[1].equals(other[1])
    assert one[1].height == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [("evidence", "{"), ("age", "old"), ("day-zero", "M0"), ("unknown", "[1]"), ("riddle", "x"),
     ("calendar", "lunar"), ("quarantine", '{"nobody": "knows"}')],
)  # fmt: skip
def test_a_row_about_the_record_that_cannot_be_read_is_quarantined(name: str, text: str) -> None:
    table = to_table([seed_case()])
    code = f"STEPLINE//RECORD//{name}"
    added = table.head(1).with_columns(
        event_id=pl.lit(-99, dtype=pl.Int64), code=pl.lit(code), text_value=pl.lit(text)
    )
    (record,) = from_table(pl.concat([table, added]))
    assert [held.code for held in record.quarantine] == [code]
    assert len(record.events) == len(seed_case().events)


def test_all_columns_that_are_wrong_are_told_at_once() -> None:
    table = to_table([seed_case()]).drop("time", "unit").cast({"event_id": pl.Int32})
    with pytest.raises(RecordRefused) as refusal:
        validate_table(table)
    assert len(str(refusal.value).split("mend:")) == 4


def test_a_table_of_meds_alone_is_refused_in_one_sentence() -> None:
    table = to_table([seed_case()]).select(MEDS_COLUMNS)
    with pytest.raises(RecordRefused) as refusal:
        validate_table(table)
    (problem,) = refusal.value.problems
    assert problem.mend.startswith("import it as MEDS")


def test_other_columns_of_a_meds_table_are_left_out() -> None:
    table = to_table([seed_case()]).with_columns(ward=pl.lit("7"))
    good, _ = validate_table(table)
    assert good.columns == list(SCHEMA)


def test_an_empty_table_has_no_records() -> None:
    assert from_table(to_table([])) == ()
