"""Reads the entries of one record in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from stepline.core.errors import RecordRefused
from stepline.core.time import When
from stepline.record.cell import Cell
from stepline.record.doses import dose_rows
from stepline.record.dosing import read_dosing
from stepline.record.entry import DRUG_KINDS, Entry, base_event, read_entry
from stepline.record.model import Event, EventStatus, in_order
from stepline.record.moments import Axis, Moments
from stepline.record.quotes import SourceText, not_in_source
from stepline.record.rows import Rows
from stepline.record.schedule import read_schedule
from stepline.record.timing import Timing, placed, read_timing, settled, spelled
from stepline.record.trouble import Trouble
from stepline.record.values import UNKNOWN, valued

EPOCH = datetime(2000, 1, 1)
"""Where day zero is laid when no date is known; also where a record without any time begins."""

_TIME_KEYS = ("until", "lasted", "during", "from", "since", "on", "at")


class Reader:
    """Reads entries one after the other; every problem is kept in `trouble`."""

    def __init__(self, axis: Axis, named: Mapping[str, When], trouble: Trouble) -> None:
        self.axis = axis
        self.trouble = trouble
        self.rows = Rows()
        self.moments = Moments(axis, self.rows, named)
        self.unknowns: dict[str, str] = {}
        self.source_text: SourceText | None = None
        self.source_name = ""

    def read(self, cell: Cell, status: EventStatus | None = None) -> None:
        """Read one entry; its rows follow those of the entries before it."""
        before = len(self.trouble.problems)
        entry = read_entry(cell, self.trouble, status)
        if entry is None:
            return
        rows = [] if self._is_unknown(entry) else self._rows_of(entry)
        self._check_quote(entry)
        if len(self.trouble.problems) > before:
            self.rows.failed.add(entry.concept.id)
        self.rows.add(rows)

    def events(self) -> tuple[Event, ...]:
        """All events in the total order, with every open moment placed."""
        return in_order(settled(self.rows.events, self.axis.day_zero or EPOCH))

    def _is_unknown(self, entry: Entry) -> bool:
        """`{height: unknown}` makes no event: it says that the record does not tell."""
        timed = any(key in entry.fields for key in _TIME_KEYS)
        if timed or entry.said.text.lower() != UNKNOWN or entry.concept.kind in DRUG_KINDS:
            return False
        said = entry.text("because") or entry.text("note") or "not stated"
        self.unknowns[entry.concept.id] = said
        return True

    def _rows_of(self, entry: Entry) -> list[Event]:
        base = base_event(entry, self.trouble)
        timing = self._timed(entry)
        if entry.concept.kind in DRUG_KINDS:
            return self._dosed(entry, base, timing)
        event = valued(entry, base, self.trouble)
        if timing is None:
            return []
        if len(timing.starts) == 1:
            return [spelled(event, timing)]
        group = entry.place.path
        return [replace(placed(event, when), group=group) for when in timing.starts]

    def _dosed(self, entry: Entry, base: Event, timing: Timing | None) -> list[Event]:
        before = len(self.trouble.problems)
        schedule = read_schedule(entry.fields, self.trouble)
        assumed = timing or Timing((When.exact(EPOCH),), is_spell="every" in entry.fields)
        dosing = self.trouble.attempt(entry.said, lambda: read_dosing(entry, assumed))
        if timing is None or dosing is None or len(self.trouble.problems) > before:
            return []
        rows = self.trouble.attempt(
            entry.said, lambda: dose_rows(entry, base, timing, dosing, schedule)
        )
        return rows or []

    def _timed(self, entry: Entry) -> Timing | None:
        key = next((key for key in _TIME_KEYS if key in entry.fields), "")
        cell = entry.fields[key] if key else replace(entry.said, place=entry.place)
        return self.trouble.attempt(cell, lambda: read_timing(entry.fields, self.moments))

    def _check_quote(self, entry: Entry) -> None:
        cell = entry.fields.get("says")
        if cell is None or self.source_text is None:
            return
        if not self.source_text.holds(cell.text):
            self.trouble.problems.append(not_in_source(cell.text, self.source_name, cell.place))


def finished(trouble: Trouble) -> None:
    """Refuse the record when anything was wrong with it, in the order of the file."""
    if trouble:
        ordered = sorted(trouble.problems, key=lambda one: (one.place.line, one.place.column))
        raise RecordRefused(ordered)
