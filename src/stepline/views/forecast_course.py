"""The course that one model forecasts, as a panel of a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from stepline.forecast.answering import Answered
from stepline.forecast.driving import Driving
from stepline.forecast.result import Forecast, Seen
from stepline.forecast.whatif_model import Target
from stepline.views.fonts import shortened
from stepline.views.markup import Markup, element, join
from stepline.views.scale import days_apart, ticks_up_to
from stepline.views.svg_frame import (
    BAD,
    BLUE,
    EDGE,
    GRID,
    HEAD,
    INK,
    QUIET,
    SMALL,
    element_circle,
    group,
    line,
    number,
    shape,
    width,
    words,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COURSE_HEIGHT = 286.0
_LEFT = 58.0
_RIGHT = 26.0
_TOP = 58.0
_PLOT = 170.0
_BASIS = {
    "typical": "typical person; no band, as the model does not say how people differ",
    "population": "typical person and where 90 % of people lie",
    "individual": "fitted to this person, with 90 % of what it may be",
}


class _Plot:
    """Where days and values stand in a panel."""

    def __init__(self, one: Forecast, top: float, wide: float, highest: float) -> None:
        self.first, self.last = float(one.times[0]), float(one.times[-1])
        self.left, self.right = _LEFT, wide - _RIGHT
        self.top, self.bottom = top + _TOP, top + _TOP + _PLOT
        self.ticks = ticks_up_to(Decimal(repr(round(highest, 3))))

    def x(self, day: float) -> float:
        share = (day - self.first) / max(self.last - self.first, 1e-9)
        return self.left + (self.right - self.left) * min(1.0, max(0.0, share))

    def y(self, value: float) -> float:
        share = value / self.ticks[-1][0]
        return self.bottom - (self.bottom - self.top) * min(1.0, max(0.0, share))

    def path(
        self, days: NDArray[np.float64], values: NDArray[np.float64]
    ) -> list[tuple[float, float]]:
        return [(self.x(float(d)), self.y(float(v))) for d, v in zip(days, values, strict=True)]


def draw_course(
    answered: Answered, top: float, wide: float, highest: float, target: Target | None
) -> Markup:
    """The panel whose upper edge is at `top`: band, line, doses, measured values, target."""
    one = answered.forecast
    plot = _Plot(one, top, wide, highest)
    return group(
        "course",
        *_heading(one, top, wide),
        *_ground(one, plot),
        *_band(one, plot),
        *_target(one, plot, target),
        *_now(one, plot),
        *_doses(one, plot),
        *(_seen(one.driving, seen, plot) for seen in one.seen),
    )


def _heading(one: Forecast, top: float, wide: float) -> Iterator[Markup]:
    room = wide - 2 * EDGE
    yield words(shortened(one.model.title, room, HEAD), EDGE, top + 15, size=HEAD, weight="500")
    said = f"{one.model.id} {one.model.version}, {one.model.label}: {_BASIS[one.basis]}"
    yield words(shortened(said, room, SMALL), EDGE, top + 31, size=SMALL, fill=QUIET)


def _ground(one: Forecast, plot: _Plot) -> Iterator[Markup]:
    for value, label in plot.ticks:
        y = plot.y(value)
        yield line(plot.left, y, plot.right, y, GRID, stroke_width="0.6")
        yield words(label, plot.left - 6, y + 4, size=SMALL, fill=QUIET, anchor="end")
    unit = f"{one.model.measures}, {one.model.result_unit}"
    yield words(unit, EDGE, plot.top - 9, size=SMALL, fill=QUIET)
    free = 0.0
    for day, label in _days(one, plot):
        x = plot.x(day)
        room = width(label, SMALL)
        start = min(max(x - room / 2, plot.left), plot.right - room)
        yield line(x, plot.bottom, x, plot.bottom + 4, QUIET, stroke_width="0.8")
        if start >= free:
            yield words(label, start, plot.bottom + 34, size=SMALL, fill=QUIET)
            free = start + room + 10


def _days(one: Forecast, plot: _Plot) -> list[tuple[float, str]]:
    """Four to ten named days, weeks apart."""
    span = plot.last - plot.first
    every = days_apart(span)
    start = one.driving.moment(plot.first)
    found = []
    for count in range(int(span / every) + 1):
        moment = start + timedelta(days=count * every)
        found.append((one.driving.days(moment), one.driving.say(moment)))
    return found


def _band(one: Forecast, plot: _Plot) -> Iterator[Markup]:
    if one.low is not None and one.high is not None:
        outline = [*plot.path(one.times, one.high), *reversed(plot.path(one.times, one.low))]
        yield shape(_thinned(outline), fill=BLUE, fill_opacity="0.16")
    yield _polyline(plot.path(one.times, one.line))


def _polyline(points: Sequence[tuple[float, float]]) -> Markup:
    written = " ".join(f"{number(x)},{number(y)}" for x, y in _thinned(points))
    return element(
        "polyline",
        points=written,
        fill="none",
        stroke=BLUE,
        stroke_width="1.6",
        stroke_linejoin="round",
    )


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points without those that fall on the one before."""
    kept: list[tuple[float, float]] = []
    for x, y in points:
        if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= 0.1:
            kept.append((x, y))
    return kept


def _target(one: Forecast, plot: _Plot, target: Target | None) -> Iterator[Markup]:
    if target is None:
        return
    from stepline.core.quantity import in_unit

    limit = float(in_unit(target.limit, one.model.result_unit))
    y = plot.y(limit)
    yield line(plot.left, y, plot.right, y, BAD, stroke_width="1", stroke_dasharray="5 3")
    said = f"target {target.limit.say()}"
    x, middle = plot.right - width(said, SMALL) - 8, plot.top - 13
    yield line(x - 24, middle, x, middle, BAD, stroke_width="1", stroke_dasharray="5 3")
    yield words(said, plot.right, plot.top - 9, size=SMALL, fill=BAD, anchor="end")


def _now(one: Forecast, plot: _Plot) -> Iterator[Markup]:
    now = one.driving.days(one.driving.as_of)
    if not plot.first < now < plot.last:
        return
    x = plot.x(now)
    yield line(x, plot.top - 2, x, plot.bottom, INK, stroke_width="0.9")
    at_right = x + 60 > plot.right
    place = x - 4 if at_right else x + 4
    anchor = "end" if at_right else "start"
    yield words("as of", place, plot.top + 6, size=SMALL, fill=INK, anchor=anchor)


def _doses(one: Forecast, plot: _Plot) -> Iterator[Markup]:
    """A tick a dose below the axis: filled where it was given, hollow where it is to come."""
    for dose in one.driving.doses:
        day = one.driving.days(dose.time)
        if not plot.first <= day <= plot.last:
            continue
        x, y = plot.x(day), plot.bottom + 7
        fill = "#ffffff" if dose.is_ahead else INK
        corners = [(x - 4, y + 8), (x + 4, y + 8), (x, y)]
        title = f"{dose.amount.normalize():f} {one.model.amount_unit}, {one.driving.say(dose.time)}"
        yield group("dose", element("title", _text(title)), shape(corners, fill=fill, stroke=INK))


def _text(content: str) -> Markup:
    from stepline.views.markup import text

    return text(content)


def _seen(driving: Driving, seen: Seen, plot: _Plot) -> Markup:
    """A measured value; where only an upper bound is known an arrow down from it."""
    one = seen.measured
    x = plot.x(driving.days(one.time))
    if one.value is not None:
        dot = element_circle(x, plot.y(float(one.value)), 4, fill=BAD, stroke="#ffffff")
        title = f"{one.value.normalize():f}, {driving.say(one.time)}"
        return group("measured", element("title", _text(title)), dot)
    y = plot.y(float(one.below or 0))
    arrow = line(x, y, x, y + 14, BAD, stroke_width="1.6")
    return group("measured", join(line(x - 4, y, x + 4, y, BAD, stroke_width="1.6"), arrow))
