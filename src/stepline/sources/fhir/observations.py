"""Observation: laboratory values, scores, assessments, qualitative results, panels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import comparable, decimal_of, factor
from stepline.core.time import When
from stepline.record.model import Event, EventStatus, Interpretation
from stepline.sources.fhir.coding import Coded, codes_of, read_thing, words_of
from stepline.sources.fhir.moments import first_of, within
from stepline.sources.fhir.numbers import Number, finite, read_measure, read_range, unit_of, written
from stepline.sources.fhir.rows import Draft, ResourceKey, RowRefused, joined
from stepline.sources.fhir.structs import Answer, Observation, Quantity, Ratio, ReferenceRange
from stepline.sources.fhir.words import (
    ANSWER_CODES,
    ANSWER_WORDS,
    FLAGS,
    NOT_TRUE,
    QUALITATIVE,
)
from stepline.vocabulary.catalogue import Catalogue
from stepline.vocabulary.model import Concept

_BOOLEAN_ANSWERS = {True: Interpretation.POSITIVE, False: Interpretation.NEGATIVE}


def read_observation(
    observation: Observation, key: ResourceKey, group: ResourceKey | None, catalogue: Catalogue
) -> Iterator[Draft | RowRefused]:
    """One row for the observation and one for each component; a refused row does not stop the rest.

    An observation that only holds components or members is a panel: it groups, and is no row.
    Raises `RowRefused` where the observation as a whole cannot be read.
    """
    if observation.status in NOT_TRUE:
        raise RowRefused(
            "taken-back", f"Its status is {observation.status}.", "nothing: the source took it back"
        )
    when = _when(observation)
    answers = _answers(observation)
    group = group or (key if observation.component else None)
    for part, answer in enumerate(answers):
        try:
            event = _event(answer, when, observation.status, catalogue)
        except RowRefused as refusal:
            yield refusal
        else:
            yield Draft(event, part, group)


def is_panel(observation: Observation) -> bool:
    """Whether an observation has no answer of its own, only members that are read themselves."""
    return bool(observation.has_member) and not _answers(observation)


def _answers(observation: Observation) -> list[Answer]:
    own = [observation] if _is_answered(observation) else []
    inner = [*own, *observation.component]
    return inner or ([] if observation.has_member else [observation])


def _is_answered(answer: Answer) -> bool:
    values = (
        answer.value_quantity, answer.value_codeable_concept, answer.value_string,
        answer.value_boolean, answer.value_integer, answer.value_range, answer.value_ratio,
        answer.value_time, answer.value_date_time, answer.value_period, answer.value_sampled_data,
    )  # fmt: skip
    return bool(answer.interpretation) or any(value is not None for value in values)


def _when(observation: Observation) -> When:
    if observation.effective_timing is not None:
        raise RowRefused("time-repeated", "Its time is a repetition, not a moment.")
    when = first_of(observation.effective_date_time, observation.effective_instant)
    if when is None and observation.effective_period is not None:
        when = within(observation.effective_period)
    if when is None:
        raise RowRefused(
            "time-missing",
            "It does not say when it was observed; the time of reporting is not that.",
            "export effectiveDateTime",
        )
    return when


@dataclass(frozen=True, slots=True)
class _Found:
    """What an answer says: a number, words, and what follows from the words."""

    number: Number
    implied: Interpretation | None = None


def _event(answer: Answer, when: When, status: str, catalogue: Catalogue) -> Event:
    coded = read_thing(answer.code, catalogue)
    found = _found(answer, coded.concept)
    number = found.number
    low, high, range_note = _reference(answer, number.unit)
    flag = _flag(answer, found)
    _understood(number, flag, coded.concept)
    return Event(
        event_id=0,
        time=when.time,
        code=coded.code,
        concept=coded.concept_id,
        value=number.value,
        value_low=number.low,
        value_high=number.high,
        unit=number.unit,
        text=number.text or _words(coded, number),
        interpretation=flag,
        reference_low=low,
        reference_high=high,
        time_earliest=None if when.is_exact else when.earliest,
        time_latest=None if when.is_exact else when.latest,
        time_exact=when.is_exact,
        time_said="" if when.is_exact else when.said,
        status=EventStatus.REPORTED,
        certainty=number.certainty,
        note=joined(*number.notes, range_note, _abnormal(answer, flag), coded.note, when.note,
                    _provisional(status)),
    )  # fmt: skip


def _words(coded: Coded, number: Number) -> str:
    """The name of what has no concept, so that a number is never without one."""
    has_number = number.value is not None or number.low is not None or number.high is not None
    return coded.display if has_number and coded.concept is None else ""


def _provisional(status: str) -> str:
    return f"status {status}" if status in ("preliminary", "registered", "unknown") else ""


def _abnormal(answer: Answer, flag: Interpretation | None) -> str:
    """The words of a flag that says no direction."""
    said = [words_of(one) for one in answer.interpretation]
    return f"flagged {', '.join(said)}" if said and flag is None else ""


# ---------------------------------------------------------------- the value


def _found(answer: Answer, concept: Concept | None) -> _Found:
    if answer.value_quantity is not None:
        return _Found(read_measure(answer.value_quantity, concept))
    if answer.value_integer is not None:
        return _Found(read_measure(Quantity(value=answer.value_integer), concept))
    if answer.value_range is not None:
        return _Found(read_range(answer.value_range, concept))
    if answer.value_codeable_concept is not None:
        return _coded_answer(answer)
    if answer.value_boolean is not None:
        return _boolean(answer.value_boolean, concept)
    text = _text(answer)
    if text is not None:
        return _Found(Number(text=text), ANSWER_WORDS.get(_plain(text)))
    if answer.interpretation:
        return _Found(Number())
    raise _no_answer(answer)


def _coded_answer(answer: Answer) -> _Found:
    given = answer.value_codeable_concept
    text = words_of(given)
    codes = codes_of([given]) & ANSWER_CODES.keys()
    coded = {ANSWER_CODES[code] for code in codes}
    if coded:
        return _Found(Number(text=text), coded.pop() if len(coded) == 1 else None)
    return _Found(Number(text=text), ANSWER_WORDS.get(_plain(text)))


def _boolean(value: bool, concept: Concept | None) -> _Found:
    """Yes or no answers a question only where the concept has answers to be found in."""
    implied = _BOOLEAN_ANSWERS[value] if concept is not None and concept.answers else None
    return _Found(Number(text="true" if value else "false"), implied)


def _text(answer: Answer) -> str | None:
    if answer.value_string is not None:
        return answer.value_string.strip()
    if answer.value_ratio is not None:
        return _ratio(answer.value_ratio)
    if answer.value_period is not None:
        return f"{answer.value_period.start or '?'} to {answer.value_period.end or '?'}"
    return answer.value_date_time or answer.value_time


def _ratio(ratio: Ratio) -> str:
    ends = [written(end) if end else "?" for end in (ratio.numerator, ratio.denominator)]
    return ":".join(ends)


def _plain(text: str) -> str:
    return text.casefold().removesuffix("(qualifier value)").strip()


def _no_answer(answer: Answer) -> RowRefused:
    if answer.value_sampled_data is not None:
        return RowRefused("value-sampled", "Its value is a series of samples, which is not read.")
    reason = words_of(answer.data_absent_reason)
    return RowRefused(
        "value-missing",
        f"It holds no value; the source says why: {reason}." if reason else "It holds no value.",
        "export the value, or leave the resource out",
    )


def _understood(number: Number, flag: Interpretation | None, concept: Concept | None) -> None:
    """Refuses an answer that is none of the concept's own: it would read as "not positive"."""
    if concept is None or not concept.answers or flag is not None:
        return
    measured = bool(concept.unit) and not number.text
    if measured or _plain(number.text) in {one.casefold() for one in concept.answers}:
        return
    raise RowRefused(
        "answer-unknown",
        f"What was found for {concept.id} is none of its answers: {', '.join(concept.answers)}.",
        "export the interpretation, or a coded answer",
    )


# ---------------------------------------------------------------- flags and ranges


def _flag(answer: Answer, found: _Found) -> Interpretation | None:
    """The answer's own words first: a laboratory also flags a negative result as normal."""
    stated = {FLAGS[code] for code in codes_of(answer.interpretation) if code in FLAGS}
    if found.implied is None:
        return stated.pop() if len(stated) == 1 else None
    if found.implied in QUALITATIVE and stated & (QUALITATIVE - {found.implied}):
        raise RowRefused(
            "answers-disagree",
            "The answer and its interpretation contradict each other.",
            "correct one of them in the source",
        )
    return found.implied


def _reference(answer: Answer, unit: str) -> tuple[Decimal | None, Decimal | None, str]:
    """The laboratory's own limits in the unit of the value, and a remark where they are not used.

    Only the range of normal for this person counts; two of them do not tell which applies.
    """
    given = [one for one in answer.reference_range if _is_normal(one)]
    if not given or not unit:
        return None, None, ""
    if len(given) > 1:
        return None, None, "several reference ranges: none used"
    try:
        low, high = _limit(given[0].low, unit), _limit(given[0].high, unit)
    except RowRefused as refusal:
        return None, None, f"reference range not used: {refusal.reason}"
    if low is not None and high is not None and low > high:
        return None, None, "reference range not used: its limits are reversed"
    return low, high, ""


def _is_normal(given: ReferenceRange) -> bool:
    kinds = codes_of([given.type])
    return (given.low or given.high) is not None and (not kinds or "normal" in kinds)


def _limit(limit: Quantity | None, unit: str) -> Decimal | None:
    if limit is None or limit.value is None:
        return None
    value = finite(limit.value)
    own, _ = unit_of(limit, enzyme=unit == "U/L")
    if own is None or (own and not comparable(own, unit)):
        raise RowRefused("unit-mismatch", "its unit is not the unit of the value")
    if not own or own == unit:
        return value
    return decimal_of(Fraction(value) * factor(own, unit))
