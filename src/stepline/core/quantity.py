"""A number with its unit: exact decimals over UCUM.

`Quantity(Decimal("0.4"), "g/kg")` is a value; nothing is converted behind the reader's back.
Comparisons between units go through exact fractions (`in_unit`, `order`), never through floats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from stepline.core.errors import QuantityRefused, Refused
from stepline.core.units import comparable, factor, measures, read_unit

__all__ = [
    "Quantity",
    "comparable",
    "convert",
    "decimal_of",
    "factor",
    "in_unit",
    "measures",
    "order",
    "parse_number",
    "parse_quantity",
    "read_unit",
]

_DIGITS = 34
"""Significant digits kept where a decimal would not end (decimal128)."""
_LARGEST_EXPONENT = 30
_LONGEST_NUMBER = 40
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_QUANTITY = re.compile(rf"({_NUMBER})(?![0-9,*^])\s*(.*)", re.DOTALL)
_WHOLE_NUMBER = re.compile(_NUMBER)
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_POWER = re.compile(r"10[*^][0-9]")
_SHOWN = {"[lb_av]": "lb", "[in_i]": "in", "mm[Hg]": "mmHg", "Cel": "°C", "[degF]": "°F"}
_COUNTED = {
    "{score}": "point",
    "a": "year",
    "mo": "month",
    "wk": "week",
    "d": "day",
    "h": "hour",
    "min": "minute",
}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number in a canonical UCUM unit; unit `1` for a plain number."""

    value: Decimal
    unit: str

    def __str__(self) -> str:
        number = format(self.value, "f")
        return number if self.unit == "1" else f"{number} {self.unit}"

    def say(self) -> str:
        """For people: `2 × 10⁹/L`, `375 mg/m²`, `0.5 g/kg per 28 d`, `142 points`."""
        number = format(self.value, "f")
        if self.unit in _COUNTED:
            return f"{number} {_COUNTED[self.unit]}{'s' * (self.value != 1)}"
        unit = _said(self.unit)
        return f"{number} {unit}" if unit else number


def parse_number(text: str) -> Decimal:
    """An exact finite decimal from text such as `0.2`, `1e3`, `-5`.

    Raises `QuantityRefused`: `number-comma`, `number-not-finite`, `number-too-large`,
    `number-unreadable`.
    """
    stripped = text.strip()
    if not _WHOLE_NUMBER.fullmatch(stripped):
        raise _unreadable(stripped)
    return _finite(stripped)


@lru_cache(maxsize=4096)
def parse_quantity(text: str) -> tuple[Quantity, tuple[str, ...]]:
    """A number and its unit from text such as `518 UI/L`, `2 g/kg`, `90 mg/d`, `30 %`.

    Returns the quantity, in the canonical spelling of the unit that was written, and notes on
    readings that could be doubted. Raises `QuantityRefused`; a bare number is `unit-missing`.
    """
    stripped = text.strip()
    found = _QUANTITY.match(stripped)
    if found is None or _POWER.match(stripped) or re.fullmatch(r"[0-9. ]+", found[2]):
        raise _unreadable(stripped)
    value = _finite(found[1])
    if not found[2]:
        raise QuantityRefused.because(
            "unit-missing",
            f"The number {_short(stripped)} has no unit.",
            found=_short(stripped),
            allowed="a number and a UCUM unit, such as 2 g/kg or 518 U/L",
            mend="write the unit after the number",
        )
    unit, notes = read_unit(found[2])
    return Quantity(value, unit), notes


def in_unit(quantity: Quantity, unit: str) -> Fraction:
    """The exact number of `unit` in a quantity; `QuantityRefused` (`unit-mismatch`) if none."""
    return Fraction(quantity.value) * factor(quantity.unit, unit)


def convert(quantity: Quantity, unit: str) -> Quantity:
    """The same quantity in another unit.

    Exact wherever the result is a finite decimal; otherwise rounded half-even to 34 significant
    digits (100 U/L is 1.666… ukat/L). Compare with `order`, which never rounds.
    """
    if quantity.unit == unit:
        return quantity
    return Quantity(decimal_of(in_unit(quantity, unit)), unit)


def order(one: Quantity, other: Quantity) -> int:
    """-1, 0 or 1 as one quantity is below, equal to or above another, exactly."""
    difference = in_unit(one, other.unit) - Fraction(other.value)
    return (difference > 0) - (difference < 0)


def decimal_of(number: Fraction) -> Decimal:
    """The decimal of a fraction: exact where it ends, else to 34 significant digits.

    Its exponent is never positive (400, not 4E+2) and its last decimal place never zero.
    """
    places = _places(number.denominator)
    if places is None:
        context = Context(prec=_DIGITS, rounding=ROUND_HALF_EVEN)
        return context.divide(Decimal(number.numerator), Decimal(number.denominator))
    whole = number.numerator * 10**places // number.denominator
    sign, digits = int(whole < 0), tuple(int(digit) for digit in str(abs(whole)))
    return Decimal((sign, digits, -places))


def _places(denominator: int) -> int | None:
    """How many decimal places one over this needs; `None` where they never end."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None


def _finite(text: str) -> Decimal:
    value = Decimal(text) if len(text) <= _LONGEST_NUMBER else None
    if value is None or abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise QuantityRefused.because(
            "number-too-large",
            "The number has too many digits or too large an exponent.",
            found=_short(text),
            allowed=f"at most {_LONGEST_NUMBER} characters, below 1e{_LARGEST_EXPONENT}",
            mend="check the number",
        )
    return value


def _unreadable(text: str) -> Refused:
    code, message, mend = (
        "number-unreadable",
        "This is not a number with a unit.",
        ("write a number, then its unit: 2 g/kg"),
    )
    if _COMMA.match(text):
        code, message = "number-comma", "A comma in a number can be a decimal or a thousand."
        mend = "write decimals with a point and thousands without a mark: 1.5, 1000"
    elif re.match(r"[+-]?s?(nan|inf)", text, re.IGNORECASE):
        code, message, mend = "number-not-finite", "The number is not finite.", "write unknown"
    elif _POWER.match(text):
        mend = f"write the number before the power of ten: 1 {_short(text)}"
    elif text.startswith(("<", ">", "≤", "≥", "=", "~", "≈")):
        mend = "a limit is no value: write the number alone, and say below or above beside it"
    elif not text:
        message = "A number with a unit is missing."
    allowed = "a decimal number and a UCUM unit, such as 0.2 g/kg"
    return QuantityRefused.because(code, message, found=_short(text), allowed=allowed, mend=mend)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NUMBER else text[:_LONGEST_NUMBER] + "…"


@lru_cache(maxsize=512)
def _said(unit: str) -> str:
    """A unit for people; empty for a plain number."""
    if unit == "1":
        return ""
    shown = _SHOWN.get(unit, unit)
    shown = re.sub(r"10\*([0-9]+)", lambda power: "× 10" + power[1].translate(_RAISED), shown)
    shown = re.sub(r"(?<=m)[23]\b", lambda power: power[0].translate(_RAISED), shown)
    shown = re.sub(r"/\(([0-9]+)\.(\w+)\)", r" per \1 \2", shown)
    shown = re.sub(r"\bu(?=(g|L|m|mol|kat)\b)", "µ", shown)
    shown = shown.replace("{1.73_m²}", "1.73 m²").replace("{1.73_m2}", "1.73 m²")
    return re.sub(r"[\[\]{}]", "", shown).strip()
