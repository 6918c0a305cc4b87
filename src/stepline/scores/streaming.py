"""A file of readings in, a file of outcomes out, batch by batch, and nothing if anything is wrong.

Outcomes go into temporary files and reach their place once the last row was read and found sound.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

from stepline.core.policy import Policy
from stepline.scores.batch import Scoring, judged_rows, line_of
from stepline.scores.files import Batch, read_batches, rows_of
from stepline.scores.table import Table

if TYPE_CHECKING:
    from stepline.scores.tis_lines import TisLines

FEW = 2000
"""Rows of a batch below which loading numpy takes longer than scoring one by one."""


class Sink(Protocol):
    """Where outcomes go."""

    def take(self, batch: Batch, lines: Sequence[str]) -> None:
        """The lines of a batch, in its order."""
        ...


@dataclass(frozen=True, slots=True)
class Ways:
    """How lines are written: with sources, under a policy, and by column where that can be."""

    evidence: bool = False
    policy: Policy | None = None
    by_column: Callable[[], TisLines] | None = None
    few: int = FEW


def score_stream(
    stream: IO[bytes],
    file: str,
    scoring: Scoring,
    sink: Sink,
    *,
    ways: Ways,
    told: Callable[[int, float], None],
) -> int:
    """Scores every row of a file into a sink and gives their number.

    `told` hears after each batch how many rows were read and which part of the file that is.

    Raises:
        ScoreRefused: everything that is wrong with the file; what the sink took is void then.
    """
    table, count = Table(file), 0
    writer: TisLines | None = None
    for batch in read_batches(stream, scoring.columns, table):
        if ways.by_column is not None and writer is None and len(batch.lines) >= ways.few:
            writer = ways.by_column()
        lines = _lines(batch, scoring, table, ways, writer)
        if not table.problems:
            sink.take(batch, lines)
        count += len(batch.lines)
        told(count, batch.done)
    table.settle()
    return count


def _lines(
    batch: Batch, scoring: Scoring, table: Table, ways: Ways, writer: TisLines | None
) -> Sequence[str]:
    if writer is not None and not ways.evidence:
        found = writer.lines(batch)
        if found is not None:
            return found.to_list()
    return list(_exact_lines(batch, scoring, table, ways))


def _exact_lines(batch: Batch, scoring: Scoring, table: Table, ways: Ways) -> Iterator[str]:
    rows = rows_of(batch, scoring.columns, table)
    for row, outcome in judged_rows(rows, scoring, table):
        line = line_of(row.text("id"), outcome, evidence=ways.evidence, policy=ways.policy)
        yield json.dumps(line, ensure_ascii=False)
