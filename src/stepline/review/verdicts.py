"""When a rule holds."""

from __future__ import annotations

from stepline.engine.finding import Finding, Verdict
from stepline.engine.logic import NOT
from stepline.engine.possible import could_be_true
from stepline.engine.reference import judge
from stepline.engine.situation import Situation
from stepline.protocol.model import Rule
from stepline.protocol.writing import write_criterion


def alert_verdict(rule: Rule, situation: Situation) -> tuple[Verdict, Finding]:
    """Whether a rule's alert holds, is excluded, or cannot be excluded, with the working.

    A rule speaks only where its trigger is true of the record: elsewhere it is false, not unknown.
    """
    if not could_be_true(rule.applies, situation):
        return Verdict.FALSE, Finding(Verdict.FALSE, write_criterion(rule.applies))
    applies = judge(rule.applies, situation)
    if applies.verdict is not Verdict.TRUE:
        return Verdict.FALSE, applies
    if rule.alert is not None:
        alert = judge(rule.alert, situation)
        return alert.verdict, _with_trigger(alert, applies)
    assert rule.require is not None  # the loader refuses a rule with neither
    required = judge(rule.require, situation)
    return NOT[required.verdict], _with_trigger(required, applies)


def _with_trigger(finding: Finding, applies: Finding) -> Finding:
    return Finding(
        finding.verdict, finding.text, finding.says, finding.events, finding.missing,
        (applies, *finding.parts) if finding.parts else (applies, finding), finding.evidence,
    )  # fmt: skip
