"""How exact numbers are shown. Working is done in fractions; only what is printed is rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from stepline.core.quantity import Quantity, decimal_of

MASS_UNITS = ("g", "mg", "ug")
"""Units in which a drug is stated by mass. Pounds and ounces are none of them."""


def shown(number: Fraction | Decimal, places: int = 2) -> str:
    """A number for people: at most so many decimals, no trailing zeros (`137.5`, `25`)."""
    exact = decimal_of(number) if isinstance(number, Fraction) else number
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    text = format(rounded, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity_of(number: Fraction, unit: str) -> Quantity:
    """A quantity from an exact number; 34 digits where the decimal does not end."""
    return Quantity(decimal_of(number), unit)


def say(quantity: Quantity, places: int = 2) -> str:
    """A quantity for people, rounded only in print."""
    return Quantity(Decimal(shown(quantity.value, places)), quantity.unit).say()


def percent(part: Fraction, whole: Fraction) -> Fraction:
    """The difference `part` as percent of `whole` (not zero), exactly."""
    return part / whole * 100


def signed_percent(number: Fraction) -> str:
    """A percentage with its sign: `+4.2 %`, `−16.7 %`, `0 %`."""
    text = shown(abs(number), 1)
    if text == "0":
        return "0 %"
    return f"{'+' if number > 0 else '−'}{text} %"


def quantity_json(quantity: Quantity | None) -> dict[str, object] | None:
    """Machine form: the number as JSON number and its unit; `None` stays `None`."""
    return None if quantity is None else {"value": float(quantity.value), "unit": quantity.unit}
