"""The rows of a course that its doses are counted from: each once, a daily drug's as days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from stepline.course.model import Course
from stepline.course.supplies import dose_as_said, each_day
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, in_order


def rows_of(course: Course, index: RecordIndex, *, is_daily: bool) -> tuple[Event, ...]:
    """The rows of a course in order, as recognition counts them.

    A row that is written twice stands once, and one whose dose is not believed has none. Single
    doses of a drug that is taken every day (`is_daily`) become one row a day, with its dose.
    """
    odd = doubted(course)
    own = [
        replace(event, value=None, value_low=None, value_high=None)
        if event.event_id in odd
        else event
        for event in index.events_of(course.event_ids)
    ]
    if not is_daily:
        return tuple(_each_once(own, course))
    spells = _each_once([event for event in own if event.is_spell], course)
    days = each_day([event for event in own if not event.is_spell])
    return in_order([*spells, *(day.event for day in days)])


def doubted(course: Course) -> frozenset[int]:
    """The rows of a course whose dose does not fit, so that it is not believed."""
    odd = (one.event_ids for one in course.deviations if one.kind == "dose-odd")
    return frozenset(chain.from_iterable(odd))


def not_told(course: Course, rows: Sequence[Event]) -> Iterable[str]:
    """What is not known of doses that are doubted, and of givings whose order alone is recorded."""
    odd = len(doubted(course))
    if odd:
        yield f"the dose of {odd} of its {len(course.event_ids)} rows: what is written does not fit"
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
