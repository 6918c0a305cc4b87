"""Closed forms of linear kinetics: against a general solver, and by what holds of any of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.forecast.doses import Doses, doses
from stepline.forecast.individual import ForecastRefused
from stepline.forecast.linear import linear_concentrations, many_courses, one_course
from stepline.forecast.linear_kernels import passed, passed_in
from stepline.forecast.model import Structure
from stepline.forecast.models import model
from stepline.forecast.modes import Modes, half_lives, modes
from stepline.forecast.moves import moves
from stepline.forecast.steady import Repeated, steady_concentrations
from tests.support.linear_reference import Case, Floats, apart, drawn

SEEDS = st.integers(0, 2**32 - 1)
CLOSE = 1e-9


def case(seed: int) -> Case:
    return drawn(np.random.default_rng(seed))


def seen(one: Case, given_doses: Doses | None = None, times: Floats | None = None) -> Floats:
    body = modes(one.structure, one.values)
    given_there = one.doses if given_doses is None else given_doses
    return one_course(body, moves(given_there, one.times if times is None else times))


def same(one: Floats, other: Floats, within: float = CLOSE) -> None:
    """Equal to a part of the largest: tails of tails are below what is asked."""
    assert np.abs(one - other).max() <= within * max(np.abs(other).max(), 1e-300)


def test_three_hundred_regimens_agree_with_a_general_solver_to_one_in_a_million() -> None:
    worst = {seed: apart(one := case(seed), seen(one)) for seed in range(300)}
    assert max(worst.values()) <= 1e-6, max(worst, key=lambda seed: worst[seed])


@given(SEEDS)
def test_regimens_add_up(seed: int) -> None:
    one = case(seed)
    first = np.arange(len(one.doses)) % 2 == 0
    halves = [_part(one.doses, which) for which in (first, ~first)]
    same(sum((seen(one, half) for half in halves), np.zeros(len(one.times))), seen(one))


@given(SEEDS, st.floats(1e-3, 1e3))
def test_a_dose_in_another_unit_gives_the_concentration_in_that_unit(
    seed: int, factor: float
) -> None:
    one = case(seed)
    more = replace(one.doses, amount=one.doses.amount * factor)
    same(seen(one, more), factor * seen(one))


@given(SEEDS, st.sampled_from([24.0, 1440.0, 1 / 7]))
def test_time_in_another_unit_gives_the_same_concentrations(seed: int, per_day: float) -> None:
    one = case(seed)
    values = {key: v if key == "vc" else v / per_day for key, v in one.values.items()}
    given_doses = replace(
        one.doses, time=one.doses.time * per_day, duration=one.doses.duration * per_day
    )
    other = Case(one.structure, values, given_doses, one.times * per_day)
    same(seen(other), seen(one))


@given(SEEDS, st.floats(-1000, 1000))
def test_a_later_start_shifts_everything(seed: int, shift: float) -> None:
    one = case(seed)
    later = replace(one.doses, time=one.doses.time + shift)
    same(seen(one, later, one.times + shift), seen(one), within=1e-7)


@given(SEEDS)
def test_an_infusion_in_two_equal_halves_is_the_infusion(seed: int) -> None:
    one = case(seed)
    half = replace(one.doses, amount=one.doses.amount / 2, duration=one.doses.duration / 2)
    second = replace(half, time=half.time + half.duration)
    same(seen(one, half) + seen(one, second), seen(one))


@given(SEEDS)
def test_doses_in_any_order_are_the_same_regimen(seed: int) -> None:
    one, d = case(seed), case(seed).doses
    order = np.random.default_rng(seed).permutation(len(d))
    shuffled = doses(d.time[order], d.amount[order], d.duration[order], d.depot[order])
    same(seen(one, shuffled), seen(one), within=1e-13)


@given(SEEDS)
def test_what_is_given_is_eliminated_or_still_there(seed: int) -> None:
    """Input = what the whole area eliminates: ∫C·CL dt to infinity is the dose."""
    one = case(seed)
    body = modes(one.structure, one.values)
    end = float((one.doses.time + one.doses.duration).max())
    eliminated = _integral(one, end) * one.values["ke"] * one.values["vc"]
    # After the last input every mode decays on its own; what it will still eliminate is known.
    times = np.array([end])
    left = _left(one, body, times)
    total = float(one.doses.amount.sum())
    assert eliminated + left == pytest.approx(total, rel=1e-7)


@given(SEEDS, st.floats(0.5, 60), st.floats(0, 150), st.booleans())
def test_a_steady_state_is_what_many_doses_lead_to(
    seed: int, interval: float, duration: float, is_long: bool
) -> None:
    one = case(seed)
    body = modes(one.structure, one.values)
    depot = one.values.get("ka", 0) > 0 and seed % 2 == 0
    dose = Repeated(100.0, interval, duration if is_long else 0.0, depot)
    slowest = min(float(body.rates.min()), one.values.get("ka", np.inf))
    if slowest * interval < 0.02:
        return
    count = int(np.ceil(40 / (slowest * interval) + dose.duration / interval)) + 1
    since = interval * np.array([0.0, 0.001, 0.3, 0.99])
    last = interval * count
    starts = [interval * nth for nth in range(count + 1)]
    history = doses(starts, [100.0] * (count + 1), dose.duration, depot)
    before = doses(starts[:-1], [100.0] * count, dose.duration, depot)
    wanted = one_course(body, moves(history, last + since[1:]))
    trough = one_course(body, moves(before, np.array([last])))
    same(steady_concentrations(body, dose, since), np.array([*trough, *wanted]), within=1e-8)


@given(SEEDS, st.floats(1, 60), st.floats(0, 100))
def test_the_area_of_an_interval_at_steady_state_is_the_dose_over_clearance(
    seed: int, interval: float, duration: float
) -> None:
    one = case(seed)
    body = modes(one.structure, one.values)
    dose = Repeated(100.0, interval, duration, "ka" in one.values)
    edge = duration % interval
    area = 0.0
    for start, end in ((0.0, edge), (edge, interval)):
        for low, high in _pieces(start, end):
            nodes, weights = np.polynomial.legendre.leggauss(20)
            since = low + (high - low) * (nodes + 1) / 2
            seen_there = steady_concentrations(body, dose, since)
            area += float(weights @ seen_there) * (high - low) / 2
    assert area * one.values["ke"] * one.values["vc"] == pytest.approx(100.0, rel=1e-7)


RATES = st.floats(1e-6, 50)


@given(RATES, RATES | st.none(), st.floats(1e-6, 500), st.sampled_from([0.0, 1e-15, 1e-8, 1e-3]))
def test_absorption_loses_no_digits_where_rates_are_equal_or_nearly(
    one: float, other: float | None, step: float, near: float
) -> None:
    second = one * (1 + near) if other is None else other
    for ours, exact in zip(
        (passed(one, second, step), passed_in(one, second, step)),
        _exactly(one, second, step),
        strict=True,
    ):
        assert ours == pytest.approx(float(exact), rel=1e-13, abs=1e-300)


def test_two_peripheral_compartments_alike_are_one_of_both() -> None:
    """Equal rates back make the middle mode vanish from the blood; shares stay whole."""
    twins = {"ke": 0.1, "vc": 3.0, "k12": 0.2, "k21": 0.3, "k13": 0.5, "k31": 0.3}
    single = {"ke": 0.1, "vc": 3.0, "k12": 0.7, "k21": 0.3}
    calendar = moves(doses([0], [100], 0.5), np.linspace(0, 50, 101))
    three, two = (one_course(modes(Structure.LINEAR_RATES, v), calendar) for v in (twins, single))
    same(three, two, within=1e-13)
    assert modes(Structure.LINEAR_RATES, twins).shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("fast", [1.0, 1e4, 1e8, 1e12])
def test_the_slow_rate_keeps_its_digits_beside_a_fast_exchange(fast: float) -> None:
    """Of two compartments it is the small root of λ² - (ke + k12 + k21)·λ + ke·k21."""
    body_ke = 0.01
    body = modes(Structure.LINEAR_RATES, {"ke": body_ke, "vc": 3.0, "k12": fast, "k21": fast})
    with localcontext() as context:
        context.prec = 60
        ke, k = Decimal(body_ke), Decimal(fast)
        half = (ke + 2 * k) / 2
        exact = half - (half * half - ke * k).sqrt()
    assert body.rates[0, 0] == pytest.approx(float(exact), rel=1e-13)


def test_clearances_and_rates_say_the_same() -> None:
    named = {"cl": 0.142, "vc": 3.94, "q": 0.252, "vp": 4.18, "q2": 0.1, "vp2": 2.0}
    rates = {
        "ke": 0.142 / 3.94,
        "vc": 3.94,
        "k12": 0.252 / 3.94,
        "k21": 0.252 / 4.18,
        "k13": 0.1 / 3.94,
        "k31": 0.1 / 2.0,
    }
    same(
        half_lives(modes(Structure.LINEAR, named)), half_lives(modes(Structure.LINEAR_RATES, rates))
    )


def test_many_persons_at_once_are_each_person_alone() -> None:
    rng = np.random.default_rng(5)
    weights = rng.uniform(40, 120, 50)
    clearance, volume = 0.15 * weights / 70, 3.0 * weights / 70
    calendar = moves(doses(np.arange(0, 100, 7.0), 0.1 * np.ones(15), 0.1), np.arange(100.0))
    others = {"q": np.array(0.3), "vp": np.array(2.0)}
    values = {"cl": clearance, "vc": volume, **others}
    together = many_courses(modes(Structure.LINEAR, values), calendar, weights)
    for one in (0, 17, 49):
        own = {"cl": clearance[one], "vc": volume[one], **others}
        alone = one_course(modes(Structure.LINEAR, own), calendar) * weights[one]
        same(together[one], alone, within=1e-13)


def test_what_the_body_makes_is_added_and_the_share_absorbed_is_taken() -> None:
    one = model("landersdorfer-2013")
    values = {key: float(p.value) for key, p in one.parameters.items()}
    vein = linear_concentrations(one, values, doses([0], [6.6]), np.array([500.0]))
    skin = linear_concentrations(one, values, doses([0], [10], 0, True), np.array([500.0]))
    before = linear_concentrations(one, values, doses([3], [10]), np.array([2.0]))
    assert before[0] == 4
    assert skin[0] > 4
    # Long after, absorption has only delayed what was absorbed.
    assert skin[0] - 4 == pytest.approx(vein[0] - 4, rel=0.05)


def test_a_dose_under_the_skin_needs_a_model_with_a_depot() -> None:
    one = model("tortorici-2019-pid")
    values = {key: float(p.value) for key, p in one.parameters.items()}
    with pytest.raises(ForecastRefused) as refused:
        linear_concentrations(one, values, doses([0], [10], 0, True), np.array([1.0]))
    assert refused.value.problems[0].code == "depot-unknown"


def test_every_dose_that_is_no_dose_is_told() -> None:
    with pytest.raises(ForecastRefused) as refused:
        doses([0, float("nan")], [-1, 5], [1, float("inf")])
    codes = [one.code for one in refused.value.problems]
    assert codes == ["dose-time-wrong", "dose-amount-wrong", "dose-duration-wrong"]


def _part(whole: Doses, which: np.ndarray) -> Doses:
    return Doses(whole.time[which], whole.amount[which], whole.duration[which], whole.depot[which])


def _edges(one: Case, end: float) -> list[float]:
    starts = one.doses.time
    return sorted({float(x) for x in (*starts, *(starts + one.doses.duration), end) if x <= end})


def _pieces(start: float, end: float) -> list[tuple[float, float]]:
    """Pieces that grow from the left, where the fastest mode acts."""
    if end <= start:
        return []
    inner = start + (end - start) * np.array([0, *(2.0 ** np.arange(-16, 1))])
    return [(float(a), float(b)) for a, b in pairwise(inner)]


def _integral(one: Case, end: float) -> float:
    """∫C dt to a time, by Gauss's rule between the changes of input."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges, area = _edges(one, end), 0.0
    for start, stop in pairwise(edges):
        for low, high in _pieces(start, stop):
            times = low + (high - low) * (nodes + 1) / 2
            area += float(weights @ seen(one, None, times)) * (high - low) / 2
    return area


def _left(one: Case, body: Modes, times: Floats) -> float:
    """What is still to be eliminated: the area of the tail, by Gauss's rule over its half-lives."""
    end = float(times[0])
    slowest = min(float(body.rates.min()), one.values.get("ka", np.inf))
    nodes, weights = np.polynomial.legendre.leggauss(20)
    area = 0.0
    for low, high in _pieces(end, end + 40 / slowest):
        inside = low + (high - low) * (nodes + 1) / 2
        area += float(weights @ seen(one, None, inside)) * (high - low) / 2
    return area * one.values["ke"] * one.values["vc"]


def _exactly(one: float, other: float, step: float) -> tuple[Decimal, Decimal]:
    """G and H with a hundred digits, straight from their definitions."""
    with localcontext() as context:
        context.prec = 100
        a, b, h = Decimal(one), Decimal(other), Decimal(step)
        if a == b:
            return h * (-a * h).exp(), (1 - (1 + a * h) * (-a * h).exp()) / (a * a)
        passed_ = ((-a * h).exp() - (-b * h).exp()) / (b - a)
        inside = ((1 - (-a * h).exp()) / a - (1 - (-b * h).exp()) / b) / (b - a)
        return passed_, inside
