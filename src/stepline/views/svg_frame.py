"""Where things stand in a figure, and the few shapes that it is made of.

Every number is written with at most one decimal, so that a figure is the same to the byte on every
machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from stepline.views.fonts import drawable, width_of
from stepline.views.markup import Markup, element, join, text
from stepline.views.scene import Axis, Family, Span, Telling

INK = "#1d2733"
QUIET = "#56636f"
GRID = "#dde3e8"
WASH = "#f4f6f8"
SIZE = 12.5
SMALL = 11.5
HEAD = 13.5

COLOURS = {
    Family.GLUCOCORTICOID: "#E69F00",
    Family.IMMUNOSUPPRESSANT: "#56B4E9",
    Family.IMMUNOMODULATION: "#0072B2",
    Family.B_CELL: "#CC79A7",
    Family.REPLACEMENT: "#009E73",
    Family.OTHER: "#7a7a7a",
}
"""The Okabe–Ito palette, which readers with any colour vision tell apart."""

BAD = "#B34700"
GOOD = "#00704F"
BLUE = "#0072B2"

LABELS = 188
MARGIN = 136
BEYOND = 94
EDGE = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """The columns of a figure: labels, the margin before the axis, the axis, what goes on."""

    axis: Axis
    width: float

    @property
    def left(self) -> float:
        """Where the drawing begins, right of the labels."""
        return float(LABELS)

    @property
    def zero(self) -> float:
        """Where the axis begins."""
        return self.left + (MARGIN if self.axis.before else 0)

    @property
    def end(self) -> float:
        """Where the axis ends."""
        return self.width - BEYOND

    @property
    def right(self) -> float:
        """The last place that a mark or a label may reach."""
        return self.width - EDGE

    def x(self, moment: datetime) -> float:
        """Where a moment stands; moments beyond the axis stand at its ends."""
        whole = (self.axis.end - self.axis.start).total_seconds()
        part = (moment - self.axis.start).total_seconds()
        return self.zero + (self.end - self.zero) * min(1.0, max(0.0, part / whole))

    @property
    def now(self) -> float:
        """Where the moment of the review stands."""
        return self.x(self.axis.as_of)

    def slot(self, number: int, count: int) -> float:
        """Where the nth of some marks before the axis stands."""
        return self.left + (MARGIN - 8) * (number + 0.5) / max(1, count)

    def reach(self, span: Span) -> tuple[float, float]:
        """From where to where a span is drawn, without what only bounds it."""
        if span.before_only:
            return self.left + 4, self.zero - 6
        start = self.left + 4 if span.start is None else self.x(span.start)
        end = self.now if span.end is None else self.x(span.end)
        return start, max(start, end)


@dataclass(slots=True)
class Shelf:
    """Rows on which labels and boxes are put so that none overlaps another."""

    gap: float = 8.0
    rows: list[list[tuple[float, float]]] = field(default_factory=list)

    def fits(self, row: int, start: float, end: float) -> bool:
        """Whether a stretch of a row is free."""
        taken = self.rows[row] if row < len(self.rows) else []
        return all(end + self.gap <= a or b + self.gap <= start for a, b in taken)

    def take(self, row: int, start: float, end: float) -> None:
        """Takes a stretch of a row."""
        while len(self.rows) <= row:
            self.rows.append([])
        self.rows[row].append((start, end))

    def place(self, start: float, end: float, *, most: int, first: int = 0) -> int | None:
        """The first row on which a stretch is free, taken; `None` where there is none."""
        for row in range(first, most):
            if self.fits(row, start, end):
                self.take(row, start, end)
                return row
        return None


# ---------------------------------------------------------------- shapes


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    written = f"{value:.1f}"
    return written.removesuffix(".0") if written != "-0.0" else "0"


def group(name: str, *parts: Markup, **attributes: str) -> Markup:
    """Shapes that belong together."""
    return element("g", join(*parts), class_=name, **attributes)


def mark(name: str, telling: Telling, *parts: Markup) -> Markup:
    """A mark with its full text, its events and its time, for a reader and for a script."""
    ids = " ".join(str(event_id) for event_id in telling.event_ids)
    title = element("title", text(drawable(telling.title)))
    extra = {"data_events": ids} if ids else {}
    if telling.said:
        extra["data_time"] = drawable(telling.said)
    return element("g", join(title, *parts), class_=f"mark {name}", **extra)


def words(
    content: str,
    x: float,
    y: float,
    *,
    size: float = SIZE,
    fill: str = INK,
    anchor: str = "start",
    weight: str = "",
) -> Markup:
    """A line of text whose baseline is at `y`."""
    extra = {"font_weight": weight} if weight else {}
    if anchor != "start":
        extra["text_anchor"] = anchor
    shown = text(drawable(content))
    return element(
        "text", shown, x=number(x), y=number(y), font_size=number(size), fill=fill, **extra
    )


def box(x: float, y: float, width: float, height: float, **attributes: str) -> Markup:
    """A rectangle."""
    return element(
        "rect",
        x=number(x),
        y=number(y),
        width=number(max(width, 0)),
        height=number(max(height, 0)),
        **attributes,
    )


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, **attributes: str) -> Markup:
    """A straight line."""
    return element(
        "line",
        x1=number(x1),
        y1=number(y1),
        x2=number(x2),
        y2=number(y2),
        stroke=stroke,
        **attributes,
    )


def shape(points: Sequence[tuple[float, float]], **attributes: str) -> Markup:
    """A closed shape through some points."""
    written = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return element("polygon", points=written, **attributes)


def width(content: str, size: float = SIZE) -> float:
    """The room that a line of text needs."""
    return width_of(drawable(content), size)


def element_circle(x: float, y: float, radius: float, **attributes: str) -> Markup:
    """A circle."""
    return element("circle", cx=number(x), cy=number(y), r=number(radius), **attributes)
