"""Linear kinetics step by step, exactly: each step carries the modes from one moment to the next.

A mode with rate `b` and share `s` meets an input rate `r` into the central compartment and what
leaves a depot that holds `d`, is filled at rate `p` and empties at rate `a`. After a step `h`

    x' = x·e^(-bh) + s·r·E(b) + s·a·d·G(a, b) + s·a·p·H(a, b)
    d' = d·e^(-ah) + p·E(a)

with E(b) = (1 - e^(-bh))/b, G = (e^(-bh) - e^(-ah))/(a - b) and H the integral of G over the step.
Every term is positive, so that nothing cancels; G and H are written so that a = b is no special
case. Import this module lazily; it imports numba.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange
from numpy.typing import NDArray

from stepline.forecast.kernels import kernel

SEEN, BOLUS, DEPOT_BOLUS, RATE, DEPOT_RATE, RESET, STEADY, DEPOT_STEADY = range(8)
"""Kinds of moves: read the result; give an amount; change a rate; empty all; add a steady state."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Body = tuple[Floats, Floats, float]
"""Rates and shares of the modes, and the rate out of the depot."""
Dose = tuple[float, float, float, float]
"""Amount (or a rate), interval, duration, time since the last dose."""
Table = tuple[Floats, Integers, Floats, Floats, Floats, Floats]
"""The columns of `moves.Moves`."""


@kernel()
def filled(rate: float, step: float) -> float:
    """E: what an input of 1 leaves after a step, emptied at a rate."""
    return -math.expm1(-rate * step) / rate if rate > 0 else step


@kernel()
def passed(one: float, other: float, step: float) -> float:
    """G: the divided difference of e^(-rate·step) between two rates, for equal rates too."""
    apart = abs(one - other)
    width = apart * step
    mean = -math.expm1(-width) / apart if width > 0 else step
    return math.exp(-min(one, other) * step) * mean


@kernel()
def passed_in(one: float, other: float, step: float) -> float:
    """H: the integral of G over a step.

    With u ≤ v the rates times the step, H/step² = (1 - e^(-u) - u·g)/(u·v), g = G/step. Where v is
    small that cancels, and the series of the second divided difference of e^(-x) at 0, u, v is
    summed: Σ (-1)^n h_n(u, v)/(n + 2)!, h_n the complete homogeneous polynomial.
    """
    low, high = min(one, other) * step, max(one, other) * step
    if high >= 1.0 and low > 0.0:
        share = passed(one, other, step) / step
        return step * step * (-math.expm1(-low) - low * share) / (low * high)
    if high >= 1.0:
        return step * step * (high + math.expm1(-high)) / (high * high)
    total, polynomial, power, factorial = 0.0, 1.0, 1.0, 2.0
    for n in range(24):
        total += polynomial / factorial if n % 2 == 0 else -polynomial / factorial
        power *= low
        polynomial = polynomial * high + power
        factorial *= n + 3
    return step * step * total


@kernel()
def carried(state: Floats, step: float, inputs: tuple[float, float], body: Body) -> None:
    """Carries a state over a step; the last place of the state is the depot."""
    rates, shares, absorption = body
    count = len(rates)
    depot = state[count]
    into, into_depot = inputs
    for i in range(count):
        value = state[i] * math.exp(-rates[i] * step)
        if into != 0.0:
            value += shares[i] * into * filled(rates[i], step)
        if depot != 0.0:
            value += shares[i] * absorption * depot * passed(absorption, rates[i], step)
        if into_depot != 0.0:
            value += shares[i] * absorption * into_depot * passed_in(absorption, rates[i], step)
        state[i] = value
    if depot != 0.0 or into_depot != 0.0:
        kept = depot * math.exp(-absorption * step)
        state[count] = kept + into_depot * filled(absorption, step)


@kernel()
def given(state: Floats, amount: float, is_depot: bool, shares: Floats) -> None:
    """Adds a bolus."""
    count = len(shares)
    if is_depot:
        state[count] += amount
    else:
        for i in range(count):
            state[i] += shares[i] * amount


@kernel()
def steady(state: Floats, dose: Dose, is_depot: bool, body: Body) -> None:
    """Adds the steady state of a dose that repeats.

    At time 0 since the last dose that dose is not yet given. An interval of 0 asks for the steady
    state of an infusion at a constant rate. Sums over all earlier doses are geometric, hence exact;
    an infusion longer than its interval overlaps itself.
    """
    rates, shares, absorption = body
    amount, interval, _, since = dose
    count = len(rates)
    if interval == 0.0:
        for i in range(count):
            state[i] += shares[i] * amount / rates[i]
        if is_depot:
            state[count] += amount / absorption
        return
    own = np.zeros(count + 1)
    one_interval(own, dose, interval, is_depot, body)
    depot = own[count] / -math.expm1(-absorption * interval) if is_depot else 0.0
    for i in range(count):
        fed = shares[i] * absorption * depot * passed(absorption, rates[i], interval)
        own[i] = (own[i] + fed) / -math.expm1(-rates[i] * interval)
    own[count] = depot
    if since > 0.0:
        one_interval(own, dose, since, is_depot, body)
    for i in range(count + 1):
        state[i] += own[i]


@kernel()
def one_interval(state: Floats, dose: Dose, until: float, is_depot: bool, body: Body) -> None:
    """Gives a dose, or its infusions that overlap, and carries on to a time in the interval."""
    amount, interval, duration, _ = dose
    if duration == 0.0:
        given(state, amount, is_depot, body[1])
        carried(state, until, (0.0, 0.0), body)
        return
    overlaps = math.floor(duration / interval)
    rest = min(duration - overlaps * interval, until)
    rate = amount / duration
    for step, at_once in ((rest, overlaps + 1.0), (until - rest, overlaps * 1.0)):
        into = (0.0, rate * at_once) if is_depot else (rate * at_once, 0.0)
        if step > 0.0:
            carried(state, step, into, body)


@kernel()
def changed(inputs: Floats, running: Integers, at: int, rate: float) -> None:
    """Starts or ends an infusion; where none runs the input is 0, whatever rounding left."""
    running[at] += 1 if rate > 0.0 else -1
    inputs[at] = inputs[at] + rate if running[at] > 0 else 0.0


@kernel()
def done(
    what: int, dose: Dose, state: Floats, inputs: Floats, running: Integers, body: Body
) -> None:
    """What a move does that is not only seen."""
    if what in (BOLUS, DEPOT_BOLUS):
        given(state, dose[0], what == DEPOT_BOLUS, body[1])
    elif what in (RATE, DEPOT_RATE):
        changed(inputs, running, 1 if what == DEPOT_RATE else 0, dose[0])
    elif what in (STEADY, DEPOT_STEADY):
        steady(state, dose, what == DEPOT_STEADY, body)
    elif what == RESET:
        state[:] = 0.0
        inputs[:] = 0.0
        running[:] = 0


@kernel()
def course(
    moves: Table, span: tuple[int, int], scale: float, body: Body, per_amount: float, out: Floats
) -> None:
    """Follows the moves of one person, and writes `per_amount` × central amount at each `SEEN`.

    `moves` are in the order in which they happen; time may go back at a `RESET` alone. Amounts
    count `scale` times.
    """
    time, kind, amount, interval, duration, since = moves
    rates = body[0]
    count = len(rates)
    state, kept = np.zeros(count + 1), np.zeros(count)
    inputs, running = np.zeros(2), np.zeros(2, np.int64)
    seen, kept_step = 0, -1.0
    now = time[span[0]] if span[1] > span[0] else 0.0
    for at in range(span[0], span[1]):
        step, now = time[at] - now, time[at]
        is_idle = running[0] + running[1] == 0 and state[count] == 0.0
        if step > 0.0 and is_idle:
            # Most steps of a long course have one length: its exponentials are kept.
            for i in range(count):
                kept[i] = kept[i] if step == kept_step else math.exp(-rates[i] * step)
                state[i] *= kept[i]
            kept_step = step
        elif step > 0.0:
            carried(state, step, (inputs[0], inputs[1]), body)
        if kind[at] == SEEN:
            total = 0.0
            for i in range(count):
                total += state[i]
            out[seen] = total * per_amount
            seen += 1
        else:
            dose = (amount[at] * scale, interval[at], duration[at], since[at])
            done(kind[at], dose, state, inputs, running, body)


@kernel(parallel=True)
def courses(
    moves: Table,
    spans: tuple[Integers, Integers],
    scale: Floats,
    bodies: tuple[Floats, Floats, Floats],
    per_amount: Floats,
    out: Floats,
) -> None:
    """`course` for many persons on all cores; rows of `out` are persons."""
    first, last = spans
    rates, shares, absorption = bodies
    for one in prange(len(scale)):
        body = (rates[one], shares[one], absorption[one])
        course(moves, (first[one], last[one]), scale[one], body, per_amount[one], out[one])
