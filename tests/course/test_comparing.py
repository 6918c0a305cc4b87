"""Recognised courses are compared with the truth by hand-worked days and by exhaustive search."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.course.comparing import (
    HALF,
    Counts,
    Stretch,
    compare,
    percentile,
    share_of_longer,
    share_of_union,
)

DAY_ZERO = date(2026, 1, 1)


def stretch(
    first: int, last: int | None, regimen: str = "weekly", subject: int = 1, drug: str = "ivig"
) -> Stretch:
    """A course from one day to another, counted from 1 January 2026."""
    end = None if last is None else DAY_ZERO + timedelta(days=last)
    return Stretch(subject, regimen, DAY_ZERO + timedelta(days=first), end, drug)


@pytest.mark.parametrize(
    ("other", "union", "longer"),
    [
        ((0, 9), Fraction(1), Fraction(1)),
        ((5, 14), Fraction(5, 15), Fraction(5, 10)),
        ((0, 19), Fraction(10, 20), Fraction(10, 20)),
        ((3, 12), Fraction(7, 13), Fraction(7, 10)),
        ((9, 9), Fraction(1, 10), Fraction(1, 10)),
        ((10, 19), Fraction(0), Fraction(0)),
    ],
)
def test_the_days_in_common_count_both_ends(
    other: tuple[int, int], union: Fraction, longer: Fraction
) -> None:
    assert share_of_union(stretch(0, 9), stretch(*other)) == union
    assert share_of_longer(stretch(0, 9), stretch(*other)) == longer


def test_exactly_half_is_enough_and_a_day_less_is_not() -> None:
    assert compare([stretch(0, 9)], [stretch(0, 19)]).counts == Counts(1, 1, 1)
    assert compare([stretch(0, 9)], [stretch(0, 20)]).counts == Counts(1, 1, 0)


def test_a_shift_by_half_passes_the_looser_reading_only() -> None:
    truth, found = [stretch(0, 9)], [stretch(5, 14)]
    assert compare(truth, found).counts.same == 0
    assert compare(truth, found, share_of_longer).counts.same == 1


def test_another_subject_or_another_regimen_is_never_the_same() -> None:
    truth = [stretch(0, 9)]
    assert compare(truth, [stretch(0, 9, subject=2)]).counts.same == 0
    assert compare(truth, [stretch(0, 9, "monthly")]).counts.same == 0


def test_one_course_read_twice_is_right_once() -> None:
    found = compare([stretch(0, 9)], [stretch(0, 9), stretch(1, 9)])
    assert found.counts == Counts(1, 2, 1)
    assert (found.counts.precision, found.counts.recall) == (Fraction(1, 2), Fraction(1))
    assert found.counts.f1 == Fraction(2, 3)
    assert found.boundary_errors == (0, 0)


def test_what_has_no_name_counts_among_all_and_not_among_the_named() -> None:
    found = compare([stretch(0, 9), stretch(20, 29, "")], [stretch(0, 9), stretch(40, 49, "")])
    assert found.counts == Counts(2, 2, 1)
    assert found.named == Counts(1, 1, 1)


def test_nothing_against_nothing_has_no_score() -> None:
    counts = compare([], []).counts
    assert (counts.precision, counts.recall, counts.f1) == (None, None, None)
    assert percentile((), 90) is None


def test_boundary_errors_are_whole_days_at_both_ends() -> None:
    pair = compare([stretch(0, 99)], [stretch(2, 92)]).pairs[0]
    assert (pair.start_error, pair.end_error) == (2, 7)


def test_an_open_end_lies_on_the_last_day_told_of_the_subject() -> None:
    told = [stretch(0, None), stretch(0, 59, "daily", drug="prednisone"), stretch(0, 400, "", 2)]
    both = compare(told, [stretch(0, None)])
    assert both.pairs[0].end_error == 0
    closed = compare(told, [stretch(0, 49)])
    assert closed.pairs[0].end_error == 10


def test_an_end_before_its_start_is_one_day_and_breaks_nothing() -> None:
    found = compare([stretch(5, 2)], [stretch(5, 5)])
    assert found.counts.same == 1
    assert found.boundary_errors == (0, 3)


def test_missed_courses_say_what_they_were_read_as() -> None:
    truth = [
        stretch(0, 99),
        stretch(200, 299),
        stretch(400, 499),
        stretch(600, 699, "taper", drug="prednisone"),
    ]
    found = [
        stretch(0, 99, "every-2-weeks"),
        stretch(200, 229),
        stretch(600, 699, drug="azathioprine"),
    ]
    assert compare(truth, found).confusions() == {
        ("taper", None): 1,
        ("weekly", None): 1,
        ("weekly", "every-2-weeks"): 1,
        ("weekly", "weekly"): 1,
    }


def test_each_regimen_has_its_own_counts() -> None:
    truth = [stretch(0, 9), stretch(20, 29, "monthly")]
    found = [stretch(0, 9), stretch(20, 29, "daily")]
    assert compare(truth, found).by_regimen() == {
        "daily": Counts(0, 1, 0),
        "monthly": Counts(1, 0, 0),
        "weekly": Counts(1, 1, 1),
    }


@pytest.mark.parametrize(("percent", "value"), [(50, 2), (51, 3), (75, 3), (90, 9), (0, 1)])
def test_a_percentile_is_the_value_of_nearest_rank(percent: int, value: int) -> None:
    assert percentile((1, 2, 3, 9), percent) == value


spans = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 8)).map(lambda s: stretch(s[0], s[0] + s[1])),
    max_size=5,
)


def most_pairs(truth: list[Stretch], found: list[Stretch]) -> int:
    """The greatest number of pairs, by trying every assignment."""
    few, many = sorted((truth, found), key=len)
    return max(
        sum(share_of_union(one, other) >= HALF for one, other in zip(few, order, strict=False))
        for order in permutations(many, len(few))
    )


@given(spans, spans)
def test_as_many_pairs_are_made_as_any_assignment_can_make(
    truth: list[Stretch], found: list[Stretch]
) -> None:
    assert compare(truth, found).counts.same == most_pairs(truth, found)


@given(spans, spans, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    truth: list[Stretch], found: list[Stretch], random: object
) -> None:
    before = compare(truth, found)
    for rows in (truth, found):
        random.shuffle(rows)  # type: ignore[attr-defined]
    assert compare(truth, found) == before


@given(spans)
def test_the_truth_agrees_with_itself(truth: list[Stretch]) -> None:
    result = compare(truth, [replace(one) for one in truth])
    assert (result.missed, result.surplus) == ((), ())
    assert set(result.boundary_errors) <= {0}


@given(spans, spans)
def test_every_course_is_in_a_pair_or_left_over_once(
    truth: list[Stretch], found: list[Stretch]
) -> None:
    result = compare(truth, found)
    told = [pair.truth for pair in result.pairs] + list(result.missed)
    read = [pair.found for pair in result.pairs] + list(result.surplus)
    assert sorted(map(repr, told)) == sorted(map(repr, truth))
    assert sorted(map(repr, read)) == sorted(map(repr, found))
