"""Measurements, observations, conditions, procedures and deaths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from stepline.core.errors import QuantityRefused
from stepline.core.quantity import parse_number
from stepline.record.model import Event, Interpretation
from stepline.sources.fhir.numbers import Number, read_measure
from stepline.sources.fhir.rows import RowRefused, joined
from stepline.sources.fhir.structs import Quantity
from stepline.sources.fhir.words import ANSWER_WORDS
from stepline.sources.omop.concepts import Concepts, Meaning
from stepline.sources.omop.moments import end_of, start_of

_OPERATORS = {"4171756": "<", "4172704": ">", "4171754": "<=", "4171755": ">="}
"""operator_concept_id: the SNOMED comparators."""
_NONE = ("", "0")


def read_finding(row: Mapping[str, str], concepts: Concepts, table: str) -> Event:
    """A measurement or an observation. Raises `RowRefused` and `Refused` for what is unreadable."""
    meaning = concepts.meaning(concepts.told_by(row, table), row.get(f"{table}_source_value", ""))
    number = _number(row, concepts, meaning)
    said = number.text or _words(row, concepts)
    flag = ANSWER_WORDS.get(said.casefold())
    _understood(meaning, number, said, flag)
    low, high, remark = _limits(row, number)
    return Event(
        event_id=0,
        time=start_of(row, table),
        code=meaning.code,
        concept=meaning.concept.id if meaning.concept else "",
        value=number.value,
        value_low=number.low,
        value_high=number.high,
        unit=number.unit,
        text=said or ("" if meaning.concept else meaning.name),
        interpretation=flag,
        reference_low=low,
        reference_high=high,
        certainty=number.certainty,
        note=joined(*number.notes, remark),
    )


def _number(row: Mapping[str, str], concepts: Concepts, meaning: Meaning) -> Number:
    text = row.get("value_as_number", "")
    if not text:
        return Number()
    quantity = Quantity(
        value=parse_number(text),
        comparator=_OPERATORS.get(row.get("operator_concept_id", ""), ""),
        unit=row.get("unit_source_value", ""),
        code=concepts.unit(row.get("unit_concept_id", "")),
    )
    return read_measure(quantity, meaning.concept)


def _words(row: Mapping[str, str], concepts: Concepts) -> str:
    coded = row.get("value_as_concept_id", "")
    named = concepts.name(coded) if coded not in _NONE else ""
    own = row.get("value_as_string", "") or row.get("value_source_value", "")
    return named or ("" if row.get("value_as_number") else own)


def _understood(meaning: Meaning, number: Number, said: str, flag: Interpretation | None) -> None:
    """Refuses an answer that the concept does not have: it would read as "not positive"."""
    concept = meaning.concept
    has_number = any(end is not None for end in (number.value, number.low, number.high))
    if concept is None or has_number or flag is not None:
        return
    if not said:
        raise RowRefused("value-missing", "It holds no value.", "export the value")
    if concept.answers and said.casefold() not in {one.casefold() for one in concept.answers}:
        raise RowRefused(
            "answer-unknown",
            f"What was found for {concept.id} is none of its answers: "
            f"{', '.join(concept.answers)}.",
            "export a coded answer",
        )


def _limits(row: Mapping[str, str], number: Number) -> tuple[Decimal | None, Decimal | None, str]:
    texts = (row.get("range_low", ""), row.get("range_high", ""))
    if not any(texts) or not number.unit:
        return None, None, ""
    try:
        low, high = (parse_number(text) if text else None for text in texts)
    except QuantityRefused:
        return None, None, "reference range not used: it is no number"
    if low is not None and high is not None and low > high:
        return None, None, "reference range not used: its limits are reversed"
    return low, high, ""


def read_condition(row: Mapping[str, str], concepts: Concepts) -> Event:
    """A condition from its start to its end; without an end it is not told whether it goes on."""
    meaning = concepts.meaning(
        concepts.told_by(row, "condition"), row.get("condition_source_value", "")
    )
    start = start_of(row, "condition_start")
    end = end_of(row, "condition_end", start)
    return Event(
        event_id=0,
        time=start,
        code=meaning.code,
        concept=meaning.concept.id if meaning.concept else "",
        text=meaning.name,
        interpretation=Interpretation.POSITIVE,
        is_spell=True,
        end_time=end,
        end_said="" if end else "not stated",
    )


def read_procedure(row: Mapping[str, str], concepts: Concepts) -> Event:
    """Something done to the person."""
    meaning = concepts.meaning(
        concepts.told_by(row, "procedure"), row.get("procedure_source_value", "")
    )
    concept = meaning.concept.id if meaning.concept else ""
    when = start_of(row, "procedure")
    return Event(event_id=0, time=when, code=meaning.code, concept=concept, text=meaning.name)


def read_death(row: Mapping[str, str]) -> Event:
    """The death of a person."""
    from stepline.sources.fhir.people import DEATH

    return replace(Event(0, start_of(row, "death"), DEATH), text="death")
