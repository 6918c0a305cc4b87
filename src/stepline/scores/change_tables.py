"""Definitions of improvement and worsening as values; the packaged ones are read once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from stepline.core.evidence import Evidence
from stepline.core.policy import Policy

WorseningId = Literal["proderm", "imacs"]


@dataclass(frozen=True, slots=True)
class ImprovementDefinition:
    """So many measures better, few worse, some never; percent of the value at baseline."""

    better_by: Decimal
    better_at_least: int
    worse_by: Decimal
    worse_at_most: int
    never_worse: tuple[str, ...]
    measures: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class WorseningDefinition:
    """Three ways to be worse at a visit, and the number of consecutive visits that confirm it."""

    id: str
    title: str
    physician_by_cm: Decimal
    strength_by_percent: Decimal
    extramuscular_by_cm: Decimal
    worse_by: Decimal
    worse_at_least: int
    measures: tuple[str, ...]
    visits: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class SparingDefinition:
    """A response by how many measures fell by more than so many percent of their baseline."""

    reduced_by: Decimal
    measures: tuple[str, ...]
    complete_at_least: int
    partial_at_least: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ChangeTables:
    """All definitions; `responder_least` is the least score of a trial responder.

    `confirming_visits` is the number of consecutive visits at which improvement is confirmed.
    """

    improvement: ImprovementDefinition
    worsening: dict[str, WorseningDefinition]
    responder_least: Decimal
    responder_evidence: Evidence
    confirming_visits: int
    confirming_evidence: Evidence
    sparing: SparingDefinition


@lru_cache(maxsize=8)
def change_tables(policy: Policy | None = None) -> ChangeTables:
    """The packaged definitions, with what a policy decides in place of what is unconfirmed.

    Raises:
        DocumentRefused, VocabularyRefused: the file is not as it should be.
    """
    from stepline.scores.change_reading import read_change_tables

    return read_change_tables(policy)
