"""What authors write, as pydantic models: the shape of regimen, pathway and rule files.

Here only keys and plain types are checked; what texts mean (quantities, periods, criteria, names)
is read in `building_*`, so that every fault of a file is found in one go. Import this module
lazily: it loads pydantic.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

EvidenceKind = Literal[
    "label",
    "guideline",
    "policy",
    "trial",
    "cohort",
    "case-report",
    "incident",
    "standard",
    "design",
]
EvidenceStatus = Literal["verified", "secondary", "derived", "unconfirmed"]
IntentWord = Literal["immunomodulation", "replacement", "prophylaxis", "premedication"]
PhaseWord = Literal["induction", "maintenance", "taper", "rescue", "background"]
VerdictWord = Annotated[
    Literal["true", "false", "unknown"],
    BeforeValidator(lambda word: str(word).lower() if isinstance(word, bool) else word),
]
Words = str | list[str]
"""One name, or a list of names."""


class Authored(BaseModel):
    """Unknown keys are refused, and nothing is turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class EvidenceEntry(Authored):
    """A claim, its source, what sort of source that is and how far the claim was confirmed."""

    source: str
    kind: EvidenceKind
    status: EvidenceStatus
    claim: str = ""


class Sourced(Authored):
    """Anything that names its sources."""

    evidence: list[EvidenceEntry] = []


# ---------------------------------------------------------------- regimens


class GiveEntry(Authored):
    """How much: exactly one of `course_total`, `dose` and `daily`."""

    course_total: str = ""
    dose: str = ""
    daily: str = ""
    over: int | str = 0
    split: Literal["equal", "unknown"] = "equal"
    weight: Literal["", "actual", "ideal", "adjusted", "unknown"] = ""
    bsa: Literal[
        "",
        "mosteller",
        "dubois",
        "haycock",
        "gehan-george",
        "boyd",
        "fujimoto",
        "takahira",
        "unknown",
    ] = ""
    rounded_to: str = ""
    capped_at: str = ""
    surface_above: str = ""


class RepeatEntry(Authored):
    """How often, and what ends it."""

    every: str = ""
    courses: int | None = None
    on: list[str] = []
    until: str = ""
    weekday: bool = False


class TaperStageEntry(Authored):
    """Down by a mass after every period, to a daily dose."""

    by: str
    every: str
    to: str


class TaperEntry(Authored):
    """Down to which daily dose, over which time; `steps` says who made the steps."""

    to: str
    over: str = ""
    steps: Literal["proposed", "unknown", "stated"] = "unknown"
    hold_if: str = ""
    hold: str = ""
    stages: list[TaperStageEntry] = []


class RateEntry(Authored):
    """Where the rate comes from."""

    by: str
    indication: str = ""


class RecogniseEntry(Authored):
    """The bands within which doses are read as this regimen."""

    days: int | str = ""
    interval: str = ""
    per_course: str = ""
    per_dose: str = ""
    doses: int | str = ""


class ReviewEntry(Authored):
    """Every so often, or at times after the first dose of a drug."""

    every: str = ""
    at: list[str] = []
    after_first: str = ""


class RegimenEntry(Sourced):
    """One regimen."""

    id: str
    title: str
    drug: str
    intent: IntentWord
    phase: PhaseWord
    give: GiveEntry
    version: str = "1.0.0"
    route: str = ""
    repeat: RepeatEntry = RepeatEntry()
    taper: TaperEntry | None = None
    never_above: dict[str, str] | list[dict[str, str]] = {}
    rate: RateEntry | None = None
    before_each: list[str | dict[str, Any]] = []
    recognise: RecogniseEntry | None = None
    target: dict[str, str] = {}
    review: ReviewEntry = ReviewEntry()
    notes: list[str] = []


# ---------------------------------------------------------------- definitions, rules, confounders


class DefinitionEntry(Sourced):
    """A named criterion, in a list."""

    define: str
    criterion: str = Field(alias="as")
    title: str = ""
    caution: str = ""


class DefinitionBody(Sourced):
    """A named criterion, below its name."""

    criterion: str = Field(alias="as")
    title: str = ""
    caution: str = ""


class CaseEntry(Authored):
    """A rule's own test."""

    name: str
    record: list[Any]
    as_of: str
    expect: dict[str, VerdictWord]
    planned: list[Any] = []
    asks: list[str] = []
    mentions: list[str] = []
    complete_for: list[str] = []


class RuleEntry(Sourced):
    """A safety rule."""

    id: str
    title: str
    when: str
    say: str
    alert: str = ""
    require: str = ""
    severity: Literal["inform", "warn", "refuse"] = "warn"
    unknown: Literal["ask", "warn", "nothing"] = "ask"
    ask: list[str] = []
    note: str = ""
    version: str = "1.0.0"
    cases: list[CaseEntry] = []


class TurnEntry(Authored):
    """How often a look is due, and for how long."""

    every: str
    lasts: str = Field(default="", alias="for")


class ScheduleCaseEntry(Authored):
    """A schedule's own test."""

    name: str
    record: list[Any]
    as_of: str
    status: Literal["overdue", "due", "upcoming", "done", "cannot-be-told", "none"]
    due: str = ""
    planned: list[Any] = []
    mentions: list[str] = []
    complete_for: list[str] = []


class ScheduleEntry(Sourced):
    """What to look at, for whom, and when."""

    id: str
    title: str
    what: list[str]
    measure: list[Words]
    when: str
    start: str = Field(alias="from")
    once: str = ""
    first: str = ""
    every: str | list[TurnEntry] = []
    intent: IntentWord | Literal[""] = ""
    lookback: str = ""
    until: str = ""
    note: str = ""
    version: str = "1.0.0"
    cases: list[ScheduleCaseEntry] = []


class AfterEntry(Authored):
    """When a value is confounded: `within` a time after a dose, or `from` one time `to` another."""

    drug: str
    within: str = ""
    from_period: str = Field(default="", alias="from")
    to: str = ""
    at_least: str = ""


class ConfounderEntry(Sourced):
    """Why a value can be present and not answer."""

    id: str
    concept: str
    after: AfterEntry
    says: str
    when_answer: str = ""
    settle: list[str] = []
    unless: str = ""


# ---------------------------------------------------------------- response ladders


class MeasureEntry(Authored):
    """Where an input of a score is recorded."""

    scale: str
    concepts: Words


class BaselineEntry(Authored):
    """How long before a step began a value may have been measured."""

    within: str


class VisitEntry(Authored):
    """The scales that make a visit, and how far from it other values may lie."""

    by: Words
    within: str


CategoryWord = Literal["none", "minimal", "moderate", "major"]


class WordingEntry(Authored):
    """What answers mean: one category, or the two between which it lies."""

    answers: Words
    category: CategoryWord | list[CategoryWord]
    of: Words = []


class RungEntry(Sourced):
    """One definition of response."""

    id: str
    title: str
    told_by: Literal["score", "improvement", "criterion", "words"]
    met: str = ""
    not_met: str = ""
    of: Words = []
    words: list[WordingEntry] = []
    fresh: str = ""


class LossEntry(Sourced):
    """When a response counts as lost."""

    visits: int
    at_once: Words = []


class LadderEntry(Sourced):
    """How a response is told, the most exact definition first."""

    id: str
    title: str
    conditions: Words = Field(alias="for")
    score: str
    measures: list[MeasureEntry]
    enzymes: list[MeasureEntry]
    baseline: BaselineEntry
    visit: VisitEntry
    ladder: list[RungEntry]
    loss: LossEntry
    version: str = "1.0.0"
    enzyme_rule: Literal["ratio-to-uln", "fraction-of-range"] = "ratio-to-uln"
    juvenile_below: int = 0
    relapse: str = ""
    relapses: list[str] = []
    states: list[str] = []


# ---------------------------------------------------------------- pathways


class ExitEntry(Sourced):
    """A way out of a step."""

    to: str
    when: str
    title: str = ""


class PatternEntry(Authored):
    """Which courses put a patient into a step."""

    regimens: list[str] = []
    any_of: list[str] = []
    drug: str = ""
    intent: IntentWord | None = None
    interval: str = ""


class SearchEntry(Authored):
    """Looking for the lowest intensity at which `holds` stays true for a time."""

    drug: str
    holds: str
    period: str = Field(alias="for")


class StepEntry(Sourced):
    """A stage of a pathway."""

    courses: str | list[str] | PatternEntry
    title: str = ""
    alongside: Words = []
    review: ReviewEntry = ReviewEntry()
    exits: list[ExitEntry] = []
    gate: Words = []
    not_sooner_than: Words = []
    parallel: bool = False
    enter: str = ""
    search: SearchEntry | None = None


class PathwayHead(Sourced):
    """A pathway; its steps and definitions are read one by one."""

    id: str
    title: str
    version: str = "1.0.0"
    conditions: Words = Field(alias="for")
    steps: dict[str, Any]
    definitions: dict[str, Any] = {}
    ends: list[str] = []


# ---------------------------------------------------------------- files


class RegimenFile(Authored):
    """A file of regimens under a key; a list alone, or one regimen alone, will do as well."""

    regimens: list[Any]


class RulesFile(Authored):
    """Rules, definitions, confounders, responses and schedules; entries are read one by one."""

    rules: list[Any] = []
    definitions: list[Any] = []
    confounders: list[Any] = []
    responses: list[Any] = []
    monitoring: list[Any] = []
