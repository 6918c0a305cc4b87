"""The tables of the 2017 EULAR/ACR classification criteria as values; read once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from stepline.core.evidence import Evidence
from stepline.core.policy import Policy


@dataclass(frozen=True, slots=True)
class Columns:
    """One number of the table in its two columns, which are never mixed."""

    without_biopsy: Decimal
    with_biopsy: Decimal

    def take(self, *, biopsy: bool) -> Decimal:
        """The number of one column."""
        return self.with_biopsy if biopsy else self.without_biopsy


@dataclass(frozen=True, slots=True)
class OnsetBand:
    """Points for an age at onset from `start` to below `end` years (no end where `None`)."""

    start: Decimal
    end: Decimal | None
    points: Columns
    evidence: Evidence

    def holds(self, age: Decimal) -> bool:
        """Whether an age falls in the band."""
        return age >= self.start and (self.end is None or age < self.end)


@dataclass(frozen=True, slots=True)
class Item:
    """One finding; an item of the `biopsy` group has no points without a biopsy."""

    id: str
    title: str
    group: str
    points: Columns
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class CutPoint:
    """The least score of a category."""

    id: str
    least: Columns
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ClassificationTables:
    """Everything the criteria rest on; cut-points from the highest down."""

    onset: tuple[OnsetBand, ...]
    items: tuple[Item, ...]
    cut_points: tuple[CutPoint, ...]
    constant: Columns
    constant_evidence: Evidence
    subgroup_evidence: Evidence

    def group(self, group: str) -> tuple[str, ...]:
        """The ids of the items of a group."""
        return tuple(item.id for item in self.items if item.group == group)


@lru_cache(maxsize=8)
def classification_tables(policy: Policy | None = None) -> ClassificationTables:
    """The packaged tables.

    Raises:
        DocumentRefused, VocabularyRefused: the file is not as it should be.
    """
    from stepline.scores.classification_reading import read_classification_tables

    return read_classification_tables(policy)
