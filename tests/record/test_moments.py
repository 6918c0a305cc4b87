"""What each way of saying when means, and what stays unknown."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import TimeRefused
from stepline.record.casefile import record_from_entries
from stepline.record.model import Event
from stepline.record.moments import read_moment
from stepline.record.saying import say

ZERO = datetime(2000, 1, 1)
M6 = datetime(2000, 7, 1)
M24 = datetime(2002, 1, 1)


def last(*entries: object) -> Event:
    events = record_from_entries(entries).events
    return max(events, key=lambda event: event.event_id)


@pytest.mark.parametrize(
    ("written", "time", "earliest", "latest", "said"),
    [
        ("before M24", M24, None, M24, "before M24"),
        ({"before": "M24"}, M24, None, M24, "before M24"),
        ({"after": "M24"}, M24, M24, None, "after M24"),
        ({"about": "M24"}, M24, None, None, "about M24"),
        ({"between": ["M0", "M24"]}, M24, ZERO, M24, "between M0 and M24"),
        ("between M6 and M24", M24, M6, M24, "between M6 and M24"),
        ("about P1M after M6", datetime(2000, 8, 1), None, None, "about 1 month after M6"),
    ],
)
def test_a_bounded_moment_keeps_its_bounds_and_its_words(
    written: object, time: datetime, earliest: datetime | None, latest: datetime | None, said: str
) -> None:
    event = last({"ldh": "normal", "at": written})
    assert (event.time, event.time_earliest, event.time_latest) == (time, earliest, latest)
    assert (event.time_exact, event.time_said) == (False, said)


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("M6", M6),
        ("D14", ZERO + timedelta(days=14)),
        ("W3", ZERO + timedelta(days=21)),
        ("day zero", ZERO),
        ("P1M after M6", datetime(2000, 8, 1)),
        ("P6M before M24", datetime(2001, 7, 1)),
    ],
)
def test_an_exact_moment_is_exact(written: str, time: datetime) -> None:
    event = last({"ldh": "normal", "at": "M0"}, {"ck": "normal", "at": written})
    assert (event.time, event.time_exact, event.time_said) == (time, True, "")
    assert (event.time_earliest, event.time_latest) == (None, None)


def test_part_of_a_date_is_bounded_by_its_month() -> None:
    event = last({"ldh": "normal", "at": "2026-02"})
    assert event.time == event.time_earliest == datetime(2026, 2, 1)
    assert event.time_latest is not None
    assert event.time_latest.date() == datetime(2026, 2, 28).date()
    assert (event.time_exact, event.time_said) == (False, "2026-02")


DOSES = {"rituximab": "375 mg/m2", "every": "P7D", "courses": 4, "from": "M6"}


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("first rituximab", 0),
        ("2nd rituximab dose", 7),
        ("last rituximab", 21),
        ("P1W after 4th rituximab dose", 28),
        ("P1D before 3rd rituximab infusion", 13),
    ],
)
def test_a_moment_can_be_counted_from_a_dose_above(written: str, day: int) -> None:
    event = last(DOSES, {"symptoms": "improved", "at": written})
    assert event.time == M6 + timedelta(days=day)
    assert event.time_exact


def test_a_moment_counted_from_a_bounded_dose_is_as_bounded() -> None:
    event = last({**DOSES, "from": "after M24"}, {"ck": "normal", "at": "P1W after 4th rituximab"})
    assert event.time == event.time_earliest == M24 + timedelta(days=28)
    assert event.time_latest is None
    assert event.time_said == "1 week after 4th rituximab"


def test_a_moment_after_the_last_dose_of_an_open_spell_is_not_known() -> None:
    spell = {"ivig": "1 g/kg", "every": "P28D", "from": "M0", "until": "about M6"}
    event = last(spell, {"ck": "normal", "at": "P1M after last ivig"})
    assert (event.time_exact, event.time_earliest, event.time_latest) == (False, None, None)


def test_a_stop_is_not_a_dose_to_count_from() -> None:
    stopped = {"methotrexate": "stopped", "reason": "other", "on": "2026-03-01"}
    given_on = {"methotrexate": "15 mg", "on": "2026-01-05"}
    event = last(given_on, stopped, {"ck": "normal", "at": "last methotrexate"})
    assert event.time == datetime(2026, 1, 5)


def test_last_follow_up_comes_after_everything_and_is_not_before_what_is_known() -> None:
    event = last(
        {"ldh": "normal", "at": "M6"},
        {"symptoms": "improved", "at": "about M24"},
        {"quality-of-life": "improved", "at": "last follow-up"},
    )
    assert event.time > M24
    assert (event.time_earliest, event.time_latest) == (M6, None)
    assert event.time_said == "last follow-up"


def test_an_unknown_moment_had_come_by_the_end_of_the_record_and_is_bounded_by_nothing() -> None:
    event = last({"ldh": "normal", "at": "M6"}, {"iga-deficiency": "present", "at": "unknown"})
    assert event.time == M6
    assert (event.time_exact, event.time_earliest, event.time_latest) == (False, None, None)


def test_a_plan_does_not_move_the_end_of_what_has_happened() -> None:
    record = record_from_entries(
        [{"ldh": "normal", "at": "2026-01-05"}, {"iga-deficiency": "present", "at": "unknown"}],
        planned=[{"ivig": "1 g/kg", "on": "2027-01-01"}],
    )
    assert record.events[1].time == datetime(2026, 1, 5)


def test_since_runs_on_and_from_does_not_say() -> None:
    since = last({"dermatomyositis": "present", "since": "2020-01-01"})
    begun = last({"dermatomyositis": "present", "from": "2020-01-01"})
    assert since.active_on(datetime(2026, 1, 1)) is True
    assert begun.active_on(datetime(2026, 1, 1)) is None


def test_lasted_bounds_the_end_as_the_start_is_bounded() -> None:
    event = last({"symptoms": "improved", "at": "about M6", "lasted": "P6M"})
    assert event.end_time == datetime(2001, 1, 1)
    assert (event.end_exact, event.end_said) == (False, "6 months after about M6")


@given(months=st.integers(0, 240), days=st.integers(0, 27))
def test_a_moment_is_read_back_as_it_is_said(months: int, days: int) -> None:
    record = record_from_entries([{"ldh": "normal", "at": "M0"}])
    moment = read_moment(record, f"M{months}+{days}d" if days else f"M{months}")
    assert read_moment(record, say(record, moment)) == moment


def test_a_moment_named_alone_must_be_one_moment() -> None:
    record = record_from_entries([{"ldh": "normal", "at": "2026-01-05"}])
    assert read_moment(record, "2026-01-05") == datetime(2026, 1, 5)
    for text in ("2026-01", "about 2026-01-05", "unknown", "P1W after first ivig", "M6"):
        with pytest.raises(TimeRefused):
            read_moment(record, text)
