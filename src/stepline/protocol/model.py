"""Regimens, pathways, rules and definitions: what a protocol says, apart from any engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from stepline.core.errors import Place
from stepline.core.evidence import Evidence
from stepline.core.quantity import Quantity
from stepline.core.time import Period
from stepline.protocol.criterion import Criterion
from stepline.protocol.ladder import Ladder

if TYPE_CHECKING:
    from stepline.protocol.monitoring import Schedule


class Intent(StrEnum):
    """What a drug is given for."""

    IMMUNOMODULATION = "immunomodulation"
    REPLACEMENT = "replacement"
    PROPHYLAXIS = "prophylaxis"
    PREMEDICATION = "premedication"


class Phase(StrEnum):
    """Where in a treatment a regimen belongs."""

    INDUCTION = "induction"
    MAINTENANCE = "maintenance"
    TAPER = "taper"
    RESCUE = "rescue"
    BACKGROUND = "background"


class Basis(StrEnum):
    """What a stated dose is the dose of."""

    COURSE_TOTAL = "course_total"
    PER_DOSE = "dose"
    PER_DAY = "daily"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Give:
    """How much.

    A course total is split over `over_days` consecutive days; a dose is given once; a daily dose
    every day. `dose` is `None` only for `Basis.UNKNOWN`. `up_to` marks a dose that is a maximum.
    `capped_at` is the most that a dose by weight or surface comes to: a larger body gets this.
    `surface_above` is the body surface that the source speaks of: a smaller body is not meant.
    """

    basis: Basis
    dose: Quantity | None = None
    over_days: int = 1
    split: str = "equal"
    weight: str = ""
    bsa: str = ""
    up_to: bool = False
    rounded_to: Quantity | None = None
    capped_at: Quantity | None = None
    surface_above: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often. `every` is a period, or `offsets` lists the days of doses within one course.

    `courses` counts repetitions; `until` says what ends them where no count does.
    """

    every: Period | None = None
    courses: int | None = None
    offsets: tuple[int, ...] = ()
    until: str = ""
    weekday: bool = False


@dataclass(frozen=True, slots=True)
class TaperStage:
    """Steps that a source states: down by a mass of one day, after every period, to a dose."""

    by: Quantity
    every: Period
    to: Quantity


@dataclass(frozen=True, slots=True)
class Taper:
    """From a dose down to a floor. `steps` is `proposed`, `unknown`, or `stated` in `stages`.

    Steps are never invented as fact. `hold` is how long the first dose is kept before the first
    of the stages.
    """

    start: Quantity
    floor: Quantity
    over: Period | None = None
    steps: str = "unknown"
    hold_if: str = ""
    hold: Period | None = None
    stages: tuple[TaperStage, ...] = ()


@dataclass(frozen=True, slots=True)
class QuantityRange:
    """From one quantity to another, both included, in the same unit."""

    low: Quantity
    high: Quantity


@dataclass(frozen=True, slots=True)
class PeriodRange:
    """From one period to another, both included."""

    low: Period
    high: Period


@dataclass(frozen=True, slots=True)
class Recognise:
    """The bands within which given doses are read as this regimen.

    `days` is how many days one cycle is spread over; `interval` the time from cycle to cycle;
    `per_course` and `per_dose` the amounts; `doses` how many cycles make a complete course.
    """

    days: tuple[int, int] | None = None
    interval: PeriodRange | None = None
    per_course: QuantityRange | None = None
    per_dose: QuantityRange | None = None
    doses: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit that a plan may not exceed."""

    basis: Basis
    dose: Quantity


@dataclass(frozen=True, slots=True)
class Premedication:
    """Given before each dose."""

    drug: str
    dose: Quantity | None = None
    route: str = ""
    minutes_before: int | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """Where the infusion rate comes from: a product's ladder for an indication, or a name."""

    by: str
    indication: str = ""


@dataclass(frozen=True, slots=True)
class Regimen:
    """How a drug is given, and how that is recognised."""

    id: str
    title: str
    drug: str
    intent: Intent
    phase: Phase
    give: Give
    version: str = "1.0.0"
    route: str = ""
    repeat: Repeat | None = None
    taper: Taper | None = None
    never_above: tuple[Cap, ...] = ()
    rate: Rate | None = None
    before_each: tuple[Premedication, ...] = ()
    recognise: Recognise | None = None
    target: tuple[tuple[str, str], ...] = ()
    review_every: Period | None = None
    notes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A named criterion. `parameter` is the placeholder (`X`) of a definition over any drug."""

    name: str
    argument: str
    criterion: Criterion
    text: str
    title: str = ""
    parameter: str = ""
    caution: str = ""
    evidence: tuple[Evidence, ...] = ()
    place: Place = field(default=Place(), compare=False)

    @property
    def key(self) -> str:
        """How the definition is looked up."""
        return f"{self.name}({self.argument})" if self.argument else self.name


class Severity(StrEnum):
    """What a rule asks for when it holds."""

    INFORM = "inform"
    WARN = "warn"
    REFUSE = "refuse"


class UnknownPolicy(StrEnum):
    """What a rule does when its verdict is unknown."""

    ASK = "ask"
    WARN = "warn"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Case:
    """A rule's own test: a small record and what must come of it.

    `entries` are written as in a case file. `expect` maps a rule id to `true`, `false` or
    `unknown`; `asks` and `mentions` are words that must be found in what is asked and said.
    """

    name: str
    entries: tuple[object, ...]
    planned: tuple[object, ...]
    as_of: str
    expect: tuple[tuple[str, str], ...]
    asks: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    complete_for: tuple[str, ...] = ()
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A safety rule.

    The rule speaks only where `applies` is true of the record. It then holds when `alert` is true,
    or when `require` is false (exactly one of the two is given); when it cannot be told, `unknown`
    says what to do and `ask` names what would settle it. `say` is what a reader is told.
    """

    id: str
    title: str
    applies: Criterion
    say: str
    alert: Criterion | None = None
    require: Criterion | None = None
    severity: Severity = Severity.WARN
    unknown: UnknownPolicy = UnknownPolicy.ASK
    ask: tuple[str, ...] = ()
    note: str = ""
    version: str = "1.0.0"
    evidence: tuple[Evidence, ...] = ()
    cases: tuple[Case, ...] = ()
    text: tuple[tuple[str, str], ...] = ()
    place: Place = field(default=Place(), compare=False)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Everything that it asks: the trigger, and the alert or the requirement."""
        every = (self.applies, self.alert, self.require)
        return tuple(one for one in every if one is not None)


@dataclass(frozen=True, slots=True)
class Confounder:
    """A reason why a value can be present and still not answer the question.

    A value of `concept` (with the answer `when_answer`, if named) sampled from `from_period` to
    `to_period` after a dose of `drug` is not the patient's own answer; `raised` marks a value that
    may be too high. `at_least` limits it to cycles of at least that dose per kilogram. `unless` is
    a criterion that clears it. `settle` names what would answer instead.
    """

    id: str
    concept: str
    drug: str
    to_period: Period
    says: str
    from_period: Period | None = None
    when_answer: str = ""
    at_least: Quantity | None = None
    unless: Criterion | None = None
    settle: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a step."""

    to: str
    when: Criterion
    text: str
    title: str = ""
    evidence: tuple[Evidence, ...] = ()
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class CoursePattern:
    """Which courses put a patient into a step: regimens by id, or a drug or class with limits."""

    regimens: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    intent: Intent | None = None
    interval_above: Period | None = None
    interval_up_to: Period | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """When a step is looked at: every so often from its start, or at offsets after a first dose."""

    every: Period | None = None
    at: tuple[Period, ...] = ()
    after_first: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """Looking for the lowest intensity that holds: what is lowered, and what must stay false."""

    drug: str
    holds: Criterion
    text: str
    period: Period


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of a pathway."""

    id: str
    title: str
    courses: CoursePattern
    alongside: tuple[str, ...] = ()
    review: Review | None = None
    exits: tuple[Exit, ...] = ()
    gate: tuple[str, ...] = ()
    not_sooner: tuple[tuple[str, Period], ...] = ()
    parallel: bool = False
    enter: Criterion | None = None
    enter_text: str = ""
    search: Search | None = None
    evidence: tuple[Evidence, ...] = ()
    place: Place = field(default=Place(), compare=False)


@dataclass(frozen=True, slots=True)
class Pathway:
    """Steps joined by exits. `conditions` says whom it is for: any one of them, recorded."""

    id: str
    title: str
    version: str
    conditions: tuple[str, ...]
    steps: tuple[Step, ...]
    definitions: tuple[Definition, ...] = ()
    ends: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def step(self, step_id: str) -> Step:
        """The step of this id; `KeyError` when there is none."""
        return next(step for step in self.steps if step.id == step_id)


@dataclass(frozen=True, slots=True)
class Protocol:
    """Everything a review needs from the library, looked up by id."""

    regimens: tuple[Regimen, ...]
    pathways: tuple[Pathway, ...]
    rules: tuple[Rule, ...]
    definitions: tuple[Definition, ...]
    confounders: tuple[Confounder, ...]
    ladders: tuple[Ladder, ...] = ()
    schedules: tuple[Schedule, ...] = ()

    def regimen(self, regimen_id: str) -> Regimen:
        """The regimen of this id; `StopIteration` never escapes: `KeyError` when there is none."""
        for regimen in self.regimens:
            if regimen.id == regimen_id:
                return regimen
        raise KeyError(regimen_id)
