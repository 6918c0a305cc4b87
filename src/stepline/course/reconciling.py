"""Which rows of a drug are doses: orders beside what was given, and rows that are written twice.

An order is no dose. Where its giving is recorded it says nothing more; where nothing is recorded
of it, it stands in, and the course says so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import accumulate, chain

from stepline.course.model import Course, Deviation
from stepline.protocol.model import Basis, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, PLANNED, Event, EventStatus, in_order

BESIDE = 3
"""An order and a giving no more days apart than this are one dose, as doses of one cycle are."""

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

    `regimens` are those of the drug; `last` is the last moment at which something happened to the
    subject: an order after it may still be to come.
    """
    own = in_order(event for event in events if event.is_spell is is_spell)
    given = [event for event in own if event.status in GIVEN and _is_dose(event)]
    orders = [event for event in own if event.status is EventStatus.ORDERED]
    kept, doubled = _once(given, regimens)
    if not given:
        orders, doubled = _once(orders, regimens)
        return Told(in_order(orders), frozenset(one.event_id for one in orders), doubled)
    standing = _standing(orders, own, last)
    ids = frozenset(order.event_id for order in standing)
    return Told(in_order([*kept, *standing]), ids, doubled)


def last_happened(index: RecordIndex) -> datetime | None:
    """The last moment of a row that is neither planned nor ordered; `None` where there is none."""
    key = "last happened"
    if key not in index.memo:
        times = (event.time for event in index.events if event.status not in PLANNED)
        index.memo[key] = max(times, default=None)
    found = index.memo[key]
    return found if isinstance(found, datetime) else None


def _is_dose(event: Event) -> bool:
    """A row that only says that a drug was stopped is no dose."""
    return event.status is not EventStatus.STOPPED or event.is_spell or event.value is not None


# ---------------------------------------------------------------- orders


def _standing(
    orders: Sequence[Event], own: Sequence[Event], last: datetime | None
) -> list[Event]:
    """The orders of which no giving is recorded, nor that they were not given; each day once."""
    if not orders:
        return []
    near = _Near([event for event in own if event.status not in PLANNED])
    by_group = _by_group(own)
    found: dict[tuple[date, str], Event] = {}
    for order in orders:
        if last is None or order.time > last or near.has(order) or near.is_stopped(order):
            continue
        if order.group and by_group[order.group] >= 0:
            continue
        found.setdefault((order.time.date(), order.group), order)
    return list(found.values())


def _by_group(own: Sequence[Event]) -> defaultdict[str, int]:
    """By group, how many more rows tell of a giving, or that there was none, than order one."""
    surplus: defaultdict[str, int] = defaultdict(int)
    for event in own:
        if event.status is not EventStatus.PLANNED:
            surplus[event.group] += -1 if event.status is EventStatus.ORDERED else 1
    return surplus


class _Near:
    """What is recorded of givings, found by day."""

    def __init__(self, rows: Sequence[Event]) -> None:
        """`rows` are in order."""
        self._begins = [row.time.toordinal() for row in rows]
        self._ends = list(accumulate((_last_day(row) for row in rows), max))
        self._doses = [e.time for e in rows if e.status in GIVEN and _is_dose(e)]
        self._stops = [e.time for e in rows if e.status is EventStatus.STOPPED and not _is_dose(e)]

    def has(self, order: Event) -> bool:
        """Whether a giving, or that there was none, is recorded beside an order."""
        before = bisect_right(self._begins, _last_day(order) + BESIDE)
        return before > 0 and self._ends[before - 1] >= order.time.toordinal() - BESIDE

    def is_stopped(self, order: Event) -> bool:
        """Whether the drug was stopped before an order and not given again until then."""
        stops = bisect_right(self._stops, order.time)
        doses = bisect_right(self._doses, order.time)
        return stops > 0 and (doses == 0 or self._doses[doses - 1] <= self._stops[stops - 1])


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
    if len({(event.time, event.value, event.unit) for event in events}) == len(events):
        return list(events), {}
    alike: dict[Event, list[Event]] = {}
    for event in events:
        alike.setdefault(_content(event), []).append(event)
    repeated = [rows for rows in alike.values() if len(rows) > 1]
    if not repeated or not _once_daily(regimens):
        return list(events), {}
    days = {event.time.date() for event in events}
    if 2 * len({rows[0].time.date() for rows in repeated}) > len(days):
        return list(events), {}
    doubled = {rows[0].event_id: tuple(row.event_id for row in rows[1:]) for rows in repeated}
    return [rows[0] for rows in alike.values()], doubled


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
    unrecorded = tuple(i for i in course.event_ids if i in told.unrecorded)
    both = {own: (own, *told.doubled.get(own, ())) for own in course.event_ids}
    again = tuple(i for own in course.event_ids for i in both[own][1:])
    said = list(course.deviations)
    if unrecorded:
        says = f"{_count(len(unrecorded), 'dose')} ordered, giving not recorded"
        said.append(Deviation("giving-unrecorded", says, unrecorded))
    if again:
        says = f"{_count(len(again), 'row')} written twice, counted once"
        said.append(Deviation("doubled", says, again))
    if not (unrecorded or again):
        return course
    return replace(course, deviations=tuple(said), event_ids=tuple(chain(*both.values())))


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
