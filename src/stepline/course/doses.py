"""What the doses of one cycle are worth as a cycle of a regimen.

A slip of the pen is named, never mended: the reading says which dose does not fit and what would
explain it, and the amount stays as it is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from stepline.course import points as p
from stepline.course.cycles import Cycle, amount_in
from stepline.course.points import Profile, Worth
from stepline.record.index import RecordIndex
from stepline.record.model import Event

SLIPS = (Decimal(10), Decimal("0.1"), Decimal(1000), Decimal("0.001"))
"""A decimal point that was moved, and grams for milligrams or the other way round."""
SPREAD_MOST = 3
"""A cycle may take so many days more than the regimen's."""
SAME_DOSE = Decimal("0.15")
"""Days of one cycle have the same dose within this fraction."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """A cycle in one unit: its total, that without rows that stand twice, and each day's.

    `bare` is what a single number without a unit would be in grams, milligrams or this unit.
    """

    total: Decimal | None
    once: Decimal | None
    daily: tuple[Decimal | None, ...]
    bare: tuple[Decimal | None, ...] = ()


def amounts_of(cycle: Cycle, unit: str, index: RecordIndex) -> Amounts:
    """The amounts of a cycle in a unit, `None` where they cannot be told."""
    events = cycle.events
    if len(events) == 1:
        only = amount_in(events[0], unit, index)
        return Amounts(only, only, (only,), _bare(events[0], unit, index))
    days: dict[int, list[Event]] = {}
    for event in events:
        days.setdefault(event.time.toordinal(), []).append(event)
    daily = tuple(_sum([amount_in(e, unit, index) for e in day]) for day in days.values())
    once = tuple(_sum([amount_in(e, unit, index) for e in _once(day)]) for day in days.values())
    return Amounts(_sum(list(daily)), _sum(list(once)), once)


def _bare(event: Event, unit: str, index: RecordIndex) -> tuple[Decimal | None, ...]:
    if event.unit or event.value is None:
        return ()
    units = dict.fromkeys(("g", "mg", unit))
    return tuple(amount_in(replace(event, unit=one), unit, index) for one in units)


def _once(day: list[Event]) -> list[Event]:
    return list({(event.value, event.unit): event for event in day}.values())


def _sum(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def dose_worth(cycle: Cycle, amounts: Amounts, profile: Profile) -> Worth | None:
    """What a cycle's doses are worth; `None` where they are not explained by the regimen."""
    if cycle.intent and cycle.intent != profile.intent:
        return None
    worth = _best(cycle, amounts, profile) if profile.unit else _untold(cycle, profile)
    route = cycle.events[0].route
    if worth is None or not route or not profile.route or route == profile.route:
        return worth
    return Worth(worth.points + p.ROUTE_OFF, "route-changed", worth.begins)


def odd_worth(cycle: Cycle, profile: Profile) -> Worth | None:
    """What a cycle of any dose is worth within a course; it begins none."""
    days = profile.days
    if cycle.intent and cycle.intent != profile.intent:
        return None
    if days is not None and cycle.days > days[1] + SPREAD_MOST:
        return None
    return Worth(p.DOSE_ODD, "dose-changed", begins=False)


def _best(cycle: Cycle, amounts: Amounts, profile: Profile) -> Worth | None:
    further = p.DAY * (min(len(amounts.daily), profile.over) - 1)
    whole = _whole(cycle.days, amounts.total, profile, further)
    if whole is not None and not whole.kind:
        return whole
    found = [one for one in (whole, *_slips(cycle, amounts, profile)) if one is not None]
    if amounts.total is None:
        is_told = any(amount is not None for amount in amounts.bare)
        untold = None if is_told else _untold(cycle, profile)
        found += [untold] if untold else []
    elif _is_near(cycle.days, amounts.total, profile):
        found.append(Worth(p.DOSE_OFF, "dose-changed", begins=False))
    return max(found, key=lambda one: one.points, default=None)


def _whole(days: int, total: Decimal | None, profile: Profile, further: int) -> Worth | None:
    """The whole amount as it is recorded, over as many days as it was given."""
    if total is None or not profile.low <= total <= profile.high:
        return None
    points = p.DOSE_FITS + p.closeness(total, profile.dose) + further
    spread = profile.days
    if spread is None or spread[0] <= days <= spread[1]:
        return Worth(points)
    if days > spread[1] + SPREAD_MOST:
        return None
    return Worth(points + p.SPREAD_OFF, "split")


def _is_near(days: int, total: Decimal, profile: Profile) -> bool:
    spread = profile.days
    fits = spread is None or spread[0] <= days <= spread[1]
    return fits and profile.low / 2 <= total <= profile.high * 3 / 2


def _slips(cycle: Cycle, amounts: Amounts, profile: Profile) -> Iterator[Worth]:
    """The slips of the pen that would explain the doses."""
    spread = profile.days
    if spread is not None and cycle.days > spread[1] + SPREAD_MOST:
        return
    if amounts.once != amounts.total and _fits(amounts.once, profile):
        further = p.DAY * (min(len(amounts.daily), profile.over) - 1)
        yield Worth(p.DOUBLED + further, "double-dose")
    if len(cycle.events) == 1 and profile.over == 1:
        if amounts.total is not None and any(_fits(amounts.total * x, profile) for x in SLIPS):
            yield Worth(p.DOSE_SLIP, "dose-odd")
        if any(_fits(amount, profile) for amount in amounts.bare):
            yield Worth(p.UNIT_MISSING, "unit-missing")
    elif profile.over > 1 and len(amounts.daily) <= profile.over:
        by_days = _by_days(amounts.daily, profile)
        if by_days is not None:
            yield by_days


def _by_days(daily: tuple[Decimal | None, ...], profile: Profile) -> Worth | None:
    """Most days have the regimen's daily dose; of the others one is odd or has no row."""
    known = sorted(amount for amount in daily if amount is not None)
    if not known:
        return None
    usual = known[(len(known) - 1) // 2]
    same = sum(abs(amount - usual) <= SAME_DOSE * usual for amount in known)
    if 2 * same < profile.over or not _fits(usual * profile.over, profile):
        return None
    odd, missing = len(daily) - same, profile.over - len(daily)
    if not odd and not missing:
        return None
    points = p.DOSE_FITS + p.DAY * (same - 1)
    points += odd * (p.DOSE_SLIP - p.DOSE_FITS) + missing * (p.DAY_MISSING - p.DOSE_FITS)
    return Worth(points, "dose-odd" if odd else "day-missing")


def _fits(amount: Decimal | None, profile: Profile) -> bool:
    return amount is not None and profile.low <= amount <= profile.high


def _untold(cycle: Cycle, profile: Profile) -> Worth | None:
    """A dose that cannot be told in the regimen's unit and may still be the regimen's."""
    days, own = profile.days, cycle.events[0].unit
    if days is not None and not days[0] <= cycle.days <= days[1]:
        return None
    known = cycle.events[0].value is not None and "/" in own and "/" in profile.unit
    if known and own.rpartition("/")[2] != profile.unit.rpartition("/")[2]:
        return None
    if cycle.intent:
        return Worth(p.DOSE_OPEN, "dose-unknown")
    return Worth(p.DOSE_UNTOLD, "dose-unknown", begins=False)
