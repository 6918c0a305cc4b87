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
from stepline.protocol.reading import read_criterion
from stepline.record.casefile import record_from_entries
from stepline.record.model import Record
from tests.support.criteria import CONFOUNDERS, criteria, day, records, situation

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


LDH = {"ldh": "400 U/L", "uln": "250 U/L", "on": "2026-01-20"}
IVIG = {"ivig": "2 g/kg", "on": "2026-01-10"}
RITUXIMAB = {"rituximab": "1 g", "on": "2026-02-20"}
FEBRUARY = {"from": "2026-02-01", "until": "2026-02-27"}
PREDNISONE = {"prednisone": "30 mg/d", **FEBRUARY}
LOWER = {"prednisone": "5 mg/d", "from": "2026-02-28", "until": "ongoing"}
LONG = {"prednisone": "40 mg/d", "from": "2026-01-15", "until": "ongoing"}
WEIGHT = {"weight": "60 kg", "on": "2026-01-01"}
METHOTREXATE = {"methotrexate": "15 mg", "on": "2026-02-01"}
TABLETS: list[object] = [
    {"prednisone": "40 mg" if number < 10 else "20 mg", "on": f"2026-02-{number:02}"}
    for number in range(1, 21)
]
THROMBOSIS = {"thrombosis": "present", "on": "2026-02-01"}
ANTI_HBC = {"anti-hbc": "positive", "on": "2026-01-20"}
CLEARED = {"haemolysis": "absent", "on": "2026-02-10"}
CLEARABLE = {
    "anti-hbc": (
        replace(
            CONFOUNDERS["anti-hbc"][0], unless=read_criterion("haemolysis is absent within P28D")
        ),
    )
}


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


# What turns the verdict, a criterion that it turns, and a record: the cases behind `turning`.
TURNED = [
    ("a row comes", "ldh > 1 ULN", [LDH]),
    ("a value grows too old", "ldh > 300 U/L", [LDH]),
    ("an answer grows too old", "hbsag is negative", [{"hbsag": "negative", "on": "2026-01-05"}]),
    ("a word grows too old", "response >= minimal", [{"response": "moderate", "on": "2026-01-20"}]),
    ("a score grows too old", "response >= minimal", [{"tis": 40, "on": "2026-01-20"}]),
    ("a row leaves a window", "last(ldh) within P28D > 300 U/L", [LDH]),
    ("a row leaves a window of months", "recorded ldh within P1M", [LDH]),
    ("a row enters a window", "recorded ldh within P28D..P12W", [LDH]),
    ("a spell begins and ends", "on prednisone", [PREDNISONE]),
    ("a spell is stopped", "stopped prednisone", [{**PREDNISONE, "reason": "intolerance"}]),
    ("a condition ends", "thrombosis is present", [{"thrombosis": "present", **FEBRUARY}]),
    ("a dose changes", "dose(prednisone) > 10 mg/d", [PREDNISONE]),
    ("tablets become a dose a day", "dose(prednisone) > 10 mg/d", TABLETS),
    ("tablets a day become fewer", "dose(prednisone) falls within P8W", TABLETS),
    ("tablets were taken for weeks", "longest time(dose(prednisone) >= 20 mg/d) >= P1W", TABLETS),
    ("a single dose has had its week", "weekly dose(methotrexate) >= 15 mg/wk", [METHOTREXATE]),
    ("a weight grows too old", "dose(prednisone) >= 0.5 mg/kg/d", [LONG, WEIGHT]),
    ("a time is long enough", "longest time(on prednisone) >= P28D", [PREDNISONE]),
    ("a time since a dose is long enough", "time since last(ivig) >= P1M", [IVIG]),
    ("a move leaves a window", "dose(prednisone) falls within P12W", [PREDNISONE, LOWER]),
    ("it was once so", "once (ldh > 300 U/L) since first(ivig)", [IVIG, LDH]),
    ("a window opens", "once (ldh > 300 U/L) since first(rituximab)", [LDH, RITUXIMAB]),
    ("it was so when something began", "thrombosis while (ldh > 300 U/L)", [LDH, THROMBOSIS]),
    ("what confounds is cleared", "anti-hbc is positive", [ANTI_HBC, IVIG, CLEARED]),
]


@pytest.mark.parametrize(("why", "text", "entries"), TURNED, ids=[one[0] for one in TURNED])
def test_a_verdict_turns_on_the_day_on_which_it_turns(
    why: str, text: str, entries: list[object]
) -> None:
    now = situation(record_from_entries(entries), day(0))
    now = replace(now, confounders=CLEARABLE)
    criterion, quick = read_criterion(text), replace(now, verdict_only=True)
    days = [day(number) + END_OF_DAY for number in range(-5, 600)]
    alone = [judge(criterion, forgetful(now, moment)).verdict for moment in days]
    assert len(set(alone)) > 1, why
    assert [judge(criterion, quick.at(moment)).verdict for moment in days] == alone


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
