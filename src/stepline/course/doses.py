"""What the doses of one cycle are worth as a cycle of a regimen.

A slip of the pen is named, never mended: the reading says which dose does not fit and what would
explain it, and the amount stays as it is recorded.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

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
_points = attrgetter("points")


class Amounts(NamedTuple):
    """A cycle in one unit: its total, that without rows that stand twice, and each day's.

    `bare` is what a single number without a unit would be in grams, milligrams or this unit, and
    `slipped` what a single dose would be if one of `SLIPS` was made.
    """

    total: Decimal | None
    once: Decimal | None
    daily: tuple[Decimal | None, ...]
    bare: tuple[Decimal | None, ...] = ()
    slipped: tuple[Decimal, ...] = ()


def amounts_of(cycle: Cycle, unit: str, index: RecordIndex) -> Amounts:
    """The amounts of a cycle in a unit, `None` where they cannot be told."""
    if len(cycle.events) == 1:
        only = amount_in(cycle.events[0], unit, index)
        slipped = () if only is None else tuple([only * times for times in SLIPS])
        return Amounts(only, only, (only,), _bare(cycle.events[0], unit, index), slipped)
    days: dict[int, list[Event]] = {}
    for event in cycle.events:
        days.setdefault(event.time.toordinal(), []).append(event)
    daily = [_of_day(day, unit, index) for day in days.values()]
    if len(days) == len(cycle.events):
        total = _sum(daily)
        return Amounts(total, total, tuple(daily))
    once = [_of_day(_once(day), unit, index) for day in days.values()]
    return Amounts(_sum(daily), _sum(once), tuple(once))


def _of_day(events: list[Event], unit: str, index: RecordIndex) -> Decimal | None:
    if len(events) == 1:
        return amount_in(events[0], unit, index)
    return _sum([amount_in(event, unit, index) for event in events])


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


def may_be(cycle: Cycle, profile: Profile) -> bool:
    """Whether intent and days leave it open that a cycle is one of the regimen, of any dose."""
    if cycle.intent and cycle.intent != profile.intent:
        return False
    return profile.days is None or cycle.days <= profile.days[1] + SPREAD_MOST


ODD = Worth(p.DOSE_ODD, "dose-changed", begins=False)
"""What a cycle of any dose is worth within a course; it begins none."""


def dose_worth(cycle: Cycle, amounts: Amounts, profile: Profile) -> Worth | None:
    """What the doses of a cycle that `may_be` the regimen's are worth.

    `None` where they are not explained by the regimen.
    """
    worth = _best(cycle, amounts, profile) if profile.unit else _untold(cycle, profile)
    route = cycle.events[0].route
    if worth is None or not route or not profile.route or route == profile.route:
        return worth
    return Worth(worth.points + p.ROUTE_OFF, "route-changed", worth.begins)


def _best(cycle: Cycle, amounts: Amounts, profile: Profile) -> Worth | None:
    """The explanation that is worth most; of equals the one that comes first here."""
    total, spread = amounts.total, profile.days
    fits_days = spread is None or spread[0] <= cycle.days <= spread[1]
    further = p.DAY * (min(len(amounts.daily), profile.over) - 1)
    found: list[Worth] = []
    is_whole = total is not None and profile.low <= total <= profile.high
    if is_whole and total is not None:
        points = p.DOSE_FITS + p.closeness(total, profile.dose) + further
        if fits_days:
            return Worth(points)
        found.append(Worth(points + p.SPREAD_OFF, "split"))
    found += _slips(amounts, profile, further)
    if total is None:
        is_told = any(amount is not None for amount in amounts.bare)
        untold = None if is_told else _untold(cycle, profile)
        found += [untold] if untold else []
    elif not is_whole and fits_days and profile.near[0] <= total <= profile.near[1]:
        found.append(Worth(p.DOSE_OFF, "dose-changed", begins=False))
    return max(found, key=_points) if found else None


def _slips(amounts: Amounts, profile: Profile, further: int) -> list[Worth]:
    """The slips of the pen that would explain the doses."""
    found = []
    if amounts.once != amounts.total and _fits(amounts.once, profile):
        found.append(Worth(p.DOUBLED + further, "double-dose"))
    if profile.over == 1:
        low, high = profile.low, profile.high
        if [amount for amount in amounts.slipped if low <= amount <= high]:
            found.append(Worth(p.DOSE_SLIP, "dose-odd"))
        if amounts.bare and any(_fits(amount, profile) for amount in amounts.bare):
            found.append(Worth(p.UNIT_MISSING, "unit-missing"))
    elif len(amounts.daily) <= profile.over:
        by_days = _by_days(amounts.daily, profile)
        if by_days is not None:
            found.append(by_days)
    return found


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
