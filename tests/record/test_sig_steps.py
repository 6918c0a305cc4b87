"""Dose instructions in steps: each read as a text of its own, or all left unread."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.record.sig import Flag, Sig, Unread, read_sig
from stepline.record.sig_steps import read_sigs, write_sigs
from tests.record.test_sig import WORDS


def steps(text: str, drug: str = "") -> tuple[Sig, ...]:
    found = read_sigs(text, drug)
    assert not isinstance(found, Unread), found
    return found


IN_STEPS = {
    "20 mg po od for 5/7 then 10 mg po od": (["20", "10"], [()] * 2),
    "40 mg daily for 2/52, then 20 mg daily for 2/52, then stop": (["40", "20"], [()] * 2),
    "40 mg daily for 2 weeks, reduce to 30 mg daily for 2 weeks, then 20 mg daily": (
        ["40", "30", "20"],
        [()] * 3,
    ),
    "1 g iv daily x 3 doses then 60 mg po daily": (["1", "60"], [()] * 2),
    "40 mg daily then 20 mg daily": (["40", "20"], [(Flag.STEP_LENGTH_MISSING,), ()]),
    "40 mg daily until review then 20 mg daily": (["40", "20"], [(Flag.STEP_LENGTH_MISSING,), ()]),
    "40 mg daily then stop": (["40"], [(Flag.STEP_LENGTH_MISSING,)]),
    "20 mg daily for 5/7 then 10 mg for 5/7": (["20", "10"], [(), (Flag.TOTAL_OR_EACH,)]),
    "2 g/kg in total over 5 days then 0.4 g/kg weekly": (["2", "0.4"], [()] * 2),
    "60 mg daily, then reduce by 10% every month to 7.5 mg daily": (["60"], [()]),
}


@pytest.mark.parametrize("text", IN_STEPS)
def test_each_step_is_read_as_a_text_of_its_own(text: str) -> None:
    amounts, flags = IN_STEPS[text]
    found = steps(text)
    assert [str(one.amount.low) for one in found if one.amount] == amounts
    assert [one.flags for one in found] == flags


def test_the_drug_named_first_is_that_of_every_step() -> None:
    found = steps("methotrexate 10 mg weekly for 4 weeks then 15 mg daily")
    assert [one.drug for one in found] == ["methotrexate"] * 2
    assert Flag.WEEKLY_DRUG_DAILY in found[1].flags


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("20 mg daily for 5/7 then as directed", "words-unknown"),
        ("20 mg daily for 5/7 then", "empty"),
        ("then", "empty"),
        ("20 mg daily for 5/7 then 10 mg then 5 mg od unless unwell", "words-unknown"),
        ("10 mg daily then " * 40, "too-long"),
    ],
)
def test_a_step_that_is_not_read_leaves_the_whole_unread(text: str, code: str) -> None:
    found = read_sigs(text)
    assert isinstance(found, Unread)
    assert found.code == code


def test_a_text_without_steps_is_its_one_instruction() -> None:
    assert steps("15 mg weekly") == (read_sig("15 mg weekly"),)


OF_SPELLING = {
    Flag.DECIMAL_NAKED, Flag.DECIMAL_TRAILING, Flag.REPEATS_MISSING, Flag.RIGHT_EYE,
    Flag.EVERY_OR_TIMES,
}  # fmt: skip


@given(st.lists(st.sampled_from([*WORDS, "then", "reduce to", "stop"]), max_size=16).map(" ".join))
def test_steps_are_written_and_read_to_the_same_and_nothing_raises(text: str) -> None:
    found = read_sigs(text)
    if isinstance(found, Unread):
        return
    again = read_sigs(write_sigs(found))
    plain = [
        replace(one, flags=tuple(flag for flag in one.flags if flag not in OF_SPELLING))
        for one in found
    ]
    if len(found) == 1:
        plain = [replace(plain[0], flags=_but_length(plain[0]))]
    assert again == tuple(plain)


def _but_length(step: Sig) -> tuple[Flag, ...]:
    """The stop after a lone step is not kept, and with it the question for its length."""
    return tuple(flag for flag in step.flags if flag is not Flag.STEP_LENGTH_MISSING)


@given(st.lists(st.integers(1, 80), min_size=2, max_size=5), st.integers(1, 30))
def test_a_reduction_in_words_has_as_many_steps_as_doses(amounts: list[int], days: int) -> None:
    text = ", then ".join(f"{amount} mg daily for {days} days" for amount in amounts)
    found = steps(text)
    assert [one.amount.low for one in found if one.amount] == [Decimal(one) for one in amounts]
    assert all(not one.flags for one in found)
