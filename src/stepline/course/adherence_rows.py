"""The rows of a course that its doses are counted from: each once, a daily drug's as days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stepline.course.model import Course
from stepline.course.supplies import dose_as_said, each_day
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, in_order


def rows_of(course: Course, index: RecordIndex, *, is_daily: bool) -> tuple[Event, ...]:
    """The rows of a course in order, as recognition counts them.

    A row that is written twice stands once. Single doses of a drug that is taken every day
    (`is_daily`) become one row a day, with the dose of that day.
    """
    wanted = set(course.event_ids)
    own = [event for event in index.of(course.drug) if event.event_id in wanted]
    if not is_daily:
        return tuple(_each_once(own, course))
    spells = _each_once([event for event in own if event.is_spell], course)
    days = each_day([event for event in own if not event.is_spell])
    return in_order([*spells, *(day.event for day in days)])


def unrecorded(rows: Sequence[Event]) -> Iterable[str]:
    """What is not known of a giving where only its order is recorded."""
    orders = sum(event.status is EventStatus.ORDERED for event in rows)
    if orders:
        only = "the order is" if orders == 1 else "their orders are"
        verb = "was" if orders == 1 else "were"
        yield f"whether {orders} of its {len(rows)} rows {verb} given: only {only} recorded"


def _each_once(rows: Sequence[Event], course: Course) -> list[Event]:
    """Without the rows that the course tells to be written twice and that say the same."""
    again = {n for one in course.deviations if one.kind == "doubled" for n in one.event_ids}
    if not again:
        return list(rows)
    seen: set[object] = set()
    kept = []
    for event in rows:
        said = (event.time, event.end_time, *dose_as_said(event))
        if event.event_id not in again or said not in seen:
            kept.append(event)
        seen.add(said)
    return kept
