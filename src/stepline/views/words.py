"""How the parts of a review are put into words, the same on paper as on a page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from stepline import __version__
from stepline.core.evidence import Evidence, Status
from stepline.course.model import Course
from stepline.engine.finding import Verdict
from stepline.record.saying import say
from stepline.review.model import Because, Due, Review, Statement, Stay

MOST_ROWS = 12
"""A verdict may rest on hundreds of doses: a dozen rows are shown, and the rest are counted."""

Telling = tuple[str, str, str, str]


def title_of(review: Review) -> str:
    """What the review is of, without an identifier."""
    return review.record.title or "Review of one patient"


def who(review: Review) -> str:
    """Sex, age and the day of judgement."""
    subject = review.record.subject
    years = subject.age_at(review.as_of)
    age = f"{years} years" if years is not None else ""
    known = ", ".join(part for part in (subject.sex, age) if part)
    return f"{known or 'sex and age not recorded'} · as of {review.as_of_said}"


def course_times(course: Course, review: Review) -> str:
    """From when to when, in the source's words where the moments are not exact."""
    start = course.start_said if course.start_said and not course.start_exact else ""
    end = "ongoing" if course.ongoing else course.end_said
    if not end and course.end is not None:
        end = say(review.record, course.end)
    return f"{start or say(review.record, course.start)} – {end or 'not stated'}"


def stay_times(stay: Stay) -> str:
    """From when to when the patient was in a step."""
    return f"{stay.since_said} – {stay.until_said or 'not stated'}"


def exit_met(stay: Stay) -> str:
    """When an exit was first met and how long the change took; empty where none was met."""
    if not stay.advice_met_said:
        return ""
    return f"Exit to {stay.advice_to} first met: {stay.advice_met_said}. {stay.delay_says}"


def alert_word(alert: Statement) -> str:
    """An alert that holds and one that cannot be excluded never read alike."""
    word = "holds" if alert.verdict is Verdict.TRUE else "cannot be excluded"
    return f"{word} · {alert.severity}" if alert.severity else word


def days_said(due: Due) -> str:
    """How many days something is overdue, or how many are left until it is due."""
    if not due.days:
        return ""
    return f"{due.days} overdue" if due.days > 0 else f"in {-due.days}"


def source_status(evidence: Evidence) -> str:
    """A source with its status, where a line has no room for its claim."""
    doubt = ": check before use" if evidence.status is Status.UNCONFIRMED else ""
    return f"{evidence.source} ({evidence.status.value}{doubt})"


def evidence_line(evidence: Evidence) -> str:
    """A source with its kind, its status and its claim; low trust says so."""
    doubt = " (unconfirmed: check before use)" if evidence.status is Status.UNCONFIRMED else ""
    claim = f": {evidence.claim}" if evidence.claim else ""
    return f"{evidence.source} [{evidence.kind.value}, {evidence.status.value}]{claim}{doubt}"


def because_rows(events: Sequence[Because]) -> list[list[str]]:
    """When, what, value, the source's words and the place; doses told alike share a row."""
    return [_row(list(alike)) for _, alike in _alike(events)][:MOST_ROWS]


def more_events(events: Sequence[Because]) -> str:
    """How many events the rows leave out."""
    left = sum(len(list(alike)) for _, alike in list(_alike(events))[MOST_ROWS:])
    return f"and {left} more events" if left else ""


def _alike(events: Sequence[Because]) -> list[tuple[Telling, list[Because]]]:
    return [(telling, list(alike)) for telling, alike in groupby(events, key=_told)]


def _told(b: Because) -> Telling:
    return (b.title, f"{b.value} {b.unit}".strip(), b.quote or b.note, b.source)


def _row(alike: list[Because]) -> list[str]:
    title, value, said, place = _told(alike[0])
    if len(alike) == 1:
        return [alike[0].time, title, value, said, place]
    when = f"{alike[0].time} to {alike[-1].time}"
    return [when, title, f"{value}, {len(alike)} times", said, place]


def judged(review: Review) -> list[str]:
    """How the review was computed: as of when, by which pathway and which version."""
    pathway = f"Pathway {review.pathway.id} {review.pathway.version}." if review.pathway else ""
    lines = [f"Judged as of {review.as_of_said} with what was known then.", pathway]
    return [line for line in [*lines, f"Stepline {__version__}."] if line]
