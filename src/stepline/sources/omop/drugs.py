"""Drug exposures: what was ordered, supplied or given, and its dose where the tables tell it.

A quantity is a count of pieces; it is a dose only of a dose that was given, of a product whose
strength for one piece is known. A quantity of 0 says nothing: the dose is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from stepline.core.errors import QuantityRefused
from stepline.core.evidence import Status
from stepline.core.quantity import decimal_of, measures, parse_number, read_unit
from stepline.record.model import Event, EventStatus
from stepline.record.sig import FLAG_SAYS, Flag, Sig, Unread, read_sig
from stepline.record.sig_dosing import giving, noted, single, steady, with_strength
from stepline.record.supplies import SUPPLY
from stepline.record.totals import COURSE_TOTAL
from stepline.sources.fhir.numbers import Number, check_dose
from stepline.sources.fhir.rows import joined
from stepline.sources.fhir.words import reason_in
from stepline.sources.omop.concepts import Concepts, Meaning
from stepline.sources.omop.moments import end_of, start_of

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


def strengths_of(rows: Iterable[Mapping[str, str]], concepts: Concepts) -> Mapping[str, Strength]:
    """From DRUG_STRENGTH, products of one ingredient with a fixed amount in a piece, by concept.

    A product of several ingredients or with several strengths is left out.
    """
    found: dict[str, list[Strength | None]] = {}
    for row in rows:
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

    Given: a moment with the dose that strength and quantity make. Otherwise a stretch of time, or
    a moment for what is ordered once, with a dose only where the sig of an order reads as one
    without a flag. Raises `Refused` or
    `RowRefused` for a time or a dose that cannot be read.
    """
    words = row.get("drug_source_value", "")
    drug = concepts.told_by(row, "drug")
    meaning = concepts.meaning(drug, words, is_drug=True)
    is_given = row["drug_type_concept_id"] in GIVEN
    strength = strengths.get(drug)
    number = _dose(row, meaning, strength) if is_given else Number()
    route = _route(row, concepts)
    sig = _sig(row, meaning, strength, route)
    interval = ""
    told = sig if number.value is None else None
    if told is not None:
        number, interval = _of_giving(told, meaning) if is_given else _from_sig(told, meaning)
    is_once = told is not None and (told.once or _is_one_course(number, interval))
    when = start_of(row, "drug_exposure_start")
    is_known = number.value is not None or number.high is not None
    unknown = "" if is_known else joined(_why_unknown(row, strength), _asked(sig))
    return Event(
        event_id=0,
        time=when,
        code=meaning.code,
        concept=meaning.concept.id if meaning.concept else "",
        value=number.value,
        value_low=number.low,
        value_high=number.high,
        unit=number.unit,
        text=row.get("sig", "") or joined(meaning.name, DOSE_UNKNOWN if unknown else ""),
        end_time=end_of(row, "drug_exposure_end", when),
        is_spell=not (is_given or is_once),
        interval=interval,
        end_said="" if row.get("drug_exposure_end_date") else "not stated",
        status=EventStatus.GIVEN if is_given else EventStatus.ORDERED,
        route=route,
        reason=reason_in(row.get("stop_reason", "")),
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


def _sig(
    row: Mapping[str, str], meaning: Meaning, strength: Strength | None, route: str
) -> Sig | None:
    """The instruction in words; a stated route settles `od`, a known strength what a piece holds.

    A supply has no dose, whatever its label asks for.
    """
    text = row.get("sig", "")
    if not text or row["drug_type_concept_id"] in SUPPLIED:
        return None
    found = read_sig(text, meaning.concept.id if meaning.concept else "")
    if isinstance(found, Unread):
        return None
    if strength is not None:
        found = with_strength(found, strength.amount, strength.unit)
    kept = tuple(flag for flag in found.flags if not (route and flag is Flag.RIGHT_EYE))
    return replace(found, flags=kept)


def _from_sig(sig: Sig, meaning: Meaning) -> tuple[Number, str]:
    """The dose and the interval that an order's words tell; nothing where they have a flag."""
    told = single(sig) if sig.once else steady(sig)
    if told is None:
        return Number(), ""
    note = ("dose from the text", *noted(sig))
    if told.low != told.high:
        return Number(low=told.low, high=told.high, unit=told.unit, notes=note), told.interval
    unit = read_unit(told.unit)[0]
    if meaning.concept is not None:
        kinds = ("daily", "weekly") if told.is_rate else ("dose", "course")
        check_dose(told.low, unit, meaning.concept, kinds)
    return Number(told.low, unit=unit, certainty=Status.DERIVED, notes=note), told.interval


def _is_one_course(number: Number, interval: str) -> bool:
    """Whether an amount is the total of a course that is given once: as a stretch it would run."""
    return not interval and any(COURSE_TOTAL in note for note in number.notes)


def _of_giving(sig: Sig, meaning: Meaning) -> tuple[Number, str]:
    """The dose of a giving, where it follows from the words; it has no interval of its own."""
    ends = giving(sig)
    if ends is None:
        return Number(), ""
    low, high = ends
    note = ("dose from the text",)
    if low != high:
        return Number(low=low.value, high=high.value, unit=low.unit, notes=note), ""
    if meaning.concept is not None:
        check_dose(low.value, low.unit, meaning.concept, ("dose", "course"))
    return Number(low.value, unit=low.unit, certainty=Status.DERIVED, notes=note), ""


def _asked(sig: Sig | None) -> str:
    said = " ".join(FLAG_SAYS[flag] for flag in sig.flags) if sig is not None else ""
    return f"the text asks: {said}" if said else ""


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
