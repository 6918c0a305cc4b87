"""The 2016 ACR/EULAR total improvement score (TIS) of myositis, exactly.

Change is *absolute*: percent of the range of the scale. The older definition of improvement uses
*relative* change and lives in `stepline.scores.change`; the two share no percent function.

Points, bands, ranges and thresholds are data with their sources: `library/scores/tis.yaml`.
Adults: Aggarwal R et al., Ann Rheum Dis 2017;76:792. Juveniles: Rider LG et al., 2017;76:782.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from stepline.core.errors import Place, Problem
from stepline.core.evidence import Evidence, Status, weakest
from stepline.core.policy import Policy
from stepline.scores.enzymes import EnzymeChoice, choose_enzyme, enzyme_problems, unranked
from stepline.scores.tis_tables import (
    Category,
    EnzymeRule,
    Population,
    Scale,
    Slot,
    TisTables,
    tis_tables,
)
from stepline.scores.values import (
    EnzymeReading,
    Pair,
    outside,
    plain,
    settle,
    unknown_names,
    wrong_number,
)

ENZYME, CHQ_PHS = "enzyme", "chq_phs"
NO_PAIR = Pair(None, None)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the six measures in a score.

    `percent` is the absolute improvement in percent of the range and `points` what it scores; both
    are `None` where a reading is missing. `most` is what the measure can score given what is known.
    """

    slot: str
    measure: str
    percent: Fraction | None
    points: Decimal | None
    most: Decimal
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Tis:
    """A total improvement score, 0 to 100 in steps of 2.5, or its bounds.

    `tis` is `None` where anything is missing. `category` is then still known if the score has the
    same one at both bounds, except without physician global or strength: nothing is scored then.
    """

    population: Population
    tis: Decimal | None
    category: Category | None
    lower: Decimal
    upper: Decimal
    parts: tuple[Part, ...]
    enzyme: EnzymeChoice | None
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    @property
    def points(self) -> dict[str, Decimal | None]:
        """Points by measure."""
        return {part.measure: part.points for part in self.parts}

    @property
    def status(self) -> Status:
        """The status of the weakest fact that the score rests on."""
        return weakest([one.status for one in self.evidence])

    def as_json(self) -> dict[str, object]:
        """Machine form; percentages to 6 places."""
        return {
            "tis": plain(self.tis),
            "category": self.category,
            "population": self.population,
            "lower": plain(self.lower),
            "upper": plain(self.upper),
            "points": {measure: plain(points) for measure, points in self.points.items()},
            "percent": {part.measure: _rounded(part.percent) for part in self.parts},
            "enzyme": None if self.enzyme is None else self.enzyme.id,
            "enzyme_rule": None if self.enzyme is None else self.enzyme.rule.value,
            "enzymes_not_measured": [] if self.enzyme is None else list(self.enzyme.not_measured),
            "missing": list(self.missing),
            "notes": list(self.notes),
            "status": self.status.value,
        }


def total_improvement(
    measures: Mapping[str, Pair],
    *,
    population: Population,
    mmt_max: Decimal | None = None,
    enzymes: Mapping[str, EnzymeReading] | None = None,
    enzyme_rule: EnzymeRule | None = None,
    policy: Policy | None = None,
) -> Tis:
    """The total improvement score of readings at baseline and at follow-up.

    `measures` are `physician`, `patient` and `extramuscular` (cm, 0 to 10), `haq` (0 to 3) and
    `mmt` (0 to `mmt_max`: 80 for one side, 150 for both sides and neck). For juveniles `patient`
    may be the parent, `haq` is the CHAQ, `cmas` (0 to 52) may stand for `mmt` and `das` (0 to 20)
    for `extramuscular`; `chq_phs` may stand for the enzyme where a policy gives its range.
    `enzymes` are `ck`, `aldolase`, `ldh`, `ast`, `alt`; the most abnormal of those measured at
    baseline is followed, ranked by `enzyme_rule` or else as the tables say. What is left out or
    `None` is missing.

    Raises:
        ScoreRefused: `measure-unknown`, `population-unknown`, `number-not-exact`,
            `reading-out-of-range`, `mmt-max-missing`, `mmt-max-not-positive`, `measure-twice` (two
            instruments for one slot), `limit-not-positive`; all at once.
    """
    tables = tis_tables(policy)
    readings = enzymes or {}
    settle(_problems(measures, population, mmt_max, readings, tables))
    choice = choose_enzyme(readings, enzyme_rule or tables.enzyme_rule, tables)
    parts = tuple(
        _enzyme_part(slot, choice, readings)
        if slot.id == ENZYME and CHQ_PHS not in measures
        else _part(slot, _scale_for(slot, measures, tables), measures, mmt_max)
        for slot in tables.slots
    )
    return _total(parts, population, choice, readings, tables)


def improvement(before: Fraction, after: Fraction, *, is_lower_better: bool) -> Fraction:
    """Absolute improvement in percent of two fractions of a range; worsening is negative."""
    return (before - after if is_lower_better else after - before) * 100


def _rounded(percent: Fraction | None) -> int | float | None:
    return None if percent is None else plain(round(percent, 6))


def _scale_for(slot: Slot, measures: Mapping[str, Pair], tables: TisTables) -> Scale:
    """The instrument that was used for a slot; the first one where none was."""
    scales = [one for one in tables.scales if one.slot == slot.id]
    return next((one for one in scales if one.id in measures), scales[0])


def _part(slot: Slot, scale: Scale, measures: Mapping[str, Pair], mmt_max: Decimal | None) -> Part:
    pair = measures.get(scale.id, NO_PAIR)
    top = mmt_max if scale.is_range_given else scale.range
    evidence = (slot.evidence, scale.evidence)
    if pair.before is not None and pair.after is not None and top is not None:
        percent = _percent(pair.before, pair.after, top, scale)
        return _scored(slot, scale.id, percent, percent, evidence)
    before, after = (_share(one, top) for one in (pair.before, pair.after))
    best = _best(before, after, is_lower_better=scale.is_lower_better)
    return _scored(slot, scale.id, None, best, evidence)


def _percent(before: Decimal, after: Decimal, top: Decimal, scale: Scale) -> Fraction:
    """As `improvement` of the two shares, with one division in place of two."""
    change = improvement(Fraction(before), Fraction(after), is_lower_better=scale.is_lower_better)
    return change / Fraction(top)


def _share(value: Decimal | None, top: Decimal | None) -> Fraction | None:
    if value is None or top is None:
        return None
    return Fraction(value) / Fraction(top)


def _best(before: Fraction | None, after: Fraction | None, *, is_lower_better: bool) -> Fraction:
    """The most improvement that readings on a scale from 0 to 1 leave possible, in percent."""
    worst, best = (Fraction(1), Fraction(0)) if is_lower_better else (Fraction(0), Fraction(1))
    start = worst if before is None else before
    end = best if after is None else after
    return improvement(start, end, is_lower_better=is_lower_better)


def _enzyme_part(
    slot: Slot, choice: EnzymeChoice | None, readings: Mapping[str, EnzymeReading]
) -> Part:
    if choice is None:
        return Part(slot.id, ENZYME, None, None, slot.most, (slot.evidence,))
    before, after = choice.share(readings[choice.id])
    assert before is not None
    percent = None if after is None else improvement(before, after, is_lower_better=True)
    return _scored(slot, ENZYME, percent, before * 100, (slot.evidence, *choice.evidence))


def _scored(
    slot: Slot,
    measure: str,
    percent: Fraction | None,
    best: Fraction,
    evidence: tuple[Evidence, ...],
) -> Part:
    points = None if percent is None else slot.points_for(percent)
    most = slot.points_for(best) if points is None else points
    return Part(slot.id, measure, percent, points, most, evidence)


def _total(
    parts: tuple[Part, ...],
    population: Population,
    choice: EnzymeChoice | None,
    readings: Mapping[str, EnzymeReading],
    tables: TisTables,
) -> Tis:
    missing = tuple(part.measure for part in parts if part.points is None)
    lower = sum((part.points or Decimal(0) for part in parts), Decimal(0))
    upper = sum((part.most for part in parts), Decimal(0))
    used = [
        one
        for part in parts
        if part.points is not None or part.slot == ENZYME
        for one in part.evidence
    ]
    gap = (tables.incomplete,) if missing else ()
    return Tis(
        population=population,
        tis=None if missing else lower,
        category=_category(parts, lower, upper, population, tables),
        lower=lower,
        upper=upper,
        parts=parts,
        enzyme=choice,
        missing=missing,
        notes=_notes(parts, choice, readings, tables),
        evidence=(*tables.method, *used, tables.thresholds[population].evidence, *gap),
    )


def _category(
    parts: tuple[Part, ...],
    lower: Decimal,
    upper: Decimal,
    population: Population,
    tables: TisTables,
) -> Category | None:
    if _required_missing(parts, tables):
        return None
    thresholds = tables.thresholds[population]
    least, most = thresholds.category(lower), thresholds.category(upper)
    return least if least == most else None


def _required_missing(parts: tuple[Part, ...], tables: TisTables) -> list[str]:
    required = [part for part in parts if tables.slot(part.slot).is_required]
    return [part.measure for part in required if part.points is None]


def _notes(
    parts: tuple[Part, ...],
    choice: EnzymeChoice | None,
    readings: Mapping[str, EnzymeReading],
    tables: TisTables,
) -> tuple[str, ...]:
    notes = []
    required = _required_missing(parts, tables)
    if required:
        notes.append(f"Not calculable without {' and '.join(required)}; the bounds are arithmetic.")
    if unranked(readings):
        names = ", ".join(unranked(readings))
        notes.append(f"No enzyme is chosen: {names} has no upper limit of normal.")
    if choice is not None:
        notes += _choice_notes(choice, readings[choice.id], parts)
    if any(part.measure == CHQ_PHS for part in parts) and _range_of(CHQ_PHS, tables) is None:
        notes.append("CHQ-PhS is not scored: its range is not known; a local policy may give one.")
    return tuple(notes)


def _choice_notes(
    choice: EnzymeChoice, reading: EnzymeReading, parts: tuple[Part, ...]
) -> list[str]:
    notes = []
    if not reading.is_comparable:
        methods = " and ".join(one or "a method that is not stated" for one in reading.assays)
        notes.append(
            f"{choice.id} was measured by {methods}; the two compare only with a limit for each."
        )
    status = choice.evidence[-1].status
    shown = f"{plain(choice.range_multiple)} × ULN for {choice.id}"
    if status is Status.UNCONFIRMED:
        notes.append(f"The range of {shown} is unconfirmed; {_enzyme_weight(parts)}.")
    elif status is Status.LOCAL:
        notes.append(f"The range of {shown} is a local decision; {_enzyme_weight(parts)}.")
    return notes


def _range_of(scale_id: str, tables: TisTables) -> Decimal | None:
    return next(one.range for one in tables.scales if one.id == scale_id)


def _enzyme_weight(parts: tuple[Part, ...]) -> str:
    """How much hangs on the enzyme's range: nothing where it did not fall at all."""
    part = next(one for one in parts if one.slot == ENZYME)
    if part.points is None:
        return f"the enzyme's part of the score is at most {plain(part.most)}"
    if part.percent is not None and part.percent <= 0:
        return "it does not matter here, as the enzyme did not fall"
    return f"the enzyme's part of the score is {plain(part.points)}"


def _problems(
    measures: Mapping[str, Pair],
    population: str,
    mmt_max: Decimal | None,
    readings: Mapping[str, EnzymeReading],
    tables: TisTables,
) -> list[Problem]:
    if population not in tables.thresholds:
        return [_population_unknown(population, tables)]
    scales = {one.id: one for one in tables.scales_for(population)}
    problems = unknown_names(measures, scales, "measures")
    wrong_maximum = _wrong_maximum(measures, mmt_max)
    problems += wrong_maximum
    for name, pair in measures.items():
        if name in scales:
            stated = mmt_max if scales[name].is_range_given and not wrong_maximum else None
            problems += outside(pair, scales[name].range or stated, f"measures.{name}")
    return problems + _twice(measures, readings, tables) + enzyme_problems(readings, tables)


def _population_unknown(population: str, tables: TisTables) -> Problem:
    return Problem(
        "population-unknown",
        "The criteria hold for adults and for juveniles, with different thresholds.",
        Place(path="population"),
        found=str(population),
        allowed=", ".join(tables.thresholds),
    )


def _wrong_maximum(measures: Mapping[str, Pair], mmt_max: Decimal | None) -> list[Problem]:
    wrong = wrong_number(mmt_max, "mmt_max")
    if wrong or (mmt_max is not None and mmt_max > 0):
        return wrong
    pair = measures.get("mmt", NO_PAIR)
    if mmt_max is None and pair == NO_PAIR:
        return []
    code, found = ("mmt-max-missing", "") if mmt_max is None else ("mmt-max-not-positive", mmt_max)
    return [
        Problem(
            code,
            "Manual muscle testing is scored against the maximum of the form that was used.",
            Place(path="mmt_max"),
            found=str(found),
            allowed="80 (one side), 150 (both sides and neck), or the maximum of another form",
        )
    ]


def _twice(
    measures: Mapping[str, Pair], readings: Mapping[str, EnzymeReading], tables: TisTables
) -> list[Problem]:
    problems = []
    for slot in tables.slots:
        used = [one.id for one in tables.scales if one.slot == slot.id and one.id in measures]
        used += [name for name in readings if slot.id == ENZYME and used]
        if len(used) > 1:
            message = f"Two instruments are given for {slot.title}; the score takes one."
            problems.append(Problem("measure-twice", message, found=", ".join(used)))
    return problems
