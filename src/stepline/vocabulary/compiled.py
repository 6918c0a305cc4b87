"""The library as one JSON file beside this module, so that starting costs milliseconds.

The YAML files are the truth; `compiled.json` is made from them by
`python -m stepline.vocabulary.compiling`, and a test proves the two equal. Read here by plain
functions: a schema library takes longer to import than the file takes to read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from importlib.resources import files
from typing import Any, TypeVar

from stepline.core.evidence import Evidence, Kind, Status
from stepline.vocabulary.model import (
    Ambiguity,
    Code,
    CodeSystem,
    Concept,
    ConceptKind,
    Equivalence,
    Freshness,
    Library,
    MolarMass,
    PlausibleRange,
    ReferenceRange,
    Source,
    Trust,
    UnitReading,
)

COMPILED = "compiled.json"

Raw = Mapping[str, Any]
T = TypeVar("T")


def packaged_library() -> Library:
    """The library from the compiled file."""
    return decode(files("stepline.vocabulary").joinpath(COMPILED).read_bytes())


def encode(library: Library) -> bytes:
    """A library as JSON, the same bytes every time; decimals are text, empty fields left out."""
    return json.dumps(_plain(library), indent=1, ensure_ascii=False).encode() + b"\n"


def decode(data: bytes) -> Library:
    """A library from the JSON that `encode` writes."""
    raw: Raw = json.loads(data)
    return Library(
        concepts=tuple(_concept(one) for one in raw["concepts"]),
        sources=tuple(Source(**{**one, "trust": Trust(one["trust"])}) for one in raw["sources"]),
        ambiguities=tuple(_ambiguity(one) for one in raw["ambiguities"]),
        systems=tuple(_system(one) for one in raw["systems"]),
        local_form_words=tuple(raw["local_form_words"]),
    )


def _plain(value: object) -> object:
    if is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(one) for name, one in pairs if not _is_empty(one)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.value if isinstance(value, Enum) else value


def _is_empty(value: object) -> bool:
    return value is None or value is False or (isinstance(value, str | tuple) and not value)


def _concept(raw: Raw) -> Concept:
    return Concept(
        id=raw["id"],
        title=raw["title"],
        kind=ConceptKind(raw["kind"]),
        synonyms=tuple(raw.get("synonyms", ())),
        names=tuple(raw.get("names", ())),
        codes=_each(_code, raw.get("codes", ())),
        codes_unknown=tuple(raw.get("codes_unknown", ())),
        unit=raw.get("unit", ""),
        units=tuple(raw.get("units", ())),
        read_as=_each(_reading, raw.get("read_as", ())),
        plausible=_optional(_range, raw.get("plausible")),
        doses=_each(_range, raw.get("doses", ())),
        freshness=_optional(_freshness, raw.get("freshness")),
        reference_ranges=_each(_reference, raw.get("reference_ranges", ())),
        classes=tuple(raw.get("classes", ())),
        equivalent=_optional(_equivalence, raw.get("equivalent")),
        molar_mass=_optional(_molar_mass, raw.get("molar_mass")),
        answers=tuple(raw.get("answers", ())),
        assay=raw.get("assay", ""),
        better=raw.get("better", ""),
        local_forms=raw.get("local_forms", False),
        into_eye=_optional(_evidence, raw.get("into_eye")),
        never_with=tuple(raw.get("never_with", ())),
        note=raw.get("note", ""),
        evidence=_each(_evidence, raw.get("evidence", ())),
    )


def _each(read: Callable[[Raw], T], raw: list[Raw] | tuple[()]) -> tuple[T, ...]:
    return tuple(read(one) for one in raw)


def _optional(read: Callable[[Raw], T], raw: Raw | None) -> T | None:
    return None if raw is None else read(raw)


def _decimal(raw: Raw, name: str) -> Decimal | None:
    return Decimal(raw[name]) if name in raw else None


def _evidence(raw: Raw) -> Evidence:
    return Evidence(raw["source"], Kind(raw["kind"]), Status(raw["status"]), raw.get("claim", ""))


def _code(raw: Raw) -> Code:
    return Code(**{**raw, "evidence": _evidence(raw["evidence"])})


def _reading(raw: Raw) -> UnitReading:
    return UnitReading(**{**raw, "evidence": _evidence(raw["evidence"])})


def _range(raw: Raw) -> PlausibleRange:
    return PlausibleRange(
        low=Decimal(raw["low"]),
        high=Decimal(raw["high"]),
        unit=raw["unit"],
        evidence=_evidence(raw["evidence"]),
        of=raw["of"],
    )


def _reference(raw: Raw) -> ReferenceRange:
    return ReferenceRange(
        unit=raw["unit"],
        evidence=_evidence(raw["evidence"]),
        low=_decimal(raw, "low"),
        high=_decimal(raw, "high"),
        sex=raw.get("sex", ""),
        age_from=_decimal(raw, "age_from"),
        age_to=_decimal(raw, "age_to"),
        population=raw.get("population", ""),
    )


def _freshness(raw: Raw) -> Freshness:
    return Freshness(raw["period"], _evidence(raw["evidence"]))


def _equivalence(raw: Raw) -> Equivalence:
    return Equivalence(
        low=Decimal(raw["low"]),
        high=Decimal(raw["high"]),
        routes=tuple(raw["routes"]),
        evidence=_evidence(raw["evidence"]),
    )


def _molar_mass(raw: Raw) -> MolarMass:
    return MolarMass(Decimal(raw["grams_per_mole"]), _evidence(raw["evidence"]))


def _ambiguity(raw: Raw) -> Ambiguity:
    return Ambiguity(raw["text"], tuple(raw["could_be"]), raw["says"], _evidence(raw["evidence"]))


def _system(raw: Raw) -> CodeSystem:
    return CodeSystem(**{**raw, "spellings": tuple(raw.get("spellings", ()))})
