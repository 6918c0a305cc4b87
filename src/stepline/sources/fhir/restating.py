"""Therapies that are stated again at a later visit, told as the one stretch that they are.

A list of medicines is written anew at each visit: the same drug, dose and route, still running.
Read as they stand, such statements would run beside one another and add up. A statement that goes
on from the one before is therefore no row of its own: the first row takes its end and its status,
and says when it was stated again. What was stated on one day, or for other times of the day, or
around another dose, stands as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from stepline.record.model import Event, EventStatus
from stepline.record.totals import stated_again
from stepline.sources.fhir.rows import Draft, ResourceKey, joined
from stepline.sources.fhir.therapy import ONGOING
from stepline.sources.fhir.unpacking import Found

Row = tuple[Found, Draft]
ORDER = "MedicationRequest"
_RUNNING = frozenset({EventStatus.REPORTED, EventStatus.ORDERED, EventStatus.STOPPED})


@dataclass(slots=True)
class _Therapy:
    """A stretch with what was stated of it: `places` of its rows, `latest` the last statement."""

    places: list[int]
    event: Event
    said: datetime
    latest: datetime
    again: list[datetime] = field(default_factory=list)


def told_once(rows: list[Row]) -> tuple[list[Row], int]:
    """The rows with each therapy once, and how many statements went into one before them."""
    therapies = _therapies(rows)
    if not therapies:
        return rows, 0
    events = {one.places[0]: _noted(one) for one in therapies}
    gone = {place for one in therapies for place in one.places[1:]}
    groups = _groups(rows, therapies)
    kept = [
        (found, _regrouped(replace(draft, event=events.get(place, draft.event)), groups))
        for place, (found, draft) in enumerate(rows)
        if place not in gone
    ]
    return kept, len(gone)


def _therapies(rows: list[Row]) -> list[_Therapy]:
    """The therapies that were stated more than once."""
    by_drug: dict[str, list[int]] = {}
    for place, (_, draft) in enumerate(rows):
        if draft.event.is_spell and draft.event.concept:
            by_drug.setdefault(draft.event.concept, []).append(place)
    several = [places for places in by_drug.values() if len(places) > 1]
    found = [one for places in several for one in _of_drug(places, rows)]
    return [one for one in found if len(one.places) > 1]


def _of_drug(places: list[int], rows: list[Row]) -> list[_Therapy]:
    """The therapies of one drug in the order of their beginnings."""
    found: list[_Therapy] = []
    running: dict[object, _Therapy] = {}
    begun: list[tuple[date, object]] = []
    for place in sorted(places, key=lambda place: _order(rows[place])):
        own, draft = rows[place]
        kind, day = own.key[0], draft.event.time.date()
        if draft.said is not None and _can_go_on(kind, draft.event):
            key = (kind, _key(draft))
            before = running.get(key)
            if before is not None and _goes_on(before, draft, begun, is_order=kind == ORDER):
                _take(before, place, draft)
                continue
            said = draft.said.moment
            running[key] = _Therapy([place], draft.event, draft.event.time, said)
            found.append(running[key])
        begun.append((day, _dose(draft.event)))
    return found


def _order(row: Row) -> tuple[object, ...]:
    found, draft = row
    said = draft.said.moment if draft.said is not None else draft.event.time
    return draft.event.time, said, found.key, draft.part


def _can_go_on(kind: str, event: Event) -> bool:
    """Whether a row tells of a therapy that runs; an order without a rhythm may be for one dose."""
    is_told = event.value is not None or event.value_high is not None
    return event.status in _RUNNING and (is_told or kind != ORDER)


def _key(draft: Draft) -> object:
    """What a statement must share with the one that it goes on from."""
    event = draft.event
    is_told = event.value is not None or event.value_high is not None
    words = "" if is_told else event.text
    return (_dose(event), words, event.route, event.intent, draft.said and draft.said.times)


def _dose(event: Event) -> object:
    return (event.value, event.value_low, event.value_high, event.unit, event.interval)


# ---------------------------------------------------------------- going on


def _goes_on(
    before: _Therapy, draft: Draft, begun: Sequence[tuple[date, object]], *, is_order: bool
) -> bool:
    """Whether a statement goes on from a therapy that still runs, or runs into it.

    Stated on the same day they may be two parts of one dose; another dose that began in between is
    a change; and an order that runs into another with an end of its own was filled early.
    """
    event, said = draft.event, draft.said
    if said is None or said.moment.date() == before.latest.date():
        return False
    if _is_changed(before.said.date(), event, begun):
        return False
    if before.event.end_time is None:
        return before.event.end_said == ONGOING
    is_over = event.time.date() >= before.event.end_time.date()
    return before.event.end_exact and not is_over and not is_order


def _is_changed(last: date, event: Event, begun: Sequence[tuple[date, object]]) -> bool:
    """Whether another dose of the drug began after a day and before an event; `begun` ascends."""
    for day, dose in reversed(begun):
        if day <= last:
            return False
        if day < event.time.date() and dose != _dose(event):
            return True
    return False


def _take(before: _Therapy, place: int, draft: Draft) -> None:
    """Goes on with a therapy: its end and its status are those that were stated last."""
    assert draft.said is not None
    event, said = draft.event, draft.said.moment
    before.places.append(place)
    before.again.append(max(said, event.time))
    before.said = max(before.said, event.time)
    if said >= before.latest:
        before.event = _ended(before.event, event)
        before.latest = said


def _ended(first: Event, later: Event) -> Event:
    ends = first.end_time, later.end_time
    is_longer = None not in ends and (first.end_time or later.time) > (later.end_time or later.time)
    ending = first if is_longer else later
    return replace(
        first,
        end_time=ending.end_time,
        end_exact=ending.end_exact,
        end_said=ending.end_said,
        status=later.status,
        reason=later.reason or first.reason,
        note=joined(*first.note.split("; "), *later.note.split("; ")),
    )


def _noted(therapy: _Therapy) -> Event:
    said = stated_again(one.date() for one in therapy.again)
    return replace(therapy.event, note=joined(*therapy.event.note.split("; "), said))


# ---------------------------------------------------------------- groups


def _groups(rows: list[Row], therapies: list[_Therapy]) -> dict[ResourceKey, ResourceKey]:
    """The group of each row that went into another, as that other's."""
    found: dict[ResourceKey, ResourceKey] = {}
    for one in therapies:
        first = rows[one.places[0]][1].group
        for place in one.places[1:]:
            group = rows[place][1].group
            if group is not None and first is not None:
                found[group] = first
    return found


def _regrouped(draft: Draft, groups: dict[ResourceKey, ResourceKey]) -> Draft:
    if draft.group is None or draft.group not in groups:
        return draft
    return replace(draft, group=groups[draft.group])
