"""Bone, Pneumocystis, and the time for vaccines."""

from __future__ import annotations

from collections.abc import Sequence

from stepline.engine.finding import Missing, Verdict
from stepline.protocol.model import Definition, Rule
from stepline.record.saying import say
from stepline.review.model import Statement
from stepline.review.safety_words import Ground, evidence_of, last_dose_day, period_in
from stepline.review.stating import deciding_missing
from stepline.review.verdicts import alert_verdict

RULES = (("bone", "glucocorticoid-bone"), ("pneumocystis", "pjp-prophylaxis"))


def protection(ground: Ground, rules: Sequence[Rule]) -> list[Statement]:
    """Bone and Pneumocystis under glucocorticoid; vaccines around rituximab and immunoglobulin."""
    by_id = {rule.id: rule for rule in rules}
    found = []
    if ground.situation.given(("glucocorticoid",)):
        known = [(name, by_id[rule_id]) for name, rule_id in RULES if rule_id in by_id]
        found = [_of_rule(name, rule, ground) for name, rule in known]
    return found + _vaccines(ground)


def _of_rule(name: str, rule: Rule, ground: Ground) -> Statement:
    """What a rule says, also where it is excluded."""
    verdict, finding = alert_verdict(rule, ground.situation)
    missing = deciding_missing(finding) if verdict is Verdict.UNKNOWN else ()
    reasons = "; ".join(dict.fromkeys(m.says for m in missing))
    said = {
        Verdict.TRUE: rule.say,
        Verdict.FALSE: "nothing is lacking by the rule",
        Verdict.UNKNOWN: f"it cannot be told: {reasons}",
    }
    return ground.statement(
        name,
        rule.title,
        verdict,
        said[verdict],
        because=finding.all_events(),
        missing=missing,
        evidence=rule.evidence,
        note=rule.note,
    )


def _vaccines(ground: Ground) -> list[Statement]:
    """From which day a vaccine may be expected to work, or may be given."""
    return [
        statement
        for name, title, family, drug in (
            ("vaccine-window", "Vaccines after rituximab", "vaccine-window", "rituximab"),
            (
                "live-vaccine-wait",
                "Live vaccines after immunoglobulin",
                "live-vaccine-wait",
                "ivig",
            ),
        )
        if ground.situation.given((drug,))
        for statement in _waits(name, title, ground.family(family), drug, ground)
    ]


def _waits(
    name: str, title: str, options: Sequence[Definition], drug: str, ground: Ground
) -> list[Statement]:
    if not options:
        return []
    judged = [ground.judged(option) for option in options]
    verdicts = {finding.verdict for finding in judged}
    missing = [m for finding in judged for m in deciding_missing(finding)]
    said = "; ".join(f"{one.title}{_from(one, drug, ground)}" for one in options)
    planned = ground.situation.planned(("rituximab",))
    before = "; at least 4 weeks before the next rituximab" if planned else ""
    verdict = verdicts.pop() if len(verdicts) == 1 else Verdict.UNKNOWN
    return [
        ground.statement(
            name,
            f"{title}: the wait is over" if verdict is Verdict.TRUE else title,
            verdict,
            said + before,
            because=[e for finding in judged for e in finding.all_events()],
            missing=missing or _which(options, verdict),
            evidence=evidence_of(options),
        )
    ]


def _which(options: Sequence[Definition], verdict: Verdict) -> list[Missing]:
    """Two waits of different length leave open which one counts."""
    if verdict is not Verdict.UNKNOWN or len(options) == 1:
        return []
    says = f"which wait counts depends on the dose: {' or '.join(one.title for one in options)}"
    return [Missing("the wait", "bounded", says)]


def _from(option: Definition, drug: str, ground: Ground) -> str:
    """The day from which the wait is over, where it can be told."""
    last, period = last_dose_day(drug, ground.situation), period_in(option)
    if period is None or last is None:
        return ""
    return f" ({say(ground.situation.index.record, period.after(last))})"
