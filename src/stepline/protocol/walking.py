"""Goes through the nodes of a criterion, and rebuilds a criterion with some of them replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

from stepline.protocol.criterion import Bound, Node, Window

Part = Node | Window | Bound
"""What a criterion is made of: nodes, and the windows that lead to anchors."""

P = TypeVar("P", bound=Part)


def children(part: Part) -> tuple[Part, ...]:
    """The parts directly inside a part, in the order in which they are written."""
    return tuple(item for field in fields(part) for item in _parts_in(getattr(part, field.name)))


def walk(part: Part) -> Iterator[Part]:
    """The part and everything inside it, outer before inner."""
    yield part
    for child in children(part):
        yield from walk(child)


def rewrite(part: P, change: Callable[[Part], Part]) -> P:
    """The same tree with `change` applied to every part, inner before outer.

    `change` returns its argument where it changes nothing, and keeps the kind of the part where the
    field that holds it asks for one.
    """
    rebuilt = {
        field.name: _rewritten(getattr(part, field.name), change)
        for field in fields(part)
        if _parts_in(getattr(part, field.name))
    }
    changed = change(with_fields(part, **rebuilt) if rebuilt else part)
    return cast("P", changed)


def with_fields(part: P, /, **values: object) -> P:
    """The same part with some fields changed; they must exist and fit."""
    return cast("P", replace(cast("Any", part), **values))


def _parts_in(value: object) -> tuple[Part, ...]:
    items = value if isinstance(value, tuple) else (value,)
    return tuple(item for item in items if isinstance(item, Part))


def _rewritten(value: object, change: Callable[[Part], Part]) -> object:
    if isinstance(value, tuple):
        return tuple(_rewritten(item, change) for item in value)
    return rewrite(value, change) if isinstance(value, Part) else value
