"""Reads `library/scores/change.yaml`. Import this module lazily; it needs pydantic."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from stepline.core.policy import Policy
from stepline.scores.authoring import evidence_of, read_library
from stepline.scores.change_tables import (
    ChangeTables,
    ImprovementDefinition,
    SparingDefinition,
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


class AuthoredConfirmation(Cited):
    """At how many consecutive visits improvement has to hold."""

    visits: int = Field(gt=0)


class AuthoredSparing(Cited):
    """A response by reductions."""

    reduced_by: Decimal
    measures: list[str]
    complete_at_least: int
    partial_at_least: int
    reading: Cited


class AuthoredChange(Authored):
    """The file."""

    id: str
    version: int
    title: str
    zero_baseline: Cited
    improvement: AuthoredImprovement
    worsening: list[AuthoredWorsening]
    responder: AuthoredResponder
    confirmed_improvement: AuthoredConfirmation
    steroid_sparing: AuthoredSparing


def read_change_tables(policy: Policy | None = None) -> ChangeTables:
    """The packaged definitions; see `change_tables`."""
    authored = read_library(AuthoredChange, "change.yaml", policy)
    zero = authored.zero_baseline
    return ChangeTables(
        improvement=_improvement(authored.improvement, zero),
        worsening={one.id: _worsening(one, zero) for one in authored.worsening},
        responder_least=authored.responder.least,
        responder_evidence=evidence_of(authored.responder),
        confirming_visits=authored.confirmed_improvement.visits,
        confirming_evidence=evidence_of(authored.confirmed_improvement),
        sparing=_sparing(authored.steroid_sparing),
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


def _sparing(one: AuthoredSparing) -> SparingDefinition:
    return SparingDefinition(
        one.reduced_by,
        tuple(one.measures),
        one.complete_at_least,
        one.partial_at_least,
        (evidence_of(one), evidence_of(one.reading)),
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
