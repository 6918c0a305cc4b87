"""When something was, in an author's words: dates, months from day zero, bounds, and other entries.

Every word gives a moment with bounds; none gives a date that was not written. A moment placed
`LATE` stands after everything else of the record, and gets its place when all else has one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from stepline.core.errors import Refused, TimeRefused
from stepline.core.time import Period, RelativeCalendar, When, parse_date, parse_period
from stepline.record.cell import Cell
from stepline.record.model import Record
from stepline.record.trouble import did_you_mean, located

LATE = datetime(9999, 12, 30)
"""The place of a moment of which nothing is known, until the end of the record is known."""

LAST = datetime(9999, 12, 31)
"""The place of the last follow-up, until everything before it is known."""

ALLOWED = (
    "a date (2026-01-05), a month from day zero (M6), {before: M0}, {after: M24}, {about: M24}, "
    "P1W after 4th rituximab, last follow-up, unknown"
)
_HEDGES = ("before", "after", "about")
_HEDGED = re.compile(r"(before|after|about)\s+(.+)", re.IGNORECASE)
_BETWEEN = re.compile(r"between\s+(.+?)\s+and\s+(.+)", re.IGNORECASE)
_OFFSET = re.compile(r"(P[0-9]\S*)\s+(before|after)\s+(.+)", re.IGNORECASE)
_ORDINAL = re.compile(
    r"(first|last|[0-9]{1,4}(?:st|nd|rd|th))\s+(.+?)(?:\s+(?:dose|infusion))?", re.IGNORECASE
)
_RELATIVE = re.compile(r"-?[MWDY]-?[0-9].*")
_UNKNOWN = frozenset({"unknown", "not stated"})


class Anchors(Protocol):
    """Finds an earlier entry of the same record that a moment is counted from."""

    def dose(self, ordinal: str, name: str) -> When:
        """When the `first`, `last` or `4th` event of a concept was; refuses when there is none."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The calendar of a record: `dated` or `relative`, with its day zero where it has one."""

    calendar: str = "dated"
    day_zero: datetime | None = None

    @property
    def is_relative(self) -> bool:
        """Whether no date is known, and moments are counted from day zero."""
        return self.calendar == "relative"


@dataclass(frozen=True, slots=True)
class Moments:
    """Reads moments against a calendar, named moments and the entries read before."""

    axis: Axis
    anchors: Anchors
    named: Mapping[str, When] = field(default_factory=dict)

    def read(self, cell: Cell) -> When:
        """A moment as written: text, or one of `{before: …}`, `{after: …}`, `{about: …}`.

        Problems are told where the moment stands.
        """
        try:
            return self._read(cell)
        except Refused as refusal:
            raise TimeRefused(located(refusal, cell.place)) from None

    def _read(self, cell: Cell) -> When:
        if cell.is_mapping:
            return self._hedged_mapping(cell)
        if cell.is_list or not cell.text:
            raise _refused("time-unreadable", "This does not say when.", cell.shown)
        return self.read_text(cell.text)

    def read_text(self, written: str) -> When:
        """A moment from text, such as `M6`, `before M0` or `about P6M after last rituximab`."""
        text = " ".join(written.split())
        if text.lower() in _UNKNOWN:
            return When.about(LATE, "time not stated")
        if hedged := _HEDGED.fullmatch(text):
            return bounded(hedged[1].lower(), self.read_text(hedged[2]))
        if both := _BETWEEN.fullmatch(text):
            return between(self.read_text(both[1]), self.read_text(both[2]))
        if offset := _OFFSET.fullmatch(text):
            period, anchor = parse_period(offset[1]), self.read_text(offset[3])
            return moved(anchor, period, offset[2].lower())
        return self._anchor(text)

    def _anchor(self, text: str) -> When:
        if text.lower() == "last follow-up":
            return When.about(LAST, "last follow-up")
        if text.lower() == "day zero":
            return When.exact(self._day_zero(text), "day zero")
        if text.lower() in self.named:
            return self.named[text.lower()]
        if ordinal := _ORDINAL.fullmatch(text):
            return self.anchors.dose(ordinal[1].lower(), ordinal[2])
        if _RELATIVE.fullmatch(text):
            return When.exact(RelativeCalendar(self._day_zero(text)).parse(text), text)
        return self._date(text)

    def _date(self, text: str) -> When:
        try:
            when = parse_date(text)
        except TimeRefused as refusal:
            if text[:1].isdigit():
                raise
            words = (*self.named, "unknown", "day zero", "last follow-up")
            mend = did_you_mean(text, words, "write it as in the examples")
            message = "This does not say when."
            raise _refused("time-unreadable", message, text, mend) from refusal
        if self.axis.is_relative:
            message = "A date cannot be placed in a record whose day zero has no date."
            raise _refused(
                "date-without-day-zero", message, text, "give day_zero a date, or use M6"
            )
        return when

    def _day_zero(self, text: str) -> datetime:
        if self.axis.day_zero is None:
            message = "The moment is counted from day zero, and the record names none."
            raise _refused("day-zero-missing", message, text, "add day_zero, or write a date")
        return self.axis.day_zero

    def _hedged_mapping(self, cell: Cell) -> When:
        word = next(iter(cell.fields), "")
        if len(cell.fields) != 1 or word not in (*_HEDGES, "between"):
            mend = "write one of before, after, about or between"
            raise _refused(
                "time-unreadable", "This does not say when.", ", ".join(cell.fields), mend
            )
        inner = cell.fields[word]
        if word != "between":
            return bounded(word, self.read(inner))
        if len(inner.items) != 2:
            mend = "write {between: [M0, M6]}"
            raise _refused("time-unreadable", "Between needs two moments.", inner.shown, mend)
        return between(self.read(inner.items[0]), self.read(inner.items[1]))


def read_moment(record: Record, text: str) -> datetime:
    """A moment of a record as a person names it: `2026-01-05`, `M6`, `M6+3d`, `last follow-up`.

    Raises `TimeRefused` where it cannot be read on the calendar of the record, or is no one moment.
    """
    if text.strip().lower() in ("last follow-up", "end") and record.last_moment is not None:
        return record.last_moment
    when = Moments(Axis(record.calendar, record.day_zero), _NoAnchors()).read_text(text)
    if not when.is_exact:
        raise _refused("time-not-exact", "This is not one moment.", text, "name the day")
    return when.time


class _NoAnchors:
    """For a moment that stands alone: there are no entries to count from."""

    def dose(self, ordinal: str, name: str) -> When:
        message = "A moment named alone is not counted from a dose."
        raise _refused("time-unreadable", message, f"{ordinal} {name}", "name the day")


def is_open(when: When) -> bool:
    """Whether a moment waits for its place until the rest of the record is known."""
    return when.time >= LATE


def spoken(when: When) -> str:
    """How a moment is named inside another ("before M0"): as said, else its date."""
    return when.said or f"{when.time:%Y-%m-%d}"


def bounded(word: str, when: When) -> When:
    """Before, after or about a moment: bounds on one side, on the other, or on neither."""
    said = f"{word} {spoken(when)}"
    if is_open(when) or word == "about":
        return When.about(when.time, said)
    if word == "before":
        return When(when.latest or when.time, None, when.latest, said)
    return When(when.earliest or when.time, when.earliest, None, said)


def between(start: When, end: When) -> When:
    """Not before the first nor after the second; placed at the second, when it surely was."""
    said = f"between {spoken(start)} and {spoken(end)}"
    if is_open(start):
        return When.about(LATE, said)
    if is_open(end):
        return When(LATE, start.earliest, None, said)
    if end.before(start):
        message = "The end lies before the start."
        raise TimeRefused.because("end-before-start", message, found=said, mend="swap the two")
    return When(end.latest or end.time, start.earliest, end.latest, said)


def moved(anchor: When, period: Period, word: str) -> When:
    """A period before or after a moment; as uncertain as the moment itself."""
    said = f"{period.say()} {word} {spoken(anchor)}"
    if is_open(anchor):
        return When.about(anchor.time, said)
    return anchor.moved(period.before if word == "before" else period.after, said)


def _refused(code: str, message: str, found: str, mend: str = "") -> Refused:
    return TimeRefused.because(
        code, message, found=found[:60], allowed=ALLOWED, mend=mend or "write it as in the examples"
    )
