"""Dates and times of OMOP rows. A midnight is the date alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from stepline.core.time import parse_date
from stepline.sources.fhir.rows import RowRefused


def start_of(row: Mapping[str, str], stem: str) -> datetime:
    """The moment of `<stem>_datetime`, else of `<stem>_date`.

    Raises `RowRefused` (`time-missing`) and `TimeRefused`.
    """
    text = row.get(f"{stem}_datetime", "") or row.get(f"{stem}_date", "")
    if not text:
        raise RowRefused("time-missing", "It does not say when.", f"export {stem}_date")
    return parse_date(text).time


def end_of(row: Mapping[str, str], stem: str, start: datetime) -> datetime | None:
    """The end, or `None` where none is stated; `RowRefused` (`end-before-start`) if too early."""
    text = row.get(f"{stem}_datetime", "") or row.get(f"{stem}_date", "")
    if not text:
        return None
    end = parse_date(text).time
    if end < start:
        raise RowRefused("end-before-start", "It ends before it starts.", "check the two dates")
    return end
