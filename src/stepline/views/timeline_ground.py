"""The ground a timeline is drawn on: which moments it covers and how its events are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stepline.core.time import Period, RelativeCalendar
from stepline.record.model import Event, EventStatus, Record
from stepline.record.saying import say, say_event, say_time
from stepline.review.model import Review
from stepline.views.scene import Axis, Span, Telling, Tick

MOST_TICKS = 12
SHORTEST = timedelta(days=28)
"""An axis covers at least four weeks, so that one day does not fill the figure."""

_DAY_STEPS = (1, 2, 7, 14, 28)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_UNDONE = frozenset({EventStatus.PLANNED, EventStatus.ORDERED})


@dataclass(frozen=True, slots=True)
class Ground:
    """What every part of a timeline needs: the record, its axis and its events by id."""

    record: Record
    start: datetime
    as_of: datetime
    events: Mapping[int, Event]

    def is_before(self, event: Event) -> bool:
        """Whether an event lies before the axis, or at its start without a known beginning."""
        if event.time < self.start:
            return True
        return not event.time_exact and event.time_earliest is None and event.time <= self.start

    def moment(self, event: Event) -> datetime | None:
        """Where an event stands on the axis; `None` in the margin before it."""
        return None if self.is_before(event) else event.time

    def span(self, event: Event, until: Event | None = None) -> Span:
        """From the start of an event to its end, or to the end of a later one."""
        last = until or event
        end = last.end_time if last.is_spell else last.time
        goes_on = last.is_spell and (last.end_said == "ongoing" or (end or self.start) > self.as_of)
        if end is None and not goes_on:
            end = last.time
        before = self.is_before(event)
        return Span(
            start=None if before else event.time,
            end=None if goes_on else end,
            start_exact=event.time_exact,
            end_exact=goes_on
            or not last.is_spell
            or (last.end_exact and last.end_time is not None),
            earliest=None if before else self._bound(event),
            before_only=before and not goes_on and (end is None or end <= self.start),
        )

    def _bound(self, event: Event) -> datetime | None:
        earliest = event.time_earliest
        if event.time_exact or earliest is None or earliest >= event.time:
            return None
        return max(earliest, self.start)

    def telling(self, event: Event) -> Telling:
        """An event in full: what, how much, when, and the source's own words."""
        quote = f" — “{event.quote}”" if event.quote else ""
        says = f"{say_event(self.record, event)}{quote}"
        return Telling(says, (event.event_id,), say_time(self.record, event))

    def telling_all(self, events: Sequence[Event], says: str) -> Telling:
        """Several events told as one."""
        ids = tuple(event.event_id for event in events)
        return Telling(says, ids, say_time(self.record, events[0]) if events else "")

    def stretch(self, events: Sequence[Event]) -> str:
        """From the first to the last of some events, in words."""
        first, last = say_time(self.record, events[0]), say_time(self.record, events[-1])
        return first if first == last else f"{first} to {last}"

    def of(self, ids: Iterable[int]) -> list[Event]:
        """The events of some ids, in order; ids that the record does not hold are left out."""
        found = [self.events[number] for number in ids if number in self.events]
        return sorted(found, key=lambda event: (event.time, event.event_id))


def ground_of(review: Review, drawn: Iterable[str]) -> Ground:
    """The ground of a review; `drawn` names the concepts whose values have a panel.

    An order is in it only where a course counts it for a giving that is not recorded.
    """
    counted = {number for course in review.courses for number in course.event_ids}
    known = [
        event
        for event in review.record.events
        if event.time <= review.as_of and (event.status not in _UNDONE or event.event_id in counted)
    ]
    return Ground(
        record=review.record,
        start=_start(review, known, frozenset(drawn)),
        as_of=review.as_of,
        events={event.event_id: event for event in known},
    )


def _start(review: Review, known: Sequence[Event], drawn: frozenset[str]) -> datetime:
    """The first day of treatment or of a value in a panel; else of anything at all."""
    first = [course.start for course in review.courses if course.start <= review.as_of]
    first += [event.time for event in known if event.concept in drawn and event.time_exact]
    first = first or [event.time for event in known]
    start = min(first, default=review.as_of)
    zero = review.record.day_zero if review.record.calendar == "relative" else None
    midnight = (zero or start).replace(hour=0, minute=0, second=0, microsecond=0)
    return min(midnight, start) if zero is not None and start <= zero else _day(start)


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def axis_of(ground: Ground, as_of_said: str, *, has_before: bool, until: datetime) -> Axis:
    """The axis with its ticks: months from day zero on a relative calendar, else dates.

    It goes on to `until` where something is foreseen after the moment of the review.
    """
    relative = ground.record.calendar == "relative" and ground.record.day_zero is not None
    end = max(ground.as_of, ground.start + SHORTEST, until)
    zero_said = ground.record.day_zero_said or "day zero"
    return Axis(
        start=ground.start,
        end=end,
        as_of=ground.as_of,
        ticks=_relative_ticks(ground, end) if relative else _dated_ticks(ground.start, end),
        title=f"months (M) and days (D) from {zero_said}" if relative else "date",
        as_of_label=f"as of {as_of_said or say(ground.record, _day(ground.as_of))}",
        before=f"before {say(ground.record, ground.start)}" if has_before else "",
    )


def _relative_ticks(ground: Ground, end: datetime) -> tuple[Tick, ...]:
    zero = ground.record.day_zero or ground.start
    calendar = RelativeCalendar(zero)
    moments = _counted(zero, ground.start, end)
    return tuple(Tick(moment, calendar.say(moment)) for moment in moments)


def _counted(zero: datetime, start: datetime, end: datetime) -> list[datetime]:
    days = (end - min(zero, start)).days
    if days <= _DAY_STEPS[-1] * 2:
        step = next(s for s in _DAY_STEPS if days / s <= MOST_TICKS)
        found = (zero + timedelta(days=n * step) for n in range(days // step + 1))
        return [moment for moment in found if start <= moment <= end]
    months = int(days / 30.4)
    step = _month_step(months)
    counted = (Period(n * step).after(zero) for n in range(months // step + 2))
    return [moment for moment in counted if start <= moment <= end]


def _month_step(months: int) -> int:
    return next((s for s in _MONTH_STEPS if months / s <= MOST_TICKS), _MONTH_STEPS[-1])


def _dated_ticks(start: datetime, end: datetime) -> tuple[Tick, ...]:
    days = (end - start).days
    if days <= _DAY_STEPS[-1] * 2:
        step = next(s for s in _DAY_STEPS if days / s <= MOST_TICKS / 2)
        moments = [start + timedelta(days=n * step) for n in range(days // step + 1)]
        return tuple(Tick(moment, f"{moment:%Y-%m-%d}") for moment in moments)
    step = _month_step(int(days / 30.4))
    first = start.year * 12 + start.month - 1
    last = end.year * 12 + end.month - 1
    counted = [_month(n) for n in range(first - first % step, last + 1, step)]
    written = "%Y" if step >= 12 else "%Y-%m"
    return tuple(Tick(m, m.strftime(written)) for m in counted if start <= m <= end)


def _month(count: int) -> datetime:
    return datetime(count // 12, count % 12 + 1, 1)
