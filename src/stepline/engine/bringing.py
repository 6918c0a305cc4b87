"""Brings the number of an event to a unit, where its own unit leads there.

A number without a unit is one only where a plain number is asked for, as points of a scale are; a
unit that measures something else never is. What cannot be brought is unknown and says why.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from stepline.core.errors import Refused
from stepline.core.quantity import Quantity, comparable, factor
from stepline.record.model import Event
from stepline.vocabulary.catalogue import Catalogue
from stepline.vocabulary.units import in_unit_of


def ratio_to(unit: str, event: Event, catalogue: Catalogue) -> Fraction | None:
    """How many of a unit one of the event's own unit is, exactly; `None` where it leads nowhere.

    µmol/L become mg/dL by the molar mass that the vocabulary has of the concept.
    """
    if event.unit == unit:
        return _ONE
    return _ratio(event.unit, unit, event.concept, catalogue)


def why_not(event: Event, unit: str) -> str:
    """Why a number cannot be brought to a unit, in words."""
    return f"{event.unit} does not become {unit}" if event.unit else "the number has no unit"


_ONE = Fraction(1)


@lru_cache(maxsize=1024)
def _ratio(own: str, unit: str, concept_id: str, catalogue: Catalogue) -> Fraction | None:
    if not own:
        return _ONE if unit == "1" or unit.startswith("{") else None
    if comparable(own, unit):
        return factor(own, unit)
    concept = catalogue.concept(concept_id)
    if not concept.unit or not comparable(concept.unit, unit):
        return None
    try:
        one, _ = in_unit_of(concept, Quantity(Decimal(1), own))
    except Refused:
        return None
    return Fraction(one.value) * factor(one.unit, unit)
