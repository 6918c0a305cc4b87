"""Improvement and worsening of the core set measures by *relative* change, in three values.

Definition of improvement: Rider LG et al., Arthritis Rheum 2004;50:2281. Worsening: the ProDERM
trial's (doi:10.1186/s13075-023-03232-2, figure 1) and that of IMACS, which is unconfirmed. Numbers
and sources: `library/scores/change.yaml`. The total improvement score uses absolute change and
shares nothing with this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence
from stepline.core.policy import Policy
from stepline.scores.change_tables import (
    ImprovementDefinition,
    WorseningDefinition,
    WorseningId,
    change_tables,
)
from stepline.scores.logic import Truth, at_least, both, either, opposite
from stepline.scores.tis import Tis
from stepline.scores.tis_tables import tis_tables
from stepline.scores.values import Pair, off_scale, outside, settle, unknown_names

RISES = frozenset({"mmt"})
"""Measures in which a higher value is the better one."""
Visit = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Change:
    """How a definition judges a change: `is_met` is `None` where what is missing could decide.

    `improved` and `worsened` are the measures that count as such by the definition; `clauses` are
    the ways in which the definition can be met, each with its own truth.
    """

    definition: str
    is_met: Truth
    improved: tuple[str, ...]
    worsened: tuple[str, ...]
    missing: tuple[str, ...]
    clauses: tuple[tuple[str, Truth], ...]
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "definition": self.definition,
            "met": self.is_met,
            "improved": list(self.improved),
            "worsened": list(self.worsened),
            "missing": list(self.missing),
            "clauses": dict(self.clauses),
        }


@dataclass(frozen=True, slots=True)
class Deterioration:
    """Whether worsening was confirmed; `visits` judges each follow-up visit against baseline."""

    definition: str
    is_confirmed: Truth
    awaits_confirmation: bool
    visits: tuple[Change, ...]
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "definition": self.definition,
            "confirmed": self.is_confirmed,
            "awaits_confirmation": self.awaits_confirmation,
            "visits": [visit.as_json() for visit in self.visits],
        }


def definition_of_improvement(
    measures: Mapping[str, Pair], *, mmt_max: Decimal | None = None, policy: Policy | None = None
) -> Change:
    """The IMACS preliminary definition of improvement at one visit.

    `measures` are `physician`, `patient`, `extramuscular` (cm), `haq`, `mmt` and `enzyme` (any
    unit, the same at both visits). A measure left out or with a reading missing may still turn out
    either way: the verdict is unknown where that would decide.

    Raises:
        ScoreRefused: `measure-unknown`, `number-not-exact`, `reading-out-of-range`; all at once.
    """
    rule = change_tables(policy).improvement
    _check(measures, rule.measures, mmt_max)
    better = {m: _changed(measures.get(m), m, rule.better_by, worse=False) for m in rule.measures}
    worse = {m: _changed(measures.get(m), m, rule.worse_by, worse=True) for m in rule.measures}
    clauses = (
        ("enough improved", at_least(rule.better_at_least, better.values())),
        ("few worse", opposite(at_least(rule.worse_at_most + 1, worse.values()))),
        ("strength not worse", opposite(either(*(worse[m] for m in rule.never_worse)))),
    )
    return Change(
        definition="imacs-doi",
        is_met=both(*(truth for _, truth in clauses)),
        improved=_true(better),
        worsened=_true(worse),
        missing=_unknown(worse),
        clauses=clauses,
        evidence=rule.evidence,
    )


def worse_at_visit(
    measures: Mapping[str, Pair],
    *,
    definition: WorseningId = "proderm",
    mmt_max: Decimal | None = None,
    policy: Policy | None = None,
) -> Change:
    """Whether one visit is worse than baseline; on its own this confirms nothing.

    `measures` as for `definition_of_improvement`; `proderm` has no `enzyme` and leaves it out.

    Raises:
        ScoreRefused: as `definition_of_improvement`.
    """
    rule = change_tables(policy).worsening[definition]
    _check(measures, (*rule.measures, "enzyme"), mmt_max)
    worse = {m: _changed(measures.get(m), m, rule.worse_by, worse=True) for m in rule.measures}
    clauses = _ways(measures, rule, worse)
    return Change(
        definition=definition,
        is_met=either(*(truth for _, truth in clauses)),
        improved=(),
        worsened=_true(worse),
        missing=_unknown(worse),
        clauses=clauses,
        evidence=rule.evidence,
    )


def deterioration(
    baseline: Visit,
    visits: Sequence[Visit],
    *,
    definition: WorseningId = "proderm",
    mmt_max: Decimal | None = None,
    policy: Policy | None = None,
) -> Deterioration:
    """Whether worsening against baseline held at two consecutive visits, in the order given.

    A single worse visit, or a last one, awaits confirmation. Which of the ways of being worse holds
    may differ between the two visits.

    Raises:
        ScoreRefused: as `definition_of_improvement`; the path names the visit.
    """
    rule = change_tables(policy).worsening[definition]
    settle(
        problem
        for path, visit in (("baseline", baseline), *_numbered(visits))
        for problem in _visit_problems(visit, path, rule, mmt_max)
    )
    judged = tuple(
        worse_at_visit(
            _paired(baseline, visit, rule), definition=definition, mmt_max=mmt_max, policy=policy
        )
        for visit in visits
    )
    truths = [one.is_met for one in judged]
    confirmed = held(truths, rule.visits)
    waits = confirmed is not True and truths[-1:] == [True]
    return Deterioration(definition, confirmed, waits, judged, rule.evidence)


def responder(score: Tis, worsening: Deterioration) -> Truth:
    """A responder as ProDERM counted: a score of 20 or more and no confirmed deterioration."""
    least = change_tables().responder_least
    scored: Truth = None
    if score.category is not None or score.upper < least:
        scored = True if score.lower >= least else False if score.upper < least else None
    return both(scored, opposite(worsening.is_confirmed))


@dataclass(frozen=True, slots=True)
class ConfirmedImprovement:
    """Whether the definition of improvement held at so many consecutive visits, and from which.

    `first` is the index of the first visit of the earliest such run, `None` where none is certain.
    """

    is_confirmed: Truth
    first: int | None
    visits: tuple[Change, ...]
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "confirmed": self.is_confirmed,
            "first": self.first,
            "visits": [visit.as_json() for visit in self.visits],
        }


def confirmed_improvement(
    baseline: Visit,
    visits: Sequence[Visit],
    *,
    mmt_max: Decimal | None = None,
    policy: Policy | None = None,
) -> ConfirmedImprovement:
    """The definition of improvement at consecutive visits, in the order given, as RIM asked for.

    That two visits are asked for is unconfirmed.

    Raises:
        ScoreRefused: as `definition_of_improvement`; the path names the visit.
    """
    tables = change_tables(policy)
    rule, asked = tables.improvement, tables.confirming_visits
    settle(
        problem
        for path, visit in (("baseline", baseline), *_numbered(visits))
        for problem in _visit_problems(visit, path, rule, mmt_max)
    )
    judged = tuple(
        definition_of_improvement(_paired(baseline, one, rule), mmt_max=mmt_max, policy=policy)
        for one in visits
    )
    truths = [one.is_met for one in judged]
    runs = [both(*run) for run in _runs(truths, asked)]
    return ConfirmedImprovement(
        is_confirmed=either(*runs),
        first=runs.index(True) if True in runs else None,
        visits=judged,
        evidence=(*rule.evidence, tables.confirming_evidence),
    )


def held(truths: Sequence[Truth], visits: int) -> Truth:
    """Whether something held at so many consecutive visits."""
    return either(*(both(*run) for run in _runs(truths, visits)))


def _runs(truths: Sequence[Truth], visits: int) -> list[Sequence[Truth]]:
    return [truths[start : start + visits] for start in range(len(truths) - visits + 1)]


@dataclass(frozen=True, slots=True)
class Sparing:
    """A response by reductions: `complete`, `partial`, `none`, or `None` where it is open.

    `reduced` are the measures that certainly fell by more than was asked.
    """

    response: Literal["complete", "partial", "none"] | None
    reduced: tuple[str, ...]
    missing: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "response": self.response,
            "reduced": list(self.reduced),
            "missing": list(self.missing),
        }


def steroid_sparing(measures: Mapping[str, Pair]) -> Sparing:
    """The response of the Korean rituximab series: falls of more than 25 % from baseline.

    `measures` are `ck` (any unit, the same at both moments), `physician` (cm) and `steroid` (daily
    dose in prednisone equivalent). From a baseline of 0 nothing can fall.

    Raises:
        ScoreRefused: `measure-unknown`, `number-not-exact`, `reading-out-of-range`; all at once.
    """
    rule = change_tables().sparing
    _check(measures, rule.measures, None)
    fell = {name: _fell(measures.get(name), rule.reduced_by) for name in rule.measures}
    complete = at_least(rule.complete_at_least, fell.values())
    partial = at_least(rule.partial_at_least, fell.values())
    response: Literal["complete", "partial", "none"] | None = None
    if complete is True:
        response = "complete"
    elif partial is False:
        response = "none"
    elif complete is False and partial is True:
        response = "partial"
    return Sparing(response, _true(fell), _unknown(fell), rule.evidence)


def _fell(pair: Pair | None, by: Decimal) -> Truth:
    if pair is None or pair.before is None or pair.after is None:
        return None
    change = Fraction(pair.before) - Fraction(pair.after)
    return change * 100 > Fraction(pair.before) * Fraction(by)


def relative_worsening(pair: Pair, measure: str) -> Fraction | None:
    """Worsening in percent of the value at baseline; an improvement is negative.

    `None` where a reading is missing, and where the baseline is 0 and the value did not stay there:
    no percentage says how much that is.
    """
    if pair.before is None or pair.after is None:
        return None
    if pair.before == 0:
        return Fraction(0) if pair.after == 0 else None
    change = (Fraction(pair.after) - Fraction(pair.before)) / Fraction(pair.before) * 100
    return -change if measure in RISES else change


def _changed(pair: Pair | None, measure: str, by: Decimal, *, worse: bool) -> Truth:
    """Whether a measure got worse (or better) by so many percent or more."""
    if pair is None or not pair.is_known:
        return None
    percent = relative_worsening(pair, measure)
    if percent is None:
        return (measure in RISES) != worse
    return (percent if worse else -percent) >= by


def _ways(
    measures: Mapping[str, Pair], rule: WorseningDefinition, worse: Mapping[str, Truth]
) -> tuple[tuple[str, Truth], ...]:
    strength = _changed(measures.get("mmt"), "mmt", rule.strength_by_percent, worse=True)
    physician = _risen(measures.get("physician"), rule.physician_by_cm)
    return (
        ("physician global and strength", both(physician, strength)),
        ("extramuscular", _risen(measures.get("extramuscular"), rule.extramuscular_by_cm)),
        ("enough measures", at_least(rule.worse_at_least, worse.values())),
    )


def _risen(pair: Pair | None, by: Decimal) -> Truth:
    if pair is None or pair.before is None or pair.after is None:
        return None
    return Fraction(pair.after) - Fraction(pair.before) >= by


def _paired(
    baseline: Visit, visit: Visit, rule: WorseningDefinition | ImprovementDefinition
) -> dict[str, Pair]:
    names = dict.fromkeys((*rule.measures, *baseline, *visit))
    return {name: Pair(baseline.get(name), visit.get(name)) for name in names}


def _true(truths: Mapping[str, Truth]) -> tuple[str, ...]:
    return tuple(name for name, truth in truths.items() if truth)


def _unknown(truths: Mapping[str, Truth]) -> tuple[str, ...]:
    return tuple(name for name, truth in truths.items() if truth is None)


def _check(measures: Mapping[str, Pair], allowed: Sequence[str], mmt_max: Decimal | None) -> None:
    tops = _tops(mmt_max)
    problems: list[Problem] = unknown_names(measures, dict.fromkeys(allowed), "measures")
    for name, pair in measures.items():
        problems += outside(pair, tops.get(name), f"measures.{name}")
    settle(problems)


def _visit_problems(
    visit: Visit,
    path: str,
    rule: WorseningDefinition | ImprovementDefinition,
    mmt_max: Decimal | None,
) -> list[Problem]:
    tops = _tops(mmt_max)
    problems = unknown_names(visit, dict.fromkeys((*rule.measures, "enzyme")), path)
    for name, value in visit.items():
        problems += off_scale(value, tops.get(name), f"{path}.{name}")
    return problems


def _numbered(visits: Sequence[Visit]) -> list[tuple[str, Visit]]:
    return [(f"visits[{index}]", visit) for index, visit in enumerate(visits)]


def _tops(mmt_max: Decimal | None) -> dict[str, Decimal | None]:
    return {scale.id: scale.range or mmt_max for scale in tis_tables().scales}
