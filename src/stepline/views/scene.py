"""What a timeline shows, in times and values: no colour, no pixel, nothing to work out.

A mark without a time (`time` or `start` is `None`) lies before the axis: it is known to have
been, not when. Whoever draws a scene puts such marks into a margin of their own. Every mark carries
the words that a reader is shown on pointing at it and the ids of the events behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Family(StrEnum):
    """What a lane holds, so that its marks look alike everywhere."""

    GLUCOCORTICOID = "glucocorticoid"
    IMMUNOSUPPRESSANT = "immunosuppressant"
    IMMUNOMODULATION = "immunomodulation"
    B_CELL = "b-cell"
    REPLACEMENT = "replacement"
    OTHER = "other"


class Shape(StrEnum):
    """What a marker says by its form, beside its colour and its words."""

    GOOD = "good"
    BAD = "bad"
    NEUTRAL = "neutral"
    ALERT = "alert"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Telling:
    """What a mark says: the full text, the events it rests on, and when, in a reader's words."""

    title: str
    event_ids: tuple[int, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A named moment of the axis."""

    time: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that a scene covers. `before` names the margin of what came earlier; empty if none.

    `as_of` is the moment of the review, said in `as_of_label`; nothing later is drawn, but for what
    a curve foresees.
    """

    start: datetime
    end: datetime
    as_of: datetime
    ticks: tuple[Tick, ...]
    title: str
    as_of_label: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when. `start` is `None` before the axis, `end` is `None` where it goes on.

    An end that is not exact fades. `earliest` and `latest` bound a start or an end that is
    known only to lie in a stretch.
    """

    start: datetime | None
    end: datetime | None
    start_exact: bool = True
    end_exact: bool = True
    earliest: datetime | None = None
    latest: datetime | None = None
    before_only: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A stay in one step of the pathway; `met` is when an exit was first met while in it."""

    label: str
    span: Span
    telling: Telling
    parallel: bool = False
    current: bool = False
    met: datetime | None = None
    met_says: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of treatment. `height` is a share of the lane's top, `None` where it is unknown.

    With `height_end` the bar is a wedge between two known doses whose steps are not known.
    `number` is the value that the height stands for; `label` names the bar above it. A `plain` bar
    has no scale: it says that and what, and its doses are told by ticks.
    """

    span: Span
    telling: Telling
    height: float | None = None
    height_end: float | None = None
    number: str = ""
    label: str = ""
    plain: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose on its day, or several where they lie too close to be told apart."""

    time: datetime | None
    telling: Telling
    exact: bool = True
    given: bool = True
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a treatment ended, and for what reason."""

    time: datetime | None
    label: str
    telling: Telling
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Lane:
    """One drug given for one purpose. `top` is what a full bar stands for, in `unit`."""

    title: str
    unit: str
    family: Family
    bars: tuple[Bar, ...] = ()
    doses: tuple[Dose, ...] = ()
    stops: tuple[Stop, ...] = ()
    top: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A number measured: exact, or a stretch from `low` to `high` where only bounds are known.

    `count` values in one mark are drawn as the stretch they fill.
    """

    time: datetime | None
    telling: Telling
    value: float | None = None
    low: float | None = None
    high: float | None = None
    label: str = ""
    raised: bool = False
    exact: bool = True
    count: int = 1
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A value known only as a word. With `high` it is a band from zero to that; never a point."""

    time: datetime | None
    label: str
    telling: Telling
    high: float | None = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Curve:
    """What a model foresees: a line in `unit`, and a band where 90 % lie, empty without one.

    What lies after the moment of the review is yet to come. `expected` is the value at which the
    line ends, with its own stretch.
    """

    title: str
    unit: str
    times: tuple[datetime, ...]
    line: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    telling: Telling
    expected: Point | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """One laboratory value or score over time. `ticks` name the scale, up to its top.

    Without ticks there is no scale, as nothing has a number. `curve` is what is foreseen of it.
    """

    title: str
    unit: str
    ticks: tuple[tuple[float, str], ...]
    points: tuple[Point, ...] = ()
    words: tuple[Word, ...] = ()
    upper_limit: float | None = None
    upper_limit_label: str = ""
    curve: Curve | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened, was found or is warned of, with its label."""

    span: Span
    label: str
    shape: Shape
    telling: Telling


@dataclass(frozen=True, slots=True)
class Row:
    """Markers of one kind."""

    title: str
    markers: tuple[Marker, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole timeline, from top to bottom: steps, lanes, panels, rows, notes."""

    title: str
    says: str
    axis: Axis
    steps: tuple[Step, ...] = ()
    lanes: tuple[Lane, ...] = ()
    panels: tuple[Panel, ...] = ()
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
