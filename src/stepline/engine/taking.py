"""What single doses of a drug amount to a day, where they are taken day after day.

A record of a ward writes each tablet that was given. Three days of doses and more that follow on
one another are a daily dose, as recognition reads them (`course.supplies`); what was given by vein,
and doses days apart, are not. What is known then alone counts: the days before the third are none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from stepline.course.supplies import TOGETHER, as_spells, is_taken_daily
from stepline.engine.situation import DAY, END_OF_DAY, Situation, day_of, is_dose
from stepline.record.model import Event
from stepline.record.saying import say_event
from stepline.record.totals import ALTERNATE_DAYS

LOOKED_AT = 10
"""Days of doses up to the last that are looked at: they tell the dose, that it is daily, and that
two take turns, which four doses show (a week where they are every second day)."""
BY_VEIN = ("iv", "intravenous")


class Taken(NamedTuple):
    """A daily dose out of single ones as a spell, the rows it rests on, and its words.

    `runs` is true on a day with a dose, or between two of doses every second day, and `None` for
    as long after it as a next one may follow.
    """

    event: Event
    runs: bool | None
    ids: tuple[int, ...]
    says: str


def taken(drug: str, situation: Situation) -> Taken | None:
    """The daily dose that single doses of a drug amount to now; `None` where they are none."""
    rows = _run(drug, situation)
    if not rows:
        return None
    memo, key = situation.index.memo, ("taken", drug, rows[-1].event_id)
    if key not in memo:
        memo[key] = _joined(rows, situation)
    found = cast("tuple[Taken, int] | None", memo[key])
    if found is None:
        return None
    since = situation.moment.toordinal() - rows[-1].time.toordinal()
    return found[0]._replace(runs=True if since <= found[1] else None)


def _joined(rows: list[Event], situation: Situation) -> tuple[Taken, int] | None:
    """Doses in order as a daily one, and for how many days after the last that holds."""
    if not is_taken_daily(rows):
        return None
    last = as_spells(rows)[-1]
    begin = datetime.fromordinal(last.first)
    event = replace(last.event, time=begin, end_time=rows[-1].time, text="", time_said="")
    says = f"{say_event(situation.index.record, event)}, in single doses"
    by_turns = any(kind == ALTERNATE_DAYS for kind, _ in last.said)
    return Taken(event, None, last.ids, says), int(by_turns)


def is_part_of_daily(event: Event, situation: Situation) -> bool:
    """Whether a single dose is counted in the daily dose of its day."""
    if event.is_spell or not is_by_mouth(event):
        return False
    found = taken(event.concept, situation.at(day_of(event.time) + END_OF_DAY))
    return found is not None


def _run(drug: str, situation: Situation) -> list[Event]:
    """The doses that follow on one another and reach up to now, the latest days of them."""
    singles = _singles(drug, situation)
    if not singles:
        return []
    known = bisect_right(singles, situation.moment, key=lambda event: event.time)
    today = situation.moment.toordinal()
    if not known or today - singles[known - 1].time.toordinal() > TOGETHER:
        return []
    last, first = singles[known - 1], known - 1
    if _is_stopped(drug, last.time, situation):
        return []
    while first and _follows(singles[first - 1], singles[first], last):
        first -= 1
    return singles[first:known]


def _follows(one: Event, other: Event, last: Event) -> bool:
    day = one.time.toordinal()
    near = other.time.toordinal() - day <= TOGETHER
    return near and last.time.toordinal() - day < LOOKED_AT


def _singles(drug: str, situation: Situation) -> list[Event]:
    """The single doses of a drug that were not given by vein, in order, whenever known."""
    memo, key = situation.index.memo, ("single doses", drug)
    found = memo.get(key)
    if found is None:
        own = situation.index.of(drug)
        found = memo[key] = [e for e in own if is_dose(e) and not e.is_spell and is_by_mouth(e)]
    return cast("list[Event]", found)


def is_by_mouth(event: Event) -> bool:
    """Whether a dose may be one of a daily drug: it was not given by vein."""
    return event.route not in BY_VEIN


def _is_stopped(drug: str, last: datetime, situation: Situation) -> bool:
    known = situation.index.known_by(drug, situation.moment)
    return any(event.is_stop and event.time >= last for event in known)


def days_of_single_doses(drug: str, situation: Situation) -> Iterator[datetime]:
    """The days on which what single doses amount to can change."""
    after = timedelta(days=TOGETHER) + DAY
    for event in _singles(drug, situation):
        yield from (day_of(event.time), day_of(event.time) + DAY, day_of(event.time) + after)
