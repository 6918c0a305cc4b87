"""The tables of an OMOP export: a folder or a zip of CSV or Parquet files, as text columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile, is_zipfile
from zlib import error as ZlibError  # noqa: N812

from stepline.core.errors import Place, Problem, SourceRefused
from stepline.sources.sniffing import refused

if TYPE_CHECKING:
    import polars as pl

LARGEST_TABLE = 2 * 1024**3
"""Bytes of one unpacked table; a larger one is refused before it is unpacked."""

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "person": ("person_id", "gender_concept_id", "year_of_birth"),
        "drug_exposure": (
            *("drug_exposure_id", "person_id", "drug_concept_id", "drug_type_concept_id"),
            *("drug_exposure_start_date", "quantity"),
        ),
        "measurement": (
            *("measurement_id", "person_id", "measurement_concept_id"),
            *("measurement_date", "value_as_number"),
        ),
        "condition_occurrence": (
            *("condition_occurrence_id", "person_id"),
            *("condition_concept_id", "condition_start_date"),
        ),
        "procedure_occurrence": (
            *("procedure_occurrence_id", "person_id", "procedure_concept_id", "procedure_date"),
        ),
        "observation": (
            *("observation_id", "person_id", "observation_concept_id", "observation_date"),
        ),
        "death": ("person_id", "death_date"),
        "concept": ("concept_id", "concept_name", "vocabulary_id", "concept_code"),
        "drug_strength": (
            *("drug_concept_id", "amount_value", "amount_unit_concept_id"),
            *("numerator_value", "denominator_value"),
        ),
    }
)
"""The tables that are read, and the columns that each must have."""

_DAMAGED = (BadZipFile, ZlibError, NotImplementedError, RuntimeError, EOFError)
"""What reading a member of a zip raises; a locked one is a `RuntimeError`."""
_SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one export by their names in lower case; `file` names it in messages."""

    file: str
    frames: Mapping[str, pl.DataFrame]

    def rows(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Each row of a table with its place; absent values are empty; no rows without it."""
        frame = self.frames.get(name)
        if frame is None:
            return
        for number, row in enumerate(frame.iter_rows(named=True), 2):
            yield f"{name} row {number}", {key: (text or "").strip() for key, text in row.items()}


def is_omop(path: Path) -> bool:
    """Whether a folder or a zip holds a PERSON table."""
    if path.is_dir():
        return any(_name_of(one.name) == "person" for one in path.iterdir())
    try:
        with ZipFile(path) as archive:
            return any(_name_of(name) == "person" for name in archive.namelist())
    except (BadZipFile, OSError):
        return False


def open_tables(path: Path) -> Tables:
    """The tables that are read, as text.

    Raises `SourceRefused` with every problem: `omop-table-twice`, `omop-table-unreadable`,
    `omop-table-too-large`, `omop-columns-missing`, `zip-unreadable`.
    """
    frames: dict[str, pl.DataFrame] = {}
    problems: list[Problem] = []
    try:
        for file, data in _contents(path):
            name = _name_of(file)
            if name in frames:
                problems.append(_problem("omop-table-twice", f"The table {name} is there twice.",
                                         file, "keep one of them"))  # fmt: skip
                continue
            frame = _frame(file, data)
            if frame is None:
                problems.append(_problem("omop-table-unreadable", "The table cannot be read.",
                                         file, "export it as UTF-8 CSV with a header"))  # fmt: skip
                continue
            frames[name] = frame
            problems += _column_problems(name, file, frame)
    except _DAMAGED:
        raise refused(
            "zip-unreadable",
            "The zip is damaged, cut short or locked.",
            path.name,
            mend="copy it again, without a password",
        ) from None
    if problems:
        raise SourceRefused(problems)
    return Tables(path.name, frames)


def _name_of(file: str) -> str:
    """The table that a file holds; empty for a file that is none of those read."""
    pure = PurePosixPath(file)
    if pure.suffix.lower() not in _SUFFIXES or "__MACOSX" in pure.parts or pure.stem[:1] == ".":
        return ""
    stem = pure.stem.lower()
    return stem if stem in COLUMNS else ""


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for one in sorted(path.iterdir()):
            if _name_of(one.name) and one.is_file() and not one.is_symlink():
                _check_size(one.name, one.stat().st_size)
                yield one.name, one.read_bytes()
        return
    assert is_zipfile(path)
    with ZipFile(path) as archive:
        for info in sorted(archive.infolist(), key=lambda one: one.filename):
            if _name_of(info.filename):
                _check_size(info.filename, info.file_size)
                yield info.filename, archive.read(info)


def _check_size(file: str, size: int) -> None:
    if size > LARGEST_TABLE:
        raise refused("omop-table-too-large", "The table is larger than 2 GiB.", file,
                      mend="export fewer persons at a time")  # fmt: skip


def _frame(file: str, data: bytes) -> pl.DataFrame | None:
    import polars as pl

    try:
        if file.lower().endswith(".parquet"):
            frame = pl.read_parquet(BytesIO(data)).cast(pl.String)
        else:
            frame = pl.read_csv(BytesIO(data), infer_schema=False, separator=_separator(data))
    except (pl.exceptions.PolarsError, OSError, ValueError):
        return None
    return frame.rename({column: column.lower() for column in frame.columns})


def _separator(data: bytes) -> str:
    head = data.split(b"\n", 1)[0]
    return "\t" if head.count(b"\t") > head.count(b",") else ","


def _column_problems(name: str, file: str, frame: pl.DataFrame) -> list[Problem]:
    missing = [column for column in COLUMNS[name] if column not in frame.columns]
    if not missing:
        return []
    message = f"The table {name} lacks {', '.join(missing)}."
    return [_problem("omop-columns-missing", message, file, "export the columns of OMOP CDM 5.4")]


def _problem(code: str, message: str, file: str, mend: str) -> Problem:
    return Problem(code, message, Place(file), mend=mend)
