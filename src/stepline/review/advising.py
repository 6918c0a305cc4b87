"""What is next: the exits open to a patient now, the reasons, and what to measure to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stepline.course.model import Course
from stepline.engine.finding import Finding, Verdict
from stepline.engine.logic import NOT
from stepline.engine.picking import short_title
from stepline.engine.reference import judge
from stepline.engine.situation import Situation
from stepline.protocol.model import Exit, Pathway, Regimen, Rule, Step
from stepline.review.alerts import judge_rule
from stepline.review.exits import in_step
from stepline.review.gating import as_if_planned
from stepline.review.model import Advice, Statement, Stay
from stepline.review.stating import Teller, deciding_missing, working_of


@dataclass(frozen=True, slots=True)
class Advisor:
    """What advice is made from, beside the patient: the pathway, its gates and its drugs.

    `drugs` maps a step to the drugs of its regimens, in the order in which the step names them.
    """

    pathway: Pathway
    rules: tuple[Rule, ...]
    drugs: Mapping[str, tuple[str, ...]]
    teller: Teller


def advisor(
    pathway: Pathway, rules: tuple[Rule, ...], regimens: Sequence[Regimen], teller: Teller
) -> Advisor:
    """Lays out the drugs of each step."""
    drug_of = {regimen.id: regimen.drug for regimen in regimens}
    drugs = {
        step.id: tuple(
            dict.fromkeys([*(drug_of[r] for r in step.courses.regimens), *step.courses.drugs])
        )
        for step in pathway.steps
    }
    return Advisor(pathway, rules, drugs, teller)


def advice(
    stays_now: Sequence[Stay], courses: Sequence[Course], situation: Situation, by: Advisor
) -> tuple[Advice, ...]:
    """The exits of the steps the patient is in, and parallel steps that may be entered."""
    found: list[Advice] = []
    for stay in stays_now:
        step = by.pathway.step(stay.step)
        within = in_step(stay, courses, situation)
        found += [_advise(way_out, step, within, by) for way_out in step.exits]
    running = {stay.step for stay in stays_now}
    for step in by.pathway.steps:
        if step.parallel and step.enter is not None and step.id not in running:
            way_in = Exit(step.id, step.enter, step.enter_text, step.title, step.evidence)
            found.append(_advise(way_in, step, situation, by))
    order = [Verdict.TRUE, Verdict.UNKNOWN, Verdict.FALSE]
    return tuple(sorted(found, key=lambda one: order.index(one.verdict)))


def _advise(way_out: Exit, step: Step, situation: Situation, by: Advisor) -> Advice:
    finding = judge(way_out.when, situation)
    target = next((s for s in by.pathway.steps if s.id == way_out.to), None)
    gates = () if finding.verdict is Verdict.FALSE else _gates(target, situation, by)
    missing = deciding_missing(finding)
    measure = dict.fromkeys(s for m in missing for s in m.settle)
    measure.update(dict.fromkeys(ask for gate in gates for ask in gate.asks))
    return Advice(
        to=way_out.to,
        to_title=target.title if target else way_out.to.replace("-", " ").capitalize(),
        title=way_out.title or (target.title if target else way_out.to),
        verdict=finding.verdict,
        says=_said(finding, way_out),
        reasons_for=_reasons(finding, Verdict.TRUE),
        reasons_against=(*_reasons(finding, Verdict.FALSE), *(_gate_said(g) for g in gates)),
        measure=tuple(_titled(name, situation) for name in measure),
        gate=gates,
        because=by.teller.because(finding.all_events()),
        missing=missing,
        evidence=way_out.evidence or step.evidence,
        working=working_of(finding),
    )


def _gate_said(gate: Statement) -> str:
    """A gate as a reason against: its title, and whether it holds or cannot be excluded."""
    return f"{gate.title}: {gate.says.rstrip('.')}"


def _gates(target: Step | None, situation: Situation, by: Advisor) -> tuple[Statement, ...]:
    """Rules that stand before a step, judged as if its first drug were planned for tomorrow."""
    if target is None or not target.gate:
        return ()
    supposed = as_if_planned(by.drugs.get(target.id, ())[:1], situation)
    gating = [rule for rule in by.rules if rule.id in target.gate]
    judged = [judge_rule(rule, supposed, by.teller) for rule in gating]
    return tuple(statement for statement in judged if statement is not None)


def _titled(name: str, situation: Situation) -> str:
    if name not in situation.catalogue:
        return name
    concept = situation.catalogue.concept(name)
    return f"whether {concept.spoken} was taken" if concept.is_drug else short_title(concept)


def _said(finding: Finding, way_out: Exit) -> str:
    word = {
        Verdict.TRUE: "open",
        Verdict.FALSE: "not open",
        Verdict.UNKNOWN: "cannot be decided",
    }[finding.verdict]
    return f"{word}: {way_out.text}"


def _reasons(finding: Finding, verdict: Verdict) -> tuple[str, ...]:
    """Leaves of the working with this verdict, in the author's words with what was seen."""
    return tuple(dict.fromkeys(_leaves(finding, verdict)))


def _is_negation(finding: Finding) -> bool:
    """Whether a finding turns its one part round: what speaks against the part speaks for it."""
    return len(finding.parts) == 1 and finding.text.startswith("not ")


def _leaves(finding: Finding, verdict: Verdict) -> list[str]:
    if _is_negation(finding):
        return [f"not: {leaf}" for leaf in _leaves(finding.parts[0], NOT[verdict])]
    if finding.parts:
        return [leaf for part in finding.parts for leaf in _leaves(part, verdict)]
    if finding.verdict is not verdict:
        return []
    return [f"{finding.text} ({finding.says})" if finding.says else finding.text]
