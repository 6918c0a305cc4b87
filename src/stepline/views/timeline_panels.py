"""The panels of a timeline: enzymes, immunoglobulin, B cells and strength, as they were measured.

A value known only as "normal" or "elevated" has no number and is never given one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from stepline.core.quantity import Quantity, comparable, in_unit
from stepline.record.model import Event, Interpretation
from stepline.record.saying import say_value
from stepline.views.scale import ticks_up_to
from stepline.views.scene import Curve, Panel, Point, Telling, Word
from stepline.views.timeline_ground import Ground
from stepline.views.timeline_lanes import unit_said
from stepline.vocabulary.catalogue import Catalogue

MEASURES = (
    "ldh", "aldolase", "ck", "mmt8-80", "mmt8-150", "igg", "cd19-count", "cd19-percent", "ldh-pl",
    "tis", "ast", "alt", "cmas", "haq", "physician-global",
)  # fmt: skip
"""Values that have a panel, in the order in which they are chosen and drawn."""

MOST_PANELS = 5
MOST_POINTS = 120
MOST_WORDS = 60
MOST_LABELS = 14


def measured(events: Sequence[Event]) -> tuple[str, ...]:
    """The concepts that a panel can be drawn of, in order."""
    found = {event.concept for event in events if _answers(event)}
    return tuple(concept for concept in MEASURES if concept in found)


def panels_of(
    concepts: Sequence[str],
    ground: Ground,
    catalogue: Catalogue,
    curves: Mapping[str, Curve] | None = None,
) -> tuple[tuple[Panel, ...], tuple[str, ...]]:
    """A panel for each of the first five concepts, and notes on what is not drawn as it is.

    What is foreseen of a concept stands behind what was measured of it, in its own unit.
    """
    panels: list[Panel] = []
    notes: list[str] = []
    for concept in concepts[:MOST_PANELS]:
        panel, said = _panel(concept, ground, catalogue, (curves or {}).get(concept))
        panels.append(panel)
        notes += said
    if concepts[MOST_PANELS:]:
        left = ", ".join(_title(concept, catalogue) for concept in concepts[MOST_PANELS:])
        notes.append(f"Also measured, not drawn: {left}.")
    return tuple(panels), tuple(notes)


def _title(concept: str, catalogue: Catalogue) -> str:
    return catalogue.concept(concept).title.partition(",")[0] if concept in catalogue else concept


def _answers(event: Event) -> bool:
    return _has_number(event) or event.interpretation is not None


def _has_number(event: Event) -> bool:
    return any(v is not None for v in (event.value, event.value_low, event.value_high))


def _panel(
    concept: str, ground: Ground, catalogue: Catalogue, curve: Curve | None
) -> tuple[Panel, list[str]]:
    events = [e for e in ground.of(ground.events) if e.concept == concept and _answers(e)]
    unit = curve.unit if curve else _unit(events)
    numbered = [e for e in events if _has_number(e) and _fits(e, unit)]
    limit = _upper_limit(events, unit)
    title = _title(concept, catalogue)
    words = [_word(e, unit, ground) for e in events if not _has_number(e)]
    points = _points(numbered, events, unit, ground)
    panel = Panel(
        title=curve.title if curve else title,
        unit=unit_said(unit),
        ticks=ticks_up_to(_top(numbered, unit, limit, curve)) if numbered or limit or curve else (),
        points=tuple(replace(p, joined=False) for p in points) if curve else tuple(points),
        words=tuple(words[-MOST_WORDS:]),
        upper_limit=float(limit) if limit is not None else None,
        upper_limit_label=f"upper limit {_number(limit)}" if limit is not None else "",
        curve=curve,
    )
    return panel, _notes(title, events, numbered, words)


def _notes(
    title: str, events: Sequence[Event], numbered: Sequence[Event], words: Sequence[Word]
) -> list[str]:
    notes = []
    other = sum(_has_number(event) for event in events) - len(numbered)
    if other:
        notes.append(f"{title}: {other} values in another unit are not drawn.")
    if len(numbered) > MOST_POINTS:
        notes.append(
            f"{title}: {len(numbered)} values are drawn as the range of each stretch of time."
        )
    if len(words) > MOST_WORDS:
        notes.append(f"{title}: of {len(words)} values without a number the last are drawn.")
    return notes


# ---------------------------------------------------------------- units and limits


def _unit(events: Sequence[Event]) -> str:
    units = Counter(event.unit for event in events if _has_number(event))
    return min(units, key=lambda unit: (-units[unit], unit)) if units else ""


def _fits(event: Event, unit: str) -> bool:
    return event.unit == unit or comparable(event.unit or "1", unit or "1")


def _in(value: Decimal | None, event: Event, unit: str) -> Fraction | None:
    if value is None or event.unit == unit:
        return Fraction(value) if value is not None else None
    return in_unit(Quantity(value, event.unit or "1"), unit or "1")


def _upper_limit(events: Sequence[Event], unit: str) -> Fraction | None:
    """The upper limit of normal as the source last stated it."""
    stated = [e for e in events if e.reference_high is not None and _fits_limit(e, unit)]
    return _in(stated[-1].reference_high, stated[-1], unit) if stated else None


def _fits_limit(event: Event, unit: str) -> bool:
    return bool(event.unit) and _fits(event, unit)


def _highest(events: Sequence[Event], unit: str, limit: Fraction | None) -> Decimal:
    values = [
        found
        for event in events
        for value in (event.value, event.value_low, event.value_high)
        if (found := _in(value, event, unit)) is not None
    ]
    highest = max([*values, *([limit] if limit is not None else [])], default=Fraction(1))
    return Decimal(highest.numerator) / Decimal(highest.denominator)


def _top(
    events: Sequence[Event], unit: str, limit: Fraction | None, curve: Curve | None
) -> Decimal:
    """The highest of what is measured and what is foreseen; a limit far above both is not shown."""
    if curve is None:
        return _highest(events, unit, limit)
    foreseen = Decimal(repr(round(max([*curve.line, *curve.high]), 2)))
    return max(foreseen, _highest(events, unit, None)) if events else foreseen


def _number(value: Fraction) -> str:
    return f"{float(value):.6g}"


# ---------------------------------------------------------------- marks


def _points(numbered: list[Event], events: list[Event], unit: str, ground: Ground) -> list[Point]:
    if len(numbered) > MOST_POINTS:
        return _ranges(numbered, unit, ground)
    labelled = len(numbered) <= MOST_LABELS
    followers = {
        after.event_id
        for before, after in pairwise(events)
        if before.value is not None and after.value is not None
    }
    return [
        _point(e, unit, ground, labelled=labelled, joined=e.event_id in followers) for e in numbered
    ]


def _point(event: Event, unit: str, ground: Ground, *, labelled: bool, joined: bool) -> Point:
    value = _in(event.value, event, unit)
    low, high = _in(event.value_low, event, unit), _in(event.value_high, event, unit)
    return Point(
        time=ground.moment(event),
        telling=ground.telling(event),
        value=_float(value),
        low=_float(low) if value is None else None,
        high=_float(high) if value is None else None,
        label=_label(event, value) if labelled else "",
        raised=_raised(event),
        exact=event.time_exact,
        joined=joined and event.time_exact and ground.moment(event) is not None,
    )


def _label(event: Event, value: Fraction | None) -> str:
    """The number to four digits; pointing at the mark tells it in full."""
    return _brief(value) if value is not None else say_value(event)


def _brief(value: Fraction) -> str:
    rounded = float(value)
    return f"{rounded:.0f}" if abs(rounded) >= 1000 else f"{rounded:.4g}"


def _float(value: Fraction | None) -> float | None:
    return float(value) if value is not None else None


def _raised(event: Event) -> bool:
    above = (
        event.value is not None
        and event.reference_high is not None
        and event.value > event.reference_high
    )
    return above or event.interpretation is Interpretation.ELEVATED


def _ranges(numbered: list[Event], unit: str, ground: Ground) -> list[Point]:
    """Many values as the range that they fill in each of some equal stretches of time."""
    width = max((ground.as_of - ground.start) / MOST_POINTS, ground.as_of.resolution)
    bins: dict[int, list[Event]] = {}
    for event in numbered:
        number = -1 if ground.is_before(event) else int((event.time - ground.start) / width)
        bins.setdefault(number, []).append(event)
    return [_range(bins[number], unit, ground) for number in sorted(bins)]


def _range(events: list[Event], unit: str, ground: Ground) -> Point:
    if len(events) == 1:
        return _point(events[0], unit, ground, labelled=False, joined=False)
    values = [
        found
        for event in events
        for value in (event.value, event.value_low, event.value_high)
        if (found := _in(value, event, unit)) is not None
    ]
    low, high = min(values), max(values)
    says = (
        f"{len(events)} values, {ground.stretch(events)}: "
        f"{_number(low)} to {_number(high)} {unit_said(unit)}"
    )
    middle = events[len(events) // 2]
    return Point(
        time=ground.moment(middle),
        telling=ground.telling_all(events, says),
        low=float(low),
        high=float(high),
        raised=any(_raised(event) for event in events),
        count=len(events),
    )


def _word(event: Event, unit: str, ground: Ground) -> Word:
    """A value said in a word. "Normal" fills the range up to the limit that the source states."""
    normal = event.interpretation is Interpretation.NORMAL
    limit = event.reference_high if normal and _fits_limit(event, unit) else None
    told = ground.telling(event)
    says = f"{told.title} (no number stated)"
    label = event.interpretation.value if event.interpretation else say_value(event)
    return Word(
        time=ground.moment(event),
        label=label,
        telling=Telling(says, told.event_ids, told.said),
        high=_float(_in(limit, event, unit)),
        exact=event.time_exact,
    )
