"""Rows that stand for several doses, as recognition reads them.

A rate that ran for the few days of one course becomes the total of that course; a week's amount
becomes that of a weekly cycle; a daily drug taken every second day becomes its mean a day. Only the
shape is read from them: nothing is divided, and no row becomes two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from stepline.course.cycles import amount_in
from stepline.course.dose import EVERY_SECOND_DAY
from stepline.course.model import Course
from stepline.course.pairing import BESIDE
from stepline.course.supplies import is_daily
from stepline.protocol.model import Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, Event, EventStatus, in_order
from stepline.record.totals import ALTERNATE_DAYS, days_of_course, over_days

MOST_DAYS = 7
"""A rate that runs for more days is no course that is given once; regimens of the library have
five."""
_A_DAY = timedelta(days=1)


def as_doses(
    moments: Iterable[Event],
    spells: Iterable[Event],
    regimens: Sequence[Regimen],
    index: RecordIndex,
) -> tuple[list[Event], list[Event]]:
    """The single doses and the spells of one drug, with what stands for several doses resolved."""
    if is_daily(regimens):
        return list(moments), [_mean_a_day(event) for event in spells]
    single = list(moments)
    given = {one.time.toordinal() for one in single if one.status in GIVEN}
    kept: list[Event] = []
    for event in spells:
        course = _once(event) or _of_rate(event, regimens, index)
        if course is None:
            kept.append(_of_a_week(event, regimens))
        elif not _is_answered(course, given):
            single.append(course)
    return list(in_order(single)), kept


def to_their_last_days(courses: Sequence[Course], single: Iterable[Event]) -> list[Course]:
    """Courses of single doses, up to the last day of a last dose that is a total over its days."""
    last_days = {
        event.event_id: event.time + _A_DAY * (days - 1)
        for event in single
        if event.note and (days := days_of_course(event.note))
    }
    return [_up_to(course, last_days.get(course.event_ids[-1])) for course in courses]


def _up_to(course: Course, day: datetime | None) -> Course:
    if day is None or course.end is None or course.end >= day:
        return course
    return replace(course, end=day)


def _is_answered(course: Event, given: set[int]) -> bool:
    """Whether a course was only ordered and doses that were given lie among or beside its days."""
    if course.status is not EventStatus.ORDERED:
        return False
    first = course.time.toordinal()
    last = first + (days_of_course(course.note) or 1) - 1
    return any(day in given for day in range(first - BESIDE, last + BESIDE + 1))


def _once(event: Event) -> Event | None:
    """A stretch that is one course with its total, as the dose of its first day."""
    is_one = bool(event.note) and not event.interval and event.time_exact
    if not is_one or event.value is None or days_of_course(event.note) is None:
        return None
    return replace(event, is_spell=False, end_time=None)


def _of_rate(event: Event, regimens: Sequence[Regimen], index: RecordIndex) -> Event | None:
    """`0.4 g/kg a day` for five days as 2 g/kg, where a regimen asks for just such a course."""
    days = _days_run(event)
    if days is None or event.value is None:
        return None
    unit = event.unit.removesuffix("/d")
    total, note = event.value * days, over_days(days, f"{event.value:f} {unit}")
    course = replace(event, value=total, unit=unit, is_spell=False, end_time=None, note=note)
    return course if any(_is_of(course, days, one, index) for one in regimens) else None


def _days_run(event: Event) -> int | None:
    """How many days a daily dose ran, where both ends are known and they are few."""
    is_rate = event.unit.endswith("/d") and not event.interval
    if not is_rate or event.end_time is None or not (event.time_exact and event.end_exact):
        return None
    days = ceil((event.end_time - event.time) / _A_DAY)
    return days if 1 < days <= MOST_DAYS else None


def _is_of(course: Event, days: int, regimen: Regimen, index: RecordIndex) -> bool:
    """Whether a regimen asks for such an amount over so many days."""
    bands = regimen.recognise
    band, spread = (bands.per_course, bands.days) if bands else (None, None)
    if band is None or spread is None or not spread[0] <= days <= spread[1]:
        return False
    amount = amount_in(course, band.low.unit, index)
    return amount is not None and band.low.value <= amount <= band.high.value


def _of_a_week(event: Event, regimens: Sequence[Regimen]) -> Event:
    """An amount per week, of a drug that no regimen prescribes by the day, as a weekly cycle."""
    if not regimens or event.interval or not event.unit.endswith("/wk"):
        return event
    return replace(event, unit=event.unit.removesuffix("/wk"), interval="P7D")


def _mean_a_day(event: Event) -> Event:
    """A dose every second day, of a drug that is prescribed by the day, as its mean a day."""
    is_second = event.interval in EVERY_SECOND_DAY and "/d" not in event.unit
    if not is_second or event.value is None or not event.unit:
        return event
    said = f"{ALTERNATE_DAYS}: {event.value:f} {event.unit} every second day"
    rest = [part for part in event.note.split("; ") if part and ALTERNATE_DAYS not in part]
    mean, note = event.value / 2, "; ".join((said, *rest))
    return replace(event, value=mean, unit=f"{event.unit}/d", interval="", note=note)
