"""Linear kinetics by a general solver of differential equations, and regimens drawn at random.

Nothing here shares a line with the closed forms: amounts in compartments, rates between them, and
SciPy's DOP853 from one change of input to the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepline.forecast.doses import Doses, doses
from stepline.forecast.model import Structure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One person, one regimen, and when it is looked at."""

    structure: Structure
    values: dict[str, float]
    doses: Doses
    times: Floats


def drawn(rng: np.random.Generator) -> Case:
    """A case at random: one to three compartments, a depot or none, equal rates now and then."""
    peripheral, has_depot = int(rng.integers(0, 3)), bool(rng.integers(0, 2))

    def between(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    rates = {"ke": between(0.005, 2.0), "vc": between(1, 10)}
    for at in range(2, 2 + peripheral):
        rates[f"k1{at}"], rates[f"k{at}1"] = between(0.01, 2.0), between(0.01, 2.0)
    if peripheral == 2 and rng.random() < 0.2:
        rates["k31"] = rates["k21"]
    if has_depot:
        close = np.linalg.eigvals(-matrix(rates | {"ka": 0.0})).real
        near = rng.choice(close[close > 1e-9]) * (1 + rng.choice([0, 1e-13, 1e-9, 1e-5]))
        rates["ka"] = float(near) if rng.random() < 0.3 else between(0.05, 5.0)
    count = int(rng.integers(1, 5))
    given = doses(
        np.round(rng.uniform(0, 30, count), 2),
        [between(1, 1000) for _ in range(count)],
        [float(rng.choice([0.0, 0.125, 1.0, between(0.01, 20)])) for _ in range(count)],
        [has_depot and bool(rng.integers(0, 2)) for _ in range(count)],
    )
    return Case(Structure.LINEAR_RATES, rates, given, np.sort(rng.uniform(0, 60, 12)))


def matrix(rates: dict[str, float]) -> Floats:
    """The rate matrix over depot, central and peripheral compartments."""
    links = [(rates[f"k1{at}"], rates[f"k{at}1"]) for at in (2, 3) if f"k1{at}" in rates]
    found = np.zeros((2 + len(links), 2 + len(links)))
    ka = rates.get("ka", 0.0)
    found[0, 0], found[1, 0] = -ka, ka
    found[1, 1] = -rates["ke"] - sum(away for away, _ in links)
    for at, (away, back) in enumerate(links, start=2):
        found[at, 1], found[1, at], found[at, at] = away, back, -back
    return found


def solved(case: Case) -> Floats:
    """The central concentration at each time, by integration between the changes of input."""
    from scipy.integrate import solve_ivp

    system, given = matrix(case.values), case.doses
    ends = given.time + given.duration
    edges = np.unique(np.concatenate([given.time, ends, case.times]))
    state = np.zeros(len(system))
    seen = {}
    for at, start in enumerate(edges):
        for one in np.flatnonzero((given.time == start) & (given.duration == 0)):
            state[0 if given.depot[one] else 1] += given.amount[one]
        seen[start] = state[1]
        if at + 1 == len(edges):
            break
        inputs = np.zeros(len(system))
        running = (given.time <= start) & (ends > start) & (given.duration > 0)
        for one in np.flatnonzero(running):
            inputs[0 if given.depot[one] else 1] += given.amount[one] / given.duration[one]
        state = solve_ivp(
            lambda _, y, inputs=inputs: system @ y + inputs,
            (start, edges[at + 1]),
            state,
            method="DOP853",
            rtol=1e-11,
            atol=1e-13,
        ).y[:, -1]
    return np.array([seen[time] for time in case.times]) / case.values["vc"]


def apart(case: Case, found: Floats) -> float:
    """The largest relative difference from the solver.

    Below a millionth of what all doses at once would give, where the solver's own absolute
    tolerance shows, the difference is told as a part of that millionth.
    """
    wanted = solved(case)
    least = 1e-6 * case.doses.amount.sum() / case.values["vc"]
    return float(np.max(np.abs(found - wanted) / np.maximum(wanted, least)))
