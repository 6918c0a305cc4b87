"""What a criterion can say: an immutable tree of nodes, and nothing about how it is evaluated.

A criterion is a statement about a record at a moment: true, false or unknown. Reading the class
list is reading the language. Engines see only these nodes; text is read into them by `reading` and
written from them by `writing`, and `read(write(node)) == node`.

Two worlds are kept apart on purpose. `Happened` speaks of the *record* (a dose is written down, or
not) and is never unknown for want of a row. `On`, `Present` and `Is` speak of the *patient*: what
nobody wrote down is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stepline.core.quantity import Quantity
from stepline.core.time import Period


@dataclass(frozen=True, slots=True)
class Node:
    """Anything in a criterion."""


@dataclass(frozen=True, slots=True)
class Criterion(Node):
    """True, false or unknown."""


@dataclass(frozen=True, slots=True)
class Value(Node):
    """A number with a unit, a duration or a category; exact, bounded or unknown."""


@dataclass(frozen=True, slots=True)
class Anchor(Node):
    """A moment found in the record."""


Names = tuple[str, ...]
"""Concept ids; several mean "any of"."""


# ---------------------------------------------------------------- anchors and windows


@dataclass(frozen=True, slots=True)
class Now(Anchor):
    """The moment of evaluation."""


@dataclass(frozen=True, slots=True)
class StepStart(Anchor):
    """When the step that is being judged began."""


@dataclass(frozen=True, slots=True)
class FirstOf(Anchor):
    """The first event of a concept; for a drug its first dose given or, with none, planned."""

    names: Names


@dataclass(frozen=True, slots=True)
class LastOf(Anchor):
    """The last event of a concept known by now; for a drug its last dose given."""

    names: Names


@dataclass(frozen=True, slots=True)
class OnDate(Anchor):
    """A calendar date."""

    date: datetime


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a window: an anchor, moved by a period, included or not.

    `direction` is -1 (before the anchor), +1 (after it) or 0 (at it, `offset` is then empty).
    """

    anchor: Anchor
    offset: Period | None = None
    direction: int = 0
    included: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """From a bound to a bound; `None` is without limit. Nothing later than now is ever inside."""

    start: Bound | None = None
    end: Bound | None = None

    @property
    def is_everything(self) -> bool:
        """Whether the window has no limits of its own."""
        return self.start is None and self.end is None


EVER = Window()


# ---------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class Number(Value):
    """A literal with its unit; unit `1` for a plain number."""

    quantity: Quantity


@dataclass(frozen=True, slots=True)
class UpperLimits(Value):
    """So many times the upper limit of normal of whatever stands on the other side."""

    multiple: Quantity


@dataclass(frozen=True, slots=True)
class Duration(Value):
    """A literal period; `P1M` and `P28D` differ."""

    period: Period


class Category(StrEnum):
    """How much better, in order."""

    NONE = "none"
    MINIMAL = "minimal"
    MODERATE = "moderate"
    MAJOR = "major"


@dataclass(frozen=True, slots=True)
class CategoryIs(Value):
    """A literal response category."""

    category: Category


class Take(StrEnum):
    """Which of the selected values to take."""

    LAST = "last"
    FIRST = "first"
    LOWEST = "lowest"
    HIGHEST = "highest"
    MEAN = "mean"
    TOTAL = "total"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Pick(Value):
    """One value out of a concept's values in a window.

    Without a window, `last` is the freshest value and is unknown once older than the concept's
    freshness; an explicit window replaces freshness. `measured` reads a value even where something
    (immunoglobulin given shortly before) makes it answer another question.
    """

    take: Take
    names: Names
    window: Window = EVER
    measured: bool = False


class Direction(StrEnum):
    """Which way a value moved."""

    RISES = "rises"
    FALLS = "falls"


@dataclass(frozen=True, slots=True)
class Change(Value):
    """How far the last value lies from a reference value of the same concept.

    `relative` gives percent of the reference value; otherwise the difference in its unit. These are
    two functions and are never shared with the percent-of-range of the total improvement score.
    """

    names: Names
    direction: Direction
    reference: Take
    window: Window
    relative: bool


@dataclass(frozen=True, slots=True)
class TimeSince(Value):
    """How long ago an anchor was."""

    anchor: Anchor


@dataclass(frozen=True, slots=True)
class TimeInStep(Value):
    """How long the step that is being judged has run."""


@dataclass(frozen=True, slots=True)
class DailyDose(Value):
    """The daily dose now of a drug or class, in mg/d (of `equivalent` where one is named).

    Pulses never enter a daily dose. With `per_kilogram` it is in mg/kg/d, by the weight known then;
    text says so by comparing it with such a number.
    """

    names: Names
    equivalent: str = ""
    per_kilogram: bool = False


@dataclass(frozen=True, slots=True)
class WeeklyDose(Value):
    """The dose of a week now, in mg/wk: what is taken daily or at an interval, as a rate.

    A dose that is recorded singly counts for the seven days from its own day on.
    """

    names: Names
    equivalent: str = ""


@dataclass(frozen=True, slots=True)
class DoseChange(Value):
    """How far the daily dose now lies from a daily dose in a window: its lowest, highest or first.

    `relative` gives percent of that dose, otherwise the difference in mg/d (of `equivalent`).
    """

    names: Names
    equivalent: str
    direction: Direction
    reference: Take
    window: Window
    relative: bool


@dataclass(frozen=True, slots=True)
class MeanDose(Value):
    """The mean daily dose over a period up to now, in mg/d (of `equivalent`); pulses excluded."""

    names: Names
    equivalent: str
    period: Period


@dataclass(frozen=True, slots=True)
class CumulativeDose(Value):
    """The dose given in a window, in mg (of `equivalent`); pulses included."""

    names: Names
    equivalent: str
    window: Window


@dataclass(frozen=True, slots=True)
class Intensity(Value):
    """Immunoglobulin given per 28 days in the course that runs now, in g/kg."""

    drug: str


@dataclass(frozen=True, slots=True)
class CycleDose(Value):
    """The dose of the last cycle (doses on consecutive days), per kilogram."""

    drug: str


@dataclass(frozen=True, slots=True)
class Courses(Value):
    """How many cycles of a drug were given in a window."""

    drug: str
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class Cycles(Value):
    """How many cycles of the step's own courses were given since the step began."""


@dataclass(frozen=True, slots=True)
class ShortestInterval(Value):
    """The shortest time between two doses of a drug in a window."""

    drug: str
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class PlannedInterval(Value):
    """The shortest time between a planned dose of a drug and another dose, given or planned.

    The other dose is of the same drug, or of `other` where one is named. Days are counted, not
    hours, so that two infusions of one day are no time apart.
    """

    drug: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class LongestTime(Value):
    """The longest unbroken time in a window during which a dose was so, or a drug was taken.

    `part` is `On`, or a `Compare` of a `DailyDose` or `WeeklyDose` with a number. Whole days are
    counted, the first and the last among them, from the first dose on record.
    """

    part: Criterion
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class Response(Value):
    """Response since the step began: the first computable of the definitions in use."""


@dataclass(frozen=True, slots=True)
class BestResponse(Value):
    """The best response at any visit since the step began."""


@dataclass(frozen=True, slots=True)
class ImprovementScore(Value):
    """The total improvement score since the step began, recorded or computed; bounded with gaps."""


# ---------------------------------------------------------------- criteria


@dataclass(frozen=True, slots=True)
class And(Criterion):
    """Kleene conjunction."""

    parts: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Or(Criterion):
    """Kleene disjunction."""

    parts: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Not(Criterion):
    """Kleene negation."""

    part: Criterion


@dataclass(frozen=True, slots=True)
class AtLeast(Criterion):
    """At least `count` of the parts are true."""

    count: int
    parts: tuple[Criterion, ...]


class Operator(StrEnum):
    """How two values are compared."""

    LESS = "<"
    LESS_OR_EQUAL = "<="
    EQUAL = "="
    GREATER_OR_EQUAL = ">="
    GREATER = ">"


@dataclass(frozen=True, slots=True)
class Compare(Criterion):
    """A comparison of two values; unknown where bounds do not decide."""

    left: Value
    operator: Operator
    right: Value


class How(StrEnum):
    """In what sense something is in the record."""

    RECORDED = "recorded"
    GIVEN = "given"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Happened(Criterion):
    """The record holds such an event in the window. Never unknown for want of a row.

    `products` are ids of products of the library: only a dose of one of them counts, and a dose
    whose product is not told leaves the answer unknown.
    """

    how: How
    names: Names
    window: Window = EVER
    products: Names = ()


@dataclass(frozen=True, slots=True)
class Started(Criterion):
    """The first dose on record of a drug lies in the window. Never unknown for want of a row.

    Of a class, any one drug counts: a second drug of the class is started where its own first dose
    lies in the window.
    """

    names: Names
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class On(Criterion):
    """The patient is on a drug now. Unknown when the record never speaks of the drug."""

    names: Names


@dataclass(frozen=True, slots=True)
class Present(Criterion):
    """The patient has a condition now. Unknown when the record never speaks of it."""

    names: Names


@dataclass(frozen=True, slots=True)
class Is(Criterion):
    """The last answer of a test or of the clinician is this word ("hbsag is positive")."""

    names: Names
    word: str
    window: Window = EVER
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Stopped(Criterion):
    """A drug was stopped, for a stated reason where one is named. Unknown when never spoken of."""

    names: Names
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Known(Criterion):
    """The value is known well enough to be used. True or false, never unknown."""

    value: Value


@dataclass(frozen=True, slots=True)
class Sustained(Criterion):
    """The part held at every moment of at least this long, up to now."""

    part: Criterion
    period: Period


@dataclass(frozen=True, slots=True)
class Once(Criterion):
    """The part held at some day with a record in the window."""

    part: Criterion
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class While(Criterion):
    """The patient had a condition that began at a moment at which the part held.

    Unknown when the record never speaks of the condition.
    """

    names: Names
    part: Criterion
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class DoseMoves(Criterion):
    """The daily dose was lowered, or raised, on some day of the window."""

    dose: DailyDose
    direction: Direction
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class Confirmed(Criterion):
    """The part held at this many consecutive visits, the last of them the latest visit."""

    part: Criterion
    visits: int


@dataclass(frozen=True, slots=True)
class Named(Criterion):
    """A definition by name: `relapse`, `failed(methotrexate)`, `refractory(rim-2013)`."""

    name: str
    argument: str = ""

    @property
    def key(self) -> str:
        """How the definition is looked up."""
        return f"{self.name}({self.argument})" if self.argument else self.name
