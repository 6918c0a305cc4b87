"""Looks definitions up by name, fills in the ones that hold for any drug, and finds circles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from stepline.protocol import criterion as c
from stepline.protocol.model import Definition, Pathway, Protocol
from stepline.protocol.walking import Part, rewrite, walk, with_fields

PLACEHOLDER = "X"
"""Stands for the argument in a definition over any drug: `failed(X)`."""


class Definitions:
    """Definitions that can be looked up.

    A definition with the very argument (`failed(methotrexate)`) comes before the one over any drug
    (`failed(X)`), which is then filled in. Of two with one key the first counts: give a pathway's
    own definitions before those of the library.
    """

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._by_key: dict[str, Definition] = {}
        for definition in definitions:
            self._by_key.setdefault(definition.key, definition)
        self._circles: tuple[tuple[str, ...], ...] | None = None

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._by_key.values())

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def holds(self, definition: Definition) -> bool:
        """Whether this very definition is found under its key."""
        return self._by_key.get(definition.key) is definition

    def find(self, name: str, argument: str = "") -> Definition | None:
        """The definition of a name, filled in with its argument; `None` when there is none."""
        exact = self._by_key.get(c.Named(name, argument).key)
        if exact is not None and not (exact.parameter and argument != exact.parameter):
            return exact
        over_any = self._by_key.get(f"{name}({PLACEHOLDER})") if argument else None
        return fill_in(over_any, argument) if over_any else None

    def circles(self) -> tuple[tuple[str, ...], ...]:
        """The keys of definitions that rest on themselves, each circle once, in order of keys."""
        if self._circles is None:
            below = {key: self._rests_on(key) for key in sorted(self._by_key)}
            found: dict[frozenset[str], tuple[str, ...]] = {}
            for key in below:
                circle = _circle_from((key,), below, set())
                if circle:
                    found.setdefault(frozenset(circle), circle)
            self._circles = tuple(found.values())
        return self._circles

    def _rests_on(self, key: str) -> list[str]:
        named = _named_in(self._by_key[key].criterion)
        return sorted({found for name in named if (found := self._key_for(name))})

    def _key_for(self, named: c.Named) -> str:
        over_any = f"{named.name}({PLACEHOLDER})"
        candidates = (named.key, over_any) if named.argument else (named.key,)
        return next((key for key in candidates if key in self._by_key), "")


def instances(criteria: Iterable[c.Criterion], definitions: Definitions) -> tuple[Definition, ...]:
    """Definitions over any drug, filled in for every argument with which criteria name them.

    Those that a filled-in definition names in turn are among them. In order of first mention.
    """
    found: dict[str, Definition] = {}
    waiting = [named for node in criteria for named in _named_in(node)]
    while waiting:
        named = waiting.pop(0)
        if named.key in found or named.argument in ("", PLACEHOLDER) or named.key in definitions:
            continue
        definition = definitions.find(named.name, named.argument)
        if definition is not None:
            found[named.key] = definition
            waiting += _named_in(definition.criterion)
    return tuple(found.values())


def _named_in(node: c.Criterion) -> list[c.Named]:
    return [part for part in walk(node) if isinstance(part, c.Named)]


def _circle_from(
    path: tuple[str, ...], below: Mapping[str, list[str]], seen: set[str]
) -> tuple[str, ...]:
    """A way on from the path back to its beginning; empty where there is none."""
    for key in below[path[-1]]:
        if key == path[0]:
            return path
        if key not in seen:
            seen.add(key)
            circle = _circle_from((*path, key), below, seen)
            if circle:
                return circle
    return ()


def fill_in(definition: Definition, argument: str) -> Definition:
    """A definition over any drug, made for one: every `X` becomes the argument."""
    return replace(
        definition,
        argument=argument,
        parameter="",
        criterion=rewrite(definition.criterion, lambda part: _filled(part, argument)),
        text=_filled_text(definition.text, argument),
        title=_filled_text(definition.title, argument),
        caution=_filled_text(definition.caution, argument),
    )


def _filled(part: Part, argument: str) -> Part:
    names = getattr(part, "names", ())
    if PLACEHOLDER in names:
        filled = tuple(argument if name == PLACEHOLDER else name for name in names)
        return with_fields(part, names=filled)
    for field in ("drug", "other", "argument"):
        if getattr(part, field, "") == PLACEHOLDER:
            return with_fields(part, **{field: argument})
    return part


def _filled_text(text: str, argument: str) -> str:
    return re.sub(rf"(?<![\w-]){PLACEHOLDER}(?![\w-])", argument, text)


def filled_in(protocol: Protocol, outside: tuple[Definition, ...] = ()) -> Protocol:
    """The protocol with every definition over any drug filled in for the drugs it is used with.

    What rules, definitions and confounders name is added to the protocol's definitions, what a
    pathway names to its own, so that every `Named.key` is found by looking it up.
    """
    shared = Definitions((*protocol.definitions, *outside))
    used = instances(_criteria_of(protocol), shared)
    definitions = (*protocol.definitions, *used)
    shared = Definitions((*definitions, *outside))
    pathways = tuple(_pathway_filled_in(pathway, shared) for pathway in protocol.pathways)
    return replace(protocol, definitions=definitions, pathways=pathways)


def _pathway_filled_in(pathway: Pathway, shared: Definitions) -> Pathway:
    definitions = Definitions((*pathway.definitions, *shared))
    used = instances(_criteria_in(pathway), definitions)
    return replace(pathway, definitions=(*pathway.definitions, *used))


def _criteria_of(protocol: Protocol) -> list[c.Criterion]:
    found = [
        criterion
        for rule in protocol.rules
        for criterion in (rule.applies, rule.alert, rule.require)
    ]
    found += [definition.criterion for definition in protocol.definitions]
    found += [confounder.unless for confounder in protocol.confounders]
    rungs = [rung for ladder in protocol.ladders for rung in ladder.rungs]
    found += [criterion for rung in rungs for criterion in (rung.met, rung.not_met)]
    found += [schedule.applies for schedule in protocol.schedules]
    return [criterion for criterion in found if criterion is not None]


def _criteria_in(pathway: Pathway) -> list[c.Criterion]:
    found = [definition.criterion for definition in pathway.definitions]
    for step in pathway.steps:
        found += [way.when for way in step.exits]
        found += [step.enter] if step.enter else []
        found += [step.search.holds] if step.search else []
    return found
