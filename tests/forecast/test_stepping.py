"""The stepper against solvers made by others, closed forms, and the order it claims."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.stepped_figures import part
from stepline.forecast.body import Body, Part, bodies
from stepline.forecast.chains import CELLS, DRUG, IGG, RESPONSE, chain
from stepline.forecast.doses import Doses, doses
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.predicting import concentrations
from stepline.forecast.production import production_stated
from stepline.forecast.stepped import drug_events, stepped_concentrations
from stepline.forecast.stepping import Tolerance, solve
from tests.support import ode_reference as reference


@st.composite
def regimens(draw: st.DrawFn, most: float) -> Doses:
    count = draw(st.integers(1, 5))
    of = [(0, 120), (0.01, 1.0)]
    time, share = ([draw(st.floats(*ends)) for _ in range(count)] for ends in of)
    long = [draw(st.sampled_from([0.0, 0.2, 1.0, 30.0])) for _ in range(count)]
    return doses(np.round(time, 3), [most * one for one in share], long)


FINE = Tolerance(1e-10, 1e-13)
"""Against another solver the equations are judged, not the step: the default is judged below."""
LOOKS = np.unique(np.concatenate([np.linspace(0, 200, 41), [0.001, 33.3]]))


def close(found: np.ndarray, expected: np.ndarray, scale: float) -> bool:
    return bool(np.allclose(found, expected, rtol=2e-6, atol=1e-8 * scale))


@settings(max_examples=15)
@given(regimens(1000))
def test_a_clearance_that_falls_is_solved_as_dop853_solves_it(given: Doses) -> None:
    one = part("rozman-2017")
    v = dict(one.values)
    begin = float(given.time[0])
    expected = reference.solved(reference.falling_clearance(v, begin), [0, 0], [(given, 0)], LOOKS)
    found = concentrations(one.model, v, given, LOOKS)
    assert close(found, expected[:, 0] / v["vc"], 1000)


@settings(max_examples=15)
@given(regimens(150), st.sampled_from(["kim-2007", "kim-2007-two-spaces"]))
def test_recycled_igg_is_solved_as_dop853_solves_it(given: Doses, name: str) -> None:
    one = part(name)
    v = dict(one.values)
    start = [12.1 * v["vc"], 12.1 * v.get("vp", 0.0), 0, 0]
    expected = reference.solved(reference.recycled(v), start, [(given, 2)], LOOKS)
    found = concentrations(one.model, v, given, LOOKS)
    assert close(found, (expected[:, 0] + expected[:, 2]) / v["vc"], 1)


@settings(max_examples=10)
@given(regimens(1000))
def test_a_target_in_quasi_steady_state_is_solved_as_lsoda_solves_it(given: Doses) -> None:
    one = part("liang-2024")
    v = dict(one.values)
    mass = v["molar-mass"] / 1000  # nmol/L to mg/L
    rest = v["target-made"] / v["target-lost"]
    nmol = Doses(given.time, given.amount / v["vc"] / mass, given.duration, given.depot)
    expected = reference.solved(reference.bound(v), [0, 0, rest], [(nmol, 0)], LOOKS, "LSODA")
    total, target = expected[:, 0], expected[:, 2]
    b = total - target - v["k-ss"]
    free = (b + np.sqrt(b * b + 4 * v["k-ss"] * total)) / 2 * mass
    found = chain(Body(drug=one), LOOKS, given, tolerance=FINE).series
    assert close(found[DRUG][0], free, 1000)
    assert close(found[CELLS][0], target / rest * v["cells-at-start"], 200)


@settings(max_examples=10)
@given(regimens(1000), regimens(100))
def test_the_chain_is_solved_as_lsoda_solves_it(rituximab: Doses, infused: Doses) -> None:
    drug, cells = part("rituximab-calibrated"), part("b-cells-calibrated")
    igg, made = part("navarro-mora-2022"), production_stated(0.4, 0.05, 0.001)
    v = [dict(one.values) for one in (drug, cells, igg, made)]
    pool = v[1]["k-out"] * 200 * 60 / 4
    start = [0, 0, *[pool] * 4, 200, 1, 1, 4 * v[2]["vc"], 4 * v[2]["vp"], 0, 0]
    slopes = reference.chained(*v)
    expected = reference.solved(slopes, start, [(rituximab, 0), (infused, 11)], LOOKS, "LSODA")
    body = Body(drug=drug, cells=cells, igg=igg, production=made)
    found = chain(body, LOOKS, rituximab, infused, FINE).series
    assert close(found[DRUG][0], expected[:, 0] / v[0]["vc"], 1000)
    assert close(found[CELLS][0], expected[:, 6], 200)
    assert close(found[IGG][0], (expected[:, 9] + expected[:, 11]) / v[2]["vc"], 10)


@settings(max_examples=10)
@given(regimens(160))
def test_a_response_is_solved_as_dop853_solves_it(given: Doses) -> None:
    igg, grip = part("li-2024b-mmn"), part("li-2024b-grip")
    slopes = reference.gripped(dict(igg.values), dict(grip.values))
    expected = reference.solved(slopes, [0, 10.6], [(given, 0)], LOOKS)
    found = chain(Body(igg=igg, response=grip), LOOKS, None, given).series
    assert close(found[RESPONSE][0], expected[:, 1], 10)
    assert close(found[IGG][0], expected[:, 0] / igg.values["vc"] + 20.2, 10)


@settings(max_examples=15)
@given(regimens(1000), st.sampled_from(["rituximab-calibrated", "lioger-2017"]))
def test_a_linear_drug_in_steps_is_the_closed_form(given: Doses, name: str) -> None:
    one = part(name)
    found = chain(Body(drug=one), LOOKS, given).series[DRUG][0]
    assert close(found, concentrations(one.model, one.values, given, LOOKS), 1000)


@settings(max_examples=15)
@given(regimens(100), st.booleans())
def test_linear_igg_in_steps_is_the_closed_form(given: Doses, is_under_the_skin: bool) -> None:
    one = part("zhang-2020")
    depot = np.full(len(given), is_under_the_skin)
    into = Doses(given.time, given.amount, given.duration, depot)
    found = chain(Body(igg=one), LOOKS, None, into).series[IGG][0]
    assert close(found, concentrations(one.model, one.values, into, LOOKS), 10)


def test_halving_a_fixed_step_divides_the_error_by_two_to_the_fifth() -> None:
    one, given, times = part("rozman-2017"), doses([0.0], 1000.0), np.array([0.0, 16.0])

    def found(step: float) -> float:
        fixed = Tolerance(fixed_step=step)
        return float(stepped_concentrations(one.model, one.values, given, times, fixed)[1])

    slopes = reference.falling_clearance(dict(one.values), 0.0)
    truth = reference.solved(slopes, [0, 0], [(given, 0)], times)[1, 0] / one.values["vc"]
    errors = [abs(found(step) - truth) for step in (0.5, 0.25, 0.125)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx(5, abs=0.3)


def test_a_looser_tolerance_is_kept() -> None:
    one, given = part("kim-2007-two-spaces"), doses([0, 1, 30], 70.0, 0.25)
    exact = stepped_concentrations(one.model, one.values, given, LOOKS, Tolerance(1e-12, 1e-14))
    for relative in (1e-4, 1e-6, 1e-8):
        loose = Tolerance(relative, relative / 100)
        found = stepped_concentrations(one.model, one.values, given, LOOKS, loose)
        assert np.max(np.abs(found / exact - 1)) < 20 * relative


@given(st.permutations(range(4)))
@settings(max_examples=10)
def test_the_order_of_doses_and_of_times_changes_no_digit(order: list[int]) -> None:
    one = part("kim-2007")
    time, amount, long = np.array([3.0, 3.0, 10.0, 3.0]), np.arange(10.0, 50, 10), [0, 0.5, 1, 0]
    turned = doses(time[order], amount[order], np.array(long)[order])
    times = np.array([1.0, 40.0, 3.0, 3.2])
    usual = concentrations(one.model, one.values, doses(time, amount, long), times)
    again = concentrations(one.model, one.values, turned, times[order])
    assert (usual[order] == again).all()


def test_a_bolus_counts_at_its_own_moment_and_an_infusion_not_yet() -> None:
    one = part("kim-2007")
    at, volume = np.array([5.0]), one.values["vc"]
    bolus = concentrations(one.model, one.values, doses([5.0], 29.4), at)
    infusion = concentrations(one.model, one.values, doses([5.0], 29.4, 0.1), at)
    assert bolus[0] == pytest.approx(12.1 + 29.4 / volume, rel=1e-12)
    assert infusion[0] == pytest.approx(12.1, rel=1e-12)


@pytest.mark.parametrize("duration", [5e-324, 1e-311, 1e-15, 1e-10])
def test_an_infusion_of_no_time_is_a_bolus(duration: float) -> None:
    one, at = part("kim-2007"), np.array([100.0, 101.0])
    found = concentrations(one.model, one.values, doses([100.0], 70.0, duration), at)
    assert (found == concentrations(one.model, one.values, doses([100.0], 70.0), at)).all()


@pytest.mark.parametrize("edge", [10.0, 10.5])
def test_a_course_has_no_jump_where_an_infusion_starts_or_ends(edge: float) -> None:
    one, given = part("kim-2007"), doses([10.0], 70.0, 0.5)
    found = concentrations(one.model, one.values, given, np.array([edge - 1e-9, edge, edge + 1e-9]))
    assert np.ptp(found) < 1e-6


def test_many_people_are_solved_as_each_alone() -> None:
    base = part("rozman-2017")
    given, times = doses([0, 14], 1000.0, 0.2), np.linspace(0, 100, 7)
    people = [Body(drug=Part(base.model, {**base.values, "cl": 0.1 + 0.01 * i})) for i in range(70)]
    rows = bodies(people)
    events = drug_events(base, given)
    together = solve(rows, [events], times)
    assert all((solve(rows[i : i + 1], [events], times)[0] == together[i]).all() for i in (0, 69))


def test_what_grows_without_end_is_refused_by_person() -> None:
    base = part("rozman-2017")
    wild = Part(base.model, {**base.values, "cl": -1e300})
    with pytest.raises(ForecastRefused) as refusal:
        chain([Body(drug=base), Body(drug=wild)], np.array([0.0, 50.0]), doses([0], 1000.0))
    (problem,) = refusal.value.problems
    assert (problem.code, problem.place.path) == ("course-not-solved", "person 2")


def test_a_time_that_is_no_number_is_refused() -> None:
    one = part("kim-2007")
    with pytest.raises(ForecastRefused, match="finite"):
        concentrations(one.model, one.values, doses([0], 1.0), np.array([np.nan]))


def test_no_times_and_no_doses_are_no_error() -> None:
    one = part("kim-2007")
    assert concentrations(one.model, one.values, doses([], []), np.array([])).shape == (0,)
    assert concentrations(one.model, one.values, doses([], []), np.array([3.0])) == 12.1
