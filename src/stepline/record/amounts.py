"""What an author wrote as a value or a dose: an exact number, a bound, a range, or unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from stepline.core.errors import QuantityRefused, RecordRefused, Refused
from stepline.core.quantity import Quantity, comparable, convert, order, parse_quantity
from stepline.record.cell import Cell
from stepline.vocabulary.model import Concept, PlausibleRange

_COMPARED = re.compile(r"(<=|>=|<|>|≤|≥)\s*(.+)")
_RANGE = re.compile(r"([0-9.]+)\s*\.\.\s*(.+)")
_LOWER_BOUNDS = (">", ">=", "≥")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a UCUM unit: exact, or between two bounds either of which may be open."""

    unit: str
    exact: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    notes: tuple[str, ...] = ()

    @property
    def quantity(self) -> Quantity:
        """The exact quantity; only for an amount that has one."""
        assert self.exact is not None
        return Quantity(self.exact, self.unit)

    def numbers(self) -> tuple[Quantity, ...]:
        """Every number that was written, as a quantity."""
        written = (self.exact, self.low, self.high)
        return tuple(Quantity(number, self.unit) for number in written if number is not None)

    def say(self) -> str:
        """For people: `2 g/kg`, `up to 1.5 mg/kg/d`, `at least 500 U/L`, `0.2 to 0.4 g/kg`."""
        if self.exact is not None:
            return str(self.quantity)
        low, high = (Quantity(number or Decimal(0), self.unit) for number in (self.low, self.high))
        if self.low is None:
            return f"up to {high}"
        return f"at least {low}" if self.high is None else f"{low} to {high}"


def read_amount(cell: Cell, plain_unit: str = "") -> Amount:
    """An amount such as `518 U/L`, `> 500 U/L`, `0.2..0.4 g/kg`.

    A bare number is read in `plain_unit` where there is one. `QuantityRefused` otherwise.
    """
    text = cell.text
    if cell.is_number and plain_unit:
        return Amount(plain_unit, Decimal(text))
    if compared := _COMPARED.fullmatch(text):
        quantity, notes = parse_quantity(_with_unit(compared[2], plain_unit))
        if compared[1] in _LOWER_BOUNDS:
            return Amount(quantity.unit, low=quantity.value, notes=(f"written '{text}'", *notes))
        return Amount(quantity.unit, high=quantity.value, notes=(f"written '{text}'", *notes))
    if both := _RANGE.fullmatch(text):
        return _range(both[1], _with_unit(both[2], plain_unit), text)
    quantity, notes = parse_quantity(text if cell.is_scalar else "")
    return Amount(quantity.unit, quantity.value, notes=notes)


def _with_unit(text: str, plain_unit: str) -> str:
    bare = re.fullmatch(r"[0-9.]+", text.strip())
    return f"{text} {plain_unit}" if bare and plain_unit else text


def _range(first: str, last: str, text: str) -> Amount:
    high, notes = parse_quantity(last)
    low, _ = parse_quantity(f"{first} {high.unit}")
    if low.value > high.value:
        message = "The range begins above its end."
        raise QuantityRefused.because("range-reversed", message, found=text, mend="swap the two")
    return Amount(high.unit, low=low.value, high=high.value, notes=notes)


def check_unit(amount: Amount, concept: Concept, allowed: Iterable[str]) -> None:
    """`RecordRefused` (`unit-wrong`) when the unit measures nothing that the concept has."""
    units = tuple(dict.fromkeys(unit for unit in allowed if unit))
    if any(comparable(amount.unit, unit) for unit in units):
        return
    raise RecordRefused.because(
        "unit-wrong",
        f"{concept.id} is not measured in {amount.unit}.",
        found=amount.unit,
        allowed=", ".join(units) or "a word; it has no number",
        mend="check the unit, and that the value belongs to this concept",
    )


def check_plausible(amount: Amount, concept: Concept, ranges: Iterable[PlausibleRange]) -> None:
    """`RecordRefused` (`value-implausible`) when a number lies outside a range that applies."""
    for plausible in ranges:
        if not comparable(amount.unit, plausible.unit):
            continue
        for quantity in amount.numbers():
            if not _within(quantity, plausible):
                raise _implausible(quantity, concept, plausible)


def _within(quantity: Quantity, plausible: PlausibleRange) -> bool:
    low, high = Quantity(plausible.low, plausible.unit), Quantity(plausible.high, plausible.unit)
    return order(quantity, low) >= 0 and order(quantity, high) <= 0


def _implausible(quantity: Quantity, concept: Concept, plausible: PlausibleRange) -> Refused:
    evidence = plausible.evidence
    return RecordRefused.because(
        "value-implausible",
        f"{quantity.say()} cannot be a value of {concept.id}.",
        found=quantity.say(),
        allowed=f"{plausible.low} to {plausible.high} {plausible.unit}, "
        f"by {evidence.source} ({evidence.status.value})",
        mend="check the number and the unit; write unknown rather than a doubtful value",
    )


def in_unit_of(amount: Amount, unit: str) -> Decimal | None:
    """The exact number in another unit; `None` where the amount is a bound."""
    return None if amount.exact is None else convert(amount.quantity, unit).value
