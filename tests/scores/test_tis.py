"""The total improvement score against published and derived examples, and its edges."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from stepline.core.evidence import Status
from stepline.scores.enzymes import choose_enzyme
from stepline.scores.tis import Tis, total_improvement
from stepline.scores.tis_tables import EnzymeRule, Population, tis_tables
from stepline.scores.values import EnzymeReading, Pair, ScoreRefused
from tests.scores.reading import enzyme, measures, pair


def score(
    line: str,
    *,
    ck: str = "",
    population: Population = "adult",
    mmt_max: int = 80,
    **enzymes: EnzymeReading,
) -> Tis:
    """The score of a line of readings; CK has an upper limit of 200 U/L."""
    if ck:
        enzymes["ck"] = enzyme(ck, "200")
    return total_improvement(
        measures(line), population=population, mmt_max=Decimal(mmt_max), enzymes=enzymes
    )


SYNTHETIC = [
    ("6→5.5 6→5.5 60→61.6 1.5→1.375 4→3.5", "1000→900", 80, "0", "none", "none"),
    ("6→5.4 6→5.4 60→62 1.5→1.25 4→3.4", "3000→2800", 80, "35", "minimal", "minimal"),
    ("9→1 9→1 40→80 2.5→0.5 8→1", "3200→180", 80, "100", "major", "major"),
    ("3→6 3→6 70→60 .5→1.5 1→4", "200→4000", 80, "0", "none", "none"),
    ("6→4 7→5.5 64→70 1.5→1.125 3→2", "3000→1500", 80, "47.5", "moderate", "moderate"),
    ("5→5 5→5 120→136 1→1 3→3", "900→900", 150, "20", "minimal", "none"),
    ("5→5 5→5 64→72 1→1 3→3", "900→900", 80, "10", "none", "none"),
    ("5→5 5→5 60→72 1→1 3→3", "900→900", 80, "20", "minimal", "none"),
]


@pytest.mark.parametrize(("line", "ck", "mmt_max", "tis", "adult", "juvenile"), SYNTHETIC)
def test_the_derived_examples_come_out_exactly(
    line: str, ck: str, mmt_max: int, tis: str, adult: str, juvenile: str
) -> None:
    found = score(line, ck=ck, mmt_max=mmt_max)
    assert (found.tis, found.category) == (Decimal(tis), adult)
    young = score(line, ck=ck, mmt_max=mmt_max, population="juvenile")
    assert (young.tis, young.category) == (Decimal(tis), juvenile)


def test_an_example_on_ldh_follows_ldh() -> None:
    found = score("5→3 5→3 70→72 1→.75 3→1", ldh=enzyme("700→400", "250"))
    assert (found.tis, found.category) == (Decimal(55), "moderate")
    assert found.enzyme is not None
    assert found.enzyme.id == "ldh"


@pytest.mark.parametrize("uln", ["38", "145", "400"])
def test_a_published_case_scores_the_same_whatever_the_limit_of_ck(uln: str) -> None:
    rashes = total_improvement(
        measures("5.5→0.5 2→1 146→150 0→0 5.5→0"),
        population="adult",
        mmt_max=Decimal(150),
        enzymes={"ck": enzyme("66→84", uln)},
    )
    assert (rashes.tis, rashes.category) == (Decimal("52.5"), "moderate")
    assert [part.points for part in rashes.parts] == [
        Decimal(one) for one in ("20", "2.5", "10", "0", "0", "20")
    ]
    weak = total_improvement(
        measures("3.2→2.0 4→3 149→150 .125→.25 3.5→2.2"),
        population="adult",
        mmt_max=Decimal(150),
        enzymes={"ck": enzyme("93→65", uln)},
    )
    assert (weak.tis, weak.category) == (Decimal("17.5"), "none")
    assert weak.points == {
        "physician": Decimal("7.5"),
        "patient": Decimal("2.5"),
        "mmt": 0,
        "haq": 0,
        "enzyme": 0,
        "extramuscular": Decimal("7.5"),
    }


def test_percentages_are_of_the_range_of_the_scale() -> None:
    found = score("6→4 7→5.5 64→70 1.5→1.125 3→2", ck="3000→1500")
    percents = {part.measure: part.percent for part in found.parts}
    assert percents == {
        "physician": 20,
        "patient": 15,
        "mmt": Fraction(15, 2),
        "haq": Fraction(25, 2),
        "enzyme": 50,
        "extramuscular": 10,
    }


EDGES = [
    ("physician", "4.1→3.6", "0"),
    ("physician", "8.2→5.7", "15"),
    ("physician", "2.3→0.8", "7.5"),
    ("physician", "2.3→0.79", "15"),
    ("physician", "9→5", "17.5"),
    ("physician", "9→4.9", "20"),
    ("haq", "1.5→1.35", "0"),
    ("haq", "1.125→0.975", "0"),
    ("haq", "1.5→1.375", "0"),
    ("haq", "1.5→1.25", "5"),
    ("mmt", "60→61.6", "0"),
    ("mmt", "60→61.61", "10"),
    ("mmt", "64→72", "10"),
    ("mmt", "40→64", "27.5"),
    ("mmt", "40→64.1", "32.5"),
]


@pytest.mark.parametrize(("measure", "text", "points"), EDGES)
def test_an_upper_edge_belongs_to_its_band(measure: str, text: str, points: str) -> None:
    found = total_improvement({measure: pair(text)}, population="adult", mmt_max=Decimal(80))
    assert found.points[measure] == Decimal(points)


@pytest.mark.parametrize(
    ("total", "adult", "juvenile"),
    [
        ("17.5", "none", "none"),
        ("20", "minimal", "none"),
        ("27.5", "minimal", "none"),
        ("30", "minimal", "minimal"),
        ("37.5", "minimal", "minimal"),
        ("40", "moderate", "minimal"),
        ("45", "moderate", "moderate"),
        ("57.5", "moderate", "moderate"),
        ("60", "major", "moderate"),
        ("67.5", "major", "moderate"),
        ("70", "major", "major"),
    ],
)
def test_categories_begin_at_their_threshold(total: str, adult: str, juvenile: str) -> None:
    thresholds = tis_tables().thresholds
    assert thresholds["adult"].category(Decimal(total)) == adult
    assert thresholds["juvenile"].category(Decimal(total)) == juvenile


def test_the_two_ways_to_call_an_enzyme_most_abnormal_disagree_on_the_known_case() -> None:
    readings = {"ck": enzyme("800→800", "200"), "ldh": enzyme("725→500", "250")}
    chosen = {rule: choose_enzyme(readings, rule, tis_tables()) for rule in EnzymeRule}
    ids = {rule: choice.id for rule, choice in chosen.items() if choice is not None}
    assert ids == {EnzymeRule.RATIO_TO_ULN: "ck", EnzymeRule.FRACTION_OF_RANGE: "ldh"}


def test_enzymes_equally_abnormal_are_taken_in_a_fixed_order() -> None:
    readings = {name: enzyme("80→40", "40") for name in ("alt", "ast", "aldolase")}
    choice = choose_enzyme(readings, EnzymeRule.RATIO_TO_ULN, tis_tables())
    assert choice is not None
    assert (choice.id, choice.not_measured) == ("aldolase", ("ck", "ldh"))


def test_another_enzyme_never_steps_in_for_a_missing_follow_up() -> None:
    found = score("5→3 5→3 70→72 1→.75 3→1", ck="3000→?", ldh=enzyme("300→200", "250"))
    assert found.tis is None
    assert found.missing == ("enzyme",)
    assert (found.lower, found.upper) == (Decimal("47.5"), Decimal(55))
    assert found.category == "moderate"


def test_an_enzyme_without_a_limit_leaves_the_choice_open_and_says_so() -> None:
    found = score(
        "5→3 5→3 70→72 1→.75 3→1", aldolase=enzyme("9→5", "?"), ldh=enzyme("300→200", "250")
    )
    assert found.enzyme is None
    assert found.missing == ("enzyme",)
    assert any("aldolase" in note for note in found.notes)


def test_a_missing_measure_gives_bounds_from_what_is_known_of_it() -> None:
    whole = "5→3 {} 70→72 1→.75 3→1"
    unknown = score(whole.format("-"), ck="900→900")
    assert (unknown.tis, unknown.lower, unknown.upper) == (None, Decimal("42.5"), Decimal("52.5"))
    assert unknown.missing == ("patient",)
    assert unknown.category == "moderate"
    low_start = score(whole.format("1→?"), ck="900→900")
    assert (low_start.lower, low_start.upper) == (Decimal("42.5"), Decimal(45))
    high_end = score(whole.format("?→8"), ck="900→900")
    assert high_end.upper == Decimal("47.5")


def test_a_category_that_the_bounds_straddle_is_unknown() -> None:
    found = score("5→3 5→3 70→72 - 3→1", ck="900→800")
    assert (found.lower, found.upper) == (Decimal("42.5"), Decimal("52.5"))
    juvenile = score("5→3 5→3 70→72 - 3→1", ck="900→800", population="juvenile")
    assert found.category == "moderate"
    assert juvenile.category is None


@pytest.mark.parametrize(
    ("line", "missing"),
    [("- 9→1 40→80 2.5→0.5 8→1", "physician"), ("9→1 9→1 - 2.5→0.5 8→1", "mmt")],
)
def test_without_physician_global_or_strength_nothing_is_called(line: str, missing: str) -> None:
    found = score(line, ck="3200→180")
    assert found.lower >= 60
    assert (found.tis, found.category, found.missing) == (None, None, (missing,))
    assert any(f"without {missing}" in note for note in found.notes)


def test_nothing_measured_is_scored_as_nothing_known() -> None:
    found = total_improvement({}, population="adult")
    assert (found.tis, found.category, found.lower, found.upper) == (
        None,
        None,
        Decimal(0),
        Decimal(100),
    )
    assert len(found.missing) == 6


def test_juvenile_instruments_fill_their_slots() -> None:
    found = total_improvement(
        {"cmas": pair("26→52"), "das": pair("12→2"), "physician": pair("4→4")},
        population="juvenile",
    )
    assert found.points["cmas"] == Decimal("32.5")
    assert found.points["das"] == 20


def test_a_score_names_the_facts_that_are_unconfirmed() -> None:
    found = score("6→4 7→5.5 64→70 1.5→1.125 3→2", ck="3000→1500")
    unconfirmed = {one.claim for one in found.evidence if one.status is Status.UNCONFIRMED}
    assert "The range of CK is 15 × its upper limit of normal" in unconfirmed
    assert found.status is Status.UNCONFIRMED
    assert any("unconfirmed" in note and "7.5" in note for note in found.notes)


def test_the_table_gives_100_points_at_most_in_steps_of_two_and_a_half() -> None:
    slots = tis_tables().slots
    assert sum(slot.most for slot in slots) == 100
    assert all(points % Decimal("2.5") == 0 for slot in slots for points in slot.points)


def refused(**changes: Any) -> list[tuple[str, str]]:
    """Codes and places of what is wrong."""
    arguments: dict[str, Any] = {"population": "adult", "mmt_max": Decimal(80), "enzymes": {}}
    given = changes.pop("measures", {})
    with pytest.raises(ScoreRefused) as caught:
        total_improvement(given, **{**arguments, **changes})
    return [(problem.code, problem.place.path) for problem in caught.value.problems]


def test_every_wrong_reading_is_named_at_once() -> None:
    found = refused(
        measures={"physician": pair("11→-1"), "mmt": pair("81→80"), "haqq": pair("1→1")},
        enzymes={"ck": enzyme("-3→5", "0"), "cpk": enzyme("1→1", "1")},
    )
    assert sorted(found) == [
        ("limit-not-positive", "enzymes.ck.uln"),
        ("measure-unknown", "enzymes.cpk"),
        ("measure-unknown", "measures.haqq"),
        ("reading-out-of-range", "enzymes.ck.before"),
        ("reading-out-of-range", "measures.mmt.before"),
        ("reading-out-of-range", "measures.physician.after"),
        ("reading-out-of-range", "measures.physician.before"),
    ]


@pytest.mark.parametrize("value", [4.1, Decimal("NaN"), Decimal("Infinity"), "4", 4])
def test_only_exact_decimals_are_readings(value: Any) -> None:
    found = refused(measures={"physician": Pair(value, Decimal(1))})
    assert found == [("number-not-exact", "measures.physician.before")]


@pytest.mark.parametrize(
    ("maximum", "code"), [(None, "mmt-max-missing"), (Decimal(0), "mmt-max-not-positive")]
)
def test_strength_needs_the_maximum_of_its_form(maximum: Decimal | None, code: str) -> None:
    assert refused(measures={"mmt": pair("40→50")}, mmt_max=maximum) == [(code, "mmt_max")]


def test_juvenile_instruments_are_refused_for_adults_and_two_for_one_slot_always() -> None:
    assert refused(measures={"cmas": pair("40→50")}) == [("measure-unknown", "measures.cmas")]
    both = {"cmas": pair("40→50"), "mmt": pair("40→50")}
    assert refused(measures=both, population="juvenile") == [("measure-twice", "")]
    assert refused(population="child") == [("population-unknown", "population")]
