"""What a criterion is judged on: a record at a moment, in a step, with what the library defines."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from stepline.core.time import days_between, parse_period
from stepline.course.model import Course
from stepline.engine.finding import Missing
from stepline.protocol import criterion as c
from stepline.protocol.ladder import Ladder
from stepline.protocol.model import Confounder, Definition
from stepline.record.index import RecordIndex
from stepline.record.model import GIVEN, PLANNED, Event, EventStatus, order
from stepline.record.saying import spoken
from stepline.vocabulary.catalogue import Catalogue

DAY = timedelta(days=1)

END_OF_DAY = DAY - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that a verdict may depend on, and nothing else. No clock is read.

    `step_start` is when the step under judgement began (`step_start_exact` when that is known
    exactly), `step_drugs` the drugs of its courses and `step_events` their doses, where known.
    `verdict_only` lets a connective stop as soon as its verdict is certain, without the rest of the
    working. `ladder` is how a response is told, the packaged one where it is `None`.

    `memo` remembers what was worked out for this step, `shared` what no step can change: that is
    known of the criteria in `steady`, by identity. None of the three ever changes an answer.
    """

    index: RecordIndex
    moment: datetime
    catalogue: Catalogue
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    confounders: Mapping[str, tuple[Confounder, ...]] = field(default_factory=dict)
    courses: tuple[Course, ...] = ()
    step_start: datetime | None = None
    step_start_exact: bool = True
    step_drugs: tuple[str, ...] = ()
    step_events: frozenset[int] = frozenset()
    verdict_only: bool = False
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    ladder: Ladder | None = None
    shared: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    steady: Mapping[int, c.Node] = field(default_factory=dict, compare=False, repr=False)

    def in_step(
        self,
        start: datetime,
        drugs: tuple[str, ...] = (),
        events: frozenset[int] = frozenset(),
        *,
        is_exact: bool,
    ) -> Situation:
        """The same record as a step sees it that began then."""
        return replace(
            self,
            step_start=start,
            step_start_exact=is_exact,
            step_drugs=drugs,
            step_events=events,
            memo={},
        )

    def of(self, index: RecordIndex) -> Situation:
        """The same question asked of other rows: nothing that is remembered holds for them."""
        return replace(self, index=index, memo={}, shared={})

    @property
    def common(self) -> dict[Any, Any]:
        """Where to remember what a step could change only by way of what confounds a value."""
        return self.shared if self.steady else self.memo

    def at(self, moment: datetime) -> Situation:
        """The same situation at another moment."""
        if moment == self.moment:
            return self
        # Spelled out: this runs thousands of times, and `replace` takes four times as long.
        return Situation(
            self.index,
            moment,
            self.catalogue,
            self.definitions,
            self.confounders,
            self.courses,
            self.step_start,
            self.step_start_exact,
            self.step_drugs,
            self.step_events,
            self.verdict_only,
            self.memo,
            self.ladder,
            self.shared,
            self.steady,
        )

    def members(self, names: c.Names) -> tuple[str, ...]:
        """Concept ids, with every class replaced by its members."""
        return _members(names, self.catalogue)

    def known(self, names: c.Names) -> Sequence[Event]:
        """Events of these concepts known by now, in order. Plans are not knowledge of the past."""
        return self._remembered("known", names, _is_plan)

    def _any_of(self, name: str, test: Callable[[Event], bool]) -> bool:
        """Whether any row of a concept, at any time, passes a test; asked once a record."""
        if test is _is_plan:
            return self.index.holds_plans(name)
        found = self.index.memo.get((test, name))
        if found is None:
            found = self.index.memo[test, name] = any(map(test, self.index.of(name)))
        return bool(found)

    def has_spells(self, names: c.Names) -> bool:
        """Whether any row of these concepts, at any time, is a spell."""
        return any(self._any_of(name, _is_spell) for name in self.members(names))

    def has_stops(self, names: c.Names) -> bool:
        """Whether any row of these concepts, at any time, tells of a stop or a reason for one."""
        return any(self._any_of(name, _tells_a_stop) for name in self.members(names))

    def given(self, names: c.Names) -> Sequence[Event]:
        """Doses of these drugs that reached the patient by now, in order."""
        return self._remembered("given", names, _is_no_dose)

    def _remembered(
        self, what: str, names: c.Names, left_out: Callable[[Event], bool]
    ) -> Sequence[Event]:
        key = (what, names, self.moment)
        found: tuple[Event, ...] | None = self.shared.get(key)
        if found is None:
            found = self.shared[key] = tuple(self._chosen(names, left_out))
        return found

    def _chosen(self, names: c.Names, left_out: Callable[[Event], bool]) -> list[Event]:
        """Rows of these concepts known by now, but for some, in order."""
        parts = []
        for name in self.members(names):
            known = self.index.known_by(name, self.moment)
            if known and self._any_of(name, left_out):
                known = [event for event in known if not left_out(event)]
            if known:
                parts.append(known)
        if len(parts) == 1:
            return list(parts[0])
        return sorted((event for part in parts for event in part), key=order)

    def planned(self, names: c.Names) -> list[Event]:
        """Doses still to come: planned from today on, or ordered by now and not ended."""
        today = day_of(self.moment)
        return [
            event
            for name in self.members(names)
            if self.index.holds_plans(name)
            for event in self.index.of(name)
            if (event.status is EventStatus.PLANNED and event.time >= today)
            or (event.status is EventStatus.ORDERED and _open_order(event, self.moment))
        ]

    def speaks_of(self, names: c.Names) -> bool:
        """Whether the record says anything of these concepts by now."""
        return any(self.index.known_by(name, self.moment) for name in self.members(names))


@lru_cache(maxsize=4096)
def _members(names: c.Names, catalogue: Catalogue) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in names:
        found.update(dict.fromkeys(member.id for member in catalogue.members(name)))
        found.setdefault(name)
    return tuple(found)


def _is_plan(event: Event) -> bool:
    return event.status in PLANNED


def _tells_a_stop(event: Event) -> bool:
    return event.status is EventStatus.STOPPED or bool(event.reason)


def _is_no_dose(event: Event) -> bool:
    return _is_plan(event) or not is_dose(event)


def _is_spell(event: Event) -> bool:
    return event.is_spell


def is_dose(event: Event) -> bool:
    """Whether a row of a drug says that it reached the patient; a stop by itself is no dose."""
    return event.status in GIVEN and not event.is_stop


def runs_on(event: Event, moment: datetime) -> bool | None:
    """Whether a spell covers the day of a moment: its first and its last day are whole days."""
    active = event.active_on(moment)
    if active is False and event.end_time is not None and event.time <= moment:
        return event.end_exact and event.end_time.date() == moment.date()
    if active is None and event.time_exact and event.time.date() == moment.date():
        return True
    return active


def _open_order(event: Event, moment: datetime) -> bool:
    return event.time <= moment and (event.end_time is None or event.end_time >= moment)


def day_of(moment: datetime) -> datetime:
    """Midnight at the beginning of that day."""
    return datetime(moment.year, moment.month, moment.day)


@dataclass(frozen=True, slots=True)
class Found:
    """An anchor found in the record, known between two bounds."""

    time: datetime
    earliest: datetime | None
    latest: datetime | None
    event: Event | None = None


def found_at(event: Event) -> Found:
    """The moment of an event, with its bounds."""
    if event.time_exact:
        return Found(event.time, event.time, event.time, event)
    return Found(event.time, event.time_earliest, event.time_latest, event)


def find(anchor: c.Anchor, situation: Situation) -> Found | Missing:
    """The moment an anchor stands for, or why there is none."""
    match anchor:
        case c.Now():
            return _exactly(situation.moment)
        case c.OnDate(date):
            return _exactly(date)
        case c.StepStart():
            return _step_start(situation)
        case c.FirstOf(names):
            return _first(names, situation)
        case c.LastOf(names):
            return _last(names, situation)
    raise AssertionError(f"no anchor {type(anchor).__name__}")  # pragma: no cover


def _exactly(moment: datetime) -> Found:
    return Found(moment, moment, moment)


def _step_start(situation: Situation) -> Found | Missing:
    start = situation.step_start
    if start is None:
        return Missing("step start", "not-recorded", "no step of the pathway has begun")
    return _exactly(start) if situation.step_start_exact else Found(start, start, None)


def _first(names: c.Names, situation: Situation) -> Found | Missing:
    candidates = _happened(names, situation) or situation.planned(names)
    if not candidates:
        return _not_there(names)
    return found_at(candidates[0])


def _last(names: c.Names, situation: Situation) -> Found | Missing:
    if situation.index.is_dated and not situation.has_spells(names):
        dated = (found_at(e) for e in reversed(situation.known(names)) if _has_happened(e))
        return next(dated, None) or _not_there(names)
    happened = _happened(names, situation)
    if not happened:
        return _not_there(names)
    # Of moments that are exact, and in order, only the last can be the last of all.
    last_exact = next((e for e in reversed(happened) if _is_exact_moment(e)), None)
    found = [
        _last_of(event, situation)
        for event in happened
        if event is last_exact or not _is_exact_moment(event)
    ]
    return max(found, key=lambda one: (one.time, one.event.event_id if one.event else 0))


def _is_exact_moment(event: Event) -> bool:
    return event.time_exact and not event.is_spell


def _happened(names: c.Names, situation: Situation) -> list[Event]:
    return [event for event in situation.known(names) if _has_happened(event)]


def _has_happened(event: Event) -> bool:
    return event.status is not EventStatus.NOT_GIVEN and not event.is_stop


def _last_of(event: Event, situation: Situation) -> Found:
    """The moment of an event; of a drug taken over time, its last dose by now."""
    if not event.is_spell or not situation.catalogue.concept(event.concept).is_drug:
        return found_at(event)
    now = situation.moment
    end = min(event.end_time or now, now)
    if runs_on(event, now) is None or not event.time_exact:
        earliest = event.time if event.time_exact else event.time_earliest
        return Found(end, earliest, end, event)
    if not event.interval:
        return Found(end, end, end, event)
    return Found(end, max(event.time, parse_period(event.interval).before(end)), end, event)


def _not_there(names: c.Names) -> Missing:
    what = " or ".join(spoken(name) for name in names)
    return Missing(what, "not-recorded", f"no {what} is recorded", (what,))


# ---------------------------------------------------------------- windows


@dataclass(frozen=True, slots=True)
class Limit:
    """One end of a window, known to lie between two moments, itself included or not."""

    low: datetime
    high: datetime
    included: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A window laid on the record. `None` is without limit."""

    start: Limit | None
    end: Limit | None


def span_of(window: c.Window, situation: Situation) -> Span | Missing:
    """The window laid on the record, or the anchor that is missing."""
    start = _limit(window.start, situation, at_end=False)
    if isinstance(start, Missing):
        return start
    end = _limit(window.end, situation, at_end=True)
    if isinstance(end, Missing):
        return end
    return Span(start, end)


def _limit(bound: c.Bound | None, situation: Situation, *, at_end: bool) -> Limit | Missing | None:
    if bound is None:
        return None
    found = find(bound.anchor, situation)
    if isinstance(found, Missing):
        return found
    low = _moved(found.earliest or datetime.min, bound, at_end=at_end)
    high = _moved(found.latest or datetime.max, bound, at_end=at_end)
    return Limit(low, high, bound.included)


def _moved(moment: datetime, bound: c.Bound, *, at_end: bool) -> datetime:
    """Moves a moment by whole calendar days or months; an end so moved covers its whole day."""
    offset = bound.offset
    if offset is None or moment in (datetime.min, datetime.max):
        return moment
    target = offset.before(moment) if bound.direction < 0 else offset.after(moment)
    if offset.hours or offset.minutes or offset.seconds:
        return target
    return day_of(target) + DAY - timedelta(microseconds=1) if at_end else day_of(target)


def inside(event: Event, span: Span) -> bool | None:
    """Whether an event lies in the window; `None` where the times do not tell."""
    low, high = event.time, event.time
    if not event.time_exact:
        low, high = event.time_earliest or datetime.min, event.time_latest or datetime.max
    after = True if span.start is None else _not_before(low, high, span.start)
    before = True if span.end is None else _not_after(low, high, span.end)
    if after is False or before is False:
        return False
    return True if after and before else None


def _not_before(low: datetime, high: datetime, limit: Limit) -> bool | None:
    if low > limit.high or (low == limit.high and limit.included):
        return True
    if high < limit.low or (high == limit.low and not limit.included):
        return False
    return None


def _not_after(low: datetime, high: datetime, limit: Limit) -> bool | None:
    if high < limit.low or (high == limit.low and limit.included):
        return True
    if low > limit.high or (low == limit.high and not limit.included):
        return False
    return None


def select(
    events: Sequence[Event], window: c.Window, situation: Situation
) -> tuple[list[Event], list[Event]] | Missing:
    """Events inside the window for certain, and those that may be inside."""
    if window.is_everything:
        return list(events), []
    span = span_of(window, situation)
    if isinstance(span, Missing):
        return span
    if situation.index.is_dated and _is_sharp(span.start) and _is_sharp(span.end):
        return _slice(events, span), []
    return _split((event, inside(event, span)) for event in events)


def _split(answers: Iterable[tuple[Event, bool | None]]) -> tuple[list[Event], list[Event]]:
    """The events that are in for certain, and those that may be."""
    told = list(answers)
    return [e for e, a in told if a], [e for e, a in told if a is None]


def _is_sharp(limit: Limit | None) -> bool:
    """Whether an end of a window is known exactly."""
    return limit is None or limit.low == limit.high


def _slice(events: Sequence[Event], span: Span) -> list[Event]:
    """The events inside a window with exact ends, where every event has an exact time."""
    first, last = 0, len(events)
    if span.start is not None:
        find_start = bisect_left if span.start.included else bisect_right
        first = find_start(events, span.start.low, key=_time)
    if span.end is not None:
        find_end = bisect_right if span.end.included else bisect_left
        last = find_end(events, span.end.low, key=_time)
    return list(events[first:last])


def _time(event: Event) -> datetime:
    return event.time


# ---------------------------------------------------------------- spells in windows


def happened_in(
    events: Sequence[Event], window: c.Window, situation: Situation
) -> tuple[list[Event], list[Event]] | Missing:
    """As `select`, but a spell lies in a window that it reaches into, not only begins in."""
    if window.is_everything:
        return list(events), []
    span = span_of(window, situation)
    if isinstance(span, Missing):
        return span
    is_sharp = situation.index.is_dated and _is_sharp(span.start) and _is_sharp(span.end)
    if is_sharp and not any(map(_is_spell, events)):
        return _slice(events, span), []
    return _split((event, _reaches_into(event, span, situation)) for event in events)


def _reaches_into(event: Event, span: Span, situation: Situation) -> bool | None:
    begun = inside(event, span)
    if begun or not event.is_spell:
        return begun
    low, high = event.time, event.time
    if not event.time_exact:
        low, high = event.time_earliest or datetime.min, event.time_latest or datetime.max
    first, last = _end_of(event)
    before = True if span.end is None else _not_after(low, high, span.end)
    after = True if span.start is None else _not_before(first, last, span.start)
    if before is False or after is False:
        return False
    if not (before and after):
        return None
    return True if _holds_a_dose(event, span, situation) else None


def _end_of(event: Event) -> tuple[datetime, datetime]:
    """Between which moments a spell ended."""
    if event.end_time is None:
        return (datetime.max if event.end_said == "ongoing" else event.time), datetime.max
    return (event.end_time if event.end_exact else event.time), (
        event.end_time if event.end_exact else datetime.max
    )


def _holds_a_dose(event: Event, span: Span, situation: Situation) -> bool:
    """Whether a drug repeated at an interval was surely given in the part that lies inside."""
    if not event.interval:
        return True
    end = min(event.end_time or situation.moment, situation.moment)
    if span.end is not None:
        end = min(end, span.end.low)
    start = event.time if span.start is None else max(event.time, span.start.high)
    return days_between(start, end) >= parse_period(event.interval).longest_days
