"""The doses of a record as exposures, and those of which no day is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stepline.course.eras import Exposure
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, Event, EventStatus
from stepline.vocabulary.catalogue import Catalogue


def exposures_of(
    index: RecordIndex, catalogue: Catalogue, drugs: Sequence[str] = ()
) -> tuple[Exposure, ...]:
    """Each dose as an exposure of its day, each spell from its first to its last day, in order.

    Doses given count; of a drug without any, those ordered. `drugs` names ingredients or classes;
    empty stands for all. A row that only says that a drug was stopped is no exposure, and one of
    which no day is known lies nowhere: see `undated_of`.
    """
    events = _events(index, catalogue, drugs)
    return tuple(_exposure(event) for event in events if not _is_undated(event))


def undated_of(
    index: RecordIndex, catalogue: Catalogue, drugs: Sequence[str] = ()
) -> tuple[Event, ...]:
    """The spells of which neither a first nor a last day is known, such as "before day zero"."""
    return tuple(event for event in _events(index, catalogue, drugs) if _is_undated(event))


def _events(index: RecordIndex, catalogue: Catalogue, drugs: Sequence[str]) -> list[Event]:
    wanted = [
        concept
        for concept in index.concepts
        if catalogue.concept(concept).is_drug and _named(concept, drugs, catalogue)
    ]
    return [event for drug in wanted for event in _told(index.of(drug))]


def _is_undated(event: Event) -> bool:
    return event.is_spell and not event.time_exact and _says_no_end(event)


def _says_no_end(event: Event) -> bool:
    """Whether the end is not known, or a bound that says no more than that the spell began."""
    if event.end_time is None:
        return event.end_said != "ongoing"
    return not event.end_exact and event.end_time <= event.time


def _named(drug: str, drugs: Sequence[str], catalogue: Catalogue) -> bool:
    return not drugs or any(name == drug or catalogue.is_in(drug, name) for name in drugs)


def _told(events: Iterable[Event]) -> list[Event]:
    doses = [event for event in events if not event.is_stop]
    given = [event for event in doses if event.status in GIVEN]
    return given or [event for event in doses if event.status is EventStatus.ORDERED]


def _exposure(event: Event) -> Exposure:
    start = event.time.date()
    if not event.is_spell:
        return Exposure(event.concept, start, start, False, event.event_id, event.time_exact)
    is_ongoing = event.end_time is None and event.end_said == "ongoing"
    end = event.end_time.date() if event.end_time and not _says_no_end(event) else None
    return Exposure(event.concept, start, end, is_ongoing, event.event_id, event.time_exact)
