"""How long recognition takes for each pair of a patient and a regimen, in process and warm.

Time of the processor is counted, so that other work on the machine does not.

The 2,000 patients have monthly, weekly and two-weekly immunoglobulin in grams, and rituximab.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from decimal import Decimal

from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Event, Record, Subject, in_order
from stepline.vocabulary.catalogue import catalogue

PATIENTS = 2000
START = datetime(2020, 1, 6)
PARTS = ((0, 30, 6, 5, 1), (200, 7, 26, 1, 1), (400, 14, 26, 1, 2))
"""First day, days apart, cycles, days a cycle, and by what 0.4 g/kg is divided."""


def patient(number: int) -> RecordIndex:
    """One patient of 50 to 99 kg."""
    weight = Decimal(50 + number % 50)
    events = [
        Event(1, START, "weight", "weight", weight, unit="kg"),
        Event(2, START, "height", "height", Decimal(165), unit="cm"),
    ]
    doses = [
        (first + cycle * apart + day, weight * 4 / 10 / by)
        for first, apart, count, days, by in PARTS
        for cycle in range(count)
        for day in range(days)
    ]
    for day, grams in doses:
        moment = START + timedelta(days=day)
        events.append(Event(len(events) + 1, moment, "ivig", "ivig", grams, unit="g"))
    for day in (800, 814):
        moment = START + timedelta(days=day)
        events.append(
            Event(len(events) + 1, moment, "rituximab", "rituximab", Decimal(1), unit="g")
        )
    return RecordIndex(Record(Subject(number), in_order(events)))


def main() -> int:
    """Prints the milliseconds a pair; the answer is checked first."""
    regimens, words = packaged().regimens, catalogue()
    patients = [patient(number) for number in range(1, PATIENTS + 1)]
    assert [c.regimen for c in recognise(patient(1), regimens, words)] == [
        "ivig-2g-over-5d-monthly",
        "ivig-400-weekly",
        "ivig-200-every-2-weeks",
        "rituximab-1g-x2",
    ]
    begin = time.process_time()
    for one in patients:
        recognise(one, regimens, words)
    taken = (time.process_time() - begin) * 1000
    each = taken / PATIENTS / len(regimens)
    print(f"{PATIENTS} patients, {len(regimens)} regimens: {each:.3f} ms a pair")
    return 0


if __name__ == "__main__":
    sys.exit(main())
