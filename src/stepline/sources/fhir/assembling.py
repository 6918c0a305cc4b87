"""Resources of one file put together as records, one a person.

Events are numbered in the order of time, resource type, resource id and part, so that the order in
which resources stand in a file never shows in a record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from stepline.core.errors import Refused
from stepline.record.model import Event, Quarantined, Record, Subject
from stepline.sources.fhir import (
    administrations,
    conditions,
    observations,
    orders,
    procedures,
    structs,
)
from stepline.sources.fhir.choosing import latest
from stepline.sources.fhir.decoding import malformed
from stepline.sources.fhir.linking import surroundings
from stepline.sources.fhir.people import DEATH, number_of, person_of, read_death, read_subject
from stepline.sources.fhir.restating import told_once
from stepline.sources.fhir.rows import Draft, ResourceKey, RowRefused
from stepline.sources.fhir.surroundings import Surroundings, key_of
from stepline.sources.fhir.unpacking import Found, Unpacked
from stepline.vocabulary.catalogue import Catalogue

Rows = Iterator[Draft | RowRefused]
_LABELS = {"DiagnosticReport": "report", "Observation": "panel"}
_NO_PERSON = ("", "")
_OWN = (conditions.ALLERGY, DEATH)


@dataclass(slots=True)
class _Person:
    """What is gathered of one person before it becomes a record."""

    key: ResourceKey
    patient: Found | None = None
    drafts: list[tuple[Found, Draft]] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Rest:
    """What of a source is about nobody; every record of the source tells it."""

    quarantine: tuple[Quarantined, ...] = ()
    unread: Mapping[str, int] = field(default_factory=dict)
    empty_entries: int = 0


def assemble(unpacked: Unpacked, catalogue: Catalogue) -> tuple[Record, ...]:
    """The records of a whole source, by number of the person."""
    people = _gathered(unpacked, catalogue)
    nobody = people.pop(_NO_PERSON, _Person(_NO_PERSON))
    _count_unread(unpacked, people, nobody)
    rest = Rest(tuple(nobody.quarantine), nobody.unread, unpacked.empty_entries)
    return _records(people.values(), rest)


def assemble_part(
    unpacked: Unpacked, catalogue: Catalogue, rest: Rest, unread: Mapping[int, Mapping[str, int]]
) -> tuple[Record, ...]:
    """The records of the subjects in `unread`, by number; what else is unpacked is beside them.

    `unread` counts the resources of each subject that are of no type that is read.
    """
    people = _gathered(unpacked, catalogue)
    people.pop(_NO_PERSON, None)
    wanted = []
    for person in people.values():
        number = number_of(person.key)
        if number in unread:
            person.unread.update(unread[number])
            wanted.append(person)
    return _records(wanted, rest)


def about_nobody(unpacked: Unpacked, catalogue: Catalogue) -> tuple[Quarantined, ...]:
    """What cannot be read and names nobody whom it is about."""
    nobody = _gathered(unpacked, catalogue).get(_NO_PERSON)
    return tuple(nobody.quarantine) if nobody else ()


def _gathered(unpacked: Unpacked, catalogue: Catalogue) -> dict[ResourceKey, _Person]:
    kept, outdated = latest(unpacked.found)
    around = surroundings(kept, unpacked.names, catalogue)
    people: dict[ResourceKey, _Person] = {}
    for one in kept:
        _take(one, people, unpacked, around)
    for one, refusal in outdated:
        _quarantine(one, refusal, people, unpacked)
    return people


def _records(people: Iterable[_Person], rest: Rest) -> tuple[Record, ...]:
    records = [_record(person, rest) for person in people]
    return tuple(sorted(records, key=lambda record: record.subject.subject_id))


# ---------------------------------------------------------------- one resource


def _read(found: Found, around: Surroundings) -> Rows:
    """The rows of one resource; raises `RowRefused` where it cannot be read at all."""
    content = found.content
    match content:
        case structs.Observation():
            group = around.reports.get(found.key)
            return observations.read_observation(content, found.key, group, around.catalogue)
        case structs.MedicationRequest():
            return orders.read_request(content, found.key, around)
        case structs.MedicationAdministration():
            return administrations.read_administration(content, around)
        case structs.MedicationStatement():
            return orders.read_statement(content, found.key, around)
        case structs.MedicationDispense():
            return administrations.read_dispense(content, found.key, around)
        case structs.Condition():
            return conditions.read_condition(content, around.catalogue)
        case structs.AllergyIntolerance():
            return conditions.read_allergy(content, around.catalogue)
        case structs.Immunization():
            return procedures.read_immunization(content, around.catalogue)
        case structs.Procedure():
            return procedures.read_procedure(content, around.catalogue)
    raise AssertionError(f"no reader for {found.key[0]}")  # pragma: no cover


_GROUPING = (structs.DiagnosticReport, structs.Medication)


def _take(
    found: Found, people: dict[ResourceKey, _Person], unpacked: Unpacked, around: Surroundings
) -> None:
    """Reads one resource into its person; what cannot be read goes to quarantine."""
    try:
        if isinstance(found.content, RowRefused):
            raise found.content
        if isinstance(found.content, structs.Medication):
            return
        person = _person(found, people, unpacked)
        person.counts[found.key[0]] += 1
        if isinstance(found.content, structs.Patient):
            person.patient = found
        elif not isinstance(found.content, _GROUPING):
            _take_rows(found, person, around)
    except RowRefused as refusal:
        _quarantine(found, refusal, people, unpacked)
    except Refused as refusal:
        _quarantine(found, RowRefused.of(refusal), people, unpacked)
    except msgspec.ValidationError as error:
        _quarantine(found, malformed(error), people, unpacked)


def _take_rows(found: Found, person: _Person, around: Surroundings) -> None:
    if isinstance(found.content, structs.Observation) and observations.is_panel(found.content):
        person.counts["panel"] += 1
        return
    for row in _read(found, around):
        if isinstance(row, RowRefused):
            person.quarantine.append(_quarantined(found, row))
        else:
            person.drafts.append((found, row))


def _person(found: Found, people: dict[ResourceKey, _Person], unpacked: Unpacked) -> _Person:
    key = person_of(found, unpacked.names)
    if key is None:
        raise RowRefused(
            "person-missing",
            "It does not say whom it is about by a reference.",
            "export subject.reference",
        )
    return people.setdefault(key, _Person(key))


def _quarantine(
    found: Found, refusal: RowRefused, people: dict[ResourceKey, _Person], unpacked: Unpacked
) -> None:
    try:
        key = person_of(found, unpacked.names) or _NO_PERSON
    except RowRefused:
        key = _NO_PERSON
    person = people.setdefault(key, _Person(key))
    person.quarantine.append(_quarantined(found, refusal))


def _quarantined(found: Found, refusal: RowRefused) -> Quarantined:
    return Quarantined(found.file, found.place, refusal.code, refusal.reason, refusal.mend)


def _count_unread(unpacked: Unpacked, people: dict[ResourceKey, _Person], nobody: _Person) -> None:
    for (kind, reference), count in unpacked.unread.items():
        key = key_of(structs.Reference(reference), "Patient", unpacked.names)
        person = people.get(key, nobody) if key else nobody
        person.unread[kind] += count


# ---------------------------------------------------------------- the record


def _record(person: _Person, rest: Rest) -> Record:
    notes = list(_counted(person, rest))
    if person.patient is None:
        subject = Subject(number_of(person.key), known_as=(person.key[1],))
        unknowns = {"sex": "not stated", "birth": "not stated"}
        notes.append("The file holds no Patient resource for this person.")
    else:
        patient = person.patient.content
        assert isinstance(patient, structs.Patient)
        subject, unknowns = read_subject(patient, person.key)
        notes += _take_death(person, patient, person.patient.file)
    quarantine = [*person.quarantine, *rest.quarantine]
    drafts, again = told_once(person.drafts)
    if again:
        notes.append(f"Statements that repeat one that still ran, and are in its row: {again}.")
    return Record(
        subject,
        _numbered(drafts),
        quarantine=tuple(sorted(quarantine, key=lambda one: (one.source, one.place, one.code))),
        notes=(*notes, *_doubts(drafts)),
        unknowns=unknowns,
    )


def _take_death(person: _Person, patient: structs.Patient, file: str) -> list[str]:
    found = Found(person.key, None, patient, "Patient", file=file)
    try:
        death, note = read_death(patient)
    except RowRefused as refusal:
        person.quarantine.append(_quarantined(found, refusal))
        return []
    person.drafts += [(found, death)] if death else []
    return [note] if note else []


def _numbered(drafts: list[tuple[Found, Draft]]) -> tuple[Event, ...]:
    labels = _labels(drafts)
    ordered = sorted(drafts, key=_position)
    return tuple(
        replace(
            draft.event,
            event_id=number,
            group=labels.get(draft.group, "") if draft.group else "",
            source=f"{found.file} {found.place}",
        )
        for number, (found, draft) in enumerate(ordered, 1)
    )


def _position(pair: tuple[Found, Draft]) -> tuple[Any, ...]:
    found, draft = pair
    return draft.event.time, found.key, draft.part


def _labels(drafts: list[tuple[Found, Draft]]) -> dict[ResourceKey, str]:
    """Groups by name and number, in the order of their ids.

    An order for a single dose ties nothing together: the days of one course may each have their
    own, and its doses have none.
    """
    sizes = Counter(draft.group for _, draft in drafts if draft.group is not None)
    alone = {
        draft.group
        for _, draft in drafts
        if draft.group and draft.group[0] == "MedicationRequest" and not draft.event.is_spell
    }
    groups = sorted(group for group, size in sizes.items() if size > 1 or group not in alone)
    numbers: Counter[str] = Counter()
    labels = {}
    for group in groups:
        name = _LABELS.get(group[0], "order")
        numbers[name] += 1
        labels[group] = f"{name} {numbers[name]}"
    return labels


# ---------------------------------------------------------------- remarks


def _counted(person: _Person, rest: Rest) -> Iterator[str]:
    """What of the file is in no row, by number."""
    if person.unread:
        yield f"Not read: {_listed(person.unread)}."
    if rest.unread:
        yield f"Not read, about nobody in the file: {_listed(rest.unread)}."
    if rest.empty_entries:
        yield f"{rest.empty_entries} entries of the bundle hold no resource."
    if person.counts["DiagnosticReport"]:
        yield (
            f"{person.counts['DiagnosticReport']} DiagnosticReport resources were read as groups "
            "of their results."
        )
    if person.counts["panel"]:
        yield f"{person.counts['panel']} panels without a value of their own are in no row."


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def _doubts(drafts: list[tuple[Found, Draft]]) -> Iterator[str]:
    """Remarks on the whole: rows without a concept, and therapies told twice."""
    events = [draft.event for _, draft in drafts]
    unmapped = sum(1 for event in events if not event.concept and not event.code.startswith(_OWN))
    if unmapped:
        yield f"Rows with a code that the vocabulary does not hold: {unmapped} of {len(events)}."
    ordered = _running_drugs(drafts, "MedicationRequest")
    stated = _running_drugs(drafts, "MedicationStatement")
    for concept in sorted(ordered & stated):
        yield (
            f"{concept} is told by an order and by a statement that are not linked: "
            "its daily dose may be counted twice."
        )


def _running_drugs(drafts: list[tuple[Found, Draft]], kind: str) -> set[str]:
    return {
        draft.event.concept
        for found, draft in drafts
        if found.key[0] == kind and draft.event.is_spell and draft.event.concept
    }
