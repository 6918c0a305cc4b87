"""Bytes of a bundle or of NDJSON, taken apart into resources that know where they stood."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import BinaryIO, TypeVar

import msgspec

from stepline.core.errors import Place, Problem, SourceRefused
from stepline.sources.fhir import structs
from stepline.sources.fhir.rows import ResourceKey, RowRefused
from stepline.sources.fhir.versions import VersionSigns
from stepline.sources.sniffing import refused, without_mark

READ: dict[str, type[msgspec.Struct]] = {
    "Patient": structs.Patient,
    "Observation": structs.Observation,
    "DiagnosticReport": structs.DiagnosticReport,
    "Medication": structs.Medication,
    "MedicationRequest": structs.MedicationRequest,
    "MedicationAdministration": structs.MedicationAdministration,
    "MedicationStatement": structs.MedicationStatement,
    "MedicationDispense": structs.MedicationDispense,
    "Condition": structs.Condition,
    "AllergyIntolerance": structs.AllergyIntolerance,
    "Immunization": structs.Immunization,
    "Procedure": structs.Procedure,
}
"""The resource types that are read."""

S = TypeVar("S", bound=msgspec.Struct)

LONGEST_LINE = 64 * 1024 * 1024
_NEXT = 4096
_LINE_SUFFIXES = (".ndjson", ".jsonl")
_MOST_PROBLEMS = 20
_BYTE = re.compile(r" \(byte (\d+)\)")
_PATH = re.compile(r" - at `(.+)`")


class _Kind(msgspec.Struct, rename="camel", gc=False):
    """What a document says it is."""

    resource_type: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A resource of a type that is read. `content` is `RowRefused` where it does not fit R4.

    `updated` and `version` are what its meta says, to tell versions of one resource apart.
    """

    key: ResourceKey
    person: structs.Reference | None
    content: msgspec.Struct | RowRefused
    place: str
    updated: str = ""
    version: str = ""


@dataclass(slots=True)
class Unpacked:
    """Everything taken out of a file.

    `unread` counts the resources of other types, by type and the reference to their person.
    """

    file: str
    found: list[Found] = field(default_factory=list)
    names: dict[str, ResourceKey] = field(default_factory=dict)
    unread: Counter[tuple[str, str]] = field(default_factory=Counter)
    empty_entries: int = 0
    signs: VersionSigns = field(default_factory=VersionSigns)


# ---------------------------------------------------------------- bundles


def unpack_bundle(data: bytes, file: str) -> Unpacked:
    """A bundle taken apart. Raises `SourceRefused` for what is no R4 bundle."""
    kind = _decoded(data, _Kind, file)
    if kind.resource_type != "Bundle":
        raise _no_bundle(kind.resource_type, file)
    unpacked = Unpacked(file)
    _add_bundle(unpacked, _decoded(data, structs.Bundle, file), data, "")
    return checked(unpacked)


def _add_bundle(unpacked: Unpacked, bundle: structs.Bundle, data: bytes, before: str) -> None:
    unpacked.signs.look_at("Bundle", data)
    for index, entry in enumerate(bundle.entry):
        if bytes(entry.resource) in (b"", b"null"):
            unpacked.empty_entries += 1
        else:
            place = f"{before}Bundle.entry[{index}].resource"
            _add(unpacked, entry.resource, place, entry.full_url)
    if not bundle.type:
        unpacked.signs.bundle_without_type()


def checked(unpacked: Unpacked) -> Unpacked:
    """The same, unless it is of another version or holds nothing to read."""
    refusal = unpacked.signs.refusal(unpacked.file)
    if refusal is not None:
        raise refusal
    if not unpacked.found:
        types = ", ".join(sorted({kind for kind, _ in unpacked.unread})) or "no resource"
        raise refused(
            "fhir-empty",
            "The file holds nothing about a patient.",
            unpacked.file,
            found=types[:200],
            allowed=", ".join(READ),
            mend="export the patient with observations, medications and conditions",
        )
    return unpacked


def _no_bundle(found: str, file: str) -> SourceRefused:
    message = f"This is a {found[:40]}, not a Bundle." if found else "This JSON is not FHIR."
    return refused(
        "fhir-not-a-bundle" if found else "not-fhir",
        message,
        file,
        found=found[:40] or "no resourceType",
        allowed="a Bundle, or one resource a line (NDJSON)",
        mend="put the resources into a Bundle, or write each on a line of its own",
    )


# ---------------------------------------------------------------- NDJSON


def unpack_lines(lines: Iterable[bytes], file: str) -> Unpacked:
    """NDJSON taken apart, line by line; a line can also hold a whole bundle.

    Raises `SourceRefused` with a problem for every line that is no resource, up to twenty.
    """
    unpacked = Unpacked(file)
    problems: list[Problem] = []
    for number, line in enumerate(lines, 1):
        text = without_mark(line).strip() if number == 1 else line.strip()
        if not text:
            continue
        try:
            _add_line(unpacked, text, number)
        except SourceRefused as refusal:
            problems += [one.at(Place(file, number)) for one in refusal.problems]
        if len(problems) == _MOST_PROBLEMS:
            break
    if problems:
        raise SourceRefused(problems)
    return checked(unpacked)


def _add_line(unpacked: Unpacked, text: bytes, number: int) -> None:
    if len(text) >= LONGEST_LINE:
        raise refused(
            "line-too-long", "A line is longer than 64 MiB.", unpacked.file,
            mend="write one resource a line",
        )  # fmt: skip
    kind = _decoded(text, _Kind, unpacked.file)
    if kind.resource_type == "Bundle":
        bundle = _decoded(text, structs.Bundle, unpacked.file)
        _add_bundle(unpacked, bundle, text, f"line {number}, ")
    elif kind.resource_type:
        _add(unpacked, text, f"line {number}", "")
    else:
        raise _no_bundle("", unpacked.file)


# ---------------------------------------------------------------- resources


def _add(unpacked: Unpacked, raw: msgspec.Raw | bytes, place: str, full_url: str) -> None:
    head, refusal = _head(raw)
    kind = head.resource_type
    identity = head.id or full_url.rpartition(":")[2].rpartition("/")[2] or _digest(raw)
    person = head.subject or head.patient
    meta = head.meta or structs.Meta()
    if full_url:
        unpacked.names[full_url] = (kind, identity)
    if refusal is None:
        unpacked.signs.look_at(kind, raw)
        unpacked.signs.look_at_profiles(meta.profile)
    if kind and kind not in READ:
        unpacked.unread[kind, person.reference if person else ""] += 1
        return
    content = refusal or _resource(raw, kind)
    where = f"{place} ({kind or 'no type'})"
    unpacked.found.append(
        Found((kind, identity), person, content, where, meta.last_updated, meta.version_id)
    )


def _resource(raw: msgspec.Raw | bytes, kind: str) -> msgspec.Struct | RowRefused:
    if not kind:
        mend = "correct the resource in the source"
        return RowRefused("resource-malformed", "It has no resourceType.", mend)
    return _content(raw, READ[kind])


def _head(raw: msgspec.Raw | bytes) -> tuple[structs.Head, RowRefused | None]:
    """What a resource says it is, and why no more of it can be read.

    Resources that are not read can use `subject` for something else; only their type matters.
    """
    head = _content(raw, structs.Head)
    if isinstance(head, structs.Head):
        return head, None
    kind = _content(raw, _Kind)
    if isinstance(kind, _Kind):
        return structs.Head(resource_type=kind.resource_type), head
    return structs.Head(), kind


def _content(raw: msgspec.Raw | bytes, model: type[S]) -> S | RowRefused:
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


def _digest(raw: msgspec.Raw | bytes) -> str:
    """A name for a resource without an id, from its content, so that the order never matters."""
    return blake2b(bytes(raw), digest_size=16).hexdigest()


# ---------------------------------------------------------------- JSON


def _decoded(data: msgspec.Raw | bytes, model: type[S], file: str) -> S:
    """JSON as a struct, or a refusal that says at which byte it stops being JSON."""
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


class _Skipped(msgspec.Struct, gc=False):
    """A JSON object of which nothing is read."""


def check_start(head: bytes, file: str) -> None:
    """Refuses a file whose first bytes are no JSON.

    Nothing more is read for that: a large file that is no JSON costs no more than a small one.
    """
    text = without_mark(head)
    try:
        msgspec.json.decode(text, type=_Skipped)
    except msgspec.DecodeError as error:
        goes_on = "truncated" in str(error) or "trailing" in str(error)
        if not goes_on:
            raise json_refusal(str(error), text, file) from None
    except RecursionError:
        raise _too_deep(file) from None


def is_lines(stream: BinaryIO, file: str) -> bool:
    """Whether a file is NDJSON: its first line is a whole object, and more lines follow.

    A file of one line is NDJSON only where its name says so; else it is a document.
    """
    first = without_mark(stream.readline(LONGEST_LINE))
    more = stream.read(_NEXT).strip() or file.endswith(_LINE_SUFFIXES)
    return bool(more) and _is_object(first)


def _is_object(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=_Skipped)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, none longer than is read at once."""
    while line := stream.readline(LONGEST_LINE):
        yield line
