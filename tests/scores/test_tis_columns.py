"""Scoring by column gives what scoring row by row gives, on every row."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.policy import read_policy
from stepline.scores.batch import tis_scoring
from stepline.scores.files import Batch
from stepline.scores.tis import Tis, total_improvement
from stepline.scores.tis_columns import CATEGORIES, MISSING, TisColumns, TisScores, score_columns
from stepline.scores.tis_lines import TisLines
from stepline.scores.tis_tables import EnzymeRule, tis_tables
from stepline.scores.values import EnzymeReading, Pair, ScoreRefused

STEPS = {"physician": 10, "patient": 10, "mmt": 10, "haq": 1000, "extramuscular": 10}
ENZYMES = ("ck", "aldolase", "ldh", "ast", "alt")
EDGES = {"physician": 100, "patient": 100, "haq": 3000, "extramuscular": 100}

Row = dict[str, int]


def readings(top: int) -> st.SearchStrategy[int]:
    """Anything on a scale, its band edges from the top down, and often nothing."""
    near = [top - top * edge // 100 - step for edge in (2, 5, 10, 15, 25, 40) for step in (0, 1)]
    return st.one_of(st.just(MISSING), st.integers(0, top), st.sampled_from([top, *near]))


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """One row in steps."""
    row: Row = {"juvenile": draw(st.integers(0, 1)), "mmt_max": draw(st.sampled_from([800, 1500]))}
    for name, top in (*EDGES.items(), ("mmt", row["mmt_max"])):
        row |= {f"{name}_0": draw(readings(top)), f"{name}_1": draw(readings(top))}
    for name in ENZYMES:
        row[f"{name}_uln"] = draw(st.sampled_from([MISSING, 770, 3500, 20000, 25000]))
        step = max(row[f"{name}_uln"], 100)
        for end in ("_0", "_1"):
            multiples = st.sampled_from(range(0, 17 * step, step))
            row[name + end] = draw(st.one_of(st.just(MISSING), multiples))
    return row


def columns_of(many: list[Row]) -> TisColumns:
    """The rows as columns."""

    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([row[name] for row in many], np.int64)

    return TisColumns(
        is_juvenile=column("juvenile").astype(np.bool_),
        measures={name: (column(f"{name}_0"), column(f"{name}_1")) for name in STEPS},
        steps=STEPS,
        mmt_max=column("mmt_max"),
        enzymes={
            name: (column(f"{name}_0"), column(f"{name}_1"), column(f"{name}_uln"))
            for name in ENZYMES
        },
    )


def exactly(row: Row, rule: EnzymeRule) -> Tis:
    """The same row, scored on its own."""

    def value(name: str, steps: int) -> Decimal | None:
        return None if row[name] == MISSING else Decimal(row[name]) / steps

    return total_improvement(
        {m: Pair(value(f"{m}_0", steps), value(f"{m}_1", steps)) for m, steps in STEPS.items()},
        population="juvenile" if row["juvenile"] else "adult",
        mmt_max=value("mmt_max", 10),
        enzymes={
            name: EnzymeReading(
                value(f"{name}_0", 100), value(f"{name}_1", 100), value(f"{name}_uln", 100)
            )
            for name in ENZYMES
        },
        enzyme_rule=rule,
    )


def shown(scores: TisScores, index: int) -> tuple[object, ...]:
    """One row of the columns, as the exact path shows it."""
    category, enzyme, tis = (int(c[index]) for c in (scores.category, scores.enzyme, scores.tis))
    return (
        None if tis == MISSING else Decimal(tis) / 10,
        Decimal(int(scores.lower[index])) / 10,
        Decimal(int(scores.upper[index])) / 10,
        None if category == MISSING else CATEGORIES[category],
        None if enzyme == MISSING else tis_tables().enzymes[enzyme].id,
    )


@given(st.lists(rows(), min_size=1, max_size=12), st.sampled_from(EnzymeRule))
def test_columns_equal_rows(many: list[Row], rule: EnzymeRule) -> None:
    scores = score_columns(columns_of(many), enzyme_rule=rule)
    for index, row in enumerate(many):
        one = exactly(row, rule)
        enzyme = None if one.enzyme is None else one.enzyme.id
        expected = (one.tis, one.lower, one.upper, one.category, enzyme)
        assert shown(scores, index) == expected


def test_a_hundred_thousand_seeded_rows_of_whole_readings_agree_on_a_sample() -> None:
    random = np.random.default_rng(7)
    names = [*(f"{m}{end}" for m in STEPS for end in ("_0", "_1"))]
    tops = {**EDGES, "mmt": 800}
    drawn = {name: random.integers(0, tops[name[:-2]] + 1, 100_000) for name in names}
    drawn |= {
        f"{e}{end}": random.integers(1, 40_000, 100_000)
        for e in ENZYMES
        for end in ("_0", "_1", "_uln")
    }
    columns = TisColumns(
        is_juvenile=np.zeros(100_000, np.bool_),
        measures={m: (drawn[f"{m}_0"], drawn[f"{m}_1"]) for m in STEPS},
        steps=STEPS,
        mmt_max=np.full(100_000, 800, np.int64),
        enzymes={e: (drawn[f"{e}_0"], drawn[f"{e}_1"], drawn[f"{e}_uln"]) for e in ENZYMES},
    )
    scores = score_columns(columns)
    for index in range(0, 100_000, 499):
        row = {name: int(column[index]) for name, column in drawn.items()}
        one = exactly(row | {"juvenile": 0, "mmt_max": 800}, EnzymeRule.RATIO_TO_ULN)
        assert shown(scores, index)[:4] == (one.tis, one.lower, one.upper, one.category)


def test_no_rows_and_no_columns_are_scored_as_what_they_are() -> None:
    nothing = TisColumns(np.zeros(2, np.bool_), {}, {}, np.full(2, MISSING, np.int64), {})
    scores = score_columns(nothing)
    assert scores.upper.tolist() == [1000, 1000]
    assert scores.category.tolist() == [MISSING, MISSING]
    empty = TisColumns(np.zeros(0, np.bool_), {}, {}, np.zeros(0, np.int64), {})
    assert len(score_columns(empty).tis) == 0


def test_wrong_columns_are_refused_together() -> None:
    good = columns_of([{"juvenile": 0, "mmt_max": 800} | dict.fromkeys(_names(), MISSING)] * 3)
    two = np.array([MISSING, 101, -2], np.int64)
    wrong = replace(
        good,
        measures={"physician": (two, two), "cmas": (two, two)},
        mmt_max=np.array([800, 0, MISSING], np.int64),
        enzymes={"ck": (np.array([1, 2, 3]), np.array([1, 2, 3]), np.array([0, 0, 1]))},
    )
    with pytest.raises(ScoreRefused) as caught:
        score_columns(wrong)
    assert [(p.code, p.place.path, p.found) for p in caught.value.problems] == [
        ("reading-out-of-range", "physician_0", "2 rows, the first is row 1"),
        ("reading-out-of-range", "physician_1", "2 rows, the first is row 1"),
        ("measure-unknown", "cmas", "cmas"),
        ("limit-not-positive", "ck_uln", "2 rows, the first is row 0"),
        ("reading-out-of-range", "mmt_max", "1 rows, the first is row 1"),
    ]
    with pytest.raises(ScoreRefused):
        score_columns(replace(good, mmt_max=np.zeros(2, np.int64)))


def test_a_policy_with_a_fraction_is_refused_by_column_and_scored_by_row() -> None:
    written = (
        "policy: us\ndecided_by: us\nfacts:\n  - {fact: scores/tis#enzymes.ranges.ck.multiple, "
    )
    policy = read_policy(written + "value: 7.5, because: minutes}\n", "policy.yaml")
    nothing = TisColumns(np.zeros(2, np.bool_), {}, {}, np.full(2, MISSING, np.int64), {})
    with pytest.raises(ScoreRefused) as caught:
        score_columns(nothing, policy=policy)
    assert [one.code for one in caught.value.problems] == ["range-not-whole"]
    assert (
        TisLines(tis_scoring(policy=policy), None, policy).lines(Batch((), (), 1, rows=[])) is None
    )


def _names() -> list[str]:
    ends = [f"{m}{end}" for m in STEPS for end in ("_0", "_1")]
    return ends + [f"{e}{end}" for e in ENZYMES for end in ("_0", "_1", "_uln")]
