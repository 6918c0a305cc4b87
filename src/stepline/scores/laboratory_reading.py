"""Reads `library/scores/laboratory.yaml` and `quiet.yaml`. Import lazily; it needs pydantic."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator

from stepline.core.evidence import Evidence
from stepline.core.policy import Policy
from stepline.core.quantity import Quantity
from stepline.scores.authoring import evidence_of, read_library
from stepline.scores.laboratory import Band, GradeRule, LaboratoryTables
from stepline.scores.quiet import QuietId, QuietTables
from stepline.vocabulary.authoring import Authored, Cited


class AuthoredOfBaseline(Cited):
    """The edges of a measure whose baseline was abnormal."""

    above: list[Decimal]
    from_first: bool = False


class AuthoredGrade(Cited):
    """The grades of one measure: it falls or it rises."""

    id: str
    title: str
    unit: str = ""
    below: tuple[Decimal, ...] = ()
    above: tuple[Decimal, ...] = ()
    is_muscle_enzyme: bool = False
    of_baseline: AuthoredOfBaseline | None = None

    @model_validator(mode="after")
    def _goes_one_way(self) -> Self:
        if bool(self.below) == bool(self.above) or bool(self.below) != bool(self.unit):
            raise ValueError("A measure falls, in a unit, or rises: write `below` or `above`.")
        falls, rises = sorted(set(self.below), reverse=True), sorted(set(self.above))
        if [*self.below, *self.above] != [*falls, *rises]:
            raise ValueError("Edges go on in one direction.")
        return self


class AuthoredWithoutGrade(Cited):
    """A measure without a grade."""

    id: str


class AuthoredBand(Cited):
    """A band of IgG."""

    id: str
    below: Decimal
    unit: str


class AuthoredLaboratory(Authored):
    """The file `laboratory.yaml`."""

    id: str
    version: int
    title: str
    grades: list[AuthoredGrade]
    without_grade: list[AuthoredWithoutGrade]
    igg_bands: list[AuthoredBand]
    igg_edges: Cited


class AuthoredMonths(Cited):
    """How long nothing may be seen."""

    at_least: int = Field(gt=0, le=120)


class AuthoredQuietDefinition(Cited):
    """A definition."""

    id: Literal["complete-clinical-response", "remission"]
    on_therapy: bool


class AuthoredQuiet(Authored):
    """The file `quiet.yaml`."""

    id: str
    version: int
    title: str
    months: AuthoredMonths
    definitions: list[AuthoredQuietDefinition]
    support: Cited
    between: Cited


def read_laboratory_tables(policy: Policy | None = None) -> LaboratoryTables:
    """The packaged tables; see `laboratory_tables`."""
    authored = read_library(AuthoredLaboratory, "laboratory.yaml", policy)
    return LaboratoryTables(
        grades={one.id: _grade(one) for one in authored.grades},
        without_grade={one.id: evidence_of(one) for one in authored.without_grade},
        igg_bands=tuple(
            Band(one.id, Quantity(one.below, one.unit), evidence_of(one))
            for one in sorted(authored.igg_bands, key=lambda band: band.below)
        ),
        igg_edges=evidence_of(authored.igg_edges),
    )


def read_quiet_tables(policy: Policy | None = None) -> QuietTables:
    """The packaged definitions; see `quiet_tables`."""
    authored = read_library(AuthoredQuiet, "quiet.yaml", policy)
    shared = tuple(
        evidence_of(one) for one in (authored.months, authored.support, authored.between)
    )
    evidence: dict[QuietId, tuple[Evidence, ...]] = {
        one.id: (evidence_of(one), *shared) for one in authored.definitions
    }
    on_therapy: dict[QuietId, bool] = {one.id: one.on_therapy for one in authored.definitions}
    return QuietTables(authored.months.at_least, on_therapy, evidence)


def _grade(one: AuthoredGrade) -> GradeRule:
    of = one.of_baseline
    edges = ", ".join(str(edge) for edge in one.below or one.above)
    way = f"below {edges} {one.unit}" if one.below else f"above {edges} × the upper limit"
    return GradeRule(
        one.id,
        one.title,
        one.unit,
        tuple(Fraction(edge) for edge in one.below),
        tuple(Fraction(edge) for edge in one.above),
        tuple(Fraction(edge) for edge in of.above) if of else (),
        of.from_first if of else False,
        one.is_muscle_enzyme,
        evidence_of(one, f"Grades of {one.title}: {way}"),
        evidence_of(of) if of else None,
    )
