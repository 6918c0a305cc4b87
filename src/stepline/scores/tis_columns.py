"""The total improvement score of many rows at once, on whole numbers, equal to the exact one.

Readings are counted in steps (`4.1` cm in tenths is 41), so that every comparison with a band edge
is one of integers and no division happens: a change of `d` steps on a range of `r` lies above an
edge of `e` percent where `100 d > e r`. Missing readings are `MISSING`.

What a measure adds to a score is one packed number, so that six of them are joined by five sums; a
short scale is scored once for each pair of readings that it allows, and then looked up.

Import this module lazily; it needs numpy.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stepline.core.errors import Place, Problem
from stepline.core.policy import Policy
from stepline.scores.tis import ENZYME
from stepline.scores.tis_tables import EnzymeRule, Slot, TisTables, tis_tables
from stepline.scores.values import settle

Whole = NDArray[np.int64]
Truths = NDArray[np.bool_]
MISSING = -1
CATEGORIES = ("none", "minimal", "moderate", "major")
LARGEST = 2**28
"""Above this many steps a product could leave 64 bits."""
_CHUNK = 65536
"""Rows at a time: enough that threads seldom wait for each other, and few for a core's cache."""
_LARGEST_GRID = 2**15
"""Above this many pairs of readings a scale is scored row by row: the cache would not hold them."""
_LARGEST_MULTIPLE = 100
_FIELD = 10
"""Bits of a packed sum of points; tenths of a point reach 1000."""
_POINTS = 2**_FIELD - 1
_IS_MISSING, _IS_REQUIRED = 2 ** (2 * _FIELD), 2 ** (2 * _FIELD + 3)
"""What a measure that is missing adds above both sums: one to a count of three bits."""


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
    columns: TisColumns, *, enzyme_rule: EnzymeRule | None = None, policy: Policy | None = None
) -> TisScores:
    """The score of every row, as `total_improvement` gives it.

    Raises:
        ScoreRefused: `reading-out-of-range`, `mmt-max-missing`, `limit-not-positive`,
            `column-length`, `range-not-whole` (of a policy); one problem a column, with the first
            row concerned and their number.
    """
    tables = tis_tables(policy)
    settle(_fractions(tables))
    plan = plan_of(columns, tables, enzyme_rule or tables.enzyme_rule)
    rows = len(columns.is_juvenile)
    scores = TisScores(
        tis=np.empty(rows, np.int16),
        lower=np.empty(rows, np.int16),
        upper=np.empty(rows, np.int16),
        category=np.empty(rows, np.int8),
        enzyme=np.empty(rows, np.int8),
    )
    parts = [slice(start, start + _CHUNK) for start in range(0, rows, _CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        settle(_problems(columns, tables, pool.map))
        # Each part writes its own rows; `list` lets a fault out.
        list(pool.map(lambda part: _score_chunk(columns, part, scores, plan), parts))
    return scores


@dataclass(frozen=True, slots=True)
class Measure:
    """A slot in whole numbers: `gains` are the tenths of a point won at each of the `edges`.

    `top` is the range in steps, `None` where it stands in a column.
    """

    id: str
    edges: tuple[int, ...]
    gains: tuple[int, ...]
    is_required: bool
    is_lower_better: bool
    top: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The tables in whole numbers.

    `enzymes` holds index in the tables, name, and how many upper limits make one unit of the
    ranking; `spans` says by index how many such units make the range.
    """

    measures: tuple[Measure, ...]
    enzymes: tuple[tuple[int, str, int], ...]
    spans: Whole
    thresholds: tuple[tuple[int, int], ...]


def in_whole_steps(tables: TisTables) -> bool:
    """Whether the range of every enzyme is a whole multiple of its limit, and a small one.

    A local policy may decide on another; its products could need fractions, or leave 64 bits.
    """
    multiples = [one.multiple for one in tables.enzymes]
    return all(one == int(one) and one <= _LARGEST_MULTIPLE for one in multiples)


def plan_of(columns: TisColumns, tables: TisTables, rule: EnzymeRule) -> Plan:
    """The tables in the steps of these columns."""
    by_range = rule is EnzymeRule.FRACTION_OF_RANGE
    multiples = [(one.id, _whole(Fraction(one.multiple))) for one in tables.enzymes]
    adult, young = (tables.thresholds[one] for one in ("adult", "juvenile"))
    return Plan(
        measures=tuple(_measure_of(slot, columns, tables) for slot in tables.slots),
        enzymes=tuple(
            (index, name, multiple if by_range else 1)
            for index, (name, multiple) in enumerate(multiples)
            if name in columns.enzymes
        ),
        spans=np.array([1 if by_range else multiple for _, multiple in multiples], np.int64),
        thresholds=tuple(
            (_tenths(one), _tenths(other))
            for one, other in (
                (adult.minimal, young.minimal),
                (adult.moderate, young.moderate),
                (adult.major, young.major),
            )
        ),
    )


def _measure_of(slot: Slot, columns: TisColumns, tables: TisTables) -> Measure:
    scale = next((one for one in tables.scales if one.id == slot.id), None)
    top = None
    if scale is not None and scale.range is not None:
        top = _whole(Fraction(scale.range) * columns.steps.get(slot.id, 1))
    return Measure(
        slot.id,
        tuple(_whole(edge) for edge in slot.bands),
        tuple(_tenths(after) - _tenths(before) for before, after in pairwise(slot.points)),
        slot.is_required,
        scale is None or scale.is_lower_better,
        top,
    )


def _score_chunk(columns: TisColumns, part: slice, scores: TisScores, plan: Plan) -> None:
    packed = np.zeros(len(columns.is_juvenile[part]), np.int32)
    for measure in plan.measures:
        if measure.id == ENZYME:
            packed += _packed(measure, *enzyme_change(columns, part, plan, scores.enzyme[part]))
        else:
            packed += _measured(measure, columns, part)
    lower = (packed & _POINTS).astype(np.int16)
    upper = ((packed >> _FIELD) & _POINTS).astype(np.int16)
    scores.lower[part], scores.upper[part] = lower, upper
    scores.tis[part] = np.where(packed < _IS_MISSING, lower, np.int16(MISSING))
    juvenile = columns.is_juvenile[part]
    least, most = (_category(one, juvenile, plan) for one in (lower, upper))
    calculable = packed < _IS_REQUIRED
    scores.category[part] = np.where(calculable & (least == most), least, np.int8(MISSING))


def _measured(measure: Measure, columns: TisColumns, part: slice) -> NDArray[np.int32]:
    """What a measure adds, packed: looked up where its scale is short and one for all rows."""
    pair = columns.measures.get(measure.id)
    top = measure.top if measure.top is not None else _shared(columns.mmt_max[part])
    if pair is None or top is None or (top + 2) ** 2 > _LARGEST_GRID:
        return _packed(measure, *change_of(measure, columns, part))
    before, after = (column[part] for column in pair)
    index = (before + 1) * (top + 2)
    index += after
    index += 1
    packed: NDArray[np.int32] = _grid(measure, top).take(index)
    return packed


def _shared(column: Whole) -> int | None:
    """The one number that a column holds throughout, if it is known."""
    least = int(column.min())
    return least if least != MISSING and least == int(column.max()) else None


@lru_cache(maxsize=64)
def _grid(measure: Measure, top: int) -> NDArray[np.int32]:
    """What every pair of readings on a scale adds; the baseline counts rows, from unknown up."""
    before, after = (
        one.ravel() for one in np.meshgrid(*[np.arange(MISSING, top + 1)] * 2, indexing="ij")
    )
    change, known = _most_change(measure, before, after, top)
    return _packed(measure, change, top, known)


def _packed(measure: Measure, change: Whole, span: Whole | int, known: Truths) -> NDArray[np.int32]:
    """The points as lower and as upper bound, and above both whether anything is missing."""
    points = points_of(measure, change, span).astype(np.int32)
    gap = _IS_MISSING + _IS_REQUIRED * measure.is_required
    packed: NDArray[np.int32] = (points << _FIELD) + np.where(known, points, np.int32(gap))
    return packed


def points_of(measure: Measure, change: Whole, span: Whole | int) -> NDArray[np.int16]:
    """Points in tenths: each edge that is passed adds what the next band has more."""
    points = np.zeros(len(change), np.int16)
    hundredfold = change * 100
    for edge, gain in zip(measure.edges, measure.gains, strict=True):
        if gain:
            points += (hundredfold > span * edge) * np.int16(gain)
    return points


def change_of(
    measure: Measure, columns: TisColumns, part: slice
) -> tuple[Whole, Whole | int, Truths]:
    """The most improvement that is possible, the range, both in steps, and whether it is known."""
    pair = columns.measures.get(measure.id, (None, None))
    before, after = (_part(one, part, columns) for one in pair)
    top: Whole | int
    if measure.top is None:
        top = np.where(columns.mmt_max[part] == MISSING, 1, columns.mmt_max[part])
    else:
        top = measure.top
    change, known = _most_change(measure, before, after, top)
    return change, top, known


def _most_change(
    measure: Measure, before: Whole, after: Whole, top: Whole | int
) -> tuple[Whole, Truths]:
    """A missing end is put where it allows the most.

    The improvement is the real one where both are known, and else only bounds the score from above.
    """
    known = (before != MISSING) & (after != MISSING)
    if measure.is_lower_better:
        return np.where(before == MISSING, top, before) - np.maximum(after, 0), known
    return np.where(after == MISSING, top, after) - np.maximum(before, 0), known


def enzyme_change(
    columns: TisColumns, part: slice, plan: Plan, chosen: NDArray[np.int8]
) -> tuple[Whole, Whole, Truths]:
    """As `change_of`, for the most abnormal enzyme at baseline, whose index goes into `chosen`.

    Ratios are compared by cross-multiplication. What cannot be chosen has a ratio below 0, so that
    it never wins over what can; where nothing is chosen the improvement is bounded by 100 %.
    """
    rows = len(chosen)
    top, bottom, follow_up = (np.full(rows, one, np.int64) for one in (-1, 1, MISSING))
    winner = np.full(rows, MISSING, np.int8)
    unranked = np.zeros(rows, np.bool_)
    for index, name, weight in plan.enzymes:
        above, after, below = (column[part] for column in columns.enzymes[name])
        if below.min() == MISSING:
            no_limit = below == MISSING
            unranked |= no_limit & (above != MISSING)
            above, below = np.where(no_limit, -1, above), np.where(no_limit, 1, below)
        if weight != 1:
            below = below * weight
        takes = above * bottom > top * below
        # `where` has no branches; copying under a mask took four times as long.
        top, bottom = np.where(takes, above, top), np.where(takes, below, bottom)
        follow_up = np.where(takes, after, follow_up)
        winner = np.where(takes, np.int8(index), winner)
    none = unranked | (top < 0)
    chosen[:] = np.where(none, np.int8(MISSING), winner)
    known = (follow_up != MISSING) & ~none
    change = np.where(none, 1, top - np.where(known, follow_up, 0))
    return change, np.where(none, 1, bottom * plan.spans.take(winner)), known


def _category(points: NDArray[np.int16], juvenile: Truths, plan: Plan) -> NDArray[np.int8]:
    category = np.zeros(len(points), np.int8)
    for adult, young in plan.thresholds:
        category += points >= np.where(juvenile, np.int16(young), np.int16(adult))
    return category


def _part(column: Whole | None, part: slice, columns: TisColumns) -> Whole:
    if column is None:
        return np.full(len(columns.is_juvenile[part]), MISSING, np.int64)
    return column[part]


def _tenths(number: Decimal) -> int:
    return _whole(Fraction(number) * 10)


def _whole(number: Fraction) -> int:
    assert number.denominator == 1, "the tables of this path are in whole steps"
    return number.numerator


def _fractions(tables: TisTables) -> list[Problem]:
    if in_whole_steps(tables):
        return []
    message = "The policy gives an enzyme a range that columns cannot count in whole steps."
    allowed = f"whole multiples of the limit up to {_LARGEST_MULTIPLE}"
    return [Problem("range-not-whole", message, allowed=allowed)]


def _problems(
    columns: TisColumns, tables: TisTables, each: Callable[..., Iterable[list[Problem]]]
) -> list[Problem]:
    rows = len(columns.is_juvenile)
    problems = _lengths(columns, rows)
    if problems:
        return problems
    checks: list[Callable[[], list[Problem]]] = [
        *(partial(_measure_problems, name, columns, tables) for name in columns.measures),
        *(partial(_enzyme_problems, name, columns) for name in columns.enzymes),
        partial(_strength, columns),
    ]
    return [problem for found in each(lambda check: check(), checks) for problem in found]


def _measure_problems(name: str, columns: TisColumns, tables: TisTables) -> list[Problem]:
    scale = next((one for one in tables.scales if one.id == name), None)
    if scale is None or scale.is_juvenile_only:
        message = "No such measure is scored by column."
        return [Problem("measure-unknown", message, Place(path=name), found=name)]
    top = _top(name, scale.range, columns)
    ends = zip(("_0", "_1"), columns.measures[name], strict=True)
    return [one for ending, column in ends for one in _outside(column, top, name + ending)]


def _enzyme_problems(name: str, columns: TisColumns) -> list[Problem]:
    triple = columns.enzymes[name]
    ends = zip(("_0", "_1", "_uln"), triple, strict=True)
    problems = [p for ending, one in ends for p in _outside(one, LARGEST, name + ending)]
    return problems + _rows(triple[2] == 0, "limit-not-positive", f"{name}_uln")


def _top(name: str, limit: object, columns: TisColumns) -> Whole | int:
    if limit is None:
        shared = _shared(columns.mmt_max) if len(columns.mmt_max) else None
        if shared is not None:
            return shared
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


def _outside(column: Whole, top: Whole | int, path: str) -> list[Problem]:
    if isinstance(top, int) and column.size and column.min() >= MISSING and column.max() <= top:
        return []
    return _rows((column < MISSING) | (column > top), "reading-out-of-range", path)


def _rows(wrong: Truths, code: str, path: str) -> list[Problem]:
    """One problem for all rows of a column that are wrong; rows count from 0."""
    count = int(wrong.sum())
    if not count:
        return []
    found = f"{count} rows, the first is row {int(wrong.argmax())}"
    return [Problem(code, "A column holds what cannot be scored.", Place(path=path), found=found)]
