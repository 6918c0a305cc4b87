"""A file on its way to the model: read for its shape, then built once all names are known.

A draft first says what it declares, so that files can name each other and an entry with a fault
still counts as existing; then it is built within a scope, and every fault is kept.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, TypeVar, final

from stepline.core.documents import Node, read_yaml
from stepline.core.errors import Place
from stepline.protocol import authoring as a
from stepline.protocol.building import Bench
from stepline.protocol.building_ladder import build_ladder
from stepline.protocol.building_monitoring import build_schedule
from stepline.protocol.building_pathway import build_step, check_graph, conditions
from stepline.protocol.building_regimen import build_regimen
from stepline.protocol.building_rules import (
    build_confounder,
    build_definition,
    build_rule,
    report_circles,
)
from stepline.protocol.definitions import Definitions
from stepline.protocol.ladder import Ladder
from stepline.protocol.model import Definition, Pathway, Protocol, Step
from stepline.protocol.problems import Path, Problems
from stepline.protocol.scope import Scope
from stepline.protocol.shapes import read_entry

T = TypeVar("T")
NOTHING = Protocol((), (), (), (), ())


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a file: where it stands, and the name under which others know it."""

    node: Node
    path: Path
    name: str


class Draft(ABC):
    """One file, read for its shape."""

    def __init__(self, node: Node, text: str) -> None:
        self.node = node
        self.problems = Problems(node, text)
        self.names: dict[str, list[tuple[str, Path]]] = {}
        self.definition_paths: dict[str, Path] = {}
        self.definitions_built: tuple[Definition, ...] = ()

    @abstractmethod
    def declared(self) -> Scope:
        """What the file adds to what can be named, faulty entries included."""

    @abstractmethod
    def build(self, scope: Scope) -> Protocol:
        """What the file holds, as far as it can be read; faults go to `problems`."""

    def read(self, model: type[T], item: Item) -> T | None:
        """The shape of an item."""
        return read_entry(model, item.node, self.problems)

    def report_twice(self, seen: dict[tuple[str, str], Place]) -> None:
        """Report every id seen before, here or in an earlier file, and remember the rest."""
        for what, named in self.names.items():
            for name, path in named:
                if (what, name) in seen:
                    self._report_twice(what, name, path, seen[what, name])
                seen.setdefault((what, name), self.problems.place(path))

    def _report_twice(self, what: str, name: str, path: Path, first: Place) -> None:
        self.problems.add(
            "id-duplicate",
            path,
            f"There is already a {what} “{name}”, at {first.file}:{first.line}.",
            found=name,
            allowed="an id of its own",
            mend="Rename one of the two, or remove it.",
        )

    def report_circles(self, shared: Definitions) -> None:
        """Report circles of this file's definitions; `shared` are those that all files see."""
        bench = Bench(self.problems, Scope())
        if all(shared.holds(one) for one in self.definitions_built):
            report_circles(shared.circles(), self.definition_paths, bench)
        else:
            joined = Definitions((*self.definitions_built, *shared))
            report_circles(joined.circles(), self.definition_paths, bench)


@final
class RegimensDraft(Draft):
    """A file of regimens."""

    def __init__(self, node: Node, text: str) -> None:
        super().__init__(node, text)
        if isinstance(node.value, dict) and "regimens" in node.value:
            read_entry(a.RegimenFile, node, self.problems)
        self.items = _regimen_items(node)
        self.names = {"regimen": _named(self.items, "id")}

    def declared(self) -> Scope:
        return Scope(regimens=frozenset(item.name for item in self.items))

    def build(self, scope: Scope) -> Protocol:
        bench = Bench(self.problems, scope.with_definitions(scope.pathway_keys))
        entries = [(self.read(a.RegimenEntry, item), item.path) for item in self.items]
        built = [build_regimen(entry, path, bench) for entry, path in entries if entry]
        return Protocol(tuple(one for one in built if one), (), (), (), ())


@final
class RulesDraft(Draft):
    """A file of rules, definitions, confounders, ladders of response and schedules."""

    def __init__(self, node: Node, text: str) -> None:
        super().__init__(node, text)
        read_entry(a.RulesFile, node, self.problems)
        self.rules = _items_below(node, "rules", "id")
        self.definitions = _items_below(node, "definitions", "define")
        self.confounders = _items_below(node, "confounders", "id")
        self.responses = _items_below(node, "responses", "id")
        self.schedules = _items_below(node, "monitoring", "id")
        self.names = {
            "rule": _named(self.rules, "id"),
            "definition": _named(self.definitions, "define"),
            "confounder": _named(self.confounders, "id"),
            "response": _named(self.responses, "id"),
            "schedule": _named(self.schedules, "id"),
        }
        self.definition_paths = dict(self.names["definition"])

    def declared(self) -> Scope:
        return Scope(
            rules=frozenset(item.name for item in self.rules),
            definition_keys=frozenset(item.name for item in self.definitions),
        )

    def build(self, scope: Scope) -> Protocol:
        bench = Bench(self.problems, scope)
        rules = [
            build_rule(entry, item.path, bench)
            for item in self.rules
            if (entry := self.read(a.RuleEntry, item))
        ]
        confounders = [
            build_confounder(confounder, item.path, bench)
            for item in self.confounders
            if (confounder := self.read(a.ConfounderEntry, item))
        ]
        schedules = [
            build_schedule(schedule, item.path, bench)
            for item in self.schedules
            if (schedule := self.read(a.ScheduleEntry, item))
        ]
        definitions = [self._definition(item, bench) for item in self.definitions]
        self.definitions_built = tuple(one for one in definitions if one)
        return Protocol(
            (),
            (),
            tuple(one for one in rules if one),
            self.definitions_built,
            tuple(one for one in confounders if one),
            self._ladders(bench),
            tuple(one for one in schedules if one),
        )

    def _ladders(self, bench: Bench) -> tuple[Ladder, ...]:
        entries = [(self.read(a.LadderEntry, item), item.path) for item in self.responses]
        return tuple(build_ladder(entry, path, bench) for entry, path in entries if entry)

    def _definition(self, item: Item, bench: Bench) -> Definition | None:
        entry, path = self.read(a.DefinitionEntry, item), item.path
        if entry is None:
            return None
        return build_definition(
            entry.define, entry, (path, (*path, "define"), (*path, "as")), bench
        )


@final
class PathwayDraft(Draft):
    """A file of one pathway."""

    def __init__(self, node: Node, text: str) -> None:
        super().__init__(node, text)
        self.head = read_entry(a.PathwayHead, node, self.problems)
        self.steps = _items_by_key(node, "steps")
        self.definitions = _items_by_key(node, "definitions")
        self.names = {"pathway": [(_name(node, "id"), ("id",))]}
        self.definition_paths = {item.name: item.path for item in self.definitions}

    def declared(self) -> Scope:
        return Scope(pathway_keys=frozenset(item.name for item in self.definitions))

    def build(self, scope: Scope) -> Protocol:
        own = frozenset(item.name for item in self.definitions)
        bench = Bench(self.problems, scope.with_definitions(own))
        definitions = [self._definition(item, bench) for item in self.definitions]
        self.definitions_built = tuple(one for one in definitions if one)
        steps = self._steps(bench)
        if self.head is None:
            return NOTHING
        return Protocol((), (self._pathway(self.head, tuple(steps), bench),), (), (), ())

    def _pathway(self, head: a.PathwayHead, steps: tuple[Step, ...], bench: Bench) -> Pathway:
        bench.identified(head.id, ("id",))
        bench.versioned(head.version, ("version",))
        for number, end in enumerate(head.ends):
            bench.identified(end, ("ends", number))
        return Pathway(
            head.id,
            head.title,
            head.version,
            conditions(head.conditions, ("for",), bench),
            steps,
            self.definitions_built,
            tuple(head.ends),
            bench.evidence(head.evidence, ("evidence",), needed_by="The pathway"),
        )

    def _definition(self, item: Item, bench: Bench) -> Definition | None:
        path = item.path
        if isinstance(item.node.value, str):
            body = a.DefinitionBody.model_validate({"as": item.node.value})
            return build_definition(item.name, body, (path, path, path), bench)
        entry = self.read(a.DefinitionBody, item)
        if entry is None:
            return None
        return build_definition(item.name, entry, (path, path, (*path, "as")), bench)

    def _steps(self, bench: Bench) -> list[Step]:
        if not self.steps:
            bench.problems.add(
                "steps-missing",
                ("steps",),
                "A pathway has at least one step.",
                allowed="steps: {step-id: {courses: …, exits: […]}}",
                mend="Add a step.",
                at_key=True,
            )
        entries = {item.name: self.read(a.StepEntry, item) for item in self.steps}
        ends = self.head.ends if self.head else []
        check_graph(entries, {item.name: _exits_of(item) for item in self.steps}, ends, bench)
        return [
            build_step(item.name, entry, item.path, bench)
            for item in self.steps
            if (entry := entries[item.name])
        ]


def draft_of(text: str | bytes, file: str, kind: str = "") -> Draft:
    """The draft of a file of a kind (`regimens`, `pathway`, `rules`), or of any kind.

    Raises `DocumentRefused` for unreadable YAML, `ProtocolRefused` (`file-kind-unknown`).
    """
    node = read_yaml(text, file)
    text = (text.decode() if isinstance(text, bytes) else text).removeprefix("\ufeff")
    found = _kind_of(node)
    if not found or (kind and found != kind):
        problems = Problems(node, text)
        problems.add(
            "file-kind-unknown",
            (),
            f"This file is no {kind or 'regimen, pathway or rule'} file.",
            found=_shown(node),
            allowed=(
                "a list of regimens; a pathway with steps; rules, definitions, confounders, "
                "responses, monitoring"
            ),
            mend="See docs/reference for what each file holds.",
        )
        problems.refuse_if_any()
    drafts: dict[str, type[Draft]] = {
        "regimens": RegimensDraft,
        "pathway": PathwayDraft,
        "rules": RulesDraft,
    }
    return drafts[found](node, text)


def kind_of_file(text: str | bytes, file: str) -> str:
    """`regimens`, `pathway` or `rules`; empty for none of them."""
    return _kind_of(read_yaml(text, file))


def _kind_of(node: Node) -> str:
    if isinstance(node.value, tuple):
        return "regimens"
    keys = set(node.value) if isinstance(node.value, dict) else set()
    if keys & {"steps", "for"}:
        return "pathway"
    if keys & {"rules", "definitions", "confounders", "responses", "monitoring"}:
        return "rules"
    return "regimens" if keys & {"regimens", "give", "recognise"} else ""


def _shown(node: Node) -> str:
    if isinstance(node.value, dict):
        return ", ".join(list(node.value)[:8])
    return "a list" if isinstance(node.value, tuple) else "text"


# ---------------------------------------------------------------- items


def _regimen_items(node: Node) -> list[Item]:
    if isinstance(node.value, tuple):
        return _items_of(node, (), "id")
    if isinstance(node.value, dict) and "regimens" in node.value:
        return _items_below(node, "regimens", "id")
    return [Item(node, (), _name(node, "id"))]


def _items_below(node: Node, key: str, name_key: str) -> list[Item]:
    below: Node | None = node.value.get(key) if isinstance(node.value, dict) else None
    return _items_of(below, (key,), name_key) if below else []


def _items_of(node: Node, path: Path, name_key: str) -> list[Item]:
    children = node.value if isinstance(node.value, tuple) else ()
    return [
        Item(child, (*path, number), _name(child, name_key))
        for number, child in enumerate(children)
    ]


def _items_by_key(node: Node, key: str) -> list[Item]:
    below: Any = node.value.get(key) if isinstance(node.value, dict) else None
    children = below.value if below is not None and isinstance(below.value, dict) else {}
    return [Item(child, (key, name), name) for name, child in children.items()]


def _name(node: Node, key: str) -> str:
    named = node.value.get(key) if isinstance(node.value, dict) else None
    return str(named.value) if named is not None else ""


def _named(items: list[Item], key: str) -> list[tuple[str, Path]]:
    return [(item.name, (*item.path, key)) for item in items if item.name]


def _exits_of(item: Item) -> list[tuple[str, Path]]:
    """Where the exits of a step lead, as written, so that a faulty exit still leads somewhere."""
    below: Any = item.node.value.get("exits") if isinstance(item.node.value, dict) else None
    exits = _items_of(below, (*item.path, "exits"), "to") if below is not None else []
    return [(one.name, (*one.path, "to")) for one in exits if one.name]
