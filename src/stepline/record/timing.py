"""When an entry was: one moment, several, a range of days, or a spell with an end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from stepline.core.errors import TimeRefused
from stepline.core.time import When, parse_period
from stepline.record.cell import Cell
from stepline.record.model import Event, EventStatus
from stepline.record.moments import LAST, LATE, Moments, is_open, moved

ONGOING = "ongoing"
NOT_STATED = "not stated"
_STARTS = ("on", "at", "from", "since", "during")
_RANGE = ".."
_AHEAD = (EventStatus.PLANNED, EventStatus.ORDERED)


@dataclass(frozen=True, slots=True)
class Timing:
    """`starts` holds one moment, or each of the moments listed.

    A spell runs from `starts[0]` to `end`; without an end, `end_said` tells whether it is ongoing
    or not stated. `is_range` marks days written as `on: A..B`. `start_known` is false where
    nothing is said of the start.
    """

    starts: tuple[When, ...]
    end: When | None = None
    end_said: str = ""
    is_spell: bool = False
    is_range: bool = False
    start_known: bool = True

    @property
    def start(self) -> When:
        """The first moment."""
        return self.starts[0]

    @property
    def end_known(self) -> bool:
        """Whether the end is one exact moment."""
        return self.end is not None and self.end.is_exact


def read_timing(fields: Mapping[str, Cell], moments: Moments) -> Timing:
    """The timing of an entry from its keys; `TimeRefused` where they contradict each other."""
    given = [key for key in _STARTS if key in fields]
    if len(given) > 1:
        message = f"An entry says once when it began, not by {' and by '.join(given)}."
        raise TimeRefused.because("time-twice", message, mend="keep one of them")
    if not given:
        return _ended_only(fields, moments)
    key, cell = given[0], fields[given[0]]
    if key in ("on", "at"):
        return _lasting(_happened(cell, moments), fields, moments)
    if key == "during":
        return _checked(_during(cell, moments))
    return _checked(_spell(moments.read(cell), fields, moments, since=key == "since"))


def _ended_only(fields: Mapping[str, Cell], moments: Moments) -> Timing:
    if "until" not in fields:
        raise TimeRefused.because(
            "time-missing",
            "The entry does not say when.",
            allowed="on, at, from, since, until, during",
            mend="add the moment, or write at: unknown",
        )
    return _spell(When.about(LATE, "start not stated"), fields, moments, since=False)


def _happened(cell: Cell, moments: Moments) -> Timing:
    if cell.is_list:
        if not cell.items:
            message = "The list of moments is empty."
            raise TimeRefused.because("time-missing", message, mend="write at: unknown")
        return Timing(tuple(moments.read(item) for item in cell.items))
    if cell.is_scalar and _RANGE in cell.text:
        start, end = _both_ends(cell.text, moments)
        return _checked(Timing((start,), end, is_spell=True, is_range=True))
    return Timing((moments.read(cell),))


def _both_ends(text: str, moments: Moments) -> tuple[When, When]:
    first, _, last = text.partition(_RANGE)
    return moments.read_text(first), moments.read_text(last)


def _lasting(timing: Timing, fields: Mapping[str, Cell], moments: Moments) -> Timing:
    if "until" in fields:
        message = "Something on one day has no until; a spell is written with from and until."
        raise TimeRefused.because("until-without-from", message, mend="write from instead of on")
    if "lasted" not in fields:
        return timing
    return _checked(_spell(timing.start, fields, moments, since=False))


def _during(cell: Cell, moments: Moments) -> Timing:
    """`A..B`, `{from: A, until: B}`, or a bound: before M0 means begun and ended before it."""
    if cell.is_mapping and {"from", "until"} & set(cell.fields):
        start = cell.fields.get("from")
        when = moments.read(start) if start else When.about(LATE, "start not stated")
        return _spell(when, cell.fields, moments, since=False)
    if cell.is_scalar and _RANGE in cell.text:
        start_when, end_when = _both_ends(cell.text, moments)
        return Timing((start_when,), end_when, end_when.said, is_spell=True)
    when = moments.read(cell)
    if when.latest is not None:
        return Timing((when,), when, when.said, is_spell=True)
    return Timing((when,), None, NOT_STATED, is_spell=True)


def _spell(start: When, fields: Mapping[str, Cell], moments: Moments, *, since: bool) -> Timing:
    end, end_said = _end(start, fields, moments, since=since)
    if is_open(start) and end is not None and not is_open(end):
        start = When(end.latest or end.time, None, end.latest, start.said)
        return Timing((start,), end, end_said, is_spell=True, start_known=False)
    return Timing((start,), end, end_said, is_spell=True, start_known=not is_open(start))


def _end(
    start: When, fields: Mapping[str, Cell], moments: Moments, *, since: bool
) -> tuple[When | None, str]:
    until, lasted = fields.get("until"), fields.get("lasted")
    if until is not None and lasted is not None:
        message = "An entry says either until when or how long it lasted."
        raise TimeRefused.because("time-twice", message, mend="keep one of them")
    if lasted is not None:
        end = moved(start, parse_period(lasted.text), "after")
        return end, end.said
    if until is None:
        return None, ONGOING if since else NOT_STATED
    if until.text == ONGOING:
        return None, ONGOING
    end = moments.read(until)
    return (None, NOT_STATED) if end.said == "time not stated" else (end, end.said)


def _checked(timing: Timing) -> Timing:
    end, start = timing.end, timing.start
    if end is not None and not is_open(start) and end.time < start.time:
        raise TimeRefused.because(
            "end-before-start",
            "The end lies before the start.",
            found=f"{start.said} to {end.said}",
            allowed="an end at or after the start",
            mend="check the two moments",
        )
    return timing


def placed(event: Event, when: When) -> Event:
    """The event at a moment; bounds and wording are kept only where the moment is not exact."""
    if when.is_exact:
        return replace(
            event,
            time=when.time,
            time_exact=True,
            time_earliest=None,
            time_latest=None,
            time_said="",
        )
    return replace(
        event,
        time=when.time,
        time_exact=False,
        time_earliest=when.earliest,
        time_latest=when.latest,
        time_said=when.said,
    )


def spelled(event: Event, timing: Timing) -> Event:
    """The event as one spell, or as one moment where the timing is one."""
    begun = placed(event, timing.start)
    if not timing.is_spell:
        return begun
    end = timing.end
    if end is None:
        return replace(begun, is_spell=True, end_said=timing.end_said)
    said = "" if end.is_exact else end.said
    return replace(begun, is_spell=True, end_time=end.time, end_exact=end.is_exact, end_said=said)


def settled(events: list[Event], fallback: datetime) -> list[Event]:
    """The events with every open moment placed at the end of all that has happened.

    What has no stated moment is placed at the last one that the record speaks of: by then it had
    happened. The last follow-up is placed a day after that, in the order and not as a date. Planned
    doses have not happened. With nothing else recorded, the end is `fallback`.
    """
    end = max(_moments_of(events), default=fallback)
    places = {LATE: end, LAST: end + timedelta(days=1)}
    floor = max((bound for event in events if (bound := _not_before(event))), default=None)
    return [_settled(event, places, floor) for event in events]


def _moments_of(events: list[Event]) -> Iterator[datetime]:
    for event in events:
        for moment in (event.time, event.end_time):
            if moment is not None and moment < LATE and event.status not in _AHEAD:
                yield moment


def _not_before(event: Event) -> datetime | None:
    """The earliest moment at which the event can have been; `None` where nothing bounds it."""
    if event.status in _AHEAD:
        return None
    return event.time if event.time_exact else event.time_earliest


def _settled(event: Event, places: Mapping[datetime, datetime], floor: datetime | None) -> Event:
    if event.time == LAST:
        event = replace(event, time=places[LAST], time_earliest=floor)
    elif event.time == LATE:
        event = replace(event, time=places[LATE])
    end = event.end_time
    return replace(event, end_time=places.get(end, end)) if end is not None else event
