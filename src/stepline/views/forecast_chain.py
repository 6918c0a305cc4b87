"""The chain from rituximab to IgG as a figure: three panels over one axis of days.

Rituximab and B cells stand on a logarithmic axis, IgG on a linear one from 0. The same forecast
gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from stepline.forecast.chaining import ChainForecast, Course, say_day
from stepline.forecast.driving import Given
from stepline.forecast.result import CREED
from stepline.views.fonts import FAMILY, drawable, shortened
from stepline.views.markup import Markup, element, join, text
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
    box,
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

WIDTH = 900.0
_LEFT, _RIGHT = 64.0, 26.0
_TOP, _PLOT, _BELOW = 40.0, 132.0, 20.0
_HEAD, _AXIS, _FOOT = 44.0, 34.0, 26.0
_DECADES = 4
"""Decades below the highest value that a logarithmic panel shows."""


@dataclass(frozen=True, slots=True)
class _Panel:
    """One series: its title, level to be held against, doses, and where its values stand."""

    name: str
    title: str
    unit: str
    course: Course
    level: Decimal | None
    level_said: str
    doses: tuple[Given, ...]
    ticks: tuple[tuple[float, str], ...]
    is_log: bool
    top: float

    @property
    def bottom(self) -> float:
        return self.top + _PLOT

    def y(self, value: float) -> float:
        low, high = self.ticks[0][0], self.ticks[-1][0]
        if self.is_log:
            share = math.log(max(value, low) / low) / math.log(high / low)
        else:
            share = value / high
        return self.bottom - _PLOT * min(1.0, max(0.0, share))


@dataclass(frozen=True, slots=True)
class _Days:
    first: float
    last: float

    def x(self, day: float) -> float:
        share = (day - self.first) / max(self.last - self.first, 1e-9)
        return _LEFT + (WIDTH - _RIGHT - _LEFT) * min(1.0, max(0.0, share))


def render_chain_svg(one: ChainForecast) -> str:
    """The figure: rituximab, B cells and, where it is forecast, IgG, each with its level."""
    days = _Days(float(one.times[0]), float(one.times[-1]))
    panels = _panels(one)
    parts = list(_heading(one))
    for panel in panels:
        parts.append(group("course", *_ground(panel), *_course(one, panel, days)))
    end = panels[-1].bottom + _BELOW
    parts += _axis(one, days, end)
    said = shortened(CREED, WIDTH - 2 * EDGE, SMALL)
    parts.append(words(said, EDGE, end + _AXIS + 10, size=SMALL, fill=QUIET))
    return _page(end + _AXIS + _FOOT, one, join(*parts))


def _panels(one: ChainForecast) -> list[_Panel]:
    limit = f"{one.cells_limit:f} /uL"
    level = one.level.level if one.level else None
    rows: list[tuple[str, str, str, Decimal | None, str, tuple[Given, ...], bool]] = [
        ("rituximab", "Rituximab", "mg/L", None, "", one.driving.drug.doses, True),
        ("cd19", "CD19", "/uL", one.cells_limit, f"limit {limit}", (), True),
        ("igg", "IgG", "g/L", level, f"level {level} g/L", one.driving.igg_doses, False),
    ]
    found, top = [], _HEAD + _TOP
    for name, title, unit, held, said, doses, is_log in rows:
        if name not in one.series:
            continue
        course = one.series[name]
        highest = _highest(one, name, course, held)
        ticks = _decades(highest) if is_log else ticks_up_to(Decimal(repr(round(highest, 3))))
        found.append(_Panel(name, title, unit, course, held, said, doses, ticks, is_log, top))
        top += _PLOT + _BELOW + _TOP
    return found


def _highest(one: ChainForecast, name: str, course: Course, held: Decimal | None) -> float:
    line_top = course.line if course.high is None else course.high
    seen = [
        float(each.measured.value or each.measured.below or 0)
        for each in one.beside
        if each.series == name
    ]
    return max([float(line_top.max()), float(held or 0), *seen])


def _decades(highest: float) -> tuple[tuple[float, str], ...]:
    """Powers of ten up to one that holds the highest value."""
    top = math.ceil(math.log10(max(highest, 1e-9)))
    values = [10.0**at for at in range(top - _DECADES, top + 1)]
    least = f"≤ {values[0]:g}"
    return ((values[0], least), *((value, f"{value:g}") for value in values[1:]))


def _heading(one: ChainForecast) -> Iterator[Markup]:
    room = WIDTH - 2 * EDGE
    yield words("From rituximab to B cells and IgG", EDGE, 20, size=HEAD, weight="500")
    models = ", ".join(f"{model.id} ({model.label})" for model in one.models.listed)
    yield words(shortened(models, room, SMALL), EDGE, 36, size=SMALL, fill=QUIET)
    who = "typical person; no band, as no model says how people differ"
    if one.varied:
        who = f"typical person, and where 90 % lie by {', '.join(one.varied)} alone"
    yield words(shortened(who, room, SMALL), EDGE, 51, size=SMALL, fill=QUIET)


def _ground(panel: _Panel) -> Iterator[Markup]:
    title = f"{panel.title}, {panel.unit}"
    yield words(title, EDGE, panel.top - 10, size=SMALL, fill=INK, weight="500")
    if panel.level is not None:
        x = EDGE + width(title, SMALL) + 14
        yield words(f"dashed: {panel.level_said}", x, panel.top - 10, size=SMALL, fill=BAD)
    for value, label in panel.ticks:
        y = panel.y(value)
        yield line(_LEFT, y, WIDTH - _RIGHT, y, GRID, stroke_width="0.6")
        yield words(label, _LEFT - 6, y + 4, size=SMALL, fill=QUIET, anchor="end")


def _course(one: ChainForecast, panel: _Panel, days: _Days) -> Iterator[Markup]:
    course = panel.course
    if course.low is not None and course.high is not None:
        outline = [
            *_path(panel, days, one.times, course.high),
            *reversed(_path(panel, days, one.times, course.low)),
        ]
        yield shape(outline, fill=BLUE, fill_opacity="0.16")
    written = " ".join(
        f"{number(x)},{number(y)}" for x, y in _path(panel, days, one.times, course.line)
    )
    yield element(
        "polyline", points=written, fill="none", stroke=BLUE, stroke_width="1.6",
        stroke_linejoin="round",
    )  # fmt: skip
    if panel.level is not None:
        y = panel.y(float(panel.level))
        yield line(_LEFT, y, WIDTH - _RIGHT, y, BAD, stroke_width="1", stroke_dasharray="5 3")
    yield from _now(one, panel, days)
    yield from _doses(one, panel, days)
    yield from _measured(one, panel, days)


def _path(
    panel: _Panel, days: _Days, times: NDArray[np.float64], values: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """The points without those that fall on the one before."""
    kept: list[tuple[float, float]] = []
    for day, value in zip(times, values, strict=True):
        x, y = days.x(float(day)), panel.y(float(value))
        if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= 0.1:
            kept.append((x, y))
    return kept


def _now(one: ChainForecast, panel: _Panel, days: _Days) -> Iterator[Markup]:
    now = one.driving.drug.days(one.driving.drug.as_of)
    if days.first < now < days.last:
        x = days.x(now)
        yield line(x, panel.top - 2, x, panel.bottom, INK, stroke_width="0.9")
        yield words("as of", x + 4, panel.top + 6, size=SMALL, fill=INK)


def _doses(one: ChainForecast, panel: _Panel, days: _Days) -> Iterator[Markup]:
    """A tick a dose below its panel: filled where it was given, hollow where it is to come."""
    driving = one.driving.drug
    amount_unit = "mg" if panel.name == "rituximab" else "g"
    for dose in panel.doses:
        day = driving.days(dose.time)
        if not days.first <= day <= days.last:
            continue
        x, y = days.x(day), panel.bottom + 4
        fill = "#ffffff" if dose.is_ahead else INK
        title = f"{dose.amount.normalize():f} {amount_unit}, {say_day(driving, day)}"
        corners = [(x - 4, y + 8), (x + 4, y + 8), (x, y)]
        yield group(
            "dose", element("title", text(drawable(title))), shape(corners, fill=fill, stroke=INK)
        )


def _measured(one: ChainForecast, panel: _Panel, days: _Days) -> Iterator[Markup]:
    """A measured value; where only an upper bound is known an arrow down from it."""
    driving = one.driving.drug
    for each in one.beside:
        seen = each.measured
        day = driving.days(seen.time)
        if each.series != panel.name or not days.first <= day <= days.last:
            continue
        x, y = (
            days.x(day),
            panel.y(float(seen.value if seen.value is not None else seen.below or 0)),
        )
        if seen.value is not None:
            title = f"{seen.value.normalize():f} {panel.unit}, {driving.say(seen.time)}"
            dot = element_circle(x, y, 4, fill=BAD, stroke="#ffffff")
            yield group("measured", element("title", text(drawable(title))), dot)
            continue
        yield group(
            "measured",
            line(x - 4, y, x + 4, y, BAD, stroke_width="1.6"),
            line(x, y, x, y + 12, BAD, stroke_width="1.6"),
        )


def _axis(one: ChainForecast, days: _Days, top: float) -> list[Markup]:
    """Four to ten named days, weeks apart."""
    span = days.last - days.first
    every = days_apart(span)
    start = one.driving.drug.moment(days.first)
    parts, free = [], 0.0
    for count in range(int(span / every) + 1):
        moment = start + timedelta(days=count * every)
        day = one.driving.drug.days(moment)
        x, label = days.x(day), say_day(one.driving.drug, day)
        room = width(label, SMALL)
        left = min(max(x - room / 2, _LEFT), WIDTH - _RIGHT - room)
        parts.append(line(x, top, x, top + 4, QUIET, stroke_width="0.8"))
        if left >= free:
            parts.append(words(label, left, top + 18, size=SMALL, fill=QUIET))
            free = left + room + 10
    return parts


def _page(height: float, one: ChainForecast, content: Markup) -> str:
    models: Sequence[str] = [model.id for model in one.models.listed]
    size = {"width": number(WIDTH), "height": number(height)}
    return element(
        "svg",
        join(box(0, 0, WIDTH, height, fill="#ffffff"), content),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size['width']} {size['height']}",
        **size,
        role="img",
        aria_label=drawable(f"Rituximab, B cells and IgG by {', '.join(models)}. {CREED}"),
        font_family=FAMILY,
    )
