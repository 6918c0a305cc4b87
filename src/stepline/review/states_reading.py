"""Reads `library/states.yaml`. Import this module lazily; it needs pydantic."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from typing import Literal

from stepline.core.documents import read_as
from stepline.core.time import parse_period
from stepline.review.states_tables import Glucocorticoid, Level, StateTables, SwitchReason
from stepline.scores.authoring import evidence_of
from stepline.vocabulary.authoring import Authored, Cited


class AuthoredTried(Authored):
    """Which drugs are told as tried: classes as one, and each drug of others."""

    classes: list[str]
    drugs_of: list[str]


class AuthoredMean(Cited):
    """Over which time a mean is taken."""

    period: str


class AuthoredLevel(Cited):
    """A daily dose above which days are counted."""

    dose: Decimal
    unit: Literal["mg/d"]


class AuthoredReduction(Cited):
    """The percentage beyond which a reduction counts."""

    percent: Decimal


class AuthoredGlucocorticoid(Authored):
    """How doses of glucocorticoid are told."""

    drug: str
    told_as: str
    mean_over: AuthoredMean
    days_above: list[AuthoredLevel]
    reduced_by: AuthoredReduction


class AuthoredSwitch(Authored):
    """A reason for a change."""

    reason: str
    stated: list[str]
    when: str = ""
    only_to_less: bool = False
    not_beside: tuple[str, ...] = ()


class AuthoredStates(Authored):
    """The file."""

    id: str
    version: int
    title: str
    refractory: list[str]
    activity: list[str]
    tried: AuthoredTried
    dependence: str
    glucocorticoid: AuthoredGlucocorticoid
    switch: list[AuthoredSwitch]


def read_state_tables() -> StateTables:
    """The packaged tables; see `state_tables`."""
    content = files("stepline.library").joinpath("states.yaml").read_bytes()
    authored = read_as(AuthoredStates, content, "library/states.yaml")
    return StateTables(
        refractory=tuple(authored.refractory),
        activity=tuple(authored.activity),
        tried_classes=tuple(authored.tried.classes),
        tried_drugs_of=tuple(authored.tried.drugs_of),
        dependence=authored.dependence,
        glucocorticoid=_glucocorticoid(authored.glucocorticoid),
        switch=tuple(
            SwitchReason(
                one.reason, tuple(one.stated), one.when, one.only_to_less, tuple(one.not_beside)
            )
            for one in authored.switch
        ),
    )


def _glucocorticoid(authored: AuthoredGlucocorticoid) -> Glucocorticoid:
    return Glucocorticoid(
        drug=authored.drug,
        told_as=authored.told_as,
        mean_over=parse_period(authored.mean_over.period),
        mean_evidence=evidence_of(authored.mean_over),
        levels=tuple(Level(one.dose, evidence_of(one)) for one in authored.days_above),
        reduced_by=authored.reduced_by.percent,
        reduced_evidence=evidence_of(authored.reduced_by),
    )
