"""How long one review takes, in process and warm, on a ten-year record of 2,000 events.

Run with `make bench`. The answer is checked before anything is timed.
"""

from __future__ import annotations

import statistics
import sys
import time
from datetime import datetime, timedelta
from decimal import Decimal

from stepline.protocol.loading import packaged
from stepline.record.model import Event, Interpretation, Record, Subject, in_order
from stepline.review.reviewing import library_of, review
from stepline.vocabulary.catalogue import catalogue

START = datetime(2016, 1, 4)
LABS = ("ldh", "ck", "aldolase", "alt", "ast", "igg", "creatinine", "haemoglobin", "neutrophils")
RUNS = 50


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
    return 0


if __name__ == "__main__":
    sys.exit(main())
