"""Outcomes as JSON Lines, CSV or Parquet; the last two repeat the columns that were read.

In columns, points and other groups are spread (`points_mmt`) and lists are joined by `; `.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from stepline.core.errors import OutputRefused, Place
from stepline.scores.files import Batch

if TYPE_CHECKING:
    import polars as pl

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands in the columns of an outcome: texts, numbers, truths, lists, and groups."""

    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    truths: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    number_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    truth_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class JsonLines:
    """One object a line."""

    into: IO[bytes]

    def take(self, batch: Batch, lines: Sequence[str]) -> None:
        """The lines of a batch."""
        del batch
        if lines:
            self.into.write(("\n".join(lines) + "\n").encode("utf-8"))

    def finish(self) -> None:
        """Nothing is left to do."""


@dataclass(slots=True)
class CsvRows:
    """The columns that were read, and those of the outcome."""

    into: IO[bytes]
    shape: Shape
    keeps_columns: bool = True
    _begun: bool = False

    def take(self, batch: Batch, lines: Sequence[str]) -> None:
        """The rows of a batch."""
        frame = _widened(batch, lines, self.shape, keeps=self.keeps_columns, typed=False)
        frame.write_csv(self.into, include_header=not self._begun)
        self._begun = True

    def finish(self) -> None:
        """Nothing is left to do."""


@dataclass(slots=True)
class ParquetRows:
    """As `CsvRows`; the batches are kept in a folder until they are joined into one file."""

    into: Path
    folder: Path
    shape: Shape
    keeps_columns: bool = True
    _count: int = 0

    def take(self, batch: Batch, lines: Sequence[str]) -> None:
        """The rows of a batch."""
        frame = _widened(batch, lines, self.shape, keeps=self.keeps_columns, typed=True)
        frame.write_parquet(self.folder / f"{self._count:08}.parquet")
        self._count += 1

    def finish(self) -> None:
        """Joins the batches."""
        import polars as pl

        if self._count:
            pl.scan_parquet(self.folder / "*.parquet").sink_parquet(self.into)


def refuse_suffix(path: Path) -> None:
    """Raises `OutputRefused` (`output-kind-unknown`) where a name does not say what to write."""
    if path.suffix.lower() not in SUFFIXES:
        raise OutputRefused.because(
            "output-kind-unknown",
            "The name of the output does not say what it should be.",
            place=Place(path="--out"),
            found=path.name,
            allowed=", ".join(SUFFIXES),
        )


def _widened(
    batch: Batch, lines: Sequence[str], shape: Shape, *, keeps: bool, typed: bool
) -> pl.DataFrame:
    import polars as pl

    found = _columns(lines, shape)
    if not keeps:
        ids = [json.loads(line)["id"] for line in lines]
        return found.insert_column(0, pl.Series("id", ids, pl.String))
    read = batch.typed if typed and batch.typed is not None else batch.texts()
    return read.hstack(found)


def _columns(lines: Sequence[str], shape: Shape) -> pl.DataFrame:
    import polars as pl

    groups = {**shape.number_groups, **shape.truth_groups}
    decoded = pl.Series(lines, dtype=pl.String).str.json_decode(_struct(shape)).struct.unnest()
    spread = [
        pl.col(name).struct.field(one).alias(f"{name}_{one}")
        for name, inner in groups.items()
        for one in inner
    ]
    return decoded.select(
        *(pl.col(name) for name in (*shape.numbers, *shape.truths, *shape.texts)),
        *spread,
        *(pl.col(name).list.join("; ") for name in shape.lists),
    )


def _struct(shape: Shape) -> pl.Struct:
    import polars as pl

    fields: dict[str, pl.DataType] = {name: pl.Float64() for name in shape.numbers}
    fields |= {name: pl.Boolean() for name in shape.truths}
    fields |= {name: pl.String() for name in shape.texts}
    fields |= {name: pl.List(pl.String()) for name in shape.lists}
    for groups, kind in ((shape.number_groups, pl.Float64()), (shape.truth_groups, pl.Boolean())):
        fields |= {n: pl.Struct(dict.fromkeys(inner, kind)) for n, inner in groups.items()}
    return pl.Struct(fields)
