"""The criterion language: what is written reads back, and what is wrong is pointed at."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from stepline.core.errors import CriterionRefused, Place
from stepline.protocol import criterion as c
from stepline.protocol.checking import conditions_told
from stepline.protocol.faults import Known
from stepline.protocol.reading import DEEPEST, LONGEST, read_criterion
from stepline.protocol.writing import write_criterion
from stepline.vocabulary.catalogue import catalogue
from tests.support.criteria import criteria


@settings(max_examples=150, deadline=None)
@given(criteria(max_leaves=6))
def test_what_is_written_reads_back_to_the_same_node(criterion: c.Criterion) -> None:
    read = read_criterion(write_criterion(criterion))
    known = Known(catalogue(), frozenset({"nowhere-defined", "nowhere-defined(ivig)"}))
    assert conditions_told(read, known) == criterion


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("ldh > ", 7),
        ("ldh > 1 ULN and", 16),
        ("ldh >> 1 ULN", 6),
        ("(ldh > 1 ULN", 13),
        ("ldh > 1 ULN)", 12),
        ("LDH > 1 ULN", 1),
        ("given ivig within 12 weeks", 19),
        ("ldh > 1 ULN and and ck > 1 ULN", 17),
        ("last(ldh > 1 ULN", 10),
        ("given within P28D", 7),
        ("on", 3),
        ("dose(prednisone as) >= 20 mg/d", 19),
        ("time since >= P12W", 12),
        ("ldh rises 30 %", 11),
        ("at least 2 of thrombosis", 15),
    ],
)
def test_an_error_points_at_the_word_that_is_wrong(text: str, column: int) -> None:
    with pytest.raises(CriterionRefused) as refused:
        read_criterion(text)
    (problem,) = refused.value.problems
    assert problem.place.column == column
    assert problem.allowed
    assert problem.mend


def test_a_column_counts_from_the_place_of_the_criterion_in_its_file() -> None:
    with pytest.raises(CriterionRefused) as refused:
        read_criterion("ldh >> 1 ULN", place=Place("rules.yaml", 7, 12))
    assert (refused.value.problems[0].place.line, refused.value.problems[0].place.column) == (7, 17)


@pytest.mark.parametrize("text", ["(" * (DEEPEST + 1) + "thrombosis", "not " * LONGEST])
def test_what_is_too_large_is_refused_before_it_is_read(text: str) -> None:
    with pytest.raises(CriterionRefused) as refused:
        read_criterion(text)
    assert refused.value.problems[0].code == "criterion-too-large"


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "🙂", "ldh > 1 ULN; drop", "'", "\x00", "P28D", "1 ULN"]
)
def test_anything_else_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(CriterionRefused) as refused:
        read_criterion(text)
    assert refused.value.problems[0].message.endswith(".")


def test_line_breaks_and_spaces_mean_nothing() -> None:
    assert read_criterion("ldh > 1 ULN\n  and\tck > 1 ULN") == read_criterion(
        "ldh > 1 ULN and ck > 1 ULN"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("any of (ck, ldh) > 1 ULN", "ck > 1 ULN or ldh > 1 ULN"),
        ("ldh > 1 ULN", "last(ldh) > 1 ULN"),
        ("given or planned ivig", "given ivig or planned ivig"),
        ("all of (thrombosis, pregnancy)", "thrombosis and pregnancy"),
        ("recorded ldh ever", "recorded ldh"),
        ("given ivig within P4W", "given ivig within P28D"),
        ("(thrombosis)", "thrombosis"),
    ],
)
def test_two_ways_of_saying_the_same_are_one_criterion(one: str, other: str) -> None:
    assert read_criterion(one) == read_criterion(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("given ivig within P1M", "given ivig within P28D"),
        ("recorded igg before first(rituximab)", "recorded igg until first(rituximab)"),
        ("measured(igg) > 4 g/L", "last(igg) > 4 g/L"),
        ("given ivig", "on ivig"),
        ("not thrombosis and pregnancy", "not (thrombosis and pregnancy)"),
    ],
)
def test_what_reads_alike_and_differs_is_two_criteria(one: str, other: str) -> None:
    assert read_criterion(one) != read_criterion(other)
