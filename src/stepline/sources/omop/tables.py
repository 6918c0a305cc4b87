"""The tables of an OMOP export: a folder or a zip of CSV or Parquet files, as text, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import IO, TYPE_CHECKING
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812

from stepline.core.errors import Place, Problem, SourceRefused
from stepline.sources.omop.pieces import csv_pieces, separator_of
from stepline.sources.sniffing import refused

if TYPE_CHECKING:
    import polars as pl

LARGEST_TABLE = 2 * 1024**3
"""Bytes of one unpacked table of a zip; a larger one is refused before it is unpacked."""

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
_PIECE = 4 * 1024 * 1024
"""About so many bytes of a CSV table at a time."""
_SLICE = 25_000
"""Rows of a Parquet table at a time."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an export: the file that holds it, in a folder or in a zip."""

    name: str
    file: str
    path: Path
    in_zip: bool

    def batches(self) -> Iterator[pl.DataFrame]:
        """The rows in order, some at a time, as text, with columns in lower case; at least once.

        Raises `SourceRefused`: `omop-table-unreadable`, `omop-columns-missing`, `zip-unreadable`,
        `omop-table-too-large`.
        """
        import polars as pl

        unreadable = _problem(
            "omop-table-unreadable", "The table cannot be read.", self.file,
            "export it as UTF-8 CSV with a header",
        )  # fmt: skip
        try:
            with self._opened() as stream:
                for frame in self._frames(stream):
                    yield self._checked(frame)
        except (pl.exceptions.PolarsError, ValueError):
            raise SourceRefused([unreadable]) from None
        except _DAMAGED:
            raise _damaged(self.path) from None
        except OSError:
            raise SourceRefused([unreadable]) from None

    def _frames(self, stream: IO[bytes]) -> Iterator[pl.DataFrame]:
        if not self.file.lower().endswith(".parquet"):
            return _of_csv(stream)
        # Parquet is read from its end, so a member of a zip is held while it is read.
        return _of_parquet(stream.read() if self.in_zip else self.path)

    def _checked(self, frame: pl.DataFrame) -> pl.DataFrame:
        named = frame.rename({column: column.lower() for column in frame.columns})
        missing = [column for column in COLUMNS[self.name] if column not in named.columns]
        if missing:
            message = f"The table {self.name} lacks {', '.join(missing)}."
            mend = "export the columns of OMOP CDM 5.4"
            raise SourceRefused([_problem("omop-columns-missing", message, self.file, mend)])
        return named

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if not self.in_zip:
            with self.path.open("rb") as stream:
                yield stream
            return
        with ZipFile(self.path) as archive:
            _check_size(self.file, archive.getinfo(self.file).file_size)
            with archive.open(self.file) as member:
                yield member


def _of_csv(stream: IO[bytes]) -> Iterator[pl.DataFrame]:
    import polars as pl

    separator = ""
    for piece in csv_pieces(stream, _PIECE):
        separator = separator or separator_of(piece)
        yield pl.read_csv(BytesIO(piece), infer_schema=False, separator=separator)


def _of_parquet(source: Path | bytes) -> Iterator[pl.DataFrame]:
    import polars as pl

    frame = pl.scan_parquet(source)
    count = int(frame.select(pl.len()).collect().item())
    for start in range(0, max(count, 1), _SLICE):
        yield frame.slice(start, _SLICE).collect().cast(pl.String)


def is_omop(path: Path) -> bool:
    """Whether a folder or a zip holds a PERSON table."""
    if path.is_dir():
        return any(_name_of(one.name) == "person" for one in path.iterdir())
    try:
        with ZipFile(path) as archive:
            return any(_name_of(name) == "person" for name in archive.namelist())
    except (BadZipFile, OSError):
        return False


def tables_of(path: Path) -> tuple[dict[str, Table], list[Problem]]:
    """The tables that are read, by their names in lower case, and those that are there twice.

    Raises `SourceRefused` (`zip-unreadable`).
    """
    found: dict[str, Table] = {}
    problems: list[Problem] = []
    for file in _files(path):
        name = _name_of(file)
        if name in found:
            message = f"The table {name} is there twice."
            problems.append(_problem("omop-table-twice", message, file, "keep one of them"))
            continue
        is_folder = path.is_dir()
        found[name] = Table(name, file, path / file if is_folder else path, not is_folder)
    return found, problems


def _name_of(file: str) -> str:
    """The table that a file holds; empty for a file that is none of those read."""
    pure = PurePosixPath(file)
    if pure.suffix.lower() not in _SUFFIXES or "__MACOSX" in pure.parts or pure.stem[:1] == ".":
        return ""
    stem = pure.stem.lower()
    return stem if stem in COLUMNS else ""


def _files(path: Path) -> list[str]:
    if path.is_dir():
        files = (one for one in path.iterdir() if one.is_file() and not one.is_symlink())
        return sorted(one.name for one in files if _name_of(one.name))
    try:
        with ZipFile(path) as archive:
            return sorted(name for name in archive.namelist() if _name_of(name))
    except _DAMAGED:
        raise _damaged(path) from None


def _check_size(file: str, size: int) -> None:
    if size > LARGEST_TABLE:
        raise refused("omop-table-too-large", "The table is larger than 2 GiB.", file,
                      mend="unpack the zip and give the folder")  # fmt: skip


def _damaged(path: Path) -> SourceRefused:
    return refused("zip-unreadable", "The zip is damaged, cut short or locked.", path.name,
                   mend="copy it again, without a password")  # fmt: skip


def _problem(code: str, message: str, file: str, mend: str) -> Problem:
    return Problem(code, message, Place(file), mend=mend)
