"""A verdict that is taken from the stretch it lies in is the verdict of its own moment."""

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
