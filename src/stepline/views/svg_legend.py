"""The key of a figure, of what occurs in it, and the notes on what is not drawn as it is."""

from __future__ import annotations

from collections.abc import Callable

from stepline.views.fonts import wrapped
from stepline.views.markup import Markup, join
from stepline.views.scene import Family, Scene, Shape
from stepline.views.svg_curve import FORESEEN, diamond
from stepline.views.svg_frame import (
    BAD,
    BLUE,
    COLOURS,
    GOOD,
    INK,
    QUIET,
    SMALL,
    Frame,
    box,
    element_circle,
    group,
    line,
    shape,
    width,
    words,
)

_ROW = 19.0
_SIGN = 26.0

Sign = Callable[[float, float], Markup]


def draw_legend(scene: Scene, frame: Frame, top: float) -> tuple[Markup, float]:
    """The key and the notes, and where they end."""
    x, y = 0.0, top + 14
    drawn = []
    for said, sign in _entries(scene):
        room = _SIGN + width(said, SMALL) + 18
        if x + room > frame.right and x > 0:
            x, y = 0.0, y + _ROW
        drawn += [sign(x, y - 4), words(said, x + _SIGN, y, size=SMALL, fill=QUIET)]
        x += room
    for note in scene.notes:
        for each in wrapped(note, frame.right, SMALL, 3):
            y += _ROW - 3
            drawn.append(words(each, 0, y, size=SMALL, fill=INK))
    return group("legend", *drawn), y + 8


def _entries(scene: Scene) -> list[tuple[str, Sign]]:
    """What needs a key in this figure, and its sign."""
    return [*_of_lanes(scene), *_of_panels(scene), *_of_rows(scene)]


def _of_lanes(scene: Scene) -> list[tuple[str, Sign]]:
    bars = [bar for lane in scene.lanes for bar in lane.bars]
    family = scene.lanes[0].family if scene.lanes else Family.OTHER
    found: list[tuple[str, Sign]] = []
    if any(bar.height is not None and not bar.unknown for bar in bars):
        found.append(("height: dose or intensity", _filled))
    if any(bar.unknown for bar in bars):
        found.append(("hatched: dose or steps not known", _hatched(family)))
    if any(dose.given for lane in scene.lanes for dose in lane.doses):
        found.append(("one dose", _tick))
    if any(dose.unknown and dose.given for lane in scene.lanes for dose in lane.doses):
        found.append(("one dose, amount not known", _hollow_tick))
    if any(not dose.given for lane in scene.lanes for dose in lane.doses):
        found.append(("dose not given", _cross))
    if any(not b.span.start_exact or not b.span.end_exact for b in bars):
        found.append(("fading: time not exact", _fading))
    if any(bar.span.earliest for bar in bars):
        found.append(("dashed: began somewhere here", _dashed))
    if any(bar.span.end is None for bar in bars):
        found.append(("goes on", _arrow))
    if any(step.met_says for step in scene.steps):
        found.append(("exit of a step first met", _diamond))
    return found


def _of_panels(scene: Scene) -> list[tuple[str, Sign]]:
    points = [point for panel in scene.panels for point in panel.points]
    found = _of_curves(scene)
    if any(point.raised for point in points):
        found.append(("raised, as the source says", _raised))
    if any(point.value is not None and not point.raised for point in points):
        found.append(("measured", _measured))
    if any(point.count > 1 for point in points):
        found.append(("range of several values", _range))
    return found


def _of_curves(scene: Scene) -> list[tuple[str, Sign]]:
    curves = [panel.curve for panel in scene.panels if panel.curve]
    found: list[tuple[str, Sign]] = []
    if any(curve.low for curve in curves):
        found.append(("forecast, and where 90 % lie", _foreseen))
    if any(not curve.low for curve in curves):
        found.append(("forecast of a typical person, no band known", _line_alone))
    if any(curve.times[-1] > scene.axis.as_of for curve in curves):
        found.append(("dashed: yet to come", _to_come))
    if any(curve.expected for curve in curves):
        found.append(("next trough, expected", _next))
    return found


def _of_rows(scene: Scene) -> list[tuple[str, Sign]]:
    markers = [marker for row in scene.rows for marker in row.markers]
    shapes = {marker.shape for marker in markers}
    found: list[tuple[str, Sign]] = []
    if Shape.GOOD in shapes:
        found.append(("welcome", _good))
    if Shape.BAD in shapes:
        found.append(("unwelcome", _bad))
    if Shape.ALERT in shapes:
        found.append(("alert that holds", _alert))
    if Shape.ASK in shapes:
        found.append(("alert that cannot be excluded", _ask))
    hollow = [m for m in markers if not m.span.start_exact and m.shape is not Shape.ASK]
    if hollow or any(not p.exact for panel in scene.panels for p in panel.points):
        found.append(("hollow: moment not exact", _hollow))
    return found


# ---------------------------------------------------------------- signs


def _filled(x: float, y: float) -> Markup:
    return box(x + 2, y - 6, 18, 11, fill=COLOURS[Family.IMMUNOMODULATION], fill_opacity="0.5")


def _hatched(family: Family) -> Sign:
    def sign(x: float, y: float) -> Markup:
        look = {"fill": f"url(#hatch-{family.value})", "stroke": COLOURS[family]}
        return box(x + 2, y - 6, 18, 11, **look, stroke_dasharray="3 2")

    return sign


def _tick(x: float, y: float) -> Markup:
    return line(x + 11, y - 5, x + 11, y + 4, COLOURS[Family.IMMUNOMODULATION], stroke_width="1.8")


def _hollow_tick(x: float, y: float) -> Markup:
    hollow = {"fill": "#ffffff", "stroke": COLOURS[Family.IMMUNOMODULATION], "stroke_width": "1"}
    return box(x + 9.5, y - 4, 3, 8, **hollow)


def _cross(x: float, y: float) -> Markup:
    return join(
        line(x + 8, y - 3, x + 14, y + 3, INK, stroke_width="1.2"),
        line(x + 8, y + 3, x + 14, y - 3, INK, stroke_width="1.2"),
    )


def _fading(x: float, y: float) -> Markup:
    return join(_filled(x, y), box(x + 9, y - 7, 12, 13, fill="url(#fade-out)"))


def _dashed(x: float, y: float) -> Markup:
    look = {"stroke_width": "1.4", "stroke_dasharray": "2 3"}
    cap = line(x + 2, y - 4, x + 2, y + 4, QUIET, stroke_width="1.4")
    return join(cap, line(x + 2, y, x + 20, y, QUIET, **look))


def _arrow(x: float, y: float) -> Markup:
    tip = shape([(x + 12, y - 5), (x + 21, y), (x + 12, y + 5)], fill=QUIET)
    return join(line(x + 2, y, x + 13, y, QUIET, stroke_width="2"), tip)


def _diamond(x: float, y: float) -> Markup:
    corners = [(x + 11, y - 6), (x + 16, y), (x + 11, y + 6), (x + 6, y)]
    return shape(corners, fill="#ffffff", stroke=BAD, stroke_width="1.6")


def _raised(x: float, y: float) -> Markup:
    return shape([(x + 11, y - 5), (x + 16, y + 4), (x + 6, y + 4)], fill=BAD)


def _foreseen(x: float, y: float) -> Markup:
    band = box(x + 2, y - 6, 20, 11, fill=FORESEEN, fill_opacity="0.16")
    return join(band, _line_alone(x, y))


def _line_alone(x: float, y: float) -> Markup:
    return line(x + 2, y, x + 22, y, FORESEEN, stroke_width="1.6")


def _to_come(x: float, y: float) -> Markup:
    return line(x + 2, y, x + 22, y, FORESEEN, stroke_width="1.6", stroke_dasharray="4 3")


def _next(x: float, y: float) -> Markup:
    return join(line(x + 11, y - 7, x + 11, y + 7, FORESEEN), diamond(x + 11, y))


def _measured(x: float, y: float) -> Markup:
    return element_circle(x + 11, y, 3.6, fill=BLUE)


def _range(x: float, y: float) -> Markup:
    return line(x + 11, y - 6, x + 11, y + 6, BLUE, stroke_width="3")


def _good(x: float, y: float) -> Markup:
    return element_circle(x + 11, y, 4.2, fill=GOOD)


def _bad(x: float, y: float) -> Markup:
    return shape([(x + 6, y - 4), (x + 16, y - 4), (x + 11, y + 5)], fill=BAD)


def _alert(x: float, y: float) -> Markup:
    return shape([(x + 5.5, y + 4.5), (x + 16.5, y + 4.5), (x + 11, y - 5.5)], fill="#A3123A")


def _ask(x: float, y: float) -> Markup:
    corners = [(x + 5.5, y + 4.5), (x + 16.5, y + 4.5), (x + 11, y - 5.5)]
    return shape(corners, fill="#ffffff", stroke=BLUE, stroke_width="1.6")


def _hollow(x: float, y: float) -> Markup:
    return element_circle(x + 11, y, 4.2, fill="#ffffff", stroke=QUIET, stroke_width="1.6")
