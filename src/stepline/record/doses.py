"""Doses as written, as rows: one a dose where the source fixes them, else one spell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from stepline.core.errors import RecordRefused, Refused
from stepline.core.evidence import Status
from stepline.core.quantity import comparable
from stepline.core.time import When
from stepline.record.amounts import Amount, check_plausible, check_unit, read_amount
from stepline.record.cell import Cell
from stepline.record.entry import Entry, joined
from stepline.record.model import Event, EventStatus
from stepline.record.schedule import (
    ONE_DAY,
    Schedule,
    cycle_starts,
    days_of_range,
    equal_parts,
    on_day,
)
from stepline.record.timing import NOT_STATED, Timing, placed, spelled
from stepline.record.trouble import did_you_mean, one_of
from stepline.record.values import with_amount

SINGLE_UNITS = ("mg", "mg/kg", "mg/m2", "[IU]", "[IU]/kg", "ug")
RATE_UNITS = ("mg/d", "mg/kg/d", "mg/m2/d", "[IU]/d")
DOSE_UNITS = SINGLE_UNITS + RATE_UNITS
UNKNOWN_DOSE = "dose unknown"
_STOPPED = frozenset({"stopped", "discontinued"})
_NOT_GIVEN = frozenset({"not given", "not-given", "never", "none", "absent"})
_FORMS = ("course_total", "dose", "daily", "up_to", "from", "to", "steps")


class Kind(StrEnum):
    """What a stated dose is the dose of."""

    SINGLE = "single"
    RATE = "rate"
    COURSE = "course"
    TAPER = "taper"
    UNKNOWN = "unknown"
    STOP = "stop"
    NOT_GIVEN = "not given"


@dataclass(frozen=True, slots=True)
class Dosing:
    """How much: `amount` is absent for an unknown dose; `floor` is where a taper ends."""

    kind: Kind
    amount: Amount | None = None
    floor: Amount | None = None
    up_to: bool = False


def read_dosing(entry: Entry, timing: Timing) -> Dosing:
    """The dose that an entry states, checked against what the drug can be given in."""
    dosing = _read(entry, timing)
    for amount in (dosing.amount, dosing.floor):
        if amount is not None:
            check_unit(amount, entry.concept, DOSE_UNITS)
            _check_kind(amount, dosing.kind, entry)
            _check_plausible(amount, dosing.kind, entry)
    return dosing


def _read(entry: Entry, timing: Timing) -> Dosing:
    cell = entry.said
    if cell.is_mapping:
        return _read_form(cell)
    word = cell.text.lower()
    if word == "unknown":
        return Dosing(Kind.UNKNOWN)
    if word in _STOPPED:
        return Dosing(Kind.STOP)
    if word in _NOT_GIVEN:
        return Dosing(Kind.NOT_GIVEN)
    amount = read_amount(cell)
    if is_rate(amount):
        return Dosing(Kind.RATE, amount)
    if "over" in entry.fields:
        raise _ambiguous(entry)
    return Dosing(Kind.COURSE if timing.is_range else Kind.SINGLE, amount)


def _ambiguous(entry: Entry) -> Refused:
    """The reading that made 150 g over five days into 150 g a day (ismp-ivig-overdose)."""
    return RecordRefused.because(
        "dose-ambiguous",
        "A dose over several days can be the total of the course or the dose of each day.",
        place=entry.said.place,
        found=entry.said.text,
        allowed="{course_total: 2 g/kg} or {dose: 0.4 g/kg}",
        mend="say which",
    )


def _read_form(cell: Cell) -> Dosing:
    unknown = sorted(set(cell.fields) - set(_FORMS))
    if unknown:
        raise RecordRefused.because(
            "key-unknown",
            f"'{unknown[0]}' does not say how much.",
            place=cell.key_place(unknown[0]),
            found=unknown[0],
            allowed=one_of(_FORMS),
            mend=did_you_mean(unknown[0], _FORMS, "use one of them"),
        )
    if {"from", "to"} <= set(cell.fields):
        return Dosing(Kind.TAPER, read_amount(cell.fields["from"]), read_amount(cell.fields["to"]))
    given = [form for form in ("course_total", "dose", "daily", "up_to") if form in cell.fields]
    if len(given) != 1:
        message = "A dose is stated once: as a course total, a dose, a daily dose or a taper."
        raise RecordRefused.because(
            "dose-unreadable", message, place=cell.place, allowed=one_of(_FORMS), mend="keep one"
        )
    return _read_one_form(given[0], cell.fields[given[0]])


def _read_one_form(form: str, cell: Cell) -> Dosing:
    if cell.text == "unknown":
        return Dosing(Kind.UNKNOWN)
    amount = read_amount(cell)
    if form == "course_total":
        return Dosing(Kind.COURSE, amount)
    kind = Kind.RATE if is_rate(amount) or form == "daily" else Kind.SINGLE
    if form == "up_to":
        bound = Amount(amount.unit, high=amount.exact, notes=amount.notes)
        return Dosing(kind, bound, up_to=True)
    return Dosing(kind, amount)


def is_rate(amount: Amount) -> bool:
    """Whether the unit is per time."""
    return any(comparable(amount.unit, unit) for unit in RATE_UNITS)


def _check_kind(amount: Amount, kind: Kind, entry: Entry) -> None:
    must_be_rate = kind in (Kind.RATE, Kind.TAPER)
    if kind is Kind.TAPER and not is_rate(amount):
        return
    if is_rate(amount) == must_be_rate:
        return
    message = (
        "A daily dose is stated per day."
        if must_be_rate
        else "The total of a course, or one dose, is not stated per day."
    )
    allowed = ", ".join(RATE_UNITS if must_be_rate else SINGLE_UNITS)
    raise RecordRefused.because(
        "unit-wrong", message, place=entry.said.place, found=amount.unit, allowed=allowed,
        mend="say what the dose is the dose of",
    )  # fmt: skip


def _check_plausible(amount: Amount, kind: Kind, entry: Entry) -> None:
    wanted = {
        Kind.SINGLE: ("dose",),
        Kind.COURSE: ("course",),
        Kind.RATE: ("weekly",) if amount.unit.endswith("/wk") else ("daily",),
        Kind.TAPER: ("daily",) if is_rate(amount) else ("dose",),
    }.get(kind, ())
    ranges = [one for one in entry.concept.doses if one.of in wanted]
    check_plausible(amount, entry.concept, ranges)


def dose_rows(
    entry: Entry, base: Event, timing: Timing, dosing: Dosing, schedule: Schedule
) -> list[Event]:
    """The rows of a dose entry, in the order given; their ids come later."""
    if dosing.kind is Kind.TAPER:
        return taper_rows(base, timing, dosing, entry)
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
        return [_daily(valued, timing, schedule)]
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


def _daily(event: Event, timing: Timing, schedule: Schedule) -> Event:
    """A dose per day: a spell; on a single day it says nothing of the days after."""
    if timing.is_range:
        timing = replace(timing, is_range=False)
    if timing.is_spell:
        interval = str(schedule.every) if schedule.every else ""
        return replace(spelled(event, timing), interval=interval)
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
        days = f" over {schedule.over_days} days" if schedule.over_days else ""
        notes.append(f"the dose is the total of a course{days}")
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
            yield row
            continue
        said = f"day {offset + 1} of {days} of a course of {total.quantity} in total{how}"
        yield replace(row, value=part, certainty=Status.DERIVED, note=joined(event.note, said))


def _parts(total: Amount, days: int, schedule: Schedule) -> tuple[Decimal, ...]:
    if total.exact is None:
        raise RecordRefused.because(
            "course-not-exact", "A course total that is a bound cannot be split over days."
        )
    if not schedule.parts:
        return equal_parts(total.exact, days)
    listed = tuple(part.exact or Decimal(0) for part in schedule.parts)
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
        last, value=None, value_low=None, value_high=None, unit="", text="stopped", lot="",
        status=EventStatus.STOPPED, note=entry.text("because"),
    )  # fmt: skip
    end = timing.end if timing.end is not None and timing.is_spell else None
    return [*rows, placed(stop, end) if end is not None else stop]


def taper_rows(base: Event, timing: Timing, dosing: Dosing, entry: Entry) -> list[Event]:
    """From a dose down to another by unknown steps: the first day, the unknown between, the last.

    No step is made up. Between the first day and the end the dose is known only to lie between the
    two; after the end it is the last dose, and how long that went on is not stated unless
    `afterwards` says so.
    """
    top, floor = dosing.amount, dosing.floor
    if top is None or floor is None or top.exact is None or floor.exact is None:
        raise RecordRefused.because("taper-not-exact", "A taper goes from one dose to another.")
    if timing.end is None or not timing.start_known:
        raise RecordRefused.because(
            "taper-without-ends",
            "A taper with unknown steps says from when until when.",
            allowed="from and until",
            mend="add them, or write the doses that are known as entries of their own",
        )
    low, high = sorted((top.exact, floor.exact))
    said = f"{top.quantity} to {floor.quantity}, steps unknown"
    group = replace(base, unit=top.unit, is_spell=True, group=entry.place.path)
    start, end = timing.start, timing.end
    first = replace(
        placed(group, start), value=top.exact, end_time=start.time, end_exact=start.is_exact
    )
    between = replace(
        placed(group, on_day(start, 1)), value_low=low, value_high=high, text=said,
        end_time=max(end.time - ONE_DAY, start.time + ONE_DAY), end_exact=end.is_exact,
        end_said="" if end.is_exact else end.said, certainty=Status.DERIVED,
    )  # fmt: skip
    after = entry.text("afterwards")
    last = replace(
        placed(group, end), value=floor.exact, end_said=after if after == "ongoing" else NOT_STATED
    )
    return [replace(first, text=f"start of the taper from {said}"), between,
            replace(last, text=f"end of the taper from {said}")]  # fmt: skip
