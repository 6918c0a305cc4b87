"""The rows of markers: what happened, what was found, what is warned of."""

from __future__ import annotations

from dataclasses import dataclass

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
    box,
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
    place = _placed(marker.label, start, end, frame, shelf)
    y = top + 10 + place.level * LEVEL
    colour = _COLOURS[marker.shape]
    at = start if _lasted(marker) else end
    parts = [_span(marker, start, end, y, frame), _arrow(marker, end, y, frame)]
    if place.within:
        parts.append(box(place.x - 4, y - 8, width(place.said) + 8, 16, fill="#ffffff"))
    if place.said:
        parts.append(words(place.said, place.x, y + 4))
    parts.append(_symbol(marker, at, y, colour))
    return mark(f"marker {marker.shape.value}", marker.telling, *parts)


def _lasted(marker: Marker) -> bool:
    """Whether it is a stretch of time and not a moment, be it one that is only bounded."""
    span = marker.span
    return not span.before_only and (span.end is None or span.end != span.start)


def _reach(marker: Marker, frame: Frame) -> tuple[float, float]:
    """From where to where a marker is drawn, its bounds with it."""
    if marker.span.before_only:
        x = frame.left + 10
        return x, x
    start, end = frame.reach(marker.span)
    if marker.span.start is None:
        start = frame.left + 10
    if marker.span.earliest is not None:
        start = min(start, frame.x(marker.span.earliest))
    return start, max(start, end)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a label stands; `within` says that it interrupts the line of its marker."""

    level: int
    said: str
    x: float
    within: bool = False


def _placed(label: str, start: float, end: float, frame: Frame, shelf: Shelf) -> _Place:
    """Right of the marker, else left of it, else on its line, else shortened where most fits."""
    said = shortened(label, _WIDEST, SIZE)
    room = width(said)
    right, left = end + 10, start - 10 - room
    crosses = right < frame.now < right + room
    if right + room <= frame.right and not (crosses and left >= frame.left):
        return _levelled(said, right, (start - 6, right + room), shelf)
    if left >= frame.left:
        return _levelled(said, left, (left, end + 6), shelf)
    if end - start >= room + 40:
        return _levelled(said, start + 16, (start - 6, end + 24), shelf, within=True)
    return _cut(label, start, end, frame, shelf)


def _cut(label: str, start: float, end: float, frame: Frame, shelf: Shelf) -> _Place:
    before, after = start - 10 - frame.left, frame.right - end - 10
    said = shortened(label, max(before, after), SIZE)
    if after >= before:
        return _levelled(said, end + 10, (start - 6, end + 10 + width(said)), shelf)
    x = start - 10 - width(said)
    return _levelled(said, x, (x, end + 6), shelf)


def _levelled(
    said: str, x: float, taken: tuple[float, float], shelf: Shelf, *, within: bool = False
) -> _Place:
    level = shelf.place(*taken, most=_MOST_LEVELS)
    return _Place(_MOST_LEVELS - 1, "", x) if level is None else _Place(level, said, x, within)


def _span(marker: Marker, start: float, end: float, y: float, frame: Frame) -> Markup:
    """How long it lasted, and dashed how early it may have been."""
    if end - start < 1:
        return Markup("")
    colour = _COLOURS[marker.shape]
    begin = frame.reach(marker.span)[0] if _lasted(marker) else end
    begin = max(start, begin)
    dashed = {"stroke_width": "1.4", "stroke_dasharray": "2 3"}
    bound = line(start, y, begin, y, colour, **dashed) if begin > start else Markup("")
    cap = line(start, y - 4, start, y + 4, colour, stroke_width="1.4")
    lasted = (
        line(begin, y, end, y, colour, stroke_width="3", stroke_opacity="0.55")
        if end > begin
        else Markup("")
    )
    closing = line(end, y - 4, end, y + 4, colour, stroke_width="1.4")
    return join(bound, cap, lasted, closing if marker.span.end is not None else Markup(""))


def _arrow(marker: Marker, end: float, y: float, frame: Frame) -> Markup:
    """It goes on beyond the moment of the review."""
    if marker.span.end is not None or marker.span.before_only or end + 12 > frame.right:
        return Markup("")
    tip = [(end, y - 5), (end + 9, y), (end, y + 5)]
    return group("arrow", shape(tip, fill=_COLOURS[marker.shape]))


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
