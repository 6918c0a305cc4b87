"""A search for the first true moment leaves out what cannot be true, and never a true moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.engine.finding import Verdict
from stepline.engine.possible import could_be_true, turns_true_on, worth_judging
from stepline.engine.reference import judge
from stepline.engine.situation import END_OF_DAY, Situation
from stepline.protocol.loading import packaged
from stepline.protocol.reading import read_criterion
from stepline.record.casefile import record_from_entries
from stepline.record.index import RecordIndex
from stepline.review.reviewing import library_of
from stepline.vocabulary.catalogue import catalogue

CRITERIA = [
    "ldh rises >= 30 % above lowest and ldh > 1 ULN",
    "any of (ldh, ck) > 1 ULN or relapse is present",
    "relapse is present or (ldh > 300 U/L and count(ck) >= 1)",
    "lowest(ldh) since first(ivig) < 200 U/L or response = none",
    "at least 2 of (ldh > 300 U/L, ck > 300 U/L, relapse is present)",
    "recorded ldh before first(ivig) or recorded hbsag",
    "not relapse is present and not ldh > 1 ULN",
    "ldh is elevated",
    "relapse is present within P7D and ldh is normal",
    "not (relapse is present or (ck > 1 ULN and ldh > 1 ULN))",
    "not at least 2 of (ldh > 300 U/L, ck > 300 U/L, relapse is present)",
]

ROW = st.one_of(
    st.builds(lambda v: {"ldh": f"{v} U/L", "uln": 250}, st.integers(100, 500)),
    st.builds(lambda v: {"ck": f"{v} U/L", "uln": 200}, st.integers(100, 500)),
    st.sampled_from([{"relapse": "present"}, {"relapse": "absent"}, {"ivig": "0.4 g/kg"}]),
)


def situation_of(rows: list[tuple[int, dict[str, object]]]) -> Situation:
    """Rows on days of 2026, judged at the end of the year."""
    entries: list[object] = [
        {**row, "on": f"{datetime(2026, 1, 1) + timedelta(days=day):%Y-%m-%d}"} for day, row in rows
    ]
    index = RecordIndex(record_from_entries(entries, file="test"))
    return Situation(index, datetime(2026, 12, 31), catalogue())


@pytest.mark.parametrize("text", CRITERIA)
@given(rows=st.lists(st.tuples(st.integers(0, 60), ROW), min_size=1, max_size=12))
def test_no_true_moment_is_lost(text: str, rows: list[tuple[int, dict[str, object]]]) -> None:
    criterion, situation = read_criterion(text), situation_of(rows)
    days = situation.index.days_with_record()
    true = [
        day
        for day in days
        if judge(criterion, situation.at(day + END_OF_DAY)).verdict is Verdict.TRUE
    ]
    assert not true or could_be_true(criterion, situation)
    concepts = turns_true_on(criterion, situation)
    if true and concepts is not None:
        assert true[0] in situation.index.days_about(concepts)
    quick, brief = replace(situation, verdict_only=True), worth_judging(criterion, situation)
    if could_be_true(criterion, situation):
        assert true == [
            day for day in days if judge(brief, quick.at(day + END_OF_DAY)).verdict is Verdict.TRUE
        ]


def test_a_value_that_counts_once_its_confounder_is_cleared_is_looked_for_on_that_day() -> None:
    entries: list[object] = [
        {"ldh": "200 U/L", "uln": 250, "on": "2026-01-02"},
        {"ivig": "2 g/kg", "on": "2026-01-10..2026-01-14"},
        {"ldh": "400 U/L", "uln": 250, "on": "2026-01-21"},
        {"haemolysis": "absent", "on": "2026-01-25"},
    ]
    library = library_of(packaged())
    index = RecordIndex(record_from_entries(entries, file="test"))
    situation = Situation(
        index, datetime(2026, 2, 1), catalogue(), library.definitions, library.confounders
    )
    criterion = read_criterion("ldh > 1 ULN")
    days = index.days_with_record()
    verdicts = [judge(criterion, situation.at(day + END_OF_DAY)).verdict for day in days]
    first = days[verdicts.index(Verdict.TRUE)]
    assert first == datetime(2026, 1, 25)
    concepts = turns_true_on(criterion, situation)
    assert concepts is None or first in index.days_about(concepts)
