"""Builds rules, definitions and confounders from what their authors wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stepline.core.quantity import Quantity, comparable
from stepline.core.time import Period
from stepline.protocol import authoring as a
from stepline.protocol.building import Bench, needs_source, one_line
from stepline.protocol.model import (
    Case,
    Confounder,
    Definition,
    Rule,
    Severity,
    UnknownPolicy,
)
from stepline.protocol.problems import Path, did_you_mean
from stepline.protocol.scope import is_over_any

_NAME = re.compile(r"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?:\((X|[a-z0-9]+(?:-[a-z0-9]+)*)\))?")


def build_rule(entry: a.RuleEntry, path: Path, bench: Bench) -> Rule | None:
    """The rule; `None` where a criterion cannot be read. Every fault is reported to the bench."""
    bench.identified(entry.id, (*path, "id"))
    bench.versioned(entry.version, (*path, "version"))
    applies = bench.criterion(entry.when, (*path, "when"))
    alert = bench.criterion(entry.alert, (*path, "alert")) if entry.alert else None
    require = bench.criterion(entry.require, (*path, "require")) if entry.require else None
    _check_one_of(entry, path, bench)
    evidence = bench.evidence(entry.evidence, (*path, "evidence"), needed_by=f"“{entry.id}”")
    cases = tuple(_case(one, (*path, "cases", n), bench) for n, one in enumerate(entry.cases))
    if applies is None:
        return None
    return Rule(
        entry.id,
        one_line(entry.title),
        applies,
        one_line(entry.say),
        alert,
        require,
        Severity(entry.severity),
        UnknownPolicy(entry.unknown),
        tuple(one_line(words) for words in entry.ask),
        one_line(entry.note),
        entry.version,
        evidence,
        cases,
        _texts(entry),
        bench.problems.place(path),
    )


def _texts(entry: a.RuleEntry) -> tuple[tuple[str, str], ...]:
    """The author's own words for each criterion of the rule."""
    said = (("when", entry.when), ("alert", entry.alert), ("require", entry.require))
    return tuple((key, one_line(text)) for key, text in said if text)


def _check_one_of(entry: a.RuleEntry, path: Path, bench: Bench) -> None:
    if bool(entry.alert) == bool(entry.require):
        bench.problems.add(
            "alert-or-require",
            path,
            f"“{entry.id}” must either alert to something or require something.",
            found="alert and require" if entry.alert else "neither alert nor require",
            allowed="alert: a criterion that must not hold, or require: one that must hold",
            mend="Keep one of the two." if entry.alert else "Add one of the two.",
        )


def _case(entry: a.CaseEntry, path: Path, bench: Bench) -> Case:
    for rule_id in entry.expect:
        if rule_id not in bench.scope.rules:
            bench.problems.add(
                "case-expects-unknown-rule",
                (*path, "expect", rule_id),
                f"The case expects a verdict of “{rule_id}”, and no rule has this id.",
                found=rule_id,
                allowed="the id of a rule",
                mend=did_you_mean(rule_id, bench.scope.rules, "Name a rule."),
                at_key=True,
            )
    return Case(
        one_line(entry.name),
        tuple(entry.record),
        tuple(entry.planned),
        entry.as_of,
        tuple(entry.expect.items()),
        tuple(entry.asks),
        tuple(entry.mentions),
        tuple(entry.complete_for),
        bench.problems.place(path),
    )


# ---------------------------------------------------------------- definitions


def definition_key(name: str) -> tuple[str, str] | None:
    """The name and argument in `relapse` or `failed(methotrexate)`; `None` where unreadable."""
    match = _NAME.fullmatch(name)
    return (match[1], match[2] or "") if match else None


def build_definition(
    define: str,
    entry: a.DefinitionEntry | a.DefinitionBody,
    paths: tuple[Path, Path, Path],
    bench: Bench,
) -> Definition | None:
    """The definition of a name.

    `paths` lead to the entry, to its name and to its criterion. `None` where either is unreadable.
    """
    path, name_path, criterion_path = paths
    key = definition_key(define)
    over_any = bool(key and is_over_any(key[1]))
    criterion = bench.criterion(entry.criterion, criterion_path, over_any=over_any)
    needed_by = f"“{define}”" if needs_source(criterion) else ""
    evidence = bench.evidence(entry.evidence, (*path, "evidence"), needed_by=needed_by)
    if key is None:
        _report_name(define, name_path, bench)
    if key is None or criterion is None:
        return None
    return Definition(
        key[0],
        key[1],
        criterion,
        one_line(entry.criterion),
        one_line(entry.title),
        key[1] if over_any else "",
        one_line(entry.caution),
        evidence,
        bench.problems.place(path),
    )


def _report_name(define: str, path: Path, bench: Bench) -> None:
    bench.problems.add(
        "definition-name-unreadable",
        path,
        "A definition is named in lower-case words joined by hyphens, with one argument at most.",
        found=define,
        allowed="relapse, failed(methotrexate), failed(X)",
        mend="Write X for a definition over any drug.",
        at_key=True,
    )


def report_circles(
    circles: Iterable[tuple[str, ...]], paths: dict[str, Path], bench: Bench
) -> None:
    """Report the circles in which definitions of this file stand, once each."""
    for circle in circles:
        own = next((key for key in circle if key in paths), None)
        if own is not None:
            around = circle[circle.index(own) :] + circle[: circle.index(own)]
            bench.problems.add(
                "definition-circular",
                paths[own],
                f"“{own}” rests on itself.",
                found=" → ".join((*around, own)),
                allowed="definitions that rest on the record in the end",
                mend="Take one of them out of the circle.",
                at_key=True,
            )


# ---------------------------------------------------------------- confounders


def build_confounder(entry: a.ConfounderEntry, path: Path, bench: Bench) -> Confounder | None:
    """The confounder; `None` where its time window cannot be read."""
    after, here = entry.after, (*path, "after")
    bench.identified(entry.id, (*path, "id"))
    bench.concept(entry.concept, (*path, "concept"))
    bench.drug(after.drug, (*here, "drug"))
    _check_answer(entry, path, bench)
    starts = bench.read.period(after.from_period, (*here, "from"))
    ends = bench.read.period(after.within or after.to, (*here, "within" if after.within else "to"))
    at_least = _at_least(after, here, bench)
    unless = bench.criterion(entry.unless, (*path, "unless")) if entry.unless else None
    evidence = bench.evidence(entry.evidence, (*path, "evidence"), needed_by=f"“{entry.id}”")
    _check_window(after, here, bench)
    _check_order(starts, ends, here, bench)
    if ends is None:
        return None
    return Confounder(
        entry.id,
        entry.concept,
        after.drug,
        ends,
        one_line(entry.says),
        starts,
        entry.when_answer,
        at_least,
        unless,
        tuple(one_line(words) for words in entry.settle),
        evidence,
    )


def _check_answer(entry: a.ConfounderEntry, path: Path, bench: Bench) -> None:
    catalogue = bench.scope.catalogue
    answers = catalogue.concept(entry.concept).answers if entry.concept in catalogue else ()
    if entry.when_answer and answers and entry.when_answer not in answers:
        bench.problems.add(
            "answer-unknown",
            (*path, "when_answer"),
            f"“{entry.when_answer}” is not an answer that {entry.concept} can have.",
            found=entry.when_answer,
            allowed=", ".join(answers),
            mend=did_you_mean(entry.when_answer, answers, "Use one of the answers."),
        )


def _check_window(after: a.AfterEntry, path: Path, bench: Bench) -> None:
    is_within = bool(after.within) and not (after.from_period or after.to)
    is_between = bool(after.from_period and after.to) and not after.within
    if not (is_within or is_between):
        bench.problems.add(
            "confounder-window",
            path,
            "Say how long after a dose the value is confounded.",
            found=", ".join(sorted(after.model_fields_set - {"drug", "at_least"})) or "no time",
            allowed="{drug: ivig, within: P12W}, or {drug: ivig, from: P5D, to: P10D}",
            mend="Write within, or both from and to.",
        )


def _check_order(starts: Period | None, ends: Period | None, path: Path, bench: Bench) -> None:
    if starts and ends and starts.shortest_days > ends.longest_days:
        bench.problems.add(
            "range-reversed",
            path,
            "The value is confounded to a time before it begins to be.",
            found=f"from {starts} to {ends}",
            allowed="the shorter time under from",
            mend="Exchange the two times.",
        )


def _at_least(after: a.AfterEntry, path: Path, bench: Bench) -> Quantity | None:
    dose = bench.read.quantity(after.at_least, (*path, "at_least"))
    if dose is None or comparable(dose.unit, "g/kg"):
        return dose
    bench.problems.add(
        "dose-unit-for-basis",
        (*path, "at_least"),
        "The dose of a cycle is told per kilogram here.",
        found=after.at_least,
        allowed="1.5 g/kg",
        mend="Write it per kilogram.",
    )
    return None
