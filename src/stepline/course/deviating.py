"""What differs between a regimen and the doses read as it, by name."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from stepline.core.quantity import comparable, in_unit
from stepline.core.time import days_between
from stepline.course.bodysize import body_of, size_at
from stepline.course.cycles import Cycle, total_in
from stepline.course.model import Deviation
from stepline.course.points import Profile
from stepline.course.segment import Segment
from stepline.dosing.numbers import shown
from stepline.record.index import RecordIndex

WEIGHT_CHANGED = Decimal("0.1")
"""From this part of the earlier weight on a change is told."""

_SAID = {
    "split": "spread over {days} days",
    "route-changed": "given {route}",
    "dose-unknown": "the dose in the regimen's unit cannot be told",
    "double-dose": "equal doses stand together; one of them alone fits",
    "day-missing": "{present} of {over} days have a row",
    "unit-missing": "a number without a unit, {value}",
}


def deviations_of(
    run: Segment, amounts: Sequence[Decimal | None], index: RecordIndex
) -> tuple[Deviation, ...]:
    """The deviations of a segment: of intervals, of doses, and of the course as a whole.

    `amounts` are those of its cycles in the regimen's unit, `None` where they cannot be told.
    """
    profile = run.profile
    if profile is None:
        return ()
    found = [*_of_gaps(run), *_of_doses(run, profile, amounts, index), *_of_products(run)]
    found += [Deviation("extra", "between two cycles in step", _ids(one)) for one in run.extras]
    found += _of_weights(run, profile, index)
    given = len(run.cycles)
    if profile.most and given < profile.fewest:
        found.append(Deviation("partial", f"{given} of {profile.fewest} cycles"))
    return tuple(found)


def _of_weights(run: Segment, profile: Profile, index: RecordIndex) -> list[Deviation]:
    """Weights that were taken later or do not fit those beside them, and that none is known."""
    if run.by_ratio is not None:
        low, high = run.by_ratio
        says = f"no weight is known; the ratio of the doses would fit {low} to {high} kg"
        return [Deviation("weight-unknown", says, _ids(run.cycles[0]))]
    if "/kg" not in profile.unit or all("/" in one.events[0].unit for one in run.cycles):
        return []
    sizes = body_of(index).weight
    if not sizes.odd and sizes.moments and sizes.moments[0] <= run.cycles[0].start:
        return []
    later = [one for one in run.cycles if sizes.is_later(one.start)]
    odd = [one for one in run.cycles if sizes.set_aside(one.start)]
    found = []
    if later:
        says = "read with a weight that was taken later"
        found.append(Deviation("weight-later", says, _all_ids(later)))
    if odd:
        says = "a weight that does not fit those beside it is set aside"
        found.append(Deviation("weight-odd", says, _all_ids(odd)))
    return found


def _of_gaps(run: Segment) -> list[Deviation]:
    found = []
    for (earlier, later), (_, kind, left_out) in zip(pairwise(run.cycles), run.gaps, strict=True):
        if not kind:
            continue
        says = f"{days_between(earlier.start, later.start)} days"
        if left_out:
            says += f": {left_out} {'cycle' if left_out == 1 else 'cycles'} missed or late"
        found.append(Deviation(kind, says, _ids(later)))
    return found


def _of_doses(
    run: Segment, profile: Profile, amounts: Sequence[Decimal | None], index: RecordIndex
) -> list[Deviation]:
    found = []
    weight, by_weight = None, "/kg" in profile.unit
    for cycle, worth, amount in zip(run.cycles, run.worths, amounts, strict=True):
        if worth.kind == "dose-odd":
            found.append(Deviation(worth.kind, _odd(cycle, profile, index), _ids(cycle)))
        elif worth.kind == "dose-changed":
            says = f"{shown(amount, 3)} {profile.unit}" if amount is not None else "another dose"
            found.append(Deviation(worth.kind, says, _ids(cycle)))
        elif worth.kind:
            route = cycle.events[0].route
            present = len({event.time.date() for event in cycle.events})
            says = _SAID[worth.kind].format(
                days=cycle.days,
                route=route,
                present=present,
                over=profile.over,
                value=cycle.events[0].value,
            )
            found.append(Deviation(worth.kind, says, _ids(cycle)))
        now = size_at("kg", cycle.start, index) if by_weight else None
        if weight and now and now is not weight and abs(now - weight) >= WEIGHT_CHANGED * weight:
            says = f"{shown(weight, 3)} kg before, {shown(now, 3)} kg now"
            found.append(Deviation("weight-changed", says, _ids(cycle)))
            weight = now
        weight = weight or now
    return [*found, *_rounded(run, profile, amounts), *_capped(run, profile, index)]


_TIMES = {
    Decimal(10): "ten times as much",
    Decimal("0.1"): "a tenth",
    Decimal(1000): "a thousand times as much, as in another unit,",
    Decimal("0.001"): "a thousandth, as in another unit,",
}


def _odd(cycle: Cycle, profile: Profile, index: RecordIndex) -> str:
    """An odd dose as it is recorded, and what would fit."""
    if len(cycle.events) > 1:
        return f"of its {len(cycle.events)} rows, one differs from most"
    event = cycle.events[0]
    amount = total_in(cycle.events, profile.unit, index)
    fits = [
        said
        for times, said in _TIMES.items()
        if amount is not None and profile.low <= amount * times <= profile.high
    ]
    would = f"; {fits[0]} would fit" if fits else ""
    return f"{event.value:f} {event.unit} as recorded{would}"


def _rounded(run: Segment, profile: Profile, amounts: Sequence[Decimal | None]) -> list[Deviation]:
    """Grams or milligrams that differ from the exact dose by rounding, once a course."""
    dose = profile.dose
    if not dose:
        return []
    off = [
        cycle
        for cycle, worth, amount in zip(run.cycles, run.worths, amounts, strict=True)
        if not worth.kind and "/" not in cycle.events[0].unit and amount not in (dose, None)
    ]
    ids = tuple(number for cycle in off for number in _ids(cycle))
    says = f"within the band, not exactly {shown(dose, 3)} {profile.unit}"
    return [Deviation("rounded", says, ids)] if off else []


def _capped(run: Segment, profile: Profile, index: RecordIndex) -> list[Deviation]:
    """The most that a dose by size comes to was given, and the size asks for more."""
    give = profile.regimen.give
    if give.capped_at is None or give.dose is None or "/" not in give.dose.unit:
        return []
    mass, _, per = give.dose.unit.partition("/")
    found = []
    for cycle in run.cycles:
        size = size_at(per, cycle.start, index)
        amount = total_in(cycle.events, mass, index)
        if size is None or amount is None or not comparable(give.capped_at.unit, mass):
            continue
        most = in_unit(give.capped_at, mass)
        if amount == most and give.dose.value * size > amount:
            found.append(Deviation("capped", f"at {give.capped_at}", _ids(cycle)))
    return found


def _of_products(run: Segment) -> list[Deviation]:
    found = []
    product = ""
    for cycle in run.cycles:
        own = cycle.events[0].product
        if product and own and own != product:
            found.append(Deviation("product-changed", f"{product} before, {own} now", _ids(cycle)))
        product = own or product
    return found


def _all_ids(cycles: list[Cycle]) -> tuple[int, ...]:
    return tuple(number for cycle in cycles for number in _ids(cycle))


def _ids(cycle: Cycle) -> tuple[int, ...]:
    return tuple(event.event_id for event in cycle.events)
