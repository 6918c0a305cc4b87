"""Looks definitions up by name, fills in the ones that hold for any drug, and finds circles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from stepline.protocol import criterion as c
from stepline.protocol.model import Definition
from stepline.protocol.walking import Part, rewrite, walk

PLACEHOLDER = "X"
"""Stands for the argument in a definition over any drug: `failed(X)`."""


class Definitions:
    """Definitions that can be looked up.

    A definition with the very argument (`failed(methotrexate)`) comes before the one over any drug
    (`failed(X)`), which is then filled in. Of two with one key the first counts, so that a pathway's
    own definitions are given before those of the library.
    """

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._by_key: dict[str, Definition] = {}
        for definition in definitions:
            self._by_key.setdefault(definition.key, definition)

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._by_key.values())

    def find(self, name: str, argument: str = "") -> Definition | None:
        """The definition of a name, filled in with its argument; `None` when there is none."""
        exact = self._by_key.get(c.Named(name, argument).key)
        if exact is not None and not (exact.parameter and argument != exact.parameter):
            return exact
        over_any = self._by_key.get(f"{name}({PLACEHOLDER})") if argument else None
        return fill_in(over_any, argument) if over_any else None

    def circles(self) -> tuple[tuple[str, ...], ...]:
        """The keys of definitions that rest on themselves, each circle once, in order of keys."""
        found: dict[frozenset[str], tuple[str, ...]] = {}
        for key in sorted(self._by_key):
            circle = self._circle_from((key,))
            if circle:
                found.setdefault(frozenset(circle), circle)
        return tuple(found.values())

    def _circle_from(self, path: tuple[str, ...]) -> tuple[str, ...]:
        for key in self._rests_on(path[-1]):
            if key == path[0]:
                return path
            if key not in path:
                circle = self._circle_from((*path, key))
                if circle:
                    return circle
        return ()

    def _rests_on(self, key: str) -> list[str]:
        named = (part for part in walk(self._by_key[key].criterion) if isinstance(part, c.Named))
        return sorted({found for name in named if (found := self._key_for(name))})

    def _key_for(self, named: c.Named) -> str:
        over_any = f"{named.name}({PLACEHOLDER})"
        candidates = (named.key, over_any) if named.argument else (named.key,)
        return next((key for key in candidates if key in self._by_key), "")


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
        return replace(part, names=filled)  # type: ignore[call-arg]
    for field in ("drug", "argument"):
        if getattr(part, field, "") == PLACEHOLDER:
            return replace(part, **{field: argument})
    return part


def _filled_text(text: str, argument: str) -> str:
    return re.sub(rf"(?<![\w-]){PLACEHOLDER}(?![\w-])", argument, text)
