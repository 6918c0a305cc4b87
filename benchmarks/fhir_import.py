"""How fast FHIR R4 bundles become records, in MB of JSON a second, on one core.

    python benchmarks/fhir_import.py [FOLDER]

The answers are checked before anything is timed: every row of every bundle against a plain reading
of its JSON. Time is that of `read_fhir` alone, from bytes in memory to records.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from stepline.sources.fhir import read_fhir

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "fhir" / "synthea-r4"
WANTED = 25.0
"""MB/s that the design asks for."""
ROUNDS = 15
_ONE_ROW = ("Condition", "MedicationRequest", "AllergyIntolerance", "Immunization", "Procedure")


def rows_of(data: bytes) -> int:
    """The rows that a bundle must give, counted in its JSON without this package."""
    resources = [entry["resource"] for entry in json.loads(data)["entry"]]
    rows = sum(one["resourceType"] in _ONE_ROW for one in resources)
    rows += sum(
        len(one.get("component", ())) or 1
        for one in resources
        if one["resourceType"] == "Observation"
    )
    return rows + sum("deceasedDateTime" in one for one in resources)


def check(bundles: list[bytes]) -> int:
    """Stops where a bundle gives another number of rows; the number of rows of all."""
    total = 0
    for number, data in enumerate(bundles):
        read = sum(len(r.events) + len(r.quarantine) for r in read_fhir(data, "bundle.json"))
        if read != rows_of(data):
            sys.exit(f"bundle {number}: {read} rows, not {rows_of(data)}")
        total += read
    return total


def round_of(bundles: list[bytes]) -> float:
    """Seconds to read all bundles once."""
    start = perf_counter()
    for data in bundles:
        read_fhir(data, "bundle.json")
    return perf_counter() - start


def main() -> None:
    """Checks, measures and prints."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    bundles = [path.read_bytes() for path in sorted(folder.glob("*.json"))]
    if not bundles:
        print(f"not measured: no bundles in {folder}")
        return
    rows = check(bundles)
    megabytes = sum(map(len, bundles)) / 1e6
    rates = [megabytes / round_of(bundles) for _ in range(ROUNDS)]
    print(f"{len(bundles)} bundles, {megabytes:.1f} MB, {rows} rows, answers checked")
    print(f"median {median(rates):.1f} MB/s, best {max(rates):.1f} MB/s; wanted {WANTED:.0f} MB/s")


if __name__ == "__main__":
    main()
