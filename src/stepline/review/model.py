"""The result of a review: what the command prints as JSON and every view draws from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import final

from stepline.core.evidence import Evidence
from stepline.course.adherence_model import Adherence
from stepline.course.model import Course
from stepline.engine.finding import Missing, Verdict
from stepline.record.model import Record
from stepline.review.foreseen import Foresight


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


NO_DEFINITION = "the library has no definition of it"


@dataclass(frozen=True, slots=True)
class Answer:
    """One question about a drug that was tried: the verdict, and what was seen or is missing."""

    verdict: Verdict
    says: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One drug or class that was tried, by the minimum-trial rules of the library.

    `dose` is whether an adequate dose was reached, `trial` whether it was given for long enough,
    `months` whether the drug was taken for three months at any dose, `response` whether there was
    one in a course of it, `intolerance` whether it was stopped for it, `failed` the verdict.
    """

    drug: str
    title: str
    when: str
    dose: Answer
    trial: Answer
    months: Answer
    response: Answer
    intolerance: Answer
    failed: Answer
    because: tuple[Because, ...] = ()
    missing: tuple[Missing, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def answers(self) -> tuple[tuple[str, Answer], ...]:
        """Every question with its answer, in reading order."""
        return (
            ("adequate dose", self.dose),
            ("long enough", self.trial),
            ("three months", self.months),
            ("response", self.response),
            ("intolerance", self.intolerance),
            ("failed", self.failed),
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why treatment may have been changed. `by` is `stated` (in the record) or `finding`."""

    reason: str
    by: str
    definition: str
    says: str
    because: tuple[Because, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """A change from one step to the next: the reason that comes first, and every other."""

    before: str
    before_title: str
    after: str
    after_title: str
    date: str
    reasons: tuple[Reason, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def reason(self) -> str:
        """The reason that comes first, or `unknown`."""
        return self.reasons[0].reason if self.reasons else "unknown"


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
class ResponseAt:
    """The response at one visit against the baseline of a step, by the definition that tells it.

    `low` and `high` are the categories between which it lies, empty where nothing is known; `value`
    is a score and `lower` and `upper` its bounds. `points` go by measure. `baseline` is the day of
    the last value at baseline; `until` how far a word that holds over time reaches.
    """

    time: datetime
    time_said: str
    step: str
    definition: str
    low: str
    high: str
    says: str
    value: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    points: tuple[tuple[str, Decimal | None], ...] = ()
    enzyme: str = ""
    baseline: datetime | None = None
    baseline_said: str = ""
    until: datetime | None = None
    until_said: str = ""
    is_exact: bool = True
    missing: tuple[Missing, ...] = ()
    because: tuple[Because, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def category(self) -> str:
        """The category where it is certain, else empty."""
        return self.low if self.low == self.high else ""

    @property
    def is_measured(self) -> bool:
        """Whether it was told by a score or by measures, and not by a word."""
        return self.value is not None or self.lower is not None or self.baseline is not None

    @property
    def is_response(self) -> bool | None:
        """Whether there is a response; `None` where it cannot be told."""
        if not self.low or (self.low == "none" and self.high != "none"):
            return None
        return self.low != "none"


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


@final
class Later:
    """Statements that are worked out when they are first asked for, and once.

    A definition of relapse is looked for on every day of a record, and most readers of a review
    look at one of a dozen.
    """

    def __init__(self, work_out: Callable[[], tuple[Statement, ...]] = tuple) -> None:
        self._work_out = work_out
        self._found: tuple[Statement, ...] | None = None

    def statements(self) -> tuple[Statement, ...]:
        """The statements."""
        if self._found is None:
            self._found = self._work_out()
        return self._found


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
    """Everything a review found. `summary` is at most ten lines a clinician reads first.

    `responses` is the response at every visit; `relapses` states each definition of relapse and of
    a state that the ladder of response names, worked out when asked for. `forecast` is `None` where
    nobody asked for one. `adherence` is planned against given by the id of a course, worked out
    when it is first asked for; a course of which nothing is known is not in it.
    """

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
    responses: tuple[ResponseAt, ...] = ()
    relapses: Later = field(default_factory=Later, compare=False)
    states: tuple[Statement, ...] = ()
    tried: tuple[Tried, ...] = ()
    switches: tuple[Switch, ...] = ()
    safety: tuple[Statement, ...] = ()
    due: tuple[Due, ...] = ()
    forecast: Foresight | None = None
    adherence: Callable[[], Mapping[int, Adherence]] = field(default=dict, compare=False)
