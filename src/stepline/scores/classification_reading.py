"""Reads `library/scores/classification.yaml`. Import this module lazily; it needs pydantic."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from stepline.core.policy import Policy
from stepline.scores.authoring import evidence_of, read_library
from stepline.scores.classification_tables import (
    ClassificationTables,
    Columns,
    CutPoint,
    Item,
    OnsetBand,
)
from stepline.vocabulary.authoring import Authored, Cited


class AuthoredColumns(Cited):
    """A number in two columns."""

    without_biopsy: Decimal
    with_biopsy: Decimal


class AuthoredOnset(AuthoredColumns):
    """A band of ages."""

    start: Decimal = Field(alias="from")
    below: Decimal | None = None


class AuthoredItem(Cited):
    """A finding."""

    id: str
    title: str
    group: Literal["weakness", "skin", "other", "biopsy"]
    without_biopsy: Decimal = Decimal(0)
    with_biopsy: Decimal


class AuthoredCutPoint(AuthoredColumns):
    """A category."""

    id: str


class AuthoredClassification(Authored):
    """The file."""

    id: str
    version: int
    title: str
    onset: list[AuthoredOnset]
    items: list[AuthoredItem]
    cut_points: list[AuthoredCutPoint]
    probability: AuthoredColumns
    subgroups: Cited


def read_classification_tables(policy: Policy | None = None) -> ClassificationTables:
    """The packaged tables; see `classification_tables`."""
    authored = read_library(AuthoredClassification, "classification.yaml", policy)
    return ClassificationTables(
        onset=tuple(
            OnsetBand(one.start, one.below, _columns(one), evidence_of(one))
            for one in authored.onset
        ),
        items=tuple(
            Item(one.id, one.title, one.group, _columns(one), evidence_of(one, one.title))
            for one in authored.items
        ),
        cut_points=tuple(
            CutPoint(one.id, _columns(one), evidence_of(one)) for one in authored.cut_points
        ),
        constant=_columns(authored.probability),
        constant_evidence=evidence_of(authored.probability),
        subgroup_evidence=evidence_of(authored.subgroups),
    )


def _columns(one: AuthoredColumns | AuthoredItem) -> Columns:
    return Columns(one.without_biopsy, one.with_biopsy)
