"""FHIR R4 in, records out: the front of this package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from stepline.core.errors import Problem, SourceRefused
from stepline.record.model import Record
from stepline.sources.fhir.assembling import assemble
from stepline.sources.fhir.decoding import check_start
from stepline.sources.fhir.unpacking import (
    MOST_PROBLEMS,
    Unpacked,
    checked,
    is_lines,
    lines_of,
    take_line,
    unpack_bundle,
    unpack_lines,
)
from stepline.sources.sniffing import (
    HEAD,
    FileKind,
    check_path,
    kind_of,
    read_head,
    refused,
    without_mark,
)
from stepline.vocabulary.catalogue import catalogue

LARGEST_BUNDLE = 512 * 1024 * 1024
"""A bundle is held in memory whole; NDJSON is not."""


def read_fhir(data: bytes, file: str, *, subject_id: int | None = None) -> tuple[Record, ...]:
    """The records of a FHIR R4 bundle or of NDJSON, one a person, by number of the person.

    `file` is the name used in messages and as the source of each event. `subject_id` numbers the
    one person of the file; without it a person's number is a digest of the Patient id.

    Resources that cannot be read are in `Record.quarantine` with a reason and their place; types
    that are not read are counted in `Record.notes`. Raises `SourceRefused` with every problem for
    what is no R4 at all: `fhir-version`, `json-truncated`, `json-malformed`, `number-not-finite`,
    `not-fhir`, `fhir-not-a-bundle`, `fhir-empty`, `file-…`.
    """
    return _records(_unpack(BytesIO(data), len(data), file), subject_id)


def read_file(path: Path, *, subject_id: int | None = None) -> tuple[Record, ...]:
    """The records of a file, as by `read_fhir`. NDJSON is read line by line.

    Raises `SourceRefused` also for a folder, a link, a missing and a too large file.
    """
    check_path(path)
    read_head(path)
    with path.open("rb") as stream:
        unpacked = _unpack(stream, path.stat().st_size, path.name)
    return _records(unpacked, subject_id)


def read_lines(paths: Sequence[Path], file: str) -> tuple[Record, ...]:
    """The records of NDJSON files that are one export, read as if they were one file.

    `file` names the export where a refusal is not of one file. Raises `SourceRefused` with the
    problems of every file, up to twenty.
    """
    unpacked = Unpacked(file)
    problems: list[Problem] = []
    for path in paths:
        unpacked.file = path.name
        with path.open("rb") as stream:
            for number, line in enumerate(lines_of(stream), 1):
                problems += take_line(unpacked, line, number)
                if len(problems) >= MOST_PROBLEMS:
                    raise SourceRefused(problems)
    if problems:
        raise SourceRefused(problems)
    unpacked.file = file
    return _records(checked(unpacked), None)


def is_ndjson(path: Path) -> bool:
    """Whether a file is FHIR NDJSON, and no bundle.

    Raises `SourceRefused` for a file that does not begin as JSON.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        _check_kind(head, path.name)
        check_start(head, path.name)
        stream.seek(0)
        return is_lines(stream, path.name)


def _unpack(stream: BinaryIO, size: int, file: str) -> Unpacked:
    head = stream.read(HEAD)
    _check_kind(head, file)
    check_start(head, file)
    stream.seek(0)
    lines = is_lines(stream, file)
    stream.seek(0)
    if lines:
        return unpack_lines(lines_of(stream), file)
    check_size(size, file)
    return unpack_bundle(without_mark(stream.read()), file)


def check_size(size: int, file: str) -> None:
    """Refuses a bundle of so many bytes where that is too much to hold."""
    if size > LARGEST_BUNDLE:
        raise refused(
            "file-too-large",
            "The bundle is larger than 512 MiB.",
            file,
            mend="export it as NDJSON, which is read line by line",
        )


def _check_kind(head: bytes, file: str) -> None:
    if kind_of(head, file) is not FileKind.JSON:
        raise refused(
            "not-json", "This is no FHIR JSON: it does not begin with an object.", file,
            found=_first_of(head), allowed="a FHIR R4 bundle (JSON) or NDJSON",
            mend="export FHIR as JSON",
        )  # fmt: skip


def _first_of(head: bytes) -> str:
    """The first character of a file, which says what it may be and nothing of a person."""
    first = without_mark(head).lstrip()[:1].decode("ascii", "replace")
    return {"<": "XML", "[": "a JSON list", '"': "a JSON text"}.get(first, "other text")


def _records(unpacked: Unpacked, subject_id: int | None) -> tuple[Record, ...]:
    records = assemble(unpacked, catalogue())
    check_people(records, unpacked.file)
    if subject_id is None:
        return records
    if len(records) != 1:
        raise refused(
            "subject-id-of-several", f"One number was given for {len(records)} persons.",
            unpacked.file, mend="leave the number out, or give a file of one person",
        )  # fmt: skip
    return (replace(records[0], subject=replace(records[0].subject, subject_id=subject_id)),)


def check_people(people: Sequence[object], file: str) -> None:
    """Refuses a source that is about nobody."""
    if not people:
        raise refused(
            "fhir-nobody", "No resource of the file says whom it is about.", file,
            mend="export subject.reference and the Patient resource",
        )  # fmt: skip
