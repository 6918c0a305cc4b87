"""What to look at while a drug is given: when it is due, how often, and until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from stepline.core.errors import Place
from stepline.core.evidence import Evidence
from stepline.core.time import Period
from stepline.protocol.criterion import Criterion, Names
from stepline.protocol.model import PeriodRange


class Start(StrEnum):
    """From what a schedule counts."""

    USE = "start of"
    DOSE = "stable dose of"
    LAST = "last"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Turn:
    """Every so often (in time from `low` to `high` after the last), for a while or for good."""

    every: PeriodRange
    lasts: Period | None = None


@dataclass(frozen=True, slots=True)
class ScheduleCase:
    """A schedule's own test: a small record, the status that must come and the days of it.

    `status` is `none` where the schedule must be silent. `due` is the window, as `from..to`.
    """

    name: str
    entries: tuple[object, ...]
    planned: tuple[object, ...]
    as_of: str
    status: str
    due: str = ""
    mentions: tuple[str, ...] = ()
    complete_for: tuple[str, ...] = ()
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One thing to look at.

    `measure` holds groups of concepts: a look is whole when one of each group is recorded. It is
    asked of those for whom `applies` is true, counted from `start` of any drug of `drugs`. Either
    it is asked for once, `once` after (before, for `planned`) that day; or again and again: first
    within `first`, then by the turns of `every`, one after the other. With `intent`, only doses
    given for that count as the drug. A look up to `lookback` before the start counts. `until` ends
    it, counted from the last dose. `note` is for the reader.
    """

    id: str
    title: str
    what: tuple[str, ...]
    measure: tuple[Names, ...]
    applies: Criterion
    applies_text: str
    start: Start
    drugs: Names
    once: PeriodRange | None = None
    first: PeriodRange | None = None
    every: tuple[Turn, ...] = ()
    intent: str = ""
    lookback: Period | None = None
    until: Period | None = None
    note: str = ""
    version: str = "1.0.0"
    evidence: tuple[Evidence, ...] = ()
    cases: tuple[ScheduleCase, ...] = ()
    place: Place = field(default=Place(), compare=False)
