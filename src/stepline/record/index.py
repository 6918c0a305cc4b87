"""A record laid out for questions: events by concept, found by time.

Engines ask the same few questions thousands of times. They are answered here from tuples sorted
once, by bisection; nothing is copied that is not returned.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import chain, repeat
from operator import attrgetter
from typing import cast

from stepline.record.model import PLANNED, Event, EventStatus, Record, in_order, order
from stepline.record.saying import say_event

NONE: tuple[Event, ...] = ()


class RecordIndex:
    """The events of one record by concept, each in the total order `(time, event_id)`.

    A class of drugs or a group of tests is not expanded here: ask for each of its members. `memo`
    is for what others work out once a record; it never changes an answer.
    """

    __slots__ = (
        "_about",
        "_after_spells",
        "_by_concept",
        "_dated",
        "_day_set",
        "_days",
        "_events",
        "_planned",
        "_said",
        "_times",
        "_times_by_concept",
        "memo",
        "record",
    )

    def __init__(self, record: Record) -> None:
        self.record = record
        self._events = in_order(record.events)
        self._times = [event.time for event in self._events]
        self._by_concept = _grouped(self._events)
        self._times_by_concept = {
            concept: [event.time for event in events]
            for concept, events in self._by_concept.items()
        }
        self._planned = _planned(self._events)
        self._days = _days(self._events)
        self._day_set = frozenset(self._days)
        self.memo: dict[object, object] = {}
        self._said: dict[int, str] = {}
        self._dated = all(map(attrgetter("time_exact"), self._events))
        self._about: dict[frozenset[str], tuple[datetime, ...]] = {}
        self._after_spells = _days_after_spells(self._events)

    def supposing(self, doses: Sequence[Event]) -> RecordIndex:
        """The index with planned doses beside, which make no day and end no spell."""
        other = copy(self)
        events = _with(self._events, doses)
        other.record = replace(self.record, events=events)
        other._events, other._times = events, [event.time for event in events]
        other._by_concept, other._times_by_concept = (
            dict(self._by_concept),
            dict(self._times_by_concept),
        )
        for concept in {dose.concept for dose in doses}:
            own = _with(self.of(concept), [dose for dose in doses if dose.concept == concept])
            other._by_concept[concept] = own
            other._times_by_concept[concept] = [event.time for event in own]
        other._planned = self._planned | _planned(doses)
        other.memo, other._about = {}, {}
        return other

    def say(self, event: Event) -> str:
        """One event in a line, worded once."""
        said = self._said.get(event.event_id)
        if said is None:
            said = self._said[event.event_id] = say_event(self.record, event)
        return said

    @property
    def is_dated(self) -> bool:
        """Whether every event has an exact time, as records of an EHR have."""
        return self._dated

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event, in order."""
        return self._events

    @property
    def concepts(self) -> tuple[str, ...]:
        """The ids of the concepts that the record speaks of, in alphabetical order."""
        return tuple(sorted(self._by_concept))

    def events_of(self, event_ids: Iterable[int]) -> list[Event]:
        """The events of these ids, each once, in order; an id that is not there is passed over."""
        places = self._places_by_id()
        found = {places[one] for one in event_ids if one in places}
        return [self._events[place] for place in sorted(found)]

    def _places_by_id(self) -> dict[int, int]:
        """Where each event stands in the order, by its id; laid out when it is first asked for."""
        found = self.memo.get("places")
        if found is None:
            ids = map(attrgetter("event_id"), self._events)
            found = self.memo["places"] = {one: place for place, one in enumerate(ids)}
        assert isinstance(found, dict)
        return found

    def of(self, concept: str) -> tuple[Event, ...]:
        """Every event of a concept, in order; empty when the record never speaks of it."""
        return self._by_concept.get(concept, NONE)

    def known_by(self, concept: str, moment: datetime) -> Sequence[Event]:
        """The events of a concept whose time is at or before the moment, in order."""
        events = self._by_concept.get(concept, NONE)
        if not events:
            return NONE
        return events[: bisect_right(self._times_by_concept[concept], moment)]

    def rows_known(self, concepts: frozenset[str], moment: datetime) -> int:
        """How many rows of any of these concepts lie at or before the moment."""
        key = ("times in order", concepts)
        times = self.memo.get(key)
        if times is None:
            own = (self._times_by_concept.get(concept, ()) for concept in concepts)
            times = self.memo[key] = sorted(chain.from_iterable(own))
        return bisect_right(cast("list[datetime]", times), moment)

    def times_of(self, concepts: tuple[str, ...]) -> frozenset[datetime]:
        """The times of every row of these concepts, each once."""
        key = ("times", concepts)
        times = self.memo.get(key)
        if times is None:
            own = (self._times_by_concept.get(concept, ()) for concept in concepts)
            times = self.memo[key] = frozenset(chain.from_iterable(own))
        return cast("frozenset[datetime]", times)

    def all_known_by(self, moment: datetime) -> Sequence[Event]:
        """The events of any concept whose time is at or before the moment, in order."""
        return self._events[: bisect_right(self._times, moment)]

    def days_with_record(self) -> tuple[datetime, ...]:
        """The calendar days on which something is recorded, as midnights, each once, in order.

        A planned dose lies in the future of whoever planned it and makes no day.
        """
        return self._days

    def days_about(self, concepts: frozenset[str]) -> tuple[datetime, ...]:
        """The calendar days on which any of these concepts is recorded, as midnights, in order."""
        known = self._about.get(concepts)
        if known is None:
            own = (self._days_of(name) for name in concepts if name in self._by_concept)
            known = tuple(sorted(self._day_set & frozenset().union(*own)))
            self._about[concepts] = known
        return known

    def last_days_about(
        self, concepts: frozenset[str], today: datetime, count: int
    ) -> tuple[datetime, ...]:
        """The last `count` of `days_about` up to a day, itself included, found from the end."""
        found: list[datetime] = []
        last = datetime.combine(today, time.max)
        for event in reversed(self.all_known_by(last)):
            if len(found) == count:
                break
            if event.concept in concepts:
                day = datetime.combine(event.time, time.min)
                if day in self._day_set and day not in found[-1:]:
                    found.append(day)
        return tuple(reversed(found))

    def _days_of(self, concept: str) -> frozenset[datetime]:
        """The calendar days of one concept, as midnights."""
        key = ("days of", concept)
        found = self.memo.get(key)
        if found is None:
            dates = _midnights(self._times_by_concept[concept])
            found = self.memo[key] = frozenset(dates)
        assert isinstance(found, frozenset)
        return found

    def holds_plans(self, concept: str) -> bool:
        """Whether a dose of a drug is recorded as planned or ordered."""
        return concept in self._planned

    def days_after_spells(self) -> tuple[datetime, ...]:
        """The calendar days after the last day of a spell, as midnights, each once, in order."""
        return self._after_spells


def _with(ordered: tuple[Event, ...], doses: Sequence[Event]) -> tuple[Event, ...]:
    """The events with others among them, each in its place; the rest is in order already."""
    events = list(ordered)
    for dose in doses:
        insort(events, dose, key=order)
    return tuple(events)


def _grouped(events: tuple[Event, ...]) -> dict[str, tuple[Event, ...]]:
    groups: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        groups[event.concept].append(event)
    groups.pop("", None)
    return {concept: tuple(members) for concept, members in groups.items()}


def _planned(events: Iterable[Event]) -> frozenset[str]:
    return frozenset(event.concept for event in events if event.status in PLANNED)


def _days(events: tuple[Event, ...]) -> tuple[datetime, ...]:
    return _midnights([e.time for e in events if e.status is not EventStatus.PLANNED])


def _midnights(times: Iterable[datetime]) -> tuple[datetime, ...]:
    """The days of some moments, each once, in the order in which they first come."""
    days = dict.fromkeys(map(datetime.date, times))
    return tuple(map(datetime.combine, days, repeat(time.min)))


def _days_after_spells(events: tuple[Event, ...]) -> tuple[datetime, ...]:
    ends = {event.end_time.date() for event in events if event.is_spell and event.end_time}
    return tuple(datetime.combine(day, time.min) + timedelta(days=1) for day in sorted(ends))
