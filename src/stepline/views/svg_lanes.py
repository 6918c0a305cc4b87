"""The lanes: bars as high as the treatment was intense, a tick a dose, hatched where unknown."""

from __future__ import annotations

from stepline.views.fonts import wrapped
from stepline.views.markup import Markup, join
from stepline.views.scene import Bar, Dose, Family, Lane, Stop
from stepline.views.svg_frame import (
    COLOURS,
    GRID,
    HEAD,
    INK,
    LABELS,
    QUIET,
    SMALL,
    Frame,
    Shelf,
    box,
    group,
    line,
    mark,
    shape,
    width,
    words,
)

BARS = 32.0
TICKS = 9.0
_ROW = 15.0
_TEXTURED = {Family.REPLACEMENT: "dots", Family.B_CELL: "rules"}
_MOST_ROWS = 2
_LEAST_HEIGHT = 2.0


def draw_lane(lane: Lane, frame: Frame, top: float) -> tuple[Markup, float]:
    """A lane and its height."""
    labels, rows = _labels(lane, frame)
    base = top + max(rows, 1) * _ROW + 3 + BARS
    family = lane.family.value
    drawn = [
        _caption(lane, frame, top, base),
        *(_bar(bar, lane, frame, base, labels.get(n)) for n, bar in enumerate(lane.bars)),
        *_doses(lane, frame, base),
        *_stops(lane, frame, base, labels),
    ]
    return group(f"lane {family}", *drawn), base + TICKS + 5 - top


def _caption(lane: Lane, frame: Frame, top: float, base: float) -> Markup:
    titles = wrapped(lane.title, LABELS - 50, HEAD, 2)
    drawn = [
        words(title, 0, top + 14 + n * 15, size=HEAD, weight="500")
        for n, title in enumerate(titles)
    ]
    unit = wrapped(lane.unit, LABELS - 50, SMALL, 1)
    y = top + 14 + len(titles) * 15
    drawn += [words(said, 0, y, size=SMALL, fill=QUIET) for said in unit]
    if lane.top:
        drawn += _scale(lane, frame, base)
    drawn.append(line(frame.left, base, frame.right, base, "#c3ccd4", stroke_width="0.8"))
    return join(*drawn)


def _scale(lane: Lane, frame: Frame, base: float) -> list[Markup]:
    x = frame.left - 6
    return [
        line(frame.left, base - BARS, frame.end, base - BARS, GRID, stroke_width="0.6"),
        words(lane.top, x, base - BARS + 6, size=SMALL, fill=QUIET, anchor="end"),
        words("0", x, base + 3, size=SMALL, fill=QUIET, anchor="end"),
    ]


# ---------------------------------------------------------------- labels

Label = tuple[tuple[str, ...], float, int]
"""Lines from top to bottom, where they begin, and the row of the lowest."""


def _labels(lane: Lane, frame: Frame) -> tuple[dict[int, Label], int]:
    """For each bar (and, after them, each stop) its label, where it begins and on which row."""
    shelf = Shelf()
    wanted = [(_start(bar, frame), n, bar.label) for n, bar in enumerate(lane.bars) if bar.label]
    starts = sorted(x for x, _, _ in wanted)
    placed: dict[int, Label] = {}
    for x, n, label in sorted(wanted, key=lambda one: (one[0], one[1])):
        after = next((s for s in starts if s > x + 1), frame.right + shelf.gap)
        inside = frame.reach(lane.bars[n].span)[1]
        found = _placed(label, x, (inside, after - shelf.gap), frame, shelf)
        if found:
            placed[n] = found
    for n, stop in enumerate(lane.stops):
        x = frame.zero - 6 if stop.time is None else frame.x(stop.time)
        found = _moved((stop.label,), x + 8, frame, shelf)
        if found:
            placed[len(lane.bars) + n] = found
    return placed, len(shelf.rows)


def _start(bar: Bar, frame: Frame) -> float:
    start, _ = frame.reach(bar.span)
    return min(start, frame.x(bar.span.earliest)) if bar.span.earliest else start


def _forms(label: str) -> list[tuple[str, ...]]:
    """The label in one line or two, and what may be left off without losing a unit."""
    forms: list[tuple[str, ...]] = [(label,)]
    for joint in (" every ", ", "):
        first, found, second = label.partition(joint)
        if found:
            forms.append((first, f"{joint}{second}".strip(" ,")))
    brief = label.partition(",")[0], label.partition(" every ")[0]
    return list(dict.fromkeys([*forms, *((form,) for form in brief)]))


def _room(form: tuple[str, ...]) -> float:
    return max(width(said) for said in form)


def _placed(
    label: str, x: float, ends: tuple[float, float], frame: Frame, shelf: Shelf
) -> Label | None:
    """The whole label above its bar, else up to the next bar; else moved; else a part of it."""
    whole = [form for form in _forms(label) if len("".join(form)) > len(label) - 8]
    for until in ends:
        for form in whole:
            if x + _room(form) <= until and _taken(form, x, 0, shelf):
                return form, x, 0
    for form in [*sorted(whole, key=_room), *_forms(label)]:
        found = _moved(form, x, frame, shelf)
        if found:
            return found
    return None


def _moved(form: tuple[str, ...], x: float, frame: Frame, shelf: Shelf) -> Label | None:
    start = min(x, frame.right - _room(form))
    if start < frame.left:
        return None
    for row in range(_MOST_ROWS + 1 - len(form)):
        if _taken(form, start, row, shelf):
            return form, start, row
    return None


def _taken(form: tuple[str, ...], x: float, row: int, shelf: Shelf) -> bool:
    """Takes the rows of a form where all of them are free."""
    rows = range(row, row + len(form))
    if not all(shelf.fits(each, x, x + _room(form)) for each in rows):
        return False
    for each in rows:
        shelf.take(each, x, x + _room(form))
    return True


def _written(label: Label | None, base: float, fill: str = INK) -> list[Markup]:
    if label is None:
        return []
    form, x, row = label
    lowest = base - BARS - 6 - row * _ROW
    return [words(said, x, lowest - n * _ROW, fill=fill) for n, said in enumerate(reversed(form))]


# ---------------------------------------------------------------- bars


def _bar(bar: Bar, lane: Lane, frame: Frame, base: float, label: Label | None) -> Markup:
    start, end = frame.reach(bar.span)
    if not bar.span.end_exact and end - start < 12 and bar.span.end is not None:
        end = min(start + 14, frame.right)
    end = max(end, start + 3)
    parts = [
        _bound(bar, lane, frame, base),
        _body(bar, lane, start, end, base),
        _arrow(bar, lane, end, base),
        _number(bar, start, end, base),
        *_written(label, base),
    ]
    return mark("bar unknown" if bar.unknown else "bar", bar.telling, *parts)


def _height(bar: Bar) -> float:
    if bar.height is not None:
        return max(_LEAST_HEIGHT, bar.height * BARS)
    return BARS * 0.6 if bar.unknown else BARS * 0.42


def _fill(bar: Bar, lane: Lane) -> dict[str, str]:
    family = lane.family.value
    if bar.unknown:
        return {"fill": f"url(#hatch-{family})"}
    colour = COLOURS[lane.family]
    return {"fill": colour, "fill_opacity": "0.16" if bar.plain else "0.5"}


def _body(bar: Bar, lane: Lane, start: float, end: float, base: float) -> Markup:
    left = _height(bar)
    right = left if bar.height_end is None else max(_LEAST_HEIGHT, bar.height_end * BARS)
    corners = [(start, base - left), (end, base - right), (end, base), (start, base)]
    colour = COLOURS[lane.family]
    parts = [shape(corners, **_fill(bar, lane))]
    if lane.family in _TEXTURED and not bar.unknown and not bar.plain:
        parts.append(shape(corners, fill=f"url(#{_TEXTURED[lane.family]}-{lane.family.value})"))
    rough = {"stroke_dasharray": "3 2"} if bar.unknown else {}
    parts.append(line(start, base - left, end, base - right, colour, stroke_width="1.6", **rough))
    parts.append(_edge(start, base - left, base, colour, exact=bar.span.start_exact))
    if bar.span.end is not None:
        parts.append(_edge(end, base - right, base, colour, exact=bar.span.end_exact))
    if bar.plain:
        return join(*parts[:2])
    return join(*parts, *_fades(bar, start, end, base - max(left, right), base))


def _edge(x: float, top: float, base: float, colour: str, *, exact: bool) -> Markup:
    if not exact:
        return Markup("")
    return line(x, top, x, base, colour, stroke_width="1.6")


def _fades(bar: Bar, start: float, end: float, top: float, base: float) -> list[Markup]:
    """White that thickens towards an end that is not exact."""
    room = min(18.0, (end - start) * 0.45)
    fades = []
    if not bar.span.start_exact:
        fades.append(box(start - 1, top - 2, room, base - top + 1.5, fill="url(#fade-in)"))
    if not bar.span.end_exact and bar.span.end is not None:
        fades.append(box(end - room + 1, top - 2, room, base - top + 1.5, fill="url(#fade-out)"))
    return fades


def _bound(bar: Bar, lane: Lane, frame: Frame, base: float) -> Markup:
    """From the earliest moment at which it can have begun."""
    if bar.span.earliest is None:
        return Markup("")
    x, start = frame.x(bar.span.earliest), frame.reach(bar.span)[0]
    y, colour = base - _height(bar) / 2, COLOURS[lane.family]
    dashed = {"stroke_width": "1.4", "stroke_dasharray": "2 3"}
    return join(
        line(x, y, start, y, colour, **dashed), line(x, y - 4, x, y + 4, colour, stroke_width="1.4")
    )


def _arrow(bar: Bar, lane: Lane, end: float, base: float) -> Markup:
    """It goes on beyond the moment of the review."""
    if bar.span.end is not None:
        return Markup("")
    y, colour = base - max(_height(bar) / 2, 5), COLOURS[lane.family]
    tip = [(end + 14, y - 5), (end + 23, y), (end + 14, y + 5)]
    shaft = line(end, y, end + 15, y, colour, stroke_width="2")
    return group("arrow", shaft, shape(tip, fill=colour))


def _number(bar: Bar, start: float, end: float, base: float) -> Markup:
    fits = bar.number and end - start >= width(bar.number, SMALL) + 8
    if not fits or bar.unknown:
        return Markup("")
    inside = _height(bar) >= 14
    y = base - _height(bar) / 2 + 4 if inside else base - _height(bar) - 4
    return words(bar.number, (start + end) / 2, y, size=SMALL, anchor="middle")


# ---------------------------------------------------------------- doses and stops


def _doses(lane: Lane, frame: Frame, base: float) -> list[Markup]:
    before = [dose for dose in lane.doses if dose.time is None]
    colour = COLOURS[lane.family]
    drawn = []
    for dose in lane.doses:
        x = frame.slot(before.index(dose), len(before)) if dose.time is None else frame.x(dose.time)
        drawn.append(_dose(dose, x, base + 2, colour))
    return drawn


def _dose(dose: Dose, x: float, y: float, colour: str) -> Markup:
    if not dose.given:
        cross = [
            line(x - 3, y, x + 3, y + 6, INK, stroke_width="1.2"),
            line(x - 3, y + 6, x + 3, y, INK, stroke_width="1.2"),
        ]
        return mark("tick not-given", dose.telling, *cross)
    if dose.unknown:
        hollow = {"fill": "#ffffff", "stroke": colour, "stroke_width": "1"}
        return mark("tick unknown", dose.telling, box(x - 1.5, y, 3, TICKS - 2, **hollow))
    rough = {} if dose.exact else {"stroke_dasharray": "2 1.5"}
    drawn = line(x, y, x, y + TICKS - 2, colour, stroke_width="1.8", **rough)
    return mark("tick", dose.telling, drawn)


def _stops(lane: Lane, frame: Frame, base: float, labels: dict[int, Label]) -> list[Markup]:
    return [
        _stop(stop, frame, base, labels.get(len(lane.bars) + n))
        for n, stop in enumerate(lane.stops)
    ]


def _stop(stop: Stop, frame: Frame, base: float, label: Label | None) -> Markup:
    x = frame.zero - 6 if stop.time is None else frame.x(stop.time)
    y = base - BARS + 4
    bar = line(x, y - 4, x, base, "#B34700", stroke_width="2")
    flag = shape([(x, y - 4), (x + 7, y), (x, y + 4)], fill="#B34700")
    return mark("marker stop", stop.telling, bar, flag, *_written(label, base, fill="#8a3600"))
