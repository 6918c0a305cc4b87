"""The doses of a record as exposures, and those of which no day is known.

Which rows are doses is a choice (`CountedDoses`). By default recognition is asked, so that a gap in
a drug's eras is one in its courses too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from stepline.course.era_rules import CountedDoses
from stepline.course.eras import Exposure
from stepline.course.reconciling import last_happened, told
from stepline.course.supplies import dose_as_said
from stepline.protocol.model import Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, Event, EventStatus, in_order
from stepline.vocabulary.catalogue import Catalogue


def exposures_of(
    index: RecordIndex,
    regimens: Sequence[Regimen],
    catalogue: Catalogue,
    drugs: Sequence[str] = (),
    doses: CountedDoses = CountedDoses.RECOGNISED,
) -> tuple[Exposure, ...]:
    """Each dose as an exposure of its day, each spell from its first to its last day, in order.

    `doses` says which rows count, `drugs` names ingredients or classes; empty stands for all. A row
    that only says that a drug was stopped is no exposure, and one of which no day is known lies
    nowhere: see `undated_of`.
    """
    events = _events(index, regimens, catalogue, drugs, doses)
    return tuple(_exposure(event) for event in events if not _is_undated(event))


def undated_of(
    index: RecordIndex,
    regimens: Sequence[Regimen],
    catalogue: Catalogue,
    drugs: Sequence[str] = (),
    doses: CountedDoses = CountedDoses.RECOGNISED,
) -> tuple[Event, ...]:
    """The spells of which neither a first nor a last day is known, such as "before day zero"."""
    events = _events(index, regimens, catalogue, drugs, doses)
    return tuple(event for event in events if _is_undated(event))


def _events(
    index: RecordIndex,
    regimens: Sequence[Regimen],
    catalogue: Catalogue,
    drugs: Sequence[str],
    doses: CountedDoses,
) -> list[Event]:
    wanted = [
        concept
        for concept in index.concepts
        if catalogue.concept(concept).is_drug and _named(concept, drugs, catalogue)
    ]
    if doses is CountedDoses.RECOGNISED:
        return [event for drug in wanted for event in _recognised(drug, index, regimens)]
    return [event for drug in wanted for event in _rows(index.of(drug), doses)]


def _named(drug: str, drugs: Sequence[str], catalogue: Catalogue) -> bool:
    return not drugs or any(name == drug or catalogue.is_in(drug, name) for name in drugs)


def _recognised(drug: str, index: RecordIndex, regimens: Sequence[Regimen]) -> Iterable[Event]:
    """The rows of a drug that recognition counts."""
    events, last = index.of(drug), last_happened(index)
    own = [one for one in regimens if one.drug == drug]
    moments = told(events, own, last, is_spell=False).events
    spells = told(events, own, last, is_spell=True).events
    return in_order([*moments, *_each_once(spells)])


def _each_once(spells: Iterable[Event]) -> Iterable[Event]:
    """Spells of the same known days that say the same of the dose once, as `supplies` counts."""
    found: dict[object, Event] = {}
    for one in spells:
        is_known = one.time_exact and one.end_time is not None
        said = (one.time, one.end_time, *dose_as_said(one))
        found.setdefault(said if is_known else one.event_id, one)
    return found.values()


def _rows(events: Iterable[Event], doses: CountedDoses) -> list[Event]:
    taken = [event for event in events if not event.is_stop]
    given = [event for event in taken if event.status in GIVEN]
    if given or doses is CountedDoses.GIVEN:
        return given
    return [event for event in taken if event.status is EventStatus.ORDERED]


def _is_undated(event: Event) -> bool:
    return event.is_spell and not event.time_exact and _says_no_end(event)


def _says_no_end(event: Event) -> bool:
    """Whether the end is not known, or a bound that says no more than that the spell began."""
    if event.end_time is None:
        return event.end_said != "ongoing"
    return not event.end_exact and event.end_time <= event.time


def _exposure(event: Event) -> Exposure:
    return Exposure(
        event.concept,
        event.time.date(),
        _end(event) if event.is_spell else event.time.date(),
        event.is_spell and event.end_time is None and event.end_said == "ongoing",
        event.event_id,
        event.time_exact,
        is_order=event.status is EventStatus.ORDERED,
    )


def _end(spell: Event) -> date | None:
    return spell.end_time.date() if spell.end_time and not _says_no_end(spell) else None
