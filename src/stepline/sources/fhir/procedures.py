"""Procedures and vaccinations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stepline.core.time import When
from stepline.record.model import Event, EventStatus
from stepline.sources.fhir.coding import Coded, read_route, read_thing, words_of
from stepline.sources.fhir.moments import end_of, first_of, moment, not_before, within
from stepline.sources.fhir.rows import Draft, RowRefused, joined
from stepline.sources.fhir.structs import CodeableConcept, Immunization, Procedure
from stepline.sources.fhir.words import read_status
from stepline.vocabulary.catalogue import Catalogue

_PROCEDURES = {
    "completed": EventStatus.GIVEN,
    "in-progress": EventStatus.GIVEN,
    "stopped": EventStatus.GIVEN,
    "on-hold": EventStatus.ORDERED,
    "unknown": EventStatus.REPORTED,
    "preparation": EventStatus.PLANNED,
    "not-done": EventStatus.NOT_GIVEN,
}
_VACCINATIONS = {"completed": EventStatus.GIVEN, "not-done": EventStatus.NOT_GIVEN}


def read_procedure(procedure: Procedure, catalogue: Catalogue) -> Iterator[Draft | RowRefused]:
    """A procedure, at the moment it was begun."""
    status = read_status(procedure.status, _PROCEDURES)
    coded = read_thing(procedure.code, catalogue)
    when = _performed(procedure)
    broken_off = "broken off before its end" if procedure.status == "stopped" else ""
    note = joined(broken_off, _why(procedure.status_reason))
    event = _event(coded, when, status, note)
    period = procedure.performed_period
    if period is not None and period.start and period.end:
        event = replace(event, end_time=end_of(moment(period.end))[0])
    yield Draft(event)


def _performed(procedure: Procedure) -> When:
    period = procedure.performed_period
    if procedure.performed_date_time:
        return moment(procedure.performed_date_time)
    when = None
    if period is not None and period.start:
        when = moment(period.start)
        if period.end:
            not_before(moment(period.end), when)
    elif period is not None:
        when = within(period)
    if when is None:
        raise RowRefused(
            "time-missing",
            "It does not say when it was done; an age or words are no moment.",
            "export performedDateTime",
        )
    return when


def read_immunization(
    immunization: Immunization, catalogue: Catalogue
) -> Iterator[Draft | RowRefused]:
    """A vaccination, with its lot."""
    status = read_status(immunization.status, _VACCINATIONS)
    coded = read_thing(immunization.vaccine_code, catalogue)
    when = first_of(immunization.occurrence_date_time)
    if when is None:
        raise RowRefused(
            "time-missing",
            "It does not say when it was given, or says so only in words.",
            "export occurrenceDateTime",
        )
    event = _event(coded, when, status, _why(immunization.status_reason))
    route = read_route(immunization.route)
    yield Draft(replace(event, lot=immunization.lot_number, product=coded.display, route=route))


def _event(coded: Coded, when: When, status: EventStatus, note: str) -> Event:
    return Event(
        event_id=0,
        time=when.time,
        code=coded.code,
        concept=coded.concept_id,
        text=coded.display,
        time_earliest=None if when.is_exact else when.earliest,
        time_latest=None if when.is_exact else when.latest,
        time_exact=when.is_exact,
        time_said="" if when.is_exact else when.said,
        status=status,
        note=joined(note, coded.note, when.note),
    )


def _why(reason: CodeableConcept | None) -> str:
    said = words_of(reason)
    return f"reason stated: {said}" if said else ""
