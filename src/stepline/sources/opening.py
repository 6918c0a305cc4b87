"""Opens whatever a file turns out to be by its content, as records."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from stepline.record.model import Record
from stepline.sources.folders import FolderKind, columns_of, looked_into
from stepline.sources.hearing import Tell, quietly
from stepline.sources.sniffing import (
    ALLOWED,
    FileKind,
    check_path,
    is_zip,
    kind_of,
    read_head,
    refused,
)

_LARGEST_CASE = 5_000_000
_FOREIGN = {b"<": "XML", b"[": "a JSON list", b'"': "a JSON text"}


def open_record(path: Path, tell: Tell = quietly) -> tuple[Record, ...]:
    """The records of a case file, FHIR R4, an event table, MEDS or OMOP CDM 5.4.

    MEDS, FHIR, OMOP and event tables (`events*.parquet`) may be folders, OMOP also a zip. `tell`
    hears how far the reading of many rows is. What `blocks` divides need not be held whole.

    Raises `SourceRefused` for a file that is none of these, and what its own reader raises for one
    that is (`DocumentRefused`, `RecordRefused`, `SourceRefused`), each with every problem found.
    """
    if path.is_dir() and not path.is_symlink():
        return _folder(path, tell)
    check_path(path)
    if is_zip(path):
        return _zip(path, tell)
    head = read_head(path)
    match kind_of(head, path.name):
        case FileKind.JSON:
            from stepline.sources.fhir import read_file

            return read_file(path)
        case FileKind.PARQUET:
            return _parquet(path, tell)
        case FileKind.TEXT:
            return (_case_file(path, head),)


def _folder(path: Path, tell: Tell) -> tuple[Record, ...]:
    from stepline.sources.fhir.folder import FhirFolder
    from stepline.sources.meds.reading import meds_files, read_meds

    folder = looked_into(path)
    if folder.kind is FolderKind.OMOP:
        return _omop(folder.path, tell)
    if folder.kind is FolderKind.TABLES:
        return tuple(record for table in folder.tables for record in _parquet(table, tell))
    if folder.kind is FolderKind.FHIR:
        with closing(FhirFolder(folder.path, tell)) as parts:
            return tuple(record for part in parts for record in part.records())
    if meds_files(path):
        return read_meds(path, tell)
    check_path(path)
    return ()


def _zip(path: Path, tell: Tell) -> tuple[Record, ...]:
    from stepline.sources.omop.tables import is_omop

    if is_omop(path):
        return _omop(path, tell)
    kind_of(read_head(path), path.name)
    return ()


def _omop(path: Path, tell: Tell) -> tuple[Record, ...]:
    from stepline.sources.omop import read_omop

    return read_omop(path, tell)


def _parquet(path: Path, tell: Tell) -> tuple[Record, ...]:
    from stepline.record.table import read_parquet
    from stepline.sources.meds.reading import is_meds, read_meds

    return read_meds(path, tell) if is_meds(columns_of(path)) else read_parquet(path)


def _case_file(path: Path, head: bytes) -> Record:
    from stepline.record.casefile import read_case

    foreign = _FOREIGN.get(head.lstrip()[:1])
    if foreign or path.stat().st_size > _LARGEST_CASE:
        found = foreign or "a text of more than 5 MB"
        raise refused(
            "file-kind-unknown", f"This is {found}, which is no record.", path.name, found=found,
            allowed=ALLOWED, mend="give one of these",
        )  # fmt: skip
    return read_case(path.read_bytes(), path.name, folder=path.parent)
