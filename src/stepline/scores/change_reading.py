"""Reads `library/scores/change.yaml`. Import this module lazily; it needs pydantic."""

from __future__ import annotations

from decimal import Decimal

from stepline.scores.authoring import evidence_of, read_library
from stepline.scores.change_tables import (
    ChangeTables,
    ImprovementDefinition,
    WorseningDefinition,
)
from stepline.vocabulary.authoring import Authored, Cited


class AuthoredImprovement(Cited):
    """A definition of improvement."""

    id: str
    title: str
    better_by: Decimal
    better_at_least: int
    worse_by: Decimal
    worse_at_most: int
    never_worse: list[str]
    measures: list[str]
    reading: Cited


class AuthoredWorsening(Cited):
    """A definition of worsening."""

    id: str
    title: str
    physician_by_cm: Decimal
    strength_by_percent: Decimal
    extramuscular_by_cm: Decimal
    measures: list[str]
    worse_by: Decimal
    worse_at_least: int
    visits: int
    reading: Cited


class AuthoredResponder(Cited):
    """A trial's responder."""

    least: Decimal


class AuthoredChange(Authored):
    """The file."""

    id: str
    version: int
    title: str
    zero_baseline: Cited
    improvement: AuthoredImprovement
    worsening: list[AuthoredWorsening]
    responder: AuthoredResponder


def read_change_tables() -> ChangeTables:
    """The packaged definitions; see `change_tables`."""
    authored = read_library(AuthoredChange, "change.yaml")
    zero = authored.zero_baseline
    return ChangeTables(
        improvement=_improvement(authored.improvement, zero),
        worsening={one.id: _worsening(one, zero) for one in authored.worsening},
        responder_least=authored.responder.least,
        responder_evidence=evidence_of(authored.responder),
    )


def _improvement(one: AuthoredImprovement, zero: Cited) -> ImprovementDefinition:
    return ImprovementDefinition(
        one.better_by,
        one.better_at_least,
        one.worse_by,
        one.worse_at_most,
        tuple(one.never_worse),
        tuple(one.measures),
        (evidence_of(one), evidence_of(one.reading), evidence_of(zero)),
    )


def _worsening(one: AuthoredWorsening, zero: Cited) -> WorseningDefinition:
    return WorseningDefinition(
        one.id,
        one.title,
        one.physician_by_cm,
        one.strength_by_percent,
        one.extramuscular_by_cm,
        one.worse_by,
        one.worse_at_least,
        tuple(one.measures),
        one.visits,
        (evidence_of(one), evidence_of(one.reading), evidence_of(zero)),
    )
