"""OMOP CDM 5.4 in, records out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from stepline.core.errors import Refused
from stepline.record.model import Event, Quarantined, Record, Subject
from stepline.sources.fhir.rows import RowRefused
from stepline.sources.omop.concepts import Concepts
from stepline.sources.omop.drugs import DOSE_UNKNOWN, read_exposure, strengths_of
from stepline.sources.omop.findings import (
    read_condition,
    read_death,
    read_finding,
    read_procedure,
)
from stepline.sources.omop.tables import Tables, open_tables
from stepline.sources.sniffing import refused
from stepline.vocabulary.catalogue import catalogue

_SEXES = {"8507": "male", "8532": "female"}
Reader = Callable[[Mapping[str, str]], Event]


@dataclass(slots=True)
class _Person:
    subject: Subject
    drafts: list[tuple[datetime, str, int, Event]] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def read_omop(path: Path) -> tuple[Record, ...]:
    """The records of an OMOP CDM 5.4 export, a folder or a zip, by person_id.

    A row that cannot be read is in `Record.quarantine` with its table and row. A dose that the
    tables do not tell is unknown, and `Record.notes` counts them. Raises `SourceRefused` for a
    table that is missing, twice there, unreadable or without its columns, and for a person
    without a whole number.
    """
    tables = open_tables(path)
    if "person" not in tables.frames:
        raise refused("omop-table-missing", "There is no PERSON table.", path.name,
                      mend="export PERSON with the other tables")  # fmt: skip
    people = _people(tables)
    nobody = 0
    for table, read in _readers(tables).items():
        for number, (place, row) in enumerate(tables.rows(table)):
            person = people.get(row["person_id"])
            if person is None:
                nobody += 1
                continue
            _add(person, table, number, f"{tables.file} {place}", row, read)
    return tuple(_record(people[key], nobody) for key in sorted(people, key=int))


def _people(tables: Tables) -> dict[str, _Person]:
    people: dict[str, _Person] = {}
    for place, row in tables.rows("person"):
        key = row["person_id"]
        if not key.isdecimal() or key in people:
            raise refused("omop-person", f"{place} has no person_id of its own.", tables.file,
                          allowed="a whole number, once", mend="correct person_id")  # fmt: skip
        sex = _SEXES.get(row["gender_concept_id"], "")
        people[key] = _Person(Subject(int(key), sex=sex, birth=_birth(row)))
    return people


def _birth(row: Mapping[str, str]) -> datetime | None:
    """The day of birth; a year alone is none."""
    parts = [row.get(f"{part}_of_birth", "") for part in ("year", "month", "day")]
    try:
        year, month, day = (int(part) for part in parts)
        return datetime(year, month, day)
    except ValueError:
        return None


def _readers(tables: Tables) -> dict[str, Reader]:
    concepts = Concepts(tables, catalogue())
    strengths = strengths_of(tables, concepts)
    return {
        "condition_occurrence": lambda row: read_condition(row, concepts),
        "death": read_death,
        "drug_exposure": lambda row: read_exposure(row, concepts, strengths),
        "measurement": lambda row: read_finding(row, concepts, "measurement"),
        "observation": lambda row: read_finding(row, concepts, "observation"),
        "procedure_occurrence": lambda row: read_procedure(row, concepts),
    }


def _add(
    person: _Person, table: str, number: int, place: str, row: Mapping[str, str], read: Reader
) -> None:
    try:
        event = replace(read(row), source=place)
    except (RowRefused, Refused) as error:
        refusal = RowRefused.of(error) if isinstance(error, Refused) else error
        file, _, where = place.partition(" ")
        person.quarantine.append(
            Quarantined(file, where, refusal.code, refusal.reason, refusal.mend)
        )
        return
    key = row.get(f"{table}_id", "")
    person.drafts.append((event.time, table, int(key) if key.isdecimal() else number, event))
    if table == "drug_exposure":
        person.counts["drugs"] += 1
        person.counts["unknown"] += DOSE_UNKNOWN in event.note


def _record(person: _Person, nobody: int) -> Record:
    ordered = sorted(person.drafts, key=lambda draft: draft[:3])
    events = tuple(replace(draft[3], event_id=n) for n, draft in enumerate(ordered, 1))
    return Record(
        person.subject,
        events,
        quarantine=tuple(person.quarantine),
        notes=tuple(_notes(person, events, nobody)),
    )


def _notes(person: _Person, events: tuple[Event, ...], nobody: int) -> Iterator[str]:
    if person.counts["unknown"]:
        yield (
            f"The dose is unknown in {person.counts['unknown']} of {person.counts['drugs']} "
            "drug exposures."
        )
    unmapped = sum(1 for event in events if not event.concept)
    if unmapped:
        yield f"Rows with a code that the vocabulary does not hold: {unmapped} of {len(events)}."
    if person.subject.birth is None:
        yield "The day of birth is not recorded."
    if nobody:
        yield f"Rows about nobody in the PERSON table: {nobody}."
