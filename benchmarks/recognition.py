"""How well courses are recognised, against three baselines, on patients whose truth is known.

Run with `make bench`, or with a number of patients. The patients are those of the second generator;
a record that the recogniser cannot read is counted and all its courses are missed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stepline.core.errors import Refused
from stepline.course.comparing import Stretch, compare, percentile, share_of_longer
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Record
from stepline.vocabulary.catalogue import catalogue
from tests.support.baselines import aligned, eras, exposures, ingredient_sets, usual_regimens
from tests.support.walkers import NOISE, walkers

PATIENTS = 300


def ours(record: Record) -> list[Stretch]:
    subject = record.subject.subject_id
    return [
        Stretch(subject, c.regimen, c.start.date(), c.end.date() if c.end else None, c.drug)
        for c in recognise(RecordIndex(record), packaged().regimens, catalogue())
    ]


def main(arguments: list[str]) -> int:
    """Prints one line a method and level of noise."""
    count = int(arguments[0]) if arguments else PATIENTS
    drugs = frozenset(regimen.drug for regimen in packaged().regimens)
    print(
        "noise    method           precision recall  F1     F1(longer) days p50/p90 unread ms/pair"
    )
    for level in NOISE:
        made = walkers(count, seed=3, noise=level)
        truth = [one for walked in made for one in walked.truth]
        names = usual_regimens(truth)
        methods: dict[str, Callable[[Record], list[Stretch]]] = {
            "ours": ours,
            "eras": lambda r, n=names: eras(r.subject.subject_id, exposures(r, drugs), n),  # type: ignore[misc]
            "sets": lambda r, n=names: ingredient_sets(
                r.subject.subject_id, exposures(r, drugs), n
            ),  # type: ignore[misc]
            "alignment": lambda r: aligned(r.subject.subject_id, exposures(r, drugs)),
        }
        for name, method in methods.items():
            found, unread, begin = [], 0, time.perf_counter()
            for walked in made:
                try:
                    found += method(walked.record)
                except Refused:
                    unread += 1
            pace = (time.perf_counter() - begin) * 1000 / count / len(packaged().regimens)
            result = compare(truth, found)
            counts, errors = result.counts, result.boundary_errors
            looser = compare(truth, found, share_of_longer).counts.f1
            print(
                f"{level:8} {name:16} {float(counts.precision or 0):.3f}     "
                f"{float(counts.recall or 0):.3f}   {float(counts.f1 or 0):.3f}  "
                f"{float(looser or 0):.3f}      {percentile(errors, 50)}/{percentile(errors, 90)}"
                f"          {unread}      {pace:.3f}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
