"""A table of courses is read whole or refused with everything that is wrong."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from stepline.core.errors import RecordRefused
from stepline.course.comparing import Stretch
from stepline.course.comparing_reading import read_courses

ROWS = {
    "subject_id": [7, 8],
    "regimen": ["ivig-400-weekly", ""],
    "start": [date(2026, 1, 5), date(2026, 2, 1)],
    "end": [date(2026, 6, 1), None],
    "end_reason": ["relapse", ""],
}


def test_dates_and_timestamps_read_the_same_and_an_open_end_stays_open(tmp_path: Path) -> None:
    dates, times = tmp_path / "dates.parquet", tmp_path / "times.parquet"
    frame = pl.DataFrame(ROWS)
    frame.write_parquet(dates)
    frame.with_columns(pl.col("start", "end").cast(pl.Datetime("us"))).write_parquet(times)
    found = read_courses(dates, {"ivig-400-weekly": "ivig"})
    assert found == (
        Stretch(7, "ivig-400-weekly", date(2026, 1, 5), date(2026, 6, 1), "ivig"),
        Stretch(8, "", date(2026, 2, 1), None),
    )
    assert read_courses(times, {"ivig-400-weekly": "ivig"}) == found


def test_a_table_of_courses_that_all_still_run_is_read(tmp_path: Path) -> None:
    path = tmp_path / "truth.parquet"
    pl.DataFrame({**ROWS, "end": [None, None]}).write_parquet(path)
    assert [one.end for one in read_courses(path, {})] == [None, None]


def test_every_wrong_column_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "truth.parquet"
    rows = {"subject_id": ["a"], "regimen": [None], "start": [datetime(2026, 1, 1)]}
    shape = pl.Schema(
        [("subject_id", pl.String()), ("regimen", pl.String()), ("start", pl.Datetime("us"))]
    )
    pl.DataFrame(rows, schema=shape).write_parquet(path)
    with pytest.raises(RecordRefused) as refused:
        read_courses(path, {})
    assert [(p.code, p.place.path) for p in refused.value.problems] == [
        ("column-type", "subject_id"),
        ("cell-empty", "regimen"),
        ("column-missing", "end"),
    ]


def test_a_file_that_is_missing_or_no_table_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "truth.parquet"
    text.write_text("subject_id,regimen\n")
    for path, code in ((tmp_path / "none.parquet", "file-missing"), (text, "parquet-unreadable")):
        with pytest.raises(RecordRefused) as refused:
            read_courses(path, {})
        assert [p.code for p in refused.value.problems] == [code]
        assert str(tmp_path) not in str(refused.value)
