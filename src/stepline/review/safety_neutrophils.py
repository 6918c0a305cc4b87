"""Neutrophils in the year after rituximab: in the window or not, the last count, late onset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from stepline.engine.finding import Missing, Verdict
from stepline.engine.reference import judge
from stepline.engine.situation import END_OF_DAY, Situation, day_of
from stepline.protocol import criterion as c
from stepline.protocol.model import Definition
from stepline.protocol.walking import walk
from stepline.record.model import Event
from stepline.review.model import Due, Statement
from stepline.review.safety_words import Ground, evidence_of, never
from stepline.review.stating import deciding_missing

TITLE = "Neutropenia window after rituximab"


def neutrophils(ground: Ground, due: Sequence[Due]) -> list[Statement]:
    """Nothing without rituximab."""
    doses = ground.situation.given(("rituximab",))
    if not doses:
        return []
    found = [_window(definition, due, ground) for definition in ground.family("neutropenia-window")]
    return [*found, *_late(doses, ground)]


def _window(definition: Definition, due: Sequence[Due], ground: Ground) -> Statement:
    """Whether today lies in the window, when neutrophils were last counted, and when next."""
    finding = ground.judged(definition)
    counts = ground.rows("neutrophils")
    last = f"last count: {ground.say(counts[-1])}" if counts else "neutrophils were never counted"
    asked = [one for one in due if one.id == "rituximab-blood-count"]
    said = {
        Verdict.TRUE: "today lies in the window",
        Verdict.FALSE: "today lies outside the window",
        Verdict.UNKNOWN: "whether today lies in the window is not known",
    }[finding.verdict]
    missing = list(deciding_missing(finding))
    if not counts and finding.verdict is not Verdict.FALSE:
        missing.append(never("neutrophil count", "neutrophils"))
    return ground.statement(
        "neutropenia-window",
        TITLE,
        finding.verdict,
        "; ".join([said, last, *(_next(one) for one in asked)]),
        because=[*finding.all_events(), *(count.event_id for count in counts[-1:])],
        missing=missing,
        evidence=(*definition.evidence, *(e for one in asked for e in one.evidence)),
        note="" if finding.verdict is Verdict.TRUE else definition.title,
    )


def _next(due: Due) -> str:
    if not due.opens_said:
        return f"next count: cannot be told ({due.says})"
    return f"next count from {due.opens_said} to {due.closes_said} ({due.status.value})"


def _late(doses: Sequence[Event], ground: Ground) -> list[Statement]:
    """Late-onset neutropenia, judged on every day with a count in the year after the last dose."""
    limits = ground.family("late-onset-neutropenia")
    counts = _in_reach(doses[-1], ground)
    if not limits or not counts:
        return []
    held = {one.argument: _days(one, counts, ground) for one in limits}
    hits = [count for count in counts if any(count in days for days in held.values())]
    told = [f"{one.title}: {'yes' if held[one.argument] else 'no'}" for one in limits]
    says = "; ".join([*(ground.say(hit) for hit in hits[:3]), *told])
    exact = doses[-1].time_exact
    why = "the day of the last rituximab is not known exactly"
    missing = [] if exact else [Missing("last rituximab", "time-uncertain", why, ("its day",))]
    verdict = Verdict.TRUE if hits else Verdict.FALSE if exact else Verdict.UNKNOWN
    return [
        ground.statement(
            "late-onset-neutropenia",
            "Late-onset neutropenia after rituximab",
            verdict,
            says,
            because=[hit.event_id for hit in hits] or [counts[-1].event_id],
            missing=missing,
            evidence=evidence_of(limits),
        )
    ]


def _in_reach(last: Event, ground: Ground) -> list[Event]:
    """Counts within a year after the last dose; the definitions draw the edges."""
    values = ground.values("neutrophils")
    return [v for v in values if last.time <= v.time <= last.time + timedelta(days=366)]


def _days(limit: Definition, counts: Sequence[Event], ground: Ground) -> list[Event]:
    """The counts on whose day the definition holds; only counts low enough are judged."""
    quick = replace(ground.situation, verdict_only=True)
    highest = max(p.quantity.value for p in walk(limit.criterion) if isinstance(p, c.Number))
    heights = ground.heights(counts, "10*9/L")
    low = [one for one, height in zip(counts, heights, strict=True) if height <= highest]
    return [one for one in low if _holds(limit, quick.at(day_of(one.time) + END_OF_DAY))]


def _holds(limit: Definition, situation: Situation) -> bool:
    return judge(limit.criterion, situation).verdict is Verdict.TRUE
