"""The index answers as a scan of the record would."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stepline.record.casefile import record_from_entries
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject, in_order

DAY = datetime(2026, 1, 1)
CONCEPTS = ("ldh", "ck", "ivig", "")

events = st.lists(
    st.builds(
        lambda hours, concept: Event(0, DAY + timedelta(hours=hours), "code", concept),
        st.integers(0, 96),
        st.sampled_from(CONCEPTS),
    ),
    max_size=30,
)


def record_of(rows: list[Event]) -> Record:
    numbered = [replace(event, event_id=number) for number, event in enumerate(rows)]
    return Record(Subject(1), in_order(numbered))


@given(rows=events, hours=st.integers(-1, 97), concept=st.sampled_from(CONCEPTS[:3]))
def test_known_by_is_what_a_scan_finds(rows: list[Event], hours: int, concept: str) -> None:
    record, moment = record_of(rows), DAY + timedelta(hours=hours)
    known = [one for one in record.events if one.concept == concept and one.time <= moment]
    assert list(RecordIndex(record).known_by(concept, moment)) == known
    everything = [one for one in record.events if one.time <= moment]
    assert list(RecordIndex(record).all_known_by(moment)) == everything


@given(rows=events, seed=st.integers(0, 1000))
def test_the_order_of_the_input_does_not_matter(rows: list[Event], seed: int) -> None:
    record = record_of(rows)
    shuffled = list(record.events)
    random.Random(seed).shuffle(shuffled)
    one, other = RecordIndex(record), RecordIndex(replace(record, events=tuple(shuffled)))
    assert one.events == other.events
    assert [one.of(concept) for concept in CONCEPTS] == [other.of(concept) for concept in CONCEPTS]


def test_an_event_at_the_moment_itself_is_known() -> None:
    record = record_from_entries([{"ldh": "normal", "on": "2026-01-05"}])
    index = RecordIndex(record)
    assert len(index.known_by("ldh", datetime(2026, 1, 5))) == 1
    assert len(index.known_by("ldh", datetime(2026, 1, 4, 23, 59))) == 0


def test_an_unmapped_code_is_in_the_record_and_under_no_concept() -> None:
    record = record_of([Event(0, DAY, "LOINC//0000-0")])
    index = RecordIndex(record)
    assert (index.concepts, index.of(""), len(index.events)) == ((), (), 1)


def test_days_are_calendar_days_each_once_and_a_plan_makes_none() -> None:
    record = record_from_entries(
        [
            {"ldh": "normal", "on": "2026-01-05T10:00"},
            {"ck": "normal", "on": "2026-01-05T16:00"},
            {"ck": "normal", "on": "2026-01-02"},
        ],
        planned=[{"ivig": "1 g/kg", "on": "2026-02-01"}],
    )
    assert RecordIndex(record).days_with_record() == (datetime(2026, 1, 2), datetime(2026, 1, 5))
    assert record.events[-1].status is EventStatus.PLANNED


def test_an_empty_record_has_an_index() -> None:
    index = RecordIndex(Record(Subject(1), ()))
    assert (index.concepts, index.days_with_record(), index.known_by("ldh", DAY)) == ((), (), ())


def test_the_day_after_a_spell_is_the_day_after_its_last_day() -> None:
    record = record_from_entries(
        [
            {"prednisone": "5 mg/d", "from": "2026-01-01", "until": "2026-01-31"},
            {"prednisone": "2 mg/d", "from": "2026-02-01", "until": "ongoing"},
        ]
    )
    assert RecordIndex(record).days_after_spells() == (datetime(2026, 2, 1),)
