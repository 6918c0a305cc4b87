"""Persons without names: who a resource is about, and a number that stands for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b

from stepline.record.model import Event, EventStatus, Subject
from stepline.sources.fhir import structs
from stepline.sources.fhir.moments import moment
from stepline.sources.fhir.rows import Draft, ResourceKey, RowRefused
from stepline.sources.fhir.surroundings import key_of
from stepline.sources.fhir.unpacking import Found

_SEX = {"male": "male", "female": "female", "other": "other"}
DEATH = "MEDS_DEATH"
"""The code of death in MEDS."""


def number_of(person: ResourceKey) -> int:
    """A number for a person: the same in every file that uses the same id, 63 bits.

    It is a digest of the id, so that exports can be joined. It hides nothing from someone who has
    the ids.
    """
    digest = blake2b("/".join(person).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def person_of(found: Found, names: Mapping[str, ResourceKey]) -> ResourceKey | None:
    """Whom a resource is about; `None` where it names nobody by a reference.

    Raises `RowRefused` (`not-a-person`) where it is about a group, a device or a place.
    """
    if found.key[0] == "Patient":
        return found.key
    person = key_of(found.person, "Patient", names)
    if person is not None and person[0] != "Patient":
        raise RowRefused("not-a-person", f"It is about a {person[0]}, not a person.")
    return person


def read_subject(patient: structs.Patient, person: ResourceKey) -> tuple[Subject, dict[str, str]]:
    """Sex, birth and ids of a person, and what of them is not known.

    A birth date of a year or a month is not turned into a day.
    """
    unknowns = {}
    if patient.gender not in _SEX:
        unknowns["sex"] = "unknown" if patient.gender == "unknown" else "not stated"
    birth, unknown = _birth(patient.birth_date)
    if unknown:
        unknowns["birth"] = unknown
    own = (person[1], *(one.value for one in patient.identifier))
    known_as = tuple(dict.fromkeys(text for text in own if text))
    subject = Subject(number_of(person), _SEX.get(patient.gender, ""), birth, known_as=known_as)
    return subject, unknowns


def _birth(text: str) -> tuple[datetime | None, str]:
    """The day of birth, or why it is not known."""
    if not text:
        return None, "not stated"
    try:
        when = moment(text)
    except RowRefused as refusal:
        return None, refusal.reason
    if len(text) < len("2026-01-05"):
        return None, f"{text}: the day is not stated"
    return when.time, ""


def read_death(patient: structs.Patient) -> tuple[Draft | None, str]:
    """The death of a person as an event, or the remark that it is not dated."""
    if not patient.deceased_date_time:
        return None, "The person has died; when is not stated." if patient.deceased_boolean else ""
    when = moment(patient.deceased_date_time)
    event = Event(
        event_id=0,
        time=when.time,
        code=DEATH,
        text="death",
        time_earliest=None if when.is_exact else when.earliest,
        time_latest=None if when.is_exact else when.latest,
        time_exact=when.is_exact,
        time_said="" if when.is_exact else when.said,
        status=EventStatus.REPORTED,
        note=when.note,
    )
    return Draft(event), ""
