"""What has no closed form, step by step: the equations of a body and the method that solves them.

The method is that of Dormand and Prince, order 5(4), with the dense output of order 4 (Hairer,
Nørsett, Wanner, Solving Ordinary Differential Equations I, II.5 and II.6). It stops exactly where
an input starts or ends, and starts afresh there. The equations are in one file with the method,
since a kernel that is cached on disk sees no change in another file. Import this module lazily; it
imports numba.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from stepline.forecast.kernels import kernel

DRUG, DRUG_APART, TARGET, DEPOT, EXTRA, EXTRA_APART, OWN, OWN_APART = range(8)
FED, LASTING, RESPONSE, CELLS, TRANSIT = range(8, 13)
"""States: amounts of the drug (central, peripheral) and its target; amounts of infused IgG (depot,
central, peripheral) and of the body's own; what is fed by B cells and what lasts, as shares of the
start; response; cells. The transit pools of the cells follow from `TRANSIT` on."""

IN_DRUG, IN_IGG, IN_PRODUCTION, IN_RESPONSE, IN_CELLS = range(5)
"""Which parts of the body are there: 1 or 0."""
CL, CL_EXTRA, K_DES, BEGIN, VC, Q, VP, IGG_POWER, IGG_AT = range(5, 14)
K_TARGET, K_SS, TARGET_MADE, TARGET_LOST = range(14, 18)
UPTAKE, RECYCLING_MOST, RECYCLING_KM, IGG_VC, IGG_Q, IGG_VP, IGG_KA, BASELINE = range(18, 26)
SHARE, K_PRODUCTION, K_SLOW = range(26, 29)
RESPONSE_AT_START, RESPONSE_K_OUT, RESPONSE_MOST, RESPONSE_HALF = range(29, 33)
CELLS_AT_START, K_OUT, KILL_MOST, KILL_HALF, HILL, TRANSITS, TRANSIT_RATE = range(33, 40)
PARAMETERS = 40
"""The places of the parameters of one person in their array."""

JUMP, RATE = range(2)
"""Kinds of events: an amount enters a state at once; the rate into a state changes."""

DONE, NOT_FINITE, TOO_SMALL, TOO_MANY = range(4)
"""How a course ended."""

FIRST_STEP = 0.1
"""Of a course, in days; the error of it decides the next."""
MOST_STEPS = 1_000_000
SMALLEST_STEP = 1e-12
"""Of the time, at least of one day: below this a step is lost in rounding."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@kernel(error_model="numpy")
def igg_loss(total: float, p: Floats) -> float:
    """Net catabolism of IgG (1/d) at a total concentration: uptake less what FcRn recycles."""
    return float(p[UPTAKE] - p[RECYCLING_MOST] / (p[IGG_VC] * (p[RECYCLING_KM] + total)))


@kernel(error_model="numpy")
def free(total: float, target: float, k_ss: float) -> float:
    """The free concentration where drug and target are in quasi-steady state."""
    apart = total - target - k_ss
    root = math.sqrt(apart * apart + 4.0 * k_ss * total)
    if apart >= 0.0:
        return 0.5 * (apart + root)
    return 2.0 * k_ss * total / (root - apart)  # the same, without cancellation


@kernel(error_model="numpy")
def drug_concentration(y: Floats, p: Floats) -> float:
    """The concentration of the drug that acts: free of its target where there is one."""
    total = max(y[DRUG], 0.0) / p[VC]
    return free(total, max(y[TARGET], 0.0), p[K_SS]) if p[K_SS] > 0.0 else total


@kernel(error_model="numpy")
def drug_slopes(t: float, y: Floats, p: Floats, dy: Floats) -> float:
    """The drug and its target; gives the concentration that acts."""
    seen = drug_concentration(y, p)
    clearance = p[CL]
    if p[CL_EXTRA] > 0.0:
        clearance += p[CL_EXTRA] * math.exp(-p[K_DES] * max(t - p[BEGIN], 0.0))
    if p[IGG_POWER] != 0.0:
        total = max(y[EXTRA] + y[OWN], 0.0) / p[IGG_VC]
        clearance *= (total / p[IGG_AT]) ** p[IGG_POWER]
    apart = p[Q] * (seen - y[DRUG_APART] / p[VP])
    dy[DRUG] -= clearance * seen + apart
    dy[DRUG_APART] += apart
    if p[K_SS] > 0.0:
        bound = y[TARGET] * seen / (p[K_SS] + seen)
        dy[DRUG] -= p[K_TARGET] * bound * p[VC]
        dy[TARGET] += p[TARGET_MADE] - p[TARGET_LOST] * (y[TARGET] - bound) - p[K_TARGET] * bound
    return seen


@kernel(error_model="numpy")
def igg_slopes(y: Floats, p: Floats, dy: Floats) -> None:
    """Infused IgG and the body's own: two kinds that share one loss, which their sum decides."""
    loss = igg_loss((y[EXTRA] + y[OWN]) / p[IGG_VC], p)
    made = igg_loss(p[BASELINE], p) * p[BASELINE] * p[IGG_VC]
    if p[IN_PRODUCTION] > 0.0:
        made *= (1.0 - p[SHARE]) * y[LASTING] + p[SHARE] * y[FED]
    absorbed = p[IGG_KA] * y[DEPOT]
    extra = p[IGG_Q] * (y[EXTRA] / p[IGG_VC] - y[EXTRA_APART] / p[IGG_VP])
    own = p[IGG_Q] * (y[OWN] / p[IGG_VC] - y[OWN_APART] / p[IGG_VP])
    dy[DEPOT] -= absorbed
    dy[EXTRA] += absorbed - loss * y[EXTRA] - extra
    dy[EXTRA_APART] += extra
    dy[OWN] += made - loss * y[OWN] - own
    dy[OWN_APART] += own


@kernel(error_model="numpy")
def cell_slopes(seen: float, y: Floats, p: Floats, dy: Floats) -> None:
    """Cells and the pools that they ripen in, all killed by the drug at one rate."""
    power, half = seen ** p[HILL], p[KILL_HALF] ** p[HILL]
    killed = p[K_OUT] * p[KILL_MOST] * power / (half + power)
    flow = p[K_OUT] * p[CELLS_AT_START]
    for pool in range(TRANSIT, TRANSIT + int(p[TRANSITS])):
        out = p[TRANSIT_RATE] * y[pool]
        dy[pool] += flow - out - killed * y[pool]
        flow = out
    dy[CELLS] += flow - (p[K_OUT] + killed) * y[CELLS]


@kernel(error_model="numpy")
def slopes(t: float, y: Floats, p: Floats, rate: Floats, dy: Floats) -> None:
    """The change per day of every state."""
    for i in range(len(y)):
        dy[i] = rate[i]
    seen = 0.0
    if p[IN_DRUG] > 0.0:
        seen = drug_slopes(t, y, p, dy)
    if p[IN_CELLS] > 0.0:
        cell_slopes(seen, y, p, dy)
    if p[IN_IGG] > 0.0:
        igg_slopes(y, p, dy)
    if p[IN_PRODUCTION] > 0.0:
        left = y[CELLS] / p[CELLS_AT_START] if p[IN_CELLS] > 0.0 else 1.0
        dy[FED] += p[K_PRODUCTION] * (left - y[FED])
        dy[LASTING] -= p[K_SLOW] * max(1.0 - left, 0.0) * y[LASTING]
    if p[IN_RESPONSE] > 0.0:
        raised = max(y[EXTRA], 0.0) / p[IGG_VC]
        spared = 1.0 - p[RESPONSE_MOST] * raised / (p[RESPONSE_HALF] + raised)
        dy[RESPONSE] += p[RESPONSE_K_OUT] * (p[RESPONSE_AT_START] - spared * y[RESPONSE])


@kernel(error_model="numpy")
def at_rest(p: Floats, y: Floats) -> None:
    """The state before anything is given: nothing of it changes."""
    for i in range(len(y)):
        y[i] = 0.0
    if p[K_SS] > 0.0:
        y[TARGET] = p[TARGET_MADE] / p[TARGET_LOST]
    if p[IN_IGG] > 0.0:
        y[OWN] = p[BASELINE] * p[IGG_VC]
        y[OWN_APART] = p[BASELINE] * p[IGG_VP] if p[IGG_Q] > 0.0 else 0.0
    y[FED] = y[LASTING] = 1.0
    y[RESPONSE] = p[RESPONSE_AT_START]
    y[CELLS] = p[CELLS_AT_START]
    for pool in range(TRANSIT, TRANSIT + int(p[TRANSITS])):
        y[pool] = p[K_OUT] * p[CELLS_AT_START] / p[TRANSIT_RATE]


C = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
A = np.array(
    [
        [0, 0, 0, 0, 0, 0],
        [1 / 5, 0, 0, 0, 0, 0],
        [3 / 40, 9 / 40, 0, 0, 0, 0],
        [44 / 45, -56 / 15, 32 / 9, 0, 0, 0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0, 0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0],
        [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
)
"""Where a stage stands in a step, and its weights of the slopes before it; the last is the step."""
E = np.array([71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])
"""The weights of order 5 less those of order 4."""
D = np.array(
    [
        -12715105075 / 11282082432,
        0,
        87487479700 / 32700410799,
        -10690763975 / 1880347072,
        701980252875 / 199316789632,
        -1453857185 / 822651844,
        69997945 / 29380423,
    ]
)
"""The weights of the dense output."""


@kernel(error_model="numpy")
def step(
    clock: tuple[float, float], y: Floats, new: Floats, p: Floats, rate: Floats, k: Floats
) -> None:
    """One step from `y` to `new`, from a time and over a length.

    `k[0]` holds the slopes at its start; `k[6]` gets those at its end.
    """
    t, h = clock
    for stage in range(1, 7):
        for i in range(len(y)):
            total = A[stage, 0] * k[0, i]
            for j in range(1, stage):
                total += A[stage, j] * k[j, i]
            new[i] = y[i] + h * total
        slopes(t + C[stage] * h, new, p, rate, k[stage])


@kernel(error_model="numpy")
def copy(one: Floats, into: Floats) -> None:
    """Copies a state; a loop compiles faster than a slice."""
    for i in range(len(one)):
        into[i] = one[i]


@kernel(error_model="numpy")
def weighed(weights: Floats, k: Floats, i: int) -> float:
    """A sum of the slopes of one state."""
    total = 0.0
    for j in range(7):
        total += weights[j] * k[j, i]
    return total


@kernel(error_model="numpy")
def error(
    h: float, y: Floats, new: Floats, k: Floats, tolerances: tuple[float, float, float]
) -> float:
    """The largest error of a step, as a multiple of what is tolerated; not finite is infinite."""
    relative, absolute, _ = tolerances
    worst = 0.0
    for i in range(len(y)):
        wrong = h * weighed(E, k, i)
        if not (math.isfinite(wrong) and math.isfinite(new[i])):
            return math.inf
        worst = max(worst, abs(wrong) / (absolute + relative * max(abs(y[i]), abs(new[i]))))
    return worst


@kernel(error_model="numpy")
def between(part: float, h: float, y: Floats, new: Floats, k: Floats, out: Floats) -> None:
    """The state within a step, at a part of it, by the dense output."""
    rest = 1.0 - part
    for i in range(len(y)):
        whole = new[i] - y[i]
        first = h * k[0, i] - whole
        last = whole - h * k[6, i] - first
        bend = h * weighed(D, k, i)
        out[i] = y[i] + part * (whole + rest * (first + part * (last + rest * bend)))


@kernel(error_model="numpy")
def enter(event: tuple[int, int, float], y: Floats, rate: Floats, running: Integers) -> None:
    """An amount enters a state, or a rate changes; where nothing runs the rate is 0 exactly."""
    kind, into, amount = event
    if kind == JUMP:
        y[into] += amount
        return
    running[into] += 1 if amount > 0.0 else -1
    rate[into] = rate[into] + amount if running[into] > 0 else 0.0


@kernel(error_model="numpy")
def next_step(h: float, length: float, wrong: float) -> float:
    """The length to try next after a step of `length`, which was cut where it is below `h`.

    A cut step that was good tells little: the longer step is kept.
    """
    factor = 0.9 * wrong**-0.2 if wrong > 0.0 else 10.0
    tried = length * min(max(factor, 0.2), 10.0)
    return max(tried, h) if length < h and wrong <= 1.0 else tried


@kernel(error_model="numpy")
def advance(
    clock: Floats,
    seen: int,
    work: tuple[Floats, Floats, Floats, Floats],
    p: Floats,
    watch: tuple[float, Floats, tuple[float, float, float]],
    out: Floats,
) -> tuple[int, int]:
    """Carries a state to a stop, with what is seen before it; gives the next time and how it ended.

    `clock`: the time, the length of the next step, and the steps so far.
    """
    y, new, rate, k = work
    stop, times, tolerances = watch
    is_fixed = tolerances[2] > 0.0
    if is_fixed:
        clock[1] = (stop - clock[0]) / math.ceil((stop - clock[0]) / tolerances[2])
    slopes(clock[0], y, p, rate, k[0])
    while clock[0] < stop:
        t, h = clock[0], clock[1]
        is_last = t + h * (1.0 + 1e-9) >= stop
        length = stop - t if is_last else h
        step((t, length), y, new, p, rate, k)
        wrong = error(length, y, new, k, tolerances)
        clock[2] += 1
        if not is_fixed:
            clock[1] = next_step(h, length, wrong)
        if is_fixed and wrong == math.inf:
            return seen, NOT_FINITE
        if clock[1] < SMALLEST_STEP * max(1.0, abs(t)):
            return seen, NOT_FINITE if wrong == math.inf else TOO_SMALL
        if clock[2] > MOST_STEPS:
            return seen, TOO_MANY
        if is_fixed or wrong <= 1.0:
            end = stop if is_last else t + length
            while seen < len(times) and times[seen] < end:
                between((times[seen] - t) / length, length, y, new, k, out[seen])
                seen += 1
            clock[0] = end
            copy(new, y)
            copy(k[6], k[0])
    return seen, DONE


@kernel(error_model="numpy")
def course(
    p: Floats,
    events: tuple[Floats, Integers, Integers, Floats],
    span: tuple[int, int],
    times: Floats,
    tolerances: tuple[float, float, float],
    out: Floats,
) -> int:
    """What one person's states are at times, which rise; gives how it ended.

    `span` is the part of the events that is this person's. `tolerances`: relative, absolute, and
    the length of a fixed step, or 0 for steps that adapt.
    """
    at, kind, state, amount = events
    event, last = span
    n = out.shape[1]
    y, new, rate, k = np.empty(n), np.empty(n), np.zeros(n), np.empty((7, n))
    running = np.zeros(n, dtype=np.int64)
    at_rest(p, y)
    start = at[event] if event < last else times[-1]  # until then the body is at rest
    clock = np.array([start, FIRST_STEP, 0.0])
    seen = 0
    while True:
        while seen < len(times) and times[seen] < clock[0]:  # only before the first event
            copy(y, out[seen])
            seen += 1
        while event < last and at[event] <= clock[0]:
            enter((kind[event], state[event], amount[event]), y, rate, running)
            event += 1
        while seen < len(times) and times[seen] <= clock[0]:
            copy(y, out[seen])
            seen += 1
        if seen == len(times):
            return DONE
        stop = min(at[event], times[-1]) if event < last else times[-1]
        watch = (stop, times, tolerances)
        seen, ended = advance(clock, seen, (y, new, rate, k), p, watch, out)
        if ended != DONE:
            return ended


@kernel(nogil=True, error_model="numpy")
def courses(
    p: Floats,
    events: tuple[Floats, Integers, Integers, Floats],
    spans: Integers,
    times: Floats,
    tolerances: tuple[float, float, float],
    found: tuple[Floats, Integers],
) -> None:
    """`course` of n persons: `p` is n × parameters, `spans` n × 2.

    `found`: what is seen, n × times × states, and how each ended, n.
    """
    out, ended = found
    for i in range(len(p)):
        ended[i] = course(p[i], events, (spans[i, 0], spans[i, 1]), times, tolerances, out[i])
