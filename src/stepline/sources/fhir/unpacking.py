"""Bytes of a bundle or of NDJSON, taken apart into resources that know where they stood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import BinaryIO

import msgspec

from stepline.core.errors import Place, Problem, SourceRefused
from stepline.sources.fhir import structs
from stepline.sources.fhir.decoding import Skipped, content_of, decoded
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

LONGEST_LINE = 64 * 1024 * 1024
_NEXT = 4096
_SKIPPED = structs.Unread()
_LINE_SUFFIXES = (".ndjson", ".jsonl")
MOST_PROBLEMS = 20


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
    file: str = ""


@dataclass(slots=True)
class Unpacked:
    """Everything taken out of a file.

    `unread` counts the resources of other types, by type and the reference to their person. Of
    types that are not in `decoded` a resource is found without its content.
    """

    file: str
    decoded: Container[str] = frozenset(READ)
    found: list[Found] = field(default_factory=list)
    names: dict[str, ResourceKey] = field(default_factory=dict)
    unread: Counter[tuple[str, str]] = field(default_factory=Counter)
    empty_entries: int = 0
    signs: VersionSigns = field(default_factory=VersionSigns)


# ---------------------------------------------------------------- bundles


def unpack_bundle(data: bytes, file: str, types: Container[str] = frozenset(READ)) -> Unpacked:
    """A bundle taken apart, resources of `types` with their content.

    Raises `SourceRefused` for what is no R4 bundle.
    """
    kind = decoded(data, _Kind, file)
    if kind.resource_type != "Bundle":
        raise _no_bundle(kind.resource_type, file)
    unpacked = Unpacked(file, types)
    _add_bundle(unpacked, decoded(data, structs.Bundle, file), data, "")
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
        problems += take_line(unpacked, line, number)
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise SourceRefused(problems)
    return checked(unpacked)


def take_line(unpacked: Unpacked, line: bytes, number: int) -> list[Problem]:
    """Adds what stands in a line; the problems of a line that is no resource."""
    text = without_mark(line).strip() if number == 1 else line.strip()
    if not text:
        return []
    try:
        _add_line(unpacked, text, number)
    except SourceRefused as refusal:
        return [one.at(Place(unpacked.file, number)) for one in refusal.problems]
    return []


def _add_line(unpacked: Unpacked, text: bytes, number: int) -> None:
    if len(text) >= LONGEST_LINE:
        raise refused(
            "line-too-long", "A line is longer than 64 MiB.", unpacked.file,
            mend="write one resource a line",
        )  # fmt: skip
    kind = decoded(text, _Kind, unpacked.file)
    if kind.resource_type == "Bundle":
        bundle = decoded(text, structs.Bundle, unpacked.file)
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
    is_skipped = bool(kind) and kind not in unpacked.decoded
    content = refusal or (_SKIPPED if is_skipped else _resource(raw, kind))
    where = f"{place} ({kind or 'no type'})"
    unpacked.found.append(
        Found(
            *((kind, identity), person, content, where),
            *(meta.last_updated, meta.version_id, unpacked.file),
        )
    )


def _resource(raw: msgspec.Raw | bytes, kind: str) -> msgspec.Struct | RowRefused:
    if not kind:
        mend = "correct the resource in the source"
        return RowRefused("resource-malformed", "It has no resourceType.", mend)
    return content_of(raw, READ[kind])


def _head(raw: msgspec.Raw | bytes) -> tuple[structs.Head, RowRefused | None]:
    """What a resource says it is, and why no more of it can be read.

    Resources that are not read can use `subject` for something else; only their type matters.
    """
    head = content_of(raw, structs.Head)
    if isinstance(head, structs.Head):
        return head, None
    kind = content_of(raw, _Kind)
    if isinstance(kind, _Kind):
        return structs.Head(resource_type=kind.resource_type), head
    return structs.Head(), kind


def _digest(raw: msgspec.Raw | bytes) -> str:
    """A name for a resource without an id, from its content, so that the order never matters."""
    return blake2b(bytes(raw), digest_size=16).hexdigest()


# ---------------------------------------------------------------- lines


def is_lines(stream: BinaryIO, file: str) -> bool:
    """Whether a file is NDJSON: its first line is a whole object, and more lines follow.

    A file of one line is NDJSON only where its name says so; else it is a document.
    """
    first = without_mark(stream.readline(LONGEST_LINE))
    more = stream.read(_NEXT).strip() or file.endswith(_LINE_SUFFIXES)
    return bool(more) and _is_object(first)


def _is_object(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=Skipped)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, none longer than is read at once."""
    while line := stream.readline(LONGEST_LINE):
        yield line
