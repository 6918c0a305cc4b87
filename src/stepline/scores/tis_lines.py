"""Total improvement scores of a batch as JSON lines, from whole columns.

The lines are those of the exact path, byte for byte. Numbers come from `score_columns` and from the
changes behind it; what is said in words (the enzyme, what is missing, notes, the status) follows
from a few facts of a row, so the exact path says it once for each combination of them.

A batch that holds anything out of the ordinary is left to the exact path as a whole: another
instrument, a second limit, a unit that changes, a number in another spelling, a mistake.

Import this module lazily; it needs numpy and polars.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stepline.core.policy import Policy
from stepline.scores.batch import POPULATIONS, Scoring, line_of
from stepline.scores.files import Batch
from stepline.scores.table import UNKNOWN, Table, read_row
from stepline.scores.tis import ENZYME
from stepline.scores.tis_columns import (
    CATEGORIES,
    LARGEST,
    MISSING,
    TisColumns,
    TisScores,
    Whole,
    in_whole_steps,
    score_columns,
)
from stepline.scores.tis_parts import Parts, parts_of
from stepline.scores.tis_tables import EnzymeRule, TisTables, tis_tables
from stepline.scores.values import ScoreRefused

_PLAIN = r"^(?:[0-9]{1,9}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})$"
_ESCAPED = r'["\\\x00-\x1f\x7f-\x9f]'
_LONGEST_ID = 200
_LOST = "enzyme"
"""The first key of a line that is said in words; all after it are, too."""


@dataclass(slots=True)
class TisLines:
    """Writes batches as lines; keeps what was said once, for the batches that follow."""

    scoring: Scoring
    enzyme_rule: EnzymeRule | None
    policy: Policy | None
    _said: dict[tuple[tuple[str, ...], int], str] = field(default_factory=dict)

    def lines(self, batch: Batch) -> pl.Series | None:
        """One line a row, without its end; `None` where the exact path has to write them."""
        tables = tis_tables(self.policy)
        if not in_whole_steps(tables):
            return None
        texts = _stripped(batch, self.scoring)
        if texts is None:
            return None
        columns = _columns_of(texts, tables)
        if columns is None:
            return None
        try:
            scores = score_columns(columns, enzyme_rule=self.enzyme_rule, policy=self.policy)
        except ScoreRefused:
            return None
        parts = parts_of(columns, enzyme_rule=self.enzyme_rule, policy=self.policy)
        tails = self._tails(batch, texts, columns, parts)
        if tails is None:
            return None
        return _joined(texts, scores, parts, tails)

    def _tails(
        self, batch: Batch, texts: pl.DataFrame, columns: TisColumns, parts: Parts
    ) -> pl.Series | None:
        """What is said in words about each row."""
        units = _shared_units(texts)
        if units is None:
            return None
        keys, rows, codes = np.unique(
            _keys(columns, parts, tis_tables(self.policy)), return_index=True, return_inverse=True
        )
        said = []
        for key, row in zip(keys.tolist(), rows.tolist(), strict=True):
            if (units, key) not in self._said:
                self._said[units, key] = self._tail(batch, texts.row(row))
            said.append(self._said[units, key])
        return pl.Series(said, dtype=pl.String).gather(codes)

    def _tail(self, batch: Batch, cells: tuple[str | None, ...]) -> str:
        table = Table("")
        text = [cell or "" for cell in cells]
        row = read_row(0, text, batch.names, self.scoring.columns, table)
        assert row is not None
        assert row.is_sound
        line = line_of("", self.scoring.judge(row), policy=self.policy)
        names = list(line)
        tail = {name: line[name] for name in names[names.index(_LOST) :]}
        return json.dumps(tail, ensure_ascii=False)[1:]


def _stripped(batch: Batch, scoring: Scoring) -> pl.DataFrame | None:
    """The cells without space around them, null where unknown; `None` where any is unusual."""
    cleaned = pl.all().str.strip_chars()
    texts = batch.texts().select(
        pl.when(cleaned.is_in(sorted(UNKNOWN))).then(None).otherwise(cleaned).name.keep()
    )
    usual = [
        pl.col("id").is_not_null()
        & (pl.col("id").str.len_chars() <= _LONGEST_ID)
        & ~pl.col("id").str.contains(_ESCAPED),
        pl.col("population").is_in(POPULATIONS).fill_null(value=False),
    ]
    for name in batch.names:
        if _is_number(name):
            usual.append(pl.col(name).is_null() | pl.col(name).str.contains(_PLAIN))
        elif name not in ("id", "population") and not name.endswith("_unit"):
            usual.append(pl.col(name).is_null())
    assert set(batch.names) <= set(scoring.columns)
    is_usual = texts.select(pl.all_horizontal(usual).all()).item()
    return texts if is_usual else None


def _is_number(name: str) -> bool:
    tables = tis_tables()
    plain = [one.id for one in tables.scales if not one.is_juvenile_only]
    names = {f"{one}{end}" for one in plain for end in ("_0", "_1")}
    names |= {f"{one.id}{end}" for one in tables.enzymes for end in ("_0", "_1", "_uln")}
    return name == "mmt_max" or name in names


def _columns_of(texts: pl.DataFrame, tables: TisTables) -> TisColumns | None:
    """The cells in whole steps; `None` where a number has too many of them."""
    scales = [one.id for one in tables.scales if not one.is_juvenile_only]
    measures: dict[str, tuple[Whole, Whole]] = {}
    steps: dict[str, int] = {}
    maximum: Whole = np.full(texts.height, MISSING, np.int64)
    for name in scales:
        wanted = [f"{name}_0", f"{name}_1", *(["mmt_max"] if name == "mmt" else [])]
        found = _in_steps(texts, wanted)
        if found is None:
            return None
        (before, after, *rest), steps[name] = found
        measures[name] = (before, after)
        maximum = rest[0] if rest else maximum
    enzymes: dict[str, tuple[Whole, Whole, Whole]] = {}
    for enzyme in tables.enzymes:
        found = _in_steps(texts, [f"{enzyme.id}{end}" for end in ("_0", "_1", "_uln")])
        if found is None:
            return None
        before, after, limit = found[0]
        if (before != MISSING).any() or (after != MISSING).any():
            enzymes[enzyme.id] = (before, after, limit)
    juvenile = (texts["population"] == "juvenile").to_numpy()
    return TisColumns(juvenile, measures, steps, maximum, enzymes)


def _in_steps(texts: pl.DataFrame, names: list[str]) -> tuple[list[Whole], int] | None:
    """Columns that share one step, which is as fine as the finest number in any of them."""
    present = [name for name in names if name in texts.columns]
    places = {
        name: (pl.col(name).str.len_bytes() - pl.col(name).str.find(".", literal=True) - 1)
        for name in present
    }
    if not present:
        return [np.full(texts.height, MISSING, np.int64) for _ in names], 1
    counted = texts.select(
        *(
            count.fill_null(0).cast(pl.Int64).alias(f"{name} places")
            for name, count in places.items()
        ),
        *(
            pl.col(name).str.replace(".", "", literal=True).cast(pl.Int64).alias(name)
            for name in present
        ),
    )
    finest = max(int(counted[f"{name} places"].max() or 0) for name in present)  # type: ignore[arg-type]
    powers = 10 ** np.arange(finest, -1, -1, dtype=np.int64)
    whole: list[Whole] = []
    for name in names:
        if name not in present:
            whole.append(np.full(texts.height, MISSING, np.int64))
            continue
        digits = counted[name].fill_null(MISSING).to_numpy()
        scaled = digits * powers[counted[f"{name} places"].to_numpy()]
        column = np.where(digits == MISSING, MISSING, scaled)
        if column.size and column.max() > LARGEST:
            return None
        whole.append(column)
    return whole, 10**finest


def _shared_units(texts: pl.DataFrame) -> tuple[str, ...] | None:
    """The units that all rows state; `None` where rows differ."""
    units = [name for name in texts.columns if name.endswith("_unit")]
    if not units:
        return ()
    kinds = texts.select(units).unique()
    return tuple(one or "" for one in kinds.row(0)) if kinds.height == 1 else None


def _keys(columns: TisColumns, parts: Parts, tables: TisTables) -> NDArray[np.int64]:
    """One number for everything that the words about a row depend on."""
    keys = columns.is_juvenile.astype(np.int64)
    for known in parts.known.values():
        keys = keys * 2 + known
    for enzyme in tables.enzymes:
        keys *= 3
        if enzyme.id in columns.enzymes:
            before, _, limit = columns.enzymes[enzyme.id]
            keys += np.where(before == MISSING, 0, np.where(limit == MISSING, 2, 1))
    keys = keys * 8 + parts.chosen + 1
    keys = keys * 2 + (parts.millionths[ENZYME] > 0)
    return keys * 1024 + parts.points[ENZYME]


def _joined(texts: pl.DataFrame, scores: TisScores, parts: Parts, tails: pl.Series) -> pl.Series:
    categories = [json.dumps(one) for one in CATEGORIES]
    pieces: list[pl.Series | str] = ['{"id": "', texts["id"], '", "tis": ', _points(scores.tis)]
    pieces += [', "category": ', _coded(scores.category, categories)]
    pieces += [', "population": "', texts["population"], '"']
    pieces += [', "lower": ', _points(scores.lower), ', "upper": ', _points(scores.upper)]
    pieces += [', "points": {', *_each(parts, _part_points), "}"]
    pieces += [', "percent": {', *_each(parts, _part_percent), "}, ", tails]
    frame = pl.DataFrame(
        [one.alias(str(i)) for i, one in enumerate(pieces) if not isinstance(one, str)]
    )
    joined = [
        pl.lit(one) if isinstance(one, str) else pl.col(str(i)) for i, one in enumerate(pieces)
    ]
    return frame.select(pl.concat_str(joined)).to_series()


def _each(parts: Parts, shown: Any) -> list[pl.Series | str]:
    pieces: list[pl.Series | str] = []
    for index, name in enumerate(parts.known):
        pieces += [f'{", " * bool(index)}"{name}": ', shown(parts, name)]
    return pieces


def _part_points(parts: Parts, name: str) -> pl.Series:
    return _points(np.where(parts.known[name], parts.points[name], MISSING))


def _points(tenths: NDArray[Any]) -> pl.Series:
    """Points as JSON: a whole number where it is one, null where it is missing."""
    return _coded(np.where(tenths == MISSING, MISSING, tenths // 25), _QUARTERS)


def _coded(codes: NDArray[Any], words: list[str]) -> pl.Series:
    """Words by code, null where it is missing."""
    return pl.Series([*words, "null"], dtype=pl.String).gather(
        np.where(codes == MISSING, len(words), codes)
    )


_QUARTERS = [json.dumps(n * 5 // 2 if n % 2 == 0 else n * 2.5) for n in range(41)]


def _part_percent(parts: Parts, name: str) -> pl.Series:
    """Millionths of a percent as JSON: the shortest decimal, as a float prints it."""
    number, known = parts.millionths[name], parts.known[name]
    frame = pl.DataFrame({"n": number, "known": known})
    size = pl.col("n").abs()
    fraction = (size % 1_000_000).cast(pl.String).str.zfill(6).str.strip_chars_end("0")
    whole = (size // 1_000_000).cast(pl.String)
    sign = pl.when(pl.col("n") < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    point = pl.when(fraction == "").then(pl.lit("")).otherwise(pl.lit("."))
    shown = pl.concat_str([sign, whole, point, fraction])
    small = (size > 0) & (size < 100)
    text = frame.select(
        pl.when(~pl.col("known"))
        .then(pl.lit("null"))
        .when(small)
        .then(pl.lit(None, dtype=pl.String))
        .otherwise(shown)
    ).to_series()
    return text if not text.null_count() else _spelled(text, number)


def _spelled(text: pl.Series, number: NDArray[np.int64]) -> pl.Series:
    """A few numbers next to zero are written with an exponent."""
    values = text.to_list()
    for index, value in enumerate(values):
        if value is None:
            values[index] = json.dumps(int(number[index]) / 1_000_000)
    return pl.Series(values, dtype=pl.String)
