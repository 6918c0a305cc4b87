"""What an author writes in the library: `concepts/*.yaml`, `sources.yaml` and `naming.yaml`.

Every number stands beside its source: `{low: 40, high: 20000, source: …, status: …}`. The kind of
evidence is the kind of the source. Unknown keys are refused. Import this module lazily; it needs
pydantic.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from stepline.core.evidence import Kind, Status
from stepline.vocabulary.model import ConceptKind, Trust


class Authored(BaseModel):
    """Base of everything authored: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Cited(Authored):
    """A claim with its source."""

    source: str
    status: Status
    claim: str = ""


class AuthoredSource(Authored):
    """One entry of `sources.yaml`."""

    key: str
    title: str
    kind: Kind
    trust: Trust
    ref: str = ""
    citation: str = ""
    doi: str = ""
    url: str = ""
    note: str = ""


class AuthoredSources(Authored):
    """The file `sources.yaml`."""

    sources: list[AuthoredSource]


class AuthoredCode(Cited):
    """One code."""

    system: str
    code: str
    display: str
    prefix: bool = False
    assay: str = ""
    note: str = ""


class AuthoredRange(Cited):
    """A plausible range; `unit` is the concept's unit where it is left out."""

    low: Decimal
    high: Decimal
    unit: str = ""
    of: str = "value"


class AuthoredReference(Cited):
    """A reference interval; `unit` is the concept's unit where it is left out."""

    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    sex: str = ""
    age_from: Decimal | None = None
    age_to: Decimal | None = None
    population: str = ""


class AuthoredFreshness(Cited):
    """A freshness."""

    period: str


class AuthoredEquivalence(Cited):
    """Milligrams equal to 5 mg of prednisone: `mg`, or `low` and `high` where sources differ."""

    routes: list[str]
    mg: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


class AuthoredMolarMass(Cited):
    """A molar mass."""

    grams_per_mole: Decimal


class AuthoredReading(Cited):
    """A unit that means another one."""

    written: str
    unit: str
    because: str


class AuthoredConcept(Authored):
    """One concept; `kind` is the file's where it is left out."""

    id: str
    title: str
    kind: ConceptKind | None = None
    synonyms: list[str] = []
    names: list[str] = []
    codes: list[AuthoredCode] = []
    codes_unknown: list[str] = []
    unit: str = ""
    units: list[str] = []
    read_as: list[AuthoredReading] = []
    plausible: AuthoredRange | None = None
    doses: list[AuthoredRange] = []
    freshness: AuthoredFreshness | None = None
    reference_ranges: list[AuthoredReference] = []
    classes: list[str] = []
    equivalent: AuthoredEquivalence | None = None
    molar_mass: AuthoredMolarMass | None = None
    answers: list[str] = []
    assay: str = ""
    better: str = ""
    local_forms: bool = False
    into_eye: Cited | None = None
    never_with: list[str] = []
    note: str = ""
    evidence: list[Cited] = []


class AuthoredConcepts(Authored):
    """A file of concepts of one kind."""

    kind: ConceptKind
    concepts: list[AuthoredConcept]


class AuthoredAmbiguity(Cited):
    """A text that names several concepts."""

    text: str
    could_be: list[str]
    says: str


class AuthoredSystem(Authored):
    """A code system."""

    key: str
    title: str
    uri: str
    spellings: list[str] = []
    dotless: bool = False


class AuthoredNaming(Authored):
    """The file `naming.yaml`."""

    systems: list[AuthoredSystem]
    ambiguous: list[AuthoredAmbiguity]
    local_forms: list[str]
