"""What is known of one subject, as an ordered tuple of events.

An event is one row: a *moment* (a laboratory value, an infusion) or a *spell* with an end (a daily
drug, an infection). `(time, event_id)` is a total order fixed at import; nothing here depends on
the order in which rows arrived.

Three kinds of not knowing are kept apart and none is filled in:

* a value may be exact (`value`), bounded (`value_low`, `value_high`, either open) or absent;
* a moment may be exact or bounded (`time_earliest`, `time_latest`; `None` means unbounded);
* a flag (`interpretation`) may be all that is known: "elevated" without a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter

from stepline.core.evidence import Evidence, Status


class EventStatus(StrEnum):
    """How a row relates to what happened."""

    PLANNED = "planned"
    ORDERED = "ordered"
    GIVEN = "given"
    NOT_GIVEN = "not-given"
    STOPPED = "stopped"
    REPORTED = "reported"


class Interpretation(StrEnum):
    """What the source says of a value where it says no number, or beside one."""

    LOW = "low"
    NORMAL = "normal"
    ELEVATED = "elevated"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"


PLANNED = frozenset({EventStatus.PLANNED, EventStatus.ORDERED})
"""Statuses of a dose that is still to come."""

GIVEN = frozenset({EventStatus.GIVEN, EventStatus.REPORTED, EventStatus.STOPPED})
"""Statuses of a dose that reached the patient."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the event table.

    `code` is the source's own code (`LOINC//2532-0`); `concept` is the vocabulary's id, or empty
    where the code is not mapped. `value` is exact, in `unit` (UCUM). A dose is written as the
    source wrote it (`0.4 g/kg`, `1.5 mg/kg/d`, `90 mg/d`, `1 g`); amounts in grams are worked out
    where they are needed, with the weight of that day.

    `group` ties the rows of one order, course statement or taper together. `interval` is the ISO
    period between doses of a spell that is a repeated dose (`P14D`); a spell without it is daily.
    `reason` says why a thing stopped or was done (`intolerance`, `inefficacy`). `quote` is the
    sentence it rests on. `certainty` is `verified` for what the source states, `derived` for
    arithmetic on it (an expanded course, an inferred weight), with `note` giving the reasoning.
    """

    event_id: int
    time: datetime
    code: str
    concept: str = ""
    value: Decimal | None = None
    value_low: Decimal | None = None
    value_high: Decimal | None = None
    unit: str = ""
    text: str = ""
    interpretation: Interpretation | None = None
    reference_low: Decimal | None = None
    reference_high: Decimal | None = None
    time_earliest: datetime | None = None
    time_latest: datetime | None = None
    time_exact: bool = True
    time_said: str = ""
    end_time: datetime | None = None
    end_exact: bool = True
    end_said: str = ""
    is_spell: bool = False
    interval: str = ""
    status: EventStatus = EventStatus.REPORTED
    route: str = ""
    intent: str = ""
    lot: str = ""
    product: str = ""
    reason: str = ""
    group: str = ""
    certainty: Status = Status.VERIFIED
    note: str = ""
    quote: str = ""
    source: str = ""

    @property
    def is_stop(self) -> bool:
        """Whether a row says only that a drug was stopped: it is no dose."""
        return self.status is EventStatus.STOPPED and not self.is_spell and self.value is None

    @property
    def has_number(self) -> bool:
        """Whether an exact number is known."""
        return self.value is not None

    def active_on(self, moment: datetime) -> bool | None:
        """Whether a spell covers a moment; `None` where its ends do not tell.

        A spell without an end is taken to run on only when its source says so (`end_said` is
        "ongoing"); otherwise whether it still ran is not known.
        """
        if moment < self.time:
            uncertain = not self.time_exact and (
                self.time_earliest is None or self.time_earliest <= moment
            )
            return None if uncertain else False
        if self.end_time is not None:
            if moment <= self.end_time:
                return True
            return False if self.end_exact or self.status is EventStatus.STOPPED else None
        return True if self.end_said == "ongoing" else None


@dataclass(frozen=True, slots=True)
class Subject:
    """Who the record is about, without a name. Age is in years; either may be unknown.

    `known_as` are the ids that its source gives it, where they are not the number itself: a table
    beside the source can speak of the subject by them. They are matched, never told, never written.
    """

    subject_id: int
    sex: str = ""
    birth: datetime | None = None
    age_years: Decimal | None = None
    ancestry: str = ""
    known_as: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def age_at(self, moment: datetime) -> Decimal | None:
        """The age stated, or else completed years from the birth date; `None` when unknown."""
        if self.age_years is not None or self.birth is None:
            return self.age_years
        birthday = (self.birth.month, self.birth.day)
        passed = (moment.month, moment.day) >= birthday
        return Decimal(moment.year - self.birth.year - (not passed))


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that could not be read: the reason and its place in the source, never dropped."""

    source: str
    place: str
    code: str
    reason: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything known of one subject, in order.

    `calendar` is `dated` or `relative`. On a relative calendar the times lie on an axis whose day
    zero is `day_zero`, named by `day_zero_said`, and are spoken of as "M6", never as dates.
    `complete_for` names what the source declares to be complete (`medications`, `conditions`):
    there, what is not recorded is known to be absent; elsewhere it is unknown.
    `last_moment` is the last moment that the record speaks of.
    """

    subject: Subject
    events: tuple[Event, ...]
    title: str = ""
    calendar: str = "dated"
    day_zero: datetime | None = None
    day_zero_said: str = ""
    complete_for: frozenset[str] = frozenset()
    quarantine: tuple[Quarantined, ...] = ()
    notes: tuple[str, ...] = ()
    unknowns: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @property
    def last_moment(self) -> datetime | None:
        """The latest time of any event or closed spell; `None` for an empty record.

        What is planned or ordered lies in the future of whoever planned it and does not count.
        """
        happened = [e for e in self.events if e.status is not EventStatus.PLANNED]
        times = [e.time for e in happened]
        times += [
            e.end_time
            for e in happened
            if e.end_time is not None and e.status is not EventStatus.ORDERED
        ]
        return max(times, default=None)


order: Callable[[Event], tuple[datetime, int]] = attrgetter("time", "event_id")
"""The place of an event in the total order `(time, event_id)`."""


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events in the total order `(time, event_id)`."""
    return tuple(sorted(events, key=order))
