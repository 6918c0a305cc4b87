"""What each measure adds to the total improvement scores of many rows, and by which change.

Import this module lazily; it needs numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepline.core.policy import Policy
from stepline.scores.tis import ENZYME
from stepline.scores.tis_columns import (
    TisColumns,
    Truths,
    Whole,
    change_of,
    enzyme_change,
    plan_of,
    points_of,
)
from stepline.scores.tis_tables import EnzymeRule, tis_tables


@dataclass(frozen=True, slots=True)
class Parts:
    """By measure, each of shape (n,): tenths of a point and millionths of a percent.

    Where `known` is false both are of the most improvement that is possible. `chosen` is the index
    of the enzyme that is followed, -1 where none is.
    """

    points: dict[str, NDArray[np.int16]]
    millionths: dict[str, Whole]
    known: dict[str, Truths]
    chosen: NDArray[np.int8]


def parts_of(
    columns: TisColumns, *, enzyme_rule: EnzymeRule | None = None, policy: Policy | None = None
) -> Parts:
    """The parts of columns that `score_columns` accepts."""
    tables = tis_tables(policy)
    plan = plan_of(columns, tables, enzyme_rule or tables.enzyme_rule)
    rows = len(columns.is_juvenile)
    parts = Parts({}, {}, {}, np.empty(rows, np.int8))
    every = slice(0, rows)
    span: Whole | int
    for measure in plan.measures:
        if measure.id == ENZYME:
            change, span, known = enzyme_change(columns, every, plan, parts.chosen)
        else:
            change, span, known = change_of(measure, columns, every)
        parts.points[measure.id] = points_of(measure, change, span)
        parts.millionths[measure.id] = _millionths(change, span)
        parts.known[measure.id] = known
    return parts


def _millionths(change: Whole, span: Whole | int) -> Whole:
    """A change in percent of a range, to a millionth, a half to the even neighbour."""
    scaled = change * 100_000_000
    whole: Whole = scaled // span
    twice = (scaled - whole * span) * 2
    rounded: Whole = whole + ((twice > span) | ((twice == span) & (whole % 2 != 0)))
    return rounded
