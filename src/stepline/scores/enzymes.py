"""Which muscle enzyme is followed, and by how much it improved.

The criteria take the most abnormal one. It is chosen on baseline values alone and followed after
that: another enzyme never steps in because its follow-up happens to be known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from stepline.core.errors import Place, Problem
from stepline.core.evidence import Evidence
from stepline.scores.tis_tables import EnzymeRange, EnzymeRule, TisTables
from stepline.scores.values import EnzymeReading, outside, unknown_names, wrong_number


@dataclass(frozen=True, slots=True)
class EnzymeChoice:
    """The enzyme that is followed, its multiple of the upper limit at baseline, and the rule."""

    id: str
    ratio: Fraction
    range_multiple: Fraction
    rule: EnzymeRule
    not_measured: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    def share(self, reading: EnzymeReading) -> tuple[Fraction | None, Fraction | None]:
        """Both readings as fractions of the enzyme's range (which may be exceeded).

        A follow-up by another method is unknown, unless it has a limit of its own.
        """
        assert reading.before is not None
        assert reading.uln is not None
        before = Fraction(reading.before) / Fraction(reading.uln) / self.range_multiple
        if reading.after is None or not reading.is_comparable:
            return before, None
        limit = reading.uln if reading.uln_after is None else reading.uln_after
        return before, Fraction(reading.after) / Fraction(limit) / self.range_multiple


def choose_enzyme(
    readings: Mapping[str, EnzymeReading], rule: EnzymeRule, tables: TisTables
) -> EnzymeChoice | None:
    """The most abnormal enzyme at baseline; `None` where there is none or it cannot be told.

    It cannot be told where an enzyme has a baseline value and no upper limit of normal: that one
    might be the most abnormal. Ties go by the order of the tables.
    """
    if unranked(readings):
        return None
    known = [one for one in tables.enzymes if _has_baseline(readings.get(one.id))]
    if not known:
        return None
    chosen = max(known, key=lambda one: _abnormality(readings[one.id], one, rule))
    missing = tuple(one.id for one in tables.enzymes if one not in known)
    ratio = _ratio(readings[chosen.id])
    evidence = (*tables.choice, chosen.evidence)
    return EnzymeChoice(chosen.id, ratio, Fraction(chosen.multiple), rule, missing, evidence)


def unranked(readings: Mapping[str, EnzymeReading]) -> tuple[str, ...]:
    """Enzymes with a baseline value and no upper limit of normal, in order of name."""
    return tuple(
        sorted(k for k, one in readings.items() if one.before is not None and one.uln is None)
    )


def enzyme_problems(readings: Mapping[str, EnzymeReading], tables: TisTables) -> list[Problem]:
    """Everything wrong with the enzymes: names, numbers, limits that are not above zero."""
    problems = unknown_names(readings, (one.id for one in tables.enzymes), "enzymes")
    for enzyme, reading in readings.items():
        path = f"enzymes.{enzyme}"
        problems += outside(reading.pair, None, path)
        for name, limit in (("uln", reading.uln), ("uln_after", reading.uln_after)):
            problems += _wrong_limit(limit, f"{path}.{name}")
    return problems


def _wrong_limit(limit: Decimal | None, path: str) -> list[Problem]:
    wrong = wrong_number(limit, path)
    if wrong or limit is None or limit > 0:
        return wrong
    return [
        Problem(
            "limit-not-positive",
            "An upper limit of normal is above zero.",
            Place(path=path),
            found=str(limit),
            allowed="above 0",
            mend="give the limit of the laboratory that measured the value",
        )
    ]


def _has_baseline(reading: EnzymeReading | None) -> bool:
    return reading is not None and reading.before is not None and reading.uln is not None


def _ratio(reading: EnzymeReading) -> Fraction:
    assert reading.before is not None
    assert reading.uln is not None
    return Fraction(reading.before) / Fraction(reading.uln)


def _abnormality(reading: EnzymeReading, limits: EnzymeRange, rule: EnzymeRule) -> Fraction:
    ratio = _ratio(reading)
    return ratio if rule is EnzymeRule.RATIO_TO_ULN else ratio / Fraction(limits.multiple)
