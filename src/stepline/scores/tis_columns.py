"""The total improvement score of many rows at once, on whole numbers, equal to the exact one.

Readings are counted in steps (`4.1` cm in tenths is 41), so that every comparison with a band edge
is one of integers and no division happens: a change of `d` steps on a range of `r` lies above an
edge of `e` percent where `100 d > e r`. Missing readings are `MISSING`.

Import this module lazily; it needs numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from stepline.core.errors import Place, Problem
from stepline.scores.tis_tables import EnzymeRule, Slot, TisTables, tis_tables
from stepline.scores.values import settle

Whole = NDArray[np.int64]
Truths = NDArray[np.bool_]
MISSING = -1
CATEGORIES = ("none", "minimal", "moderate", "major")
LARGEST = 2**28
"""Above this many steps a product could leave 64 bits."""
_CHUNK = 8192
"""Rows at a time: their columns stay in the cache of a core."""


@dataclass(frozen=True, slots=True)
class TisColumns:
    """Readings of n rows, each column of shape (n,) in whole steps, `MISSING` where unknown.

    `measures` holds baseline and follow-up of `physician`, `patient`, `mmt`, `haq` and
    `extramuscular`; `steps` says how many steps make one unit of each. `mmt_max` counts in the
    steps of `mmt`. `enzymes` holds baseline, follow-up and upper limit of any of the enzymes, in
    one step size each. Columns left out are unknown throughout.
    """

    is_juvenile: Truths
    measures: Mapping[str, tuple[Whole, Whole]]
    steps: Mapping[str, int]
    mmt_max: Whole
    enzymes: Mapping[str, tuple[Whole, Whole, Whole]]


@dataclass(frozen=True, slots=True)
class TisScores:
    """Scores of n rows in tenths of a point; `tis` is `MISSING` where there are bounds alone.

    `category` counts in `CATEGORIES` and `enzyme` in the order of the tables; `MISSING` is unknown.
    """

    tis: NDArray[np.int16]
    lower: NDArray[np.int16]
    upper: NDArray[np.int16]
    category: NDArray[np.int8]
    enzyme: NDArray[np.int8]


def score_columns(
    columns: TisColumns, *, enzyme_rule: EnzymeRule = EnzymeRule.RATIO_TO_ULN
) -> TisScores:
    """The score of every row, as `total_improvement` gives it.

    Raises:
        ScoreRefused: `reading-out-of-range`, `mmt-max-missing`, `limit-not-positive`,
            `column-length`; one problem a column, with the first row concerned and their number.
    """
    tables = tis_tables()
    settle(_problems(columns, tables))
    rows = len(columns.is_juvenile)
    scores = TisScores(
        *(np.empty(rows, np.int16) for _ in range(3)), *(np.empty(rows, np.int8) for _ in range(2))
    )
    for start in range(0, rows, _CHUNK):
        _score_chunk(columns, slice(start, start + _CHUNK), scores, tables, enzyme_rule)
    return scores


def _score_chunk(
    columns: TisColumns, part: slice, scores: TisScores, tables: TisTables, rule: EnzymeRule
) -> None:
    rows = len(columns.is_juvenile[part])
    lower, upper = np.zeros(rows, np.int16), np.zeros(rows, np.int16)
    complete, calculable = np.ones(rows, np.bool_), np.ones(rows, np.bool_)
    for slot in tables.slots:
        if slot.id == "enzyme":
            change, span, known, chosen = _enzyme(columns, part, tables, rule)
            scores.enzyme[part] = chosen
        else:
            change, span, known = _measure(slot.id, columns, part, tables)
        points = _points(slot, change, span)
        upper += points
        lower += points * known
        complete &= known
        if slot.is_required:
            calculable &= known
    scores.lower[part], scores.upper[part] = lower, upper
    scores.tis[part] = np.where(complete, lower, MISSING)
    juvenile = columns.is_juvenile[part]
    least, most = (_category(one, juvenile, tables) for one in (lower, upper))
    scores.category[part] = np.where(calculable & (least == most), least, MISSING)


def _points(slot: Slot, change: Whole, span: Whole | int) -> NDArray[np.int16]:
    """Points in tenths: each edge that is passed adds the step to the next band's points."""
    points = np.zeros(len(change), np.int16)
    hundredfold = change * 100
    tenths = [_whole(Fraction(one) * 10) for one in slot.points]
    for edge, before, after in zip(slot.bands, tenths, tenths[1:], strict=True):
        if after > before:
            points += (hundredfold > span * _whole(edge)) * np.int16(after - before)
    return points


def _measure(
    name: str, columns: TisColumns, part: slice, tables: TisTables
) -> tuple[Whole, Whole | int, Truths]:
    """The most improvement in steps that is possible, the range, and whether both ends are known.

    A missing end is put where it allows the most: the improvement is the real one where both are
    known, and else only bounds the score from above.
    """
    scale = next(one for one in tables.scales if one.id == name)
    before, after = (_part(one, part, columns) for one in columns.measures.get(name, (None, None)))
    if scale.range is None:
        top = np.where(columns.mmt_max[part] == MISSING, 1, columns.mmt_max[part])
    else:
        top = _whole(Fraction(scale.range) * columns.steps.get(name, 1))
    known = (before != MISSING) & (after != MISSING)
    worst, best = (top, 0) if scale.is_lower_better else (0, top)
    start = np.where(before == MISSING, worst, before)
    end = np.where(after == MISSING, best, after)
    return (start - end if scale.is_lower_better else end - start), top, known


def _enzyme(
    columns: TisColumns, part: slice, tables: TisTables, rule: EnzymeRule
) -> tuple[Whole, Whole, Truths, NDArray[np.int8]]:
    """As `_measure`, for the most abnormal enzyme at baseline; where none is chosen, 100 %."""
    rows = len(columns.is_juvenile[part])
    chosen = np.full(rows, MISSING, np.int8)
    best_before, best_after = np.ones(rows, np.int64), np.zeros(rows, np.int64)
    best_uln, best_weight, span = (np.ones(rows, np.int64) for _ in range(3))
    unranked = np.zeros(rows, np.bool_)
    for index, one in enumerate(tables.enzymes):
        if one.id not in columns.enzymes:
            continue
        before, after, uln = (column[part] for column in columns.enzymes[one.id])
        multiple = _whole(Fraction(one.multiple))
        weight = multiple if rule is EnzymeRule.FRACTION_OF_RANGE else 1
        measured = before != MISSING
        unranked |= measured & (uln == MISSING)
        higher = before * best_uln * best_weight > best_before * uln * weight
        takes = measured & (uln != MISSING) & (higher | (chosen == MISSING))
        chosen[takes] = index
        for best, new in ((best_before, before), (best_after, after), (best_uln, uln)):
            np.copyto(best, new, where=takes)
        np.copyto(best_weight, weight, where=takes)
        np.copyto(span, uln * multiple, where=takes)
    for column, value in ((chosen, MISSING), (best_before, 1), (best_after, 0), (span, 1)):
        np.copyto(column, value, where=unranked)
    known = (chosen != MISSING) & (best_after != MISSING)
    return best_before - np.where(known, best_after, 0), span, known, chosen


def _category(points: NDArray[np.int16], juvenile: Truths, tables: TisTables) -> NDArray[np.int8]:
    category = np.zeros(len(points), np.int8)
    adult, young = tables.thresholds["adult"], tables.thresholds["juvenile"]
    for least, least_young in (
        (adult.minimal, young.minimal),
        (adult.moderate, young.moderate),
        (adult.major, young.major),
    ):
        tenths = [np.int16(_whole(Fraction(one) * 10)) for one in (least, least_young)]
        category += points >= np.where(juvenile, tenths[1], tenths[0])
    return category


def _part(column: Whole | None, part: slice, columns: TisColumns) -> Whole:
    if column is None:
        return np.full(len(columns.is_juvenile[part]), MISSING, np.int64)
    return column[part]


def _whole(number: Fraction) -> int:
    assert number.denominator == 1, "the tables of this path are in whole steps"
    return number.numerator


def _problems(columns: TisColumns, tables: TisTables) -> list[Problem]:
    rows = len(columns.is_juvenile)
    problems = _lengths(columns, rows)
    if problems:
        return problems
    for name, pair in columns.measures.items():
        scale = next((one for one in tables.scales if one.id == name), None)
        if scale is None or scale.is_juvenile_only:
            message = "No such measure is scored by column."
            problems.append(Problem("measure-unknown", message, Place(path=name), found=name))
            continue
        top = _top(name, scale.range, columns)
        for ending, column in zip(("_0", "_1"), pair, strict=True):
            wrong = (column < MISSING) | (column > top)
            problems += _rows(wrong, "reading-out-of-range", name + ending)
    for name, triple in columns.enzymes.items():
        for ending, column in zip(("_0", "_1", "_uln"), triple, strict=True):
            wrong = (column < MISSING) | (column > LARGEST)
            problems += _rows(wrong, "reading-out-of-range", name + ending)
        problems += _rows(triple[2] == 0, "limit-not-positive", f"{name}_uln")
    return problems + _strength(columns)


def _top(name: str, limit: object, columns: TisColumns) -> Whole | int:
    if limit is None:
        return np.where(columns.mmt_max == MISSING, LARGEST, columns.mmt_max)
    return _whole(Fraction(str(limit)) * columns.steps.get(name, 1))


def _strength(columns: TisColumns) -> list[Problem]:
    maximum = columns.mmt_max
    wrong = (maximum == 0) | (maximum < MISSING) | (maximum > LARGEST)
    problems = _rows(wrong, "reading-out-of-range", "mmt_max")
    if "mmt" in columns.measures:
        given = (columns.measures["mmt"][0] != MISSING) | (columns.measures["mmt"][1] != MISSING)
        problems += _rows(given & (maximum == MISSING), "mmt-max-missing", "mmt_max")
    return problems


def _lengths(columns: TisColumns, rows: int) -> list[Problem]:
    named = {"mmt_max": (columns.mmt_max,), **columns.measures, **columns.enzymes}
    return [
        Problem("column-length", "A column has not one value for each row.", Place(path=name))
        for name, group in named.items()
        if any(column.shape != (rows,) for column in group)
    ]


def _rows(wrong: Truths, code: str, path: str) -> list[Problem]:
    """One problem for all rows of a column that are wrong; rows count from 0."""
    count = int(wrong.sum())
    if not count:
        return []
    found = f"{count} rows, the first is row {int(wrong.argmax())}"
    return [Problem(code, "A column holds what cannot be scored.", Place(path=path), found=found)]
