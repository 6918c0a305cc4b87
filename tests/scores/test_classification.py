"""The classification criteria: columns, cut-points, published totals, the tree."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.scores.classification import category_of, classify, probability, subgroup_of
from stepline.scores.classification_tables import classification_tables
from stepline.scores.values import ScoreRefused

ITEMS = tuple(item.id for item in classification_tables().items)
BIOPSY = classification_tables().group("biopsy")


def findings(*present: str, biopsy: bool = False) -> dict[str, bool | None]:
    """These findings present and every other one absent."""
    counted = [name for name in ITEMS if biopsy or name not in BIOPSY]
    return {name: name in present for name in (*counted, *present)}


@pytest.mark.parametrize(
    ("score", "biopsy", "category"),
    [
        ("5.2", False, "not IIM"),
        ("5.3", False, "possible"),
        ("5.4", False, "possible"),
        ("5.5", False, "probable"),
        ("7.4", False, "probable"),
        ("7.5", False, "definite"),
        ("6.4", True, "not IIM"),
        ("6.5", True, "possible"),
        ("6.6", True, "possible"),
        ("6.7", True, "probable"),
        ("8.6", True, "probable"),
        ("8.7", True, "definite"),
    ],
)
def test_the_category_is_read_from_the_score(score: str, biopsy: bool, category: str) -> None:
    assert category_of(Decimal(score), with_biopsy=biopsy) == category


@pytest.mark.parametrize(
    ("score", "biopsy", "expected"),
    [("5.5", False, 0.542), ("7.5", False, 0.898), ("6.7", True, 0.552), ("8.7", True, 0.901)],
)
def test_the_probability_disagrees_with_the_cut_points_as_known(
    score: str, biopsy: bool, expected: float
) -> None:
    assert round(probability(Decimal(score), with_biopsy=biopsy), 3) == expected


@pytest.mark.parametrize(("biopsy", "most"), [(False, "20.8"), (True, "29.5")])
def test_everything_present_gives_the_most_points(biopsy: bool, most: str) -> None:
    present = [name for name in ITEMS if biopsy or name not in BIOPSY]
    found = classify(findings(*present, biopsy=biopsy), onset_age=Decimal(45), with_biopsy=biopsy)
    assert found.score == Decimal(most)


def test_a_woman_of_45_with_weakness_and_rash_has_definite_dermatomyositis() -> None:
    seen = ("weak_proximal_arms", "weak_proximal_legs", "heliotrope", "gottron_sign")
    found = classify(findings(*seen, "raised_enzyme"), onset_age=Decimal(45), with_biopsy=False)
    assert (found.score, found.category, found.subgroup) == (Decimal("11.3"), "definite", "DM")
    assert round(found.probability[0], 3) == 0.997


def test_a_man_of_52_with_weakness_and_a_raised_enzyme_alone_is_not_classified() -> None:
    seen = findings("weak_proximal_arms", "weak_proximal_legs", "raised_enzyme")
    found = classify(seen, onset_age=Decimal(52), with_biopsy=False)
    assert (found.score, found.category, found.subgroup) == (Decimal("4.9"), "not IIM", None)
    assert round(found.probability[0], 2) == 0.39


@pytest.mark.parametrize(
    ("age", "without", "with_biopsy"),
    [("17.9", "0", "0"), ("18", "1.3", "1.5"), ("39.9", "1.3", "1.5"), ("40", "2.1", "2.2")],
)
def test_age_at_onset_has_points_from_18_years(age: str, without: str, with_biopsy: str) -> None:
    scores = [
        classify(findings(biopsy=biopsy), onset_age=Decimal(age), with_biopsy=biopsy).score
        for biopsy in (False, True)
    ]
    assert scores == [Decimal(without), Decimal(with_biopsy)]


@pytest.mark.parametrize(
    ("present", "age", "subgroup"),
    [
        (("heliotrope",), "10", "JDM"),
        (("weak_proximal_arms",), "17.9", "juvenile myositis other than JDM"),
        (("gottron_papules", "weak_neck_flexors"), "18", "DM"),
        (("gottron_sign",), "30", "amyopathic DM"),
        (("weak_proximal_legs",), "50", "PM"),
        (("biopsy_rimmed_vacuoles",), "60", "IBM"),
    ],
)
def test_the_tree_has_its_leaves(present: tuple[str, ...], age: str, subgroup: str) -> None:
    tree = {"weak_finger_flexors": False, "not_improved_by_treatment": False}
    assert subgroup_of(tree | findings(*present, biopsy=True), Decimal(age)) == subgroup


def test_weak_finger_flexors_mean_inclusion_bodies_only_if_treatment_failed() -> None:
    seen = findings("weak_proximal_legs", biopsy=True) | {"weak_finger_flexors": True}
    answers = {
        truth: subgroup_of(seen | {"not_improved_by_treatment": truth}, Decimal(60))
        for truth in (True, False, None)
    }
    assert answers == {True: "IBM", False: "PM", None: None}


def test_without_rash_or_biopsy_the_subgroup_stays_open() -> None:
    seen = findings("weak_proximal_arms", "weak_neck_flexors", "anti_jo1")
    found = classify(seen, onset_age=Decimal(50), with_biopsy=False)
    assert (found.category, found.subgroup) == ("definite", None)


def test_unknown_findings_give_bounds() -> None:
    seen = findings("heliotrope", "gottron_sign") | {"anti_jo1": None}
    found = classify(seen, onset_age=Decimal(45), with_biopsy=False)
    assert (found.score, found.lower, found.upper) == (None, Decimal("8.5"), Decimal("12.4"))
    assert (found.category, found.missing) == ("definite", ("anti_jo1",))
    nothing = classify({}, onset_age=None, with_biopsy=True)
    assert (nothing.lower, nothing.upper) == (Decimal(0), Decimal("29.5"))
    assert (nothing.category, nothing.subgroup) == (None, None)


def test_wrong_findings_are_refused_together() -> None:
    wrong: dict[str, Any] = {"heliotrop": True, "anti_jo1": 1, "biopsy_endomysial": True}
    with pytest.raises(ScoreRefused) as caught:
        classify(wrong, onset_age=Decimal(-1), with_biopsy=False)
    assert sorted(problem.code for problem in caught.value.problems) == [
        "biopsy-not-done",
        "measure-unknown",
        "not-true-or-false",
        "reading-out-of-range",
    ]


@given(
    st.fixed_dictionaries({name: st.booleans() for name in ITEMS}),
    st.integers(0, 90).map(Decimal),
    st.sets(st.sampled_from(ITEMS)),
)
def test_what_is_said_with_gaps_stays_true_when_they_are_filled(
    seen: dict[str, bool | None], age: Decimal, hidden: set[str]
) -> None:
    whole = classify(seen, onset_age=age, with_biopsy=True)
    partial = {name: truth for name, truth in seen.items() if name not in hidden}
    early = classify(partial, onset_age=age, with_biopsy=True)
    assert whole.score is not None
    assert early.lower <= whole.score <= early.upper
    assert early.category in (None, whole.category)
    assert early.subgroup in (None, whole.subgroup)
