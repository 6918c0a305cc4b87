"""Builds ladders of response from what their authors wrote."""

from __future__ import annotations

from stepline.core.time import Period
from stepline.protocol import authoring as a
from stepline.protocol.building import Bench, named_paths, names_in
from stepline.protocol.building_pathway import conditions
from stepline.protocol.criterion import Category
from stepline.protocol.ladder import Ladder, Loss, Measure, Rung, Told, Wording
from stepline.protocol.problems import Path, did_you_mean

NO_PERIOD = Period()


def build_ladder(entry: a.LadderEntry, path: Path, bench: Bench) -> Ladder:
    """The ladder of an entry. Every fault is reported to the bench."""
    bench.identified(entry.id, (*path, "id"))
    bench.versioned(entry.version, (*path, "version"))
    bench.concept(entry.score, (*path, "score"))
    _check_keys(entry, path, bench)
    return Ladder(
        entry.id,
        entry.title,
        entry.version,
        conditions(entry.conditions, (*path, "for"), bench),
        entry.score,
        _measures(entry.measures, (*path, "measures"), bench),
        _measures(entry.enzymes, (*path, "enzymes"), bench),
        entry.enzyme_rule,
        entry.juvenile_below,
        bench.read.period(entry.baseline.within, (*path, "baseline", "within")) or NO_PERIOD,
        _scales(entry, path, bench),
        bench.read.period(entry.visit.within, (*path, "visit", "within")) or NO_PERIOD,
        tuple(_rung(one, (*path, "ladder", n), bench) for n, one in enumerate(entry.ladder)),
        _loss(entry, (*path, "loss"), bench),
        tuple(entry.relapses),
        entry.relapse,
        tuple(entry.states),
        bench.evidence(entry.evidence, (*path, "evidence"), needed_by=f"“{entry.id}”"),
        bench.problems.place(path),
    )


def _measures(entries: list[a.MeasureEntry], path: Path, bench: Bench) -> tuple[Measure, ...]:
    for number, entry in enumerate(entries):
        for name, where in named_paths(entry.concepts, (*path, number, "concepts")):
            bench.concept(name, where)
    return tuple(Measure(one.scale, tuple(names_in(one.concepts))) for one in entries)


def _scales(entry: a.LadderEntry, path: Path, bench: Bench) -> tuple[str, ...]:
    known = [one.scale for one in entry.measures]
    for name, where in named_paths(entry.visit.by, (*path, "visit", "by")):
        _one_of(name, known, where, "measure of this ladder", bench)
    return tuple(names_in(entry.visit.by))


def _rung(entry: a.RungEntry, path: Path, bench: Bench) -> Rung:
    bench.identified(entry.id, (*path, "id"))
    for name, where in named_paths(entry.of, (*path, "of")):
        bench.concept(name, where)
    _check_told(entry, path, bench)
    return Rung(
        entry.id,
        entry.title,
        Told(entry.told_by),
        bench.criterion(entry.met, (*path, "met")) if entry.met else None,
        bench.criterion(entry.not_met, (*path, "not_met")) if entry.not_met else None,
        tuple(names_in(entry.of)),
        tuple(_wording(one) for one in entry.words),
        bench.read.period(entry.fresh, (*path, "fresh")) if entry.fresh else None,
        bench.evidence(entry.evidence, (*path, "evidence"), needed_by=f"“{entry.id}”"),
    )


def _check_told(entry: a.RungEntry, path: Path, bench: Bench) -> None:
    """Reports a rung without what it is told by."""
    needed = {"criterion": ("met", entry.met), "words": ("words", entry.words)}
    key, given = needed.get(entry.told_by, ("", "needs nothing"))
    if not given:
        bench.problems.add(
            "rung-incomplete",
            path,
            f"“{entry.id}” is told by {entry.told_by} and does not say which.",
            found=f"told_by: {entry.told_by}",
            allowed=f"{key}: …",
            mend=f"Add {key}.",
        )


def _wording(entry: a.WordingEntry) -> Wording:
    ends = entry.category if isinstance(entry.category, list) else [entry.category]
    return Wording(
        tuple(names_in(entry.answers)),
        Category(ends[0]),
        Category(ends[-1]),
        tuple(names_in(entry.of)),
    )


def _loss(entry: a.LadderEntry, path: Path, bench: Bench) -> Loss:
    bench.read.count(entry.loss.visits, (*path, "visits"), "A number of visits")
    known = [one.id for one in entry.ladder]
    for name, where in named_paths(entry.loss.at_once, (*path, "at_once")):
        _one_of(name, known, where, "definition of this ladder", bench)
    evidence = bench.evidence(entry.loss.evidence, (*path, "evidence"), needed_by="The loss")
    return Loss(entry.loss.visits, tuple(names_in(entry.loss.at_once)), evidence)


def _check_keys(entry: a.LadderEntry, path: Path, bench: Bench) -> None:
    """Reports definitions of relapse and of inactive disease that do not exist."""
    known = sorted(bench.scope.definition_keys | bench.scope.pathway_keys)
    for field, keys in (("relapses", entry.relapses), ("states", entry.states)):
        for number, key in enumerate(keys):
            _one_of(key, known, (*path, field, number), "definition", bench)
    if entry.relapse:
        _one_of(entry.relapse, known, (*path, "relapse"), "definition", bench)


def _one_of(name: str, known: list[str], path: Path, what: str, bench: Bench) -> None:
    if name not in known:
        bench.problems.add(
            "ladder-name-unknown",
            path,
            f"There is no {what} “{name}”.",
            found=name,
            allowed=", ".join(known),
            mend=did_you_mean(name, known, "Name one that there is."),
        )
