"""Conditions, and allergies and intolerances.

An allergy to a drug is never an event of that drug: it would read as a dose.
"""

from __future__ import annotations

from collections.abc import Iterator

from stepline.core.time import When
from stepline.record.model import Event, EventStatus, Interpretation
from stepline.sources.fhir.coding import codes_of, read_thing
from stepline.sources.fhir.dosage import Ending
from stepline.sources.fhir.moments import by_then, end_of, moment, not_before, start_of
from stepline.sources.fhir.rows import Draft, RowRefused, joined
from stepline.sources.fhir.structs import (
    AllergyIntolerance,
    CodeableConcept,
    Condition,
    Quantity,
    Range,
)
from stepline.sources.fhir.words import taken_back
from stepline.vocabulary.catalogue import Catalogue

ALLERGY = "ALLERGY//"
"""Before the code of a substance: the row is about the allergy, not about the substance."""

_RUNNING = frozenset({"active", "recurrence", "relapse"})
_VERIFIED = {
    "confirmed": Interpretation.POSITIVE,
    "unconfirmed": Interpretation.INDETERMINATE,
    "provisional": Interpretation.INDETERMINATE,
    "differential": Interpretation.INDETERMINATE,
    "refuted": Interpretation.NEGATIVE,
}
"""Condition.verificationStatus; where it is not stated, a listed condition is there."""


def read_condition(condition: Condition, catalogue: Catalogue) -> Iterator[Draft | RowRefused]:
    """A condition from its onset to its abatement; a refuted one is a negative finding."""
    presence = _presence(condition.verification_status)
    coded = read_thing(condition.code, catalogue)
    when = _onset(condition)
    states = codes_of([condition.clinical_status])
    denied = presence is Interpretation.NEGATIVE
    ending = Ending() if denied else _abatement(condition, when, states)
    yield Draft(
        Event(
            event_id=0,
            time=when.time,
            code=coded.code,
            concept=coded.concept_id,
            text=_named(coded.display, condition.verification_status, presence),
            interpretation=presence,
            time_earliest=None if when.is_exact else when.earliest,
            time_latest=None if when.is_exact else when.latest,
            time_exact=when.is_exact,
            time_said="" if when.is_exact else when.said,
            end_time=ending.time,
            end_exact=ending.exact,
            end_said=ending.said,
            is_spell=not denied,
            status=EventStatus.REPORTED,
            note=joined(_stated(condition), coded.note, when.note),
        )
    )


def _presence(verification: CodeableConcept | None) -> Interpretation:
    codes = codes_of([verification])
    if "entered-in-error" in codes:
        raise taken_back("verification status")
    known = sorted(_VERIFIED[code] for code in codes if code in _VERIFIED)
    return known[0] if len(known) == 1 else Interpretation.POSITIVE


def _named(display: str, verification: CodeableConcept | None, presence: Interpretation) -> str:
    """The condition in words, with its doubt or denial: `Polymyositis: refuted`."""
    if presence is Interpretation.POSITIVE:
        return display
    return f"{display}: {min(codes_of([verification]) & _VERIFIED.keys())}"


def _onset(condition: Condition) -> When:
    """When it began, or else that it had begun when it was recorded."""
    period = condition.onset_period
    if condition.onset_date_time:
        return moment(condition.onset_date_time)
    if period is not None and period.start:
        return start_of(period.start)
    known_by = (period.end if period else "") or condition.recorded_date
    if not known_by:
        raise RowRefused(
            "time-missing", "It says neither when it began nor when it was recorded.",
            "export onsetDateTime or recordedDate",
        )  # fmt: skip
    return by_then(known_by, "onset")


def _abatement(condition: Condition, onset: When, states: frozenset[str]) -> Ending:
    period = condition.abatement_period
    text = condition.abatement_date_time or (period.end or period.start if period else "")
    if text:
        end = moment(text)
        not_before(end, onset)
        time, exact = end_of(end)
        return Ending(time, exact, text)
    if states & _RUNNING:
        return Ending(said="ongoing")
    state = min(states, default="")
    return Ending(said=f"{state}, date not stated" if state else "not stated")


def _stated(condition: Condition) -> str:
    """Beginnings and ends told by age or in words, and a state between."""
    told = (
        ("onset", _told(condition.onset_string, condition.onset_age, condition.onset_range)),
        ("abatement", _told(condition.abatement_string, condition.abatement_age,
                            condition.abatement_range)),
    )  # fmt: skip
    states = codes_of([condition.clinical_status]) - {"active", "resolved"}
    return joined(*(f"{name}: {text}" for name, text in told if text), *sorted(states))


def _told(text: str, age: Quantity | None, ages: Range | None) -> str:
    """A moment in the source's words. An age is not turned into a date."""
    if text:
        return text
    ends = [ages.low, ages.high] if ages is not None else [age]
    said = [f"{end.value} {end.unit or end.code}" for end in ends if end and end.value is not None]
    return f"at the age of {' to '.join(said)}" if said else ""


def read_allergy(allergy: AllergyIntolerance, catalogue: Catalogue) -> Iterator[Draft | RowRefused]:
    """An allergy or an intolerance, as a finding of its own without a concept of the substance."""
    codes = codes_of([allergy.verification_status])
    presence = _presence(allergy.verification_status)
    coded = read_thing(allergy.code, catalogue)
    period = allergy.onset_period
    onset = allergy.onset_date_time or (period.start if period else "")
    if not onset and not allergy.recorded_date:
        raise RowRefused(
            "time-missing", "It says neither when it began nor when it was recorded.",
            "export onsetDateTime or recordedDate",
        )  # fmt: skip
    when = moment(onset) if onset else by_then(allergy.recorded_date, "onset")
    kind = allergy.type or "allergy or intolerance"
    running = codes_of([allergy.clinical_status]) & _RUNNING
    denied = presence is Interpretation.NEGATIVE
    yield Draft(
        Event(
            event_id=0,
            time=when.time,
            code=f"{ALLERGY}{coded.code}",
            text=f"{'no ' if denied else ''}{kind}: {coded.display}",
            interpretation=presence,
            time_earliest=None if when.is_exact else when.earliest,
            time_latest=None if when.is_exact else when.latest,
            time_exact=when.is_exact,
            time_said="" if when.is_exact else when.said,
            end_said="ongoing" if running and not denied else "",
            is_spell=not denied,
            status=EventStatus.REPORTED,
            note=joined(*sorted(codes - {"confirmed"}), when.note),
        )
    )
