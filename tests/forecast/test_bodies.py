"""What must hold of any body: rest, balance, ceilings, floors, and parts that do not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.stepped_figures import part
from stepline.forecast.body import Body, Part, bodies, two_compartments
from stepline.forecast.chains import CELLS, DRUG, IGG, OWN_IGG, RESPONSE, chain
from stepline.forecast.doses import doses, no_doses
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.predicting import concentrations
from stepline.forecast.production import production_stated
from stepline.forecast.stepped import igg_events
from stepline.forecast.stepping import solve

DECADE = np.linspace(0, 3652.5, 121)
WHOLE = Body(
    drug=part("rituximab-calibrated"),
    igg=part("kim-2007-two-spaces"),
    cells=part("b-cells-calibrated"),
    production=production_stated(0.4, 0.05, 0.001),
    response=part("li-2024b-grip"),
)


def test_a_body_that_is_given_nothing_stays_as_it_is_for_ten_years() -> None:
    for body in (WHOLE, Body(drug=part("liang-2024"))):
        for name, values in chain(body, DECADE).series.items():
            assert np.ptp(values) <= 1e-9 * max(1.0, values.max()), name


def test_before_the_first_dose_nothing_changes() -> None:
    times = np.array([-400.0, -1.0, 0.0, 99.9, 100.0])
    found = chain(WHOLE, times, doses([100], 1000.0, 0.2), doses([100], 30.0, 0.2)).series
    assert all(np.ptp(values) == 0 for values in found.values())


def test_a_dose_of_nearly_nothing_moves_nothing_in_ten_years() -> None:
    """The state at rest is one of the equations: steps over ten years do not drift away from it."""
    found = chain(WHOLE, DECADE, doses([0], 1e-12), doses([0], 1e-12)).series
    for name, values in found.items():
        assert np.ptp(values) <= 1e-7 * max(1.0, values.max()), name


@settings(max_examples=30)
@given(st.data())
def test_the_state_at_rest_is_one_of_the_equations(data: st.DataObject) -> None:
    from stepline.forecast import stepping_kernels as at

    positive = st.floats(0.001, 100)
    whole = WHOLE if data.draw(st.booleans()) else Body(drug=part("liang-2024"))
    row = bodies([whole])[0]
    for place in range(at.CL, at.PARAMETERS):
        if row[place] > 0 and place not in (at.SHARE, at.TRANSITS, at.BEGIN):
            row[place] *= data.draw(positive)
    y, dy = np.empty(at.TRANSIT + int(row[at.TRANSITS])), np.empty(at.TRANSIT + 4)
    at.at_rest(row, y)
    at.slopes(3.0, y, row, np.zeros(len(y)), dy[: len(y)])
    flows = max(1.0, float(np.abs(y).max())) * max(1.0, float(np.abs(row).max()))
    assert np.abs(dy[: len(y)]).max() <= 1e-12 * flows


def test_a_body_returns_to_rest_long_after_a_dose_but_for_the_slow_fall() -> None:
    body = Body(WHOLE.drug, WHOLE.igg, WHOLE.cells, production_stated(0.4, 0.05), WHOLE.response)
    late = np.array([9000.0])
    found = chain(body, late, doses([0, 14], 1000.0, 0.2), doses([0], 70.0, 0.2)).series
    expected = {DRUG: 0, CELLS: 200, IGG: 12.1, OWN_IGG: 12.1, RESPONSE: 10.6}
    for name, value in expected.items():
        assert found[name][0, 0] == pytest.approx(value, rel=1e-6, abs=1e-6), name


@pytest.mark.parametrize("name", ["kim-2007", "kim-2007-two-spaces", "zhang-2020"])
def test_igg_that_is_given_is_there_or_was_lost(name: str) -> None:
    """What left by the loss of each kind, integrated from the course itself, closes the balance."""
    from scipy.integrate import simpson

    from stepline.forecast import stepping_kernels as at

    one = part(name)
    row = bodies([Body(igg=one)])
    times = np.linspace(0, 120, 24_001)
    states = solve(row, [igg_events(one, doses([0, 1, 30], 35.0, [1, 0.5, 2]))], times)[0]
    _, volume, _, _ = two_compartments(one)
    total = (states[:, at.EXTRA] + states[:, at.OWN]) / volume
    loss = np.array([at.igg_loss(one_total, row[0]) for one_total in total])
    lost = loss * states[:, at.EXTRA]
    left = states[-1, at.EXTRA] + states[-1, at.EXTRA_APART]
    assert left + simpson(lost, x=times) == pytest.approx(105, rel=1e-6)


@settings(max_examples=20)
@given(st.floats(1, 5000), st.floats(0, 400), st.floats(0, 60))
def test_nothing_falls_below_zero(drug: float, igg: float, day: float) -> None:
    times = np.linspace(0, 500, 501)
    found = chain(WHOLE, times, doses([0, day], drug), doses([day], igg)).series
    target = chain(Body(drug=part("liang-2024")), times, doses([0, day], drug)).series
    assert all(values.min() >= -1e-8 for values in [*found.values(), *target.values()])


def test_grip_strength_has_the_ceiling_and_the_steady_states_of_the_paper() -> None:
    """10.6/(1 - 0.6066·D/(9.41 + D)): the arithmetic of the published equation at a constant D."""
    igg, grip = part("li-2024b-mmn"), part("li-2024b-grip")
    for raised, published in ((4.0, 12.9), (10.0, 15.4), (1e6, 26.9)):
        rate = raised * igg.values["ke"] * igg.values["vc"]  # holds D once it is reached
        load = raised * igg.values["vc"]
        given = doses([0.0, 0.0], [load, rate * 300], [0.0, 300.0])
        found = chain(Body(igg=igg, response=grip), np.array([299.0]), None, given).series
        assert round(float(found[RESPONSE][0, 0]), 1) == published


def test_a_drug_that_never_leaves_holds_cells_at_one_part_in_emax_and_one() -> None:
    """With E at its ceiling B settles at B0/(1 + Emax), the kill of precursors apart."""
    cells = part("chen-2024-b-cells")
    found = chain(
        Body(drug=part("rituximab-calibrated"), cells=cells),
        np.array([60.0]),
        doses([0.0, 0.0], [1e7, 2e7], [0.0, 100.0]),
    ).series
    assert found[CELLS][0, 0] == pytest.approx(395 / 100.6, rel=1e-4)


def test_the_more_igg_the_faster_it_goes_and_the_own_igg_with_it() -> None:
    times = np.linspace(0, 60, 241)
    lows = [
        chain(Body(igg=WHOLE.igg), times, None, doses([0], amount, 0.2)).series[OWN_IGG].min()
        for amount in (0.0, 28.0, 70.0, 140.0)
    ]
    assert sorted(lows, reverse=True) == lows
    assert len(set(lows)) == 4


def test_an_own_value_from_before_treatment_replaces_that_of_the_model() -> None:
    one = part("kim-2007", baseline=6.0)
    assert concentrations(one.model, one.values, no_doses(), np.array([0.0, 999.0])) == (
        pytest.approx([6.0, 6.0], rel=1e-9)
    )


def test_a_part_that_does_not_fit_its_place_is_refused_with_all_others() -> None:
    wrong = Body(drug=part("kim-2007"), igg=part("b-cells-calibrated"))
    with pytest.raises(ForecastRefused) as refusal:
        bodies([wrong])
    assert [one.code for one in refusal.value.problems] == ["structure-wrong", "structure-wrong"]


def test_three_compartments_are_refused_in_steps() -> None:
    three = part("rituximab-calibrated", q2=0.1, vp2=1.0)
    with pytest.raises(ForecastRefused, match="three compartments"):
        bodies([Body(drug=three)])


def test_models_that_count_in_other_units_are_not_joined() -> None:
    igg, drug = part("zhang-2020"), part("rituximab-calibrated")
    milligrams = Part(replace(igg.model, amount_unit="mg"), igg.values)
    grams = Part(replace(drug.model, amount_unit="g"), drug.values)
    with pytest.raises(ForecastRefused) as refusal:
        bodies([Body(drug=grams, igg=milligrams, cells=part("b-cells-calibrated"))])
    assert [one.found for one in refusal.value.problems] == ["g", "mg"]
    assert len(bodies([Body(drug=grams)])) == 1


def test_a_drug_under_the_skin_is_refused_without_a_depot() -> None:
    one = part("kim-2007")
    with pytest.raises(ForecastRefused, match="no depot"):
        concentrations(one.model, one.values, doses([0], 1.0, depot=True), np.array([1.0]))


@pytest.mark.parametrize("name", ["b-cells-calibrated", "li-2024b-grip", "igg-production-ms"])
def test_an_effect_alone_is_refused_for_want_of_what_drives_it(name: str) -> None:
    one = part(name)
    with pytest.raises(ForecastRefused) as refusal:
        concentrations(one.model, one.values, doses([0], 1.0), np.array([1.0]))
    assert [problem.code for problem in refusal.value.problems] == ["driver-needed"]


def test_two_ways_to_state_two_compartments_are_one() -> None:
    rates = part("lioger-2017")
    clearance, volume, flow, apart = two_compartments(rates)
    same = Part(
        part("rituximab-calibrated").model,
        {"cl": clearance, "vc": volume, "q": flow, "vp": apart},
    )
    times, given = np.linspace(0, 90, 31), doses([0, 14], 1000.0, 0.2)
    found = [chain(Body(drug=one), times, given).series[DRUG][0] for one in (rates, same)]
    assert found[0] == pytest.approx(found[1], rel=1e-9)
