"""One shape for what an author wrote, whether it came from a file or from a rule's own case.

A cell is a mapping, a list or a scalar, and knows where it stands. Readers see only cells, so a
problem in a case file is told by line and column and one in a short record by its path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from stepline.core.errors import Place

if TYPE_CHECKING:
    from stepline.core.documents import Node

Scalar = str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as written; `text` is a scalar in the author's own characters."""

    place: Place
    text: str = ""
    scalar: Scalar = None
    fields: Mapping[str, Cell] = field(default_factory=dict)
    key_places: Mapping[str, Place] = field(default_factory=dict)
    items: tuple[Cell, ...] = ()
    shape: str = "scalar"

    @property
    def is_mapping(self) -> bool:
        """Whether keys were written."""
        return self.shape == "mapping"

    @property
    def is_list(self) -> bool:
        """Whether a list was written."""
        return self.shape == "list"

    @property
    def is_scalar(self) -> bool:
        """Whether one word, number or sentence was written."""
        return self.shape == "scalar"

    @property
    def is_number(self) -> bool:
        """Whether a bare number was written."""
        return isinstance(self.scalar, int | Decimal) and not isinstance(self.scalar, bool)

    @property
    def shown(self) -> str:
        """The offending token for a message: a scalar as written, else the shape."""
        return self.text if self.is_scalar else f"a {self.shape}"

    def key_place(self, key: str) -> Place:
        """Where a key stands; the mapping's own place where that is not known."""
        return self.key_places.get(key, self.place)


def cell_of(value: object, place: Place) -> Cell:
    """A cell of plain values (mappings, sequences, text, numbers), each placed by its path."""
    if isinstance(value, Mapping):
        fields = {str(key): cell_of(item, _below(place, str(key))) for key, item in value.items()}
        return Cell(place, fields=fields, shape="mapping")
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = [cell_of(item, _element(place, number)) for number, item in enumerate(value)]
        return Cell(place, items=tuple(items), shape="list")
    return _scalar(value, place)


def _scalar(value: object, place: Place) -> Cell:
    if value is None:
        return Cell(place)
    if isinstance(value, bool):
        return Cell(place, text="true" if value else "false", scalar=value)
    if isinstance(value, int | Decimal):
        return Cell(place, text=str(value), scalar=value)
    text = str(value).strip()
    return Cell(place, text=text, scalar=text)


def _below(place: Place, key: str) -> Place:
    return replace(place, path=f"{place.path}.{key}" if place.path else key)


def _element(place: Place, number: int) -> Place:
    return replace(place, path=f"{place.path}[{number}]")


def cell_of_node(node: Node) -> Cell:
    """A cell of a YAML node, with its line and column."""
    if isinstance(node.value, dict):
        fields = {key: cell_of_node(child) for key, child in node.value.items()}
        return Cell(node.place, fields=fields, key_places=node.keys or {}, shape="mapping")
    if isinstance(node.value, tuple):
        items = tuple(cell_of_node(child) for child in node.value)
        return Cell(node.place, items=items, shape="list")
    return Cell(node.place, text=node.raw.strip(), scalar=node.value)
