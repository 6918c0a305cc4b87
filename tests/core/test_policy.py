"""A unit decides on what is unconfirmed, on nothing else, and every mistake is told at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stepline.core.errors import DocumentRefused
from stepline.core.evidence import Status
from stepline.core.policy import Policy, facts, read_policy
from stepline.scores.classification import classify
from stepline.scores.tis import total_improvement
from stepline.scores.tis_tables import EnzymeRule, tis_tables
from stepline.scores.values import EnzymeReading, Pair

HEAD = "policy: our-unit\ndecided_by: the myositis board\nfacts:\n"


def policy_of(*decisions: tuple[str, str]) -> Policy:
    """A policy of facts and their values."""
    written = "".join(
        f"  - {{fact: {fact}, value: {value}, because: Minutes of March}}\n"
        for fact, value in decisions
    )
    return read_policy(HEAD + written, "policy.yaml")


def codes_of(content: str) -> list[str]:
    with pytest.raises(DocumentRefused) as caught:
        read_policy(content, "policy.yaml")
    return [problem.code for problem in caught.value.problems]


def test_a_decided_range_changes_the_score_and_is_called_local() -> None:
    policy = policy_of(("scores/tis#enzymes.ranges.ck.multiple", "10"))
    readings = {"ck": EnzymeReading(Decimal(1000), Decimal(880), Decimal(200))}
    # A fall of 120 U/L is 4 % of 15 × 200 and 6 % of 10 × 200.
    own = total_improvement({}, population="adult", enzymes=readings)
    local = total_improvement({}, population="adult", enzymes=readings, policy=policy)
    assert (own.points["enzyme"], own.status) == (Decimal(0), Status.UNCONFIRMED)
    assert (local.points["enzyme"], local.status) == (Decimal("2.5"), Status.LOCAL)
    cited = next(one for one in local.evidence if one.status is Status.LOCAL)
    assert "our-unit" in cited.source
    assert "the myositis board" in cited.source
    assert "10 in place of 15" in cited.source
    assert "Minutes of March" in cited.source
    assert any("local decision" in note for note in local.notes)


def test_a_result_that_does_not_rest_on_the_decision_is_not_local() -> None:
    policy = policy_of(("scores/tis#enzymes.ranges.ck.multiple", "10"))
    readings = {"ldh": EnzymeReading(Decimal(500), Decimal(300), Decimal(250))}
    found = total_improvement({}, population="adult", enzymes=readings, policy=policy)
    assert found.status is Status.UNCONFIRMED


def test_the_ranking_of_enzymes_can_be_decided() -> None:
    policy = policy_of(("scores/tis#enzymes.ranking.rule", "fraction-of-range"))
    assert tis_tables().enzyme_rule is EnzymeRule.RATIO_TO_ULN
    assert tis_tables(policy).enzyme_rule is EnzymeRule.FRACTION_OF_RANGE


def test_a_juvenile_quality_of_life_scale_scores_once_its_range_is_decided() -> None:
    measures = {"chq_phs": Pair(Decimal(30), Decimal(40))}
    own = total_improvement(measures, population="juvenile")
    assert own.points["chq_phs"] is None
    assert any("range is not known" in note for note in own.notes)
    policy = policy_of(("scores/tis#scales.chq_phs.range", "100"))
    local = total_improvement(measures, population="juvenile", policy=policy)
    # A rise of 10 on a range of 100 is 10 %.
    assert local.points["chq_phs"] == Decimal("2.5")
    assert local.status is Status.LOCAL


def test_two_decisions_on_one_fact_group_are_both_named() -> None:
    policy = policy_of(
        ("scores/classification#probability.without_biopsy", "5.3"),
        ("scores/classification#probability.with_biopsy", "6.5"),
    )
    found = classify({}, onset_age=Decimal(45), with_biopsy=False, policy=policy)
    (cited,) = {one for one in found.evidence if one.status is Status.LOCAL}
    assert "5.3 in place of 5.33" in cited.source
    assert "6.5 in place of 6.49" in cited.source


def test_a_verified_number_is_never_overridden() -> None:
    for fact in (
        "scores/tis#slots.physician.points.1",
        "scores/tis#thresholds.0.minimal",
        "scores/tis#scales.haq.range",
        "scores/change#improvement.better_by",
    ):
        written = f"  - {{fact: {fact}, value: 3, because: We like it}}\n"
        assert codes_of(HEAD + written) == ["fact-not-unconfirmed"], fact
        assert fact not in dict(facts())


def test_everything_wrong_with_a_policy_is_told_at_once() -> None:
    written = (
        "  - {fact: scores/tis#enzymes.ranges.ck.multipel, value: 3, because: a}\n"
        "  - {fact: rules/definitions#x, value: 3, because: a}\n"
        "  - {fact: scores/tis#enzymes.ranges.ck.multiple, value: much, because: a}\n"
        "  - {fact: scores/tis#enzymes.ranges.ldh.multiple, value: 3, because: a}\n"
        "  - {fact: scores/tis#enzymes.ranges.ldh.multiple, value: 4, because: a}\n"
    )
    assert codes_of(HEAD + written) == [
        "fact-unknown",
        "fact-unknown",
        "wrong-type",
        "fact-twice",
    ]
    assert codes_of("policy: x\nfacts: []\n") == ["key-missing", "value-not-allowed"]


def test_a_decided_value_that_the_library_could_not_hold_is_refused_where_it_was_written() -> None:
    policy = policy_of(("scores/tis#enzymes.ranges.ck.multiple", "0"))
    with pytest.raises(DocumentRefused) as caught:
        tis_tables(policy)
    assert [one.place.file for one in caught.value.problems] == ["policy.yaml"]
