"""How well courses are recognised, against three baselines, on patients whose truth is known.

    python benchmarks/recognition.py [PATIENTS] [--generator walkers|synth] [--seed SEED]
    python benchmarks/recognition.py --page

The first prints a table; the second measures both generators as the page of the leaderboard says
and writes the page. A record that a method cannot read is counted, and all its courses are missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stepline.core.errors import Refused
from stepline.course.comparing import Comparison, Stretch, compare, percentile, share_of_longer
from stepline.course.comparing_reading import read_courses
from stepline.course.recognising import recognise
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Record
from stepline.sources.opening import open_record
from stepline.synth.parameters import NoiseLevel
from stepline.synth.writing import Request, write
from stepline.vocabulary.catalogue import catalogue
from tests.support.baselines import (
    PATTERNS,
    aligned,
    eras,
    exposures,
    ingredient_sets,
    usual_regimens,
)
from tests.support.walkers import NOISE, walkers

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "leaderboard.md"
PATIENTS, SEEDS = {"walkers": 300, "synth": 200}, {"walkers": 3, "synth": 11}
ON_PAGE = {"walkers": 100, "synth": 200}
AIMS = {"default": 0.97, "heavy": 0.85}
OURS = "Stepline"
Method = Callable[[Record], list[Stretch]]
World = tuple[list[Record], list[Stretch]]


@dataclass(frozen=True, slots=True)
class Line:
    """One method at one level of noise."""

    noise: str
    method: str
    result: Comparison
    looser_f1: float
    unread: int
    milliseconds: float


def measure(generator: str, patients: int, seed: int) -> Iterator[Line]:
    """Every method at every level of noise."""
    for level in NOISE:
        records, truth = WORLDS[generator](patients, seed, level)
        for name, method in methods(truth).items():
            found, unread, begin = [], 0, time.perf_counter()
            for record in records:
                try:
                    found += method(record)
                except Refused:
                    unread += 1
            pace = (time.perf_counter() - begin) * 1000 / patients / len(packaged().regimens)
            looser = compare(truth, found, share_of_longer).counts.f1
            yield Line(level, name, compare(truth, found), float(looser or 0), unread, pace)


def _walkers(patients: int, seed: int, level: str) -> World:
    made = walkers(patients, seed=seed, noise=level)
    return [one.record for one in made], [one for walked in made for one in walked.truth]


def _synth(patients: int, seed: int, level: str) -> World:
    drugs = {regimen.id: regimen.drug for regimen in packaged().regimens}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        write(Request(patients, seed, NoiseLevel(level)), out)
        return list(open_record(out)), list(read_courses(out / "truth.parquet", drugs))


WORLDS: dict[str, Callable[[int, int, str], World]] = {"walkers": _walkers, "synth": _synth}


def methods(truth: Sequence[Stretch]) -> dict[str, Method]:
    """Ours and the three baselines, which are helped by the truth where they name a course."""
    drugs = frozenset(regimen.drug for regimen in packaged().regimens)
    names = usual_regimens(truth)
    return {
        OURS: ours,
        "eras of one drug, gap of 90 days": lambda r: eras(
            r.subject.subject_id, exposures(r, drugs), names
        ),
        "ingredient sets in 30 days": lambda r: ingredient_sets(
            r.subject.subject_id, exposures(r, drugs), names
        ),
        "alignment with a time penalty": lambda r: aligned(
            r.subject.subject_id, exposures(r, drugs)
        ),
    }


def ours(record: Record) -> list[Stretch]:
    """The courses that Stepline recognises."""
    subject = record.subject.subject_id
    return [
        Stretch(subject, c.regimen, c.start.date(), c.end.date() if c.end else None, c.drug)
        for c in recognise(RecordIndex(record), packaged().regimens, catalogue())
    ]


# ---------------------------------------------------------------- on a terminal


def shown(line: Line) -> str:
    """One line of the table on a terminal."""
    counts, errors = line.result.counts, line.result.boundary_errors
    shares = (counts.precision, counts.recall, counts.f1, line.result.named.f1)
    numbers = "  ".join(f"{float(share or 0):.3f}" for share in shares)
    days = f"{percentile(errors, 50)}/{percentile(errors, 90)}"
    return (
        f"{line.noise:8} {line.method:34} {numbers}  {line.looser_f1:.3f}  {days:8} "
        f"{line.unread:6} {line.milliseconds:.3f}"
    )


# ---------------------------------------------------------------- the page


def page() -> str:
    """The page of the leaderboard, measured anew."""
    return TEXT.format(
        without=_without_pattern(),
        walkers=_table("walkers"),
        synth=_table("synth"),
        walkers_patients=ON_PAGE["walkers"],
        walkers_seed=SEEDS["walkers"],
        synth_patients=ON_PAGE["synth"],
        synth_seed=SEEDS["synth"],
    )


def _without_pattern() -> int:
    return sum(regimen.id not in PATTERNS for regimen in packaged().regimens)


def _table(generator: str) -> str:
    lines = list(measure(generator, ON_PAGE[generator], SEEDS[generator]))
    rows = [
        "| noise | method | precision | recall | F1 | F1, with a regimen | days, 50th / 90th |",
        "|---|---|---|---|---|---|---|",
        *map(_row, lines),
    ]
    own = [line for line in lines if line.method == OURS]
    said = [_aim(line) for line in own if line.noise in AIMS]
    return "\n".join([*rows, "", *said, "", *_lost(own)])


def _row(line: Line) -> str:
    counts, errors = line.result.counts, line.result.boundary_errors
    shares = (counts.precision, counts.recall, counts.f1, line.result.named.f1)
    numbers = " | ".join(f"{float(share or 0):.3f}" for share in shares)
    days = f"{percentile(errors, 50)} / {percentile(errors, 90)}"
    return f"| {line.noise} | {line.method} | {numbers} | {days} |"


def _aim(line: Line) -> str:
    aim, reached = AIMS[line.noise], float(line.result.counts.f1 or 0)
    verdict = "reached" if reached >= aim else "not reached"
    return f"- At {line.noise} noise the aim is {aim:.2f} over all courses: {verdict}."


def _lost(own: Sequence[Line]) -> Iterator[str]:
    """The most frequent ways in which a course is missed, at each level that misses any."""
    for line in own:
        found = list(line.result.confusions().items())[:5]
        if found:
            where = "without noise" if line.noise == "none" else f"at {line.noise} noise"
            yield f"- Missed most {where}: {'; '.join(map(_confusion, found))}."


def _confusion(item: tuple[tuple[str, str | None], int]) -> str:
    (true, read), count = item
    words = f"`{read}`" if read else "no regimen" if read is not None else "nothing"
    instead = "the same on other days" if read == true else words
    return f"{f'`{true}`' if true else 'no regimen'} read as {instead} ({count})"


TEXT = """\
# Leaderboard of recognition

Written by `make leaderboard` (`python benchmarks/recognition.py --page`), which measures it anew.

A course is right when subject and regimen are the same and the days of both overlap by at least
half of their union; pairs are one to one. Courses without a regimen count like any other, but in
the column that leaves them out. Errors are days at starts and ends of the pairs, median and 90th
percentile. `stepline recognise RECORD --against TRUTH` counts the same on data of your own.

Eras and sets are named by the truth's most frequent regimen of the drug. The alignment is a
stand-in made from a short description, without patterns for {without} regimens; it cannot tell
apart regimens that differ in dose only.

## A second generator

{walkers_patients} patients of `tests/support/walkers.py`, seed {walkers_seed}, at each level of
noise (`python benchmarks/recognition.py {walkers_patients}`). It shares no code with
`stepline synth`, and the points of the recogniser were not set on it.

{walkers}

## Synthetic patients

{synth_patients} patients of `stepline synth`, seed {synth_seed}, at each level of
noise (`python benchmarks/recognition.py {synth_patients} --generator synth`). The points were
set on seed 7.

{synth}
"""


def main(arguments: Sequence[str]) -> int:
    """Prints one line a method and level of noise, or writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("patients", type=int, nargs="?")
    parser.add_argument("--generator", choices=list(WORLDS), default="walkers")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--page", action="store_true", help="measure all and write the page")
    asked = parser.parse_args(arguments)
    if asked.page:
        PAGE.write_text(page(), encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")
        return 0
    patients = asked.patients or PATIENTS[asked.generator]
    seed = SEEDS[asked.generator] if asked.seed is None else asked.seed
    print(f"{'noise':8} {'method':34} precis. recall F1     named  longer days     unread ms/pair")
    for line in measure(asked.generator, patients, seed):
        print(shown(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
