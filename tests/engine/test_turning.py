"""What is remembered changes no answer: neither a verdict of its stretch, nor its working."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepline.engine import turning
from stepline.engine.reference import judge
from stepline.engine.situation import END_OF_DAY, Situation
from stepline.protocol import criterion as c
from stepline.record.casefile import record_from_entries
from stepline.record.model import Record
from tests.support.criteria import criteria, day, records, situation

SOME = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
HOURS = st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(hours=9), END_OF_DAY])
SOME_MOMENTS = st.lists(
    st.builds(lambda number, hours: day(number) + hours, st.integers(-40, 240), HOURS),
    min_size=2,
    max_size=12,
)
EVERY_DAY = HOURS.map(lambda hours: [day(number) + hours for number in range(-5, 240)])


@pytest.fixture(autouse=True, scope="module")
def from_the_first_time() -> Iterator[None]:
    """Turns are looked for at once, so that few questions are enough to go wrong."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(turning, "FEW", 0)
        yield


def forgetful(now: Situation, moment: datetime) -> Situation:
    """The same situation at a moment, as if nothing had been asked of the record before."""
    return replace(now, moment=moment, memo={}, shared={})


@SOME
@given(criteria(), records(), st.one_of(SOME_MOMENTS, EVERY_DAY))
def test_a_verdict_does_not_depend_on_what_was_asked_before(
    criterion: c.Criterion, record: Record, moments: Sequence[datetime]
) -> None:
    now = situation(record, day(0))
    quick = replace(now, verdict_only=True)
    for moment in moments:
        alone = judge(criterion, forgetful(now, moment)).verdict
        assert judge(criterion, quick.at(moment)).verdict is alone


@SOME
@given(criteria(), records(), SOME_MOMENTS)
def test_a_working_does_not_depend_on_what_was_asked_before(
    criterion: c.Criterion, record: Record, moments: Sequence[datetime]
) -> None:
    now = situation(record, day(0))
    quick = replace(now, verdict_only=True)
    for moment in moments:
        judge(criterion, quick.at(moment))
        assert judge(criterion, now.at(moment)) == judge(criterion, forgetful(now, moment))


def test_a_response_says_what_it_saw_though_its_verdict_alone_was_asked_first() -> None:
    entries: list[object] = [
        {"ck": "1000 U/L", "uln": "200 U/L", "on": "2026-01-10"},
        {"mmt8-80": 60, "on": "2026-01-10"},
        {"ck": "300 U/L", "uln": "200 U/L", "on": "2026-02-20"},
        {"mmt8-80": 76, "on": "2026-02-20"},
    ]
    now = situation(record_from_entries(entries), day(60))
    responding = c.Compare(c.Response(), c.Operator.EQUAL, c.CategoryIs(c.Category.NONE))
    judge(responding, replace(now, verdict_only=True))
    finding = judge(responding, now)
    assert "CK 1000 U/L" in finding.says
    assert finding.events == (1, 2, 3, 4)
