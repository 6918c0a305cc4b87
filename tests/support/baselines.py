"""What anyone would try first to find courses in a record: three ways that read no dose.

Each gets drug names and days only, as those methods do, and is helped by the truth: a course is
named with the regimen of its drug that is most frequent in the truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from stepline.course.comparing import Stretch
from stepline.record.model import GIVEN, Record

DAY = timedelta(days=1)
ERA_GAP = 90
WINDOW = 30
REFILL = 28
GAP_PENALTY, TIME_FACTOR = 0.4, 0.5


@dataclass(frozen=True, order=True)
class Exposure:
    """A drug from one day to another, both included."""

    drug: str
    start: date
    end: date


def exposures(record: Record, drugs: frozenset[str]) -> list[Exposure]:
    """The doses given, in order, without their amounts."""
    return sorted(
        Exposure(e.concept, e.time.date(), (e.end_time or e.time).date())
        for e in record.events
        if e.concept in drugs and e.status in GIVEN
    )


def usual_regimens(truth: Iterable[Stretch]) -> dict[str, str]:
    """The most frequent regimen of each drug; the first in the alphabet among equals."""
    tally = Counter((one.drug, one.regimen) for one in truth if one.regimen)
    best: dict[str, str] = {}
    for (drug, regimen), _ in sorted(tally.items(), key=lambda item: (-item[1], item[0])):
        best.setdefault(drug, regimen)
    return best


def eras(subject: int, doses: Sequence[Exposure], names: dict[str, str]) -> list[Stretch]:
    """Doses of a drug no more than 90 days apart are one era."""
    found: list[Exposure] = []
    for dose in sorted(doses):
        last = found[-1] if found else None
        if last and last.drug == dose.drug and (dose.start - last.end).days <= ERA_GAP:
            found[-1] = Exposure(dose.drug, last.start, max(last.end, dose.end))
        else:
            found.append(dose)
    return [Stretch(subject, names.get(e.drug, ""), e.start, e.end, e.drug) for e in found]


def ingredient_sets(
    subject: int, doses: Sequence[Exposure], names: dict[str, str]
) -> list[Stretch]:
    """What is given within 30 days is a set; windows of the same set that follow are one course."""
    days = sorted({(day, d.drug) for d in doses for day in _refills(d)})
    runs: list[tuple[frozenset[str], list[tuple[date, str]]]] = []
    position = 0
    while position < len(days):
        limit = days[position][0] + DAY * WINDOW
        window = [one for one in days[position:] if one[0] < limit]
        drugs = frozenset(drug for _, drug in window)
        near = runs and (window[0][0] - runs[-1][1][-1][0]).days <= WINDOW
        if near and runs[-1][0] == drugs:
            runs[-1][1].extend(window)
        else:
            runs.append((drugs, window))
        position += len(window)
    return [
        Stretch(subject, names.get(drug, ""), min(own), max(own), drug)
        for drugs, run in runs
        for drug in sorted(drugs)
        for own in [[day for day, given in run if given == drug]]
    ]


def _refills(dose: Exposure) -> list[date]:
    """A spell as a supply every 28 days, and its last day."""
    count = (dose.end - dose.start).days // REFILL + 1
    return [dose.start + DAY * REFILL * n for n in range(count)] + [dose.end]


PATTERNS: dict[str, tuple[str, tuple[int, ...]]] = {
    "ivig-2g-over-5d-monthly": ("ivig", (26, 1, 1, 1, 1)),
    "ivig-2g-over-2d-every-4-weeks": ("ivig", (27, 1)),
    "ivig-400-weekly": ("ivig", (7, 7, 7, 7)),
    "ivig-200-every-2-weeks": ("ivig", (14, 14)),
    "ivig-200-every-4-weeks-replacement": ("ivig", (28,)),
    "scig-200-weekly": ("scig", (7, 7, 7, 7)),
    "scig-facilitated-every-4-weeks-replacement": ("scig", (28,)),
    "rituximab-375-weekly-x4": ("rituximab", (7, 7, 7, 7)),
    "rituximab-1g-x2": ("rituximab", (14, 14)),
    "rituximab-1g-weekly-x2": ("rituximab", (7, 7)),
    "rituximab-1g-every-6-months": ("rituximab", (183,)),
    "methotrexate-weekly": ("methotrexate", (7, 7, 7, 7)),
    "folic-acid-weekly": ("folic-acid", (7, 7, 7, 7)),
    "methylprednisolone-1g-x3": ("methylprednisolone", (1, 1, 1)),
    "azathioprine-daily": ("azathioprine", (28,)),
    "mycophenolate-daily": ("mycophenolate", (28,)),
    "prednisone-high-dose": ("prednisone", (28,)),
    "prednisolone-1-mg-per-kg": ("prednisolone", (28,)),
}
"""Regimens as the days since the dose before: the strings that an alignment can tell apart."""


def aligned(subject: int, doses: Sequence[Exposure]) -> list[Stretch]:
    """Local alignment with a penalty for time, of every regimen with the doses of its drug.

    A match counts 1 less half the relative difference of the two gaps, a skipped dose costs 0.4:
    after a short description of a published oncology recogniser, and not its program. Alignments
    are taken best first and use each dose once, so there are at most as many as doses: it ends on
    any input. Those of a regimen that touch are joined.
    """
    found: list[Stretch] = []
    for drug in sorted({d.drug for d in doses}):
        days = sorted({day for d in doses if d.drug == drug for day in _refills(d)})
        hits = [
            (-score, name, first, last)
            for name, (of, pattern) in PATTERNS.items()
            if of == drug
            for score, first, last in _alignments(days, pattern)
        ]
        found += _joined(subject, drug, days, _best_first(hits, len(days)))
    return found


def _alignments(days: Sequence[date], pattern: Sequence[int]) -> list[tuple[float, int, int]]:
    """For each last dose the best local alignment of the whole pattern: score, first, last."""
    gaps = [0, *((b - a).days for a, b in pairwise(days))]
    before: list[tuple[float, int]] = [(0.0, n) for n in range(len(days) + 1)]
    for expected in pattern:
        row = [(0.0, 0)]
        for place, gap in enumerate(gaps):
            off = abs(gap - expected) / max(gap, expected, 1)
            match = (before[place][0] + 1 - TIME_FACTOR * off, before[place][1])
            skip_dose = (row[-1][0] - GAP_PENALTY, row[-1][1])
            skip_pattern = (before[place + 1][0] - GAP_PENALTY, before[place + 1][1])
            best = max(match, skip_dose, skip_pattern)
            row.append(best if best[0] > 0 else (0.0, place + 1))
        before = row
    enough = len(pattern) / 2
    return [
        (score / len(pattern), first, place)
        for place, (score, first) in enumerate(before[1:])
        if score > enough and first <= place
    ]


def _best_first(
    hits: Iterable[tuple[float, str, int, int]], count: int
) -> list[tuple[int, int, str]]:
    used = [False] * count
    taken = []
    for _, name, first, last in sorted(hits):
        if not any(used[first : last + 1]):
            used[first : last + 1] = [True] * (last + 1 - first)
            taken.append((first, last, name))
    return sorted(taken)


def _joined(
    subject: int, drug: str, days: Sequence[date], hits: Sequence[tuple[int, int, str]]
) -> list[Stretch]:
    found: list[Stretch] = []
    for first, last, name in hits:
        before = found[-1] if found else None
        reach = DAY * max(REFILL, 2 * sum(PATTERNS[name][1]))
        if before and before.end and before.regimen == name and days[first] - before.end <= reach:
            found[-1] = Stretch(subject, name, before.start, days[last], drug)
        else:
            found.append(Stretch(subject, name, days[first], days[last], drug))
    return found
