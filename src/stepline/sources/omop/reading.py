"""Rows of OMOP CDM 5.4 as records.

A row that cannot be read is in `Record.quarantine` with its table and row. A dose that the tables
do not tell is unknown, and `Record.notes` counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from stepline.core.errors import Refused
from stepline.record.model import Event, Quarantined, Record, Subject
from stepline.sources.fhir.rows import RowRefused
from stepline.sources.omop.concepts import Concepts
from stepline.sources.omop.drugs import DOSE_UNKNOWN, Strength, read_exposure
from stepline.sources.omop.findings import (
    read_condition,
    read_death,
    read_finding,
    read_procedure,
)

_SEXES = {"8507": "male", "8532": "female"}
Reader = Callable[[Mapping[str, str]], Event]


@dataclass(slots=True)
class _Person:
    subject: Subject
    drafts: list[tuple[datetime, str, int, Event]] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class People:
    """Persons whose rows are read one after another, in the order of tables and rows."""

    def __init__(self, file: str, concepts: Concepts, strengths: Mapping[str, Strength]) -> None:
        self._file = file
        self._people: dict[int, _Person] = {}
        self._readers: Mapping[str, Reader] = {
            "condition_occurrence": lambda row: read_condition(row, concepts),
            "death": read_death,
            "drug_exposure": lambda row: read_exposure(row, concepts, strengths),
            "measurement": lambda row: read_finding(row, concepts, "measurement"),
            "observation": lambda row: read_finding(row, concepts, "observation"),
            "procedure_occurrence": lambda row: read_procedure(row, concepts),
        }

    def add(self, person: int, table: str, number: int, row: Mapping[str, str]) -> None:
        """One row of a person, of whom the row of PERSON comes first; `number` counts from 0."""
        if table == "person":
            sex = _SEXES.get(row["gender_concept_id"], "")
            subject = Subject(int(row["person_id"]), sex=sex, birth=_birth(row))
            self._people[person] = _Person(subject)
            return
        place = f"{self._file} {table} row {number + 2}"
        _add(self._people[person], table, number, place, row, self._readers[table])

    def records(self, nobody: int) -> tuple[Record, ...]:
        """Their records, in the order of persons; so many rows of the source are about nobody."""
        return tuple(_record(self._people[one], nobody) for one in sorted(self._people))


TABLES = (
    *("condition_occurrence", "death", "drug_exposure", "measurement", "observation"),
    "procedure_occurrence",
)
"""The tables whose rows are of persons, in the order of reading."""


def _birth(row: Mapping[str, str]) -> datetime | None:
    """The day of birth; a year alone is none."""
    parts = [row.get(f"{part}_of_birth", "") for part in ("year", "month", "day")]
    try:
        year, month, day = (int(part) for part in parts)
        return datetime(year, month, day)
    except ValueError:
        return None


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
