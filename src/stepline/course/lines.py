"""Eras of several drugs as lines of treatment: which drugs are used together, from when to when.

Every decision is taken on the eras as they are, never on what an earlier decision left of them, so
that the order of the eras changes nothing and the work ends: n log n for n eras, times the drugs
that run at once. First short eras inside others are left out, if the rules say so; then an era that
overlaps with a later one by too little ends where that begins; then each day has its set of drugs,
and days with the same set are a line.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby, pairwise

from stepline.course.era_rules import CombinationRules, Inside, Repeat
from stepline.course.eras import Era


@dataclass(frozen=True, slots=True)
class Line:
    """Days with the same drugs, both ends included; a combination where the drugs are several.

    `change` says how it follows on the line before: `first`, `again` (the same drugs after days
    without), `added`, `stopped`, `switch` (no drug in common) or `exchange` (some in common).
    `gap_days` are drug-free days inside, where a repeat is the same line. `ongoing` when every drug
    is; `end_known` is false where it ends only because an era's end is not known, `start_exact`
    where it begins with an era of which the day is a bound.
    """

    start: date
    end: date
    drugs: tuple[str, ...]
    change: str = "first"
    gap_days: int = 0
    ongoing: bool = False
    end_known: bool = True
    start_exact: bool = True

    @property
    def days(self) -> int:
        """How many days it has, counting both ends and gaps."""
        return (self.end - self.start).days + 1

    @property
    def is_combination(self) -> bool:
        """Whether several drugs are used."""
        return len(self.drugs) > 1


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    """The days of an era, half open, and those that count."""

    begin: int
    end: int
    era: Era
    counts_until: int


def lines_of(eras: Iterable[Era], rules: CombinationRules) -> tuple[Line, ...]:
    """The lines, in order. Eras of one drug do not overlap, as `eras_of` makes them."""
    spans = _spans(eras)
    if rules.inside is Inside.ABSORBED:
        spans = _without_absorbed(spans, rules.minimum_overlap)
    found = _swept(_cut(spans, rules.shortest_combination))
    if rules.minimum_line_days > 1:
        found = _without_short(found, rules.minimum_line_days)
    return tuple(_told(_repeats(found, rules.repeat_after_gap)))


def _spans(eras: Iterable[Era]) -> list[_Span]:
    spans = [_Span(e.start.toordinal(), e.end.toordinal() + 1, e, e.end.toordinal() + 1)
             for e in eras]  # fmt: skip
    return sorted(spans, key=lambda one: (one.begin, -one.end, one.era.drug))


def _without_absorbed(spans: Sequence[_Span], shortest: int) -> list[_Span]:
    """Without short spans within a longer one; equal spans do not absorb each other."""
    kept = []
    reached = 0
    for _, group in groupby(spans, key=lambda one: (one.begin, one.end)):
        same = list(group)
        one = same[0]
        if one.end > reached or one.end - one.begin >= shortest:
            kept += same
        reached = max(reached, one.end)
    return kept


def _cut(spans: Sequence[_Span], shortest: int) -> list[_Span]:
    """Each span up to where the first later one begins that it overlaps with by too little."""
    running: list[int] = []  # begins of the spans that go on beyond the end that is looked at
    result = []
    waiting = sorted(spans, key=lambda one: one.begin)
    started = 0
    ends = sorted(spans, key=lambda one: one.end)
    for end, group in groupby(ends, key=lambda one: one.end):
        ending = list(group)
        while started < len(waiting) and waiting[started].begin < end:
            insort(running, waiting[started].begin)
            started += 1
        for one in ending:
            del running[bisect_left(running, one.begin)]
        for one in ending:
            place = bisect_right(running, max(one.begin, end - shortest))
            cut = running[place] if place < len(running) else one.end
            result.append(replace(one, counts_until=cut))
    return result


def _swept(spans: Sequence[_Span]) -> list[Line]:
    """The lines: at each day on which a span begins or ends, the drugs that run from then on."""
    turns: dict[int, tuple[list[_Span], list[_Span]]] = {}
    for one in spans:
        turns.setdefault(one.begin, ([], []))[0].append(one)
        turns.setdefault(one.counts_until, ([], []))[1].append(one)
    running: dict[str, _Span] = {}
    found = []
    for day, after in pairwise(sorted(turns)):  # at the last of them nothing runs on
        begins, ends = turns[day]
        for one in ends:
            del running[one.era.drug]
        for one in begins:
            running[one.era.drug] = one
        if running:
            found.append(_line(day, after, running))
    return found


def _line(begin: int, end: int, running: dict[str, _Span]) -> Line:
    members = running.values()
    closing = [one.era for one in members if one.end == end]
    return Line(
        start=date.fromordinal(begin),
        end=date.fromordinal(end - 1),
        drugs=tuple(sorted(running)),
        ongoing=len(closing) == len(members) and all(era.ongoing for era in closing),
        end_known=all(era.end_known for era in closing),
        start_exact=all(one.era.start_exact for one in members if one.begin == begin),
    )


def _without_short(lines: Sequence[Line], shortest: int) -> list[Line]:
    """Without short lines; the same drugs on both sides of one are one line if they went on."""
    kept: list[Line] = []
    last: Line | None = None  # the last line that was looked at, kept or not
    is_through = False  # whether the drugs of the last kept line ran on every day since
    for line in lines:
        is_next = last is not None and (line.start - last.end).days == 1
        is_through = bool(kept) and is_next and is_through and _holds(line, kept[-1])
        if line.days >= shortest:
            if is_through and kept[-1].drugs == line.drugs:
                kept[-1] = _joined(kept[-1], line)
            else:
                kept.append(line)
            is_through = True
        last = line
    return kept


def _joined(before: Line, line: Line, free: int = 0) -> Line:
    return replace(
        line,
        start=before.start,
        start_exact=before.start_exact,
        gap_days=before.gap_days + free,
    )


def _holds(line: Line, other: Line) -> bool:
    return set(other.drugs) <= set(line.drugs)


def _repeats(lines: Sequence[Line], repeat: Repeat) -> list[Line]:
    kept: list[Line] = []
    told: set[tuple[str, ...]] = set()
    for line in lines:
        if repeat is Repeat.FIRST_ONLY and line.drugs in told:
            continue
        told.add(line.drugs)
        if repeat is Repeat.SAME and kept and kept[-1].drugs == line.drugs:
            free = (line.start - kept[-1].end).days - 1
            kept[-1] = _joined(kept[-1], line, free)
        else:
            kept.append(line)
    return kept


def _told(lines: Sequence[Line]) -> Iterable[Line]:
    before: Line | None = None
    for line in lines:
        yield replace(line, change=_change(before, line)) if before else line
        before = line


def _change(before: Line, line: Line) -> str:
    old, new = set(before.drugs), set(line.drugs)
    if old == new:
        return "again"
    if old < new:
        return "added"
    if new < old:
        return "stopped"
    return "exchange" if old & new else "switch"
