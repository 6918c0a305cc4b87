"""People drawn from a model, who are measured with its error and fitted again."""

from __future__ import annotations

import numpy as np

from stepline.forecast.doses import doses
from stepline.forecast.fitting import Observed, fit
from stepline.forecast.individual import individual
from stepline.forecast.model import Model
from stepline.forecast.persons import concentrations_of, deviations_drawn, persons

WEIGHT = 70
SEEN = (0.2, 14.0, 27.9, 84.2, 98.0, 111.9)
"""Days: after an infusion, between, and before the next, in the first and the fourth interval."""
ONLY_WITH_A_DEPOT = ("ka", "f")


def covered(model: Model, count: int, seed: int) -> tuple[dict[str, int], int]:
    """How often the 90 % interval of each parameter holds the truth, of how many people.

    Each is given 0.4 g/kg into a vein every 4 weeks, and is measured at the days of `SEEN`.
    """
    typical = individual(model, {"weight": WEIGHT})
    deviations = deviations_drawn(model, count, seed)
    truth = persons(model, typical, deviations)
    given = doses(np.arange(0.0, 112, 28), [0.4 * WEIGHT] * 4, 0.125)
    times = np.array(SEEN)
    exact = concentrations_of(model, truth, given, times)
    assert model.residual is not None
    additive = float(model.residual.additive or 0)
    spread = np.sqrt(additive**2 + (float(model.residual.proportional or 0) * exact) ** 2)
    seen = exact + spread * np.random.default_rng(seed + 1).standard_normal(exact.shape)
    never_below = np.zeros(len(times), dtype=np.bool_)
    names = [name for name in model.varied if name not in ONLY_WITH_A_DEPOT]
    hit = dict.fromkeys(names, 0)
    for at in range(count):
        found = fit(model, typical, given, Observed(times, seen[at], never_below))
        for name in names:
            low, high = found.interval(name)
            hit[name] += int(low <= truth[name][at] <= high)
    return hit, count
