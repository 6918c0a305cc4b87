"""How close a planned dose comes to other doses."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from stepline.core.time import Period, days_between, parse_period
from stepline.engine.amounts import Amount, Elapsed, unknown
from stepline.engine.finding import Missing
from stepline.engine.picking import spoken_names
from stepline.engine.situation import Situation, day_of
from stepline.record.model import PLANNED, Event, EventStatus
from stepline.record.saying import say

_MOST = 4000
"""Doses of one repeated order that are laid out: eleven years of daily ones."""

_DAILY = Period(days=1)


@dataclass(frozen=True, slots=True)
class _Dose:
    """One dose on a day, with the row it comes from."""

    day: datetime
    event: Event


_Pair = tuple[_Dose, _Dose]


def planned_interval(drug: str, other: str, situation: Situation) -> Elapsed | Amount:
    """The planned dose of a drug and the other dose, given or planned, that are closest, in days.

    Unknown where there are no two doses, and open downwards where other doses have no exact time.
    An order is compared with itself alone: doses given under it are no second treatment.
    """
    rows = [*situation.given((other,)), *_plans(other, situation)]
    pairs: list[_Pair] = []
    if plans := _plans(drug, situation):
        pairs += _pairs(_laid_out(plans, situation), _laid_out(rows, situation))
    if other == drug:
        orders = [_laid_out([e], situation) for e in _orders(drug, situation)]
        pairs += [pair for own in orders for pair in _pairs(own, own)]
    pair = min(pairs, key=_apart, default=None)
    if pair is None:
        what = spoken_names((other,))
        why = f"no other dose of {what} is recorded or planned"
        return unknown("d", Missing(other, "not-recorded", why, (other,)))
    return _between(*pair, rows, situation)


def _between(one: _Dose, two: _Dose, rows: list[Event], situation: Situation) -> Elapsed:
    first, second = sorted((one, two), key=lambda dose: dose.day)
    record = situation.index.record
    says = f"{first.event.concept} on {say(record, first.day)}"
    says += f" and {second.event.concept} on {say(record, second.day)}"
    ids = tuple(dict.fromkeys((first.event.event_id, second.event.event_id)))
    if all(event.time_exact for event in rows):
        return Elapsed(first.day, first.day, second.day, ids, says)
    name = rows[0].concept
    missing = Missing(name, "time-uncertain", f"other doses of {name} have no exact time")
    return Elapsed(first.day, second.day, second.day, ids, says, (missing,))


def _plans(drug: str, situation: Situation) -> list[Event]:
    planned = situation.planned((drug,))
    return [event for event in planned if event.status is EventStatus.PLANNED]


def _orders(drug: str, situation: Situation) -> list[Event]:
    planned = situation.planned((drug,))
    return [event for event in planned if event.status is EventStatus.ORDERED]


def _apart(pair: _Pair) -> tuple[int, datetime]:
    return abs(days_between(pair[0].day, pair[1].day)), min(pair[0].day, pair[1].day)


def _pairs(planned: list[_Dose], others: list[_Dose]) -> Iterable[_Pair]:
    """Each planned dose with the nearest other doses on both sides of it."""
    days = [dose.day for dose in others]
    for dose in planned:
        place = bisect_left(days, dose.day)
        near = others[max(place - 1, 0) : place + 2]
        yield from ((dose, one) for one in near if one != dose and not _is_the_same(dose, one))


def _is_the_same(planned: _Dose, other: _Dose) -> bool:
    """Whether a dose of an order that runs is the one planned anew for its day, no second one."""
    runs = other.event.is_spell and other.event.status not in PLANNED
    return runs and planned.day == other.day and planned.event.concept == other.event.concept


def _laid_out(events: Iterable[Event], situation: Situation) -> list[_Dose]:
    """The doses of rows one by one, in order."""
    found = [
        _Dose(day, event)
        for event in events
        if event.time_exact
        for day in _days_of(event, situation)
    ]
    return sorted(found, key=lambda dose: (dose.day, dose.event.event_id))


def _days_of(event: Event, situation: Situation) -> list[datetime]:
    """The days of a row; of a repeated one, from its start to its end, of a given one to today."""
    is_repeated = event.interval or event.unit.endswith("/d")
    if not event.is_spell or not is_repeated:
        return [day_of(event.time)]
    last = event.end_time
    if event.status not in PLANNED:
        today = day_of(situation.moment)
        last = today if last is None else min(last, today)
    interval = parse_period(event.interval) if event.interval else _DAILY
    days = []
    for number in range(_MOST):
        day = day_of(interval.times(number).after(event.time))
        if last is not None and day > last:
            break
        days.append(day)
    return days
