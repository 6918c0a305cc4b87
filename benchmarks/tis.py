"""Total improvement scores by column: equal to the exact path on every row, and how many a second.

Run with `make bench`, or with a number of rows. Every row is first scored on its own by the exact
path, in one process a core, and compared; only then is anything timed. Readings are drawn in the
steps in which they are written, band edges and gaps among them.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal

import numpy as np

from stepline.scores.tis import Tis, total_improvement
from stepline.scores.tis_columns import CATEGORIES, MISSING, TisColumns, TisScores, score_columns
from stepline.scores.tis_tables import tis_tables
from stepline.scores.values import EnzymeReading, Pair

ROWS = 10_000_000
CHECKED_AT_ONCE = 20_000
RUNS = 5
STEPS = {"physician": 10, "patient": 10, "mmt": 1, "haq": 8, "extramuscular": 10}
TOPS = {"physician": 100, "patient": 100, "haq": 24, "extramuscular": 100}
LIMITS = {"ck": (20000, 17500), "aldolase": (770,), "ldh": (25000,), "ast": (3500,), "alt": (4000,)}
"""Upper limits of normal in hundredths of U/L."""


def drawn(rows: int, seed: int) -> TisColumns:
    """Random readings; one in twenty is missing."""
    random = np.random.default_rng(seed)

    def some(column: np.ndarray) -> np.ndarray:
        return np.where(random.random(rows) < 0.05, MISSING, column).astype(np.int64)

    maximum = random.choice(np.array([80, 150], np.int64), rows)
    measures = {
        name: (some(random.integers(0, top + 1, rows)), some(random.integers(0, top + 1, rows)))
        for name, top in TOPS.items()
    }
    measures["mmt"] = (some(random.integers(0, maximum + 1)), some(random.integers(0, maximum + 1)))
    enzymes = {}
    for name, limits in LIMITS.items():
        uln = random.choice(np.array(limits, np.int64), rows)
        # Twentieths of a limit meet the band edges; the rest lie anywhere.
        readings = [
            np.where(
                random.random(rows) < 0.5,
                random.integers(0, 400, rows) * uln // 20,
                random.integers(0, 20 * uln),
            )
            for _ in range(2)
        ]
        enzymes[name] = (some(readings[0]), some(readings[1]), some(uln))
    ordered = {name: measures[name] for name in STEPS}
    return TisColumns(random.random(rows) < 0.3, ordered, STEPS, maximum, enzymes)


def part(columns: TisColumns, rows: slice) -> TisColumns:
    return TisColumns(
        columns.is_juvenile[rows],
        {name: (pair[0][rows], pair[1][rows]) for name, pair in columns.measures.items()},
        columns.steps,
        columns.mmt_max[rows],
        {name: (a[rows], b[rows], u[rows]) for name, (a, b, u) in columns.enzymes.items()},
    )


def exact(columns: TisColumns, row: int) -> Tis:
    def value(column: np.ndarray, steps: int) -> Decimal | None:
        number = int(column[row])
        return None if number == MISSING else Decimal(number) / steps

    return total_improvement(
        {
            name: Pair(value(before, STEPS[name]), value(after, STEPS[name]))
            for name, (before, after) in columns.measures.items()
        },
        population="juvenile" if columns.is_juvenile[row] else "adult",
        mmt_max=value(columns.mmt_max, STEPS["mmt"]),
        enzymes={
            name: EnzymeReading(value(a, 100), value(b, 100), value(u, 100))
            for name, (a, b, u) in columns.enzymes.items()
        },
    )


def differing(work: tuple[TisColumns, TisScores]) -> int:
    """How many rows of a part the two paths score differently."""
    columns, scores = work
    enzymes = [one.id for one in tis_tables().enzymes]
    wrong = 0
    for row in range(len(columns.is_juvenile)):
        one = exact(columns, row)
        expected = (
            MISSING if one.tis is None else int(one.tis * 10),
            int(one.lower * 10),
            int(one.upper * 10),
            MISSING if one.category is None else CATEGORIES.index(one.category),
            MISSING if one.enzyme is None else enzymes.index(one.enzyme.id),
        )
        found = (scores.tis, scores.lower, scores.upper, scores.category, scores.enzyme)
        wrong += expected != tuple(int(column[row]) for column in found)
    return wrong


def check(columns: TisColumns, scores: TisScores) -> int:
    """How many rows differ, with progress on stderr."""
    rows = len(columns.is_juvenile)
    parts = [slice(start, start + CHECKED_AT_ONCE) for start in range(0, rows, CHECKED_AT_ONCE)]
    work = (
        (
            part(columns, one),
            TisScores(
                scores.tis[one],
                scores.lower[one],
                scores.upper[one],
                scores.category[one],
                scores.enzyme[one],
            ),
        )
        for one in parts
    )
    begin, wrong = time.perf_counter(), 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for count, found in enumerate(pool.map(differing, work), 1):
            wrong += found
            done = min(count * CHECKED_AT_ONCE, rows)
            pace = done / (time.perf_counter() - begin)
            line = f"{done:,} of {rows:,} rows compared, {wrong} differ, {pace:,.0f} rows/s"
            print(f"\r{line}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return wrong


def main(arguments: list[str]) -> int:
    """Compares every row, then prints the median pace of scoring them all."""
    rows = int(arguments[0]) if arguments else ROWS
    columns = drawn(rows, seed=20260101)
    scores = score_columns(columns)
    wrong = check(columns, scores)
    if wrong:
        print(f"{wrong} of {rows:,} rows differ from the exact path")
        return 1
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        score_columns(columns)
        times.append(time.perf_counter() - begin)
    times.sort()
    paces = [rows / one / 1e6 for one in times]
    print(
        f"total improvement score: {rows:,} rows equal to the exact path, every one; "
        f"median {paces[RUNS // 2]:.1f}, fastest {paces[0]:.1f}, slowest {paces[-1]:.1f} "
        f"million rows/s on {os.cpu_count()} cores"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
