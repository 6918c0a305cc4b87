"""Administrations and supplies: a dose at a moment, and a moment without a dose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from stepline.core.evidence import Status
from stepline.core.time import When
from stepline.record.model import EventStatus
from stepline.record.sig import Sig, read_sig
from stepline.record.sig_dosing import giving
from stepline.record.supplies import SUPPLY
from stepline.sources.fhir import words
from stepline.sources.fhir.coding import Coded, read_route
from stepline.sources.fhir.dosage import Ending, rate_of, read_amount
from stepline.sources.fhir.from_text import FROM_TEXT
from stepline.sources.fhir.moments import by_then, first_of, length, moment, within
from stepline.sources.fhir.numbers import Number, check_dose, written
from stepline.sources.fhir.rows import Draft, ResourceKey, RowRefused, joined
from stepline.sources.fhir.structs import MedicationAdministration, MedicationDispense
from stepline.sources.fhir.surroundings import Surroundings
from stepline.sources.fhir.therapy import (
    Therapy,
    intent_of,
    moment_row,
    no_time,
    period_ending,
    read_product,
    remarks,
    stopping_reason,
    with_number,
)

_A_DAY = timedelta(days=1)


def read_administration(
    administration: MedicationAdministration, around: Surroundings
) -> Iterator[Draft | RowRefused]:
    """A dose at a moment. An infusion over hours or days is one row with its whole amount.

    It keeps no group: cycles ordered month by month are still one therapy.
    """
    status = words.read_status(administration.status, words.ADMINISTRATION_STATUSES)
    dosage = administration.dosage
    route = read_route(dosage.route if dosage else None)
    product, coded = read_product(administration, route, around)
    when, ending = _administered(administration)
    number = Number()
    if dosage is not None and dosage.dose is not None:
        number = _single_dose(read_amount(dosage.dose, coded.concept), coded)
    elif dosage is not None and status is EventStatus.GIVEN:
        number = _single_dose(_from_text(dosage.text, coded), coded)
    missed = status is EventStatus.NOT_GIVEN
    therapy = Therapy(
        coded=coded,
        product=product,
        status=status,
        when=when,
        ending=ending,
        reason=stopping_reason(administration.status_reason, "not-done") if missed else "",
        intent=intent_of(administration.reason_code),
        group=None,
        note=joined(
            remarks(administration, administration.status_reason, coded),
            _broken_off(administration.status),
            _over(when, ending),
            *number.notes,
            rate_of(dosage.rate_quantity if dosage else None),
        ),
    )
    said = dosage.text if dosage else ""
    row = moment_row(therapy, " ".join(said.split()) or number.text)
    yield Draft(replace(with_number(row, number), route=route))


def _from_text(text: str, coded: Coded) -> Number:
    """The dose of this giving, where the words alone tell it exactly or within bounds."""
    sig = read_sig(text, coded.concept_id) if text else None
    ends = giving(sig) if isinstance(sig, Sig) else None
    if ends is None:
        return Number()
    low, high = ends
    if low != high:
        return Number(low=low.value, high=high.value, unit=low.unit, notes=(FROM_TEXT,))
    return Number(low.value, unit=low.unit, certainty=Status.DERIVED, notes=(FROM_TEXT,))


def _administered(administration: MedicationAdministration) -> tuple[When, Ending]:
    if administration.effective_date_time:
        return moment(administration.effective_date_time), Ending()
    period = administration.effective_period
    if period is None or not (period.start or period.end):
        raise no_time("it was given", "effectiveDateTime")
    when = within(period)
    if not period.start or not period.end or when is None:
        return when or by_then(period.end, "start"), Ending()
    return moment(period.start), period_ending(period, "")


def _broken_off(status: str) -> str:
    return {"stopped": "broken off before its end", "on-hold": "paused"}.get(status, "")


def _over(when: When, ending: Ending) -> str:
    """A remark on a dose given over more than a day: its amount is for the whole of it."""
    if ending.time is None or ending.time - when.time <= _A_DAY:
        return ""
    return f"the amount is for the whole time from {when.said} to {ending.said}"


def _single_dose(number: Number, coded: Coded) -> Number:
    if coded.concept is not None and number.value is not None:
        check_dose(number.value, number.unit, coded.concept, ("dose", "course"))
    return number


def read_dispense(
    dispense: MedicationDispense, key: ResourceKey, around: Surroundings
) -> Iterator[Draft | RowRefused]:
    """A supply: a moment with its amount in words. Nobody says that it was taken.

    It ends where it begins: how long it would last is no time that the record reaches to.
    """
    status = words.read_status(dispense.status, words.DISPENSE_STATUSES)
    product, coded = read_product(dispense, "", around)
    when = first_of(dispense.when_handed_over, dispense.when_prepared)
    if when is None:
        raise no_time("it was handed over", "whenHandedOver")
    supply = length(dispense.days_supply)
    amount = written(dispense.quantity) if dispense.quantity is not None else ""
    lasts = f"for {supply.say()}" if supply else ""
    therapy = Therapy(
        coded=coded,
        product=product,
        status=status,
        when=when,
        ending=Ending(when.time),
        reason="",
        intent=intent_of(dispense.reason_code),
        group=around.order_of(dispense.authorizing_prescription) or key,
        note=joined(
            SUPPLY,
            "" if dispense.status == "completed" else f"status {dispense.status}",
            remarks(dispense, [dispense.status_reason_codeable_concept], coded),
        ),
    )
    said = " ".join(part for part in ("supplied", amount, lasts) if part)
    yield Draft(moment_row(therapy, said), group=therapy.group)
