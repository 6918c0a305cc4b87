"""A record's doses over time: stretches of days on which the answer stays the same.

A dose changes on few days only: where an order begins or ends, where one that is not certain may,
and where a weight begins or ceases to count. Between two such days every day has the same answer,
so it is worked out once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from stepline.core.time import Period, parse_period
from stepline.engine.amounts import Amount
from stepline.engine.doses import daily_dose, weekly_dose
from stepline.engine.picking import freshness_of
from stepline.engine.situation import DAY, END_OF_DAY, Situation, day_of
from stepline.engine.taking import days_of_single_doses
from stepline.protocol import criterion as c
from stepline.record.model import Event, EventStatus
from stepline.vocabulary.catalogue import Catalogue

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DoseStretch:
    """What is known of the dose on every day from `first` to `last`, both midnights and included.

    Where that is only bounds, the dose itself may differ from day to day.
    """

    first: datetime
    last: datetime
    dose: Amount

    @property
    def may_vary(self) -> bool:
        """Whether the dose may have moved within: only bounds are known on several days."""
        return not self.dose.is_exact and self.days > 1

    @property
    def days(self) -> int:
        """How many days it spans, both ends counted."""
        return (self.last - self.first).days + 1


def dose_stretches(
    dose: c.DailyDose | c.WeeklyDose, situation: Situation
) -> tuple[DoseStretch, ...]:
    """The dose on every day from the first dose on record until today, without a gap."""
    key = ("dose stretches", dose, day_of(situation.moment))
    known: tuple[DoseStretch, ...] | None = situation.memo.get(key)
    if known is None:
        days = days_of_change(dose, dose.names, situation)
        known = situation.memo[key] = tuple(
            DoseStretch(first, last, dose_at(dose, situation.at(first + END_OF_DAY)))
            for first, last in between(days, day_of(situation.moment))
        )
    return known


def dose_at(dose: c.DailyDose | c.WeeklyDose, situation: Situation) -> Amount:
    """The dose now that a node asks for."""
    if isinstance(dose, c.WeeklyDose):
        return weekly_dose(dose.names, dose.equivalent, situation)
    return daily_dose(dose.names, dose.equivalent, situation, per_kilogram=dose.per_kilogram)


def between(days: Sequence[datetime], today: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches that begin on these days; the last of them ends today."""
    ends = [*(later - DAY for later in days[1:]), today]
    return list(zip(days, ends, strict=True)) if days else []


def days_of_change(part: c.Node, names: c.Names, situation: Situation) -> list[datetime]:
    """The days on which a dose of drugs, or whether one is taken, can change, in order.

    From the first dose on record; none where no dose is recorded by now. Within a recognised
    course single doses change nothing in whether a drug is taken.
    """
    given = situation.given(names)
    if not given:
        return []
    first, today = day_of(given[0].time), day_of(situation.moment)
    days = turning_days(part, names, situation)
    return [first, *days[bisect_right(days, first) : bisect_right(days, today)]]


def turning_days(part: c.Node, names: c.Names, situation: Situation) -> list[datetime]:
    """The days of the whole record on which a dose, or whether one is taken, can change."""
    key = ("turning days", type(part), names)
    days: list[datetime] | None = situation.shared.get(key)
    if days is None:
        days = situation.shared[key] = sorted(_turning(part, names, situation))
    return days


def _turning(part: c.Node, names: c.Names, situation: Situation) -> set[datetime]:
    found = set(_weight_days(situation))
    for drug in situation.members(names):
        events = situation.index.of(drug)
        single = isinstance(part, c.WeeklyDose) or any(e.status in _BREAKS for e in events)
        for event in events:
            if event.is_spell or single:
                found.update(_turning_days(event))
        if isinstance(part, c.DailyDose):
            found.update(days_of_single_doses(drug, situation))
    if isinstance(part, c.On):
        found.update(_course_days(situation.members(names), situation))
    return found


_BREAKS = frozenset({EventStatus.STOPPED, EventStatus.NOT_GIVEN})


def _turning_days(event: Event) -> Iterable[datetime]:
    """Days on which what one row says of a dose can change."""
    for moment in (event.time, event.time_earliest, event.end_time):
        if moment is not None:
            yield day_of(moment)
            yield day_of(moment) + DAY
    if not event.is_spell:
        yield day_of(event.time) + _WEEK


def _course_days(drugs: tuple[str, ...], situation: Situation) -> Iterable[datetime]:
    """Days on which a recognised course begins, or its last dose counts no more."""
    for course in situation.courses:
        if course.drug in drugs:
            yield day_of(course.start)
            if course.end is not None:
                last = course.end
                if course.interval:
                    last = parse_period(course.interval).after(last)
                yield from (day_of(course.end) + DAY, day_of(last), day_of(last) + DAY)


def _weight_days(situation: Situation) -> Iterable[datetime]:
    """Days on which a weight begins to count, or is too old to count."""
    fresh = _freshness(situation.catalogue)
    for event in situation.index.of("weight"):
        yield day_of(event.time)
        last = event.end_time or event.time
        if fresh is not None:
            yield day_of(fresh.after(last)) + DAY


@lru_cache(maxsize=4)
def _freshness(catalogue: Catalogue) -> Period | None:
    return freshness_of(catalogue.concept("weight"))


def within(stretches: Iterable[DoseStretch], first: datetime, last: datetime) -> list[DoseStretch]:
    """The parts of stretches that lie between two days, both included."""
    cut = [replace(one, first=max(one.first, first), last=min(one.last, last)) for one in stretches]
    return [one for one in cut if one.first <= one.last]


@dataclass(frozen=True, slots=True)
class Move:
    """The dose before and after it surely moved; with neither, whether it possibly did."""

    before: DoseStretch | None = None
    after: DoseStretch | None = None
    possibly: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether the dose surely moved."""
        return self.after is not None


def falls(stretches: Sequence[DoseStretch]) -> Move:
    """The last time that a dose fell: below what it surely was before.

    Where only bounds of a dose are known, its neighbours decide: from 90 mg by 5 to 90 mg to 5 mg
    it fell.
    """
    found, top = Move(), None
    highest: Decimal | None = Decimal(-1)
    for one in stretches:
        low, high = one.dose.low or Decimal(0), one.dose.high
        if top is not None and high is not None and high < (top.dose.low or 0):
            found = Move(top, one, possibly=True)
            top = one
        elif highest is None or low < highest or one.may_vary:
            found = replace(found, possibly=True)
        if top is None or low >= (top.dose.low or 0):
            top = one
        highest = None if highest is None or high is None else max(highest, high)
    return found


def rises(stretches: Sequence[DoseStretch]) -> Move:
    """The last time that a dose rose: above what it surely was before."""
    turned = falls(list(reversed(stretches)))
    return Move(turned.after, turned.before, possibly=turned.possibly)
