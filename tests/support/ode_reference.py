"""What has no closed form, by a general solver: the equations as their papers write them.

Nothing here shares a line with the stepper: plain functions of concentrations, and SciPy's LSODA or
DOP853 from one change of input to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stepline.forecast.doses import Doses

Floats = NDArray[np.float64]
Slopes = Callable[[float, Floats], Floats]


def solved(
    slopes: Slopes,
    start: Sequence[float],
    given: Sequence[tuple[Doses, int]],
    times: Floats,
    method: str = "DOP853",
) -> Floats:
    """States (times × states) of `slopes` with doses into states; the times rise."""
    from scipy.integrate import solve_ivp

    first = min([times[0], *(one.time[0] for one, _ in given if len(one))])
    edges = {first, *times}
    for one, _ in given:
        edges |= {*one.time, *(one.time + one.duration)}
    ordered = [t for t in sorted(edges) if first <= t <= times[-1]]
    y, found = np.array(start, dtype=float), {}
    for begin, end in [*pairwise(ordered), (ordered[-1], ordered[-1])]:
        rate = np.zeros_like(y)
        for one, state in given:
            bolus = (one.duration == 0) & (one.time == begin)
            y[state] += one.amount[bolus].sum()
            runs = (one.duration > 0) & (one.time <= begin) & (begin < one.time + one.duration)
            rate[state] += (one.amount[runs] / one.duration[runs]).sum()
        found[begin] = y.copy()
        if end > begin:
            done = solve_ivp(
                lambda t, x, r=rate: slopes(t, x) + r,
                (begin, end),
                y,
                method=method,
                rtol=1e-11,
                atol=1e-13,
            )
            assert done.success
            y = done.y[:, -1].copy()
    return np.array([found[t] for t in times])


def falling_clearance(v: dict[str, float], begin: float) -> Slopes:
    """Rozman 2017: amounts in two compartments."""

    def slopes(t: float, y: Floats) -> Floats:
        one, two = y[0] / v["vc"], y[1] / v["vp"]
        clearance = v["cl"] + v["cl-extra"] * np.exp(-v["k-des"] * (t - begin))
        return np.array([-clearance * one - v["q"] * (one - two), v["q"] * (one - two)])

    return slopes


def recycled(v: dict[str, float]) -> Slopes:
    """Kim 2007: the body's own and infused IgG, each central and peripheral, and a total."""

    def loss(total: float) -> float:
        return v["uptake"] - v["recycling-most"] / (v["vc"] * (v["recycling-km"] + total))

    made = loss(v["baseline"]) * v["baseline"] * v["vc"]
    flow, apart = v.get("q", 0.0), v.get("vp", 1.0)

    def slopes(t: float, y: Floats) -> Floats:
        lost = loss((y[0] + y[2]) / v["vc"])
        own, infused = (flow * (y[i] / v["vc"] - y[i + 1] / apart) for i in (0, 2))
        return np.array([made - lost * y[0] - own, own, -lost * y[2] - infused, infused])

    return slopes


def bound(v: dict[str, float]) -> Slopes:
    """Liang 2024 in nmol/L: total drug, its periphery, and total target, in quasi-steady state."""

    def slopes(t: float, y: Floats) -> Floats:
        total, outside, target = y
        b = total - target - v["k-ss"]
        free = (b + np.sqrt(b * b + 4 * v["k-ss"] * total)) / 2
        taken = target * free / (v["k-ss"] + free)
        flow = v["q"] * (free - outside)
        return np.array(
            [
                -(v["cl"] * free + flow) / v["vc"] - v["k-target"] * taken,
                flow / v["vp"],
                v["target-made"] - v["target-lost"] * (target - taken) - v["k-target"] * taken,
            ]
        )

    return slopes


def chained(
    drug: dict[str, float], cells: dict[str, float], igg: dict[str, float], made: dict[str, float]
) -> Slopes:
    """Rituximab (2), pools (n), cells, shares fed and lasting, own IgG (2), infused IgG (2)."""
    n = int(cells["transits"])
    ripening = n / cells["mean-transit-time"]

    def slopes(t: float, y: Floats) -> Floats:
        one, two = y[0] / drug["vc"], y[1] / drug["vp"]
        between = drug["q"] * (one - two)
        strength = cells["effect-most"] * one / (cells["half-effect-at"] + one)
        killed = cells["k-out"] * strength
        pools, alive, fed, lasting = y[2 : 2 + n], y[2 + n], y[3 + n], y[4 + n]
        inflow = np.concatenate([[cells["k-out"] * cells["cells-at-start"]], ripening * pools[:-1]])
        left = alive / cells["cells-at-start"]
        share = made["share-short-lived"]
        production = share * fed + (1 - share) * lasting
        own, own2, infused, infused2 = y[5 + n :]
        rate = igg["cl"] / igg["vc"]
        flow = igg["q"] * (own / igg["vc"] - own2 / igg["vp"])
        flow2 = igg["q"] * (infused / igg["vc"] - infused2 / igg["vp"])
        return np.array(
            [
                -drug["cl"] * one - between,
                between,
                *(inflow - (ripening + killed) * pools),
                ripening * pools[-1] - (cells["k-out"] + killed) * alive,
                made["k-production"] * (left - fed),
                -made["k-slow"] * max(1 - left, 0.0) * lasting,
                igg["cl"] * igg["endogenous"] * production - rate * own - flow,
                flow,
                -rate * infused - flow2,
                flow2,
            ]
        )

    return slopes


def gripped(igg: dict[str, float], grip: dict[str, float]) -> Slopes:
    """Li 2024b: infused IgG in one compartment, and grip strength whose loss it inhibits."""

    def slopes(t: float, y: Floats) -> Floats:
        raised = y[0] / igg["vc"]
        inhibited = grip["effect-most"] * raised / (grip["half-effect-at"] + raised)
        k_in = grip["response-at-start"] * grip["k-out"]
        return np.array([-igg["ke"] * y[0], k_in - (1 - inhibited) * grip["k-out"] * y[1]])

    return slopes
