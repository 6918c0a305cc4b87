"""What a record does not say of a course, which regimens stay possible, what would settle it.

A course whose dose is not recorded is never given one. What is known (drug, days, and a stated
route, intent or interval) rules regimens out; those that are left are named, each with what would
have to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from stepline.core.time import days_between
from stepline.course.bodysize import size_at
from stepline.course.cycles import amount_in, cycles_of
from stepline.course.matching import interval_days, own_band, stated_interval_fit
from stepline.course.model import Course
from stepline.protocol.model import Basis, PeriodRange, Phase, QuantityRange, Regimen
from stepline.record.index import RecordIndex
from stepline.record.model import Event
from stepline.record.saying import spoken


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that the record does not say, in how many rows, and what would settle it.

    `what` is `dose`, `unit`, `weight`, `height`, `route` or `intent`.
    """

    what: str
    says: str
    settled_by: str


@dataclass(frozen=True, slots=True)
class Possible:
    """A regimen that nothing in the record rules out, and what would have to be so."""

    regimen: str
    title: str
    provided: str


@dataclass(frozen=True, slots=True)
class Lacking:
    """What is missing and possible. `because` replaces the course's own where no dose is told.

    `products` are the names that the source gives: they may say the form of a drug.
    `has_regimens` tells whether the library has a regimen of the drug at all.
    """

    missing: tuple[Missing, ...] = ()
    possible: tuple[Possible, ...] = ()
    because: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    has_regimens: bool = True

    def as_json(self) -> dict[str, object]:
        """The keys of a row; `provided` tells the dose, route and interval of the regimen."""
        return {
            "missing": [
                {"what": one.what, "says": one.says, "settled_by": one.settled_by}
                for one in self.missing
            ],
            "possible": [
                {"regimen": one.regimen, "title": one.title, "provided": one.provided}
                for one in self.possible
            ],
            "products": list(self.products),
        }


def lacking_of(course: Course, index: RecordIndex, regimens: Sequence[Regimen]) -> Lacking:
    """What the record lacks about a course of one drug, read beside the drug's regimens."""
    events = index.events_of(course.event_ids)
    own = sorted((r for r in regimens if r.drug == course.drug), key=lambda one: one.id)
    missing = tuple(_missing(events, own, index))
    untold = any(one.what in ("dose", "unit", "weight", "height") for one in missing)
    is_open = untold and (not course.regimen or _amount_of_none(events, own, index))
    possible = tuple(_possible(events, own, index)) if is_open else ()
    because = _because(course, missing, possible, own) if is_open and not course.regimen else ()
    products = tuple(dict.fromkeys(event.product for event in events if event.product))
    return Lacking(missing, possible, because, products, bool(own))


# ---------------------------------------------------------------- what is missing


def _missing(
    events: Sequence[Event], regimens: Sequence[Regimen], index: RecordIndex
) -> list[Missing]:
    found = [
        _unsaid(events, "dose", _has_no_dose, "the amount and unit of each dose"),
        _unsaid(events, "unit", _has_no_unit, "the unit of each dose"),
        *(_unsized(events, regimens, index, what) for what in ("weight", "height")),
        _unsaid(events, "route", lambda event: not event.route, "the route, or the form given"),
        _unsaid(events, "intent", lambda event: not event.intent, "what it was given for"),
    ]
    return [one for one in found if one is not None]


def _unsaid(
    events: Sequence[Event], what: str, is_absent: Callable[[Event], bool], settled_by: str
) -> Missing | None:
    count = sum(map(is_absent, events))
    if not count:
        return None
    where = "stated in no row"
    if count < len(events):
        where = f"not stated in {count} of {len(events)} rows"
    return Missing(what, f"the {what} is {where}", settled_by)


def _has_no_dose(event: Event) -> bool:
    return event.value is None and event.value_low is None and event.value_high is None


def _has_no_unit(event: Event) -> bool:
    return not _has_no_dose(event) and not event.unit


def _unsized(
    events: Sequence[Event], regimens: Sequence[Regimen], index: RecordIndex, what: str
) -> Missing | None:
    """A body size that a flat dose needs to be told in the unit of the drug's regimens."""
    divisor = {"weight": "kg", "height": "m2"}[what]
    units = [band.low.unit for band in map(band_of, regimens) if band]
    flat = [event for event in events if event.unit and "/kg" not in event.unit]
    if not flat or not any(f"/{divisor}" in unit for unit in units) or "/m2" in flat[0].unit:
        return None
    if size_at(divisor, flat[0].time, index) is not None:
        return None
    if what == "height" and size_at("kg", flat[0].time, index) is None and "/kg" in "".join(units):
        return None  # the weight is told already
    says = f"no {what} is recorded by the first dose"
    return Missing(what, says, f"the {what} at the first dose")


# ---------------------------------------------------------------- what stays possible


def _possible(
    events: Sequence[Event], regimens: Sequence[Regimen], index: RecordIndex
) -> list[Possible]:
    return [
        Possible(one.id, one.title, _provided(events, one))
        for one in regimens
        if not _is_ruled_out(events, one) and _amounts_fit(events, one, index)
    ]


def _amount_of_none(
    events: Sequence[Event], regimens: Sequence[Regimen], index: RecordIndex
) -> bool:
    """Whether no row's dose can be told in the unit of any of the regimens."""
    units = {band.low.unit for band in map(band_of, regimens) if band}
    return all(amount_in(event, unit, index) is None for event in events for unit in units)


def _amounts_fit(events: Sequence[Event], regimen: Regimen, index: RecordIndex) -> bool:
    """Whether one cycle at least may have the regimen's dose; what is untold may be anything."""
    values = [event.value for event in events]
    known = [value for value in values if value is not None]
    if events[0].is_spell and len(known) == len(values) and len({e.unit for e in events}) == 1:
        falls = len(known) > 1 and known[-1] < known[0]
        if falls != (regimen.phase is Phase.TAPER):
            return False
    band = band_of(regimen)
    if band is None:
        return True
    cycles = [[one] for one in events] if events[0].is_spell else cycles_of(list(events))
    return any(_may_be(cycle, band, index) for cycle in cycles)


def _may_be(cycle: Sequence[Event], band: QuantityRange, index: RecordIndex) -> bool:
    amounts = [amount_in(event, band.low.unit, index) for event in cycle]
    told = sum((amount for amount in amounts if amount is not None), Decimal(0))
    return told <= band.high.value and (None in amounts or told >= band.low.value)


def _is_ruled_out(events: Sequence[Event], regimen: Regimen) -> bool:
    """Whether a stated intent, route, interval, or the days of giving, is another's.

    A drug taken every day is not ruled out by days without a row: what was taken at home has none.
    """
    intents = {event.intent for event in events if event.intent}
    routes = {event.route for event in events if event.route}
    if intents and regimen.intent.value not in intents:
        return True
    if routes and regimen.route and regimen.route not in routes:
        return True
    if any(event.is_spell for event in events):
        return any(stated_interval_fit(e.interval, regimen) < 0 for e in events)
    if regimen.give.basis is Basis.PER_DAY:
        return False
    return not _days_fit(events, regimen)


def _days_fit(events: Sequence[Event], regimen: Regimen) -> bool:
    """Whether cycles spread over the regimen's days, and lie its interval apart half the time."""
    cycles = cycles_of(list(events))
    spread = regimen.recognise.days if regimen.recognise else None
    if spread is not None:
        lengths = [days_between(one[0].time, one[-1].time) + 1 for one in cycles]
        if not any(spread[0] <= length <= spread[1] for length in lengths):
            return False
    gap = interval_days(regimen)
    apart = [days_between(a[0].time, b[0].time) for a, b in pairwise(cycles)]
    if gap is None or not apart:
        return True
    return 2 * sum(gap[0] <= days <= gap[1] for days in apart) >= len(apart)


def _provided(events: Sequence[Event], regimen: Regimen) -> str:
    """What would have to be so, of what the record does not say."""
    band = band_of(regimen)
    parts = [_amount(band) if band else "any dose (its source states none)"]
    if regimen.route and not any(event.route for event in events):
        parts.append(f"route {regimen.route}")
    interval = regimen.recognise.interval if regimen.recognise else None
    cycles = cycles_of(list(events))
    if len(cycles) == 1 and not events[0].is_spell and regimen.give.basis is not Basis.PER_DAY:
        parts += [f"repeated every {_interval(interval)}"] if interval else []
    if regimen.give.basis is Basis.PER_DAY and not events[0].is_spell:
        parts.append("taken every day")
    if regimen.taper is not None:
        parts.append("falling from dose to dose")
    if not any(event.intent for event in events):
        parts.append(f"for {regimen.intent.value}")
    return ", ".join(parts)


def _amount(band: QuantityRange) -> str:
    low, high = band.low.say(), band.high.say()
    return low if low == high else f"{band.low.value.normalize():f} to {high}"


def _interval(band: PeriodRange) -> str:
    low, high = band.low.say(), band.high.say()
    return low if low == high else f"{low} to {high}"


def band_of(regimen: Regimen) -> QuantityRange | None:
    """The band of a cycle's amount, as recognition has it; `None` where no dose is stated."""
    bands = regimen.recognise
    stated = (bands.per_course or bands.per_dose) if bands else None
    return stated or own_band(regimen)


def _because(
    course: Course,
    missing: Sequence[Missing],
    possible: Sequence[Possible],
    regimens: Sequence[Regimen],
) -> tuple[str, ...]:
    if not regimens:
        return (f"the library has no regimen of {spoken(course.drug)}",)
    first = missing[0].says
    if not possible:
        return (first, "what is known rules out every regimen of the library")
    return (f"{first}, so no regimen can be told",)
