"""How long recognition takes for each pair of a patient and a regimen, in process and warm.

    python benchmarks/recognise.py [PATIENTS]

Two kinds of patients: regular ones, with 84 doses of monthly, weekly and two-weekly immunoglobulin
in grams and rituximab; and synthetic ones at the default noise, whose doses, dates and weights vary
and who have daily drugs beside. Time of the processor is counted, so that other work on the machine
does not; of several processes it is that of the slowest, as one waits for it. Reading is not in it.
As in the command, no search for cycles of objects interrupts a part.
The answers are checked first: of the regular patients against the regimens they were given, of the
synthetic ones against their truth, and the same from one process and from several.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path

from stepline.cli.workers import cores, without_pauses
from stepline.course.comparing import Stretch, compare
from stepline.course.comparing_reading import read_courses
from stepline.course.model import Course
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Event, Record, Subject, in_order
from stepline.sources.opening import open_record
from stepline.synth.parameters import NoiseLevel
from stepline.synth.writing import Request, write
from stepline.vocabulary.catalogue import catalogue

PATIENTS = 2000
WANTED_F1 = Decimal("0.97")
START = datetime(2020, 1, 6)
PARTS = ((0, 30, 6, 5, 1), (200, 7, 26, 1, 1), (400, 14, 26, 1, 2))
"""First day, days apart, cycles, days a cycle, and by what 0.4 g/kg is divided."""


def patient(number: int) -> Record:
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
    return Record(Subject(number), in_order(events))


def regular(count: int) -> list[Record]:
    """Regular patients; raises `AssertionError` where one is not recognised."""
    asked = ["ivig-2g-over-5d-monthly", "ivig-400-weekly", "ivig-200-every-2-weeks"]
    assert names(courses(patient(1))) == [*asked, "rituximab-1g-x2"]
    return [patient(number) for number in range(1, count + 1)]


def synthetic(count: int) -> list[Record]:
    """Synthetic patients; raises `AssertionError` where too few of their courses are found."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        write(Request(count, 11, NoiseLevel.DEFAULT), out)
        records = list(open_record(out))
        drugs = {regimen.id: regimen.drug for regimen in packaged().regimens}
        truth = list(read_courses(out / "truth.parquet", drugs))
    found = [
        Stretch(record.subject.subject_id, one.regimen, one.start.date(), last_day(one), one.drug)
        for record in records
        for one in courses(record)
    ]
    f1 = compare(truth, found).counts.f1
    assert f1 is not None
    assert f1 > WANTED_F1, f1
    return records


def last_day(course: Course) -> date | None:
    """The last day of a course, or `None` where it goes on."""
    return course.end.date() if course.end and not course.ongoing else None


def courses(record: Record) -> tuple[Course, ...]:
    """What is recognised in a record that nothing is known of yet."""
    return recognise(RecordIndex(record), packaged().regimens, catalogue())


def names(found: Iterable[Course]) -> list[str]:
    """The regimens of courses."""
    return [one.regimen for one in found]


def timed(records: Sequence[Record]) -> tuple[float, list[list[str]]]:
    """Seconds of the processor, and the regimens found."""
    indexes = [RecordIndex(record) for record in records]
    regimens, words = packaged().regimens, catalogue()
    with without_pauses():
        begin = time.process_time()
        found = [recognise(one, regimens, words) for one in indexes]
        taken = time.process_time() - begin
    return taken, [names(one) for one in found]


def main() -> int:
    """Prints the milliseconds a pair for each kind of patients."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS
    regimens, workers = len(packaged().regimens), cores()
    print(f"{regimens} regimens, {workers} cores; milliseconds for a pair of patient and regimen")
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        list(pool.map(timed, [[patient(1)]] * workers * 4))  # each process reads the library
        for name, records in (("regular", regular(count)), ("synthetic", synthetic(count // 5))):
            timed(records[:50])
            seconds, found = timed(records)
            parts = [records[start::workers] for start in range(workers)]
            slowest = list(pool.map(timed, parts))
            again = [one for _, own in slowest for one in own]
            assert sorted(again) == sorted(found)
            pairs = len(records) * regimens / 1000
            side = max(own for own, _ in slowest) / pairs
            print(f"{name}: {len(records)} patients, one process {seconds / pairs:.3f}, "
                  f"{workers} processes {side:.3f}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
