"""Closed forms over many subjects: equal to general solvers, and concentrations a second.

Run with `make bench`, or with a number of subjects. Two compartments, weekly infusions by weight
for two years, a concentration each day. First the answers of a few subjects are compared with
SciPy's; only then is anything timed. The solvers are timed on one subject, and so is OpenPKFlow
(MIT), a peer in Python, where it is installed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import odeint, solve_ivp

from stepline.forecast.doses import doses
from stepline.forecast.linear import many_courses
from stepline.forecast.model import Structure
from stepline.forecast.modes import modes
from stepline.forecast.moves import moves

SUBJECTS = 100_000
BATCH = 5_000
"""Subjects at once: 5,000 × 731 concentrations are 29 MB."""
CHECKED = 5
RUNS = 3
DAYS = np.arange(731.0)
STARTS = np.arange(0.0, 730, 7)
LENGTH = 3 / 24
GRAMS_PER_KG = 0.1
Floats = NDArray[np.float64]


def drawn(subjects: int, seed: int) -> tuple[dict[str, Floats], Floats]:
    """Parameters and weights of subjects: Navarro-Mora 2022 with its variability."""
    rng = np.random.default_rng(seed)
    weight = rng.uniform(40, 120, subjects)
    size = weight / 65.7
    values = {
        "cl": 0.150 * size**0.744 * np.exp(rng.normal(0, 0.28, subjects)),
        "vc": 3.06 * size**0.686 * np.exp(rng.normal(0, 0.19, subjects)),
        "q": np.full(subjects, 0.474),
        "vp": 1.93 * size**1.04,
    }
    return values, weight


def ours(values: dict[str, Floats], weight: Floats) -> Floats:
    given = doses(STARTS, np.full(len(STARTS), GRAMS_PER_KG), LENGTH)
    return many_courses(modes(Structure.LINEAR, values), moves(given, DAYS), weight)


def solved(values: dict[str, float], weight: float, solver: str) -> Floats:
    """One subject by a general solver, restarted at each change of input."""
    k10, k12 = values["cl"] / values["vc"], values["q"] / values["vc"]
    k21 = values["q"] / values["vp"]
    edges = np.unique(np.concatenate([DAYS, STARTS, STARTS + LENGTH]))
    edges = edges[edges <= DAYS[-1]]
    found, state = {0.0: 0.0}, np.zeros(2)

    def slope(_: float, y: Floats, rate: float) -> list[float]:
        return [rate - (k10 + k12) * y[0] + k21 * y[1], k12 * y[0] - k21 * y[1]]

    week, cuts = np.floor(edges / 7), np.searchsorted(edges, [*STARTS, *(STARTS + LENGTH)])
    cuts = np.unique([*cuts, len(edges) - 1])
    for start, stop in pairwise(cuts):
        times = edges[start : stop + 1]
        is_on = times[0] - 7 * week[start] < LENGTH - 1e-9
        rate = weight * GRAMS_PER_KG / LENGTH if is_on else 0.0
        if solver == "odeint":
            path = odeint(slope, state, times, (rate,), tfirst=True, rtol=1e-9, atol=1e-12).T
        else:
            path = solve_ivp(
                slope,
                (times[0], times[-1]),
                state,
                solver,
                times,
                args=(rate,),
                rtol=1e-9,
                atol=1e-12,
            ).y
        found.update(zip(times.tolist(), path[0].tolist(), strict=True))
        state = path[:, -1]
    return np.array([found[day] for day in DAYS]) / values["vc"]


def superposed(values: dict[str, float], weight: float) -> Floats:
    """One subject by a peer's closed form, dose by dose; `ImportError` where it is absent."""
    from importlib import import_module

    peer = import_module("openpkflow.sim")
    body = peer.TwoCompartmentModel(
        route="iv_infusion", CL=values["cl"], V1=values["vc"], Q=values["q"], V2=values["vp"]
    )
    given = [
        peer.Dose(
            time=float(start), amount=weight * GRAMS_PER_KG, route="iv_infusion", t_inf=LENGTH
        )
        for start in STARTS
    ]
    return np.asarray(peer.simulate(body, peer.DoseRegimen(given), DAYS).concs)


def compared_with_peer(values: dict[str, Floats], weight: Floats, spent: float) -> None:
    """Answers and time of the peer for one subject; `spent` is our time for one."""
    own = {key: float(one[0]) for key, one in values.items()}
    try:
        theirs = superposed(own, float(weight[0]))
    except ImportError:
        print("OpenPKFlow is not installed, and left out")
        return
    here = ours({key: one[:1] for key, one in values.items()}, weight[:1])[0]
    worst = float(np.max(np.abs(here[1:] / theirs[1:] - 1)))
    assert worst <= 1e-6
    alone = best(partial(superposed, own, float(weight[0])))
    print(
        f"OpenPKFlow: {worst:.1e} apart, {alone * 1e3:.1f} ms a subject, "
        f"{alone / spent:,.0f} times as long"
    )


def checked(values: dict[str, Floats], weight: Floats, solver: str) -> float:
    """The largest relative difference of the first subjects from a solver."""
    here = ours({key: one[:CHECKED] for key, one in values.items()}, weight[:CHECKED])
    worst = 0.0
    for at in range(CHECKED):
        own = {key: float(one[at]) for key, one in values.items()}
        wanted = solved(own, float(weight[at]), solver)
        worst = max(worst, float(np.max(np.abs(here[at, 1:] - wanted[1:]) / wanted[1:])))
    return worst


def best(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return min(spent)


def main(subjects: int) -> None:
    values, weight = drawn(subjects, 1)
    for solver in ("odeint", "DOP853"):
        worst = checked(values, weight, solver)
        print(f"{CHECKED} subjects against SciPy {solver}: {worst:.1e} apart at most")
        assert worst <= 1e-6

    def all_of_them() -> None:
        for start in range(0, subjects, BATCH):
            part = slice(start, start + BATCH)
            ours({key: one[part] for key, one in values.items()}, weight[part])

    spent = best(all_of_them)
    count = subjects * len(DAYS)
    print(
        f"{subjects:,} subjects, {len(STARTS)} infusions, {len(DAYS)} days "
        f"on {os.cpu_count()} cores: {spent:.2f} s, "
        f"{count / spent / 1e6:.1f} million concentrations/s"
    )
    own = {key: float(one[0]) for key, one in values.items()}
    for solver in ("odeint", "DOP853"):
        alone = best(partial(solved, own, float(weight[0]), solver))
        times = alone / (spent / subjects)
        print(f"SciPy {solver}: {alone * 1e3:.0f} ms a subject, {times:,.0f} times as long")
    compared_with_peer(values, weight, spent / subjects)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SUBJECTS)
