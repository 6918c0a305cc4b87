"""A review in at most ten lines: what a clinician reads first."""

from __future__ import annotations

from stepline.engine.finding import Verdict
from stepline.review.model import Advice, DueStatus, Review, Statement, Stay

LINES = 10


def summary(review: Review) -> tuple[str, ...]:
    """At most ten lines, each a sentence that stands on statements of the review."""
    lines = [_who(review)]
    if review.pathway is None:
        lines += _nothing_applies(review)
    else:
        lines += _where(review)
        lines += _enzymes(review)
        lines += _switch(review)
        lines += _search(review)
        lines += _replacement(review)
        lines += _advice(review)
    pressing = _due(review) + _alerts(review)
    lines = [*lines[: LINES - len(pressing)], *pressing, *_missing(review)]
    return tuple(lines[:LINES])


def _due(review: Review) -> list[str]:
    """What is overdue: it is never left out, whatever else is told."""
    overdue = [one for one in review.due if one.status is DueStatus.OVERDUE]
    if not overdue:
        return []
    shown = ", ".join(f"{one.title} (since {one.closes_said})" for one in overdue[:3])
    more = f" and {len(overdue) - 3} more" if len(overdue) > 3 else ""
    return [f"Overdue ({len(overdue)}): {shown}{more}."]


def _who(review: Review) -> str:
    subject = review.record.subject
    years = subject.age_at(review.as_of)
    age = f"{years} years" if years is not None else ""
    parts = [part for part in (subject.sex, age) if part]
    title = f"{review.record.title}: " if review.record.title else ""
    count = len(review.record.events)
    who = ", ".join(parts) or "sex and age not recorded"
    return f"{title}{who}; {count} events, read as of {review.as_of_said}."


def _nothing_applies(review: Review) -> list[str]:
    reasons = "; ".join(f"{fit.title}: {fit.because}" for fit in review.considered)
    return [f"No pathway of the library applies. {reasons}."]


def _where(review: Review) -> list[str]:
    now = " and ".join(f"{stay.title} (since {stay.since_said})" for stay in review.current)
    past = [stay for stay in review.stays if not stay.parallel]
    walked = " → ".join(_short(stay) for stay in past)
    lines = [f"Where the patient stands: {now}."] if now else ["No step of the pathway has begun."]
    return lines + ([f"Steps so far: {walked}."] if len(past) > 1 else [])


def _short(stay: Stay) -> str:
    return f"{stay.title} ({stay.since_said})"


def _enzymes(review: Review) -> list[str]:
    found = [f for f in review.findings if f.id.endswith("-normalised")]
    said = [f"{f.title.partition(':')[0]} {f.says}" for f in found]
    return [f"Enzymes: {'; '.join(said)}."] if said else []


def _switch(review: Review) -> list[str]:
    switches = [
        f for f in review.findings if f.id.startswith("switch-") and f.verdict is Verdict.TRUE
    ]
    return [f"{f.title}: {f.says}." for f in switches[-1:]]


def _search(review: Review) -> list[str]:
    return [
        f"{f.title}: {f.says}." for f in review.findings if f.id.startswith("minimum-effective-")
    ][:1]


def _replacement(review: Review) -> list[str]:
    return [f"{f.title}: {f.says}." for f in review.findings if f.id.startswith("reason-")][:1]


def _advice(review: Review) -> list[str]:
    if not review.advice:
        return ["No exit leads out of the present step."]
    return [f"Next: {'; '.join(_exit(a) for a in review.advice[:3])}."]


def _exit(advice: Advice) -> str:
    word = {
        Verdict.TRUE: "is open",
        Verdict.UNKNOWN: "cannot be decided",
        Verdict.FALSE: "is not open",
    }[advice.verdict]
    ask = f" (to decide: {', '.join(advice.measure[:3])})" if advice.measure else ""
    return f"{advice.to_title} ({advice.title}) {word}{ask}"


def _alerts(review: Review) -> list[str]:
    holding = [a for a in review.alerts if a.verdict is Verdict.TRUE]
    open_ones = [a for a in review.alerts if a.verdict is Verdict.UNKNOWN]
    lines = []
    if holding:
        lines.append(f"Alerts that hold ({len(holding)}): {_titles(holding)}.")
    if open_ones:
        lines.append(f"Alerts that cannot be excluded ({len(open_ones)}): {_titles(open_ones)}.")
    return lines or ["No safety rule of the library holds for this record."]


def _titles(statements: list[Statement]) -> str:
    shown = ", ".join(statement.title for statement in statements[:5])
    more = len(statements) - 5
    return f"{shown} and {more} more" if more > 0 else shown


def _missing(review: Review) -> list[str]:
    names = list(dict.fromkeys(missing.what for missing in review.missing))
    if not names:
        return []
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return [f"Not known: {', '.join(names[:6])}{more}."]
