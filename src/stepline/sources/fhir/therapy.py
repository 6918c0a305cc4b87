"""What every medication resource says, and the row that it makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from stepline.core.evidence import Status
from stepline.core.time import When
from stepline.record.model import Event, EventStatus
from stepline.sources.fhir import words
from stepline.sources.fhir.coding import Coded, codes_of, read_drug, words_of
from stepline.sources.fhir.dosage import Ending
from stepline.sources.fhir.moments import end_of, moment
from stepline.sources.fhir.numbers import Number
from stepline.sources.fhir.rows import ResourceKey, RowRefused, joined
from stepline.sources.fhir.structs import (
    CodeableConcept,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Period,
)
from stepline.sources.fhir.surroundings import Product, Surroundings

ONGOING = "ongoing"
Medicated = MedicationRequest | MedicationAdministration | MedicationStatement | MedicationDispense


@dataclass(frozen=True, slots=True)
class Therapy:
    """What all rows of one medication resource share."""

    coded: Coded
    product: Product
    status: EventStatus
    when: When
    ending: Ending
    reason: str
    intent: str
    group: ResourceKey | None
    note: str
    last_given: When | None = None
    said: When | None = None


def moment_row(therapy: Therapy, text: str) -> Event:
    """The row of a therapy at a moment, without a number."""
    when = therapy.when
    return Event(
        event_id=0,
        time=when.time,
        code=therapy.coded.code,
        concept=therapy.coded.concept_id,
        text=text or therapy.product.words,
        time_earliest=None if when.is_exact else when.earliest,
        time_latest=None if when.is_exact else when.latest,
        time_exact=when.is_exact,
        time_said="" if when.is_exact else when.said,
        end_time=therapy.ending.time,
        status=therapy.status,
        intent=therapy.intent,
        lot=therapy.product.lot,
        product=therapy.product.words,
        reason=therapy.reason,
        note=joined(therapy.note, when.note),
    )


def with_number(row: Event, number: Number) -> Event:
    """The row with a dose, exact or bounded."""
    return replace(
        row,
        value=number.value,
        value_low=number.low,
        value_high=number.high,
        unit=number.unit,
        certainty=number.certainty if number.value is not None else Status.VERIFIED,
    )


def open_ending(status: str) -> Ending:
    """An end that no date tells: an active therapy goes on, an ended one ended some time."""
    if status == "active":
        return Ending(said=ONGOING)
    ended = {"stopped": "stopped", "completed": "completed", "on-hold": "held"}.get(status)
    return Ending(said=f"{ended}, date not stated" if ended else "not stated")


def period_ending(period: Period, status: str) -> Ending:
    """The end of a period, or that there is none."""
    if not period.end:
        return open_ending(status)
    time, exact = end_of(moment(period.end))
    return Ending(time, exact, period.end)


def read_product(resource: Medicated, route: str, around: Surroundings) -> tuple[Product, Coded]:
    """The medication and what drug it is; raises `RowRefused` (`medication-unresolved`)."""
    product = around.product(
        resource.medication_codeable_concept, resource.medication_reference, resource.contained
    )
    if product.thing is None:
        raise RowRefused(
            "medication-unresolved",
            "The medication it points at is not in the file.",
            "export the Medication resources with it",
        )
    return product, read_drug(product.thing, around.catalogue, route)


def no_time(what: str, field: str) -> RowRefused:
    """The refusal of a row that does not say when."""
    return RowRefused("time-missing", f"It does not say when {what}.", f"export {field}")


def stopping_reason(reasons: Iterable[CodeableConcept | None], status: str) -> str:
    """Why it was stopped or not given, in a word that criteria read; empty where none fits."""
    if status not in ("stopped", "on-hold", "not-done", "not-taken", "cancelled", "declined"):
        return ""
    given = [one for one in reasons if one is not None]
    coded = [words.REASON_CODES[code] for code in codes_of(given) if code in words.REASON_CODES]
    if coded:
        return min(coded)
    return words.reason_in(" ".join(words_of(one) for one in given))


def remarks(
    resource: Medicated, status_reasons: Iterable[CodeableConcept | None], coded: Coded
) -> str:
    """What a drug is given for, why its status is what it is, and remarks, in their own words."""
    given_for = joined(*(words_of(one) for one in resource.reason_code))
    why = joined(*(words_of(one) for one in status_reasons))
    return joined(
        f"given for {given_for}" if given_for else "",
        f"reason stated: {why}" if why else "",
        coded.note,
        "on hold" if resource.status == "on-hold" else "",
        *(one.text for one in resource.note),
    )


def intent_of(reasons: Iterable[CodeableConcept]) -> str:
    """The intent, where a reason for giving is one."""
    said = {words_of(one).casefold() for one in reasons} & words.INTENTS
    return said.pop() if len(said) == 1 else ""
