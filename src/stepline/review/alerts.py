"""Safety rules judged on a record."""

from __future__ import annotations

from stepline.engine.finding import Finding, Verdict
from stepline.engine.situation import Situation
from stepline.protocol.model import Rule, Severity, UnknownPolicy
from stepline.review.model import Statement
from stepline.review.stating import Teller, deciding_missing, working_of
from stepline.review.verdicts import alert_verdict

_ORDER = [Severity.REFUSE.value, Severity.WARN.value, Severity.INFORM.value]


def alerts(rules: tuple[Rule, ...], situation: Situation, teller: Teller) -> tuple[Statement, ...]:
    """Rules that hold, then rules that cannot be excluded; severest first, then by id."""
    judged = [judge_rule(rule, situation, teller) for rule in rules]
    shown = [statement for statement in judged if statement is not None]
    shown.sort(key=lambda s: (s.verdict is not Verdict.TRUE, _ORDER.index(s.severity), s.id))
    return tuple(shown)


def judge_rule(rule: Rule, situation: Situation, teller: Teller) -> Statement | None:
    """The alert of one rule, or `None` where the record excludes it."""
    verdict, finding = alert_verdict(rule, situation)
    if verdict is Verdict.FALSE:
        return None
    if verdict is Verdict.UNKNOWN and rule.unknown is UnknownPolicy.NOTHING:
        return None
    return _statement(rule, verdict, finding, teller)


def _statement(rule: Rule, verdict: Verdict, finding: Finding, teller: Teller) -> Statement:
    missing = deciding_missing(finding) if verdict is Verdict.UNKNOWN else ()
    settle = dict.fromkeys([*rule.ask, *(s for m in missing if not rule.ask for s in m.settle)])
    return Statement(
        id=rule.id,
        kind="alert",
        title=rule.title,
        verdict=verdict,
        says=rule.say if verdict is Verdict.TRUE else _not_excluded(rule, missing),
        because=teller.because(finding.all_events()),
        missing=missing,
        evidence=rule.evidence,
        severity=rule.severity.value,
        asks=tuple(settle),
        note=rule.note,
        working=working_of(finding),
    )


def _not_excluded(rule: Rule, missing: tuple[object, ...]) -> str:
    reasons = "; ".join(dict.fromkeys(getattr(m, "says", "") for m in missing))
    tail = f" Not known: {reasons}." if reasons else ""
    return f"It cannot be told whether this applies: {rule.say}{tail}"
