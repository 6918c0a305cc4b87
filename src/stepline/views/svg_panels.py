"""The panels: numbers as points, words as words, the upper limit of normal where it is stated."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from stepline.views.fonts import wrapped
from stepline.views.markup import Markup, join
from stepline.views.scene import Panel, Point, Word
from stepline.views.svg_curve import FORESEEN, diamond, draw_curve
from stepline.views.svg_frame import (
    BAD,
    BLUE,
    GOOD,
    GRID,
    HEAD,
    INK,
    LABELS,
    MARGIN,
    QUIET,
    SMALL,
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

PLOT = 72.0
FORESEEN_PLOT = 104.0
_NO_PLOT = 14.0
_WORDS = 20.0

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class _Ground:
    """One panel on the page: its scale and the room that labels have taken."""

    panel: Panel
    frame: Frame
    base: float
    plot: float = PLOT
    taken: list[Box] = field(default_factory=list)

    def y(self, value: float) -> float:
        top = self.panel.ticks[-1][0] if self.panel.ticks else 1.0
        return self.base - self.plot * min(1.0, max(0.0, value / top))

    def free(self, wanted: Box) -> bool:
        a, b, c, d = wanted
        inside = a >= self.frame.left and c <= self.frame.right
        return inside and all(c <= e or g <= a or d <= f or h <= b for e, f, g, h in self.taken)


def draw_panel(panel: Panel, frame: Frame, top: float) -> tuple[Markup, float]:
    """A panel and its height."""
    plot = FORESEEN_PLOT if panel.curve else PLOT if panel.ticks else _NO_PLOT
    ground = _Ground(panel, frame, top + plot + 12, plot if panel.ticks else PLOT)
    ground.taken.append((frame.now - 0.5, top, frame.now + 0.5, ground.base))
    has_words = any(word.high is None for word in panel.words)
    drawn = [
        _caption(panel, top),
        *_scale(ground),
        _limit(ground),
        *_curve(ground),
        *_joins(ground),
        *_expected(ground),
        *_points(ground),
        *_words(ground),
    ]
    if has_words:
        y = ground.base + 15
        drawn.append(words("word only", frame.left - 6, y, size=SMALL, fill=QUIET, anchor="end"))
    return group("panel", *drawn), plot + 24 + (_WORDS if has_words else 0)


def _caption(panel: Panel, top: float) -> Markup:
    titles = wrapped(panel.title, LABELS - 50, HEAD, 2)
    drawn = [
        words(title, 0, top + 18 + n * 15, size=HEAD, weight="500")
        for n, title in enumerate(titles)
    ]
    y = top + 18 + len(titles) * 15
    unit = panel.unit or "no unit stated" if panel.ticks else "no number stated"
    drawn.append(words(unit, 0, y, size=SMALL, fill=QUIET))
    return join(*drawn)


def _scale(ground: _Ground) -> list[Markup]:
    drawn = []
    for value, label in ground.panel.ticks:
        y = ground.y(value)
        stroke = "#c3ccd4" if value == 0 else GRID
        drawn.append(line(ground.frame.left, y, ground.frame.right, y, stroke, stroke_width="0.7"))
        x = ground.frame.left - 6
        drawn.append(words(label, x, y + 4, size=SMALL, fill=QUIET, anchor="end"))
    return drawn


def _limit(ground: _Ground) -> Markup:
    """The range up to the upper limit of normal, where the source states the limit."""
    limit = ground.panel.upper_limit
    if limit is None:
        return Markup("")
    frame, y = ground.frame, ground.y(limit)
    said = ground.panel.upper_limit_label
    x = min(frame.now + 4, frame.right - width(said, SMALL))
    ground.taken.append((x - 2, y - 13, frame.right, y + 1))
    ground.taken.append((frame.left, y - 0.5, frame.right, y + 0.5))
    wide = frame.right - frame.left
    return group(
        "limit",
        box(frame.left, y, wide, ground.base - y, fill=GOOD, fill_opacity="0.07"),
        line(frame.left, y, frame.right, y, GOOD, stroke_width="1", stroke_dasharray="6 3"),
        words(said, x, y - 3, size=SMALL, fill=GOOD),
    )


# ---------------------------------------------------------------- points


def _place(mark: Point | Word, ground: _Ground, among: tuple[Point | Word, ...]) -> float:
    if mark.time is not None:
        return ground.frame.x(mark.time)
    before = [one for one in among if one.time is None]
    return ground.frame.slot(before.index(mark), len(before))


def _joins(ground: _Ground) -> list[Markup]:
    drawn = []
    before: Point | None = None
    for point in ground.panel.points:
        if before is not None and point.joined and before.time is not None:
            drawn.append(_join(before, point, ground))
        before = point
    return drawn


def _join(before: Point, point: Point, ground: _Ground) -> Markup:
    if before.value is None or point.value is None or before.time is None or point.time is None:
        return Markup("")
    x1, x2 = ground.frame.x(before.time), ground.frame.x(point.time)
    y1, y2 = ground.y(before.value), ground.y(point.value)
    if point.label:
        ground.taken += _along(x1, y1, x2, y2)
    return line(x1, y1, x2, y2, BLUE, stroke_width="1.2", class_="joint")


def _along(x1: float, y1: float, x2: float, y2: float) -> list[Box]:
    """The room that a line takes, so that no number is written across it."""
    count = max(1, int(max(abs(x2 - x1), abs(y2 - y1)) / 4))
    parts = (n / count for n in range(count + 1))
    places = ((x1 + (x2 - x1) * part, y1 + (y2 - y1) * part) for part in parts)
    return [(x - 0.5, y - 0.5, x + 0.5, y + 0.5) for x, y in places]


def _curve(ground: _Ground) -> list[Markup]:
    """What is foreseen, and the room of its line, so that no number is written across it."""
    curve, frame = ground.panel.curve, ground.frame
    if curve is None:
        return []
    places = [(frame.x(t), ground.y(v)) for t, v in zip(curve.times, curve.line, strict=True)]
    for (x1, y1), (x2, y2) in pairwise(places):
        ground.taken += _along(x1, y1, x2, y2)
    return [*draw_curve(ground.panel, frame, ground.y)]


def _expected(ground: _Ground) -> list[Markup]:
    """Where the forecast ends: the value right before the next dose, and its stretch."""
    curve = ground.panel.curve
    if curve is None or curve.expected is None or curve.expected.time is None:
        return []
    one, x = curve.expected, ground.frame.x(curve.expected.time)
    assert one.value is not None
    y = ground.y(one.value)
    parts = []
    if one.low is not None and one.high is not None:
        low, high = ground.y(one.low), ground.y(one.high)
        parts = [line(x, low, x, high, FORESEEN, stroke_width="1.4")]
    parts.append(diamond(x, y))
    ground.taken.append((x - 5, y - 5, x + 5, y + 5))
    return [mark("point expected", one.telling, *parts, *_label(one.label, x, y, ground))]


def _points(ground: _Ground) -> list[Markup]:
    points = ground.panel.points
    places = [_place(point, ground, points) for point in points]
    for point, x in zip(points, places, strict=True):
        if point.value is not None and point.label:
            y = ground.y(point.value)
            ground.taken.append((x - 5, y - 5, x + 5, y + 5))
    return [_point(point, x, ground) for point, x in zip(points, places, strict=True)]


def _point(point: Point, x: float, ground: _Ground) -> Markup:
    if point.value is None:
        return _stretch(point, x, ground)
    y = ground.y(point.value)
    colour = BAD if point.raised else BLUE
    look = {"fill": colour if point.exact else "#ffffff", "stroke": colour, "stroke_width": "1.6"}
    drawn = (
        shape([(x, y - 5), (x + 5, y + 4), (x - 5, y + 4)], **look)
        if point.raised
        else element_circle(x, y, 3.6, **look)
    )
    whisker = _whisker(point, y, ground, colour)
    return mark(
        "point",
        point.telling,
        whisker,
        drawn,
        *_label(point.label, x, y, ground, above=True),
    )


def _whisker(point: Point, y: float, ground: _Ground, colour: str) -> Markup:
    """A value before the axis can lie anywhere in the margin."""
    if point.time is not None:
        return Markup("")
    left = ground.frame.left
    return line(left + 2, y, left + MARGIN - 8, y, colour, stroke_width="1", stroke_dasharray="2 3")


def _stretch(point: Point, x: float, ground: _Ground) -> Markup:
    """From the least to the most that a value, or one of several values, can be."""
    top = ground.panel.ticks[-1][0] if ground.panel.ticks else 1.0
    low = ground.y(point.low if point.low is not None else 0.0)
    high = ground.y(point.high if point.high is not None else top)
    rough = {"stroke_dasharray": "3 2"} if point.count == 1 else {}
    colour = BAD if point.raised else BLUE
    drawn = line(x, low + 1, x, high - 1, colour, stroke_width="3", **rough)
    name = "point several" if point.count > 1 else "point bounded"
    return mark(name, point.telling, drawn, *_label(point.label, x, high, ground))


def _label(label: str, x: float, y: float, ground: _Ground, *, above: bool = False) -> list[Markup]:
    """Beside its point where it is free, else around it, else only on pointing."""
    if not label:
        return []
    room = width(label)
    middle = max(x - room / 2, ground.frame.left + 2)
    beside = [(x + 8, y + 4), (x - room - 8, y + 4)]
    over = [(middle, y - 8), (middle, y + 17)]
    for left, base in over + beside if above else beside[:1] + over + beside[1:]:
        wanted = (left - 2, base - 11, left + room + 2, base + 3)
        if ground.free(wanted) and base <= ground.base - 2:
            ground.taken.append(wanted)
            return [words(label, left, base)]
    return []


# ---------------------------------------------------------------- words


def _words(ground: _Ground) -> list[Markup]:
    shelf = Shelf(gap=3.0)
    every = ground.panel.words
    return [_word(word, _place(word, ground, every), ground, shelf) for word in every]


def _word(word: Word, x: float, ground: _Ground, shelf: Shelf) -> Markup:
    colour = GOOD if word.label == "normal" else BAD
    rough = {} if word.exact else {"stroke_dasharray": "3 2"}
    if word.high is not None:
        return _band(word, x, ground, colour)
    room = width(word.label, SMALL) + 12
    start = min(max(x - room / 2, ground.frame.left), ground.frame.right - room)
    if shelf.place(start, start + room, most=1) is None:
        start, room = x - 3, 6.0
    y = ground.base + 3
    look = {"fill": "#ffffff", "stroke": colour, "stroke_width": "1.3", "rx": "6", **rough}
    parts = [
        line(x, ground.base, x, y, colour, stroke_width="1.3"),
        box(start, y, room, _WORDS - 4, **look),
    ]
    if room > 6:
        parts.append(words(word.label, start + 6, y + 12, size=SMALL, fill=INK))
    return mark("band", word.telling, *parts)


def _band(word: Word, x: float, ground: _Ground, colour: str) -> Markup:
    """A "normal" between zero and the limit that the source states: a stretch, not a value."""
    high = ground.y(word.high or 0.0)
    look = {"fill": colour, "fill_opacity": "0.35", "stroke": colour}
    drawn = box(x - 4, high, 8, ground.base - high, rx="2", **look)
    middle = (high + ground.base) / 2
    return mark("band", word.telling, drawn, *_label(word.label, x, middle, ground))
