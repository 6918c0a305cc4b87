"""How often 90 % intervals of the individual fit hold the truth, and how long a fit takes.

Run with `make bench`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stepline.forecast.models import model
from tests.forecast.simulating import covered

PEOPLE = 500
MODELS = ("navarro-mora-2022", "tortorici-2021-cidp", "tortorici-2019-pid")


def main() -> None:
    """Prints a line a model."""
    covered(model(MODELS[0]), 1, seed=1)
    for name in MODELS:
        start = time.perf_counter()
        hit, tried = covered(model(name), PEOPLE, seed=2026)
        each = (time.perf_counter() - start) / tried * 1000
        said = ", ".join(f"{key} {count / tried:.1%}" for key, count in hit.items())
        print(f"{name}: {said} of {tried} people; {each:.1f} ms a fit")


if __name__ == "__main__":
    main()
