"""The rows of a record while it is being read: their order, and how one entry finds another."""

from __future__ import annotations

from dataclasses import replace

from stepline.core.errors import RecordRefused
from stepline.core.time import When
from stepline.record.entry import known_concept
from stepline.record.model import Event, EventStatus
from stepline.record.moments import LATE
from stepline.vocabulary.catalogue import catalogue

_NOT_A_DOSE = (EventStatus.NOT_GIVEN, EventStatus.PLANNED, EventStatus.ORDERED)


class Rows:
    """The events read so far, numbered from 1 in the order of the file.

    `failed` names concepts of entries that could not be read: what counts from them is not
    reported a second time.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.failed: set[str] = set()

    def add(self, events: list[Event]) -> None:
        """Take the rows of one entry, in their order."""
        for event in events:
            self.events.append(replace(event, event_id=len(self.events) + 1))

    def dose(self, ordinal: str, name: str) -> When:
        """When the `first`, `last` or `4th` event of a concept was, among the entries above."""
        concept = known_concept(name)
        members = {concept.id, *(member.id for member in catalogue().members(concept.id))}
        said = f"{ordinal} {name}"
        if members & self.failed:
            return When.about(LATE, said)
        events = [event for event in self.events if event.concept in members and _happened(event)]
        events.sort(key=lambda event: (event.time, event.event_id))
        return _counted(events, ordinal, said)


def _happened(event: Event) -> bool:
    is_stop = event.status is EventStatus.STOPPED and not event.is_spell
    return event.status not in _NOT_A_DOSE and not is_stop


def _counted(events: list[Event], ordinal: str, said: str) -> When:
    number = _number(ordinal, len(events))
    if not 1 <= number <= len(events):
        raise RecordRefused.because(
            "anchor-missing",
            f"No entry above this one gives the {said}.",
            found=f"{len(events)} above",
            allowed="an entry that stands above",
            mend="move this entry below the one it counts from, or write the moment",
        )
    if ordinal == "last":
        return _end_of(events[-1], said) if events[-1].is_spell else _when(events[-1], said)
    if number > 1 and any(event.is_spell for event in events[:number]):
        raise RecordRefused.because(
            "anchor-uncounted",
            f"The {said} cannot be counted: an entry above stands for several doses.",
            allowed="first or last",
            mend="write the moment, or give that entry a count",
        )
    return _when(events[number - 1], said)


def _number(ordinal: str, count: int) -> int:
    if ordinal in ("first", "last"):
        return 1 if ordinal == "first" else count
    return int(ordinal.rstrip("stndrh"))


def _when(event: Event, said: str) -> When:
    if event.time_exact:
        return When.exact(event.time, said)
    return When(event.time, event.time_earliest, event.time_latest, said)


def _end_of(event: Event, said: str) -> When:
    """The last dose of a spell: not after its end, and never known exactly."""
    if event.end_time is None:
        return When.about(LATE, said)
    latest = event.end_time if event.end_exact else None
    return When(event.end_time, None, latest, said)
