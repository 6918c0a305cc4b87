"""What a file is, told by its first bytes; names and suffixes are not believed."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from stepline.core.errors import Place, SourceRefused

HEAD = 64 * 1024
"""How many bytes are looked at before a file is read."""

ALLOWED = (
    "a FHIR R4 bundle (JSON), FHIR R4 NDJSON, a folder of these, a case file (YAML), "
    "an event table (Parquet), MEDS (Parquet), OMOP CDM 5.4 (a folder or zip of its tables)"
)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ARCHIVES = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = bytes(range(9)) + bytes(range(14, 32))


class FileKind(Enum):
    """What the first bytes say."""

    JSON = "json"
    PARQUET = "parquet"
    TEXT = "text"


def check_path(path: Path) -> None:
    """Refuses a path that is no ordinary file, as a `SourceRefused` that says what it is."""
    if path.is_symlink():
        raise refused(
            "file-is-link",
            "This is a link to another file.",
            path.name,
            mend="give the file itself, so that what is read is what was named",
        )
    if not path.exists():
        mend = "check the name and the folder"
        raise refused("file-missing", "There is no such file.", path.name, mend=mend)
    if path.is_dir():
        mend = "give one file, or a folder of FHIR, MEDS, OMOP or event tables"
        raise refused("file-is-folder", "This is a folder, not a file.", path.name, mend=mend)
    if not path.is_file():
        mend = "give a file on disk"
        raise refused("file-special", "This is no ordinary file.", path.name, mend=mend)


def read_head(path: Path) -> bytes:
    """The first bytes of a file; raises `SourceRefused` (`file-unreadable`)."""
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD)
    except OSError as error:
        reason = f"The file cannot be read: {error.strerror or 'input error'}."
        mend = "check the rights of the file"
        raise refused("file-unreadable", reason, path.name, mend=mend) from None


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip."""
    return read_head(path).startswith(b"PK\x03\x04")


def kind_of(head: bytes, file: str) -> FileKind:
    """JSON, Parquet or text; anything else is refused with a sentence."""
    if not head.strip():
        raise refused("file-empty", "The file is empty.", file, mend="export it again")
    if head.startswith(b"PAR1"):
        return FileKind.PARQUET
    _refuse_packed(head, file)
    _refuse_other_encodings(head, file)
    text = without_mark(head).lstrip()
    if text.startswith(b"{") and text[1:].lstrip()[:1] in (b'"', b"}", b""):
        return FileKind.JSON
    return FileKind.TEXT


def without_mark(data: bytes) -> bytes:
    """The bytes without a UTF-8 byte order mark."""
    return data.removeprefix(_BYTE_ORDER_MARK)


def _refuse_packed(head: bytes, file: str) -> None:
    for magic, name in _ARCHIVES.items():
        if head.startswith(magic):
            raise refused(
                "file-packed", f"The file is packed with {name}.", file, found=name,
                mend="unpack it first",
            )  # fmt: skip


def _refuse_other_encodings(head: bytes, file: str) -> None:
    sample = head[:512]
    if head.startswith(_UTF_16) or sample.count(0) > len(sample) // 4:
        raise refused(
            "file-not-utf-8", "The file is not in UTF-8; it looks like UTF-16.", file,
            found="UTF-16", allowed="UTF-8", mend="save it as UTF-8",
        )  # fmt: skip
    if head.translate(None, _CONTROL) != head:
        raise refused(
            "file-binary", "The file is binary, not text.", file, allowed=ALLOWED,
            mend="give one of these",
        )  # fmt: skip


def refused(
    code: str, message: str, file: str, *, found: str = "", allowed: str = "", mend: str = ""
) -> SourceRefused:
    """A refusal of a whole file."""
    problem = SourceRefused.because(
        code, message, place=Place(file), found=found, allowed=allowed, mend=mend
    )
    assert isinstance(problem, SourceRefused)
    return problem
