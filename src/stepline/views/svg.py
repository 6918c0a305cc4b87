"""Draws a scene as SVG: the same bytes for the same scene, nothing loaded, legible in print.

What colour says, form or texture says too: hatching is an unknown dose, a fading end a time that
is not exact, an arrow a treatment that goes on, a hollow mark a moment known only roughly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from stepline.views.fonts import FAMILY, drawable, shortened
from stepline.views.markup import Markup, element, join
from stepline.views.scene import Family, Scene
from stepline.views.svg_frame import (
    COLOURS,
    EDGE,
    GRID,
    INK,
    MARGIN,
    QUIET,
    SMALL,
    WASH,
    Frame,
    box,
    group,
    line,
    number,
    shape,
    width,
    words,
)
from stepline.views.svg_lanes import draw_lane
from stepline.views.svg_legend import draw_legend
from stepline.views.svg_panels import draw_panel
from stepline.views.svg_rows import draw_row
from stepline.views.svg_steps import draw_steps

NAMESPACE = "http://www.w3.org/2000/svg"
NARROWEST = 640
_TITLE = 26.0
_AXIS = 22.0

Part = TypeVar("Part")


def render_svg(scene: Scene, *, width: int = 1100) -> str:
    """The figure, `width` pixels wide (at least 640) and as high as it needs to be."""
    frame = Frame(scene.axis, float(max(width, NARROWEST)) - 2 * EDGE)
    strip, strip_height = draw_steps(scene.steps, frame, _TITLE)
    top = _TITLE + strip_height + _AXIS
    body, bottom = _body(scene, frame, top)
    legend, height = draw_legend(scene, frame, bottom + _AXIS + 18)
    parts = [
        _patterns(scene),
        box(-EDGE, 0, frame.width + 2 * EDGE, height + EDGE, fill="#ffffff"),
        _phases(scene, frame, top, bottom),
        _grid(scene, frame, top, bottom),
        _heading(scene, frame),
        strip,
        _axis(scene, frame, top - 7, name="axis"),
        body,
        _axis(scene, frame, bottom + 14, name="axis below"),
        _axis_title(scene, frame, bottom + 30),
        legend,
    ]
    return _page(scene, frame.width, height, join(*parts))


def ends_of_axis(scene: Scene, *, width: int = 1100) -> tuple[float, float]:
    """Where the axis of `render_svg` begins and ends, in pixels within its margin."""
    frame = Frame(scene.axis, float(max(width, NARROWEST)) - 2 * EDGE)
    return frame.zero, frame.end


def _page(scene: Scene, wide: float, height: float, content: Markup) -> str:
    """The picture with an edge of its own, so that nothing stands at its border."""
    size = {"width": number(wide + 2 * EDGE), "height": number(height + EDGE)}
    shifted = element("g", content, transform=f"translate({EDGE} 0)")
    return element(
        "svg",
        shifted,
        xmlns=NAMESPACE,
        viewBox=f"0 0 {size['width']} {size['height']}",
        **size,
        role="img",
        aria_label=drawable(f"{scene.title}. {scene.says}"),
        font_family=FAMILY,
    )


def _body(scene: Scene, frame: Frame, top: float) -> tuple[Markup, float]:
    lanes, y = _stacked(scene.lanes, draw_lane, frame, top)
    panels, y = _stacked(scene.panels, draw_panel, frame, y + 6)
    rows, y = _stacked(scene.rows, draw_row, frame, y + 6)
    return join(lanes, panels, rows), y


def _stacked(
    parts: Sequence[Part],
    draw: Callable[[Part, Frame, float], tuple[Markup, float]],
    frame: Frame,
    top: float,
) -> tuple[Markup, float]:
    drawn = []
    for part in parts:
        markup, height = draw(part, frame, top)
        drawn.append(markup)
        top += height
    return join(*drawn), top


# ---------------------------------------------------------------- ground


def _heading(scene: Scene, frame: Frame) -> Markup:
    said = shortened(scene.axis.as_of_label, frame.right - frame.left, SMALL)
    room = width(said, SMALL)
    x = max(frame.left, min(frame.now - room / 2, frame.right - room))
    title = shortened(scene.title, x - 16, 15)
    return group(
        "heading",
        words(title, 0, 16, size=15, weight="500"),
        group(
            "as-of",
            words(said, x, 16, size=SMALL, fill=INK, weight="500"),
            data_at=number(frame.now),
        ),
    )


def _phases(scene: Scene, frame: Frame, top: float, bottom: float) -> Markup:
    """Every other step of the pathway as a quiet ground behind the lanes."""
    main = [step for step in scene.steps if not step.parallel]
    drawn = []
    for step in main[::2]:
        start, end = frame.reach(step.span)
        end = frame.right if step.span.end is None else end
        drawn.append(box(start, top, end - start, bottom - top, fill=WASH))
    return group("phases", *drawn)


def _grid(scene: Scene, frame: Frame, top: float, bottom: float) -> Markup:
    drawn = [
        line(frame.x(tick.time), top, frame.x(tick.time), bottom, GRID, stroke_width="0.6")
        for tick in scene.axis.ticks
    ]
    if scene.axis.before:
        x = frame.left + MARGIN - 3
        drawn.append(line(x, top, x, bottom, QUIET, stroke_width="1", stroke_dasharray="1 3"))
    drawn.append(line(frame.now, 20, frame.now, bottom, INK, stroke_width="0.9"))
    return group("grid", *drawn)


def _axis(scene: Scene, frame: Frame, y: float, *, name: str) -> Markup:
    """Labels of the ticks, without those that would touch the one before."""
    drawn = []
    free = frame.left - 30
    if scene.axis.before:
        said = shortened(scene.axis.before, MARGIN - 8, SMALL)
        drawn.append(words(said, frame.left + 2, y, size=SMALL, fill=QUIET))
        free = frame.left + 2 + width(said, SMALL) + 6
    for tick in scene.axis.ticks:
        room = width(tick.label, SMALL)
        x = min(frame.x(tick.time) - room / 2, frame.right - room)
        if x >= free:
            drawn.append(words(tick.label, x, y, size=SMALL, fill=QUIET))
            free = x + room + 8
    return group(name, *drawn)


def _axis_title(scene: Scene, frame: Frame, y: float) -> Markup:
    said = shortened(scene.axis.title, frame.right - frame.zero, SMALL)
    return words(said, frame.zero, y, size=SMALL, fill=QUIET)


# ---------------------------------------------------------------- textures


def _patterns(scene: Scene) -> Markup:
    """The textures that the figure uses."""
    families = sorted({lane.family for lane in scene.lanes}, key=list(Family).index)
    textures: Iterable[Markup] = (
        texture(family) for family in families for texture in (_hatch, _dots, _rules)
    )
    fades = (_fade("fade-in", "1", "0"), _fade("fade-out", "0", "1"))
    return element("defs", join(*fades, *textures))


def _fade(name: str, first: str, last: str) -> Markup:
    stops = (
        element("stop", offset="0", stop_color="#ffffff", stop_opacity=first),
        element("stop", offset="1", stop_color="#ffffff", stop_opacity=last),
    )
    return element("linearGradient", join(*stops), id=name)


def _tile(name: str, family: Family, size: str, *parts: Markup) -> Markup:
    return element(
        "pattern",
        join(*parts),
        id=f"{name}-{family.value}",
        width=size,
        height=size,
        patternUnits="userSpaceOnUse",
    )


def _hatch(family: Family) -> Markup:
    colour = COLOURS[family]
    ground = box(0, 0, 7, 7, fill="#ffffff")
    strokes = [(-1, 1, 1, -1), (0, 7, 7, 0), (6, 8, 8, 6)]
    return _tile(
        "hatch", family, "7", ground, *(line(*at, colour, stroke_width="1.3") for at in strokes)
    )


def _dots(family: Family) -> Markup:
    dot = shape([(1, 1), (2.6, 1), (2.6, 2.6), (1, 2.6)], fill=COLOURS[family])
    return _tile("dots", family, "5", dot)


def _rules(family: Family) -> Markup:
    return _tile("rules", family, "4", line(0, 2, 4, 2, COLOURS[family], stroke_width="1"))
