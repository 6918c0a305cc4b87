"""What must hold in the library, whoever wrote it: every problem is listed, not only the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from stepline.core.errors import Place, Problem, Refused
from stepline.core.evidence import Evidence, Status
from stepline.vocabulary.model import Concept, Library, Trust, VocabularyRefused
from stepline.vocabulary.text import same_name

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DIRECTIONS = ("", "lower", "higher")
_SEXES = ("", "female", "male")
_BOUNDED = ("value", "dose", "daily", "weekly", "course")
_CODE_STATUSES = (Status.VERIFIED, Status.SECONDARY)
_VERIFIABLE = (Trust.PRIMARY, Trust.COPY)

Check = Callable[[Library], Iterator[Problem]]


def check_library(library: Library) -> None:
    """Refuse a library that breaks a rule.

    Raises:
        VocabularyRefused: with every problem found.
    """
    problems = [problem for check in _CHECKS for problem in check(library)]
    if problems:
        raise VocabularyRefused(problems)


def _problem(code: str, message: str, path: str, found: str = "", allowed: str = "") -> Problem:
    return Problem(code, message, Place(path=path), found, allowed)


def _ids(library: Library) -> Iterator[Problem]:
    seen: set[str] = set()
    for key in (*(one.id for one in library.concepts), *(one.key for one in library.sources)):
        if not _ID.fullmatch(key):
            yield _problem("id-form", f"'{key}' is not written like-this-1.", key, key)
        if key in seen:
            yield _problem("id-twice", f"'{key}' is defined twice.", key, key)
        seen.add(key)


def _names(library: Library) -> Iterator[Problem]:
    """A name means one thing; an ambiguous text is not also a name."""
    owner: dict[str, str] = {}
    refused = {same_name(one.text): one.text for one in library.ambiguities}
    for concept in library.concepts:
        for name in dict.fromkeys(_spellings(concept)):
            other = owner.setdefault(name, concept.id)
            if other != concept.id:
                message = f"'{name}' names both {other} and {concept.id}."
                yield _problem("name-twice", message, concept.id, name)
            if name in refused:
                message = f"'{name}' is refused as ambiguous and cannot name {concept.id}."
                yield _problem("name-ambiguous", message, concept.id, name)


def _spellings(concept: Concept) -> Iterator[str]:
    for text in (concept.id, concept.title, *concept.synonyms, *concept.names):
        yield same_name(text)


def _ambiguities(library: Library) -> Iterator[Problem]:
    ids = {concept.id for concept in library.concepts}
    for one in library.ambiguities:
        for concept_id in one.could_be:
            if concept_id not in ids:
                message = f"'{one.text}' could be '{concept_id}', which is no concept."
                yield _problem("concept-unknown", message, one.text, concept_id)


def _classes(library: Library) -> Iterator[Problem]:
    classes = {concept.id for concept in library.concepts if concept.is_class}
    for concept in library.concepts:
        for class_id in concept.classes:
            if class_id not in classes:
                message = f"{concept.id} names '{class_id}', which is no class or group."
                yield _problem("class-unknown", message, concept.id, class_id)


def _codes(library: Library) -> Iterator[Problem]:
    systems = {system.key: system for system in library.systems}
    owner: dict[tuple[str, str], str] = {}
    for concept in library.concepts:
        for code in concept.codes:
            path = f"{concept.id} {code.system} {code.code}"
            if code.system not in systems:
                yield _problem("system-unknown", "The code system is not listed.", path)
            if code.evidence.status not in _CODE_STATUSES:
                yield _problem("code-unconfirmed", "A code must have been read in a source.", path)
            other = owner.setdefault((code.system, code.code.upper()), concept.id)
            if other != concept.id or _times(concept, code.system, code.code) > 1:
                yield _problem("code-twice", f"The code belongs to {other} already.", path)
        for system in concept.codes_unknown:
            if system not in systems:
                yield _problem("system-unknown", "The code system is not listed.", concept.id)


def _times(concept: Concept, system: str, code: str) -> int:
    return sum(one.system == system and one.code == code for one in concept.codes)


def _evidence(library: Library) -> Iterator[Problem]:
    trusts = {source.key: source.trust for source in library.sources}
    for path, evidence in _all_evidence(library):
        trust = trusts.get(evidence.source)
        if trust is None:
            message = f"The source '{evidence.source}' is not in sources.yaml."
            yield _problem("source-unknown", message, path, evidence.source)
        elif evidence.status is Status.VERIFIED and trust not in _VERIFIABLE:
            message = f"'{evidence.source}' is not the text itself, so nothing in it is verified."
            yield _problem("status-too-strong", message, path, str(evidence.status))


def _all_evidence(library: Library) -> Iterator[tuple[str, Evidence]]:
    for one in library.ambiguities:
        yield one.text, one.evidence
    for concept in library.concepts:
        for evidence in evidence_of(concept):
            yield concept.id, evidence


def evidence_of(concept: Concept) -> Iterator[Evidence]:
    """Every piece of evidence that a concept rests on."""
    yield from concept.evidence
    yield from (code.evidence for code in concept.codes)
    yield from (dose.evidence for dose in concept.doses)
    yield from (reference.evidence for reference in concept.reference_ranges)
    yield from (reading.evidence for reading in concept.read_as)
    if concept.plausible:
        yield concept.plausible.evidence
    if concept.freshness:
        yield concept.freshness.evidence
    if concept.equivalent:
        yield concept.equivalent.evidence
    if concept.into_eye:
        yield concept.into_eye
    if concept.molar_mass:
        yield concept.molar_mass.evidence


def _units(library: Library) -> Iterator[Problem]:
    """Units are canonical UCUM; what is listed beside a concept's unit converts to it."""
    for concept in library.concepts:
        unreadable = [*_unreadable_units(concept)]
        yield from unreadable
        if not unreadable:
            yield from _incomparable_units(concept)


def _unreadable_units(concept: Concept) -> Iterator[Problem]:
    from stepline.core.quantity import read_unit

    for unit in _units_of(concept):
        try:
            canonical, _ = read_unit(unit)
        except Refused as refusal:
            yield from (problem.at(Place(path=concept.id)) for problem in refusal.problems)
            continue
        if canonical != unit:
            message = f"Write the unit '{unit}' as '{canonical}'."
            yield _problem("unit-form", message, concept.id, unit)


def _units_of(concept: Concept) -> Iterator[str]:
    yield from (unit for unit in (concept.unit, *concept.units) if unit)
    yield from (dose.unit for dose in concept.doses)
    yield from (reference.unit for reference in concept.reference_ranges)
    yield from (unit for one in concept.read_as for unit in (one.written, one.unit))


def _incomparable_units(concept: Concept) -> Iterator[Problem]:
    from stepline.core.quantity import comparable

    measured = () if concept.is_drug else concept.units
    told = [*measured, *(one.unit for one in concept.reference_ranges)]
    told += [one.unit for one in concept.read_as]
    told += [concept.plausible.unit] if concept.plausible else []
    for unit in told:
        amount = concept.molar_mass is not None and comparable(unit, "mol/L")
        if not amount and not comparable(unit, concept.unit):
            message = f"'{unit}' does not convert to '{concept.unit}'."
            yield _problem("unit-mismatch", message, concept.id, unit)
    for one in concept.read_as:
        if comparable(one.written, concept.unit):
            message = f"'{one.written}' converts by itself and needs no reading."
            yield _problem("reading-needless", message, concept.id, one.written)


def _ranges(library: Library) -> Iterator[Problem]:
    for concept in library.concepts:
        bounds = (*concept.doses, *((concept.plausible,) if concept.plausible else ()))
        for one in bounds:
            if one.low >= one.high or one.low < 0 or one.of not in _BOUNDED:
                message = "A range runs from a low to a higher number and says of what."
                yield _problem("range-form", message, concept.id, f"{one.low} to {one.high}")
        for reference in concept.reference_ranges:
            low, high = reference.low, reference.high
            if reference.sex not in _SEXES or (low, high) == (None, None) or _crossed(low, high):
                message = "A reference range has a limit, a low below its high, a known sex."
                yield _problem("reference-form", message, concept.id, f"{low} to {high}")


def _crossed(low: Decimal | None, high: Decimal | None) -> bool:
    return low is not None and high is not None and low >= high


def _values(library: Library) -> Iterator[Problem]:
    """A number needs a unit and a bound; a direction is one of three; equivalents are positive."""
    for concept in library.concepts:
        if not concept.is_drug and bool(concept.unit) != bool(concept.plausible):
            message = "A concept with a unit has a plausible range, and the other way round."
            yield _problem("range-missing", message, concept.id)
        if concept.better not in _DIRECTIONS:
            yield _problem("direction", "Better is lower or higher.", concept.id, concept.better)
        if concept.equivalent and not 0 < concept.equivalent.low <= concept.equivalent.high:
            yield _problem("equivalent", "Give mg, or low and high.", concept.id)


def _freshness(library: Library) -> Iterator[Problem]:
    from stepline.core.time import parse_period

    for concept in library.concepts:
        if concept.freshness is None:
            continue
        try:
            parse_period(concept.freshness.period)
        except Refused as refusal:
            yield from (problem.at(Place(path=concept.id)) for problem in refusal.problems)


_CHECKS: Iterable[Check] = (
    _ids,
    _names,
    _ambiguities,
    _classes,
    _codes,
    _evidence,
    _units,
    _ranges,
    _values,
    _freshness,
)
