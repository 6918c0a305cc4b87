"""The drug lanes of a timeline: what was given, how intensely, and what of it is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from stepline.core.time import parse_period
from stepline.course.model import Course
from stepline.record.model import Event, EventStatus
from stepline.record.saying import say_end, say_number, say_time, say_value
from stepline.views.scale import nice_top
from stepline.views.scene import Bar, Dose, Family, Lane, Span, Stop, Telling
from stepline.views.timeline_ground import Ground
from stepline.vocabulary.catalogue import Catalogue

MOST_LANES = 12
MOST_BARS = 80
MOST_DOSES = 160
"""In one lane; above it doses that lie together are drawn as one mark that says how many."""

_FAMILIES = (
    ("glucocorticoid", Family.GLUCOCORTICOID),
    ("b-cell-depleting", Family.B_CELL),
    ("immunoglobulin-drug", Family.IMMUNOMODULATION),
    ("immunosuppressant", Family.IMMUNOSUPPRESSANT),
    ("csdmard", Family.IMMUNOSUPPRESSANT),
)
_ORDER = tuple(Family)
_SHORT = {"ivig": "IVIG", "scig": "SCIG"}
_INTENSITY = "g/kg per 28 d"


def lanes_of(
    courses: Sequence[Course], ground: Ground, catalogue: Catalogue
) -> tuple[tuple[Lane, ...], tuple[str, ...]]:
    """A lane for each drug and purpose, family by family, and notes on what is left out."""
    grouped: dict[tuple[int, str, str], list[Course]] = {}
    for course in courses:
        if ground.of(course.event_ids):
            family = family_of(course.drug, course.intent, catalogue)
            purpose = course.intent if _by_purpose(family) else ""
            grouped.setdefault((_ORDER.index(family), purpose, course.drug), []).append(course)
    keys = sorted(grouped, key=lambda key: (key[0], *_weight(grouped[key]), key[1:]))
    lanes = [
        _lane(grouped[key], [c for c in courses if c.drug == key[2]], ground, catalogue)
        for key in keys[:MOST_LANES]
    ]
    left = [_name(key[2], catalogue) for key in keys[MOST_LANES:]]
    notes = [f"Also given, not drawn: {', '.join(left)}."] if left else []
    together = sum(dose.telling.title.startswith("several: ") for ln in lanes for dose in ln.doses)
    if together:
        notes.append("Doses that lie close together are drawn as one mark that says how many.")
    return tuple(lanes), tuple(notes)


def _weight(courses: list[Course]) -> tuple[datetime, int]:
    """The earliest first; of those that begin together, the one with the most entries."""
    return min(c.start for c in courses), -sum(len(c.event_ids) for c in courses)


def family_of(drug: str, intent: str, catalogue: Catalogue) -> Family:
    """The family of a drug given for a purpose; immunoglobulin as replacement is its own."""
    if drug not in catalogue:
        return Family.OTHER
    family = next((f for group, f in _FAMILIES if catalogue.is_in(drug, group)), Family.OTHER)
    if family is Family.IMMUNOMODULATION and intent == "replacement":
        return Family.REPLACEMENT
    return family


def _by_purpose(family: Family) -> bool:
    return family in (Family.IMMUNOMODULATION, Family.REPLACEMENT)


def _name(drug: str, catalogue: Catalogue) -> str:
    title = catalogue.concept(drug).title.partition(",")[0] if drug in catalogue else drug
    return _SHORT.get(drug, title)


def _lane(
    courses: list[Course], beside: list[Course], ground: Ground, catalogue: Catalogue
) -> Lane:
    first = courses[0]
    family = family_of(first.drug, first.intent, catalogue)
    name = _name(first.drug, catalogue)
    title = f"{name}, {first.intent}" if _by_purpose(family) and first.intent else name
    scale = _Scale(courses, beside, ground)
    bars = [bar for course in courses for bar in _bars(course, ground, scale)]
    doses = [dose for course in courses for dose in _doses(course, ground)]
    doses += [_dose(event, ground) for event in _not_given(first, family, ground)]
    stops = [stop for course in courses for stop in _stops(course, ground)]
    return Lane(
        title=title,
        unit=scale.unit_said,
        family=family,
        bars=tuple(_thinned(bars, ground)),
        doses=tuple(_together(doses, ground)),
        stops=tuple(stops),
        top=scale.top_said,
    )


class _Scale:
    """What the height of a bar stands for in one lane: intensity, a dose in one unit, or nothing.

    Lanes of one drug (`beside`) share a scale of intensity, so that they can be compared by eye.
    """

    def __init__(self, courses: Sequence[Course], beside: Sequence[Course], ground: Ground) -> None:
        intensities = [c.intensity for c in beside if c.intensity is not None]
        spells = [e for c in courses for e in ground.of(c.event_ids) if e.is_spell and e.has_number]
        units = Counter(e.unit for e in spells)
        self.by_intensity = any(c.intensity is not None for c in courses)
        self.unit = min(units, key=lambda u: (-units[u], u)) if units else ""
        values = [e.value for e in spells if e.unit == self.unit and e.value is not None]
        highest = intensities if self.by_intensity else values
        self.top = nice_top(max(highest, default=Decimal(0)))
        has_scale = self.by_intensity or bool(values)
        self.top_said = f"{self.top:f}" if has_scale else ""
        self.unit_said = self._said(spells) if has_scale else _unscaled(courses, ground)

    def _said(self, spells: Sequence[Event]) -> str:
        if self.by_intensity:
            return _INTENSITY
        each = " per dose" if any(e.interval for e in spells if e.unit == self.unit) else ""
        return f"{unit_said(self.unit)}{each}"

    def share(self, value: Decimal | None, unit: str) -> float | None:
        """The share of the top that a value fills; `None` if unknown or in another unit."""
        if value is None or unit != self.unit or not self.top:
            return None
        return float(value / self.top)


def _unscaled(courses: Sequence[Course], ground: Ground) -> str:
    events = [event for course in courses for event in ground.of(course.event_ids)]
    if not any(event.has_number or event.value_high is not None for event in events):
        return "dose not known"
    return "no scale: one tick a dose" if any(not e.is_spell for e in events) else "no scale"


def unit_said(unit: str) -> str:
    """A unit as people write it: `mg/m²`; empty for a plain number."""
    return say_number(Decimal(2), unit).removeprefix("2").strip() if unit else ""


# ---------------------------------------------------------------- bars


def _bars(course: Course, ground: Ground, scale: _Scale) -> list[Bar]:
    events = ground.of(course.event_ids)
    if scale.by_intensity or not any(event.is_spell for event in events):
        return [_whole(course, events, ground, scale)]
    bars = [
        _stretch(event, number, events, ground, scale)
        for number, event in enumerate(events)
        if event.is_spell
    ]
    return [
        replace(bar, label="") if number and bar.label == bars[number - 1].label else bar
        for number, bar in enumerate(bars)
    ]


def _whole(course: Course, events: list[Event], ground: Ground, scale: _Scale) -> Bar:
    """One bar for a course, as high as its intensity."""
    says = f"{course.title}: {_dosing(course)}, {_when(course, events, ground)}"
    share = None
    if course.intensity is not None and scale.top:
        share = float(course.intensity / scale.top)
        says += f"; {course.intensity} {_INTENSITY}"
    unknown = not any(e.has_number or e.value_high is not None for e in events)
    return Bar(
        span=_course_span(course, events, ground),
        telling=ground.telling_all(events, says),
        height=share,
        number=str(course.intensity) if course.intensity is not None else "",
        label=_dosing(course),
        plain=share is None and not unknown,
        unknown=unknown,
    )


def _course_span(course: Course, events: list[Event], ground: Ground) -> Span:
    """A course ends when it stops having an effect on the calendar: with its last dose."""
    last = max(events, key=lambda e: (e.end_time or e.time, e.event_id))
    span = ground.span(events[0], last)
    return replace(span, end=None) if course.ongoing else span


def _when(course: Course, events: list[Event], ground: Ground) -> str:
    start = say_time(ground.record, events[0])
    last = events[-1]
    end = "ongoing" if course.ongoing else say_end(ground.record, last)
    if not last.is_spell:
        end = say_time(ground.record, last)
    return start if start == end else f"{start} to {end}"


def _dosing(course: Course) -> str:
    """`400 mg/kg every 7 days, ×27`."""
    parts = [_pretty(course.dose) or "dose unknown"]
    if course.interval and course.interval != "P1D":
        said = parse_period(course.interval).say()
        parts.append(f"every {said.removeprefix('1 ')}")
    times = f", ×{course.cycles}" if course.cycles and course.cycles > 1 else ""
    return " ".join(parts) + times


def _pretty(dose: str) -> str:
    return dose.replace("m2", "m²").replace("m3", "m³")


def _stretch(event: Event, number: int, events: list[Event], ground: Ground, scale: _Scale) -> Bar:
    """One spell of a drug at one dose; a wedge where it lies between two known doses."""
    share = scale.share(event.value, event.unit)
    ends = _wedge(event, number, events, scale)
    known = event.value is not None
    swallowed = _is_wedge_edge(number, events)
    label = "" if swallowed else _label(event)
    return Bar(
        span=ground.span(event),
        telling=ground.telling(event),
        height=ends[0] if ends else share,
        height_end=ends[1] if ends else None,
        label=label,
        plain=known and share is None,
        unknown=not known,
    )


def _label(event: Event) -> str:
    said = event.text if event.text and event.value is None else say_value(event)
    if event.status is EventStatus.ORDERED:
        said = f"ordered {said}"
    every = parse_period(event.interval).say().removeprefix("1 ") if event.interval else ""
    return _pretty(f"{said} every {every}" if every and every != "day" else said)


def _wedge(
    event: Event, number: int, events: list[Event], scale: _Scale
) -> tuple[float, float] | None:
    """The heights at both ends of a stretch whose steps are not known, where both are."""
    if event.value is not None or not event.group or not 0 < number < len(events) - 1:
        return None
    before, after = events[number - 1], events[number + 1]
    if event.group not in (before.group, after.group) or before.group != after.group:
        return None
    top, floor = scale.share(before.value, before.unit), scale.share(after.value, after.unit)
    return (top, floor) if top is not None and floor is not None else None


def _is_wedge_edge(number: int, events: list[Event]) -> bool:
    """Whether the next spell is the unknown part of the same taper, whose label names this dose."""
    if number + 1 >= len(events):
        return False
    event, after = events[number], events[number + 1]
    return bool(event.group) and event.group == after.group and after.value is None


# ---------------------------------------------------------------- doses and stops


def _doses(course: Course, ground: Ground) -> list[Dose]:
    return [_dose(e, ground) for e in ground.of(course.event_ids) if not e.is_spell]


def _not_given(course: Course, family: Family, ground: Ground) -> list[Event]:
    """Doses that were due and not given; without a stated purpose they are no replacement."""
    intents = {course.intent} if family is Family.REPLACEMENT else {course.intent, ""}
    return [
        event
        for event in ground.of(ground.events)
        if event.concept == course.drug
        and event.status is EventStatus.NOT_GIVEN
        and (event.intent in intents or not _by_purpose(family))
    ]


def _dose(event: Event, ground: Ground) -> Dose:
    return Dose(
        time=ground.moment(event),
        telling=ground.telling(event),
        exact=event.time_exact and event.status is not EventStatus.ORDERED,
        given=event.status is not EventStatus.NOT_GIVEN,
        unknown=event.value is None and event.value_high is None,
    )


def _stops(course: Course, ground: Ground) -> list[Stop]:
    stopped = [e for e in ground.of(course.event_ids) if e.status is EventStatus.STOPPED]
    return [_stop(event, ground) for event in stopped]


def _stop(event: Event, ground: Ground) -> Stop:
    why = event.reason.replace("-", " ") if event.reason not in ("", "unknown") else ""
    span = ground.span(event)
    at = None if span.before_only else span.end or event.time
    label = f"stopped: {why}" if why else "stopped"
    return Stop(at, label, ground.telling(event), exact=event.end_exact and event.time_exact)


def _together(doses: list[Dose], ground: Ground) -> list[Dose]:
    """Doses as they are; where there are too many, those of one bin of the axis as one mark."""
    if len(doses) <= MOST_DOSES:
        return doses
    width = max((ground.as_of - ground.start) / MOST_DOSES, ground.as_of.resolution)
    bins: dict[int, list[Dose]] = {}
    for dose in (dose for dose in doses if dose.given):
        number = -1 if dose.time is None else int((dose.time - ground.start) / width)
        bins.setdefault(number, []).append(dose)
    not_given = [dose for dose in doses if not dose.given]
    return [*(_several(bins[number]) for number in sorted(bins)), *not_given[-MOST_DOSES:]]


def _several(doses: list[Dose]) -> Dose:
    if len(doses) == 1:
        return doses[0]
    first, last = doses[0], doses[-1]
    ids = tuple(number for dose in doses for number in dose.telling.event_ids)
    unknown = all(dose.unknown for dose in doses)
    says = f"several: {len(doses)} doses, {first.telling.said} to {last.telling.said}"
    return replace(first, telling=Telling(says, ids, first.telling.said), unknown=unknown)


def _thinned(bars: list[Bar], ground: Ground) -> list[Bar]:
    """Bars as they are; where there are too many, those of one bin as one, at the highest dose."""
    if len(bars) <= MOST_BARS:
        return bars
    width = max((ground.as_of - ground.start) / MOST_BARS, ground.as_of.resolution)
    bins: dict[int, list[Bar]] = {}
    for bar in bars:
        start = bar.span.start
        number = -1 if start is None else int((start - ground.start) / width)
        bins.setdefault(number, []).append(bar)
    return [_merged(bins[number]) for number in sorted(bins)]


def _merged(bars: list[Bar]) -> Bar:
    if len(bars) == 1:
        return bars[0]
    known = [bar for bar in bars if bar.height is not None]
    ids = tuple(number for bar in bars for number in bar.telling.event_ids)
    ends = [bar.span.end for bar in bars]
    end = None if None in ends else max(e for e in ends if e is not None)
    first = bars[0]
    says = f"several: {len(bars)} entries from {first.telling.said}, drawn at the highest dose"
    return replace(
        first,
        span=replace(first.span, end=end),
        telling=Telling(says, ids, first.telling.said),
        height=max((bar.height or 0.0 for bar in known), default=None),
        height_end=None,
        label="",
        unknown=not known,
    )
