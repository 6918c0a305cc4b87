"""A review as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from stepline.engine.finding import Verdict
from stepline.record.saying import spoken
from stepline.review.model import Advice, Due, DueStatus, ResponseAt, Review, Statement, Stay, Tried
from stepline.views import words
from stepline.views.adherence import adherence_line
from stepline.views.foreseen import foreseen_lines

WIDTH = 100

CREED = "For professionals who decide themselves. It shows its working and never orders anything."

VERDICT_WORDS = {
    Verdict.TRUE: "open",
    Verdict.UNKNOWN: "cannot be decided",
    Verdict.FALSE: "not open",
}


def render_text(review: Review, *, width: int = WIDTH) -> str:
    """The summary first, then steps, alerts, advice and what is not known."""
    sections = [
        _numbered("Summary", review.summary, width),
        _section("Steps", (_stay(stay) for stay in review.stays), width),
        _section("Given of planned", _given(review), width),
        _section("Response", (_response(one) for one in review.responses), width),
        _section("Relapse", (_relapse(one) for one in review.relapses.statements()), width),
        _section("Alerts", (_alert(alert) for alert in review.alerts), width),
        _section("States", (_state(state) for state in review.states), width),
        _section("What was tried", (_tried(one) for one in review.tried), width),
        _section("Why treatment was changed", _changes(review), width),
        _section("Due and overdue", (due_line(one) for one in review.due), width),
        _section("Safety", (_safety(s) for s in review.safety if _is_news(s)), width),
        _section("Forecast", _forecast(review), width),
        _section("What is next", (_advice(advice) for advice in review.advice), width),
        _section("Not known", _missing(review), width),
        _section("Not read", (f"{q.place}: {q.reason}" for q in review.record.quarantine), width),
    ]
    return "\n\n".join([section for section in sections if section] + [CREED])


def _numbered(title: str, lines: Iterable[str], width: int) -> str:
    wrapped = [
        textwrap.fill(line, width, initial_indent=f"{number:2}. ", subsequent_indent="    ")
        for number, line in enumerate(lines, 1)
    ]
    return "\n".join([title.upper(), *wrapped])


def _section(title: str, lines: Iterable[str], width: int) -> str:
    wrapped = [
        textwrap.fill(line, width, initial_indent="  - ", subsequent_indent="    ")
        for line in lines
    ]
    return "\n".join([title.upper(), *wrapped]) if wrapped else ""


def _forecast(review: Review) -> list[str]:
    return [] if review.forecast is None else foreseen_lines(review.forecast)


def _stay(stay: Stay) -> str:
    until = "" if stay.until_said == "ongoing" else f" until {stay.until_said}"
    advice = ""
    if stay.advice_met_said:
        advice = f"; exit to {stay.advice_to} first met {stay.advice_met_said}: {stay.delay_says}"
    beside = " (beside the other steps)" if stay.parallel else ""
    return f"{stay.title}{beside}: from {stay.since_said}{until}{advice}"


def _given(review: Review) -> Iterable[str]:
    """The courses of the present steps, as far as anything is known."""
    present = {number for stay in review.current for number in stay.course_ids}
    for course in review.courses:
        line = adherence_line(course, review) if course.course_id in present else ""
        if line:
            yield f"{course.title} ({words.course_times(course, review)}): {line}."


def _response(one: ResponseAt) -> str:
    score = words.response_score(one)
    beside = f", score {score}" if score else ""
    return f"{one.time_said}: {words.response_word(one)}{beside}. {one.says}"


def _relapse(one: Statement) -> str:
    """Whether a definition is met, and when it first was; the working is for those who open it."""
    return f"{one.title}: {one.says.partition(':')[0]}"


def _alert(alert: Statement) -> str:
    holds = alert.verdict is Verdict.TRUE
    mark = f"HOLDS [{alert.severity}]" if holds else f"CANNOT BE EXCLUDED [{alert.severity}]"
    head = "To check" if holds else "To settle it"
    asks = f" {head}: {', '.join(alert.asks)}." if alert.asks else ""
    return f"{mark} {alert.title}. {alert.says}{asks}"


_MARKS = {Verdict.TRUE: "TRUE", Verdict.FALSE: "FALSE", Verdict.UNKNOWN: "NOT KNOWN"}


def _state(state: Statement) -> str:
    return f"{_MARKS[state.verdict]} {state.title}: {state.says}."


def _tried(one: Tried) -> str:
    answers = ", ".join(f"{name} {words.answer_word(answer)}" for name, answer in one.answers)
    return f"{one.title} ({one.when}): {answers}."


def _changes(review: Review) -> list[str]:
    return [
        f"{what} ({when}): {why}. {seen}." for what, when, why, seen in words.changed_rows(review)
    ]


def due_line(due: Due) -> str:
    """One thing to look at: how it stands, when, and why."""
    days = f", {due.days} days" if due.status is DueStatus.OVERDUE else ""
    mark = due.status.value.replace("-", " ").upper()
    when = f" {window_said(due)};" if due.opens_said else ""
    return f"{mark}{days} {due.title} ({', '.join(due.what)}):{when} {due.says}."


def window_said(due: Due) -> str:
    """The days on which it is in time: one day, or from one to another."""
    if due.opens_said == due.closes_said:
        return due.opens_said
    return f"{due.opens_said} to {due.closes_said}"


def _is_news(state: Statement) -> bool:
    """What is known not to be so stands in the report and in the machine form alone."""
    return state.verdict is not Verdict.FALSE


def _safety(state: Statement) -> str:
    mark = "YES" if state.verdict is Verdict.TRUE else "NOT KNOWN"
    asked = dict.fromkeys(word for missing in state.missing for word in missing.settle)
    asks = f" To settle it: {', '.join(spoken(word) for word in [*asked][:5])}." if asked else ""
    return f"{mark} {state.title}. {state.says.rstrip('.')}.{asks}"


def _advice(advice: Advice) -> str:
    parts = [f"{advice.to_title} ({advice.title}): {VERDICT_WORDS[advice.verdict]}."]
    if advice.reasons_for:
        parts.append(f"For: {'; '.join(advice.reasons_for)}.")
    if advice.reasons_against:
        parts.append(f"Against: {'; '.join(advice.reasons_against)}.")
    if advice.measure:
        parts.append(f"To decide: {', '.join(advice.measure)}.")
    return " ".join(parts)


def _missing(review: Review) -> list[str]:
    return [f"{m.what}: {m.says}" for m in review.missing]
