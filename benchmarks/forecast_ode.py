"""How long a thousand draws of the chain take over two years, in process and compiled.

Rituximab twice a year, immunoglobulin every four weeks, IgG with recycling in two spaces; seen
every week. The answers are checked first.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from stepline.forecast.body import Body, Part
from stepline.forecast.chains import CELLS, IGG, chain
from stepline.forecast.doses import doses
from stepline.forecast.individual import individual
from stepline.forecast.models import model
from stepline.forecast.production import production_stated
from stepline.forecast.stepping import Tolerance

DRAWS = 1000
TIMES = np.arange(0, 731.0, 7)
RITUXIMAB = doses([0, 14, 180, 194, 360, 374], 1000.0, 0.2)
INFUSED = doses(np.arange(100, 730, 28.0), 35.0, 0.2)


def part(model_id: str) -> Part:
    one = model(model_id)
    return Part(one, individual(one, {"weight": 70}))


def people() -> list[Body]:
    """Draws whose clearance, B cells and production differ."""
    chance = np.random.default_rng(1)
    drug, igg = part("rituximab-calibrated"), part("kim-2007-two-spaces")
    cells = part("b-cells-calibrated")
    return [
        Body(
            drug=Part(drug.model, {**drug.values, "cl": 0.25 * np.exp(0.24 * a)}),
            igg=Part(igg.model, {**igg.values, "baseline": 10 * np.exp(0.2 * b)}),
            cells=Part(cells.model, {**cells.values, "cells-at-start": 200 * np.exp(0.4 * c)}),
            production=production_stated(share, 0.05, 0.0001),
        )
        for a, b, c, share in np.column_stack(
            [chance.standard_normal((DRAWS, 3)), chance.uniform(0.1, 0.7, DRAWS)]
        )
    ]


def main() -> int:
    """Prints the seconds; a tighter tolerance must give the same answers first."""
    drawn = people()
    tight = chain(drawn[:5], TIMES, RITUXIMAB, INFUSED, Tolerance(1e-12, 1e-14)).series
    usual = chain(drawn[:5], TIMES, RITUXIMAB, INFUSED).series
    for name in (IGG, CELLS):
        apart = np.max(np.abs(usual[name] - tight[name]) / np.maximum(tight[name], 1e-3))
        print(f"{name}: at most {apart:.1e} from the answer at a tolerance of 1e-12")
        if apart > 1e-6:
            return 1
    for tolerance in (Tolerance(), Tolerance(1e-6, 1e-8)):
        start, cpu = time.perf_counter(), time.process_time()
        chain(drawn, TIMES, RITUXIMAB, INFUSED, tolerance)
        wall, used = time.perf_counter() - start, time.process_time() - cpu
        said = f"{DRAWS} draws, two years, tolerance {tolerance.relative:g}"
        print(f"{said}: {wall:.2f} s, {used:.2f} s of processor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
