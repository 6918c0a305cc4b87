"""The result of a review: what the command prints as JSON and every view draws from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stepline.core.evidence import Evidence
from stepline.course.model import Course
from stepline.engine.finding import Missing, Verdict
from stepline.record.model import Record


@dataclass(frozen=True, slots=True)
class Because:
    """One event that a verdict rests on, as a reader needs it. `time` is said, not raw."""

    event_id: int
    concept: str
    title: str
    value: str
    unit: str
    time: str
    note: str = ""
    quote: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Working:
    """The tree of a verdict, for a reader who opens it."""

    verdict: Verdict
    text: str
    says: str
    parts: tuple[Working, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A finding or an alert: a verdict and everything that carries it.

    `kind` is `finding` or `alert`. For an alert, `verdict` is `true` when it holds and `unknown`
    when it cannot be excluded; `severity` is `inform`, `warn` or `refuse`; `asks` is what would
    settle it. Statements with verdict `false` are findings only.
    """

    id: str
    kind: str
    title: str
    verdict: Verdict
    says: str
    because: tuple[Because, ...] = ()
    missing: tuple[Missing, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    severity: str = ""
    asks: tuple[str, ...] = ()
    note: str = ""
    working: Working | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch of time in one step of the pathway, read from courses ("what is").

    `advice_met` is when an exit was first met while in the step, `delay_days` the days from then to
    the change of therapy; both unknown where the times are only bounded, and `delay_says` says why.
    """

    step: str
    title: str
    since: datetime
    since_said: str
    until: datetime | None
    until_said: str
    course_ids: tuple[int, ...]
    parallel: bool = False
    advice_met: datetime | None = None
    advice_met_said: str = ""
    advice_to: str = ""
    changed: datetime | None = None
    changed_said: str = ""
    delay_days: int | None = None
    delay_says: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """An exit of the step the patient is in: open, closed, or not decidable, with the reasons."""

    to: str
    to_title: str
    title: str
    verdict: Verdict
    says: str
    reasons_for: tuple[str, ...] = ()
    reasons_against: tuple[str, ...] = ()
    measure: tuple[str, ...] = ()
    gate: tuple[Statement, ...] = ()
    because: tuple[Because, ...] = ()
    missing: tuple[Missing, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    working: Working | None = None


@dataclass(frozen=True, slots=True)
class PathwayFit:
    """Whether a pathway applies, and why."""

    id: str
    title: str
    version: str
    applies: bool
    because: str


class DueStatus(StrEnum):
    """How something to look at stands, most pressing first."""

    OVERDUE = "overdue"
    DUE = "due"
    CANNOT_BE_TOLD = "cannot-be-told"
    UPCOMING = "upcoming"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Due:
    """Something to look at, and how it stands.

    It is in time from `opens` to `closes`, both days included; both are `None` where the record
    does not tell. `days` counts days overdue, below zero the days until it opens, and is zero while
    it is open or done. `last` says the last look, empty where none is recorded.
    """

    id: str
    title: str
    what: tuple[str, ...]
    status: DueStatus
    says: str
    opens: datetime | None = None
    opens_said: str = ""
    closes: datetime | None = None
    closes_said: str = ""
    last: str = ""
    days: int | None = None
    because: tuple[Because, ...] = ()
    missing: tuple[Missing, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """Everything a review found. `summary` is at most ten lines a clinician reads first."""

    record: Record
    as_of: datetime
    as_of_said: str
    pathway: PathwayFit | None
    considered: tuple[PathwayFit, ...]
    courses: tuple[Course, ...]
    stays: tuple[Stay, ...]
    current: tuple[Stay, ...]
    findings: tuple[Statement, ...]
    advice: tuple[Advice, ...]
    alerts: tuple[Statement, ...]
    missing: tuple[Missing, ...]
    evidence: tuple[Evidence, ...]
    summary: tuple[str, ...]
    safety: tuple[Statement, ...] = ()
    due: tuple[Due, ...] = ()
