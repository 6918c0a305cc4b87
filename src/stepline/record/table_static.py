"""What is known of a subject and of a record as a whole, as rows without a time.

MEDS keeps what does not change in rows whose time is empty. Each such row of ours has a code below
`STEPLINE//RECORD//` and its content as text: a word, or JSON where it has parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from stepline.core.evidence import Evidence, Kind, Status
from stepline.record.model import Event, Quarantined, Record, Subject

STATIC = "STEPLINE//RECORD//"
"""The head of the codes of static rows."""


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
    quarantine: Sequence[Quarantined],
) -> Record:
    """The record of a subject from its static rows, its events and what was just quarantined.

    A static row that cannot be read joins the quarantine.
    """
    facts, unreadable = _read(statics)
    return Record(
        subject=Subject(
            subject,
            sex=_one(facts, "sex", ""),
            birth=_one(facts, "birth", None),
            age_years=_one(facts, "age", None),
            ancestry=_one(facts, "ancestry", ""),
        ),
        events=events,
        title=_one(facts, "title", ""),
        calendar=_one(facts, "calendar", "dated"),
        day_zero=_one(facts, "day-zero", None),
        day_zero_said=_one(facts, "day-zero-said", ""),
        complete_for=frozenset(facts.get("complete-for", [])),
        quarantine=(*facts.get("quarantine", []), *quarantine, *unreadable),
        notes=tuple(facts.get("note", [])),
        unknowns=dict(facts.get("unknown", [])),
        evidence=tuple(facts.get("evidence", [])),
    )


def _read(
    statics: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, list[Any]], list[Quarantined]]:
    facts: dict[str, list[Any]] = {}
    unreadable: list[Quarantined] = []
    for row in sorted(statics, key=lambda row: int(row["event_id"])):
        name = row["code"].removeprefix(STATIC)
        try:
            facts.setdefault(name, []).append(_READERS[name](row["text_value"] or ""))
        except (KeyError, TypeError, ValueError, ArithmeticError):
            reason = "the row about the record cannot be read"
            mend = "write the table again from its source"
            unreadable.append(Quarantined("table", row["code"], row["code"], reason, mend))
    return facts, unreadable


def _one(facts: Mapping[str, list[Any]], name: str, absent: Any) -> Any:
    return facts.get(name, [absent])[0]


def _evidence(text: str) -> Evidence:
    parts = json.loads(text)
    kind, status = Kind(parts["kind"]), Status(parts["status"])
    return Evidence(parts["source"], kind, status, parts.get("claim", ""))


def _quarantined(text: str) -> Quarantined:
    return Quarantined(**{str(key): str(value) for key, value in json.loads(text).items()})


def _pair(text: str) -> tuple[str, str]:
    name, said = json.loads(text)
    return str(name), str(said)


def _calendar(text: str) -> str:
    if text not in ("dated", "relative"):
        raise ValueError(text)
    return text


_READERS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("subject", "sex", "ancestry", "title", "day-zero-said", "complete-for"), str),
    **dict.fromkeys(("birth", "day-zero"), datetime.fromisoformat),
    "age": Decimal,
    "calendar": _calendar,
    "note": lambda text: str(json.loads(text)),
    "unknown": _pair,
    "evidence": _evidence,
    "quarantine": _quarantined,
}
"""How the text of each static row is read; anything that is no such text raises."""
