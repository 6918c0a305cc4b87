"""Which states a review tells, in which order, and the numbers by which it tells doses."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from stepline.core.evidence import Evidence
from stepline.core.time import Period


@dataclass(frozen=True, slots=True)
class Level:
    """A daily dose above which days are counted, in mg/d."""

    dose: Decimal
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Glucocorticoid:
    """How doses of glucocorticoid are told: of which class, as which drug, over which time.

    `reduced_by` is the percentage beyond which a reduction counts.
    """

    drug: str
    told_as: str
    mean_over: Period
    mean_evidence: Evidence
    levels: tuple[Level, ...]
    reduced_by: Decimal
    reduced_evidence: Evidence


@dataclass(frozen=True, slots=True)
class SwitchReason:
    """A reason for a change: the stated words that mean it, and the definition that finds it.

    `only_to_less`: it can only be one where less of the same drug follows. `not_beside`: it is not
    told where one of these reasons is.
    """

    reason: str
    stated: tuple[str, ...]
    definition: str
    only_to_less: bool
    not_beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StateTables:
    """Keys of definitions, in reading order; reasons for a change in order of precedence."""

    refractory: tuple[str, ...]
    activity: tuple[str, ...]
    tried_classes: tuple[str, ...]
    tried_drugs_of: tuple[str, ...]
    dependence: str
    glucocorticoid: Glucocorticoid
    switch: tuple[SwitchReason, ...]


@lru_cache(maxsize=1)
def state_tables() -> StateTables:
    """The packaged tables, read once."""
    from stepline.review.states_reading import read_state_tables

    return read_state_tables()
