"""Runs a score on a file for `stepline score`: opens, spools, shows progress, puts into place."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from stepline.cli.progress import Progress
from stepline.cli.writing import not_written, unwritable
from stepline.core.errors import OutputRefused, Place, Problem
from stepline.core.policy import Policy, read_policy
from stepline.scores import batch, shapes
from stepline.scores.change_tables import WorseningId
from stepline.scores.files import Batch
from stepline.scores.inactive import InactiveId
from stepline.scores.saving import CsvRows, JsonLines, ParquetRows, Shape, refuse_suffix
from stepline.scores.streaming import Ways, score_stream
from stepline.scores.table import unit_of
from stepline.scores.tis_tables import EnzymeRule, tis_tables
from stepline.scores.values import ScoreRefused

if TYPE_CHECKING:
    from stepline.scores.tis_lines import TisLines

Saving = JsonLines | CsvRows | ParquetRows


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    file: Path
    evidence: bool
    out: Path | None
    policy_file: Path | None
    units: tuple[str, ...]
    end: Callable[[int], None]

    def policy(self) -> Policy | None:
        """The local policy, checked."""
        if self.policy_file is None:
            return None
        return read_policy(self.policy_file.read_bytes(), str(self.policy_file))


def run_tis(asked: Asked, rule: str | None) -> None:
    """The total improvement score."""
    policy = asked.policy()
    chosen = None if rule is None else EnzymeRule(rule)
    units = _units(asked.units, [one.id for one in tis_tables(policy).enzymes])
    scoring = batch.tis_scoring(enzyme_rule=chosen, policy=policy, units=units)

    def by_column() -> TisLines:
        from stepline.scores.tis_lines import TisLines

        return TisLines(scoring, chosen, policy)

    ways = Ways(asked.evidence, policy, by_column)
    _run(asked, scoring, ways, shapes.tis_shape())


def run_improvement(asked: Asked) -> None:
    """The definition of improvement."""
    policy = asked.policy()
    scoring = batch.improvement_scoring(policy=policy, units=_units(asked.units, ["enzyme"]))
    _run(asked, scoring, Ways(asked.evidence, policy), shapes.improvement_shape())


def run_inactive(asked: Asked, definition: InactiveId) -> None:
    """Inactive disease."""
    scoring = batch.inactive_scoring(definition=definition, units=_units(asked.units, ["ck"]))
    _run(asked, scoring, Ways(asked.evidence), shapes.inactive_shape())


def run_classification(asked: Asked) -> None:
    """The classification."""
    policy = asked.policy()
    scoring = batch.classification_scoring(policy=policy)
    _run(asked, scoring, Ways(asked.evidence, policy), shapes.classification_shape())


def run_deterioration(asked: Asked, definition: WorseningId) -> None:
    """Confirmed deterioration; a subject's rows may stand anywhere, so the file is read whole."""
    policy = asked.policy()
    units = _units(asked.units, ["enzyme"])
    with _opened(asked.file) as stream:
        judged = batch.judge_deterioration(
            stream.read(), str(asked.file), definition=definition, policy=policy, units=units
        )
    lines = [
        json.dumps(
            batch.line_of(name, one, evidence=asked.evidence, policy=policy), ensure_ascii=False
        )
        for name, one in judged
    ]
    with _saved(asked.out, shapes.deterioration_shape(), keeps_columns=False) as sink:
        sink.take(Batch((), range(len(lines)), 1, rows=[]), lines)
    asked.end(len(lines))


def _run(asked: Asked, scoring: batch.Scoring, ways: Ways, shape: Shape) -> None:
    with (
        _opened(asked.file) as stream,
        _saved(asked.out, shape) as sink,
        Progress() as progress,
    ):
        count = score_stream(stream, str(asked.file), scoring, sink, ways=ways, told=progress.tell)
    asked.end(count)


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """The file, or standard input as one that can be sought."""
    if str(file) != "-":
        with file.open("rb") as stream:
            yield stream
        return
    with tempfile.NamedTemporaryFile() as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        kept.seek(0)
        yield kept


@contextmanager
def _saved(out: Path | None, shape: Shape, *, keeps_columns: bool = True) -> Iterator[Saving]:
    """Where outcomes go; they reach their place only where nothing was refused."""
    if out is None:
        with tempfile.TemporaryFile() as spool:
            yield JsonLines(spool)
            spool.seek(0)
            shutil.copyfileobj(spool, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return
    refuse_suffix(out)
    problems = unwritable({"--out": out})
    if problems:
        raise OutputRefused(problems)
    with _beside(out) as kept, kept.open("wb") as stream:
        sink = _sink(out, kept, stream, shape, keeps_columns=keeps_columns)
        yield sink
        sink.finish()


def _sink(out: Path, kept: Path, stream: IO[bytes], shape: Shape, *, keeps_columns: bool) -> Saving:
    if out.suffix.lower() == ".csv":
        return CsvRows(stream, shape, keeps_columns)
    if out.suffix.lower() == ".parquet":
        return ParquetRows(kept, kept.parent, shape, keeps_columns)
    return JsonLines(stream)


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A file in a folder of its own beside the target, moved into place at the end."""
    try:
        folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as fault:
        raise not_written(out, fault) from fault
    try:
        yield folder / "whole"
        (folder / "whole").chmod(0o644)
        (folder / "whole").replace(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _units(written: tuple[str, ...], enzymes: list[str]) -> Mapping[str, str]:
    """`ck=ukat/L` as a unit by enzyme."""
    pairs = [text.partition("=")[::2] for text in written]
    problems = [problem for name, unit in pairs for problem in _unit_problems(name, unit, enzymes)]
    if problems:
        raise ScoreRefused(problems)
    return dict(pairs)


def _unit_problems(name: str, unit: str, enzymes: list[str]) -> list[Problem]:
    place = Place(path="--unit")
    if name not in enzymes:
        message = "A unit is given for what has none."
        return [Problem("measure-unknown", message, place, name[:60], ", ".join(enzymes))]
    try:
        unit_of(unit, batch.ACTIVITY)
    except ScoreRefused as refusal:
        return [problem.at(place) for problem in refusal.problems]
    return []
