"""What a folder of records holds, told from its files: each is looked at once."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple


class FolderKind(Enum):
    """What the records of a folder are written in; `OTHER` is MEDS, or nothing that is known."""

    OMOP = auto()
    TABLES = auto()
    FHIR = auto()
    OTHER = auto()


class Folder(NamedTuple):
    """A folder that holds records itself; `tables` are its event tables, where it has such."""

    path: Path
    kind: FolderKind
    tables: tuple[Path, ...] = ()


def looked_into(path: Path) -> Folder:
    """The folder, or the only one in it that is FHIR or OMOP where it holds no records itself."""
    own = _kind_of(path)
    if own.kind is not FolderKind.OTHER:
        return own
    inner = [one for one in sorted(path.iterdir()) if one.is_dir() and not one.is_symlink()]
    kinds = (_kind_of(one) for one in inner)
    found = [one for one in kinds if one.kind in (FolderKind.OMOP, FolderKind.FHIR)]
    return found[0] if len(found) == 1 else own


def _kind_of(path: Path) -> Folder:
    from stepline.sources.fhir.folder import fhir_files
    from stepline.sources.omop.tables import is_omop

    if is_omop(path):
        return Folder(path, FolderKind.OMOP)
    tables = event_tables(path)
    if tables:
        return Folder(path, FolderKind.TABLES, tuple(tables))
    return Folder(path, FolderKind.FHIR if fhir_files(path) else FolderKind.OTHER)


def event_tables(folder: Path) -> list[Path]:
    """The event tables of a folder; MEDS has no such names, or not our columns."""
    found = sorted(folder.glob("events*.parquet"))
    return found if found and all("event_id" in columns_of(one) for one in found) else []


def columns_of(path: Path) -> list[str]:
    """The columns of a Parquet file; none where it cannot be read as one."""
    if not _is_parquet(path):  # a case file is read without the library of tables
        return []
    import polars as pl

    try:
        return list(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError):
        return []


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"PAR1"
    except OSError:
        return False
