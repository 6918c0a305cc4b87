"""What a record can be about: concepts, their codes, ranges and names, each with its source.

A concept is not a code. Several codes name one substance (methotrexate has an immunosuppressant and
an oncology ATC code), one abbreviation names several concepts (`DM`), and public lists map codes
wrongly, so every code carries where it was read and how far it can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from stepline.core.errors import Refused
from stepline.core.evidence import Evidence


class VocabularyRefused(Refused):
    """A concept, code system or source that the library does not hold, or a name of several."""


class ConceptKind(StrEnum):
    """What sort of thing a concept is."""

    DRUG = "drug"
    DRUG_CLASS = "drug-class"
    LABORATORY = "laboratory"
    SEROLOGY = "serology"
    SCORE = "score"
    CONDITION = "condition"
    ASSESSMENT = "assessment"
    BODY = "body"
    VACCINE = "vaccine"
    PROCEDURE = "procedure"
    GROUP = "group"


class Trust(StrEnum):
    """How near the text that was read stands to the claim."""

    PRIMARY = "primary"
    COPY = "copy"
    SUMMARY = "summary"
    LOW = "low"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Source:
    """One page, paper, list or decision that facts rest on.

    `key` is the name that evidence cites; `ref` is the mark in the fact pages (`S31`). `trust` says
    whether the primary text, a copy or a summary was read; `note` says what to beware of.
    """

    key: str
    title: str
    kind: str
    trust: Trust
    ref: str = ""
    citation: str = ""
    doi: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """One code of one code system, with the display it was read under.

    `prefix` says that every code below it means the same concept (`M33.1` covers `M33.12`).
    `assay` tells codes of one analyte apart by method; empty means that the code does not say.
    """

    system: str
    code: str
    display: str
    evidence: Evidence
    prefix: bool = False
    assay: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlausibleRange:
    """Values that can be real, both ends included, in `unit`.

    Outside it a value is a slip (mg for g, one point for another), not a rare patient.
    `of` says what is bounded: `value`, or for a drug one `dose`, a `daily` or `weekly` dose or a
    `course` total.
    """

    low: Decimal
    high: Decimal
    unit: str
    evidence: Evidence
    of: str = "value"

    def holds(self, value: Decimal) -> bool:
        """Whether a value in `unit` is plausible."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """A published reference interval: a fallback that an author names, never applied by itself.

    `low` and `high` are limits in `unit`; `None` where the source gives none. `sex` is `female`,
    `male` or empty; `age_from` is included and `age_to` excluded, in years.
    """

    unit: str
    evidence: Evidence
    low: Decimal | None = None
    high: Decimal | None = None
    sex: str = ""
    age_from: Decimal | None = None
    age_to: Decimal | None = None
    population: str = ""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long a value answers for today: an ISO 8601 period such as `P12W`."""

    period: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Equivalence:
    """The milligrams that equal 5 mg of oral prednisone, from `low` to `high`.

    The two differ where sources disagree. Holds for the named routes only.
    """

    low: Decimal
    high: Decimal
    routes: tuple[str, ...]
    evidence: Evidence

    @property
    def exact(self) -> Decimal | None:
        """The amount in mg, or `None` where sources disagree."""
        return self.low if self.low == self.high else None


@dataclass(frozen=True, slots=True)
class MolarMass:
    """Grams per mole, to read amounts of substance as masses."""

    grams_per_mole: Decimal
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class UnitReading:
    """A unit that is written for this concept but means another one, and why it may be read so."""

    written: str
    unit: str
    because: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Concept:
    """What an event is about.

    `unit` is the canonical UCUM unit, empty for a concept without a number; `units` lists other
    units in which it is written; `read_as` lists units that mean another one here. `names` are
    words by which a medication display is recognised. `classes` are the ids of classes and groups
    it belongs to. `answers` are the categorical values it can take, from worse to better where
    that has a meaning. `codes_unknown` names the code systems that were not researched. `better`
    is `lower` or `higher` for a value whose direction has a meaning. `local_forms` says that a
    cream or an inhalation of the drug counts as the drug; `never_with` lists words that make a
    display another drug (`tetanus` beside immunoglobulin). `into_eye` says that amounts by mass are
    also given into the eye, so that `od` beside one can be the right eye.
    """

    id: str
    title: str
    kind: ConceptKind
    synonyms: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    codes_unknown: tuple[str, ...] = ()
    unit: str = ""
    units: tuple[str, ...] = ()
    read_as: tuple[UnitReading, ...] = ()
    plausible: PlausibleRange | None = None
    doses: tuple[PlausibleRange, ...] = ()
    freshness: Freshness | None = None
    reference_ranges: tuple[ReferenceRange, ...] = ()
    classes: tuple[str, ...] = ()
    equivalent: Equivalence | None = None
    molar_mass: MolarMass | None = None
    answers: tuple[str, ...] = ()
    assay: str = ""
    better: str = ""
    local_forms: bool = False
    into_eye: Evidence | None = None
    never_with: tuple[str, ...] = ()
    note: str = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def spoken(self) -> str:
        """Its name in a line of text: `LDH`, `HBV DNA`, `muscle strength`.

        The synonym that spells the id as people write it, else the id in words; a score goes by its
        first synonym, which tells its scale.
        """
        if self.kind is ConceptKind.SCORE and self.synonyms:
            return self.synonyms[0]
        words = self.id.replace("-", " ")
        same = (s for s in self.synonyms if s.replace("-", " ").lower() == words)
        return next(same, words)

    @property
    def is_drug(self) -> bool:
        """Whether it is one drug, not a class of drugs."""
        return self.kind is ConceptKind.DRUG

    @property
    def is_class(self) -> bool:
        """Whether it stands for its members."""
        return self.kind in (ConceptKind.DRUG_CLASS, ConceptKind.GROUP)

    @property
    def equivalent_mg(self) -> Decimal | None:
        """Milligrams equal to 5 mg of prednisone; `None` where unknown or disputed."""
        return self.equivalent.exact if self.equivalent else None


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A text that names several concepts and is refused, with the sentence that says so."""

    text: str
    could_be: tuple[str, ...]
    says: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system: the short name used here and the spellings under which it arrives."""

    key: str
    title: str
    uri: str
    spellings: tuple[str, ...] = ()
    dotless: bool = False


@dataclass(frozen=True, slots=True)
class Library:
    """Everything the vocabulary reads from the packaged files, in file order."""

    concepts: tuple[Concept, ...]
    sources: tuple[Source, ...]
    ambiguities: tuple[Ambiguity, ...]
    systems: tuple[CodeSystem, ...]
    local_form_words: tuple[str, ...]
