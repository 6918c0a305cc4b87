"""Clinically inactive juvenile dermatomyositis, in three values.

PRINTO: Lazarevic D et al., Ann Rheum Dis 2013;72:686. Modified: Almeida B et al. 2015,
doi:10.1002/art.39200. Limits and sources: `library/scores/inactive.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from stepline.core.evidence import Evidence
from stepline.scores.logic import Truth, at_least, both
from stepline.scores.tis_tables import tis_tables
from stepline.scores.values import off_scale, settle, unknown_names

InactiveId = Literal["printo", "modified"]
MMT8_TOP = Decimal(80)
"""The definition is on the one-sided form: 78 of 80."""


@dataclass(frozen=True, slots=True)
class InactiveItem:
    """A limit that counts when it is reached; one of the two ends is `None`."""

    id: str
    at_most: Decimal | None
    at_least: Decimal | None
    evidence: Evidence

    def holds(self, value: Decimal | None) -> Truth:
        """Whether a value meets the item."""
        if value is None:
            return None
        if self.at_most is not None:
            return value <= self.at_most
        assert self.at_least is not None
        return value >= self.at_least


@dataclass(frozen=True, slots=True)
class InactiveDefinition:
    """So many items, and those without which it cannot hold."""

    id: str
    title: str
    at_least: int
    mandatory: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class InactiveTables:
    """The items and the definitions over them."""

    items: tuple[InactiveItem, ...]
    definitions: dict[str, InactiveDefinition]


@dataclass(frozen=True, slots=True)
class Inactive:
    """Whether disease is inactive; `None` where a missing item could decide."""

    definition: str
    is_inactive: Truth
    items: tuple[tuple[str, Truth], ...]
    missing: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "definition": self.definition,
            "inactive": self.is_inactive,
            "items": dict(self.items),
            "missing": list(self.missing),
        }


@lru_cache(maxsize=1)
def inactive_tables() -> InactiveTables:
    """The packaged items and definitions.

    Raises:
        DocumentRefused, VocabularyRefused: the file is not as it should be.
    """
    from stepline.scores.inactive_reading import read_inactive_tables

    return read_inactive_tables()


def inactive_disease(
    values: Mapping[str, Decimal | None], *, definition: InactiveId = "printo"
) -> Inactive:
    """Whether disease is clinically inactive at one visit.

    `values` are `ck` (U/L), `cmas` (0 to 52), `mmt` (MMT-8 on the form of 0 to 80) and `physician`
    (cm, 0 to 10). What is left out or `None` is missing.

    Raises:
        ScoreRefused: `measure-unknown`, `number-not-exact`, `reading-out-of-range`; all at once.
    """
    tables = inactive_tables()
    _check(values, tables)
    rule = tables.definitions[definition]
    items = {item.id: item.holds(values.get(item.id)) for item in tables.items}
    enough = at_least(rule.at_least, items.values())
    return Inactive(
        definition=definition,
        is_inactive=both(enough, *(items[name] for name in rule.mandatory)),
        items=tuple(items.items()),
        missing=tuple(name for name, truth in items.items() if truth is None),
        evidence=(rule.evidence, *(item.evidence for item in tables.items)),
    )


def _check(values: Mapping[str, Decimal | None], tables: InactiveTables) -> None:
    tops = {scale.id: scale.range for scale in tis_tables().scales} | {"mmt": MMT8_TOP}
    problems = unknown_names(values, (item.id for item in tables.items), "values")
    for name, value in values.items():
        problems += off_scale(value, tops.get(name), f"values.{name}")
    settle(problems)
