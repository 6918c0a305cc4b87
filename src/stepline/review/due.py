"""What is due and what is overdue: the library's schedules laid on a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from stepline.core.time import Period, days_between
from stepline.engine.finding import Missing, Verdict
from stepline.engine.possible import could_be_true
from stepline.engine.reference import judge
from stepline.engine.situation import Situation, day_of
from stepline.protocol.model import PeriodRange
from stepline.protocol.monitoring import Schedule, Start
from stepline.record.model import Event
from stepline.record.saying import say, spoken
from stepline.review.due_starts import Day, Use, answers, day_for, planned_day, use_of
from stepline.review.model import Due, DueStatus
from stepline.review.stating import Teller, deciding_missing

ORDER = list(DueStatus)

Window = tuple[datetime, datetime]


def due(schedules: Sequence[Schedule], situation: Situation, teller: Teller) -> tuple[Due, ...]:
    """Everything asked for now, most pressing first, then by day and id."""
    found = [one for schedule in schedules if (one := due_of(schedule, situation, teller))]
    return tuple(sorted(found, key=_place))


def _place(one: Due) -> tuple[int, datetime, str]:
    return ORDER.index(one.status), one.opens or datetime.max, one.id


def due_of(schedule: Schedule, situation: Situation, teller: Teller) -> Due | None:
    """How one schedule stands; `None` where it asks for nothing."""
    members = situation.members(schedule.drugs)
    if not any(situation.index.of(name) for name in members):
        return None
    if not could_be_true(schedule.applies, situation):
        return None
    finding = judge(schedule.applies, situation)
    if finding.verdict is Verdict.FALSE:
        return None
    counted = _counted_from(schedule, situation)
    if counted is None or _is_over(schedule, counted, situation):
        return None
    told = _Told(schedule, situation, teller, counted.day, _looks(schedule, situation))
    if finding.verdict is Verdict.UNKNOWN:
        missing = deciding_missing(finding)
        why = "; ".join(dict.fromkeys(m.says for m in missing)) or finding.says
        return told.untold(f"whether it is asked for is not known: {why}", missing)
    return _once(told) if schedule.once else _repeated(told, counted.use)


@dataclass(frozen=True, slots=True)
class _Counted:
    """The day that a schedule counts from, and the use of the drug that it belongs to."""

    day: Day
    use: Use | None


def _counted_from(schedule: Schedule, situation: Situation) -> _Counted | None:
    if schedule.start is Start.PLANNED:
        planned = planned_day(schedule.drugs, situation)
        return _Counted(planned, None) if planned else None
    use = use_of(schedule.drugs, situation, schedule.intent)
    return _Counted(day_for(schedule.start, use), use) if use else None


def _is_over(schedule: Schedule, counted: _Counted, situation: Situation) -> bool:
    """Whether the schedule surely ended before today, counted from the last dose."""
    if schedule.until is None or counted.use is None:
        return False
    last = counted.use.last.latest
    return last is not None and day_of(situation.moment) > day_of(schedule.until.after(last))


# ---------------------------------------------------------------- what was looked at


@dataclass(frozen=True, slots=True)
class _Looks:
    """For each group that a look consists of: the rows of it, in order, and its name."""

    groups: tuple[Sequence[Event], ...]
    names: tuple[str, ...]

    def last(self, since: datetime | None) -> tuple[Event, ...] | None:
        """The last row of each group since a day; `None` where a group has none."""
        found = [_last_answer(rows, since) for rows in self.groups]
        rows = tuple(row for row in found if row is not None)
        return rows if len(rows) == len(found) else None

    def lacking(self, since: datetime | None) -> tuple[str, ...]:
        """The groups with no row since a day."""
        return tuple(
            name
            for name, rows in zip(self.names, self.groups, strict=True)
            if _last_answer(rows, since) is None
        )


def _last_answer(rows: Sequence[Event], since: datetime | None) -> Event | None:
    """The last row that says something, not earlier than a day."""
    for row in reversed(rows):
        if since is not None and row.time < since:
            return None
        if answers(row):
            return row
    return None


def _looks(schedule: Schedule, situation: Situation) -> _Looks:
    groups = tuple(situation.known(names) for names in schedule.measure)
    names = tuple(" or ".join(spoken(name) for name in group) for group in schedule.measure)
    return _Looks(groups, names)


# ---------------------------------------------------------------- telling


@dataclass(frozen=True, slots=True)
class _Told:
    """A schedule on a record, ready to be told."""

    schedule: Schedule
    situation: Situation
    teller: Teller
    start: Day
    looks: _Looks

    @property
    def today(self) -> datetime:
        return day_of(self.situation.moment)

    def say(self, moment: datetime) -> str:
        return say(self.situation.index.record, day_of(moment))

    def status(self, opens: datetime, closes: datetime) -> DueStatus:
        """Where today lies between the two days."""
        if self.today < day_of(opens):
            return DueStatus.UPCOMING
        return DueStatus.DUE if self.today <= day_of(closes) else DueStatus.OVERDUE

    def told(
        self,
        status: DueStatus,
        window: Window,
        looked: tuple[Event, ...] | None,
        says: str,
    ) -> Due:
        opens, closes = window
        rows = looked or ()
        return Due(
            id=self.schedule.id,
            title=self.schedule.title,
            what=self.schedule.what,
            status=status,
            says=says,
            opens=day_of(opens),
            opens_said=self.say(opens),
            closes=day_of(closes),
            closes_said=self.say(closes),
            last=self.last_said(looked),
            days=self._days(status, opens, closes),
            because=self.teller.because([self.start.event.event_id, *(e.event_id for e in rows)]),
            evidence=self.schedule.evidence,
            note=self.schedule.note,
        )

    def _days(self, status: DueStatus, opens: datetime, closes: datetime) -> int:
        if status is DueStatus.OVERDUE:
            return days_between(closes, self.today)
        return -days_between(self.today, opens) if status is DueStatus.UPCOMING else 0

    def untold(self, says: str, missing: tuple[Missing, ...]) -> Due:
        """What cannot be told, and what would settle it."""
        looked = self.looks.last(None)
        rows = looked or ()
        return Due(
            id=self.schedule.id,
            title=self.schedule.title,
            what=self.schedule.what,
            status=DueStatus.CANNOT_BE_TOLD,
            says=says,
            last=self.last_said(looked),
            because=self.teller.because([self.start.event.event_id, *(e.event_id for e in rows)]),
            missing=missing,
            evidence=self.schedule.evidence,
            note=self.schedule.note,
        )

    def last_said(self, looked: tuple[Event, ...] | None) -> str:
        """The oldest of the last rows: a look is as old as its oldest part."""
        return self.situation.index.say(min(looked, key=_by_time)) if looked else ""

    def never(self, since: datetime | None) -> str:
        """What of the look is not recorded since a day."""
        return f"not recorded since: {', '.join(self.looks.lacking(since))}"


def _by_time(event: Event) -> tuple[datetime, int]:
    return event.time, event.event_id


def _window(between: PeriodRange, day: datetime) -> tuple[datetime, datetime]:
    return between.low.after(day), between.high.after(day)


def _said(between: PeriodRange) -> str:
    """For people: `12 weeks`, or `8 weeks to 16 weeks`."""
    if between.low == between.high or between.low.is_empty:
        return between.high.say()
    return f"{between.low.say()} to {between.high.say()}"


def _bounds(day: Day) -> tuple[datetime, datetime] | None:
    """Both ends of a day, or `None` where one is open."""
    if day.earliest is None or day.latest is None:
        return None
    return day.earliest, day.latest


def _not_dated(told: _Told) -> Due:
    """From which day it counts is not known well enough."""
    event = told.start.event
    seen = told.situation.index.say(event)
    what = "the dose" if told.schedule.start is Start.DOSE and event.value is None else "the day"
    says = f"it counts from {seen}: {what} is not known exactly"
    missing = Missing(
        f"{what} of {spoken(event.concept)}",
        "time-uncertain",
        says,
        (f"{what} of {spoken(event.concept)}",),
    )
    lacking = told.looks.lacking(None)
    never = f"; never recorded: {', '.join(lacking)}" if lacking else ""
    return told.untold(f"{says}{never}", (missing,))


# ---------------------------------------------------------------- once


def _once(told: _Told) -> Due | None:
    """One look at a time after the day, or before it where it is planned."""
    bounds = _bounds(told.start)
    if bounds is None:
        return _not_dated(told)
    windows = [_once_window(told.schedule, day) for day in bounds]
    if windows[0] != windows[1] and not _surely_overdue(told, windows):
        return _not_dated(told)
    return _open_once(told, windows[1])


def _surely_overdue(told: _Told, windows: Sequence[Window]) -> bool:
    """Whether something is overdue on whichever of the days it counts from."""
    return all(told.status(*window) is DueStatus.OVERDUE for window in windows)


def _once_window(schedule: Schedule, day: datetime) -> Window:
    assert schedule.once is not None  # only schedules that are asked for once come here
    if schedule.start is Start.PLANNED:
        return schedule.once.high.before(day), schedule.once.low.before(day)
    return _window(schedule.once, day)


def _open_once(told: _Told, window: Window) -> Due | None:
    opens, closes = window
    lookback = told.schedule.lookback
    since = lookback.before(opens) if lookback else opens
    looked = told.looks.last(day_of(since))
    if looked is not None and not all(row.time_exact for row in looked):
        return _look_not_dated(told, looked)
    if looked is not None:
        return told.told(DueStatus.DONE, window, looked, _rows(told, looked))
    status = told.status(opens, closes)
    return told.told(status, window, None, told.never(since))


def _rows(told: _Told, looked: tuple[Event, ...]) -> str:
    return "; ".join(told.situation.index.say(row) for row in dict.fromkeys(looked))


def _look_not_dated(told: _Told, looked: tuple[Event, ...]) -> Due:
    says = f"the day of the last look is not known exactly: {_rows(told, looked)}"
    what = f"the day of {spoken(looked[-1].concept)}"
    return told.untold(says, (Missing(what, "time-uncertain", says, (what,)),))


# ---------------------------------------------------------------- again and again


def _repeated(told: _Told, use: Use | None) -> Due | None:
    """The next look, by the turn that was in force at the last one."""
    bounds = _bounds(told.start)
    began = _bounds(use.begun) if use else bounds
    if bounds is None or began is None:
        return _not_dated(told)
    lookback = told.schedule.lookback
    since = lookback.before(began[0]) if lookback else began[0]
    if told.schedule.start is Start.LAST:
        since = min(since, bounds[0])
    looked = told.looks.last(day_of(since))
    if looked is not None and not all(row.time_exact for row in looked):
        return _look_not_dated(told, looked)
    last = min(looked, key=_by_time).time if looked else None
    ends = [
        _next(told.schedule, day, first, last) for day, first in zip(bounds, began, strict=True)
    ]
    windows = [window for window, _ in ends]
    if windows[0] != windows[1] and not _surely_overdue(told, windows):
        return _not_dated(told)
    window, rule = max(ends, key=lambda end: end[0][1])
    if _beyond(told, window[0], use):
        return None
    seen = f"last: {told.last_said(looked)}" if looked else told.never(since)
    return told.told(told.status(*window), window, looked, f"{rule}; {seen}")


def _beyond(told: _Told, opens: datetime, use: Use | None) -> bool:
    """Whether the next look would fall after the schedule has ended."""
    until = told.schedule.until
    if until is None or use is None or use.last.latest is None:
        return False
    return day_of(opens) > day_of(until.after(use.last.latest))


def _next(
    schedule: Schedule, start: datetime, begun: datetime, last: datetime | None
) -> tuple[Window, str]:
    """When the next look is due, and by which part of the schedule.

    A start that is later than the last look begins the turns anew, but never lets the next look be
    later than the widest turn asks for: a change of dose does not undo what was overdue before it.
    """
    first = schedule.first or schedule.every[0].every
    if last is None:
        anchor = begun if schedule.start is not Start.LAST else start
        return _window(first, anchor), f"first within {_said(first)} of the start"
    if last < start:
        widest = schedule.every[-1].every
        anew, kept = _window(first, start), _window(widest, last)
        chosen = min((anew, kept), key=lambda window: (window[1], window[0]))
        said = first if chosen == anew else widest
        return chosen, f"every {_said(said)}"
    turn = _turn_at(schedule, start, last)
    return _window(turn, last), f"every {_said(turn)}"


def _turn_at(schedule: Schedule, start: datetime, moment: datetime) -> PeriodRange:
    """The turn in force on the day of a moment: a turn covers its last day."""
    end: datetime = start
    for turn in schedule.every:
        if turn.lasts is None:
            return turn.every
        end = _later(turn.lasts, end)
        if day_of(moment) < end:
            return turn.every
    return schedule.every[-1].every


def _later(period: Period, moment: datetime) -> datetime:
    return day_of(period.after(moment))
