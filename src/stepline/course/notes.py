"""What recognition takes from the notes of rows."""

from __future__ import annotations

from stepline.record.model import Event
from stepline.record.totals import ALTERNATE_DAYS, days_stated


def last_stated(event: Event) -> int:
    """The last day, as a number, on which a spell without an end is known to have run."""
    days = days_stated(event.note) if event.note else ()
    return max([event.time.toordinal(), *(day.toordinal() for day in days)])


def on_alternate_days(note: str) -> tuple[tuple[str, str], ...]:
    """That the dose a day is a mean of two days, as the row says it; empty for any other."""
    if ALTERNATE_DAYS not in note:
        return ()
    parts = [part.partition(": ") for part in note.split("; ")]
    return tuple((kind, says) for kind, _, says in parts if kind == ALTERNATE_DAYS)
