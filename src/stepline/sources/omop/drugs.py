"""Drug exposures: what was ordered, supplied or given, and its dose where the tables tell it.

A quantity is a count of pieces; it is a dose only of a dose that was given, of a product whose
strength for one piece is known. A quantity of 0 says nothing: the dose is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from stepline.core.errors import QuantityRefused
from stepline.core.evidence import Status
from stepline.core.quantity import decimal_of, measures, parse_number, read_unit
from stepline.record.model import Event, EventStatus
from stepline.record.supplies import SUPPLY
from stepline.sources.fhir.numbers import Number, check_dose
from stepline.sources.fhir.rows import joined
from stepline.sources.omop.concepts import Concepts, Meaning
from stepline.sources.omop.moments import end_of, start_of
from stepline.sources.omop.tables import Tables

GIVEN = frozenset({"32818", "38000180", "43542356"})
"""Types of what was given: EHR administration record, inpatient and physician administration."""
SUPPLIED = frozenset({"32869", "38000175"})
"""Types of what was handed over: pharmacy claim, prescription dispensed in pharmacy."""

DOSE_UNKNOWN = "dose unknown"
_ROUTE_WORDS = (
    ("intravenous", "iv"),
    ("subcutaneous", "sc"),
    ("intramuscular", "im"),
    ("topical", "topical"),
    ("oral", "oral"),
)


@dataclass(frozen=True, slots=True)
class Strength:
    """What one piece of a product holds."""

    amount: Decimal
    unit: str


def strengths_of(tables: Tables, concepts: Concepts) -> Mapping[str, Strength]:
    """Products of one ingredient with a fixed amount in a piece, by drug concept.

    A product of several ingredients or with several strengths is left out.
    """
    found: dict[str, list[Strength | None]] = {}
    for _, row in tables.rows("drug_strength"):
        unit = concepts.unit(row["amount_unit_concept_id"])
        found.setdefault(row["drug_concept_id"], []).append(_strength(row["amount_value"], unit))
    return {drug: one[0] for drug, one in found.items() if len(one) == 1 and one[0] is not None}


def _strength(amount: str, unit: str) -> Strength | None:
    try:
        value, canonical = parse_number(amount), read_unit(unit)[0]
    except QuantityRefused:
        return None
    return Strength(value, canonical) if value > 0 and measures(canonical) == "a mass" else None


def read_exposure(
    row: Mapping[str, str], concepts: Concepts, strengths: Mapping[str, Strength]
) -> Event:
    """The row of one exposure.

    Given: a moment with the dose that strength and quantity make. Otherwise a stretch of time
    without a dose. Raises `Refused` or `RowRefused` for a time or a dose that cannot be read.
    """
    words = row.get("drug_source_value", "")
    meaning = concepts.meaning(row["drug_concept_id"], words, is_drug=True)
    is_given = row["drug_type_concept_id"] in GIVEN
    strength = strengths.get(row["drug_concept_id"])
    number = _dose(row, meaning, strength) if is_given else Number()
    when = start_of(row, "drug_exposure_start")
    unknown = "" if number.value is not None else _why_unknown(row, strength)
    return Event(
        event_id=0,
        time=when,
        code=meaning.code,
        concept=meaning.concept.id if meaning.concept else "",
        value=number.value,
        unit=number.unit,
        text=row.get("sig", "") or joined(meaning.name, DOSE_UNKNOWN if unknown else ""),
        end_time=end_of(row, "drug_exposure_end", when),
        is_spell=not is_given,
        end_said="" if row.get("drug_exposure_end_date") else "not stated",
        status=EventStatus.GIVEN if is_given else EventStatus.ORDERED,
        route=_route(row, concepts),
        lot=row.get("lot_number", ""),
        product=meaning.name,
        certainty=number.certainty if number.value is not None else Status.VERIFIED,
        note=joined(_standing(row, concepts), *number.notes, unknown, _stopped(row)),
    )


def _dose(row: Mapping[str, str], meaning: Meaning, strength: Strength | None) -> Number:
    count = _count(row["quantity"])
    if count is None or strength is None:
        return Number()
    value = decimal_of(Fraction(count) * Fraction(strength.amount))
    if meaning.concept is not None:
        check_dose(value, strength.unit, meaning.concept, ("dose", "course"))
    said = f"{count} × {strength.amount} {strength.unit} from quantity and drug_strength"
    return Number(value, unit=strength.unit, certainty=Status.DERIVED, notes=(said,))


def _count(text: str) -> Decimal | None:
    if not text:
        return None
    count = parse_number(text)
    return count if count > 0 else None


def _why_unknown(row: Mapping[str, str], strength: Strength | None) -> str:
    reasons = []
    if _count(row["quantity"]) is None:
        reasons.append("quantity is 0" if row["quantity"] else "quantity is not stated")
    if strength is None:
        reasons.append("drug_strength gives no amount in a piece")
    if not reasons:
        reasons.append("a count of pieces that was not given is no dose")
    return f"{DOSE_UNKNOWN}: {', '.join(reasons)}"


def _standing(row: Mapping[str, str], concepts: Concepts) -> str:
    kind = row["drug_type_concept_id"]
    if kind in GIVEN:
        return ""
    days = row.get("days_supply", "")
    lasts = f"for {days} days" if days not in ("", "0") else ""
    if kind in SUPPLIED:
        return joined(SUPPLY, lasts)
    named = concepts.name(kind) or f"drug_type_concept_id {kind or 'missing'}"
    return joined(f"{named}: that it was given is not told", lasts)


def _stopped(row: Mapping[str, str]) -> str:
    reason = row.get("stop_reason", "")
    return f"reason stated: {reason}" if reason else ""


def _route(row: Mapping[str, str], concepts: Concepts) -> str:
    said = concepts.name(row.get("route_concept_id", "")) or row.get("route_source_value", "")
    plain = said.casefold()
    return next((route for word, route in _ROUTE_WORDS if word in plain), plain)
