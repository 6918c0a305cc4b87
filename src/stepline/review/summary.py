"""A review in at most ten lines: what a clinician reads first."""

from __future__ import annotations

from stepline.engine.finding import Verdict
from stepline.engine.response import RANKS
from stepline.review.model import Advice, DueStatus, ResponseAt, Review, Statement, Stay
from stepline.scores.values import plain

LINES = 10


def summary(review: Review) -> tuple[str, ...]:
    """At most ten lines, each a sentence that stands on statements of the review."""
    lines = [_who(review)]
    if review.pathway is None:
        lines += _nothing_applies(review)
    else:
        lines += _where(review)
        lines += _enzymes(review)
        lines += _response(review)
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


def _response(review: Review) -> list[str]:
    """The best and the last response by a score or measures; words are told where they decide."""
    measured = [one for one in review.responses if one.is_measured]
    known = [one for one in measured if one.low]
    if not known:
        return []
    best = max(known, key=lambda one: (RANKS[one.low], RANKS[one.high], one.time))
    lost = [f.says.partition(":")[0] for f in review.findings if _is_loss(f)]
    said = [f"best {_graded(best)}", f"last {_graded(measured[-1])}", *lost[-1:]]
    return [f"Response: {'; '.join(said)}."]


def _graded(one: ResponseAt) -> str:
    """A category with its score and its day."""
    low = plain(one.lower)
    score = f" (score {low})" if one.value is not None else ""
    if one.value is None and low is not None:
        score = f" (score {low} to {plain(one.upper)})"
    category = one.category or (f"{one.low} to {one.high}" if one.low else "not known")
    return f"{category}{score}, {one.time_said}"


def _is_loss(finding: Statement) -> bool:
    return finding.id.startswith("response-lost-") and finding.verdict is Verdict.TRUE


def _switch(review: Review) -> list[str]:
    """The last change of which a reason is known, with every reason."""
    known = [one for one in review.switches if one.reasons]
    lines = []
    for one in known[-1:]:
        why = "; ".join(f"{_word(r.reason)} ({r.by}): {r.says}" for r in one.reasons)
        lines.append(f"{one.before_title} → {one.after_title} ({one.date}), {why}.")
    return lines


def _word(reason: str) -> str:
    return reason.replace("-", " ")


def _search(review: Review) -> list[str]:
    found = [f for f in review.states if f.id.startswith("minimum-effective-")]
    return [f"{f.title}: {f.says}." for f in found][:1]


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
