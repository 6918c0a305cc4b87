"""Which rows of a drug are doses: orders beside what was given, and rows that are written twice.

An order is no dose. Where its giving is recorded it says nothing more; where nothing is recorded
of it, it stands in, and the course says so.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate, chain

from stepline.course.model import Course, Deviation
from stepline.course.pairing import BESIDE, Dated, paired
from stepline.course.supplies import is_daily
from stepline.protocol.model import Basis, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, PLANNED, Event, EventStatus, in_order
from stepline.record.supplies import is_remark, is_supply


@dataclass(frozen=True, slots=True)
class Told:
    """The rows that count as doses, in order.

    `unrecorded` are the orders among them whose giving is not recorded; `doubled` names, by the
    id of a row that counts, the rows that repeat it.
    """

    events: tuple[Event, ...]
    unrecorded: frozenset[int] = frozenset()
    doubled: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


def told(
    events: Sequence[Event],
    regimens: Sequence[Regimen],
    last: datetime | None,
    *,
    is_spell: bool,
) -> Told:
    """The moments, or the spells, of one drug that count as doses.

    `events` are in order, `regimens` those of the drug; `last` is the last moment at which
    something happened to the subject: an order after it may still be to come.
    """
    rows = [event for event in events if event.is_spell is is_spell]
    own = [event for event in rows if not is_remark(event)]
    given = [event for event in own if event.status in GIVEN and not event.is_stop]
    orders = _orders(own, events)
    if is_spell and not is_daily(regimens):
        orders = _without_doses(orders, events)
    standing = _standing(orders, own, last) if given else _unanswered(orders, own)
    kept, doubled = _once(given or standing, regimens)
    ids = frozenset(order.event_id for order in standing)
    counted = in_order([*kept, *standing]) if given and standing else tuple(kept)
    return Told(counted, ids, doubled)


def _orders(own: Sequence[Event], events: Sequence[Event]) -> list[Event]:
    """The orders; what was handed over at a moment only where no other row tells of the drug."""
    orders = [event for event in own if event.status is EventStatus.ORDERED]
    if not orders or all(is_supply(event) for event in events):
        return orders
    return [event for event in orders if event.is_spell or not is_supply(event)]


def _without_doses(orders: Sequence[Event], events: Sequence[Event]) -> list[Event]:
    """Of orders for a stretch of time, those within which no single dose is recorded as given."""
    given = [e for e in events if not e.is_spell and e.status in GIVEN and not e.is_stop]
    groups = {event.group for event in given if event.group}
    days = sorted(event.time.toordinal() for event in given)
    found = []
    for order in orders:
        first = bisect_left(days, order.time.toordinal() - BESIDE)
        is_met = first < len(days) and days[first] <= _last_day(order) + BESIDE
        if not is_met and order.group not in groups:
            found.append(order)
    return found


def last_happened(index: RecordIndex) -> datetime | None:
    """The last moment of a row that is neither planned nor ordered; `None` where there is none."""
    key = "last happened"
    if key not in index.memo:
        times = (event.time for event in index.events if event.status not in PLANNED)
        index.memo[key] = max(times, default=None)
    found = index.memo[key]
    return found if isinstance(found, datetime) else None


# ---------------------------------------------------------------- orders


def _standing(orders: Sequence[Event], own: Sequence[Event], last: datetime | None) -> list[Event]:
    """Of a drug that was given, the orders of which nothing is recorded; each day once."""
    if not orders or last is None:
        return []
    answers = _answers(own)
    pairs = _pairs(orders, answers)
    near = _Near(own, {answers[place].time.toordinal() for place in pairs.values()})
    found: dict[int, Event] = {}
    for place, order in enumerate(orders):
        own_answer = answers[pairs[place]] if place in pairs else None
        if order.time > last or near.is_stopped(order):
            continue
        if near.is_gap(order, own_answer) or not (own_answer or near.has(order)):
            found.setdefault(order.time.toordinal(), order)
    return list(found.values())


def _unanswered(orders: Sequence[Event], own: Sequence[Event]) -> list[Event]:
    """Of a drug of which no giving is recorded, the orders that nothing says were not given."""
    near, pairs = _Near(own, set()), _pairs(orders, _answers(own))
    both = enumerate(orders)
    return [order for place, order in both if place not in pairs and not near.is_stopped(order)]


def _answers(own: Sequence[Event]) -> list[Event]:
    """The rows that tell of a giving, or that there was none."""
    return [event for event in own if event.status not in PLANNED and not event.is_stop]


def _pairs(orders: Sequence[Event], answers: Sequence[Event]) -> dict[int, int]:
    return paired([_dated(one) for one in orders], [_dated(one) for one in answers])


def _dated(event: Event) -> Dated:
    return Dated(event.time.toordinal(), event.group)


class _Near:
    """What is recorded of givings, found by day."""

    def __init__(self, own: Sequence[Event], ordered: set[int]) -> None:
        """`own` are in order; `ordered` are the days of those that an order belongs to."""
        rows = [event for event in own if event.status not in PLANNED]
        self._ordered = ordered
        self._moments: defaultdict[int, list[Event]] = defaultdict(list)
        for row in rows:
            if not row.is_spell:
                self._moments[row.time.toordinal()].append(row)
        self._begins = [row.time.toordinal() for row in rows]
        self._ends = list(accumulate((_last_day(row) for row in rows), max))
        self._doses = [e.time for e in rows if e.status in GIVEN and not e.is_stop]
        self._stops = [e.time for e in rows if e.is_stop]

    def has(self, order: Event) -> bool:
        """Whether a giving, or that there was none, is recorded beside an order.

        What ends as the order begins is the dose before, and tells nothing of it.
        """
        day = order.time.toordinal()
        earlier = bisect_left(self._begins, day - BESIDE)
        if earlier < bisect_right(self._begins, _last_day(order) + BESIDE):
            return True
        return earlier > 0 and self._ends[earlier - 1] > day + BESIDE

    def is_gap(self, order: Event, answer: Event | None) -> bool:
        """Whether an order lies among the days of a course without a giving of its own.

        Days on both sides hold the same dose as the order; or those days have orders of their own
        and more than one of them lies beside it. A giving that was moved onto another's day, or
        names the order, is its own.
        """
        day = order.time.toordinal()
        around = [day + n for n in range(-BESIDE, BESIDE + 1) if day + n in self._moments]
        if order.is_spell or day in self._moments or self._is_own(order, answer, around):
            return False
        rows = (row for one in around for row in self._moments[one])
        if len(around) < 2 or not all(_same(order, row) for row in rows):
            return False
        return around[0] < day < around[-1] or all(one in self._ordered for one in around)

    def _is_own(self, order: Event, answer: Event | None, around: list[int]) -> bool:
        """Whether a giving is this order's for certain: the others beside it have their own."""
        if answer is None:
            return False
        day = answer.time.toordinal()
        is_named = bool(order.group) and order.group == answer.group
        others = [one for one in around if one != day]
        return is_named or len(self._moments[day]) > 1 or all(o in self._ordered for o in others)

    def is_stopped(self, order: Event) -> bool:
        """Whether the drug was stopped before an order and not given again until then."""
        stops = bisect_right(self._stops, order.time)
        doses = bisect_right(self._doses, order.time)
        return stops > 0 and (doses == 0 or self._doses[doses - 1] <= self._stops[stops - 1])


def _same(order: Event, row: Event) -> bool:
    """Whether a dose that was given is the one that was ordered, as both are written."""
    is_given = row.status in GIVEN and row.value is not None
    return is_given and (row.value, row.unit) == (order.value, order.unit)


def _last_day(event: Event) -> int:
    end = event.end_time if event.is_spell else None
    return (end or event.time).toordinal()


# ---------------------------------------------------------------- rows written twice


def _once(
    events: Sequence[Event], regimens: Sequence[Regimen]
) -> tuple[list[Event], dict[int, tuple[int, ...]]]:
    """Each dose once, and by its id the rows that repeat it.

    Rows are the same dose only where every regimen of the drug is given at most once a day and
    all that the rows say is the same. Where most days of the drug hold equal rows, that is how the
    source writes parts of a dose, such as vials, and each counts.
    """
    repeated = _repeated(events)
    if not repeated or not _once_daily(regimens):
        return list(events), {}
    days = {event.time.date() for event in events}
    if 2 * len({rows[0].time.date() for rows in repeated}) > len(days):
        return list(events), {}
    doubled = {rows[0].event_id: tuple(row.event_id for row in rows[1:]) for rows in repeated}
    again = {number for numbers in doubled.values() for number in numbers}
    return [event for event in events if event.event_id not in again], doubled


def _repeated(events: Sequence[Event]) -> list[list[Event]]:
    """Rows of which all is the same but which row it is, in their order.

    Only those of one moment can be, so that others need not be compared in whole.
    """
    together: dict[datetime, list[Event]] = {}
    for event in events:
        together.setdefault(event.time, []).append(event)
    if len(together) == len(events):
        return []
    alike: dict[Event, list[Event]] = {}
    for rows in together.values():
        for event in rows if len(rows) > 1 else ():
            alike.setdefault(_content(event), []).append(event)
    return [rows for rows in alike.values() if len(rows) > 1]


def _content(event: Event) -> Event:
    """What a row says of a dose, without which row it is and the words around it."""
    return replace(event, event_id=0, source="", quote="", note="")


def _once_daily(regimens: Sequence[Regimen]) -> bool:
    """Whether the drug has regimens, and none of them has several doses on a day."""
    return bool(regimens) and all(_at_most_daily(one) for one in regimens)


def _at_most_daily(regimen: Regimen) -> bool:
    every = regimen.repeat.every if regimen.repeat else None
    is_single = regimen.give.basis in (Basis.COURSE_TOTAL, Basis.PER_DOSE)
    return is_single and (every is None or every.shortest_days >= 1)


# ---------------------------------------------------------------- on the course


def remarked(course: Course, told: Told) -> Course:
    """The course with what it rests on said: orders alone, and rows that were written twice."""
    if not (told.unrecorded or told.doubled):
        return course
    unrecorded = tuple(i for i in course.event_ids if i in told.unrecorded)
    both = {own: (own, *told.doubled.get(own, ())) for own in course.event_ids}
    again = tuple(i for own in course.event_ids for i in both[own][1:])
    said = list(course.deviations)
    if unrecorded:
        says = f"{_count(len(unrecorded), 'order')}, giving not recorded"
        said.append(Deviation("giving-unrecorded", says, unrecorded))
    if again:
        says = f"{_count(len(again), 'row')} written twice, counted once"
        said.append(Deviation("doubled", says, again))
    if not (unrecorded or again):
        return course
    return replace(course, deviations=tuple(said), event_ids=tuple(chain(*both.values())))


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
