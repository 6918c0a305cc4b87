"""Makes criteria that are written alike one and the same, so that they are judged once.

Many definitions of a library ask the same thing of a drug or a test. What is remembered of a
criterion goes by its identity.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar, cast

from stepline.protocol.criterion import Bound, Node, Window
from stepline.protocol.walking import Part, rewrite

T = TypeVar("T")


class Unifier:
    """Gives back the first criterion that was written like this one, and the rest as it is."""

    def __init__(self) -> None:
        self._first: dict[tuple[object, ...], Part] = {}

    def __call__(self, thing: T) -> T:
        """The same thing, be it a definition, a rule or a tuple of them, of shared criteria."""
        return cast("T", self._unified(thing))

    def _unified(self, thing: object) -> object:
        if isinstance(thing, Node):
            return rewrite(thing, self._first_like)
        if isinstance(thing, tuple) and type(thing) is tuple:
            return tuple(map(self._unified, thing))
        if not is_dataclass(thing) or isinstance(thing, type | Enum):
            return thing
        changed = {
            name: new for name, old in _fields(thing) if (new := self._unified(old)) is not old
        }
        return replace(cast("Any", thing), **changed) if changed else thing

    def _first_like(self, part: Part) -> Part:
        # Numbers are told apart by how they are written: 1 and 1.0 are equal, and read differently.
        key = (type(part), *(_told_apart(value) for _, value in _fields(part)))
        return self._first.setdefault(key, part)


def _fields(thing: object) -> list[tuple[str, object]]:
    return [(one.name, getattr(thing, one.name)) for one in fields(cast("Any", thing))]


def _told_apart(value: object) -> object:
    """By what a field is told apart: parts are the first of their kind already."""
    if isinstance(value, tuple):
        return tuple(map(_told_apart, value))
    return id(value) if isinstance(value, Node | Window | Bound) else repr(value)
