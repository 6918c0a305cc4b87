"""Reads `library/scores/inactive.yaml`. Import this module lazily; it needs pydantic."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from pydantic import model_validator

from stepline.scores.authoring import evidence_of, read_library
from stepline.scores.inactive import InactiveDefinition, InactiveItem, InactiveTables
from stepline.vocabulary.authoring import Authored, Cited


class AuthoredItem(Cited):
    """A limit."""

    id: str
    unit: str
    at_most: Decimal | None = None
    at_least: Decimal | None = None

    @model_validator(mode="after")
    def _has_one_end(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("An item has one end: `at_most` or `at_least`.")
        return self


class AuthoredDefinition(Cited):
    """A definition over the items."""

    id: str
    title: str
    at_least: int
    mandatory: list[str]


class AuthoredInactive(Authored):
    """The file."""

    id: str
    version: int
    title: str
    items: list[AuthoredItem]
    definitions: list[AuthoredDefinition]


def read_inactive_tables() -> InactiveTables:
    """The packaged tables; see `inactive_tables`."""
    authored = read_library(AuthoredInactive, "inactive.yaml")
    items = tuple(
        InactiveItem(one.id, one.at_most, one.at_least, evidence_of(one)) for one in authored.items
    )
    definitions = {
        one.id: InactiveDefinition(
            one.id, one.title, one.at_least, tuple(one.mandatory), evidence_of(one)
        )
        for one in authored.definitions
    }
    return InactiveTables(items, definitions)
