"""Numbers with units, as the source wrote them, checked against what the vocabulary knows.

The number and its unit are kept as written. A unit that measures something else and a number that
cannot be real are refused, so that the row goes to quarantine with its reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from stepline.core.errors import QuantityRefused
from stepline.core.evidence import Status
from stepline.core.quantity import Quantity as Measure
from stepline.core.quantity import comparable, decimal_of, factor, parse_number, read_unit
from stepline.sources.fhir.rows import RowRefused
from stepline.sources.fhir.structs import Quantity, Range
from stepline.vocabulary.model import Concept, PlausibleRange

_PLAIN = frozenset({"", "1", "{score}"})
_ENZYME = {"[IU]/L": "U/L", "m[IU]/mL": "U/L", "[IU]/mL": "U/mL"}
"""An international unit of enzyme activity is 1 µmol/min, which UCUM writes U."""


COUNTING_WORDS = frozenset(
    {
        "unit", "units", "each", "ea", "tablet", "tablets", "tab", "tabs", "capsule", "capsules",
        "puff", "puffs", "spray", "sprays", "drop", "drops", "patch", "patches", "dose", "doses",
        "vial", "vials", "pack", "packs", "application", "applications",
    }
)  # fmt: skip
"""Words where a unit should stand that UCUM does not know; its library is not asked for them."""

_ANNOTATION = re.compile(r"\{[!-z|~]+\}")
"""A bare annotation is a unit of its own in UCUM, whatever it says."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number: exact (`value`), bounded (`low`, `high`), or only words (`text`)."""

    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    text: str = ""
    certainty: Status = Status.VERIFIED
    notes: tuple[str, ...] = ()

    def noted(self, *notes: str) -> Number:
        """The same number with more remarks."""
        return replace(self, notes=(*self.notes, *(note for note in notes if note)))


def written(quantity: Quantity) -> str:
    """A quantity in the source's own characters."""
    number = "" if quantity.value is None else str(quantity.value)
    unit = quantity.unit or quantity.code
    return " ".join(part for part in (quantity.comparator + number, unit) if part)


def finite(value: Decimal | None) -> Decimal:
    """The number itself, refused where it is missing, not finite or beyond all measure."""
    if value is None:
        raise RowRefused("value-missing", "A quantity has no number.", "export the value")
    try:
        parse_number(str(value))
    except QuantityRefused as refusal:
        raise RowRefused.of(refusal) from None
    return value


def read_measure(quantity: Quantity, concept: Concept | None) -> Number:
    """The number of a measurement.

    Raises `RowRefused`: `value-missing`, `unit-missing`, `unit-unknown`, `unit-mismatch`,
    `units-disagree`, `value-implausible`. Where the vocabulary has no concept, a number without a
    unit that can be read stays words.
    """
    value = finite(quantity.value)
    unit, notes = unit_of(quantity, enzyme=concept is not None and concept.unit == "U/L")
    if concept is None or not concept.unit:
        return _unchecked(quantity, value, unit, notes)
    number = _fitted(value, unit, quantity, concept)
    _plausible(number, quantity, concept)
    return _bounded(number.noted(*notes), quantity.comparator)


def _unchecked(
    quantity: Quantity, value: Decimal, unit: str | None, notes: tuple[str, ...]
) -> Number:
    if unit is None:
        return Number(text=written(quantity), notes=("its unit is not known to UCUM",))
    if not unit:
        return Number(text=written(quantity), notes=("the number has no unit",))
    return _bounded(Number(value, unit=unit, notes=notes), quantity.comparator)


def _bounded(number: Number, comparator: str) -> Number:
    """`<5` is known to lie at or below 5, `>5` at or above it."""
    if not comparator:
        return number
    if comparator in ("<", "<="):
        return replace(number, value=None, high=number.value)
    if comparator in (">", ">="):
        return replace(number, value=None, low=number.value)
    raise RowRefused("comparator-unknown", f"The comparator '{comparator[:10]}' is not known.")


def unit_of(quantity: Quantity, *, enzyme: bool = False) -> tuple[str | None, tuple[str, ...]]:
    """The canonical unit of a quantity and remarks: empty without a unit, `None` if unreadable.

    The UCUM code counts; the unit's words count where there is no code. Two readable units of one
    kind that differ (`mg` beside `g`) are refused, never chosen between.
    """
    by_code = _readable(quantity.code) if quantity.code else None
    by_words = _readable(quantity.unit) if quantity.unit else None
    if by_code and by_words:
        _agree(by_code[0], by_words[0])
    chosen = by_code or by_words
    if chosen is None:
        return (None if quantity.code or quantity.unit else ""), ()
    unit, notes = chosen
    if enzyme and unit in _ENZYME:
        return _ENZYME[unit], (*notes, f"'{unit}' of an enzyme read as {_ENZYME[unit]}")
    return unit, notes


@lru_cache(maxsize=4096)
def _readable(text: str) -> tuple[str, tuple[str, ...]] | None:
    if text.strip().casefold() in COUNTING_WORDS:
        return None
    if _ANNOTATION.fullmatch(text):
        return text, ()
    try:
        return read_unit(text)
    except QuantityRefused:
        return None


def _agree(code: str, words: str) -> None:
    if code != words and comparable(code, words) and factor(code, words) != 1:
        raise RowRefused(
            "units-disagree",
            f"The unit is coded {code} and written {words}.",
            "correct the unit in the source",
        )


def _fitted(value: Decimal, unit: str | None, quantity: Quantity, concept: Concept) -> Number:
    """The number in a unit that measures what the concept is measured in."""
    if unit is None:
        raise RowRefused(
            "unit-unknown",
            f"The unit '{(quantity.code or quantity.unit)[:40]}' is not known to UCUM.",
            f"write a UCUM unit such as {concept.unit}",
        )
    if unit in _PLAIN and concept.unit in _PLAIN:
        note = "" if unit == concept.unit else f"a number without a unit read as {concept.unit}"
        return Number(value, unit=concept.unit).noted(note)
    if not unit:
        raise RowRefused(
            "unit-missing", f"A value of {concept.id} has no unit.", f"write it in {concept.unit}"
        )
    if comparable(unit, concept.unit):
        return Number(value, unit=unit).noted(_in_the_concepts_unit(value, unit, concept.unit))
    return _converted(value, unit, concept)


def _converted(value: Decimal, unit: str, concept: Concept) -> Number:
    """A molar amount as a mass, or a unit that the vocabulary lists as another name for its own."""
    was = f"{value} {unit}"
    if concept.molar_mass is not None and comparable(unit, "mol/L"):
        grams = (
            Fraction(value) * factor(unit, "mol/L") * Fraction(concept.molar_mass.grams_per_mole)
        )
        mass = decimal_of(grams * factor("g/L", concept.unit))
        note = f"{was} at {concept.molar_mass.grams_per_mole} g/mol"
        return Number(_short(mass), unit=concept.unit, certainty=Status.DERIVED, notes=(note,))
    if unit in concept.units:
        return Number(value, unit=concept.unit, notes=(f"{was} read as {concept.unit}",))
    raise RowRefused(
        "unit-mismatch",
        f"A value of {concept.id} is measured in {concept.unit}, not in {unit}.",
        "correct the unit or the code in the source",
    )


def _in_the_concepts_unit(value: Decimal, unit: str, own: str) -> str:
    if unit == own or factor(unit, own) == 1:
        return ""
    return f"{value} {unit} is {_short(decimal_of(Fraction(value) * factor(unit, own)))} {own}"


def _short(value: Decimal) -> Decimal:
    """Six significant digits: a conversion tells no more than the laboratory did."""
    if len(value.as_tuple().digits) <= 6:
        return value
    shortened = value.quantize(Decimal(1).scaleb(value.adjusted() - 5)).normalize()
    return Decimal(format(shortened, "f"))


def _plausible(number: Number, quantity: Quantity, concept: Concept) -> None:
    """Refuses a value outside the plausible range. A limit (`<5`) is not a value."""
    plausible = concept.plausible
    if plausible is None or number.value is None or quantity.comparator:
        return
    if not _holds(plausible, number.value, number.unit):
        raise implausible(written(quantity), concept, plausible)


def _holds(plausible: PlausibleRange, value: Decimal, unit: str) -> bool:
    exact = Fraction(value) * factor(unit, plausible.unit)
    return Fraction(plausible.low) <= exact <= Fraction(plausible.high)


def implausible(found: str, concept: Concept, plausible: PlausibleRange) -> RowRefused:
    """The refusal of a value that cannot be real, with the range and where it comes from."""
    bounds = f"{plausible.low} to {plausible.high} {plausible.unit}"
    status = plausible.evidence.status.value
    return RowRefused(
        "value-implausible",
        f"{found} of {concept.id} lies outside the plausible {bounds} "
        f"({plausible.evidence.source}, {status}).",
        "check the number and its unit in the source",
    )


def check_dose(value: Decimal, unit: str, drug: Concept, of: tuple[str, ...]) -> None:
    """Refuses a dose outside every plausible range of its kind; `of` names kinds, `dose`, `daily`.

    Checked only where the vocabulary has a range in a comparable unit.
    """
    ranges = [r for r in drug.doses if r.of in of and comparable(r.unit, unit)]
    if ranges and not any(_holds(r, value, unit) for r in ranges):
        raise implausible(str(Measure(value, unit)), drug, ranges[0])


def read_range(given: Range, concept: Concept | None) -> Number:
    """A value known only between two quantities; the ends are put into one unit."""
    ends = [read_measure(end, concept) if end else None for end in (given.low, given.high)]
    low, high = ends
    unit = next((end.unit for end in ends if end and end.unit), "")
    notes = tuple(note for end in ends if end for note in end.notes)
    if not unit:
        text = " to ".join(written(end) for end in (given.low, given.high) if end)
        return Number(text=text or "a range without ends", notes=notes)
    return Number(low=_end(low, unit), high=_end(high, unit), unit=unit, notes=notes)


def _end(end: Number | None, unit: str) -> Decimal | None:
    if end is None or end.value is None:
        return None
    if end.unit == unit:
        return end.value
    if not end.unit or not comparable(end.unit, unit):
        raise RowRefused("units-disagree", "The two ends of a range have different units.")
    return decimal_of(Fraction(end.value) * factor(end.unit, unit))
