"""What resources say of one another: the pointers from one to the next, looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from stepline.core.time import When
from stepline.record.model import EventStatus
from stepline.sources.fhir import structs
from stepline.sources.fhir.moments import first_of
from stepline.sources.fhir.rows import ResourceKey, RowRefused
from stepline.sources.fhir.surroundings import Surroundings, key_of
from stepline.sources.fhir.unpacking import Found
from stepline.sources.fhir.words import ADMINISTRATION_STATUSES
from stepline.vocabulary.catalogue import Catalogue

LINKING = frozenset(
    {
        *("DiagnosticReport", "Medication", "MedicationRequest", "MedicationAdministration"),
        *("MedicationStatement", "MedicationDispense"),
    }
)
"""The types that say something of other resources, or that others ask for by their content."""


def pointers(content: msgspec.Struct | RowRefused) -> Iterator[tuple[structs.Reference, str]]:
    """The other resources, apart from its person, without which a resource is not read alike."""
    match content:
        case structs.DiagnosticReport():
            yield from ((one, "Observation") for one in content.result)
        case structs.MedicationRequest():
            yield from _named((content.prior_prescription,))
        case structs.MedicationAdministration():
            yield from _named((content.request,))
        case structs.MedicationStatement():
            yield from _named((*content.based_on, *content.derived_from))
        case structs.MedicationDispense():
            yield from _named(content.authorizing_prescription)
    product = getattr(content, "medication_reference", None)
    if product is not None:
        yield product, "Medication"


def _named(
    references: Iterable[structs.Reference | None],
) -> Iterator[tuple[structs.Reference, str]]:
    yield from ((one, "MedicationRequest") for one in references if one is not None)


def surroundings(
    found: Iterable[Found], names: Mapping[str, ResourceKey], catalogue: Catalogue
) -> Surroundings:
    """Medications, reports and replaced orders of a file, looked up once."""
    products: dict[ResourceKey, structs.Medication] = {}
    reports: dict[ResourceKey, ResourceKey] = {}
    followers: dict[ResourceKey, When] = {}
    last_given: dict[ResourceKey, When] = {}
    asked_for = set()
    for one in found:
        match one.content:
            case structs.Medication():
                products[one.key] = one.content
            case structs.DiagnosticReport():
                _note_results(one, one.content, names, reports)
            case structs.MedicationRequest():
                asked_for.add(one.key)
                _note_follower(one.content, names, followers)
            case structs.MedicationAdministration():
                _note_dose(one.content, names, last_given)
    return Surroundings(
        catalogue, names, products, reports, frozenset(asked_for), followers, last_given
    )


def _note_results(
    found: Found,
    report: structs.DiagnosticReport,
    names: Mapping[str, ResourceKey],
    reports: dict[ResourceKey, ResourceKey],
) -> None:
    """An observation in two reports belongs to the one whose id comes first."""
    for reference in report.result:
        key = key_of(reference, "Observation", names)
        if key is not None:
            reports[key] = min(found.key, reports.get(key, found.key))


def _note_follower(
    request: structs.MedicationRequest,
    names: Mapping[str, ResourceKey],
    followers: dict[ResourceKey, When],
) -> None:
    """The earliest order that replaces another ends it."""
    prior = key_of(request.prior_prescription, "MedicationRequest", names)
    try:
        when = first_of(request.authored_on)
    except RowRefused:
        return
    if prior is not None and when is not None:
        known = followers.get(prior)
        followers[prior] = when if known is None or when.time < known.time else known


def _note_dose(
    administration: structs.MedicationAdministration,
    names: Mapping[str, ResourceKey],
    last_given: dict[ResourceKey, When],
) -> None:
    """The latest dose that was given on an order."""
    order = key_of(administration.request, "MedicationRequest", names)
    period = administration.effective_period
    try:
        when = first_of(administration.effective_date_time, period.start if period else "")
    except RowRefused:
        return
    given = ADMINISTRATION_STATUSES.get(administration.status) is EventStatus.GIVEN
    if order is not None and when is not None and given:
        known = last_given.get(order)
        last_given[order] = when if known is None or when.time > known.time else known
