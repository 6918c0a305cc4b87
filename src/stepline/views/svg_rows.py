"""The rows of markers: what happened, what was found, what is warned of."""

from __future__ import annotations

from stepline.views.fonts import shortened, wrapped
from stepline.views.markup import Markup, join
from stepline.views.scene import Marker, Row, Shape
from stepline.views.svg_frame import (
    BAD,
    BLUE,
    GOOD,
    HEAD,
    LABELS,
    QUIET,
    SIZE,
    Frame,
    Shelf,
    element_circle,
    group,
    line,
    mark,
    shape,
    width,
    words,
)

LEVEL = 19.0
_MOST_LEVELS = 14
_WIDEST = 560.0
_COLOURS = {
    Shape.GOOD: GOOD,
    Shape.BAD: BAD,
    Shape.NEUTRAL: QUIET,
    Shape.ALERT: "#A3123A",
    Shape.ASK: BLUE,
}


def draw_row(row: Row, frame: Frame, top: float) -> tuple[Markup, float]:
    """A row and its height."""
    shelf = Shelf(gap=10.0)
    drawn = [_marker(marker, frame, top, shelf) for marker in row.markers]
    titles = wrapped(row.title, LABELS - 16, HEAD, 2)
    caption = [
        words(title, 0, top + 14 + n * 15, size=HEAD, weight="500")
        for n, title in enumerate(titles)
    ]
    height = max(len(shelf.rows) * LEVEL, len(titles) * 15 + 4) + 8
    rule = line(frame.left, top, frame.right, top, "#c3ccd4", stroke_width="0.7")
    return group("row", rule, *caption, *drawn), height


def _marker(marker: Marker, frame: Frame, top: float, shelf: Shelf) -> Markup:
    start, end = _reach(marker, frame)
    level, said, x = _placed(marker.label, start, end, frame, shelf)
    y = top + 10 + level * LEVEL
    colour = _COLOURS[marker.shape]
    parts = [_span(marker, start, end, y, frame), _symbol(marker, max(start, end), y, colour)]
    if said:
        parts.append(words(said, x, y + 4))
    return mark(f"marker {marker.shape.value}", marker.telling, *parts)


def _reach(marker: Marker, frame: Frame) -> tuple[float, float]:
    """From where to where a marker is drawn, its bounds with it."""
    if marker.span.before_only:
        x = frame.left + 10
        return x, x
    start, end = frame.reach(marker.span)
    if marker.span.earliest is not None:
        start = min(start, frame.x(marker.span.earliest))
    return start, end


def _placed(
    label: str, start: float, end: float, frame: Frame, shelf: Shelf
) -> tuple[int, str, float]:
    """The level, the label and where it begins: right of the marker, else left of it."""
    free = max(frame.right - end, start - frame.left) - 12
    said = shortened(label, min(_WIDEST, free), SIZE)
    room = width(said)
    crosses = end + 10 < frame.now < end + 10 + room and start - 10 - room >= frame.left
    if end + 10 + room <= frame.right and not crosses:
        x, taken = end + 10, (start - 6, end + 10 + room)
    else:
        x = start - 10 - room
        taken = (x, end + 6)
    level = shelf.place(*taken, most=_MOST_LEVELS)
    if level is None:
        return _MOST_LEVELS - 1, "", x
    return level, said, x


def _span(marker: Marker, start: float, end: float, y: float, frame: Frame) -> Markup:
    """How long it lasted, and dashed how early it may have been."""
    if end - start < 1:
        return Markup("")
    colour = _COLOURS[marker.shape]
    begin = end if marker.span.end == marker.span.start else frame.reach(marker.span)[0]
    dashed = {"stroke_width": "1.4", "stroke_dasharray": "2 3"}
    bound = line(start, y, begin, y, colour, **dashed) if begin > start else Markup("")
    cap = line(start, y - 4, start, y + 4, colour, stroke_width="1.4")
    lasted = (
        line(begin, y, end, y, colour, stroke_width="3", stroke_opacity="0.55")
        if end > begin
        else Markup("")
    )
    return join(bound, cap, lasted)


def _symbol(marker: Marker, x: float, y: float, colour: str) -> Markup:
    """Round is good, a triangle downwards is bad, a triangle upwards warns, hollow asks."""
    hollow = not marker.span.start_exact or marker.shape is Shape.ASK
    look = {"fill": "#ffffff" if hollow else colour, "stroke": colour, "stroke_width": "1.6"}
    if marker.shape is Shape.BAD:
        return shape([(x - 5, y - 4), (x + 5, y - 4), (x, y + 5)], **look)
    if marker.shape in (Shape.ALERT, Shape.ASK):
        return shape([(x - 5.5, y + 4.5), (x + 5.5, y + 4.5), (x, y - 5.5)], **look)
    if marker.shape is Shape.NEUTRAL:
        return shape([(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)], **look)
    return element_circle(x, y, 4.2, **look)
