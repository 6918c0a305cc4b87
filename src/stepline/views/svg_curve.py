"""What a model foresees, drawn behind what was measured: a band, and a line dashed when to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from stepline.views.markup import Markup, element
from stepline.views.scene import Curve, Panel
from stepline.views.svg_frame import Frame, mark, number, shape

FORESEEN = "#5B4A9E"
"""Apart from every family of drugs, and from what was measured."""

Place = tuple[float, float]


def draw_curve(panel: Panel, frame: Frame, y: Callable[[float], float]) -> Iterator[Markup]:
    """The band and the line of a panel that has a curve."""
    curve = panel.curve
    if curve is None:
        return
    parts = []
    if curve.low:
        upper, lower = _path(curve, curve.high, frame, y), _path(curve, curve.low, frame, y)
        outline = [*_apart(upper), *reversed(_apart(lower))]
        parts.append(shape(outline, fill=FORESEEN, fill_opacity="0.16"))
    places = _path(curve, curve.line, frame, y)
    passed = _passed(curve.times, frame.axis.as_of)
    parts.append(_line(places[:passed]))
    parts.append(_line(places[max(0, passed - 1) :], stroke_dasharray="4 3"))
    yield mark("curve", curve.telling, *parts)


def diamond(x: float, y: float) -> Markup:
    """The sign of a value that is expected."""
    corners = [(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)]
    return shape(corners, fill="#ffffff", stroke=FORESEEN, stroke_width="1.6")


def _passed(times: Sequence[datetime], as_of: datetime) -> int:
    return sum(time <= as_of for time in times)


def _path(
    curve: Curve, values: Sequence[float], frame: Frame, y: Callable[[float], float]
) -> list[Place]:
    return [(frame.x(time), y(value)) for time, value in zip(curve.times, values, strict=True)]


def _apart(places: Sequence[Place]) -> list[Place]:
    """The places without those that are drawn on the one before."""
    kept: list[Place] = []
    for x, y in places:
        if not kept or (number(x), number(y)) != (number(kept[-1][0]), number(kept[-1][1])):
            kept.append((x, y))
    return kept


def _line(places: Sequence[Place], **look: str) -> Markup:
    if len(places) < 2:
        return Markup("")
    written = " ".join(f"{number(x)},{number(y)}" for x, y in _apart(places))
    return element(
        "polyline",
        points=written,
        fill="none",
        stroke=FORESEEN,
        stroke_width="1.6",
        stroke_linejoin="round",
        **look,
    )
