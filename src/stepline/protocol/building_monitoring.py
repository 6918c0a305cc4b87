"""Builds schedules of monitoring from what their authors wrote."""

from __future__ import annotations

from stepline.core.time import Period
from stepline.protocol import authoring as a
from stepline.protocol.building import Bench, named_paths, names_in, one_line
from stepline.protocol.model import PeriodRange
from stepline.protocol.monitoring import Schedule, ScheduleCase, Start, Turn
from stepline.protocol.problems import Path

_ALLOWED = "start of X, stable dose of X, last X, planned X; X a drug, or any of (X, Y)"


def build_schedule(entry: a.ScheduleEntry, path: Path, bench: Bench) -> Schedule | None:
    """The schedule; `None` where its criterion or its start cannot be read."""
    bench.identified(entry.id, (*path, "id"))
    bench.versioned(entry.version, (*path, "version"))
    applies = bench.criterion(entry.when, (*path, "when"))
    start = _start(entry.start, (*path, "from"), bench)
    _check_times(entry, start[0] if start else None, path, bench)
    read, turns = bench.read, _turns(entry, path, bench)
    evidence = bench.evidence(entry.evidence, (*path, "evidence"), needed_by=f"“{entry.id}”")
    if applies is None or start is None:
        return None
    return Schedule(
        entry.id,
        one_line(entry.title),
        tuple(one_line(words) for words in entry.what),
        _measures(entry, path, bench),
        applies,
        one_line(entry.when),
        start[0],
        start[1],
        read.period_range(entry.once, (*path, "once")),
        read.period_range(entry.first, (*path, "first")),
        turns,
        entry.intent,
        read.period(entry.lookback, (*path, "lookback")),
        read.period(entry.until, (*path, "until")),
        one_line(entry.note),
        entry.version,
        evidence,
        tuple(_case(one, (*path, "cases", n), bench) for n, one in enumerate(entry.cases)),
        bench.problems.place(path),
    )


def _start(written: str, path: Path, bench: Bench) -> tuple[Start, tuple[str, ...]] | None:
    """From what it counts, and of which drugs."""
    text = one_line(written)
    for start in Start:
        if text.startswith(f"{start.value} "):
            names = names_in(text.removeprefix(f"{start.value} "))
            for name in names:
                bench.drug(name, path)
            return start, tuple(names)
    bench.problems.add(
        "schedule-start",
        path,
        "A schedule counts from a drug.",
        found=text,
        allowed=_ALLOWED,
        mend="Write from what day it counts.",
    )
    return None


def _check_times(entry: a.ScheduleEntry, start: Start | None, path: Path, bench: Bench) -> None:
    """Either once or every so often; before a planned dose only once."""
    is_repeated = bool(entry.every)
    if bool(entry.once) != is_repeated and not (start is Start.PLANNED and is_repeated):
        return
    bench.problems.add(
        "schedule-times",
        path,
        f"“{entry.id}” must say once when, or every how long; before a planned dose, once.",
        found="once and every" if entry.once and is_repeated else "neither, or every",
        allowed="once: P5D..P10D, or every: P3M, or every: [{every: P2W, for: P6W}, {every: P3M}]",
        mend="Keep one of the two." if entry.once else "Add one of the two.",
    )


def _turns(entry: a.ScheduleEntry, path: Path, bench: Bench) -> tuple[Turn, ...]:
    here = (*path, "every")
    if isinstance(entry.every, str):
        every = _range(entry.every, here, bench)
        return (Turn(every),) if every else ()
    found = [_turn(turn, (*here, number), bench) for number, turn in enumerate(entry.every)]
    turns = tuple(turn for turn in found if turn)
    _check_lasts(turns, here, bench)
    return turns


def _turn(entry: a.TurnEntry, path: Path, bench: Bench) -> Turn | None:
    every = _range(entry.every, (*path, "every"), bench)
    lasts: Period | None = bench.read.period(entry.lasts, (*path, "for"))
    return Turn(every, lasts) if every else None


def _range(text: str, path: Path, bench: Bench) -> PeriodRange | None:
    """A range; one period alone is both its ends. What recurs after no time at all is refused."""
    found = bench.read.period_range(text, path)
    if found is not None and found.high.is_empty:
        bench.read.period("P0D", path)
        return None
    return found


def _check_lasts(turns: tuple[Turn, ...], path: Path, bench: Bench) -> None:
    """Every turn but the last says how long it lasts."""
    if any(turn.lasts is None for turn in turns[:-1]) or (turns and turns[-1].lasts):
        bench.problems.add(
            "schedule-turns",
            path,
            "Every turn but the last lasts for a while, and the last for good.",
            found=f"{len(turns)} turns",
            allowed="[{every: P2W, for: P6W}, {every: P3M}]",
            mend="Give each turn but the last its for.",
        )


def _measures(entry: a.ScheduleEntry, path: Path, bench: Bench) -> tuple[tuple[str, ...], ...]:
    """The groups of concepts, each name checked."""
    for number, words in enumerate(entry.measure):
        for name, where in named_paths(words, (*path, "measure", number)):
            bench.concept(name, where)
    return tuple(tuple(names_in(words)) for words in entry.measure)


def _case(entry: a.ScheduleCaseEntry, path: Path, bench: Bench) -> ScheduleCase:
    return ScheduleCase(
        one_line(entry.name),
        tuple(entry.record),
        tuple(entry.planned),
        entry.as_of,
        entry.status,
        entry.due,
        tuple(entry.mentions),
        tuple(entry.complete_for),
        bench.problems.place(path),
    )
