"""Outcomes as trials and series counted them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stepline.core.evidence import Status
from stepline.scores.change import (
    Visit,
    confirmed_improvement,
    deterioration,
    responder,
    steroid_sparing,
)
from stepline.scores.logic import Truth
from stepline.scores.tis import total_improvement
from stepline.scores.values import Pair
from tests.scores.reading import enzyme, measures, pair

MEASURES = ("physician", "patient", "haq", "extramuscular", "enzyme")
BASE: dict[str, Decimal | None] = {**dict.fromkeys(MEASURES, Decimal(2)), "mmt": Decimal(60)}
BETTER = {**BASE, "physician": Decimal(1), "patient": Decimal(1), "haq": Decimal(1)}
OPEN = {**BETTER, "haq": None}


@pytest.mark.parametrize(
    ("visits", "confirmed", "first"),
    [
        ([BETTER, BETTER], True, 0),
        ([BETTER, BASE, BETTER], False, None),
        ([BASE, BETTER, BETTER], True, 1),
        ([BETTER, OPEN], None, None),
        ([BETTER], False, None),
        ([], False, None),
    ],
)
def test_improvement_is_confirmed_at_two_consecutive_visits(
    visits: list[Visit], confirmed: Truth, first: int | None
) -> None:
    found = confirmed_improvement(BASE, visits, mmt_max=Decimal(80))
    assert (found.is_confirmed, found.first) == (confirmed, first)
    assert found.evidence[-1].status is Status.UNCONFIRMED


@pytest.mark.parametrize(
    ("ck", "physician", "steroid", "response"),
    [
        ("400→299", "4→2.9", "20→14", "complete"),
        ("400→300", "4→2.9", "20→14", "partial"),
        ("400→300", "4→3", "20→14", "none"),
        ("400→?", "4→2.9", "20→14", None),
        ("400→?", "4→3", "20→14", None),
        ("400→?", "4→3", "20→15", "none"),
        ("400→?", "4→2.9", "20→20", None),
        ("0→0", "4→2.9", "0→0", "none"),
    ],
)
def test_a_series_counted_falls_of_more_than_a_quarter(
    ck: str, physician: str, steroid: str, response: str | None
) -> None:
    given = {"ck": pair(ck), "physician": pair(physician), "steroid": pair(steroid)}
    assert steroid_sparing(given).response == response


STEADY: Visit = {**BASE, "enzyme": None}
WORSE: Visit = {**STEADY, "extramuscular": Decimal(4)}
BY_CATEGORY = {
    "none": "5→5 5→5 60→60 1→1 3→3",
    "minimal": "5→5 5→5 60→70 1→1 3→3",
    "moderate": "5→2 5→2 60→70 1→1 3→3",
    "major": "9→1 9→1 40→80 1→1 3→3",
}


@pytest.mark.parametrize(
    ("counts", "deteriorated", "responders", "moderate", "major"),
    [
        ({"none": 10, "minimal": 5, "moderate": 17, "major": 15}, 0, 37, 32, 15),
        ({"none": 27, "minimal": 10, "moderate": 7, "major": 4}, 5, 21, 11, 4),
    ],
    ids=["immunoglobulin", "placebo"],
)
def test_the_counts_of_a_trial_nest_as_published(
    counts: dict[str, int], deteriorated: int, responders: int, moderate: int, major: int
) -> None:
    outcomes = []
    for category, count in counts.items():
        score = total_improvement(
            measures(BY_CATEGORY[category]),
            population="adult",
            mmt_max=Decimal(80),
            enzymes={"ck": enzyme("200→200", "200")},
        )
        assert score.category == category
        for index in range(count):
            # Those who deteriorated had improved too little to respond anyway.
            visit = WORSE if category == "none" and index < deteriorated else STEADY
            outcomes.append((score, deterioration(STEADY, [visit, visit])))
    assert sum(responder(*one) is True for one in outcomes) == responders
    assert sum(score.category in ("moderate", "major") for score, _ in outcomes) == moderate
    assert sum(score.category == "major" for score, _ in outcomes) == major
    assert sum(worse.is_confirmed is True for _, worse in outcomes) == deteriorated


def test_a_high_score_is_no_response_after_a_confirmed_deterioration() -> None:
    score = total_improvement(
        measures(BY_CATEGORY["major"]),
        population="adult",
        mmt_max=Decimal(80),
        enzymes={"ck": enzyme("200→200", "200")},
    )
    assert responder(score, deterioration(STEADY, [WORSE, WORSE, STEADY])) is False
    assert steroid_sparing({"ck": Pair(None, None)}).response is None
