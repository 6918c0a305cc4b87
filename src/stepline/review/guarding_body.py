"""Weight and height of a plan from a record: the last value, with its day and its age."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from fractions import Fraction

from stepline.core.errors import Problem, Refused
from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, comparable, in_unit
from stepline.core.time import days_between
from stepline.dosing.numbers import say, shown
from stepline.dosing.plan_model import Caution
from stepline.dosing.refusing import DosingRefused
from stepline.engine.picking import freshness_of
from stepline.engine.situation import day_of
from stepline.record.model import Event, EventStatus, Record, in_order
from stepline.record.saying import say_time
from stepline.review.guarding_model import FromRecord
from stepline.vocabulary.catalogue import Catalogue

MEASURES = {"weight": "kg", "height": "cm"}
"""The measures that a plan needs, and the unit of each."""

DIFFERENT = Fraction(10)
"""Percent from which two weights differ enough to be said."""

_REMEMBERED = Evidence(
    "stepline-memory",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "A change of weight of more than 10 % asks for a new calculation; the limit is local.",
)


def body_on_record(
    record: Record, moment: datetime, first: datetime, catalogue: Catalogue
) -> dict[str, FromRecord]:
    """The last weight and height known at a moment, with their age on the first day of a plan.

    One whose day is known between two bounds is as old as it may be; without a bound it is stale.
    """
    found = {name: _last(name, record, moment) for name in MEASURES}
    return {
        name: _from_record(name, event, record, first, catalogue)
        for name, event in found.items()
        if event is not None
    }


def _last(name: str, record: Record, moment: datetime) -> Event | None:
    undone = (EventStatus.PLANNED, EventStatus.ORDERED, EventStatus.NOT_GIVEN)
    known = [
        event
        for event in in_order(record.events)
        if event.concept == name
        and event.time <= moment
        and event.value is not None
        and event.status not in undone
        and comparable(event.unit, MEASURES[name])
    ]
    return known[-1] if known else None


def _from_record(
    name: str, event: Event, record: Record, first: datetime, catalogue: Catalogue
) -> FromRecord:
    assert event.value is not None
    fresh = freshness_of(catalogue.concept(name))
    since = event.time if event.time_exact else event.time_earliest
    is_stale = fresh is not None and (since is None or day_of(first) > day_of(fresh.after(since)))
    said = say_time(record, event)
    claim = event.note or f"{name} of {said}"
    return FromRecord(
        concept=name,
        value=event.value,
        unit=event.unit,
        said_on=said,
        age_days=days_between(event.time, first),
        fresh_for=fresh.say() if fresh is not None else "",
        is_stale=is_stale,
        certainty=Evidence("record", Kind.CASE_REPORT, event.certainty, claim),
        because=event.note if event.certainty is not Status.VERIFIED else "",
        event_id=event.event_id,
        source=event.source,
    )


def completed(
    given: Mapping[str, object], body: Mapping[str, FromRecord], needed: Collection[str]
) -> tuple[dict[str, object], tuple[FromRecord, ...]]:
    """The options of a plan, with what the record knows where nothing was stated, and what it was.

    Only what the plan needs is taken. A value that is stale is not: it is then missing, and
    `told_why` says why.
    """
    taken = tuple(
        one
        for name, one in body.items()
        if name in needed and given.get(name) is None and not one.is_stale
    )
    return {**given, **{one.concept: one.text for one in taken}}, taken


def told_why(refusal: Refused, body: Mapping[str, FromRecord]) -> Refused:
    """The refusal, saying of a missing measure that the record's is too old to be used.

    The age is said and not the value: what is refused is said where logs are kept.
    """
    return DosingRefused(_explained(problem, body) for problem in refusal.problems)


def _explained(problem: Problem, body: Mapping[str, FromRecord]) -> Problem:
    name = problem.code.removesuffix("-missing")
    one = body.get(name)
    if one is None or not one.is_stale or problem.code == name:
        return problem
    age = f"{one.age_days} day{'s' * (one.age_days != 1)}"
    return Problem(
        problem.code,
        f"{problem.message} The last {name} on record is {age} old on the first day of the plan, "
        f"and one answers for {one.fresh_for}.",
        problem.place,
        found=f"{age} old",
        allowed=f"a {name} not older than {one.fresh_for}",
        mend=f"measure it, and add --{name}",
    )


def body_cautions(
    given: Mapping[str, object],
    body: Mapping[str, FromRecord],
    stated: Mapping[str, Quantity | None],
) -> Iterator[Caution]:
    """Where each measure came from, and a stated one that differs from the record's."""
    for name, one in body.items():
        quantity = stated.get(name)
        if quantity is None:
            continue
        if given.get(name) is None:
            yield from _taken(name, one)
        elif name == "weight":
            yield from _compared(quantity, one)


def _taken(name: str, one: FromRecord) -> Iterator[Caution]:
    text = f"The {name} is that of the record: {_aged(one)}."
    if one.certainty.status is not Status.VERIFIED:
        text += f" It is inferred, not measured ({one.because})."
    yield Caution(f"{name}-from-record", text, (one.certainty,))


def _compared(stated: Quantity, one: FromRecord) -> Iterator[Caution]:
    recorded = in_unit(Quantity(one.value, one.unit), "kg")
    if not recorded:
        return
    change = abs(in_unit(stated, "kg") - recorded) / recorded * 100
    if change > DIFFERENT:
        yield Caution(
            "weight-differs",
            f"The stated weight of {say(stated)} differs by {shown(change, 1)} % from the last on "
            f"record, {_aged(one)}. The stated one is used.",
            (_REMEMBERED, one.certainty),
        )


def _aged(one: FromRecord) -> str:
    days = f"{one.age_days} day{'s' * (one.age_days != 1)} before the first day of the plan"
    return f"{one.text} of {one.said_on}, {days}"
