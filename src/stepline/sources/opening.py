"""Opens whatever a file turns out to be by its content, as records."""

from __future__ import annotations

from pathlib import Path

from stepline.record.model import Record
from stepline.sources.sniffing import ALLOWED, FileKind, check_path, kind_of, read_head, refused

_LARGEST_CASE = 5_000_000
_FOREIGN = {b"<": "XML", b"[": "a JSON list", b'"': "a JSON text"}


def open_record(path: Path) -> tuple[Record, ...]:
    """The records of a case file, a FHIR R4 bundle or NDJSON, or an event table.

    Raises `SourceRefused` for a file that is none of these, and what its own reader raises for one
    that is (`DocumentRefused`, `RecordRefused`, `SourceRefused`), each with every problem found.
    """
    check_path(path)
    head = read_head(path)
    match kind_of(head, path.name):
        case FileKind.JSON:
            from stepline.sources.fhir import read_file

            return read_file(path)
        case FileKind.PARQUET:
            from stepline.record.table import read_parquet

            return read_parquet(path)
        case FileKind.TEXT:
            return (_case_file(path, head),)


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
