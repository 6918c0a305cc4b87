"""The header strip: the steps of the pathway in which the patient was."""

from __future__ import annotations

from collections.abc import Sequence

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

HEIGHT = 34.0
GAP = 4.0
_LINE = 13.0
_CALLOUT = 16.0
_LEAST = 44.0
"""Below this width a label stands beneath its box and not in it."""


def draw_steps(steps: Sequence[Step], frame: Frame, top: float) -> tuple[Markup, float]:
    """The strip and its height."""
    if not steps:
        return Markup(""), 0.0
    rows, callouts = Shelf(gap=0.0), Shelf()
    levels = [_level(step, frame, rows) for step in steps]
    bottom = top + len(rows.rows) * (HEIGHT + GAP)
    drawn = [
        _step(step, frame, top + level * (HEIGHT + GAP), bottom, callouts)
        for step, level in zip(steps, levels, strict=True)
    ]
    caption = words("Pathway step", 0, top + 15, size=13.5, weight="500")
    height = bottom - top + len(callouts.rows) * _CALLOUT + GAP
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


def _step(step: Step, frame: Frame, y: float, below: float, callouts: Shelf) -> Markup:
    start, end = _extent(step, frame)
    parts = [_body(step, frame, y), *_label(step, start, end, y, below, callouts)]
    drawn = mark("step current" if step.current else "step", step.telling, *parts)
    return join(drawn, _met(step, frame, y))


def _body(step: Step, frame: Frame, y: float) -> Markup:
    begin, _ = frame.reach(step.span)
    start, end = _extent(step, frame)
    look = {
        "fill": "#dcecf6" if step.current else "#eef2f5",
        "stroke": BLUE if step.current else QUIET,
        "stroke_width": "1.6" if step.current else "0.8",
    }
    if not step.span.start_exact or not step.span.end_exact:
        look["stroke_dasharray"] = "4 2"
    lead = Markup("")
    if begin > start:
        lead = box(start, y, begin - start, HEIGHT, **{**look, "fill": "#ffffff"})
    return join(lead, _outline(begin, end, y, look, goes_on=step.span.end is None))


def _outline(
    start: float, end: float, y: float, look: dict[str, str], *, goes_on: bool
) -> Markup:
    if not goes_on:
        return box(start, y, max(end - start, 3), HEIGHT, **look)
    tip, low = min(8.0, (end - start) / 2), y + HEIGHT
    corners = [(start, y), (end - tip, y), (end, y + HEIGHT / 2), (end - tip, low), (start, low)]
    return shape(corners, **look)


def _label(
    step: Step, start: float, end: float, y: float, below: float, callouts: Shelf
) -> list[Markup]:
    weight = "500" if step.current else ""
    room = end - start - (14 if step.span.end is None else 8)
    lines = wrapped(step.label, room, SMALL, 2) if end - start >= _LEAST else []
    if lines and not lines[-1].endswith("…") or len(lines) == 2:
        first = y + (HEIGHT - _LINE * len(lines)) / 2 + 10
        return [
            words(each, start + 5, first + n * _LINE, size=SMALL, weight=weight)
            for n, each in enumerate(lines)
        ]
    return _callout(step, (start + end) / 2, y, below, callouts)


def _callout(step: Step, x: float, y: float, below: float, callouts: Shelf) -> list[Markup]:
    content = shortened(step.label, 220, SMALL)
    room = width(content, SMALL)
    row = callouts.place(x + 3, x + 3 + room, most=4)
    if row is None or not content:
        return []
    base = below + row * _CALLOUT + 11
    return [
        line(x, y + HEIGHT, x, base, QUIET, stroke_width="0.7"),
        words(content, x + 3, base, size=SMALL, fill=INK),
    ]


def _met(step: Step, frame: Frame, y: float) -> Markup:
    """When an exit was first met while in the step."""
    if step.met is None or not step.met_says:
        return Markup("")
    x, low = frame.x(step.met), y + HEIGHT
    corners = [(x, low - 6), (x + 5, low), (x, low + 6), (x - 5, low)]
    drawn = shape(corners, fill="#ffffff", stroke=BAD, stroke_width="1.6")
    return mark("marker met", Telling(step.met_says, (), ""), drawn)
