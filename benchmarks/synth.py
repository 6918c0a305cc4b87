"""How fast synthetic patients are made and written, in courses a second, on one core.

python benchmarks/synth.py [PATIENTS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter

from stepline.synth.parameters import NoiseLevel
from stepline.synth.writing import Request, write

WANTED = 1000.0
"""Courses a second that are asked for."""


def main() -> None:
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as folder:
        write(Request(10, 1, NoiseLevel.DEFAULT), Path(folder) / "warm")
        start = perf_counter()
        written = write(Request(patients, 7, NoiseLevel.DEFAULT), Path(folder) / "out")
        seconds = perf_counter() - start
    pace = written.courses / seconds
    said = f"{pace:,.0f} a second (wanted {WANTED:,.0f})"
    print(f"{written.courses:,} courses, {seconds:.1f} s: {said}")


if __name__ == "__main__":
    main()
