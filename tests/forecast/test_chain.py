"""The chain from rituximab to IgG: what it reduces to, what it refuses, what holds a level."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.stepped_figures import TWO_GRAMS, part
from stepline.forecast.body import Body, Part
from stepline.forecast.chains import (
    CELLS,
    DRUG,
    IGG,
    MADE,
    NOT_CLINICAL,
    OWN_IGG,
    chain,
)
from stepline.forecast.crossing import stretches_below
from stepline.forecast.doses import doses
from stepline.forecast.effects import REASONS, response_model
from stepline.forecast.holding import Schedule, dose_that_holds
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.models import models
from stepline.forecast.predicting import concentrations
from stepline.forecast.production import production_stated
from stepline.forecast.reading import read_models
from stepline.vocabulary.catalogue import catalogue

TIMES = np.linspace(0, 730, 74)
MONTHLY = doses(np.arange(60.0, 730, 28), 28.0, 0.125)
DRUG_PART, CELLS_PART = part("rituximab-calibrated"), part("b-cells-calibrated")
LINEAR = part("navarro-mora-2022", endogenous=9.0)


def codes(refusal: pytest.ExceptionInfo[ForecastRefused]) -> list[str]:
    return [one.code for one in refusal.value.problems]


@pytest.mark.parametrize(
    "name", ["navarro-mora-2022", "zhang-2020", "tortorici-2021-cidp", "li-2024a-mmn", "lee-2021"]
)
def test_with_constant_production_and_loss_the_chain_is_the_published_model(name: str) -> None:
    igg = part(name)
    whole = Body(DRUG_PART, igg, CELLS_PART, production_stated(0.0, 0.1))
    found = chain(whole, TIMES, TWO_GRAMS, MONTHLY).series[IGG][0]
    published = concentrations(igg.model, igg.values, MONTHLY, TIMES)
    assert found == pytest.approx(published, rel=1e-6)


def test_with_constant_production_the_chain_is_the_recycling_model() -> None:
    igg = part("kim-2007-two-spaces")
    whole = Body(DRUG_PART, igg, CELLS_PART, production_stated(0.0, 0.1))
    found = chain(whole, TIMES, TWO_GRAMS, MONTHLY).series[IGG][0]
    assert found == pytest.approx(concentrations(igg.model, igg.values, MONTHLY, TIMES), rel=1e-6)


def test_recycling_that_cannot_saturate_is_a_linear_model() -> None:
    """With Km far above any IgG the recycled share is constant: kint - Jmax/(V·Km)."""
    fcrn = part("kim-2007", recycling_km=1e12)
    volume = fcrn.values["vc"]
    fcrn.values["recycling-most"] = 0.1 * volume * 1e12  # type: ignore[index]
    linear = part("lee-2021", cl=0.08 * volume, vc=volume, endogenous=12.1)
    found = concentrations(fcrn.model, fcrn.values, MONTHLY, TIMES)
    expected = concentrations(linear.model, linear.values, MONTHLY, TIMES)
    assert found == pytest.approx(expected, rel=1e-6)


@given(st.floats(0, 1))
@settings(max_examples=10)
def test_with_linear_loss_igg_falls_by_the_share_that_b_cells_fed(share: float) -> None:
    """B cells gone for good: own IgG settles at the share that does not depend on them."""
    whole = Body(DRUG_PART, LINEAR, CELLS_PART, production_stated(share, 0.1))
    late = np.array([3000.0])
    found = chain(whole, late, doses([0], 3e6, 3000.0)).series
    assert found[IGG][0, 0] == pytest.approx(9.0 * (1 - share), rel=1e-5, abs=1e-5)
    assert found[MADE][0, 0] == pytest.approx(1 - share, rel=1e-5, abs=1e-5)


def test_infused_igg_holds_the_total_and_hides_the_fall_of_the_own() -> None:
    whole = Body(DRUG_PART, LINEAR, CELLS_PART, production_stated(0.7, 0.05))
    bare = chain(whole, TIMES, TWO_GRAMS).series
    replaced = chain(whole, TIMES, TWO_GRAMS, MONTHLY).series
    assert replaced[OWN_IGG][0] == pytest.approx(bare[OWN_IGG][0], rel=1e-6)
    assert (replaced[IGG][0] >= bare[IGG][0] - 1e-9).all()


def test_igg_raised_by_ivig_shortens_rituximab_where_the_model_says_so() -> None:
    lioger = part("lioger-2017")
    igg = part("tortorici-2021-cidp", endogenous=10.0)
    load = doses([0, 1], 82.0, 0.25)
    days = np.array([60.0])
    follows = chain(Body(lioger, igg, igg_at=10.0), days, TWO_GRAMS, load).series[DRUG]
    leaves = chain(Body(lioger, igg), days, TWO_GRAMS, load).series[DRUG]
    alone = chain(Body(lioger), days, TWO_GRAMS).series[DRUG]
    assert leaves == pytest.approx(alone, rel=1e-6)
    assert (follows < 0.95 * alone).all()


def test_no_igg_is_forecast_after_rituximab_without_what_ties_it_to_b_cells() -> None:
    with pytest.raises(ForecastRefused) as refusal:
        chain(Body(DRUG_PART, LINEAR, CELLS_PART), TIMES, TWO_GRAMS)
    assert codes(refusal) == ["production-unknown"]
    assert "production_stated" in str(refusal.value)


def test_b_cells_alone_are_forecast() -> None:
    found = chain(Body(DRUG_PART, cells=CELLS_PART), TIMES, TWO_GRAMS)
    assert set(found.series) == {DRUG, CELLS}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (Body(cells=CELLS_PART), ["driver-needed"]),
        (Body(response=part("li-2024b-grip")), ["driver-needed"]),
        (Body(production=production_stated(0.1, 0.1)), ["driver-needed", "driver-needed"]),
        (Body(DRUG_PART, cells=part("yu-2022-b-cells")), ["driver-wrong"]),
        (Body(DRUG_PART, LINEAR, igg_at=10.0), ["igg-unknown"]),
    ],
)
def test_a_chain_with_a_missing_link_is_refused(body: Body, expected: list[str]) -> None:
    with pytest.raises(ForecastRefused) as refusal:
        chain(body, TIMES)
    assert codes(refusal) == expected


def test_doses_of_what_is_not_there_and_people_who_differ_are_refused() -> None:
    with pytest.raises(ForecastRefused) as refusal:
        chain(Body(drug=DRUG_PART), TIMES, TWO_GRAMS, MONTHLY)
    assert codes(refusal) == ["dose-without-model"]
    for people in ([], [Body(drug=DRUG_PART), Body(igg=LINEAR)]):
        with pytest.raises(ForecastRefused) as refusal:
            chain(people, TIMES)
        assert codes(refusal) == ["people-differ"]


def test_a_statement_of_production_is_refused_whole() -> None:
    with pytest.raises(ForecastRefused) as refusal:
        production_stated(1.2, -1.0, float("nan"))
    assert codes(refusal) == ["production-wrong"] * 3


def test_every_result_says_its_models_and_that_it_is_not_for_care() -> None:
    whole = Body(DRUG_PART, LINEAR, CELLS_PART, part("igg-production-ms"))
    found = chain(whole, TIMES, TWO_GRAMS)
    assert found.said[0] == NOT_CLINICAL
    for one in whole.parts:
        assert any(one.model.label in line and one.model.title in line for line in found.said)
        assert not set(one.model.cautions) - set(found.said)
    assert "Figures of b-cells-calibrated: secondary, derived." in found.said


def test_a_value_outside_the_range_of_a_model_is_said() -> None:
    body = Body(igg=part("li-2024b-mmn"))
    words = "lean-body-mass 90 kg lies outside 40 to 70 kg"
    assert any(words in line for line in chain(body, TIMES, stated={"lean-body-mass": 90}).said)
    assert not any(words in line for line in chain(body, TIMES, stated={"lean-body-mass": 50}).said)


def test_draws_that_absorb_differently_are_each_solved_with_their_own_share() -> None:
    base = part("zhang-2020")
    people = [Body(igg=Part(base.model, {**base.values, "f": f})) for f in (0.3, 0.6)]
    given = doses(np.arange(0.0, 70, 7), 10.0, depot=True)
    both = chain(people, TIMES, None, given).series[IGG] - 4
    assert both[1] == pytest.approx(2 * both[0], rel=1e-6, abs=1e-8)


def test_the_first_fall_below_a_level_is_found_between_the_times() -> None:
    times = np.array([0.0, 10.0, 20.0, 30.0])
    assert stretches_below(times, np.array([8.0, 5.0, 3.0, 5.0]), 4.0)[0].start == 15.0
    assert stretches_below(times, np.array([4.0, 4.0, 4.0, 4.0]), 4.0) == ()
    assert stretches_below(times, np.array([3.0, 5.0, 5.0, 5.0]), 4.0)[0].start == 0.0


FALLING = Body(DRUG_PART, replace(LINEAR), CELLS_PART, production_stated(0.7, 0.05, 0.0))
YEAR = Schedule(start=60, until=60 + 28 * 12, interval=28, duration=0.125, held_from=60 + 28 * 4)


def test_a_dose_that_holds_a_level_holds_it_and_a_smaller_one_does_not() -> None:
    grams = dose_that_holds(FALLING, 7.0, YEAR, TWO_GRAMS)
    seen = np.array([*YEAR.times[4:], YEAR.until])

    def lowest(amount: float) -> float:
        given = doses(YEAR.times, amount, YEAR.duration)
        return float(chain(FALLING, seen, TWO_GRAMS, given).series[IGG].min())

    assert lowest(grams + 0.02) >= 7.0
    assert lowest(grams - 0.5) < 7.0


def test_a_level_that_holds_itself_needs_no_dose_and_one_out_of_reach_is_refused() -> None:
    assert dose_that_holds(FALLING, 1.0, YEAR, TWO_GRAMS) == 0.0
    with pytest.raises(ForecastRefused, match="No dose up to 200 g"):
        dose_that_holds(FALLING, 500.0, YEAR, TWO_GRAMS)


def test_a_response_is_offered_where_a_model_is_published() -> None:
    assert response_model("grip-strength").id == "li-2024b-grip"


@pytest.mark.parametrize("measure", [*REASONS, "vitiligo"])
def test_a_response_without_a_model_is_refused_with_the_reason(measure: str) -> None:
    with pytest.raises(ForecastRefused, match="cannot be forecast: ") as refusal:
        response_model(measure)
    assert codes(refusal) == ["effect-unknown"]


def test_the_sources_in_the_reasons_are_in_the_library() -> None:
    named = {"gottfried-2000", "tortorici-2021"}
    assert all(any(key in reason for reason in REASONS.values()) for key in named)
    assert all(catalogue().source(key) for key in named)


def test_what_is_calibrated_says_so_in_its_sentence_or_title() -> None:
    for one in models():
        if one.label == "calibrated":
            assert "project" in one.says or "Rests on" in one.says, one.id


CELLS_OF_ONE = (
    "cells-at-start: {value: 1}, k-out: {value: 1}, effect-most: {value: 1},"
    " half-effect-at: {value: 1}, "
)
BROKEN = """
models:
  - id: broken
    version: 1.0.0
    title: A model that contradicts itself
    structure: {structure}
    amount: mg
    result: mg/L
    label: calibrated
    population: nobody
    parameters: {{{parameters}}}
"""


@pytest.mark.parametrize(
    ("structure", "parameters", "words"),
    [
        ("production", "share-short-lived: {value: 1.2}, k-production: {value: 1}", "1 at most"),
        (
            "cell-turnover",
            CELLS_OF_ONE + "transits: {value: 2.5}, mean-transit-time: {value: 1}",
            "a whole number",
        ),
        ("cell-turnover", CELLS_OF_ONE + "transits: {value: 2}", "stated together"),
        ("fcrn", "uptake: {value: 1}", "needs recycling-most"),
    ],
)
def test_a_model_that_its_equations_cannot_take_is_refused(
    tmp_path: Path, structure: str, parameters: str, words: str
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN.format(structure=structure, parameters=parameters))
    with pytest.raises(ForecastRefused, match=words):
        read_models(path)
