"""Closed forms against a general solver on random regimens: how far apart the worst is.

Run with `make bench`, or with a number of regimens. One to three compartments, with and without a
depot, equal rates among them; the solver is SciPy's DOP853 at a relative tolerance of 1e-11.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stepline.forecast.linear import one_course
from stepline.forecast.modes import modes
from stepline.forecast.moves import moves
from tests.support.linear_reference import apart, drawn

REGIMENS = 500


def main(regimens: int) -> None:
    worst = np.zeros(regimens)
    for seed in range(regimens):
        case = drawn(np.random.default_rng(seed))
        body = modes(case.structure, case.values)
        worst[seed] = apart(case, one_course(body, moves(case.doses, case.times)))
    middle, rare, most = np.quantile(worst, [0.5, 0.999, 1.0])
    print(f"{regimens:,} regimens: {middle:.1e} apart at half, {rare:.1e} at 99.9 %, {most:.1e}")
    assert most <= 1e-6, int(worst.argmax())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REGIMENS)
