"""Reads `library/scores/tis.yaml`. Import this module lazily; it needs pydantic."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stepline.core.policy import Policy
from stepline.scores.authoring import evidence_of, read_library
from stepline.scores.tis_tables import (
    EnzymeRange,
    EnzymeRule,
    Population,
    Scale,
    Slot,
    Thresholds,
    TisTables,
)
from stepline.vocabulary.authoring import Authored, Cited


class AuthoredSlot(Cited):
    """A row of the point table."""

    id: str
    title: str
    bands: list[Decimal]
    points: list[Decimal]
    required: bool = False

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if len(self.points) != len(self.bands) + 1:
            raise ValueError("There is one entry of points more than there are bands.")
        if sorted(self.points) != self.points or sorted(set(self.bands)) != self.bands:
            raise ValueError("Bands and points rise.")
        return self


class AuthoredScale(Cited):
    """An instrument."""

    id: str
    slot: str
    better: Literal["lower", "higher"]
    range: Annotated[Decimal, Field(gt=0)] | Literal["given"] | None
    juvenile_only: bool = False


class AuthoredEnzymeRange(Cited):
    """The range of an enzyme."""

    id: str
    title: str
    multiple: Decimal = Field(gt=0)


class AuthoredRanking(Cited):
    """How enzymes are ranked."""

    rule: EnzymeRule


class AuthoredEnzymes(Authored):
    """Which enzyme is taken, and the ranges."""

    chosen: Cited
    chosen_at: Cited
    ranking: AuthoredRanking
    ranges: list[AuthoredEnzymeRange]


class AuthoredThresholds(Cited):
    """The categories of one population."""

    population: Population
    minimal: Decimal
    moderate: Decimal
    major: Decimal


class AuthoredTis(Authored):
    """The file."""

    id: str
    version: int
    title: str
    formula: Cited
    basis: Cited
    direction: Cited
    edges: Cited
    incomplete: Cited
    slots: list[AuthoredSlot]
    scales: list[AuthoredScale]
    enzymes: AuthoredEnzymes
    thresholds: list[AuthoredThresholds]


def read_tis_tables(policy: Policy | None = None) -> TisTables:
    """The packaged tables; see `tis_tables`."""
    authored = read_library(AuthoredTis, "tis.yaml", policy)
    enzymes = authored.enzymes
    method = (authored.basis, authored.formula, authored.direction, authored.edges)
    return TisTables(
        slots=tuple(_slot(one) for one in authored.slots),
        scales=tuple(_scale(one) for one in authored.scales),
        enzymes=tuple(_enzyme(one) for one in enzymes.ranges),
        thresholds={one.population: _thresholds(one) for one in authored.thresholds},
        method=tuple(evidence_of(one) for one in method),
        choice=tuple(
            evidence_of(one) for one in (enzymes.chosen, enzymes.chosen_at, enzymes.ranking)
        ),
        incomplete=evidence_of(authored.incomplete),
        enzyme_rule=enzymes.ranking.rule,
    )


def _slot(one: AuthoredSlot) -> Slot:
    edges = ", ".join(f"{band} %" for band in one.bands)
    claim = f"{one.title}: {', '.join(map(str, one.points))} points; bands end at {edges}"
    return Slot(
        one.id,
        one.title,
        tuple(Fraction(band) for band in one.bands),
        tuple(one.points),
        one.required,
        evidence_of(one, claim),
    )


def _scale(one: AuthoredScale) -> Scale:
    given = isinstance(one.range, str)
    known = None if isinstance(one.range, str) else one.range
    claim = f"The range of {one.id} is {one.range}"
    lower = one.better == "lower"
    evidence = evidence_of(one, claim)
    return Scale(one.id, one.slot, lower, known, one.juvenile_only, evidence, given)


def _enzyme(one: AuthoredEnzymeRange) -> EnzymeRange:
    claim = f"The range of {one.title} is {one.multiple} × its upper limit of normal"
    return EnzymeRange(one.id, one.title, one.multiple, evidence_of(one, claim))


def _thresholds(one: AuthoredThresholds) -> Thresholds:
    steps = f"{one.minimal}, {one.moderate}, {one.major}"
    claim = f"{one.population}: minimal, moderate and major improvement begin at {steps}"
    return Thresholds(one.minimal, one.moderate, one.major, evidence_of(one, claim))
