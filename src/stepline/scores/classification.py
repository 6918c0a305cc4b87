"""The 2017 EULAR/ACR classification criteria for idiopathic inflammatory myopathies (IIM).

Lundberg IE et al., Ann Rheum Dis 2017;76:1955. To be used only where nothing else explains the
picture better. The category is read from the score; the probability is shown and decides nothing.
Points, cut-points and sources: `library/scores/classification.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import exp

from stepline.core.errors import Place, Problem
from stepline.core.evidence import Evidence
from stepline.core.policy import Policy
from stepline.scores.classification_tables import ClassificationTables, classification_tables
from stepline.scores.logic import Truth, both, either
from stepline.scores.values import off_scale, plain, settle, unknown_names

NOT_IIM = "not IIM"
FINGER_FLEXORS = "weak_finger_flexors"
TREATMENT_FAILED = "not_improved_by_treatment"
TREE_ONLY = (FINGER_FLEXORS, TREATMENT_FAILED)
"""Findings that only tell the subgroups apart."""
_OLDEST = Decimal(120)
_ADULT = Decimal(18)


@dataclass(frozen=True, slots=True)
class Classification:
    """A score with its category, or the bounds that the missing findings leave.

    `score` is `None` where anything is missing; `category` is known where both bounds share it.
    `subgroup` is `None` where the category is below probable or a missing finding decides it.
    """

    with_biopsy: bool
    score: Decimal | None
    lower: Decimal
    upper: Decimal
    category: str | None
    probability: tuple[float, float]
    subgroup: str | None
    missing: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, object]:
        """Machine form; `probability` is from the lower to the upper bound, to 3 places."""
        return {
            "score": plain(self.score),
            "category": self.category,
            "subgroup": self.subgroup,
            "probability": [round(one, 3) for one in self.probability],
            "lower": plain(self.lower),
            "upper": plain(self.upper),
            "with_biopsy": self.with_biopsy,
            "missing": list(self.missing),
        }


def classify(
    findings: Mapping[str, bool | None],
    *,
    onset_age: Decimal | None,
    with_biopsy: bool,
    policy: Policy | None = None,
) -> Classification:
    """The score of findings, its category, and the subgroup where the score is enough.

    `findings` are the items of the tables (present, absent, or `None` for unknown) and, for the
    subgroup alone, `weak_finger_flexors` and `not_improved_by_treatment`. What is left out is
    unknown. `onset_age` is the age in years at the first symptom. `with_biopsy` chooses the column:
    without a biopsy its items do not count and may not be given as present.

    Raises:
        ScoreRefused: `measure-unknown`, `not-true-or-false`, `number-not-exact`,
            `reading-out-of-range`, `biopsy-not-done`; all at once.
    """
    tables = classification_tables(policy)
    settle(_problems(findings, onset_age, tables, with_biopsy=with_biopsy))
    low, high, missing = _bounds(findings, onset_age, tables, with_biopsy=with_biopsy)
    least, most = (category_of(one, with_biopsy=with_biopsy, policy=policy) for one in (low, high))
    return Classification(
        with_biopsy=with_biopsy,
        score=None if missing else low,
        lower=low,
        upper=high,
        category=least if least == most else None,
        probability=(
            probability(low, with_biopsy=with_biopsy, policy=policy),
            probability(high, with_biopsy=with_biopsy, policy=policy),
        ),
        subgroup=_subgroup_if(low, findings, onset_age, tables, with_biopsy=with_biopsy),
        missing=missing,
        evidence=_evidence(tables),
    )


def probability(score: Decimal, *, with_biopsy: bool, policy: Policy | None = None) -> float:
    """The probability of IIM at a score; the constant is unconfirmed."""
    constant = classification_tables(policy).constant.take(biopsy=with_biopsy)
    return 1 / (1 + exp(float(constant - score)))


def category_of(score: Decimal, *, with_biopsy: bool, policy: Policy | None = None) -> str:
    """`definite`, `probable`, `possible` or `not IIM`, from the score alone."""
    cuts = classification_tables(policy).cut_points
    reached = (cut.id for cut in cuts if score >= cut.least.take(biopsy=with_biopsy))
    return next(reached, NOT_IIM)


def subgroup_of(findings: Mapping[str, bool | None], onset_age: Decimal | None) -> str | None:
    """The subgroup of somebody who classifies; `None` where a missing finding decides.

    The tree is unconfirmed; necrotising myopathy has no leaf of its own and is found under PM.
    Without a rash and without a biopsy, rimmed vacuoles are unknown, and so is the subgroup.
    """
    if onset_age is None:
        return None
    tables = classification_tables()
    rash = either(*(findings.get(name) for name in tables.group("skin")))
    if onset_age < _ADULT:
        return _leaf(rash, "JDM", "juvenile myositis other than JDM")
    weak = either(*(findings.get(name) for name in tables.group("weakness")))
    if rash:
        return _leaf(weak, "DM", "amyopathic DM")
    inclusion = either(
        both(findings.get(FINGER_FLEXORS), findings.get(TREATMENT_FAILED)),
        findings.get("biopsy_rimmed_vacuoles"),
    )
    return None if rash is None else _leaf(inclusion, "IBM", "PM")


def _leaf(truth: Truth, if_true: str, if_false: str) -> str | None:
    return None if truth is None else if_true if truth else if_false


def _subgroup_if(
    lower: Decimal,
    findings: Mapping[str, bool | None],
    onset_age: Decimal | None,
    tables: ClassificationTables,
    *,
    with_biopsy: bool,
) -> str | None:
    probable = next(cut for cut in tables.cut_points if cut.id == "probable")
    if lower < probable.least.take(biopsy=with_biopsy):
        return None
    return subgroup_of(findings, onset_age)


def _bounds(
    findings: Mapping[str, bool | None],
    onset_age: Decimal | None,
    tables: ClassificationTables,
    *,
    with_biopsy: bool,
) -> tuple[Decimal, Decimal, tuple[str, ...]]:
    """The least and the most points, and what is missing between them."""
    low, high = _onset(onset_age, tables, with_biopsy=with_biopsy)
    counted = [item for item in tables.items if with_biopsy or item.group != "biopsy"]
    for item in counted:
        points, present = item.points.take(biopsy=with_biopsy), findings.get(item.id)
        low += points if present else 0
        high += 0 if present is False else points
    unknown = [item.id for item in counted if findings.get(item.id) is None]
    return low, high, tuple(unknown if onset_age is not None else ["onset_age", *unknown])


def _onset(
    age: Decimal | None, tables: ClassificationTables, *, with_biopsy: bool
) -> tuple[Decimal, Decimal]:
    """The least and the most points of an age; before 18 years there are none."""
    if age is None:
        most = max(band.points.take(biopsy=with_biopsy) for band in tables.onset)
        return Decimal(0), most
    points = (band.points.take(biopsy=with_biopsy) for band in tables.onset if band.holds(age))
    found = next(points, Decimal(0))
    return found, found


def _evidence(tables: ClassificationTables) -> tuple[Evidence, ...]:
    return (
        *(band.evidence for band in tables.onset),
        *(item.evidence for item in tables.items),
        *(cut.evidence for cut in tables.cut_points),
        tables.constant_evidence,
        tables.subgroup_evidence,
    )


def _problems(
    findings: Mapping[str, object],
    onset_age: Decimal | None,
    tables: ClassificationTables,
    *,
    with_biopsy: bool,
) -> list[Problem]:
    names = (*(item.id for item in tables.items), *TREE_ONLY)
    problems = unknown_names(findings, names, "findings")
    problems += off_scale(onset_age, _OLDEST, "onset_age")
    for name, present in findings.items():
        if present is not None and not isinstance(present, bool):
            problems.append(_not_a_truth(name, present))
    if not with_biopsy:
        done = [name for name in tables.group("biopsy") if findings.get(name) is not None]
        problems += [_biopsy_not_done(name) for name in done]
    return problems


def _not_a_truth(name: str, found: object) -> Problem:
    return Problem(
        "not-true-or-false",
        "A finding is present, absent or unknown.",
        Place(path=f"findings.{name}"),
        found=str(found),
        allowed="True, False or None",
    )


def _biopsy_not_done(name: str) -> Problem:
    return Problem(
        "biopsy-not-done",
        "A biopsy finding is given and no biopsy is said to have been done.",
        Place(path=f"findings.{name}"),
        found=name,
        mend="say that there was a biopsy, so that its column is used throughout",
    )
