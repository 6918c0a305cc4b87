"""From which day a schedule of monitoring counts, as far as the record tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from stepline.core.time import parse_period
from stepline.engine.finding import Missing
from stepline.engine.situation import Situation, day_of, find
from stepline.protocol.criterion import LastOf
from stepline.protocol.monitoring import Start
from stepline.record.model import Event, Interpretation

ONE_COURSE = timedelta(days=28)
"""Doses less than 28 days apart are one use, as the rules on courses of rituximab have it."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day known between two; `None` is without bound. `event` is what it was read from."""

    earliest: datetime | None
    latest: datetime | None
    event: Event

    @property
    def is_exact(self) -> bool:
        """Whether it is one day."""
        return self.earliest is not None and self.earliest == self.latest


@dataclass(frozen=True, slots=True)
class Use:
    """One drug in use: since when, since when at this dose, and the last dose."""

    begun: Day
    dose: Day
    last: Day


def use_of(drugs: Sequence[str], situation: Situation, intent: str = "") -> Use | None:
    """The use of any of these drugs that is the latest; `None` where none was given.

    With an intent, only doses that were given for it count.
    """
    key = ("use", tuple(drugs), intent, situation.moment)
    if key not in situation.memo:
        given = situation.given(tuple(drugs))
        given = [event for event in given if event.intent == intent] if intent else given
        situation.memo[key] = _use(drugs, given, situation) if given else None
    found: Use | None = situation.memo[key]
    return found


def _use(drugs: Sequence[str], given: Sequence[Event], situation: Situation) -> Use:
    """The use that the last of these doses belongs to."""
    chain = _last_chain(given)
    alike = [chain[-1]]
    for event in reversed(chain[:-1]):
        if _dose(event) != _dose(chain[-1]):
            break
        alike.append(event)
    known = chain[-1].value is not None
    dose = _day(alike[-1]) if known else _since_some_day(alike[-1], situation)
    return Use(_day(chain[0]), dose, _last_day(drugs, given[-1], situation))


def _last_chain(given: Sequence[Event]) -> list[Event]:
    """The doses up to the last without a gap that makes another use of it."""
    reach = list(accumulate((_end(event) for event in given), max))
    first = len(given) - 1
    while first > 0 and reach[first - 1] + ONE_COURSE >= given[first].time:
        first -= 1
    return list(given[first:])


def _end(event: Event) -> datetime:
    """When a dose, or a spell of doses, was over; a spell without an end goes on."""
    if not event.is_spell:
        return event.time + (_interval(event) if event.interval else timedelta())
    if event.end_time is not None:
        return event.end_time
    return datetime.max - ONE_COURSE


def _interval(event: Event) -> timedelta:
    return timedelta(days=parse_period(event.interval).longest_days)


def _dose(event: Event) -> tuple[object, ...]:
    return event.concept, event.value, event.unit, event.interval


def _day(event: Event) -> Day:
    if event.time_exact:
        return Day(day_of(event.time), day_of(event.time), event)
    early, late = event.time_earliest, event.time_latest
    return Day(early and day_of(early), late and day_of(late), event)


def _since_some_day(event: Event, situation: Situation) -> Day:
    """A dose that is not known may have changed on any day up to now."""
    return Day(_day(event).earliest, day_of(situation.moment), event)


def _last_day(drugs: Sequence[str], last: Event, situation: Situation) -> Day:
    """The day of the last dose; of a drug taken over time that goes on, a day up to now."""
    if situation.index.is_dated and not last.is_spell:
        return _day(last)
    found = find(LastOf(tuple(drugs)), situation)
    if isinstance(found, Missing):  # pragma: no cover - there is a dose, so there is a last one
        return _day(last)
    event = found.event or last
    return Day(
        found.earliest and day_of(found.earliest), found.latest and day_of(found.latest), event
    )


def planned_day(drugs: Sequence[str], situation: Situation) -> Day | None:
    """The day of the next planned dose that is not of a course under way."""
    planned = situation.planned(tuple(drugs))
    if not planned:
        return None
    first = min(planned, key=lambda event: (event.time, event.event_id))
    given = situation.given(tuple(drugs))
    if given and first.time - given[-1].time < ONE_COURSE:
        return None
    return _day(first)


def day_for(start: Start, use: Use) -> Day:
    """The day that a schedule of this kind counts from."""
    return {Start.USE: use.begun, Start.DOSE: use.dose, Start.LAST: use.last}[start]


def answers(event: Event) -> bool:
    """Whether a row says what was seen, and not only that it is not known."""
    if event.value is not None or event.value_low is not None or event.value_high is not None:
        return True
    if event.interpretation is not None:
        return event.interpretation is not Interpretation.INDETERMINATE
    return bool(event.text) and event.text.lower() not in ("unknown", "value unknown", "not stated")
