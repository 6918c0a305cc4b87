"""The given side of a course: its doses in the unit of the planned side, and their sum."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise

from stepline.core.quantity import comparable
from stepline.core.time import parse_period
from stepline.course.adherence_model import GivenDose, Total
from stepline.course.cycles import amount_in, cycles_of, total_in
from stepline.record.index import RecordIndex
from stepline.record.model import Event

_MASSES = ("g", "mg")


@dataclass(frozen=True, slots=True)
class GivenSide:
    """Doses in order, and what of them cannot be told.

    `last` is the last day with a dose. `is_placed` is false where days are not exact and do not
    come from one statement that spaces them, or where a spell lies within another (`is_nested`);
    `is_ended` where a spell's end is not known; `is_counted` where doses cannot be counted for any
    of these.
    """

    doses: tuple[GivenDose, ...]
    last: date
    missing: tuple[str, ...] = ()
    is_placed: bool = True
    is_ended: bool = True
    is_counted: bool = True
    is_nested: bool = False


def given_side(
    events: Sequence[Event], unit: str, index: RecordIndex, *, is_course: bool, until: date | None
) -> GivenSide:
    """The doses of a course up to `until`, with amounts in `unit` (empty: no amounts).

    Single doses on consecutive days count as one, and those of a course over several days
    (`is_course`) as far as three days apart. A daily spell is a run of days. Of a spell that is a
    repeated dose the single doses are not recorded: the stated order is counted.
    """
    found: list[GivenDose] = []
    missing: list[str] = []
    moments = [event for event in events if not event.is_spell]
    for group in _together(moments, is_course=is_course):
        if until is None or group[0].time.date() <= until:
            found.append(_dose(group, unit, index))
    spells = [event for event in events if event.is_spell]
    unended = overlapping = 0
    for event, taken_over in zip(spells, _taken_over(spells), strict=True):
        last = _end_of(event, until)
        overlapping += taken_over is not None and (last - taken_over).days > 0
        found += _of_spell(event, unit, index, last, taken_over)
        unended += event.end_time is None and (event.end_said != "ongoing" or until is None)
    if overlapping:
        missing.append(f"whether {overlapping} spells went on when a later one had begun")
    if unended:
        missing.append(f"the day on which {unended} of its spells ended")
    unsure = sum(not event.time_exact for event in events)
    if unsure:
        missing.append(f"the exact day of {unsure} of its {len(events)} rows")
    found.sort(key=lambda one: (one.day, one.event_ids))
    last = max((_last_day(one) for one in found), default=events[-1].time.date())
    if any(event.is_spell and event.interval not in ("", "P1D") for event in events):
        missing.append("the single doses: only their order is recorded, and counted as given")
    is_nested = _is_nested(spells, until)
    is_vague = any(event.is_spell and not _is_exact(event) for event in events)
    return GivenSide(
        doses=tuple(found),
        last=last,
        missing=tuple(missing),
        is_placed=_is_placed(events) and not is_nested,
        is_ended=not unended,
        is_counted=not unended and not is_vague and not is_nested,
        is_nested=is_nested,
    )


def _is_placed(events: Sequence[Event]) -> bool:
    if any(event.is_spell and not _is_exact(event) for event in events):
        return False
    unsure = [event for event in events if not event.time_exact]
    groups = {event.group for event in events}
    return not unsure or (len(unsure) == len(events) and len(groups) == 1 and "" not in groups)


def _is_exact(event: Event) -> bool:
    """Whether the days of a spell are known, up to an end that is said to be open."""
    return event.time_exact and (event.end_exact or event.end_time is None)


def _last_day(dose: GivenDose) -> date:
    return date.fromordinal(dose.day.toordinal() + dose.days - 1)


def _together(moments: list[Event], *, is_course: bool) -> Iterable[list[Event]]:
    if is_course:
        return cycles_of(moments)
    groups: list[list[Event]] = []
    for event in moments:
        day = event.time.toordinal()
        if groups and day - groups[-1][-1].time.toordinal() <= 1:
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


def each_day(events: Sequence[Event], unit: str, index: RecordIndex) -> tuple[GivenDose, ...]:
    """Single doses by calendar day: for regimens that name the days of their doses."""
    groups: dict[date, list[Event]] = {}
    for event in events:
        groups.setdefault(event.time.date(), []).append(event)
    return tuple(_dose(group, unit, index) for group in groups.values())


def _dose(group: Sequence[Event], unit: str, index: RecordIndex) -> GivenDose:
    amount = total_in(tuple(group), unit, index) if unit else None
    return GivenDose(group[0].time.date(), amount, 1, tuple(event.event_id for event in group))


def _is_nested(spells: Sequence[Event], until: date | None) -> bool:
    """Whether one ends before an earlier one does: which of them was taken then is not known."""
    ordered = sorted((event.time.date(), _end_of(event, until)) for event in spells)
    return any(
        later[0] > earlier[0] and later[1] < earlier[1] for earlier, later in pairwise(ordered)
    )


def _taken_over(spells: Sequence[Event]) -> list[date | None]:
    """For each spell the day on which a later one of the drug begins, `None` where none does."""
    starts = sorted({event.time.date() for event in spells})
    places = [bisect_right(starts, event.time.date()) for event in spells]
    return [starts[place] if place < len(starts) else None for place in places]


def _of_spell(
    event: Event, unit: str, index: RecordIndex, last: date, taken_over: date | None
) -> Iterable[GivenDose]:
    """The doses of a spell up to its last day, or to the day before a later one takes over.

    Two spells of a drug that overlap are one order after the other, not both at once.
    """
    first = event.time.date()
    counted = last if taken_over is None else min(last, taken_over - timedelta(days=1))
    amount = amount_in(event, unit, index) if unit else None
    ids = (event.event_id,)
    if event.interval in ("", "P1D"):
        if counted >= first:
            is_touching = taken_over is not None and last == taken_over
            supplied = (last - first).days + (not is_touching)
            yield GivenDose(first, amount, (counted - first).days + 1, ids, supplied)
        return
    every, anchor, number = parse_period(event.interval), datetime.combine(first, time.min), 0
    day = first
    if every.after(anchor) <= anchor:
        return  # an interval of no length says nothing of how often
    while day <= counted:
        yield GivenDose(day, amount, 1, ids)
        number += 1
        day = every.times(number).after(anchor).date()


def _end_of(event: Event, until: date | None) -> date:
    """The last day of a spell that is known of, up to `until`; its first where nothing tells."""
    first = event.time.date()
    if event.end_time is not None:
        end = event.end_time.date()
    elif event.end_said == "ongoing" and until is not None:
        end = until
    else:
        end = first
    return min(end, until) if until else end


def cumulative(side: GivenSide, events: Sequence[Event], index: RecordIndex) -> Total | None:
    """The sum of all doses of the given side, exact, in a unit of mass where all can be told in it.

    Else in the unit in which the first is written. Towards `at_least`, a dose that is known as a
    range counts with its lower end, and a spell whose days are not exact with one dose. `None`
    where no dose has a unit.
    """
    by_id = {event.event_id: event for event in events}
    rows = _rows(side, by_id)
    unit = _unit_of([event for event, _ in rows], index)
    if not unit:
        return None
    total, at_least, unknown = Decimal(0), Decimal(0), 0
    for event, days in rows:
        amount = amount_in(event, unit, index)
        if amount is None:
            unknown += 1
            at_least += (_lowest(event, unit) or Decimal(0)) * days
        else:
            total += amount * days
    open_spells = sum(
        event.is_spell and (not _is_exact(event) or not _is_ended(event)) for event in events
    )
    told = unit.removesuffix("/d")
    if unknown or open_spells or side.is_nested:
        return Total(told, None, total + at_least, unknown + open_spells + side.is_nested)
    return Total(told, total, total)


def _rows(side: GivenSide, by_id: Mapping[int, Event]) -> list[tuple[Event, int]]:
    """Each row with the days it counts for; a spell whose days are not exact counts once."""
    rows: list[tuple[Event, int]] = []
    once: set[int] = set()
    for dose in side.doses:
        for number in dose.event_ids:
            event = by_id[number]
            is_vague = event.is_spell and not _is_exact(event)
            if is_vague and number in once:
                continue
            once.add(number)
            rows.append((event, 1 if is_vague else dose.days))
    return rows


def _is_ended(event: Event) -> bool:
    return event.end_time is not None or event.end_said == "ongoing"


def _unit_of(events: Sequence[Event], index: RecordIndex) -> str:
    written = [event.unit for event in events if event.unit]
    if not written:
        return ""
    is_daily = written[0].endswith("/d")
    masses = [f"{mass}/d" if is_daily else mass for mass in _MASSES]
    masses.sort(key=lambda mass: not written[0].startswith(mass.split("/")[0]))
    for unit in masses:
        known = [event for event in events if event.value is not None and event.unit]
        if known and all(amount_in(event, unit, index) is not None for event in known):
            return unit
    return written[0]


def _lowest(event: Event, unit: str) -> Decimal | None:
    """The lower end of a dose that is known as a range, where it is told in this very unit."""
    same = event.value_low is not None and comparable(event.unit, unit) and event.unit == unit
    return event.value_low if same else None
