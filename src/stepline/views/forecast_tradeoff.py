"""Regimens compared: amount a year against the trough and the probability of the target."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import ceil

from stepline.core.quantity import in_unit
from stepline.dosing.numbers import shown
from stepline.forecast.whatif_model import Aim, Outcome, WhatIf
from stepline.views.fonts import shortened
from stepline.views.markup import Markup
from stepline.views.scale import ticks_up_to
from stepline.views.svg_frame import (
    BAD,
    BLUE,
    EDGE,
    GOOD,
    GRID,
    HEAD,
    QUIET,
    SMALL,
    element_circle,
    group,
    line,
    width,
    words,
)

_ROW = 21.0
_TOP = 56.0
_BELOW = 40.0
_LABELS = 196.0
_FIGURES = 250.0


def tradeoff_height(one: WhatIf) -> float:
    """How high the panel is."""
    return _TOP + _ROW * len(one.outcomes) + _BELOW


def draw_tradeoff(one: WhatIf, top: float, wide: float, highest: float) -> Markup:
    """A row a regimen, dearest first: its trough with the band, how surely it meets, what it takes.

    A green mark meets the target as surely as asked for, an orange hollow one does not. The scale
    goes up to `highest`, for several panels alike.
    """
    rows = sorted(one.outcomes, key=lambda each: (-each.a_year.value, each.candidate.interval))
    left, right = _left(one), wide - _FIGURES
    ticks = ticks_up_to(Decimal(ceil(highest)))
    scale = (right - left) / ticks[-1][0]
    bottom = top + _TOP + _ROW * len(rows)
    return group(
        "tradeoff",
        *_heading(one, top, wide),
        *_ground(one, ticks, (left, scale, top + _TOP - 6, bottom)),
        *(
            mark
            for at, each in enumerate(rows)
            for mark in _row(one, each, top + _TOP + _ROW * at + 12, (left, scale, wide))
        ),
    )


def highest_trough(one: WhatIf) -> float:
    """The highest trough to be drawn, its band included."""
    troughs = [each.trough for each in one.outcomes]
    return max(each.value if each.high is None else each.high for each in troughs)


def _heading(one: WhatIf, top: float, wide: float) -> Iterator[Markup]:
    said = f"Other regimens in steady state, by {one.model.id}"
    target = f"; target {one.target.say()}" if one.target else ""
    yield words(
        shortened(said + target, wide - 2 * EDGE, HEAD), EDGE, top + 17, size=HEAD, weight="500"
    )
    heads = _columns(wide)
    for x, name in zip(heads, ("target met", "a year", "infusions"), strict=True):
        yield words(name, x, top + _TOP - 12, size=SMALL, fill=QUIET, anchor="end")
    unit = f"trough of {one.model.measures}, {one.model.result_unit}, with 90 %"
    yield words(unit, _left(one), top + _TOP - 12, size=SMALL, fill=QUIET)


def _left(one: WhatIf) -> float:
    """Where the scale begins: right of the longest name."""
    return max(_LABELS, max(width(each.candidate.say()) for each in one.outcomes) + 28)


def _columns(wide: float) -> tuple[float, float, float]:
    return wide - 160, wide - 86, wide - EDGE - 4


def _ground(
    one: WhatIf, ticks: tuple[tuple[float, str], ...], place: tuple[float, float, float, float]
) -> Iterator[Markup]:
    left, scale, top, bottom = place
    for value, label in ticks:
        x = left + value * scale
        yield line(x, top, x, bottom, GRID, stroke_width="0.6")
        yield words(label, x - width(label, SMALL) / 2, bottom + 14, size=SMALL, fill=QUIET)
    if one.target is not None and one.target.aim is not Aim.PEAK:
        x = left + float(in_unit(one.target.limit, one.model.result_unit)) * scale
        yield line(x, top, x, bottom, BAD, stroke_width="1", stroke_dasharray="5 3")


def _row(
    one: WhatIf, each: Outcome, y: float, place: tuple[float, float, float]
) -> Iterator[Markup]:
    left, scale, wide = place
    yield words(each.candidate.say(), EDGE, y + 4)
    is_met = _is_met(one, each)
    colour = BLUE if is_met is None else (GOOD if is_met else BAD)
    if each.trough.low is not None and each.trough.high is not None:
        low, high = left + each.trough.low * scale, left + each.trough.high * scale
        yield line(low, y, high, y, colour, stroke_width="5", stroke_opacity="0.3")
    x = left + each.trough.value * scale
    fill = "#ffffff" if is_met is False else colour
    yield element_circle(x, y, 4, fill=fill, stroke=colour, stroke_width="1.6")
    said = (_chance(each), f"{shown(each.a_year.value, 0)} {each.a_year.unit}",
            shown(each.infusions_a_year, 0))  # fmt: skip
    for column, content in zip(_columns(wide), said, strict=True):
        yield words(content, column, y + 4, anchor="end")


def _is_met(one: WhatIf, each: Outcome) -> bool | None:
    if one.target is None:
        return None
    return each.meets if each.probability is None else each.probability >= float(one.wanted)


def _chance(each: Outcome) -> str:
    if each.probability is not None:
        return f"{each.probability * 100:.0f} %"
    return "–" if each.meets is None else ("typically" if each.meets else "no")
