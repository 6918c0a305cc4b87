"""How low or high a laboratory value is: CTCAE v5 grades, and bands of IgG.

Grades: CTCAE v5 as implemented in PharmaForest/ctcae5_grader. Bands of IgG: Roberts DM et al.,
J Autoimmun 2015. Edges and sources: `library/scores/laboratory.yaml`. Quantities keep their units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from stepline.core.errors import Place, Problem
from stepline.core.evidence import Evidence
from stepline.core.policy import Policy
from stepline.core.quantity import Quantity, comparable, in_unit, order
from stepline.scores.logic import Truth
from stepline.scores.values import settle, unknown_names

_WITHIN_RANGE = "The value lies within the laboratory's own range."


@dataclass(frozen=True, slots=True)
class GradeRule:
    """The grades of one measure.

    `below` are the values under which a falling measure has grade 2, 3 …, in `unit`, which is empty
    for a rising one; grade 1 lies below the lower limit of normal. `above` are the multiples of the
    upper limit above which a rising one has grade 1, 2 …; `above_baseline` the same of an abnormal
    value at baseline, where grade 1 may begin at its edge.
    """

    id: str
    title: str
    unit: str
    below: tuple[Fraction, ...]
    above: tuple[Fraction, ...]
    above_baseline: tuple[Fraction, ...]
    is_first_edge_included: bool
    is_muscle_enzyme: bool
    evidence: Evidence
    baseline_evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Band:
    """A band of IgG: values below `below` and not in a lower band."""

    id: str
    below: Quantity
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class LaboratoryTables:
    """All grades, what has none and why, and the bands of IgG from the lowest."""

    grades: dict[str, GradeRule]
    without_grade: dict[str, Evidence]
    igg_bands: tuple[Band, ...]
    igg_edges: Evidence


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade from 0 to 4, or the least and the most that it can be.

    `doubts` say why a grade may not answer what is asked of it; `missing` what would settle it.
    """

    measure: str
    least: int | None
    most: int | None
    missing: tuple[str, ...]
    doubts: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    @property
    def grade(self) -> int | None:
        """The grade, where it is certain; `None` where it is not, or where there is none."""
        return self.least if self.least == self.most else None

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "measure": self.measure,
            "grade": self.grade,
            "least": self.least,
            "most": self.most,
            "missing": list(self.missing),
            "doubts": list(self.doubts),
        }


@dataclass(frozen=True, slots=True)
class IggBand:
    """Which band an IgG lies in: `severe`, `moderate`, `mild`, or `none` where it is not low."""

    band: str
    evidence: tuple[Evidence, ...]


@lru_cache(maxsize=8)
def laboratory_tables(policy: Policy | None = None) -> LaboratoryTables:
    """The packaged grades and bands, with what a policy decides.

    Raises:
        DocumentRefused, VocabularyRefused: the file is not as it should be.
    """
    from stepline.scores.laboratory_reading import read_laboratory_tables

    return read_laboratory_tables(policy)


def ctcae_grade(
    measure: str,
    value: Quantity,
    *,
    limit: Quantity | None = None,
    baseline: Quantity | None = None,
    is_myositis_active: Truth = None,
    policy: Policy | None = None,
) -> Grade:
    """The CTCAE v5 grade of a laboratory value; 0 where none is reached.

    `limit` is the laboratory's limit of normal: the lower one of a measure that falls (cells,
    haemoglobin), the upper one of a measure that rises. `baseline` decides only where the table
    counts an abnormal one; until it is given, the grade lies between two. Enzymes of muscle are
    doubted unless it is known that the myositis is not active. IgG has no grade, and says so.

    Raises:
        ScoreRefused: `measure-unknown`, `limit-not-positive`, `reading-out-of-range`,
            `unit-mismatch`; all at once.
    """
    tables = laboratory_tables(policy)
    if measure in tables.without_grade:
        evidence = tables.without_grade[measure]
        return Grade(measure, None, None, (), (evidence.claim,), (evidence,))
    settle(unknown_names([measure], [*tables.grades, *tables.without_grade], "measure"))
    rule = tables.grades[measure]
    settle(_problems(rule, value, {"limit": limit, "baseline": baseline}))
    if rule.below:
        return _falling(rule, value, limit)
    return _rising(rule, value, limit, baseline, is_myositis_active)


def igg_band(igg: Quantity, *, policy: Policy | None = None) -> IggBand:
    """The band of an IgG; whether the value is the patient's own is not asked here.

    Raises:
        ScoreRefused: `reading-out-of-range`, `unit-mismatch`.
    """
    tables = laboratory_tables(policy)
    settle(_wrong(igg, tables.igg_bands[0].below.unit, "igg"))
    found = next((one for one in tables.igg_bands if order(igg, one.below) < 0), None)
    evidence = (*(one.evidence for one in tables.igg_bands), tables.igg_edges)
    return IggBand("none" if found is None else found.id, evidence)


def _falling(rule: GradeRule, value: Quantity, limit: Quantity | None) -> Grade:
    number = in_unit(value, rule.unit)
    passed = sum(number < edge for edge in rule.below)
    is_low = None if limit is None else order(value, limit) < 0
    if passed:
        doubts = (_WITHIN_RANGE,) if is_low is False else ()
        return Grade(rule.id, passed + 1, passed + 1, (), doubts, (rule.evidence,))
    least, most = (0, 1) if is_low is None else (int(is_low), int(is_low))
    missing = ("lower limit of normal",) if is_low is None else ()
    return Grade(rule.id, least, most, missing, (), (rule.evidence,))


def _rising(
    rule: GradeRule,
    value: Quantity,
    limit: Quantity | None,
    baseline: Quantity | None,
    is_myositis_active: Truth,
) -> Grade:
    doubts = _muscle_doubts(rule, is_myositis_active)
    if limit is None:
        missing = ("upper limit of normal",)
        return Grade(rule.id, 0, len(rule.above), missing, doubts, (rule.evidence,))
    of_limit = _passed(_ratio(value, limit), rule.above)
    if rule.baseline_evidence is None or not of_limit:
        return Grade(rule.id, of_limit, of_limit, (), doubts, (rule.evidence,))
    evidence = (rule.evidence, rule.baseline_evidence)
    if baseline is None:
        return Grade(rule.id, 0, of_limit, ("value at baseline",), doubts, evidence)
    if order(baseline, limit) <= 0:
        return Grade(rule.id, of_limit, of_limit, (), doubts, (rule.evidence,))
    ratio = _ratio(value, baseline)
    grade = _passed(ratio, rule.above_baseline)
    if rule.is_first_edge_included and ratio == rule.above_baseline[0]:
        grade = 1
    return Grade(rule.id, grade, grade, (), doubts, evidence)


def _muscle_doubts(rule: GradeRule, is_myositis_active: Truth) -> tuple[str, ...]:
    if not rule.is_muscle_enzyme or is_myositis_active is False:
        return ()
    state = "is" if is_myositis_active else "may be"
    said = f"{rule.title} comes from muscle too, and the myositis {state} active: "
    return (said + "this grade alone is no sign of harm by a drug.",)


def _ratio(value: Quantity, other: Quantity) -> Fraction:
    return in_unit(value, other.unit) / Fraction(other.value)


def _passed(ratio: Fraction, edges: tuple[Fraction, ...]) -> int:
    return sum(ratio > edge for edge in edges)


def _problems(
    rule: GradeRule, value: Quantity, others: Mapping[str, Quantity | None]
) -> list[Problem]:
    unit = rule.unit or value.unit
    problems = _wrong(value, unit, "value")
    for name, other in others.items():
        if other is None:
            continue
        problems += _wrong(other, unit, name)
        if other.value == 0:
            message = "What a value is compared with is above zero."
            problems.append(Problem("limit-not-positive", message, Place(path=name), found="0"))
    return problems


def _wrong(value: Quantity, unit: str, path: str) -> list[Problem]:
    problems = []
    if not comparable(value.unit, unit):
        problems.append(
            Problem(
                "unit-mismatch",
                "This unit does not measure what is asked for.",
                Place(path=path),
                found=value.unit,
                allowed=f"{unit}, or a unit that converts into it",
            )
        )
    if value.value < Decimal(0):
        message = "A laboratory value is 0 or more."
        problems.append(
            Problem(
                "reading-out-of-range", message, Place(path=path), str(value.value), "0 or more"
            )
        )
    return problems
