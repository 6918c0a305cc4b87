"""Doses over time, worked out on the days on which they change, are those of every single day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepline.core.time import parse_period
from stepline.engine.finding import Verdict
from stepline.engine.reference import judge
from stepline.engine.situation import END_OF_DAY, Situation
from stepline.engine.stretches import dose_at, dose_stretches, falls, rises
from stepline.protocol import criterion as c
from stepline.record.model import Record
from tests.support.criteria import WINDOWS, day, levels, records, situation

SOME = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
STEROID = ("glucocorticoid",)
PERIODS = [parse_period(text) for text in ("P1D", "P10D", "P28D", "P12W", "P1Y")]
DOSES = st.one_of(
    st.builds(c.DailyDose, st.just(STEROID), st.sampled_from(["", "prednisone"]), st.booleans()),
    st.sampled_from([("methotrexate",), STEROID]).map(c.WeeklyDose),
)


def at_the_end_of(number: int, record: Record) -> Situation:
    """The situation at the end of the so-manieth day."""
    return situation(record, day(number) + END_OF_DAY)


@SOME
@given(DOSES, records(), st.sampled_from([0, 1, 14, 59, 113, 240]))
def test_a_stretch_has_the_dose_of_each_of_its_days(
    dose: c.DailyDose | c.WeeklyDose, record: Record, today: int
) -> None:
    now = at_the_end_of(today, record)
    for stretch in dose_stretches(dose, now):
        for number in range(stretch.days):
            then = replace(now, moment=stretch.first + timedelta(days=number) + END_OF_DAY, memo={})
            assert (stretch.dose.low, stretch.dose.high) == (
                (dose_at(dose, then).low, dose_at(dose, then).high)
            )


@SOME
@given(DOSES, records())
def test_stretches_follow_one_another_without_a_gap(
    dose: c.DailyDose | c.WeeklyDose, record: Record
) -> None:
    stretches = dose_stretches(dose, at_the_end_of(113, record))
    for earlier, later in pairwise(stretches):
        assert earlier.last + timedelta(days=1) == later.first
    assert not stretches or stretches[-1].last == day(113)


@SOME
@given(DOSES, records())
def test_a_dose_that_surely_moved_differs_before_and_after(
    dose: c.DailyDose | c.WeeklyDose, record: Record
) -> None:
    stretches = dose_stretches(dose, at_the_end_of(113, record))
    for move, sign in ((falls(stretches), 1), (rises(stretches), -1)):
        if move.before is not None and move.after is not None:
            assert move.before.first < move.after.first
            higher, lower = (move.before, move.after)[::sign]
            assert (higher.dose.low or 0) > (lower.dose.high or 0)


@SOME
@given(levels(), WINDOWS, records())
def test_what_lasts_for_a_longer_time_lasts_for_a_shorter_one(
    part: c.Criterion, window: c.Window, record: Record
) -> None:
    now = at_the_end_of(113, record)
    longest = c.LongestTime(part, window)
    verdicts = [
        judge(c.Compare(longest, c.Operator.GREATER_OR_EQUAL, c.Duration(period)), now).verdict
        for period in PERIODS
    ]
    order = [Verdict.TRUE, Verdict.UNKNOWN, Verdict.FALSE]
    ranks = [order.index(verdict) for verdict in verdicts]
    assert ranks == sorted(ranks)
