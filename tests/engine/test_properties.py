"""What holds for every criterion and every record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepline.engine.finding import Verdict
from stepline.engine.reference import judge
from stepline.protocol import criterion as c
from stepline.record.model import Event, EventStatus, Record, in_order
from tests.support.criteria import MOMENTS, criteria, records, situation

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def verdict(criterion: c.Criterion, record: Record, moment: datetime) -> Verdict:
    """The reference engine's verdict."""
    return judge(criterion, situation(record, moment)).verdict


@SOME
@given(criteria(), records(), MOMENTS)
def test_twice_not_is_the_criterion_itself(
    criterion: c.Criterion, record: Record, moment: datetime
) -> None:
    assert verdict(c.Not(c.Not(criterion)), record, moment) is verdict(criterion, record, moment)


@SOME
@given(criteria(max_leaves=2), criteria(max_leaves=2), records(), MOMENTS)
def test_not_both_is_one_or_the_other_not(
    one: c.Criterion, other: c.Criterion, record: Record, moment: datetime
) -> None:
    not_both = c.Not(c.And((one, other)))
    either_not = c.Or((c.Not(one), c.Not(other)))
    assert verdict(not_both, record, moment) is verdict(either_not, record, moment)


@SOME
@given(criteria(max_leaves=2), criteria(max_leaves=2), records(), MOMENTS)
def test_at_least_one_and_at_least_all_are_or_and_and(
    one: c.Criterion, other: c.Criterion, record: Record, moment: datetime
) -> None:
    parts = (one, other)
    assert verdict(c.AtLeast(1, parts), record, moment) is verdict(c.Or(parts), record, moment)
    assert verdict(c.AtLeast(2, parts), record, moment) is verdict(c.And(parts), record, moment)


@SOME
@given(criteria(), records(), MOMENTS, st.randoms(use_true_random=False))
def test_shuffling_the_rows_never_changes_a_verdict(
    criterion: c.Criterion, record: Record, moment: datetime, random: Random
) -> None:
    rows = list(record.events)
    random.shuffle(rows)
    shuffled = replace(record, events=tuple(rows))
    assert verdict(criterion, shuffled, moment) is verdict(criterion, record, moment)


@SOME
@given(criteria(), records(), MOMENTS, st.sampled_from(["ldh", "ivig", "thrombosis", "hbsag"]))
def test_what_happens_later_never_changes_an_earlier_verdict(
    criterion: c.Criterion, record: Record, moment: datetime, concept: str
) -> None:
    later = Event(
        event_id=len(record.events) + 1,
        time=moment + timedelta(days=1),
        code=f"STEPLINE//{concept}",
        concept=concept,
        value=Decimal(1),
        unit={"ldh": "U/L", "ivig": "g/kg"}.get(concept, ""),
        status=EventStatus.GIVEN if concept == "ivig" else EventStatus.REPORTED,
    )
    longer = replace(record, events=in_order([*record.events, later]))
    assert verdict(criterion, longer, moment) is verdict(criterion, record, moment)


@SOME
@given(criteria(), records(), MOMENTS)
def test_an_unknown_verdict_says_what_is_missing(
    criterion: c.Criterion, record: Record, moment: datetime
) -> None:
    finding = judge(criterion, situation(record, moment))
    if finding.verdict is Verdict.UNKNOWN:
        assert all(missing.says for missing in finding.all_missing())
        assert finding.all_missing()


@SOME
@given(criteria(), records(), MOMENTS)
def test_a_finding_rests_on_events_that_were_known_or_planned_then(
    criterion: c.Criterion, record: Record, moment: datetime
) -> None:
    used = judge(criterion, situation(record, moment)).all_events()
    events = {event.event_id: event for event in record.events}
    planned = (EventStatus.PLANNED, EventStatus.ORDERED)
    assert all(events[i].time <= moment or events[i].status in planned for i in used)
