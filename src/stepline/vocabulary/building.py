"""From what an author wrote to the immutable model. Import lazily: the inputs need pydantic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from stepline.core.evidence import Evidence, Kind
from stepline.vocabulary.authoring import (
    AuthoredCode,
    AuthoredConcept,
    AuthoredConcepts,
    AuthoredEquivalence,
    AuthoredNaming,
    AuthoredRange,
    AuthoredReference,
    AuthoredSource,
    AuthoredSources,
    Cited,
)
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
    UnitReading,
)

Kinds = Mapping[str, Kind]
"""The kind of each source, by key."""


def build_library(
    sources: AuthoredSources, naming: AuthoredNaming, concepts: Iterable[AuthoredConcepts]
) -> Library:
    """The whole library.

    A source that does not exist is given the kind `design` here and reported by `checking`.
    """
    kinds = {source.key: source.kind for source in sources.sources}
    return Library(
        concepts=tuple(
            _concept(concept, file.kind, kinds) for file in concepts for concept in file.concepts
        ),
        sources=tuple(_source(source) for source in sources.sources),
        ambiguities=tuple(
            Ambiguity(one.text, tuple(one.could_be), one.says, _evidence(one, kinds))
            for one in naming.ambiguous
        ),
        systems=tuple(
            CodeSystem(one.key, one.title, one.uri, tuple(one.spellings), one.dotless)
            for one in naming.systems
        ),
        local_form_words=tuple(naming.local_forms),
    )


def _evidence(cited: Cited, kinds: Kinds) -> Evidence:
    kind = kinds.get(cited.source, Kind.DESIGN)
    return Evidence(cited.source, kind, cited.status, cited.claim)


def _source(source: AuthoredSource) -> Source:
    return Source(
        key=source.key,
        title=source.title,
        kind=source.kind.value,
        trust=source.trust,
        ref=source.ref,
        citation=source.citation,
        doi=source.doi,
        url=source.url,
        note=source.note,
    )


def _concept(concept: AuthoredConcept, kind: ConceptKind, kinds: Kinds) -> Concept:
    unit = concept.unit
    return Concept(
        id=concept.id,
        title=concept.title,
        kind=concept.kind or kind,
        synonyms=tuple(concept.synonyms),
        names=tuple(concept.names),
        codes=tuple(_code(code, kinds) for code in concept.codes),
        codes_unknown=tuple(concept.codes_unknown),
        unit=unit,
        units=tuple(concept.units),
        read_as=tuple(
            UnitReading(one.written, one.unit, one.because, _evidence(one, kinds))
            for one in concept.read_as
        ),
        plausible=_range(concept.plausible, unit, kinds) if concept.plausible else None,
        doses=tuple(_range(dose, unit, kinds) for dose in concept.doses),
        freshness=_freshness(concept, kinds),
        reference_ranges=tuple(_reference(one, unit, kinds) for one in concept.reference_ranges),
        classes=tuple(concept.classes),
        equivalent=_equivalence(concept.equivalent, kinds) if concept.equivalent else None,
        molar_mass=_molar_mass(concept, kinds),
        answers=tuple(concept.answers),
        assay=concept.assay,
        better=concept.better,
        local_forms=concept.local_forms,
        into_eye=_evidence(concept.into_eye, kinds) if concept.into_eye else None,
        never_with=tuple(concept.never_with),
        note=concept.note,
        evidence=tuple(_evidence(cited, kinds) for cited in concept.evidence),
    )


def _code(code: AuthoredCode, kinds: Kinds) -> Code:
    return Code(
        system=code.system,
        code=code.code,
        display=code.display,
        evidence=_evidence(code, kinds),
        prefix=code.prefix,
        assay=code.assay,
        note=code.note,
    )


def _range(bounds: AuthoredRange, unit: str, kinds: Kinds) -> PlausibleRange:
    return PlausibleRange(
        low=bounds.low,
        high=bounds.high,
        unit=bounds.unit or unit,
        evidence=_evidence(bounds, kinds),
        of=bounds.of,
    )


def _freshness(concept: AuthoredConcept, kinds: Kinds) -> Freshness | None:
    if concept.freshness is None:
        return None
    return Freshness(concept.freshness.period, _evidence(concept.freshness, kinds))


def _reference(interval: AuthoredReference, unit: str, kinds: Kinds) -> ReferenceRange:
    return ReferenceRange(
        unit=interval.unit or unit,
        evidence=_evidence(interval, kinds),
        low=interval.low,
        high=interval.high,
        sex=interval.sex,
        age_from=interval.age_from,
        age_to=interval.age_to,
        population=interval.population,
    )


def _equivalence(equivalent: AuthoredEquivalence, kinds: Kinds) -> Equivalence:
    low = equivalent.mg if equivalent.mg is not None else equivalent.low
    high = equivalent.mg if equivalent.mg is not None else equivalent.high
    return Equivalence(
        low=low if low is not None else Decimal(0),
        high=high if high is not None else Decimal(0),
        routes=tuple(equivalent.routes),
        evidence=_evidence(equivalent, kinds),
    )


def _molar_mass(concept: AuthoredConcept, kinds: Kinds) -> MolarMass | None:
    mass = concept.molar_mass
    return MolarMass(mass.grams_per_mole, _evidence(mass, kinds)) if mass else None
