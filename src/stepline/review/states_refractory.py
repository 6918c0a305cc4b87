"""Refractory disease by each definition of the library, with the day on which it was first met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stepline.engine.finding import Missing, Verdict
from stepline.engine.possible import could_be_false, could_be_true
from stepline.engine.reference import judge
from stepline.engine.situation import Situation
from stepline.protocol.model import Definition, Exit, Pathway
from stepline.review.exits import Met, first_met, met_said
from stepline.review.model import Statement, Stay
from stepline.review.stating import Teller, finding_of, leaf_says

Past = Sequence[tuple[Stay, Situation]]
"""The steps walked, each with the record as that step sees it."""


def refractory(
    keys: Sequence[str], pathway: Pathway, past: Past, now: Situation, teller: Teller
) -> list[Statement]:
    """One statement a definition: the first day on which it held, else how it stands now."""
    return [
        once_met(now.definitions[key], pathway, past, now, teller)
        for key in keys
        if key in now.definitions
    ]


def once_met(
    definition: Definition, pathway: Pathway, past: Past, now: Situation, teller: Teller
) -> Statement:
    """A definition that, once met, stays met: when and by what, or how it stands now."""
    met = _first(definition, pathway, past)
    if met is None:
        told = state_of(definition, now, teller)
        before = "met now" if told.verdict is Verdict.TRUE else "not known to have been met; now"
        return replace(told, says=f"{before}: {told.says}")
    finding, when = met
    says = f"first met {when}: {leaf_says(finding.finding)}"
    told = finding_of(teller, statement_id(definition), definition.title, finding.finding, says, ())
    return replace(told, evidence=definition.evidence, note=definition.caution)


def _first(definition: Definition, pathway: Pathway, past: Past) -> tuple[Met, str] | None:
    way = Exit(to="", when=definition.criterion, text=definition.key)
    for stay, situation in past:
        if not could_be_true(definition.criterion, situation):
            continue
        step = replace(pathway.step(stay.step), exits=(way,))
        met = first_met(stay, step, situation)
        if met is not None:
            return met, met_said(met, situation)
    return None


def activity(keys: Sequence[str], now: Situation, teller: Teller) -> list[Statement]:
    """Whether disease is active now, by each entry criterion that asks for it."""
    return [state_of(now.definitions[key], now, teller) for key in keys if key in now.definitions]


def state_of(definition: Definition, now: Situation, teller: Teller) -> Statement:
    """How a definition stands now; briefly where the record holds nothing it could rest on."""
    if not could_be_true(definition.criterion, now):
        return _without_ground(definition, now)
    finding = judge(definition.criterion, now)
    says = leaf_says(finding) or "; ".join(m.says for m in finding.all_missing()[:3])
    if finding.verdict is Verdict.UNKNOWN and not says:
        says = "the record does not tell"
    told = finding_of(teller, statement_id(definition), definition.title, finding, says, ())
    return replace(told, evidence=definition.evidence, note=definition.caution)


def _without_ground(definition: Definition, now: Situation) -> Statement:
    verdict = Verdict.UNKNOWN
    if could_be_false(definition.criterion, now):
        verdict = judge(definition.criterion, replace(now, verdict_only=True)).verdict
    says = "the record holds nothing that it could rest on"
    missing = Missing(definition.title, "not-recorded", says)
    return Statement(
        id=statement_id(definition),
        kind="finding",
        title=definition.title,
        verdict=verdict,
        says=says,
        missing=(missing,) if verdict is Verdict.UNKNOWN else (),
        evidence=definition.evidence,
        note=definition.caution,
    )


def statement_id(definition: Definition) -> str:
    """`refractory(rim-2013)` as `refractory-rim-2013`."""
    return f"{definition.name}-{definition.argument}".rstrip("-")
