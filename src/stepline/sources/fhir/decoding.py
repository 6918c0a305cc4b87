"""JSON of FHIR as structs, or a refusal that says where it stops being JSON or FHIR."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from stepline.core.errors import Place, Problem, SourceRefused
from stepline.sources.fhir.rows import RowRefused
from stepline.sources.sniffing import refused, without_mark

S = TypeVar("S", bound=msgspec.Struct)

_BYTE = re.compile(r" \(byte (\d+)\)")
_PATH = re.compile(r" - at `(.+)`")


def content_of(raw: msgspec.Raw | bytes, model: type[S]) -> S | RowRefused:
    """One resource as a struct, or why it alone cannot be read."""
    try:
        return msgspec.json.decode(raw, type=model)
    except msgspec.ValidationError as error:
        return malformed(error)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return RowRefused("text-not-utf-8", "A text in it is not in UTF-8.", "export it in UTF-8")
    except RecursionError:
        return RowRefused("nested-too-deep", "It is nested too deeply.", "export it again")


def malformed(error: msgspec.ValidationError) -> RowRefused:
    """The refusal of a resource that does not fit R4; says where, and never what stood there."""
    text = str(error)
    where = _PATH.search(text)
    field_path = where[1].removeprefix("$.") if where else "it"
    wanted = _PATH.sub("", text).replace("`", "").replace(" | null", "")
    return RowRefused(
        "resource-malformed",
        f"{field_path} does not fit FHIR R4: {wanted[:1].lower()}{wanted[1:]}.",
        "correct the resource in the source",
    )


def decoded(data: msgspec.Raw | bytes, model: type[S], file: str) -> S:
    """A document as a struct; else a `SourceRefused` says at which byte it stops being JSON."""
    try:
        return msgspec.json.decode(data, type=model)
    except msgspec.ValidationError as error:
        reason = malformed(error).reason
        raise refused(
            "not-fhir", f"This JSON is not FHIR: {reason}", file, mend="export a FHIR R4 bundle"
        ) from None
    except msgspec.DecodeError as error:
        raise json_refusal(str(error), bytes(data), file) from None
    except UnicodeDecodeError:
        raise _not_utf8(file) from None
    except RecursionError:
        raise _too_deep(file) from None


def _too_deep(file: str) -> SourceRefused:
    return refused(
        "nested-too-deep", "The JSON is nested too deeply.", file, mend="export it again"
    )


def json_refusal(error: str, data: bytes, file: str) -> SourceRefused:
    """Why bytes are no JSON, with the byte, line and column at which they stop being it."""
    found = _BYTE.search(error)
    byte = int(found[1]) if found else len(data)
    place = _place(data, byte, file)
    if found is None:
        return _because(
            "json-truncated", f"The JSON breaks off at byte {byte}: the file is not whole.",
            place, "copy or export the whole file again",
        )  # fmt: skip
    if data[byte : byte + 3] in (b"NaN", b"Inf"):
        return _because(
            "number-not-finite", f"A number at byte {byte} is not finite; JSON has no such number.",
            place, "leave the value out, and say why in dataAbsentReason",
        )  # fmt: skip
    what = _BYTE.sub("", error).removeprefix("JSON is malformed: ")
    return _because(
        "json-malformed", f"This is no JSON from byte {byte} on: {what}.", place,
        "export the file again",
    )  # fmt: skip


def _place(data: bytes, byte: int, file: str) -> Place:
    line = data.count(b"\n", 0, byte) + 1
    column = byte - (data.rfind(b"\n", 0, byte) + 1) + 1
    return Place(file, line, column)


def _because(code: str, message: str, place: Place, mend: str) -> SourceRefused:
    return SourceRefused([Problem(code, message, place, mend=mend)])


def _not_utf8(file: str) -> SourceRefused:
    return refused(
        "file-not-utf-8", "A text in the file is not in UTF-8.", file, allowed="UTF-8",
        mend="save it as UTF-8",
    )  # fmt: skip


class Skipped(msgspec.Struct, gc=False):
    """A JSON object of which nothing is read."""


def check_start(head: bytes, file: str) -> None:
    """Refuses a file whose first bytes are no JSON.

    Nothing more is read for that: a large file that is no JSON costs no more than a small one.
    """
    text = without_mark(head)
    try:
        msgspec.json.decode(text, type=Skipped)
    except msgspec.DecodeError as error:
        goes_on = "truncated" in str(error) or "trailing" in str(error)
        if not goes_on:
            raise json_refusal(str(error), text, file) from None
    except RecursionError:
        raise _too_deep(file) from None
