"""How a response is told: definitions from the most to the least exact, and where values come from.

A ladder is data (`library/responses/`). Which measures are the core set of a disease, what a
clinician's words mean and how wide a visit is stand there; engines know only the mechanism.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from stepline.core.errors import Place
from stepline.core.evidence import Evidence
from stepline.core.time import Period
from stepline.protocol.criterion import Category, Criterion


class Told(StrEnum):
    """What a rung of a ladder tells a response by."""

    SCORE = "score"
    IMPROVEMENT = "improvement"
    CRITERION = "criterion"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Measure:
    """Where an input of a score is read: the first of these concepts with values to compare."""

    scale: str
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """What an answer of a clinician says of the response; `of` limits it to some concepts.

    `low` and `high` are the categories between which it lies.
    """

    answers: tuple[str, ...]
    low: Category
    high: Category
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rung:
    """One definition of response.

    `met` and `not_met` are criteria of a rung told by a criterion, `concepts` and `wordings` of one
    told by words. `fresh` is how long a score answers for.
    """

    id: str
    title: str
    told: Told
    met: Criterion | None = None
    not_met: Criterion | None = None
    concepts: tuple[str, ...] = ()
    wordings: tuple[Wording, ...] = ()
    fresh: Period | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """When a response counts as lost: not met at so many visits running, or once in these words."""

    visits: int
    at_once: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """The definitions of response for some conditions, the most exact first.

    A baseline is the last value of a measure within `baseline` before a step began. A visit is a
    day with a value of one of the scales in `visit_by`; other measures belong to it within
    `visit_width`. `juvenile_below` is the age in years up to which the juvenile thresholds hold.
    `score` is the concept of a score that a record states. `relapses` are keys of definitions that
    a review lists, `relapse` the one that it uses.
    """

    id: str
    title: str
    version: str
    conditions: tuple[str, ...]
    score: str
    measures: tuple[Measure, ...]
    enzymes: tuple[Measure, ...]
    enzyme_rule: str
    juvenile_below: int
    baseline: Period
    visit_by: tuple[str, ...]
    visit_width: Period
    rungs: tuple[Rung, ...]
    loss: Loss
    relapses: tuple[str, ...] = ()
    relapse: str = ""
    states: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    place: Place = field(default=Place(), compare=False)

    def of_scales(self, scales: tuple[str, ...]) -> tuple[str, ...]:
        """The concepts in which these scales are recorded."""
        return tuple(c for one in self.measures if one.scale in scales for c in one.concepts)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The concepts of every measure and enzyme."""
        return tuple(c for one in (*self.measures, *self.enzymes) for c in one.concepts)

    @property
    def words(self) -> tuple[str, ...]:
        """The concepts in which a clinician speaks of a response."""
        return tuple(dict.fromkeys(c for rung in self.rungs for c in rung.concepts))
