"""Measured values, answers, conditions and assessments as written, as rows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from stepline.core.errors import RecordRefused
from stepline.core.quantity import convert
from stepline.record.amounts import Amount, check_plausible, check_unit, in_unit_of, read_amount
from stepline.record.cell import Cell
from stepline.record.entry import WORD_KINDS, Entry, joined
from stepline.record.model import Event, Interpretation
from stepline.record.trouble import Trouble, did_you_mean, one_of
from stepline.record.words import FLAGS, PRESENCE
from stepline.vocabulary.model import Concept, ConceptKind

UNKNOWN = "unknown"
PLAIN_UNITS = ("1", "{score}")
DONE = frozenset({"given", "done", "performed", "sampled"})


def valued(entry: Entry, base: Event, trouble: Trouble) -> Event:
    """The event of an entry that is no dose, with what is said of it and without its time."""
    if entry.concept.kind is ConceptKind.CONDITION:
        return _condition(entry, base, trouble)
    if entry.concept.kind in WORD_KINDS:
        return _assessment(entry, base, trouble)
    if entry.said.is_scalar and not _is_numeric(entry.said):
        return _answered(entry, base, trouble)
    measured = trouble.attempt(entry.said, lambda: _measured(entry, base))
    return _with_flag(entry, _with_limits(entry, measured or base, trouble), trouble)


def _is_numeric(cell: Cell) -> bool:
    return (
        cell.is_number
        or cell.text[:1] in ("<", ">", "≤", "≥", "+", "-", ".")
        or (cell.text[:1].isdigit())
    )


def _measured(entry: Entry, base: Event) -> Event:
    concept = entry.concept
    if not entry.said.is_scalar:
        message = "A value is a number with its unit, or a word."
        found, mend = entry.said.shown, "write an entry for each value"
        raise RecordRefused.because("value-unreadable", message, found=found, mend=mend)
    amount = read_amount(entry.said, concept.unit if concept.unit in PLAIN_UNITS else "")
    check_unit(amount, concept, (concept.unit, *concept.units))
    if concept.plausible is not None:
        check_plausible(amount, concept, (concept.plausible,))
    return with_amount(base, amount)


def with_amount(base: Event, amount: Amount) -> Event:
    """The event with a number in its unit, or with the bounds that are known of it."""
    return replace(
        base,
        value=amount.exact,
        value_low=amount.low,
        value_high=amount.high,
        unit=amount.unit,
        text="" if amount.exact is not None else amount.say(),
        note=joined(base.note, *amount.notes),
    )


def _answered(entry: Entry, base: Event, trouble: Trouble) -> Event:
    """A value that is known only as a word: normal, elevated, positive, unknown."""
    word = entry.said.text.lower()
    allowed = _answers(entry.concept)
    if word not in allowed:
        trouble.add(
            "answer-unknown",
            f"'{entry.said.text}' is not an answer that {entry.concept.id} has.",
            entry.said.place,
            found=entry.said.text,
            allowed=one_of(allowed)
            + (f", or a number in {entry.concept.unit}" * bool(entry.concept.unit)),
            mend=did_you_mean(word, allowed, "write a number with its unit, or unknown"),
        )
    text = "value unknown" if word == UNKNOWN else entry.said.text
    flagged = _with_flag(entry, replace(base, text=text, interpretation=FLAGS.get(word)), trouble)
    return _with_limits(entry, flagged, trouble)


def _answers(concept: Concept) -> frozenset[str]:
    """The words that a test can answer with: its own, and other words for the same answers."""
    words = {answer.lower() for answer in concept.answers}
    words |= {flag for flag, meaning in FLAGS.items() if meaning.value in words}
    if concept.kind in (ConceptKind.VACCINE, ConceptKind.PROCEDURE):
        words |= DONE
    if concept.unit or not concept.answers:
        words |= set(FLAGS)
    return frozenset(words | {UNKNOWN})


def _with_flag(entry: Entry, event: Event, trouble: Trouble) -> Event:
    cell = entry.fields.get("flag")
    if cell is None:
        return event
    if cell.text.lower() not in FLAGS:
        trouble.add(
            "word-unknown",
            f"'{cell.shown}' is not a flag.",
            cell.place,
            found=cell.shown,
            allowed=one_of(FLAGS),
            mend=did_you_mean(cell.text, FLAGS, "use one of them"),
        )
    return replace(event, interpretation=FLAGS.get(cell.text.lower()))


def _with_limits(entry: Entry, event: Event, trouble: Trouble) -> Event:
    """The reference range as given with the value, in the unit of the value."""
    unit = event.unit or entry.concept.unit
    low, high = (
        _limit(entry.fields.get(key), unit, entry.concept, trouble) for key in ("lln", "uln")
    )
    cell = entry.fields.get("reference")
    if cell is not None and cell.text != UNKNOWN:
        reference = trouble.attempt(cell, lambda: _reference(cell, unit, entry.concept))
        low, high = reference or (low, high)
    if low is None and high is None:
        return event
    return replace(event, unit=unit, reference_low=low, reference_high=high)


def _limit(cell: Cell | None, unit: str, concept: Concept, trouble: Trouble) -> Decimal | None:
    if cell is None or cell.text == UNKNOWN:
        return None
    return trouble.attempt(cell, lambda: _read_limit(cell, unit, concept))


def _read_limit(cell: Cell, unit: str, concept: Concept) -> Decimal | None:
    amount = read_amount(cell, unit)
    check_unit(amount, concept, (unit,))
    return in_unit_of(amount, unit)


def _reference(cell: Cell, unit: str, concept: Concept) -> tuple[Decimal | None, Decimal | None]:
    amount = read_amount(cell, unit)
    check_unit(amount, concept, (unit,))
    converted = {quantity.value: convert(quantity, unit).value for quantity in amount.numbers()}
    low = converted.get(amount.low) if amount.low is not None else None
    high = converted.get(amount.high) if amount.high is not None else None
    if low is None and high is None:
        raise RecordRefused.because(
            "range-missing",
            "A reference range has two ends, or one with < or >.",
            found=cell.text,
            allowed="120..250 U/L, < 250 U/L",
            mend="write both ends, or use uln",
        )
    return low, high


def _condition(entry: Entry, base: Event, trouble: Trouble) -> Event:
    word = entry.said.text.lower()
    if word == UNKNOWN:
        return replace(base, text=UNKNOWN)
    if word not in PRESENCE:
        trouble.add(
            "answer-unknown",
            f"'{entry.said.shown}' does not say whether {entry.concept.id} is there.",
            entry.said.place,
            found=entry.said.shown,
            allowed=one_of([*PRESENCE, UNKNOWN]),
            mend=did_you_mean(word, PRESENCE, "write present or absent, and the rest in note"),
        )
    return replace(base, text=entry.said.text, interpretation=PRESENCE.get(word))


def _assessment(entry: Entry, base: Event, trouble: Trouble) -> Event:
    """The clinician's or the patient's own words; present and absent are also answers."""
    cell = entry.said
    text = cell.text
    word = text.lower()
    if not text:
        message = f"The entry does not say what was found of {entry.concept.id}."
        trouble.add("value-missing", message, cell.place, mend="write it in a word, or unknown")
    allowed = frozenset(answer.lower() for answer in entry.concept.answers)
    if allowed and word not in allowed | {UNKNOWN}:
        _report_answer(entry, allowed, trouble)
    note = joined(base.note, _change_and_outcome(entry))
    return replace(base, text=text, note=note, interpretation=_said_of(word))


def _said_of(word: str) -> Interpretation | None:
    return PRESENCE.get(word) or (Interpretation.NORMAL if word == "normal" else None)


def _report_answer(entry: Entry, allowed: frozenset[str], trouble: Trouble) -> None:
    trouble.add(
        "answer-unknown",
        f"'{entry.said.shown}' is not an answer that {entry.concept.id} has.",
        entry.said.place,
        found=entry.said.shown,
        allowed=one_of(allowed | {UNKNOWN}),
        mend=did_you_mean(entry.said.text, allowed, "use one of them, and say the rest in note"),
    )


def _change_and_outcome(entry: Entry) -> str:
    """What was changed and what came of it, in the author's words; no number is made of them."""
    change, outcome = (_words_of(entry.fields.get(key)) for key in ("change", "outcome"))
    return joined(f"changed: {change}" if change else "", f"outcome: {outcome}" if outcome else "")


def _words_of(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if cell.is_mapping:
        return ", ".join(f"{key} {inner.text}" for key, inner in cell.fields.items())
    return cell.text
