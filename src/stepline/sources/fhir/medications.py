"""Orders, administrations, statements and supplies of drugs.

One therapy can appear in all four. Only an order and a statement of its own make a spell that runs;
an administration is a dose at a moment; a supply is a moment without a dose; a statement that rests
on an order of the same file is a moment too, so that no daily dose is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from stepline.core.evidence import Status
from stepline.core.time import When
from stepline.record.model import Event, EventStatus
from stepline.sources.fhir import words
from stepline.sources.fhir.coding import Coded, codes_of, read_drug, read_route, words_of
from stepline.sources.fhir.dosage import (
    Ending,
    Instruction,
    rate_of,
    read_amount,
    read_dosage,
)
from stepline.sources.fhir.moments import (
    by_then,
    end_of,
    first_of,
    length,
    moment,
    start_of,
    within,
)
from stepline.sources.fhir.numbers import Number, check_dose, written
from stepline.sources.fhir.rows import Draft, ResourceKey, RowRefused, joined
from stepline.sources.fhir.schedule import Rhythm
from stepline.sources.fhir.structs import (
    CodeableConcept,
    Dosage,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Period,
)
from stepline.sources.fhir.surroundings import Product, Surroundings

ONGOING = "ongoing"
_A_DAY = timedelta(days=1)
Medicated = MedicationRequest | MedicationAdministration | MedicationStatement | MedicationDispense


@dataclass(frozen=True, slots=True)
class _Therapy:
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


# ---------------------------------------------------------------- orders


def read_request(
    request: MedicationRequest, key: ResourceKey, around: Surroundings
) -> Iterator[Draft | RowRefused]:
    """An order: one row for each instruction, in one group."""
    status = _order_status(request)
    authored = first_of(request.authored_on)
    instructions = request.dosage_instruction or (Dosage(),)
    route = read_route(*(one.route for one in instructions))
    product, coded = _drug(request, route, around)
    begin = authored or _first_start(instructions)
    if begin is None:
        raise _no_time("it was ordered", "authoredOn")
    therapy = _Therapy(
        coded, product, status, begin, _order_ending(request, key, begin, around),
        _reason([request.status_reason], request.status), _intent(request.reason_code), key,
        joined(_given_for(request.reason_code), _why([request.status_reason]), coded.note,
               _held(request.status), *(one.text for one in request.note)),
        around.last_given.get(key),
    )  # fmt: skip
    yield from _instructed(therapy, instructions)


def _order_status(request: MedicationRequest) -> EventStatus:
    status = words.read_status(request.status, words.ORDER_STATUSES)
    if request.do_not_perform:
        return EventStatus.NOT_GIVEN
    if request.intent in words.PLANS and status is EventStatus.ORDERED:
        return EventStatus.PLANNED
    return status


def _first_start(instructions: Iterable[Dosage]) -> When | None:
    repeats = [one.timing.repeat for one in instructions if one.timing and one.timing.repeat]
    starts = [r.bounds_period.start for r in repeats if r.bounds_period and r.bounds_period.start]
    return start_of(min(starts)) if starts else None


def _order_ending(
    request: MedicationRequest, key: ResourceKey, begin: When, around: Surroundings
) -> Ending:
    """When an order ends: where its own validity or the order that replaces it says so."""
    follower = around.followers.get(key)
    if follower is not None and follower.before(begin) is not True:
        return Ending(follower.time, follower.is_exact, f"replaced {follower.said}")
    asked = request.dispense_request
    period = asked.validity_period if asked else None
    if period is not None and period.end and request.status != "active":
        time, exact = end_of(moment(period.end))
        return Ending(time, exact and request.status == "completed", f"by {period.end}")
    return _open_ending(request.status)


def _open_ending(status: str) -> Ending:
    if status == "active":
        return Ending(said=ONGOING)
    ended = {"stopped": "stopped", "completed": "completed", "on-hold": "held"}.get(status)
    return Ending(said=f"{ended}, date not stated" if ended else "not stated")


# ---------------------------------------------------------------- statements


def read_statement(
    statement: MedicationStatement, key: ResourceKey, around: Surroundings
) -> Iterator[Draft | RowRefused]:
    """What somebody says is taken: a spell of its own, or a remark on an order of the file."""
    status = words.read_status(statement.status, words.STATEMENT_STATUSES)
    dosage = statement.dosage or (Dosage(),)
    product, coded = _drug(statement, read_route(*(one.route for one in dosage)), around)
    when, ending = _stated_spell(statement)
    order = around.order_of((*statement.based_on, *statement.derived_from))
    therapy = _Therapy(
        coded, product, status, when, ending,
        _reason(statement.status_reason, statement.status), _intent(statement.reason_code),
        order or key,
        joined(_given_for(statement.reason_code), _why(statement.status_reason), coded.note,
               _held(statement.status), *(one.text for one in statement.note)),
    )  # fmt: skip
    if order is None:
        yield from _instructed(therapy, dosage)
        return
    said = joined(*(one.text for one in dosage)) or "as ordered"
    event = replace(
        _moment_row(therapy, said), note=joined(therapy.note, "its dose is the order's")
    )
    yield Draft(event, group=order)


def _stated_spell(statement: MedicationStatement) -> tuple[When, Ending]:
    period = statement.effective_period
    if statement.effective_date_time:
        return moment(statement.effective_date_time), _open_ending(statement.status)
    if period is not None and period.start:
        return start_of(period.start), _period_ending(period, statement.status)
    known_by = (period.end if period else "") or statement.date_asserted
    if not known_by:
        raise _no_time("it was taken", "effectivePeriod")
    ending = _period_ending(period, statement.status) if period else None
    return by_then(known_by, "start"), ending or _open_ending(statement.status)


def _period_ending(period: Period, status: str) -> Ending:
    if not period.end:
        return _open_ending(status)
    time, exact = end_of(moment(period.end))
    return Ending(time, exact, period.end)


# ---------------------------------------------------------------- administrations and supplies


def read_administration(
    administration: MedicationAdministration, _key: ResourceKey, around: Surroundings
) -> Iterator[Draft | RowRefused]:
    """A dose at a moment. An infusion over hours or days is one row with its whole amount.

    It keeps no group: cycles ordered month by month are still one therapy.
    """
    status = words.read_status(administration.status, words.ADMINISTRATION_STATUSES)
    dosage = administration.dosage
    route = read_route(dosage.route if dosage else None)
    product, coded = _drug(administration, route, around)
    when, ending = _administered(administration)
    number = Number()
    if dosage is not None and dosage.dose is not None:
        number = _single_dose(read_amount(dosage.dose, coded.concept), coded)
    rates = (rate_of(dosage.rate_quantity),) if dosage else ()
    therapy = _Therapy(
        coded, product, status, when, ending,
        _reason(administration.status_reason, administration.status)
        if status is EventStatus.NOT_GIVEN else "",
        _intent(administration.reason_code), None,
        joined(_given_for(administration.reason_code), _why(administration.status_reason),
               coded.note, _broken_off(administration.status), _over(when, ending),
               *number.notes, *rates,
               *(one.text for one in administration.note)),
    )  # fmt: skip
    said = dosage.text if dosage else ""
    row = _moment_row(therapy, " ".join(said.split()) or number.text)
    yield Draft(replace(_with(row, number), route=route))


def _administered(administration: MedicationAdministration) -> tuple[When, Ending]:
    if administration.effective_date_time:
        return moment(administration.effective_date_time), Ending()
    period = administration.effective_period
    if period is None or not (period.start or period.end):
        raise _no_time("it was given", "effectiveDateTime")
    when = within(period)
    if not period.start or not period.end or when is None:
        return when or by_then(period.end, "start"), Ending()
    return moment(period.start), _period_ending(period, "")


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
    """A supply: a moment with its amount in words. Nobody says that it was taken."""
    status = words.read_status(dispense.status, words.DISPENSE_STATUSES)
    product, coded = _drug(dispense, "", around)
    when = first_of(dispense.when_handed_over, dispense.when_prepared)
    if when is None:
        raise _no_time("it was handed over", "whenHandedOver")
    supply = length(dispense.days_supply)
    until = supply.after(when.time) if supply else when.time
    amount = written(dispense.quantity) if dispense.quantity is not None else ""
    lasts = f"for {supply.say()}" if supply else ""
    order = around.order_of(dispense.authorizing_prescription)
    therapy = _Therapy(
        coded, product, status, when, Ending(until, exact=True, said=""),
        "",
        _intent(dispense.reason_code), order or key,
        joined("a supply, not a dose taken", _not_completed(dispense.status), coded.note,
               _why([dispense.status_reason_codeable_concept]),
               *(one.text for one in dispense.note)),
    )  # fmt: skip
    said = " ".join(part for part in ("supplied", amount, lasts) if part)
    yield Draft(_moment_row(therapy, said), group=therapy.group)


def _not_completed(status: str) -> str:
    return "" if status == "completed" else f"status {status}"


# ---------------------------------------------------------------- rows


def _instructed(therapy: _Therapy, dosages: Iterable[Dosage]) -> Iterator[Draft | RowRefused]:
    part = 0
    for dosage in sorted(dosages, key=lambda one: one.sequence):
        try:
            instruction = read_dosage(dosage, therapy.coded.concept, therapy.when)
        except RowRefused as refusal:
            yield refusal
            continue
        for event in _rows(
            _superseded(therapy, instruction), instruction, read_route(dosage.route)
        ):
            yield Draft(event, part, therapy.group)
            part += 1


def _superseded(therapy: _Therapy, instruction: Instruction) -> _Therapy:
    """An order whose doses are in the file is no dose itself; they are counted, not it.

    A daily dose stays with the order: single doses given on a ward do not tell what runs.
    """
    daily = instruction.schedule.rhythm in (Rhythm.PER_DAY, Rhythm.PER_WEEK)
    if therapy.last_given is None or daily or therapy.status is not EventStatus.REPORTED:
        return therapy
    last = therapy.last_given
    return replace(
        therapy,
        status=EventStatus.ORDERED,
        ending=Ending(last.time, last.is_exact, f"last dose {last.said}"),
    )


def _rows(therapy: _Therapy, instruction: Instruction, route: str) -> Iterator[Event]:
    if instruction.schedule.rhythm is Rhythm.DATES:
        for when in instruction.schedule.dates:
            row = _moment_row(replace(therapy, when=when), instruction.text)
            yield replace(_with(row, instruction.number), route=route)
        return
    started = replace(therapy, when=instruction.start or therapy.when)
    row = replace(_with(_moment_row(started, instruction.text), instruction.number), route=route)
    row = replace(row, note=joined(row.note, *instruction.notes))
    yield _spell(row, instruction, started) if instruction.is_spell else row


def _spell(row: Event, instruction: Instruction, therapy: _Therapy) -> Event:
    """The row as a stretch of time, ending where the instruction or else the resource says so."""
    ending = instruction.ending or therapy.ending
    if ending.time is not None and ending.time < row.time:
        ending = _open_ending("")
    return replace(
        row,
        is_spell=True,
        interval=instruction.schedule.interval,
        end_time=ending.time,
        end_exact=ending.exact,
        end_said=ending.said,
    )


def _moment_row(therapy: _Therapy, text: str) -> Event:
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


def _with(row: Event, number: Number) -> Event:
    return replace(
        row,
        value=number.value,
        value_low=number.low,
        value_high=number.high,
        unit=number.unit,
        certainty=number.certainty if number.value is not None else Status.VERIFIED,
    )


# ---------------------------------------------------------------- what all of them say


def _drug(resource: Medicated, route: str, around: Surroundings) -> tuple[Product, Coded]:
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


def _no_time(what: str, field: str) -> RowRefused:
    return RowRefused("time-missing", f"It does not say when {what}.", f"export {field}")


def _held(status: str) -> str:
    return "on hold" if status == "on-hold" else ""


def _reason(reasons: Iterable[CodeableConcept | None], status: str) -> str:
    """Why it was stopped or not given, in a word that criteria read; empty where none fits."""
    if status not in ("stopped", "on-hold", "not-done", "not-taken", "cancelled", "declined"):
        return ""
    given = [one for one in reasons if one is not None]
    coded = [words.REASON_CODES[code] for code in codes_of(given) if code in words.REASON_CODES]
    if coded:
        return min(coded)
    said = " ".join(words_of(one) for one in given).casefold()
    if any(denial in f" {said} " for denial in words.DENIALS):
        return ""
    return next((reason for word, reason in words.REASON_WORDS if word in said), "")


def _why(reasons: Iterable[CodeableConcept | None]) -> str:
    said = joined(*(words_of(one) for one in reasons))
    return f"reason stated: {said}" if said else ""


def _given_for(reasons: Iterable[CodeableConcept]) -> str:
    said = joined(*(words_of(one) for one in reasons))
    return f"given for {said}" if said else ""


def _intent(reasons: Iterable[CodeableConcept]) -> str:
    """The intent, where a reason for giving is one."""
    said = {words_of(one).casefold() for one in reasons} & words.INTENTS
    return said.pop() if len(said) == 1 else ""
