"""What is known of a subject and of a record as a whole, as rows without a time.

MEDS keeps what does not change in rows whose time is empty. Each such row of ours has a code below
`STEPLINE//RECORD//` and its content as text: a word, or JSON where it has parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from stepline.core.evidence import Evidence, Kind, Status
from stepline.record.model import Event, Quarantined, Record, Subject

STATIC = "STEPLINE//RECORD//"
"""The head of the codes of static rows."""


def is_static(code: str | None) -> bool:
    """Whether a code is one of a row that speaks of the record and needs no time."""
    return code is not None and code.startswith(STATIC)


def static_rows(record: Record) -> list[dict[str, object]]:
    """One row a fact, in a fixed order; facts that are not known make no row."""
    return [{"code": STATIC + name, "text_value": text} for name, text in _facts(record) if text]


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    subject = record.subject
    yield "subject", "known"
    yield "sex", subject.sex
    yield "birth", _moment(subject.birth)
    yield "age", "" if subject.age_years is None else str(subject.age_years)
    yield "ancestry", subject.ancestry
    yield "title", record.title
    yield "calendar", record.calendar
    yield "day-zero", _moment(record.day_zero)
    yield "day-zero-said", record.day_zero_said
    for part in sorted(record.complete_for):
        yield "complete-for", part
    for name in sorted(record.unknowns):
        yield "unknown", json.dumps([name, record.unknowns[name]])
    for note in record.notes:
        yield "note", json.dumps(note)
    for evidence in record.evidence:
        yield "evidence", json.dumps(evidence.as_json(), sort_keys=True)
    for held in record.quarantine:
        yield "quarantine", json.dumps(asdict(held), sort_keys=True)


def _moment(time: datetime | None) -> str:
    return "" if time is None else time.isoformat()


def record_of_rows(
    subject: int,
    statics: Sequence[Mapping[str, Any]],
    events: tuple[Event, ...],
    quarantine: tuple[Quarantined, ...],
) -> Record:
    """The record of a subject from its static rows, its events and what was just quarantined."""
    facts = _grouped(statics)
    kept = tuple(Quarantined(**json.loads(text)) for text in facts.get("quarantine", []))
    age = _one(facts, "age")
    return Record(
        subject=Subject(
            subject,
            sex=_one(facts, "sex"),
            birth=_time(_one(facts, "birth")),
            age_years=Decimal(age) if age else None,
            ancestry=_one(facts, "ancestry"),
        ),
        events=events,
        title=_one(facts, "title"),
        calendar=_one(facts, "calendar") or "dated",
        day_zero=_time(_one(facts, "day-zero")),
        day_zero_said=_one(facts, "day-zero-said"),
        complete_for=frozenset(facts.get("complete-for", [])),
        quarantine=kept + quarantine,
        notes=tuple(json.loads(text) for text in facts.get("note", [])),
        unknowns=dict(json.loads(text) for text in facts.get("unknown", [])),
        evidence=tuple(_evidence(json.loads(text)) for text in facts.get("evidence", [])),
    )


def _grouped(statics: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    facts: dict[str, list[str]] = {}
    for row in sorted(statics, key=lambda row: int(row["event_id"])):
        facts.setdefault(row["code"].removeprefix(STATIC), []).append(row["text_value"])
    return facts


def _one(facts: Mapping[str, list[str]], name: str) -> str:
    return facts.get(name, [""])[0]


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _evidence(parts: Mapping[str, str]) -> Evidence:
    kind, status = Kind(parts["kind"]), Status(parts["status"])
    return Evidence(parts["source"], kind, status, parts["claim"])
