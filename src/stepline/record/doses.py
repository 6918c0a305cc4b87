"""Doses as rows: one a dose where the source fixes them, else one spell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from stepline.core.errors import RecordRefused
from stepline.core.evidence import Status
from stepline.core.time import When
from stepline.record.amounts import Amount, in_unit_of
from stepline.record.dosing import Dosing, Kind
from stepline.record.entry import Entry, joined
from stepline.record.model import Event, EventStatus
from stepline.record.schedule import (
    Schedule,
    cycle_starts,
    days_of_range,
    equal_parts,
    on_day,
)
from stepline.record.taper import taper_rows
from stepline.record.timing import NOT_STATED, Timing, placed, spelled
from stepline.record.totals import COURSE_TOTAL, over_days
from stepline.record.values import with_amount

UNKNOWN_DOSE = "dose unknown"


def dose_rows(
    entry: Entry, base: Event, timing: Timing, dosing: Dosing, schedule: Schedule
) -> list[Event]:
    """The rows of a dose entry, in the order given; their ids come later."""
    if dosing.kind is Kind.TAPER:
        return taper_rows(entry, base, timing, dosing)
    if dosing.kind is Kind.NOT_GIVEN:
        event = replace(base, status=EventStatus.NOT_GIVEN, text="not given")
        return [spelled(event, timing)]
    if dosing.kind is Kind.STOP or (dosing.kind is Kind.UNKNOWN and _stops(entry, timing)):
        return [_stop(base, timing)]
    rows = _given(entry, base, timing, dosing, schedule)
    return _with_stop(entry, rows, timing)


def _stops(entry: Entry, timing: Timing) -> bool:
    return "stopped" in entry.fields and not timing.is_spell


def _stop(base: Event, timing: Timing) -> Event:
    text = "stopped" if not timing.is_spell else UNKNOWN_DOSE
    return spelled(replace(base, status=EventStatus.STOPPED, text=text), timing)


def _given(
    entry: Entry, base: Event, timing: Timing, dosing: Dosing, schedule: Schedule
) -> list[Event]:
    unknown = replace(base, text=UNKNOWN_DOSE)
    valued = with_amount(base, dosing.amount) if dosing.amount else unknown
    if dosing.kind is Kind.RATE:
        _check_not_repeated(entry, schedule)
        return [_daily(valued, timing)]
    starts = cycle_starts(timing, schedule)
    if starts is None:
        _check_interval(entry, dosing, schedule)
        return [_one_spell(valued, timing, schedule, dosing)]
    if dosing.kind is Kind.SINGLE and len(timing.starts) > 1:
        group = entry.place.path
        return [replace(placed(valued, start), group=group) for start in timing.starts]
    what = _numbered(dosing, timing, schedule)
    rows = [
        _in_cycle(row, what.format(number, len(starts)), len(starts))
        for number, start in enumerate(starts, 1)
        for row in _cycle(valued, start, timing, dosing, schedule)
    ]
    return _grouped(rows, entry)


def _numbered(dosing: Dosing, timing: Timing, schedule: Schedule) -> str:
    """How a dose of several is named; a count that comes from the calendar says so."""
    what = "course {} of {}" if dosing.kind is Kind.COURSE else "dose {} of {}"
    counted = schedule.every is not None and schedule.courses is None
    return f"{what}, counted from the two ends" if counted and timing.end else what


def _check_not_repeated(entry: Entry, schedule: Schedule) -> None:
    repeated = [key for key in ("every", "courses", "over", "days") if key in entry.fields]
    if repeated or schedule.parts:
        key = repeated[0] if repeated else "split"
        raise RecordRefused.because(
            "dose-twice-repeated",
            f"A dose stated per time has no {key}.",
            place=entry.fields[key].place,
            found=entry.fields[key].shown,
            allowed="from and until",
            mend="write the single dose with every ({dose: 30 mg}, every: P2D), or leave this out",
        )


def _daily(event: Event, timing: Timing) -> Event:
    """A dose per day: a spell; on a single day it says nothing of the days after."""
    if timing.is_range:
        timing = replace(timing, is_range=False)
    if timing.is_spell:
        return spelled(event, timing)
    begun = placed(event, timing.start)
    return replace(begun, is_spell=True, end_time=begun.time, end_exact=False, end_said=NOT_STATED)


def _check_interval(entry: Entry, dosing: Dosing, schedule: Schedule) -> None:
    repeated = schedule.every or schedule.every_unknown or schedule.day_offsets
    if repeated or dosing.kind in (Kind.UNKNOWN, Kind.COURSE) or dosing.up_to:
        return
    raise RecordRefused.because(
        "interval-missing",
        "The entry does not say how often the dose was given.",
        place=entry.said.place,
        found=entry.said.shown,
        allowed="a dose per day (30 mg/d), every: P7D, days: [0, 14], or every: unknown",
        mend="say how often, or write every: unknown",
    )


def _one_spell(event: Event, timing: Timing, schedule: Schedule, dosing: Dosing) -> Event:
    notes = ["the interval is not stated"] if schedule.every_unknown else []
    if schedule.courses is not None:
        notes.append(f"{schedule.courses} courses")
    if dosing.kind is Kind.COURSE:
        notes.append(over_days(schedule.over_days) if schedule.over_days else COURSE_TOTAL)
    interval = str(schedule.every) if schedule.every else ""
    spell = spelled(event, timing)
    return replace(spell, interval=interval, note=joined(event.note, *notes))


def _cycle(
    event: Event, start: When, timing: Timing, dosing: Dosing, schedule: Schedule
) -> Iterator[Event]:
    """The rows of one course that begins at `start`."""
    days = days_of_range(timing) if timing.is_range else schedule.over_days or 1
    if dosing.kind is Kind.COURSE and dosing.amount is not None:
        yield from _split(event, start, days, dosing.amount, schedule)
        return
    for offset in schedule.day_offsets or range(days):
        yield placed(event, on_day(start, offset))


def _split(
    event: Event, start: When, days: int, total: Amount, schedule: Schedule
) -> Iterator[Event]:
    parts = _parts(total, days, schedule)
    how = "" if schedule.split_stated else "; equal parts, as the split is not stated"
    for offset, part in enumerate(parts):
        row = placed(event, on_day(start, offset))
        if days == 1:
            stated = schedule.over_days is not None
            note = "" if stated else "the days of the course are not stated"
            yield replace(row, note=joined(event.note, note))
            continue
        said = f"day {offset + 1} of {days} of a course of {total.quantity} in total{how}"
        yield replace(row, value=part, certainty=Status.DERIVED, note=joined(event.note, said))


def _parts(total: Amount, days: int, schedule: Schedule) -> tuple[Decimal, ...]:
    if total.exact is None:
        raise RecordRefused.because(
            "course-not-exact",
            "A course total that is a bound cannot be split over days.",
            found=total.say(),
            allowed="one exact total",
            mend="write the total, or unknown",
        )
    if not schedule.parts:
        return equal_parts(total.exact, days)
    listed = tuple(in_unit_of(part, total.unit) or Decimal(0) for part in schedule.parts)
    if len(listed) != days or sum(listed) != total.exact:
        raise RecordRefused.because(
            "split-wrong",
            "The parts of the course do not add up to its total over its days.",
            found=f"{len(listed)} parts, {sum(listed)} {total.unit} in sum",
            allowed=f"{days} parts, {total.quantity} in sum",
            mend="check split, over and course_total",
        )
    return listed


def _in_cycle(row: Event, said: str, count: int) -> Event:
    if count == 1:
        return row
    return replace(row, certainty=Status.DERIVED, note=joined(row.note, said))


def _grouped(rows: list[Event], entry: Entry) -> list[Event]:
    if len(rows) == 1:
        return rows
    return [replace(row, group=entry.place.path, certainty=Status.DERIVED) for row in rows]


def _with_stop(entry: Entry, rows: list[Event], timing: Timing) -> list[Event]:
    """A spell that was stopped says so itself; single doses are followed by the stop."""
    if "stopped" not in entry.fields:
        return rows
    if len(rows) == 1 and rows[0].is_spell:
        return [replace(rows[0], status=EventStatus.STOPPED)]
    last = rows[-1]
    stop = replace(
        last,
        value=None,
        value_low=None,
        value_high=None,
        unit="",
        text="stopped",
        lot="",
        status=EventStatus.STOPPED,
        certainty=Status.VERIFIED,
        note=entry.text("because"),
    )
    end = timing.end if timing.end is not None and timing.is_spell else None
    return [*rows, placed(stop, end) if end is not None else stop]
