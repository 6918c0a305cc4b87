"""Loads protocol files: regimens, pathways, schedules, rules with what they rest on.

Every loader refuses with *all* problems of its file, each with line, column, path, what was found,
what is allowed and how to mend it. A file may name what it holds itself and what the library holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from stepline.core.errors import Place, Problem, ProtocolRefused, Refused
from stepline.protocol.compiled import compiled
from stepline.protocol.definitions import Definitions, filled_in
from stepline.protocol.ladder import Ladder
from stepline.protocol.model import (
    Confounder,
    Definition,
    Pathway,
    Protocol,
    Regimen,
    Rule,
)
from stepline.protocol.monitoring import Schedule

if TYPE_CHECKING:
    from stepline.protocol.drafts import Draft
    from stepline.protocol.scope import Scope


class LoadedRules(NamedTuple):
    """What a rules file holds, each in the order of the file."""

    rules: tuple[Rule, ...] = ()
    definitions: tuple[Definition, ...] = ()
    confounders: tuple[Confounder, ...] = ()
    ladders: tuple[Ladder, ...] = ()
    schedules: tuple[Schedule, ...] = ()


Loaded = tuple[Regimen, ...] | Pathway | LoadedRules


def load_regimens(
    text: str | bytes, file: str, *, scope: Scope | None = None
) -> tuple[Regimen, ...]:
    """The regimens of a file: a list of regimens, `regimens:` with a list, or a single one.

    Raises `DocumentRefused` where the file is no readable YAML, else `ProtocolRefused`.
    """
    return _built(text, file, "regimens", scope).regimens


def load_pathway(text: str | bytes, file: str, *, scope: Scope | None = None) -> Pathway:
    """The pathway of a file.

    Raises `DocumentRefused` where the file is no readable YAML, else `ProtocolRefused`.
    """
    (pathway,) = _built(text, file, "pathway", scope).pathways
    return pathway


def load_rules(text: str | bytes, file: str, *, scope: Scope | None = None) -> LoadedRules:
    """The rules, definitions, confounders, ladders of response and schedules of a file.

    Raises `DocumentRefused` where the file is no readable YAML, else `ProtocolRefused`.
    """
    protocol = _built(text, file, "rules", scope)
    return LoadedRules(
        protocol.rules,
        protocol.definitions,
        protocol.confounders,
        protocol.ladders,
        protocol.schedules,
    )


def load_any(text: str | bytes, file: str, *, scope: Scope | None = None) -> Loaded:
    """Whatever a file holds, told by its top-level keys.

    Raises `ProtocolRefused` (`file-kind-unknown`) for a file that is none of the three.
    """
    from stepline.protocol.drafts import kind_of_file

    kind = kind_of_file(text, file)
    if kind == "regimens":
        return load_regimens(text, file, scope=scope)
    return (
        load_pathway(text, file, scope=scope)
        if kind == "pathway"
        else load_rules(text, file, scope=scope)
    )


def load_together(
    sources: Sequence[tuple[str, str | bytes]], *, scope: Scope | None = None
) -> Protocol:
    """Several files, as pairs of name and text, that may name what any of them holds.

    `scope` is what they may name besides; nothing by default. Raises `ProtocolRefused` with the
    problems of all files.
    """
    from stepline.protocol.drafts import draft_of
    from stepline.protocol.scope import Scope

    drafts: list[Draft] = []
    problems: list[Problem] = []
    for file, text in sources:
        try:
            drafts.append(draft_of(text, file))
        except Refused as refusal:
            problems += refusal.problems
    if problems:
        raise ProtocolRefused(problems)
    return _checked(drafts, scope or Scope())


@lru_cache(maxsize=1)
def packaged() -> Protocol:
    """The whole packaged library, checked as one; from its compiled form where that is up to date.

    Raises `ProtocolRefused` with every problem of every file.
    """
    sources = packaged_files()
    return compiled(sources) or load_together(sources)


def packaged_files() -> tuple[tuple[str, str], ...]:
    """Name and text of every packaged file of the protocol, in order of room and name."""
    library = files("stepline.library")
    found = []
    for room in ("rules", "responses", "monitoring", "regimens", "pathways"):
        folder = library.joinpath(room)
        entries = folder.iterdir() if folder.is_dir() else ()
        found += [
            (f"{room}/{entry.name}", entry.read_text(encoding="utf-8"))
            for entry in sorted(entries, key=lambda entry: entry.name)
            if entry.name.endswith(".yaml")
        ]
    return tuple(found)


@lru_cache(maxsize=1)
def packaged_ladder() -> Ladder:
    """The first ladder of response of the packaged library."""
    return packaged().ladders[0]


def _built(text: str | bytes, file: str, kind: str, scope: Scope | None) -> Protocol:
    from stepline.protocol.drafts import draft_of
    from stepline.protocol.scope import Scope

    draft = draft_of(text, file, kind)
    return _checked([draft], Scope.of(packaged()) if scope is None else scope)


def _checked(drafts: list[Draft], outside: Scope) -> Protocol:
    """Everything that the drafts hold; every name may be one of theirs or of outside."""
    scope = outside
    for draft in drafts:
        scope = draft.declared().joined(scope)
    protocol = _joined([draft.build(scope) for draft in drafts])
    seen: dict[tuple[str, str], Place] = {}
    shared = Definitions((*protocol.definitions, *outside.definitions))
    for draft in drafts:
        draft.report_twice(seen)
        draft.report_circles(shared)
    problems = [problem for draft in drafts for problem in draft.problems.in_order()]
    if problems:
        raise ProtocolRefused(problems)
    return filled_in(protocol, outside.definitions)


def describe(loaded: Loaded) -> str:
    """What a file holds, in words: "3 rules, 1 definition"."""
    if isinstance(loaded, Pathway):
        return f"the pathway {loaded.id} with {_counted(len(loaded.steps), 'step')}"
    if isinstance(loaded, LoadedRules):
        counts = zip(
            loaded,
            ("rule", "definition", "confounder", "ladder of response", "schedule"),
            strict=True,
        )
        said = [_counted(len(things), what) for things, what in counts if things]
        return ", ".join(said) or "nothing"
    return _counted(len(loaded), "regimen")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _joined(protocols: list[Protocol]) -> Protocol:
    return Protocol(
        tuple(one for protocol in protocols for one in protocol.regimens),
        tuple(one for protocol in protocols for one in protocol.pathways),
        tuple(one for protocol in protocols for one in protocol.rules),
        tuple(one for protocol in protocols for one in protocol.definitions),
        tuple(one for protocol in protocols for one in protocol.confounders),
        tuple(one for protocol in protocols for one in protocol.ladders),
        tuple(one for protocol in protocols for one in protocol.schedules),
    )
