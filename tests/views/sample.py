"""Reviews to draw: the published case, the same with hostile text, a crowded one, a bare one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from stepline.core.evidence import Evidence, Kind, Status
from stepline.protocol.loading import packaged
from stepline.record.casefile import read_case, seed_case
from stepline.record.model import Event, EventStatus, Quarantined, Record, Subject, in_order
from stepline.review.foreseeing import with_forecast
from stepline.review.model import Review
from stepline.review.reviewing import library_of, review
from stepline.vocabulary.catalogue import catalogue

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}#eval(1)"

CASE = Path(__file__).parents[1] / "review" / "fixtures" / "replacement.yaml"

PROSE = frozenset(
    {
        "title", "says", "note", "quote", "text", "reason", "because", "settle", "what", "source",
        "place", "claim", "since_said", "until_said", "delay_says", "advice_met_said", "asks",
        "reasons_for", "reasons_against", "measure", "summary", "notes", "as_of_said", "mend",
        "value", "time", "start_said", "end_said", "time_said", "dose", "lot", "product",
        "sex", "ancestry", "code", "end_reason", "sentences", "drug_title", "label", "creed",
    }
)  # fmt: skip
"""Fields whose words reach a reader as they were written; views decide by the others."""

T = TypeVar("T")


@lru_cache(maxsize=1)
def seed() -> Review:
    """The review of the published case."""
    return review(seed_case(), library_of(packaged()), catalogue())


@lru_cache(maxsize=1)
def earlier() -> Review:
    """The same as of M18, while IVIG is being stepped down and exits are open."""
    months_later = datetime(2001, 7, 1)
    return review(seed_case(), library_of(packaged()), catalogue(), as_of=months_later)


@lru_cache(maxsize=1)
def hostile() -> Review:
    """The published case with every word a reader sees followed by markup that must not act."""
    return poisoned(with_every_part(seed()))


@lru_cache(maxsize=1)
def complete() -> Review:
    """The published case with the parts it happens not to have."""
    return with_every_part(seed())


def with_every_part(result: Review) -> Review:
    """Adds exits, a row that was not read, an unmapped event and a source of low trust."""
    row = Quarantined("bundle.json", "entry[3].resource", "LOINC//2532-0", "unit mg for LDH", "U/L")
    unmapped = Event(99001, result.as_of, "text//swimming", text="weekly swimming")
    record = replace(
        result.record,
        quarantine=(*result.record.quarantine, row),
        events=in_order([*result.record.events, unmapped]),
    )
    doubt = Evidence("remembered", Kind.COHORT, Status.UNCONFIRMED, "a number of low trust")
    evidence = (*result.evidence, doubt)
    forecast = with_forecast(seed()).forecast
    return replace(
        result, record=record, evidence=evidence, advice=earlier().advice, forecast=forecast
    )


@lru_cache(maxsize=1)
def foreseen() -> Review:
    """A dated record with IgG and B cells foreseen, without a planned dose."""
    text = CASE.read_text(encoding="utf-8")
    found = review(read_case(text, CASE.name), library_of(packaged()), catalogue())
    return with_forecast(found)


def poisoned(value: T) -> T:
    """The same value with the hostile text after every word that a reader sees."""
    return _poison(value, prose=False)  # type: ignore[no-any-return]


def _poison(value: Any, *, prose: bool) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            field.name: _poison(getattr(value, field.name), prose=field.name in PROSE)
            for field in fields(value)
        }
        return replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(_poison(part, prose=prose) for part in value)
    if isinstance(value, Mapping):
        return {key: _poison(part, prose=True) for key, part in value.items()}
    if isinstance(value, str) and not isinstance(value, Enum) and prose and value:
        return value + HOSTILE
    return value


def bare() -> Review:
    """A dated record of one laboratory value, which no pathway is for."""
    day = datetime(2026, 3, 1)
    event = Event(1, day, "LOINC//2532-0", "ldh", Decimal(180), unit="U/L")
    return review(Record(Subject(1), (event,)), library_of(packaged()), catalogue())


def crowded(count: int) -> Review:
    """The review of a dated record with `count` laboratory values over ten years."""
    start = datetime(2016, 1, 1)
    step = timedelta(days=3650) / count
    concepts = (("ldh", "U/L", 200), ("ck", "U/L", 90), ("aldolase", "U/L", 5), ("igg", "g/L", 9))
    events = [
        Event(
            number + 1,
            start + step * number,
            f"text//{concepts[number % 4][0]}",
            concepts[number % 4][0],
            Decimal(concepts[number % 4][2] + number % 7),
            unit=concepts[number % 4][1],
            status=EventStatus.REPORTED,
        )
        for number in range(count)
    ]
    record = Record(Subject(2, sex="female"), in_order(events))
    return replace(bare(), record=record, as_of=start + timedelta(days=3650))
