"""The header strip: the steps of the pathway in which the patient was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stepline.views.fonts import shortened, wrapped
from stepline.views.markup import Markup, join
from stepline.views.scene import Step, Telling
from stepline.views.svg_frame import (
    BAD,
    BLUE,
    INK,
    QUIET,
    SMALL,
    Frame,
    Shelf,
    box,
    line,
    mark,
    shape,
    width,
    words,
)

_MOST_LINES = 3
GAP = 4.0
_LINE = 13.0
_CALLOUT = 16.0
_LEAST = 44.0
"""Below this width a label stands beneath its box and not in it."""


@dataclass(slots=True)
class _Strip:
    """The strip on the page: its rows of boxes, and beneath them the labels that fit in none."""

    frame: Frame
    top: float
    height: float
    rows: int
    callouts: Shelf = field(default_factory=Shelf)

    @property
    def bottom(self) -> float:
        return self.top + self.rows * (self.height + GAP)


def draw_steps(steps: Sequence[Step], frame: Frame, top: float) -> tuple[Markup, float]:
    """The strip and its height."""
    if not steps:
        return Markup(""), 0.0
    rows = Shelf(gap=0.0)
    levels = [_level(step, frame, rows) for step in steps]
    most = max(len(_lines(step, frame)) for step in steps)
    strip = _Strip(frame, top, 8 + _LINE * max(most, 2), len(rows.rows))
    drawn = [_step(step, level, strip) for step, level in zip(steps, levels, strict=True)]
    caption = words("Pathway step", 0, top + 15, size=13.5, weight="500")
    height = strip.bottom - top + len(strip.callouts.rows) * _CALLOUT + GAP
    return join(caption, *drawn), height


def _level(step: Step, frame: Frame, rows: Shelf) -> int:
    start, end = _extent(step, frame)
    level = rows.place(start + 1, end - 1, most=8, first=1 if step.parallel else 0)
    return level if level is not None else 7


def _extent(step: Step, frame: Frame) -> tuple[float, float]:
    """From where its bounds begin to where it ends, or to the edge where it goes on."""
    start, end = frame.reach(step.span)
    if step.span.earliest is not None:
        start = min(start, frame.x(step.span.earliest))
    return start, frame.right if step.span.end is None else max(end, start + 4)


def _lines(step: Step, frame: Frame) -> list[str]:
    """The label as it stands in its box; nothing where the box is too narrow for it."""
    start, end = _extent(step, frame)
    begin, _ = frame.reach(step.span)
    lead = begin - start
    room = lead - 8 if lead >= 2 * _LEAST else end - start - (14 if step.span.end is None else 8)
    if end - start < _LEAST:
        return []
    lines = wrapped(step.label, room, SMALL, _MOST_LINES)
    return [] if len(lines) == 1 and lines[0].endswith("…") else lines


def _step(step: Step, level: int, strip: _Strip) -> Markup:
    y = strip.top + level * (strip.height + GAP)
    parts = [_body(step, y, strip), *_label(step, y, strip)]
    drawn = mark("step current" if step.current else "step", step.telling, *parts)
    return join(drawn, _met(step, y, strip))


def _body(step: Step, y: float, strip: _Strip) -> Markup:
    begin, _ = strip.frame.reach(step.span)
    start, end = _extent(step, strip.frame)
    look = {
        "fill": "#dcecf6" if step.current else "#eef2f5",
        "stroke": BLUE if step.current else QUIET,
        "stroke_width": "1.6" if step.current else "0.8",
    }
    if not step.span.start_exact or not step.span.end_exact:
        look["stroke_dasharray"] = "4 2"
    lead = Markup("")
    if begin > start:
        lead = box(start, y, begin - start, strip.height, **{**look, "fill": "#ffffff"})
    return join(lead, _outline(begin, end, (y, y + strip.height), look, step))


def _outline(
    start: float, end: float, sides: tuple[float, float], look: dict[str, str], step: Step
) -> Markup:
    """A box, or an arrow where the step goes on."""
    y, low = sides
    if step.span.end is not None:
        return box(start, y, max(end - start, 3), low - y, **look)
    tip = min(8.0, (end - start) / 2)
    corners = [(start, y), (end - tip, y), (end, (y + low) / 2), (end - tip, low), (start, low)]
    return shape(corners, **look)


def _label(step: Step, y: float, strip: _Strip) -> list[Markup]:
    lines = _lines(step, strip.frame)
    if not lines:
        return _callout(step, y, strip)
    start, _ = _extent(step, strip.frame)
    first = y + (strip.height - _LINE * len(lines)) / 2 + 10
    weight = "500" if step.current else ""
    return [
        words(each, start + 5, first + n * _LINE, size=SMALL, weight=weight)
        for n, each in enumerate(lines)
    ]


def _callout(step: Step, y: float, strip: _Strip) -> list[Markup]:
    """The label of a narrow box, beneath the strip, with a line that leads to it."""
    start, end = _extent(step, strip.frame)
    content = shortened(step.label, 220, SMALL)
    room = width(content, SMALL)
    x = min((start + end) / 2, strip.frame.right - room - 3)
    row = strip.callouts.place(x, x + 3 + room, most=4)
    if row is None or not content:
        return []
    base = strip.bottom + row * _CALLOUT + 11
    return [
        line(x, y + strip.height, x, base, QUIET, stroke_width="0.7"),
        words(content, x + 3, base, size=SMALL, fill=INK),
    ]


def _met(step: Step, y: float, strip: _Strip) -> Markup:
    """When an exit was first met while in the step."""
    if step.met is None or not step.met_says:
        return Markup("")
    x, low = strip.frame.x(step.met), y + strip.height
    corners = [(x, low - 6), (x + 5, low), (x, low + 6), (x - 5, low)]
    drawn = shape(corners, fill="#ffffff", stroke=BAD, stroke_width="1.6")
    return mark("marker met", Telling(step.met_says, (), ""), drawn)
