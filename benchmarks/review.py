"""How long one review takes, in process and warm: of a long record, and of synthetic patients.

    python benchmarks/review.py [PATIENTS]

The long record is ten years of 2,000 events; the synthetic patients (50, or as many as named) walk
the packaged pathway, and their records are full of scores and doses that criteria ask of. Answers
are checked before anything is timed. Run with `make bench`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from stepline.protocol.loading import packaged
from stepline.record.model import Event, Interpretation, Record, Subject, in_order
from stepline.review.reviewing import library_of, review
from stepline.sources.opening import open_record
from stepline.synth.parameters import NoiseLevel
from stepline.synth.writing import Request, write
from stepline.vocabulary.catalogue import catalogue

START = datetime(2016, 1, 4)
LABS = ("ldh", "ck", "aldolase", "alt", "ast", "igg", "creatinine", "haemoglobin", "neutrophils")
RUNS = 50
PATIENTS, SEED = 50, 7


def record() -> Record:
    """Ten years: IVIG three ways, rituximab, replacement, and laboratory values throughout."""
    events: list[Event] = []

    def add(day: int, concept: str, value: str = "", unit: str = "", **more: object) -> None:
        number = Decimal(value) if value else None
        moment = START + timedelta(days=day)
        events.append(Event(len(events) + 1, moment, concept, concept, number, unit=unit, **more))  # type: ignore[arg-type]

    add(0, "dermatomyositis", is_spell=True, text="present", interpretation=Interpretation.POSITIVE)
    add(0, "weight", "60", "kg")
    add(0, "height", "165", "cm")
    for month in range(6):
        for day in range(5):
            add(30 + month * 30 + day, "ivig", "24", "g")
    for week in range(26):
        add(215 + week * 7, "ivig", "24", "g")
    for fortnight in range(60):
        add(400 + fortnight * 14, "ivig", "12", "g")
    for week in range(4):
        add(1260 + week * 7, "rituximab", "620", "mg")
    for month in range(80):
        add(1300 + month * 28, "ivig", "12", "g", intent="replacement")
    while len(events) < 2000:
        position = len(events)
        add(position * 3650 // 2000, LABS[position % len(LABS)], "5", "")
    units = {c: catalogue().concept(c).unit for c in LABS}
    fixed = [
        e if e.concept not in units else Event(
            e.event_id, e.time, e.code, e.concept, Decimal(200 + e.event_id % 90),
            unit=units[e.concept], reference_high=Decimal(250),
        )
        for e in events
    ]  # fmt: skip
    return Record(Subject(1, "female"), in_order(fixed))


def _synthetic(patients: int) -> list[Record]:
    """The records of synthetic patients with the usual noise."""
    with tempfile.TemporaryDirectory() as folder:
        write(Request(patients, SEED, NoiseLevel.DEFAULT), Path(folder) / "synthetic")
        return list(open_record(Path(folder) / "synthetic" / "events.parquet"))


def _one_after_another(patients: int) -> None:
    """Each synthetic patient once, warm: shuffled rows must give the same review."""
    library, words = library_of(packaged()), catalogue()
    records = _synthetic(patients)
    turned = replace(records[0], events=records[0].events[::-1])
    one, other = review(records[0], library, words), review(turned, library, words)
    assert (one.findings, one.states, one.alerts) == (other.findings, other.states, other.alerts)
    times = []
    for patient in records:
        begin = time.perf_counter()
        review(patient, library, words)
        times.append((time.perf_counter() - begin) * 1000)
    times.sort()
    events = sum(len(patient.events) for patient in records)
    print(
        f"{len(records)} reviews of synthetic patients ({events / len(records):.0f} events each): "
        f"median {statistics.median(times):.1f} ms, 95 of 100 within "
        f"{times[int(len(times) * 0.95) - 1]:.1f} ms, slowest {times[-1]:.1f} ms"
    )


def main() -> int:
    """Prints the median and the spread of the time of one review."""
    patient, library, words = record(), library_of(packaged()), catalogue()
    first = review(patient, library, words)
    assert first.pathway is not None
    assert first.pathway.applies
    assert any(c.regimen == "ivig-400-weekly" for c in first.courses)
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        again = review(patient, library, words)
        times.append((time.perf_counter() - begin) * 1000)
        assert again == first
    print(
        f"review of {len(patient.events)} events over 10 years: "
        f"median {statistics.median(times):.1f} ms, "
        f"fastest {min(times):.1f} ms, slowest {max(times):.1f} ms"
    )
    _one_after_another(int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
