"""Improvement and worsening by relative change, on published cases and at their edges."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.evidence import Status
from stepline.scores.change import (
    definition_of_improvement,
    deterioration,
    relative_worsening,
    responder,
    worse_at_visit,
)
from stepline.scores.tis import total_improvement
from stepline.scores.values import Pair, ScoreRefused
from tests.scores.reading import enzyme, measures, pair

BETTER, SAME, WORSE = "2→1.5", "2→2", "2→2.7"
VAGUE = {"+": BETTER, "0": SAME, "-": WORSE}


def published(signs: str, ck: str, mmt: str) -> dict[str, Pair]:
    """Physician, patient, HAQ and extramuscular by sign, with the printed CK and MMT."""
    named = dict(zip(("physician", "patient", "haq", "extramuscular"), signs, strict=True))
    vague = {name: pair(VAGUE[sign]) for name, sign in named.items()}
    return {**vague, "enzyme": pair(ck), "mmt": pair(mmt)}


INFLIXIMAB = [
    ("++++", "1.8→1.3", "57→61", "improved"),
    ("+0++", "1.9→3.9", "66→73", "improved"),
    ("-0+-", "4.0→16.8", "76→77", "worse"),
    ("-00-", "4.4→8.1", "65→64", "worse"),
    ("+0+0", "1.8→2.7", "48→56", "unchanged"),
    ("+++-", "3.3→2.7", "61→56", "improved"),
    ("000-", "2.5→2.3", "49→57", "unchanged"),
    ("+000", "4.6→3.8", "59→65", "unchanged"),
    ("+000", "3.9→3.8", "57→61", "unchanged"),
]


@pytest.mark.parametrize(("signs", "ck", "mmt", "outcome"), INFLIXIMAB)
def test_patients_of_the_infliximab_pilot_are_judged_as_published(
    signs: str, ck: str, mmt: str, outcome: str
) -> None:
    readings = published(signs, ck, mmt)
    improved = definition_of_improvement(readings, mmt_max=Decimal(80)).is_met
    worse = worse_at_visit(readings, definition="imacs", mmt_max=Decimal(80)).is_met
    assert improved == (outcome == "improved")
    assert worse == (outcome == "worse")


@pytest.mark.parametrize(("ck", "mmt"), [("4.3", "54"), ("47", "63"), ("11", "68"), ("88", "55")])
def test_patients_who_dropped_out_are_not_evaluable(ck: str, mmt: str) -> None:
    readings = {"enzyme": pair(f"{ck}→?"), "mmt": pair(f"{mmt}→?")}
    assert definition_of_improvement(readings).is_met is None
    assert worse_at_visit(readings, definition="imacs").is_met is None


def test_a_published_case_with_haq_at_zero_throughout_reached_the_definition() -> None:
    readings = measures("5.5→0.5 2→1 146→150 0→0 5.5→0") | {"enzyme": pair("66→84")}
    found = definition_of_improvement(readings, mmt_max=Decimal(150))
    assert found.is_met
    assert found.improved == ("physician", "patient", "extramuscular")
    assert found.worsened == ("enzyme",)


def test_a_published_case_meets_it_at_one_visit_though_its_source_says_not_reached() -> None:
    readings = measures("3.2→2.0 4→3 149→150 .125→.25 3.5→2.2") | {"enzyme": pair("93→65")}
    found = definition_of_improvement(readings, mmt_max=Decimal(150))
    assert found.is_met
    assert found.worsened == ("haq",)


IMPROVED = {name: pair("5→4") for name in ("physician", "patient", "extramuscular")}
REST = {"haq": pair("1→1"), "enzyme": pair("200→200"), "mmt": pair("60→60")}


@pytest.mark.parametrize(
    ("changed", "met"),
    [
        ({}, True),
        ({"physician": pair("5→4.01")}, False),
        ({"haq": pair("1→1.25"), "enzyme": pair("200→250")}, True),
        ({"mmt": pair("60→45")}, False),
        ({"mmt": pair("60→46")}, True),
        ({"physician": pair("5→4.01"), "mmt": pair("60→72")}, True),
        ({"mmt": pair("60→?")}, None),
        ({"mmt": pair("60→45"), "patient": pair("?→3")}, False),
        ({"haq": pair("1→?")}, True),
        ({"haq": pair("0→0.125")}, True),
        ({"haq": pair("1→?"), "enzyme": pair("?→1"), "patient": pair("5→?")}, None),
    ],
)
def test_the_definition_at_its_edges_and_with_gaps(
    changed: dict[str, Pair], met: bool | None
) -> None:
    assert definition_of_improvement({**IMPROVED, **REST, **changed}).is_met is met


@pytest.mark.parametrize(
    ("measure", "text", "percent"),
    [
        ("physician", "5→4", Fraction(-20)),
        ("physician", "4→5", Fraction(25)),
        ("mmt", "60→45", Fraction(25)),
        ("mmt", "60→72", Fraction(-20)),
        ("haq", "0→0", Fraction(0)),
        ("haq", "0→1", None),
        ("haq", "?→1", None),
    ],
)
def test_relative_worsening_is_of_the_baseline(
    measure: str, text: str, percent: Fraction | None
) -> None:
    assert relative_worsening(pair(text), measure) == percent


FIRST = {
    "physician": Decimal(3),
    "patient": Decimal(3),
    "mmt": Decimal(60),
    "haq": Decimal(1),
    "extramuscular": Decimal(2),
}


def visit(**changes: str) -> dict[str, Decimal | None]:
    """A visit like the first but for these values."""
    return FIRST | {name: None if text == "?" else Decimal(text) for name, text in changes.items()}


@pytest.mark.parametrize(
    ("changes", "worse"),
    [
        ({}, False),
        ({"physician": "5", "mmt": "48"}, True),
        ({"physician": "4.9", "mmt": "48"}, False),
        ({"physician": "5", "mmt": "48.1"}, False),
        ({"extramuscular": "4"}, True),
        ({"extramuscular": "3.9"}, False),
        ({"physician": "3.9", "patient": "3.9", "haq": "1.3"}, True),
        ({"physician": "3.9", "patient": "3.9", "haq": "1.29"}, False),
        ({"extramuscular": "?"}, None),
        ({"extramuscular": "?", "physician": "5", "mmt": "48"}, True),
        ({"patient": "?", "haq": "?"}, False),
    ],
)
def test_each_way_of_being_worse_at_its_edge(changes: dict[str, str], worse: bool | None) -> None:
    readings = {name: Pair(FIRST[name], value) for name, value in visit(**changes).items()}
    assert worse_at_visit(readings).is_met is worse


def test_the_trial_counts_no_enzyme_and_the_general_definition_does() -> None:
    readings = {name: Pair(value, value) for name, value in FIRST.items()} | {
        "physician": pair("3→4"),
        "patient": pair("3→4"),
        "enzyme": pair("200→2000"),
    }
    assert worse_at_visit(readings, definition="proderm").is_met is False
    assert worse_at_visit(readings, definition="imacs").is_met is True


BAD, GOOD, OPEN = visit(extramuscular="4"), visit(), visit(extramuscular="?")


@pytest.mark.parametrize(
    ("visits", "confirmed", "waits"),
    [
        ([], False, False),
        ([BAD], False, True),
        ([BAD, BAD], True, False),
        ([BAD, GOOD, BAD], False, True),
        ([GOOD, BAD, BAD, GOOD], True, False),
        ([BAD, OPEN], None, False),
        ([GOOD, OPEN, GOOD], False, False),
        ([BAD, visit(physician="5", mmt="48")], True, False),
    ],
)
def test_worsening_is_confirmed_at_two_consecutive_visits(
    visits: list[dict[str, Decimal | None]], confirmed: bool | None, waits: bool
) -> None:
    found = deterioration(FIRST, visits, mmt_max=Decimal(80))
    assert (found.is_confirmed, found.awaits_confirmation) == (confirmed, waits)


def test_a_responder_scores_20_and_did_not_deteriorate() -> None:
    score = total_improvement(
        measures("5→4 5→5 60→70 1→1 3→3"),
        population="adult",
        mmt_max=Decimal(80),
        enzymes={"ck": enzyme("300→300", "200")},
    )
    assert score.tis == Decimal("27.5")
    assert responder(score, deterioration(FIRST, [GOOD, GOOD])) is True
    assert responder(score, deterioration(FIRST, [BAD, BAD])) is False
    assert responder(score, deterioration(FIRST, [BAD, OPEN])) is None
    nothing = total_improvement({}, population="adult")
    assert responder(nothing, deterioration(FIRST, [GOOD])) is None


def test_the_general_definition_is_unconfirmed_and_says_so() -> None:
    statuses = {
        name: deterioration(FIRST, [], definition=name).evidence[0].status
        for name in ("proderm", "imacs")
    }
    assert statuses == {"proderm": Status.VERIFIED, "imacs": Status.UNCONFIRMED}


def test_wrong_readings_of_all_visits_are_refused_together() -> None:
    with pytest.raises(ScoreRefused) as caught:
        deterioration(visit(mmt="90"), [visit(haq="4"), visit(skin="1")], mmt_max=Decimal(80))
    assert [(p.code, p.place.path) for p in caught.value.problems] == [
        ("reading-out-of-range", "baseline.mmt"),
        ("reading-out-of-range", "visits[0].haq"),
        ("measure-unknown", "visits[1].skin"),
    ]


READINGS = st.fixed_dictionaries(
    {
        name: st.builds(Pair, *[st.integers(0, 3).map(Decimal)] * 2)
        for name in ("physician", "patient", "mmt", "haq", "enzyme", "extramuscular")
    }
)


@given(READINGS, st.sets(st.sampled_from(sorted(FIRST))))
def test_a_verdict_given_with_gaps_never_changes_when_they_are_filled(
    readings: dict[str, Pair], hidden: set[str]
) -> None:
    partial = {name: one for name, one in readings.items() if name not in hidden}
    for judge in (definition_of_improvement, worse_at_visit):
        early, late = judge(partial).is_met, judge(readings).is_met
        assert late is not None
        assert early in (None, late)
