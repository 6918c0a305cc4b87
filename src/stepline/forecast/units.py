"""The units in which a model's parameters are kept: days and litres, whatever its file writes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from stepline.core.errors import Place, Problem, Refused
from stepline.core.quantity import Quantity, convert, read_unit

UNITS: Mapping[str, str] = {
    **dict.fromkeys(("cl", "q", "q2", "cl-extra"), "L/d"),
    **dict.fromkeys(("vc", "vp", "vp2"), "L"),
    **dict.fromkeys(("ka", "ke", "k12", "k21", "k13", "k31", "k-des", "k-out"), "/d"),
    **dict.fromkeys(("lag", "mean-transit-time"), "d"),
}
"""The unit in which the parameter of a name is kept; other parameters keep that of their file."""

TIMES: Mapping[str, float] = {"min": 1440.0, "h": 24.0, "d": 1.0, "wk": 1 / 7}
"""How many of a unit of time make a day, for the units that event tables may be written in."""


def in_days(name: str, value: Decimal, unit: str) -> tuple[Decimal, str]:
    """A parameter's value and unit as they are kept: clearance in L/d, rates per day, lag in days.

    A parameter without a unit is read in the unit that it is kept in. Raises `QuantityRefused`
    where the unit cannot be read, or measures something else.
    """
    kept = UNITS.get(name)
    if kept is None or not unit:
        return value, unit or kept or ""
    if unit == kept:
        return value, unit
    canonical, _ = read_unit(unit)
    return convert(Quantity(value, canonical), read_unit(kept)[0]).value, kept


def unit_problems(name: str, value: Decimal, unit: str, place: Place) -> list[Problem]:
    """What is wrong with the unit of a parameter (`unit-unknown`, `unit-mismatch`, …)."""
    try:
        in_days(name, value, unit)
    except Refused as refusal:
        return [one.at(place) for one in refusal.problems]
    return []
