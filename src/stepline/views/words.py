"""How the parts of a review are put into words, the same on paper as on a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from stepline import __version__
from stepline.core.evidence import Evidence, Status
from stepline.course.model import Course
from stepline.engine.finding import Verdict
from stepline.engine.situation import day_of
from stepline.record.saying import say
from stepline.review.model import (
    NO_DEFINITION,
    Answer,
    Because,
    Due,
    Reason,
    ResponseAt,
    Review,
    Statement,
    Stay,
    Switch,
    Tried,
)

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
    """From which day to which, in the source's words where the moments are not exact."""
    start = course.start_said if course.start_said and not course.start_exact else ""
    end = "ongoing" if course.ongoing else course.end_said
    if not end and course.end is not None:
        end = _day(course.end, review)
    return f"{start or _day(course.start, review)} – {end or 'not stated'}"


def cycles(course: Course) -> str:
    """How many cycles a course has; what is taken daily has none."""
    if course.cycles is not None:
        return str(course.cycles)
    return "daily" if course.daily else "not known"


def _day(moment: datetime, review: Review) -> str:
    return say(review.record, day_of(moment))


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


RESPONSE_HEADS = ("when", "step", "response", "by", "score", "points", "enzyme", "not known")


def response_rows(review: Review) -> list[list[str]]:
    """The response at every visit, a row each."""
    titles = {stay.step: stay.title for stay in review.stays}
    return [_response_row(one, titles[one.step]) for one in review.responses]


def _response_row(one: ResponseAt, step: str) -> list[str]:
    by = one.says.partition(" (")[0] if one.points else one.says
    points = ", ".join(f"{name} {_points(value)}" for name, value in one.points)
    missing = "; ".join(dict.fromkeys(missing.says for missing in one.missing))
    return [
        one.time_said, step, response_word(one), by, response_score(one), points,
        one.enzyme, missing,
    ]  # fmt: skip


def response_word(one: ResponseAt) -> str:
    """A category, or the two between which it lies."""
    if not one.low:
        return "cannot be told"
    return one.category or f"{one.low} to {one.high}"


def response_score(one: ResponseAt) -> str:
    """A score or its bounds; empty where there is none."""
    if one.value is not None:
        return _points(one.value)
    if one.lower is None or one.upper is None:
        return ""
    return f"{_points(one.lower)} to {_points(one.upper)}"


def _points(value: Decimal | None) -> str:
    """Points without trailing zeros."""
    return "?" if value is None else f"{float(value):g}"


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


TRIED = ("drug", "when", "adequate dose", "long enough", "three months", "response",
         "intolerance", "failed", "what was seen")  # fmt: skip
"""The heads of the table of what was tried."""

CHANGED = ("change", "when", "why", "what was seen")
"""The heads of the table of why treatment was changed."""

_ANSWERS = {Verdict.TRUE: "yes", Verdict.FALSE: "no", Verdict.UNKNOWN: "not known"}


def tried_rows(review: Review) -> list[list[str]]:
    """One row a drug: each question with its answer, and what the answers rest on."""
    return [
        [one.title, one.when, *(answer_word(answer) for _, answer in one.answers), _seen(one)]
        for one in review.tried
    ]


def answer_word(answer: Answer) -> str:
    """Yes, no or not known; not defined where the library has no rule for the drug."""
    return "not defined" if answer.says == NO_DEFINITION else _ANSWERS[answer.verdict]


def _seen(one: Tried) -> str:
    """What was seen where an answer is yes or no and something was seen."""
    said: dict[str, list[str]] = {}
    for name, answer in one.answers:
        if answer.verdict is Verdict.TRUE and answer.says:
            said.setdefault(answer.says, []).append(name)
    return "; ".join(f"{' and '.join(names)}: {says}" for says, names in said.items())


def changed_rows(review: Review) -> list[list[str]]:
    """One row a change of step: every reason, stated ones first, with what each rests on."""
    return [
        [
            f"{one.before_title} → {one.after_title}",
            one.date,
            ", ".join(reason_word(reason) for reason in one.reasons) or "not known",
            "; ".join(_grounds(one)),
        ]
        for one in review.switches
    ]


def _grounds(one: Switch) -> list[str]:
    return [reason.says for reason in one.reasons] or [missing.says for missing in one.missing]


def reason_word(reason: Reason) -> str:
    """A reason in words, and whether it is stated or found."""
    how = "stated" if reason.by == "stated" else "found"
    return f"{reason.reason.replace('-', ' ')} ({how})"


def judged(review: Review) -> list[str]:
    """How the review was computed: as of when, by which pathway and which version."""
    pathway = f"Pathway {review.pathway.id} {review.pathway.version}." if review.pathway else ""
    lines = [f"Judged as of {review.as_of_said} with what was known then.", pathway]
    return [line for line in [*lines, f"Stepline {__version__}."] if line]
