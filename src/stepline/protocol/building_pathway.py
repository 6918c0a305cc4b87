"""Builds a pathway and its steps from what their author wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stepline.core.evidence import Evidence
from stepline.core.time import Period
from stepline.protocol import authoring as a
from stepline.protocol.building import Bench, named_paths, needs_source, one_line
from stepline.protocol.model import CoursePattern, Exit, Intent, Review, Search, Step
from stepline.protocol.problems import Path, did_you_mean
from stepline.vocabulary.model import ConceptKind

_LIMIT = re.compile(r"(longer than|up to) (P\w+)")
_SOONER = re.compile(r"(P\w+) after last ?\(?([a-z0-9-]+)\)?")


def build_step(step_id: str, entry: a.StepEntry, path: Path, bench: Bench) -> Step:
    """The step. Every fault is reported to the bench."""
    bench.identified(step_id, path)
    pattern = _pattern(entry.courses, (*path, "courses"), bench)
    enter = bench.criterion(entry.enter, (*path, "enter")) if entry.enter else None
    needed_by = f"“{step_id}”" if entry.search or needs_source(enter) else ""
    evidence = bench.evidence(entry.evidence, (*path, "evidence"), needed_by=needed_by)
    exits = [
        _exit(one, (*path, "exits", number), bench, evidence)
        for number, one in enumerate(entry.exits)
    ]
    _check_parallel(step_id, entry, path, bench)
    return Step(
        step_id,
        one_line(entry.title) or step_id.replace("-", " ").capitalize(),
        pattern,
        _regimens(entry.alongside, (*path, "alongside"), bench),
        _review(entry.review, (*path, "review"), bench),
        tuple(one for one in exits if one is not None),
        _rules(entry.gate, (*path, "gate"), bench),
        _not_sooner(entry.not_sooner_than, (*path, "not_sooner_than"), bench),
        entry.parallel,
        enter,
        one_line(entry.enter),
        _search(entry.search, (*path, "search"), bench),
        evidence,
        bench.problems.place(path),
    )


def conditions(words: str | list[str], path: Path, bench: Bench) -> tuple[str, ...]:
    """Whom a pathway is for."""
    named = named_paths(words, path)
    catalogue = bench.scope.catalogue
    for name, at in named:
        if name in catalogue and catalogue.concept(name).kind is ConceptKind.CONDITION:
            continue
        bench.problems.add(
            "condition-unknown",
            at,
            f"“{name}” is no condition of the vocabulary.",
            found=name,
            allowed="conditions, such as [dermatomyositis, polymyositis]",
            mend=_meant(catalogue.suggest(name), "Add it to the vocabulary."),
        )
    return tuple(name for name, _ in named)


# ---------------------------------------------------------------- parts of a step


def _pattern(entry: str | list[str] | a.PatternEntry, path: Path, bench: Bench) -> CoursePattern:
    if not isinstance(entry, a.PatternEntry):
        return CoursePattern(regimens=_regimens(entry, path, bench))
    drugs = [*entry.any_of, *([entry.drug] if entry.drug else [])]
    for number, name in enumerate(entry.any_of):
        bench.drug(name, (*path, "any_of", number))
    if entry.drug:
        bench.drug(entry.drug, (*path, "drug"))
    if bool(drugs) == bool(entry.regimens):
        _report_pattern(entry, path, bench)
    above, up_to = _interval(entry.interval, (*path, "interval"), bench)
    return CoursePattern(
        _regimens(entry.regimens, (*path, "regimens"), bench),
        tuple(drugs),
        Intent(entry.intent) if entry.intent else None,
        above,
        up_to,
    )


def _report_pattern(entry: a.PatternEntry, path: Path, bench: Bench) -> None:
    bench.problems.add(
        "courses-pattern",
        path,
        "Say which courses make up the step: regimens by id, or drugs.",
        found="regimens and drugs" if entry.regimens else "neither regimens nor drugs",
        allowed="[regimen ids], {drug: ivig, interval: longer than P7D}, {any_of: [drugs]}",
        mend="Keep one of the two ways." if entry.regimens else "Name regimens or drugs.",
    )


def _interval(text: str, path: Path, bench: Bench) -> tuple[Period | None, Period | None]:
    """From `longer than P7D`, `up to P28D`, or both with a comma between."""
    limits: dict[str, Period | None] = {}
    for part in text.split(",") if text else ():
        match = _LIMIT.fullmatch(part.strip())
        if match is None:
            bench.problems.add(
                "interval-limit-unreadable",
                path,
                "This is no limit on the time between doses.",
                found=text,
                allowed="longer than P7D; up to P14D; longer than P7D, up to P28D",
                mend="Write longer than or up to, and a period.",
            )
            return None, None
        limits[match[1]] = bench.read.period(match[2], path)
    return limits.get("longer than"), limits.get("up to")


def _regimens(words: str | list[str], path: Path, bench: Bench) -> tuple[str, ...]:
    named = named_paths(words, path)
    for name, at in named:
        if name not in bench.scope.regimens:
            bench.problems.add(
                "regimen-unknown",
                at,
                f"No regimen is called “{name}”.",
                found=name,
                allowed="the id of a regimen of the library",
                mend=_mend_regimen(name, bench),
            )
    return tuple(name for name, _ in named)


def _mend_regimen(name: str, bench: Bench) -> str:
    catalogue = bench.scope.catalogue
    if name in catalogue:
        return f"For any course of a drug write {{drug: {name}}}."
    return did_you_mean(name, bench.scope.regimens, "Add the regimen to the library.")


def _rules(words: str | list[str], path: Path, bench: Bench) -> tuple[str, ...]:
    named = named_paths(words, path)
    for name, at in named:
        if name not in bench.scope.rules:
            bench.problems.add(
                "rule-unknown",
                at,
                f"No rule is called “{name}”.",
                found=name,
                allowed="the id of a rule of the library",
                mend=did_you_mean(name, bench.scope.rules, "Add the rule to the library."),
            )
    return tuple(name for name, _ in named)


def _exit(
    entry: a.ExitEntry, path: Path, bench: Bench, of_step: tuple[Evidence, ...]
) -> Exit | None:
    """The exit; without evidence of its own it rests on that of its step."""
    when = bench.criterion(entry.when, (*path, "when"))
    needed_by = f"The exit to “{entry.to}”" if needs_source(when) and not of_step else ""
    own = bench.evidence(entry.evidence, (*path, "evidence"), needed_by=needed_by)
    evidence = own or of_step
    if when is None:
        return None
    text, title = one_line(entry.when), one_line(entry.title)
    return Exit(entry.to, when, text, title, evidence, bench.problems.place(path))


def _review(entry: a.ReviewEntry, path: Path, bench: Bench) -> Review | None:
    if not entry.model_fields_set:
        return None
    is_regular = bool(entry.every) and not (entry.at or entry.after_first)
    is_timed = bool(entry.at and entry.after_first) and not entry.every
    if not (is_regular or is_timed):
        bench.problems.add(
            "review-unreadable",
            path,
            "A step is reviewed every so often, or at times after the first dose of a drug.",
            found=", ".join(sorted(entry.model_fields_set)),
            allowed="{every: P28D}, or {at: [P16W, P26W], after_first: rituximab}",
            mend="Write one of the two.",
        )
    if entry.after_first:
        bench.drug(entry.after_first, (*path, "after_first"))
    read = [bench.read.period(text, (*path, "at", n)) for n, text in enumerate(entry.at)]
    at = tuple(one for one in read if one is not None)
    return Review(bench.read.period(entry.every, (*path, "every")), at, entry.after_first)


def _not_sooner(words: str | list[str], path: Path, bench: Bench) -> tuple[tuple[str, Period], ...]:
    """From `P16W after last(rituximab)`, one or several."""
    texts = [words] if isinstance(words, str) else words
    read = [
        _waiting(text, (*path, number) if isinstance(words, list) else path, bench)
        for number, text in enumerate(texts)
    ]
    return tuple(one for one in read if one is not None)


def _waiting(text: str, path: Path, bench: Bench) -> tuple[str, Period] | None:
    match = _SOONER.fullmatch(one_line(text))
    if match is None:
        bench.problems.add(
            "not-sooner-unreadable",
            path,
            "This is no time to wait after a dose.",
            found=text,
            allowed="P16W after last(rituximab)",
            mend="Write a period, the words after last, and the drug in brackets.",
        )
        return None
    bench.drug(match[2], path)
    period = bench.read.period(match[1], path)
    return (match[2], period) if period else None


def _search(entry: a.SearchEntry | None, path: Path, bench: Bench) -> Search | None:
    if entry is None:
        return None
    bench.drug(entry.drug, (*path, "drug"))
    holds = bench.criterion(entry.holds, (*path, "holds"))
    period = bench.read.period(entry.period, (*path, "for"))
    if holds is None or period is None:
        return None
    return Search(entry.drug, holds, one_line(entry.holds), period)


def _meant(near: tuple[str, ...], otherwise: str) -> str:
    return f"Did you mean {' or '.join(near)}?" if near else otherwise


def _check_parallel(step_id: str, entry: a.StepEntry, path: Path, bench: Bench) -> None:
    if entry.parallel and not entry.enter:
        bench.problems.add(
            "parallel-without-enter",
            path,
            f"“{step_id}” runs beside other steps and does not say when it begins.",
            found="parallel: true",
            allowed="enter: a criterion",
            mend="Add enter.",
            at_key=True,
        )


# ---------------------------------------------------------------- the graph


def check_graph(
    steps: dict[str, a.StepEntry | None],
    exits: dict[str, list[tuple[str, Path]]],
    ends: list[str],
    bench: Bench,
) -> None:
    """Report exits to nowhere, steps that nothing leads to, and ends that are never reached.

    `steps` holds every step that the file names, `None` where it could not be read; `exits` every
    exit that it names, readable or not, so that one fault does not look like three.
    """
    targets = {to for ways in exits.values() for to, _ in ways}
    for to, path in (way for ways in exits.values() for way in ways):
        if to not in steps and to not in ends:
            _report_nowhere(to, path, [*steps, *ends], bench)
    for step_id in steps.keys() - _reached(steps, exits):
        bench.problems.add(
            "step-unreachable",
            ("steps", step_id),
            f"No exit leads to “{step_id}”.",
            found=step_id,
            allowed="a step that an exit leads to, or one with parallel: true and enter",
            mend="Add an exit that leads to it, or remove it.",
            at_key=True,
        )
    for number, end in enumerate(ends):
        if end not in targets:
            bench.problems.add(
                "end-unreached",
                ("ends", number),
                f"No exit leads to the end “{end}”.",
                found=end,
                allowed="an end that an exit leads to",
                mend="Add an exit that leads to it, or remove it.",
            )


def _report_nowhere(to: str, path: Path, allowed: Iterable[str], bench: Bench) -> None:
    names = list(allowed)
    bench.problems.add(
        "exit-to-nowhere",
        path,
        f"“{to}” is neither a step nor an end of this pathway.",
        found=to,
        allowed=", ".join(names),
        mend=did_you_mean(to, names, "Add the step, or list it under ends."),
    )


def _reached(
    steps: dict[str, a.StepEntry | None], exits: dict[str, list[tuple[str, Path]]]
) -> set[str]:
    """Steps that can be come to: the first, those that begin beside others, and on from there."""
    besides = (name for name, entry in steps.items() if entry is None or entry.enter)
    waiting = [*list(steps)[:1], *besides]
    reached: set[str] = set()
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting.extend(to for to, _ in exits.get(here, ()) if to in steps)
    return reached
