"""The fields of FHIR R4 that are read, and no others.

A field that is not listed is skipped by the decoder and never reaches memory: the name, the
identifiers, the address and the narrative of a person are not listed. Field names are FHIR's own in
snake case; numbers arrive as exact decimals.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Raw, Struct


class _Fhir(Struct, rename="camel", frozen=True, gc=False):
    """Base of everything read."""


class Unread(_Fhir, frozen=True):
    """Something that is there and not read."""


class Coding(_Fhir, frozen=True):
    """A code of a system."""

    system: str = ""
    code: str = ""
    display: str = ""
    user_selected: bool = False


class CodeableConcept(_Fhir, frozen=True):
    """A thing by its codes, its words, or both."""

    coding: tuple[Coding, ...] = ()
    text: str = ""


class Reference(_Fhir, frozen=True):
    """A pointer to another resource; `identifier` is not read."""

    reference: str = ""
    display: str = ""


class Period(_Fhir, frozen=True):
    """From a moment to a moment; both may be missing or partial."""

    start: str = ""
    end: str = ""


class Quantity(_Fhir, frozen=True):
    """A number as the source wrote it."""

    value: Decimal | None = None
    comparator: str = ""
    unit: str = ""
    system: str = ""
    code: str = ""


class Range(_Fhir, frozen=True):
    """From a quantity to a quantity."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(_Fhir, frozen=True):
    """A quantity over a quantity: a titre, a rate."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Annotation(_Fhir, frozen=True):
    """A remark."""

    text: str = ""


class Meta(_Fhir, frozen=True):
    """Which version of a resource this is, and which rules it claims to follow."""

    last_updated: str = ""
    version_id: str = ""
    profile: tuple[str, ...] = ()


class Head(_Fhir, frozen=True):
    """What every resource is read for first: what it is, which one, and of whom."""

    resource_type: str = ""
    id: str = ""
    meta: Meta | None = None
    subject: Reference | None = None
    patient: Reference | None = None


class Entry(_Fhir, frozen=True):
    """One entry of a bundle; the resource is kept as bytes until its type is known."""

    resource: Raw = Raw(b"")
    full_url: str = ""


class Bundle(_Fhir, frozen=True):
    """A bundle; `type` is required from DSTU2 on."""

    resource_type: str = ""
    type: str = ""
    entry: tuple[Entry, ...] = ()


class Identifier(_Fhir, frozen=True):
    """A number that stands for a person somewhere."""

    value: str = ""


class Patient(_Fhir, frozen=True):
    """A person without a name."""

    identifier: tuple[Identifier, ...] = ()
    gender: str = ""
    birth_date: str = ""
    deceased_boolean: bool | None = None
    deceased_date_time: str = ""


class ReferenceRange(_Fhir, frozen=True):
    """What the laboratory calls normal."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    applies_to: tuple[CodeableConcept, ...] = ()
    age: Range | None = None
    text: str = ""


class Answer(_Fhir, frozen=True):
    """What an observation, or one component of it, found."""

    code: CodeableConcept = CodeableConcept()
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: Decimal | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_time: str | None = None
    value_date_time: str | None = None
    value_period: Period | None = None
    value_sampled_data: Unread | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()


class Observation(Answer, frozen=True):
    """A measurement, a test result, an assessment; or a panel of components."""

    status: str = ""
    effective_date_time: str = ""
    effective_period: Period | None = None
    effective_instant: str = ""
    effective_timing: Unread | None = None
    component: tuple[Answer, ...] = ()
    has_member: tuple[Reference, ...] = ()


class DiagnosticReport(_Fhir, frozen=True):
    """A report, read only for which observations belong together."""

    result: tuple[Reference, ...] = ()


class Repeat(_Fhir, frozen=True):
    """How often a dose is repeated."""

    bounds_period: Period | None = None
    bounds_duration: Quantity | None = None
    bounds_range: Range | None = None
    count: Decimal | None = None
    count_max: Decimal | None = None
    duration: Decimal | None = None
    duration_max: Decimal | None = None
    duration_unit: str = ""
    frequency: Decimal | None = None
    frequency_max: Decimal | None = None
    period: Decimal | None = None
    period_max: Decimal | None = None
    period_unit: str = ""
    day_of_week: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()
    when: tuple[str, ...] = ()


class Timing(_Fhir, frozen=True):
    """When doses are due: dates, a repetition, or words."""

    event: tuple[str, ...] = ()
    repeat: Repeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(_Fhir, frozen=True):
    """How much, and how fast."""

    type: CodeableConcept | None = None
    dose_quantity: Quantity | None = None
    dose_range: Range | None = None
    rate_ratio: Ratio | None = None
    rate_range: Range | None = None
    rate_quantity: Quantity | None = None


class Dosage(_Fhir, frozen=True):
    """One instruction of an order."""

    sequence: int = 0
    text: str = ""
    patient_instruction: str = ""
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()


class AdministeredDosage(_Fhir, frozen=True):
    """The dose of an administration."""

    text: str = ""
    route: CodeableConcept | None = None
    dose: Quantity | None = None
    rate_ratio: Ratio | None = None
    rate_quantity: Quantity | None = None


class Batch(_Fhir, frozen=True):
    """The lot that a product came from."""

    lot_number: str = ""


class Medication(_Fhir, frozen=True):
    """A product. Its strength is words here and never a dose."""

    id: str = ""
    resource_type: str = ""
    code: CodeableConcept | None = None
    batch: Batch | None = None


class DispenseRequest(_Fhir, frozen=True):
    """What may be dispensed for an order, and until when."""

    validity_period: Period | None = None


class _Medicated(_Fhir, frozen=True):
    """What every medication resource says of the product."""

    status: str = ""
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    contained: tuple[Raw, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    note: tuple[Annotation, ...] = ()


class MedicationRequest(_Medicated, frozen=True):
    """An order."""

    status_reason: CodeableConcept | None = None
    intent: str = ""
    do_not_perform: bool = False
    authored_on: str = ""
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None
    prior_prescription: Reference | None = None


class MedicationAdministration(_Medicated, frozen=True):
    """A dose that was given, or was not."""

    status_reason: tuple[CodeableConcept, ...] = ()
    effective_date_time: str = ""
    effective_period: Period | None = None
    request: Reference | None = None
    dosage: AdministeredDosage | None = None


class MedicationStatement(_Medicated, frozen=True):
    """What somebody says is or was taken."""

    status_reason: tuple[CodeableConcept, ...] = ()
    effective_date_time: str = ""
    effective_period: Period | None = None
    date_asserted: str = ""
    based_on: tuple[Reference, ...] = ()
    derived_from: tuple[Reference, ...] = ()
    dosage: tuple[Dosage, ...] = ()


class MedicationDispense(_Medicated, frozen=True):
    """A supply handed over; nobody says that it was taken."""

    status_reason_codeable_concept: CodeableConcept | None = None
    authorizing_prescription: tuple[Reference, ...] = ()
    quantity: Quantity | None = None
    days_supply: Quantity | None = None
    when_prepared: str = ""
    when_handed_over: str = ""


class Condition(_Fhir, frozen=True):
    """A disease or a finding, with its beginning and end."""

    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    code: CodeableConcept | None = None
    onset_date_time: str = ""
    onset_period: Period | None = None
    onset_age: Quantity | None = None
    onset_range: Range | None = None
    onset_string: str = ""
    abatement_date_time: str = ""
    abatement_period: Period | None = None
    abatement_age: Quantity | None = None
    abatement_range: Range | None = None
    abatement_string: str = ""
    recorded_date: str = ""


class AllergyIntolerance(_Fhir, frozen=True):
    """An allergy or an intolerance to a substance."""

    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    type: str = ""
    code: CodeableConcept | None = None
    onset_date_time: str = ""
    onset_period: Period | None = None
    recorded_date: str = ""


class Immunization(_Fhir, frozen=True):
    """A vaccination that was given, or was not."""

    status: str = ""
    status_reason: CodeableConcept | None = None
    vaccine_code: CodeableConcept | None = None
    occurrence_date_time: str = ""
    occurrence_string: str = ""
    recorded: str = ""
    lot_number: str = ""
    route: CodeableConcept | None = None


class Procedure(_Fhir, frozen=True):
    """Something done to the person."""

    status: str = ""
    status_reason: CodeableConcept | None = None
    code: CodeableConcept | None = None
    performed_date_time: str = ""
    performed_period: Period | None = None
    performed_string: str = ""
    performed_age: Quantity | None = None
    performed_range: Range | None = None
