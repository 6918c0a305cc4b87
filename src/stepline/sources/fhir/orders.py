"""Orders and statements: therapies that run.

One therapy can appear as an order, as administrations, as a statement and as supplies. Only an
order and a statement of its own make a spell that runs; a statement that rests on an order of the
same file is a moment, so that no daily dose is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count, groupby

from stepline.core.evidence import Status
from stepline.core.time import When
from stepline.record.model import Event, EventStatus
from stepline.record.supplies import OF_ORDER
from stepline.sources.fhir import words
from stepline.sources.fhir.coding import read_route
from stepline.sources.fhir.dosage import Ending, Instruction, read_dosage
from stepline.sources.fhir.from_text import FROM_TEXT, RHYTHM_FROM_TEXT, in_words
from stepline.sources.fhir.moments import by_then, end_of, first_of, moment, start_of, within
from stepline.sources.fhir.rating import Rated, with_rates
from stepline.sources.fhir.rows import Draft, ResourceKey, RowRefused, Said, joined
from stepline.sources.fhir.schedule import Rhythm
from stepline.sources.fhir.structs import Dosage, MedicationRequest, MedicationStatement
from stepline.sources.fhir.surroundings import Surroundings
from stepline.sources.fhir.therapy import (
    Therapy,
    intent_of,
    moment_row,
    no_time,
    open_ending,
    period_ending,
    read_product,
    remarks,
    stopping_reason,
    with_number,
)


def read_request(
    request: MedicationRequest, key: ResourceKey, around: Surroundings
) -> Iterator[Draft | RowRefused]:
    """An order: one row for each instruction, in one group."""
    status = _order_status(request)
    authored = first_of(request.authored_on)
    instructions = request.dosage_instruction or (Dosage(),)
    route = read_route(*(one.route for one in instructions))
    product, coded = read_product(request, route, around)
    begin = authored or _first_start(instructions)
    if begin is None:
        raise no_time("it was ordered", "authoredOn")
    therapy = Therapy(
        coded=coded,
        product=product,
        status=status,
        when=begin,
        ending=_order_ending(request, key, begin, around),
        reason=stopping_reason([request.status_reason], request.status),
        intent=intent_of(request.reason_code),
        group=key,
        note=remarks(request, [request.status_reason], coded),
        last_given=around.last_given.get(key),
        said=authored,
    )
    yield from _instructed(therapy, instructions)


def _order_status(request: MedicationRequest) -> EventStatus:
    status = words.read_status(request.status, words.ORDER_STATUSES)
    if request.do_not_perform:
        return EventStatus.NOT_GIVEN
    if request.intent in words.PLANS and status is EventStatus.ORDERED:
        return EventStatus.PLANNED
    return status


def _first_start(instructions: Iterable[Dosage]) -> When | None:
    timings = [one.timing for one in instructions if one.timing]
    repeats = [one.repeat for one in timings if one.repeat]
    starts = [r.bounds_period.start for r in repeats if r.bounds_period and r.bounds_period.start]
    dates = [text for one in timings for text in one.event]
    return start_of(min([*starts, *dates])) if starts or dates else None


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
    return open_ending(request.status)


def read_statement(
    statement: MedicationStatement, key: ResourceKey, around: Surroundings
) -> Iterator[Draft | RowRefused]:
    """What somebody says is taken: a spell of its own, or a remark on an order of the file."""
    status = words.read_status(statement.status, words.STATEMENT_STATUSES)
    dosage = statement.dosage or (Dosage(),)
    product, coded = read_product(statement, read_route(*(one.route for one in dosage)), around)
    when, ending = _stated_spell(statement)
    order = around.order_of((*statement.based_on, *statement.derived_from))
    therapy = Therapy(
        coded=coded,
        product=product,
        status=status,
        when=when,
        ending=ending,
        reason=stopping_reason(statement.status_reason, statement.status),
        intent=intent_of(statement.reason_code),
        group=order or key,
        note=remarks(statement, statement.status_reason, coded),
        said=first_of(statement.date_asserted) or when,
    )
    if order is None:
        yield from _instructed(therapy, dosage)
        return
    said = joined(*(one.text for one in dosage)) or "as ordered"
    event = replace(moment_row(therapy, said), note=joined(therapy.note, OF_ORDER))
    yield Draft(event, group=order)


def _stated_spell(statement: MedicationStatement) -> tuple[When, Ending]:
    period = statement.effective_period
    if statement.effective_date_time:
        return moment(statement.effective_date_time), open_ending(statement.status)
    if period is not None and period.start:
        within(period)
        return start_of(period.start), period_ending(period, statement.status)
    known_by = (period.end if period else "") or statement.date_asserted
    if not known_by:
        raise no_time("it was taken", "effectivePeriod")
    ending = period_ending(period, statement.status) if period else None
    return by_then(known_by, "start"), ending or open_ending(statement.status)


# ---------------------------------------------------------------- rows


def _instructed(therapy: Therapy, dosages: Sequence[Dosage]) -> Iterator[Draft | RowRefused]:
    """The rows of all instructions. Those of one sequence number run together; the next follow."""
    concept = therapy.coded.concept
    worded = in_words(dosages, concept.id if concept else "", therapy.when)
    notes = {id(dosage): noted for dosage, noted in worded}
    rated = with_rates([dosage for dosage, _ in worded])
    steps = _in_sequence([(one, (*rates, *notes[id(one)])) for one, rates in rated])
    parts = count()
    begin = therapy.when
    for number, together in enumerate(steps, 1):
        step = replace(therapy, when=begin)
        if number < len(steps):
            step = replace(step, ending=Ending(said="until the next step, date not stated"))
        endings = []
        for dosage, rates in together:
            try:
                instruction = _read(dosage, rates, step)
            except RowRefused as refusal:
                yield refusal
                continue
            endings.append(instruction.ending)
            for event in _rows(_superseded(step, instruction), instruction, dosage):
                said = _said(step, dosage) if len(dosages) == 1 and event.is_spell else None
                yield Draft(event, next(parts), step.group, said)
        begin = _after(begin, endings)


def _read(dosage: Dosage, rates: tuple[str, ...], therapy: Therapy) -> Instruction:
    is_planned = therapy.status is EventStatus.PLANNED
    instruction = read_dosage(dosage, therapy.coded.concept, therapy.when, is_planned=is_planned)
    number = instruction.number
    if {FROM_TEXT, RHYTHM_FROM_TEXT} & set(rates) and number.value is not None:
        number = replace(number, certainty=Status.DERIVED)
    return replace(instruction, number=number, notes=(*instruction.notes, *rates))


def _in_sequence(dosages: Sequence[Rated]) -> list[list[Rated]]:
    ordered = sorted(dosages, key=lambda one: one[0].sequence)
    return [list(together) for _, together in groupby(ordered, key=lambda one: one[0].sequence)]


def _after(begin: When, endings: Sequence[Ending | None]) -> When:
    """When the next step begins: at the end of this one, or at some time after its beginning."""
    ends = [one.time for one in endings if one is not None and one.time is not None and one.exact]
    if endings and len(ends) == len(endings):
        return When.exact(max(ends))
    earliest = begin.earliest or begin.time
    return When.no_earlier_than(max(earliest, begin.time), "after the step before")


def _said(therapy: Therapy, dosage: Dosage) -> Said | None:
    """When a therapy of one instruction was stated; of several, one may run beside another."""
    if therapy.said is None:
        return None
    repeat = dosage.timing.repeat if dosage.timing else None
    times = (*repeat.when, *repeat.time_of_day) if repeat else ()
    return Said(therapy.said.time, tuple(sorted(times)))


def _superseded(therapy: Therapy, instruction: Instruction) -> Therapy:
    """A completed order whose doses are in the file is no dose itself; they are counted, not it."""
    last = therapy.last_given
    if last is None or _is_daily(instruction) or therapy.status is not EventStatus.REPORTED:
        return therapy
    ending = Ending(last.time, last.is_exact, f"last dose {last.said}")
    return replace(therapy, status=EventStatus.ORDERED, ending=ending)


def _is_daily(instruction: Instruction) -> bool:
    """Whether it tells what runs; single doses given on a ward do not."""
    return instruction.schedule.rhythm in (Rhythm.PER_DAY, Rhythm.PER_WEEK)


def _stop(therapy: Therapy, text: str) -> Event | None:
    """A stopped order whose doses are in the file: the stop alone, not before the last of them."""
    last = therapy.last_given
    if last is None or therapy.status is not EventStatus.STOPPED:
        return None
    when = When.no_earlier_than(last.time, f"after the last dose, {last.said}")
    return moment_row(replace(therapy, when=when, ending=Ending()), text)


def _rows(therapy: Therapy, instruction: Instruction, dosage: Dosage) -> Iterator[Event]:
    route = read_route(dosage.route)
    stop = None if _is_daily(instruction) else _stop(therapy, instruction.text)
    if stop is not None:
        yield replace(stop, route=route)
        return
    if instruction.schedule.rhythm is Rhythm.DATES:
        for when in instruction.schedule.dates:
            row = moment_row(replace(therapy, when=when), instruction.text)
            row = replace(with_number(row, instruction.number), route=route)
            yield replace(row, note=joined(row.note, *instruction.notes))
        return
    started = replace(therapy, when=instruction.start or therapy.when)
    row = replace(
        with_number(moment_row(started, instruction.text), instruction.number), route=route
    )
    planned_end = therapy.status is EventStatus.STOPPED and instruction.ending is not None
    doubt = "its end is the one ordered, not that of the stop" if planned_end else ""
    row = replace(row, note=joined(row.note, *instruction.notes, doubt))
    yield _spell(row, instruction, started) if instruction.is_spell else row


def _spell(row: Event, instruction: Instruction, therapy: Therapy) -> Event:
    """The row as a stretch of time, ending where the instruction or else the resource says so."""
    ending = instruction.ending or therapy.ending
    if ending.time is not None and ending.time < row.time:
        ending = open_ending("")
    return replace(
        row,
        is_spell=True,
        interval=instruction.schedule.interval,
        end_time=ending.time,
        end_exact=ending.exact,
        end_said=ending.said,
    )
