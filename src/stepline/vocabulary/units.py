"""Brings a value of a concept to the concept's unit, exactly, and says what was read into it.

Three ways, and no other: units that convert by themselves (mg/dL to g/L); amounts of substance, by
the molar mass (µmol/L of creatinine to mg/dL); units that the concept lists as meaning another one
(mL/min under a code that is normalised by definition), which leaves a note.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from stepline.core.errors import Refused
from stepline.core.quantity import Quantity, comparable, convert, decimal_of, factor, in_unit
from stepline.vocabulary.model import Concept, PlausibleRange


def in_unit_of(concept: Concept, quantity: Quantity) -> tuple[Quantity, tuple[str, ...]]:
    """The quantity in the concept's unit, with notes on what was not a plain conversion.

    Raises:
        QuantityRefused: `unit-mismatch`, where none of the three ways leads to the unit.
    """
    reading = next((one for one in concept.read_as if one.written == quantity.unit), None)
    if reading is not None:
        read = convert(Quantity(quantity.value, reading.unit), concept.unit)
        return read, (f"'{reading.written}' read as {reading.unit}: {reading.because}",)
    if concept.molar_mass is not None and comparable(quantity.unit, "mol/L"):
        return _by_molar_mass(concept, quantity, concept.molar_mass.grams_per_mole)
    return convert(quantity, concept.unit), ()


def has_unit(concept: Concept, unit: str) -> bool:
    """Whether a value in a unit can be brought to the concept's unit."""
    try:
        in_unit_of(concept, Quantity(Decimal(1), unit))
    except Refused:
        return False
    return True


def dose_range(concept: Concept, quantity: Quantity, of: str = "dose") -> PlausibleRange | None:
    """The bounds of a drug that apply to a quantity: same purpose, comparable unit; else `None`."""
    return next(
        (one for one in concept.doses if one.of == of and comparable(one.unit, quantity.unit)),
        None,
    )


def is_plausible(bounds: PlausibleRange, quantity: Quantity) -> bool:
    """Whether a quantity lies within bounds of a comparable unit; both ends are inside."""
    number = in_unit(quantity, bounds.unit)
    return Fraction(bounds.low) <= number <= Fraction(bounds.high)


def _by_molar_mass(
    concept: Concept, quantity: Quantity, grams_per_mole: Decimal
) -> tuple[Quantity, tuple[str, ...]]:
    grams_per_litre = in_unit(quantity, "mol/L") * Fraction(grams_per_mole)
    value = decimal_of(grams_per_litre * factor("g/L", concept.unit))
    note = f"{quantity.unit} read as {concept.unit} by a molar mass of {grams_per_mole} g/mol"
    return Quantity(value, concept.unit), (note,)
