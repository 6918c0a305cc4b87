"""The state machine of hepatitis B serology, on any sequence of answers."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.review.hepatitis_b import (
    CORE,
    STATES,
    SURFACE,
    Answer,
    Known,
    Memory,
    Serology,
    State,
    joined,
)

PLAIN = st.sampled_from([Answer.NEGATIVE, Answer.POSITIVE, Answer.UNCLEAR])
DAYS = st.builds(
    Serology,
    hbsag=st.none() | PLAIN,
    anti_hbc=st.none() | st.sampled_from(Answer),
    dna=st.none() | PLAIN,
)
SEQUENCES = st.lists(DAYS, max_size=12)
INFECTED = {State.RESOLVED, State.CHRONIC}


def after(days: list[Serology]) -> Known:
    """What is remembered after a sequence of days."""
    known = Known()
    for day in days:
        known = known.after(day)
    return known


def states(days: list[Serology]) -> list[State]:
    """The state after each day."""
    return [after(days[: number + 1]).state for number in range(len(days))]


def test_the_tables_leave_no_case_out() -> None:
    plain = [a for a in Answer if a is not Answer.PASSIVE]
    surface = [m for m in Memory if m is not Memory.PASSIVE]
    core = [m for m in Memory if m is not Memory.CLEARED]
    assert set(SURFACE) == set(product(surface, plain))
    assert set(CORE) == set(product(core, Answer))
    assert set(STATES) == set(product(surface, core))


@given(SEQUENCES)
def test_negative_is_said_only_of_two_tests_that_both_answered_negative_last(
    days: list[Serology],
) -> None:
    if after(days).state is not State.NEGATIVE:
        return
    for name in ("hbsag", "anti_hbc"):
        answers = [getattr(day, name) for day in days if getattr(day, name)]
        assert answers[-1] is Answer.NEGATIVE
        assert Answer.POSITIVE not in answers
    assert Answer.POSITIVE not in [day.dna for day in days]


@given(SEQUENCES)
def test_once_infected_is_never_taken_back(days: list[Serology]) -> None:
    seen = states(days)
    firsts = [number for number, state in enumerate(seen) if state in INFECTED]
    if firsts:
        assert set(seen[firsts[0] :]) <= INFECTED


@given(SEQUENCES)
def test_a_positive_hbsag_is_infection_on_its_day(days: list[Serology]) -> None:
    for day, state in zip(days, states(days), strict=True):
        if day.hbsag is Answer.POSITIVE or day.dna is Answer.POSITIVE:
            assert state is State.CHRONIC


@given(SEQUENCES)
def test_an_answer_that_immunoglobulin_may_have_brought_never_makes_infection(
    days: list[Serology],
) -> None:
    doubted = [
        Serology(None, day.anti_hbc and Answer.PASSIVE, None) for day in days if day.anti_hbc
    ]
    assert after(doubted).state in {State.NEVER_TESTED, State.PASSIVE}


@given(SEQUENCES)
def test_a_day_told_twice_changes_nothing(days: list[Serology]) -> None:
    twice = [day for day in days for _ in range(2)]
    positive_then_negative = Answer.POSITIVE, Answer.NEGATIVE
    assert after(twice) == after(days)
    assert joined(list(positive_then_negative)) == joined(list(reversed(positive_then_negative)))


@given(st.lists(st.sampled_from(Answer), max_size=5))
def test_several_answers_of_a_day_join_in_any_order(answers: list[Answer]) -> None:
    assert joined(answers) == joined(answers[::-1])


NEGATIVE, POSITIVE, PASSIVE = Answer.NEGATIVE, Answer.POSITIVE, Answer.PASSIVE


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ([], State.NEVER_TESTED),
        ([Serology(hbsag=NEGATIVE)], State.INCOMPLETE),
        ([Serology(hbsag=NEGATIVE, anti_hbc=NEGATIVE)], State.NEGATIVE),
        ([Serology(hbsag=NEGATIVE, anti_hbc=PASSIVE)], State.PASSIVE),
        (
            [
                Serology(hbsag=NEGATIVE, anti_hbc=NEGATIVE),
                Serology(anti_hbc=PASSIVE),
                Serology(anti_hbc=NEGATIVE),
            ],
            State.NEGATIVE,
        ),
        ([Serology(hbsag=NEGATIVE, anti_hbc=POSITIVE)], State.RESOLVED),
        ([Serology(hbsag=POSITIVE, anti_hbc=POSITIVE)], State.CHRONIC),
        ([Serology(hbsag=POSITIVE), Serology(hbsag=NEGATIVE)], State.RESOLVED),
        ([Serology(anti_hbc=POSITIVE)], State.INCOMPLETE),
        ([Serology(NEGATIVE, PASSIVE, POSITIVE)], State.CHRONIC),
        ([Serology(NEGATIVE, PASSIVE, NEGATIVE)], State.PASSIVE),
    ],
)
def test_the_states_that_a_clinician_meets(days: list[Serology], state: State) -> None:
    assert after(days).state is state
