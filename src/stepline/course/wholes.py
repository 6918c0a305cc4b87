"""Rows that stand for several doses, turned into the doses that recognition reads.

The total of a course over stated days, and a rate that ran for the few days of one, become the days
of that course; a week's amount becomes that of a weekly cycle; a daily drug taken every second day
becomes its mean a day. Only the shape is read from them: how a total was divided is not told, and
no amount of a day leaves this room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import ceil

from stepline.course.cycles import amount_in
from stepline.course.dose import EVERY_SECOND_DAY
from stepline.course.pairing import BESIDE
from stepline.protocol.model import Basis, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, Event, EventStatus, in_order
from stepline.record.schedule import equal_parts
from stepline.record.totals import ALTERNATE_DAYS, days_of_course

MOST_DAYS = 7
"""A course that is given once has at most so many days, as a cycle of single doses has."""
_A_DAY = timedelta(days=1)


def as_doses(
    moments: Iterable[Event],
    spells: Iterable[Event],
    regimens: Sequence[Regimen],
    index: RecordIndex,
) -> tuple[list[Event], list[Event]]:
    """The single doses and the spells of one drug, with what stands for several doses resolved.

    The days of one course all have the id of their row.
    """
    if any(regimen.give.basis is Basis.PER_DAY for regimen in regimens):
        return list(moments), [_mean_a_day(event) for event in spells]
    single = [one for event in moments for one in _days_of_total(event)]
    given = {one.time.toordinal() for one in single if one.status in GIVEN}
    kept: list[Event] = []
    for event in spells:
        course = _days_of_rate(event, regimens, index)
        if not course:
            kept.append(_of_a_week(event, regimens))
        elif not _is_answered(course, given):
            single += course
    return list(in_order(single)), kept


def _is_answered(course: Sequence[Event], given: set[int]) -> bool:
    """Whether a course was only ordered and doses that were given lie among or beside its days."""
    if course[0].status is not EventStatus.ORDERED:
        return False
    first, last = (one.time.toordinal() for one in (course[0], course[-1]))
    return any(day in given for day in range(first - BESIDE, last + BESIDE + 1))


def _days_of_total(event: Event) -> list[Event]:
    """The days of a course of which a row is the total; the row itself where they are not told."""
    days = days_of_course(event.note) if event.note else None
    if days is None or not 1 < days <= MOST_DAYS or event.value is None:
        return [event]
    return _divided(event, event.value, days)


def _days_of_rate(event: Event, regimens: Sequence[Regimen], index: RecordIndex) -> list[Event]:
    """The days of `0.4 g/kg a day` for five days, where a regimen asks for just such a course."""
    days = _days_run(event)
    if days is None or event.value is None:
        return []
    total = event.value * days
    single = replace(event, unit=event.unit.removesuffix("/d"), is_spell=False, value=total)
    if not any(_is_course_of(single, days, one, index) for one in regimens):
        return []
    return _divided(single, total, days)


def _days_run(event: Event) -> int | None:
    """How many days a daily dose ran, where both ends are known and they are few."""
    is_rate = event.unit.endswith("/d") and not event.interval
    if not is_rate or event.end_time is None or not (event.time_exact and event.end_exact):
        return None
    days = ceil((event.end_time - event.time) / _A_DAY)
    return days if 1 < days <= MOST_DAYS else None


def _is_course_of(single: Event, days: int, regimen: Regimen, index: RecordIndex) -> bool:
    """Whether a regimen asks for such an amount over so many days."""
    bands = regimen.recognise
    band, spread = (bands.per_course, bands.days) if bands else (None, None)
    if band is None or spread is None or not spread[0] <= days <= spread[1]:
        return False
    amount = amount_in(single, band.low.unit, index)
    return amount is not None and band.low.value <= amount <= band.high.value


def _divided(event: Event, total: Decimal, days: int) -> list[Event]:
    parts = equal_parts(total, days)
    return [
        replace(event, value=part, time=event.time + _A_DAY * n, end_time=None)
        for n, part in enumerate(parts)
    ]


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
    return replace(event, value=event.value / 2, unit=f"{event.unit}/d", interval="", note=said)
