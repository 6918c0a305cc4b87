"""Numbers, units and lengths of time as an instruction writes them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from stepline.core.time import Period
from stepline.record.sig_values import Between

_MASSES = {
    **dict.fromkeys(("mg", "milligram"), "mg"),
    **dict.fromkeys(("g", "gm", "gram"), "g"),
    **dict.fromkeys(("mcg", "ug", "microgram"), "ug"),
    **dict.fromkeys(("iu", "unit"), "[IU]"),
    "ml": "mL",
}
_SAID_EVERY = {
    "daily": "P1D", "every day": "P1D", "each day": "P1D", "weekly": "P7D", "every week": "P7D",
    "each week": "P7D", "fortnightly": "P14D", "every fortnight": "P14D",
    "every other week": "P14D", "monthly": "P1M", "every month": "P1M",
    **dict.fromkeys(
        ("alternate days", "alternating days", "alt days", "every other day", "every second day",
         "every 2nd day", "every alternate day", "qod", "eod"), "P2D",
    ),
}  # fmt: skip
_UNITS = {
    "mon": "months", "mo": "months", "12": "months", "w": "weeks", "52": "weeks", "d": "days",
    "7": "days", "h": "hours", "min": "minutes",
}  # fmt: skip
MOST = 1000
"""Higher counts are slips."""


class Doubt(Exception):
    """Why a text is not read."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def range_of(tree: Any) -> Between:
    """A number, or a range of two that rise."""
    low, high = tree.children
    numbers = Between(Decimal(low), Decimal(high if high is not None else low))
    if numbers.low > numbers.high or numbers.high == 0 or len(str(low)) > 20:
        raise Doubt("number-wrong", "A number is nothing, too long, or a range runs downwards.")
    return numbers


def exact(tree: Any) -> Decimal:
    """One number."""
    numbers = range_of(tree)
    if numbers.low != numbers.high:
        raise Doubt("number-wrong", "A range stands where one number is needed.")
    return numbers.low


def whole(tree: Any) -> int:
    """One whole number."""
    number = exact(tree)
    if number != int(number) or number > MOST:
        raise Doubt("number-wrong", "A number that counts is not whole, or too large.")
    return int(number)


def whole_range(tree: Any) -> Between:
    """Whole numbers from 1."""
    numbers = range_of(tree)
    ends = (numbers.low, numbers.high)
    if any(end != int(end) for end in ends) or numbers.low < 1 or numbers.high > MOST:
        raise Doubt("number-wrong", "A number that counts is not whole, or too large.")
    return numbers


def unit_of(mass: Any, body: Any) -> str:
    """The UCUM unit of a mass and of what it is scaled by."""
    unit = _MASSES.get(str(mass)) or _MASSES[str(mass).removesuffix("s")]
    if body is None:
        return unit
    return f"{unit}/kg" if str(body).endswith("kg") else f"{unit}/m2"


def form_of(form: Any) -> str:
    """`tablet`, `capsule` or `vial`."""
    return {"tab": "tablet", "cap": "capsule", "via": "vial"}[str(form)[:3]]


def interval_of(parts: list[Any]) -> Period:
    """The time from dose to dose."""
    *number, last = parts
    if number:
        return period_of(whole(number[0]), str(last))
    if last.type == "UNIT":
        return period_of(1, str(last))
    return slashed(last) if last.type == "SLASHED" else period_said(str(last))


def period_said(text: str) -> Period:
    """`weekly`, `q4w`, `6 hourly`."""
    iso = _SAID_EVERY.get(re.sub("^(?:once|on) ", "", text))
    if iso == "P1M":
        return period_of(1, "months")
    if iso:
        return period_of(int(iso[1:-1]), "days")
    found = re.fullmatch(r"q? ?(\d+) ?(\w+)", text)
    assert found is not None
    return period_of(int(found[1]), found[2])


def slashed(text: Any) -> Period:
    """`5/7` days, `2/52` weeks, `3/12` months."""
    number, _, unit = str(text).replace(" ", "").partition("/")
    return period_of(int(number), unit)


def period_of(number: int, unit: str) -> Period:
    """So many of a unit as it is written."""
    if not 0 < number <= MOST:
        raise Doubt("number-wrong", "A length of time is nothing, or too long.")
    name = next(name for start, name in _UNITS.items() if unit.startswith(start))
    if name == "weeks":
        return Period(days=7 * number, written=f"P{number}W")
    return {
        "months": Period(months=number),
        "days": Period(days=number),
        "hours": Period(hours=number),
        "minutes": Period(minutes=number),
    }[name]
