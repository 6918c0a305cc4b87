"""FHIR's own short lists: what a status, a flag or a qualitative answer means here."""

from __future__ import annotations

from collections.abc import Mapping

from stepline.record.model import EventStatus, Interpretation
from stepline.sources.fhir.rows import RowRefused

_POSITIVE = Interpretation.POSITIVE
_NEGATIVE = Interpretation.NEGATIVE
_UNSURE = Interpretation.INDETERMINATE

FLAGS: dict[str, Interpretation] = {
    **dict.fromkeys(("L", "LL", "LU", "<"), Interpretation.LOW),
    **dict.fromkeys(("H", "HH", "HU", ">"), Interpretation.ELEVATED),
    "N": Interpretation.NORMAL,
    **dict.fromkeys(("POS", "DET", "RR"), _POSITIVE),
    **dict.fromkeys(("NEG", "ND", "NR"), _NEGATIVE),
    **dict.fromkeys(("IND", "E", "WR"), _UNSURE),
}
"""HL7 ObservationInterpretation. `A` (abnormal) says no direction and stays words."""

ANSWER_CODES: dict[str, Interpretation] = {
    **dict.fromkeys(("10828004", "260373001", "11214006", "LA6576-8"), _POSITIVE),
    **dict.fromkeys(("260385009", "260415000", "131194007", "LA6577-6"), _NEGATIVE),
    **dict.fromkeys(("419984006", "42425007", "82334004"), _UNSURE),
}
"""Qualitative results: SNOMED CT (WHO DDCC, qualitative results) and LOINC answers."""

ANSWER_WORDS: dict[str, Interpretation] = {
    **dict.fromkeys(("positive", "detected", "reactive", "present"), _POSITIVE),
    **dict.fromkeys(
        ("negative", "not detected", "non-reactive", "nonreactive", "non reactive", "absent"),
        _NEGATIVE,
    ),
    **dict.fromkeys(("indeterminate", "equivocal", "inconclusive", "borderline"), _UNSURE),
    **dict.fromkeys(("normal", "within normal limits"), Interpretation.NORMAL),
    **dict.fromkeys(("elevated", "raised", "high", "increased"), Interpretation.ELEVATED),
    **dict.fromkeys(("low", "decreased", "reduced"), Interpretation.LOW),
}
"""Whole answers only: a word within a sentence may be denied by it."""

QUALITATIVE = frozenset({_POSITIVE, _NEGATIVE, _UNSURE})

NOT_TRUE = frozenset({"entered-in-error", "cancelled"})
"""Statuses of a resource that its source has taken back."""

ORDER_STATUSES: dict[str, EventStatus] = {
    "active": EventStatus.ORDERED,
    "unknown": EventStatus.ORDERED,
    "completed": EventStatus.REPORTED,
    "stopped": EventStatus.STOPPED,
    "on-hold": EventStatus.STOPPED,
    "cancelled": EventStatus.NOT_GIVEN,
    "draft": EventStatus.PLANNED,
}
"""MedicationRequest.status. Completed means that everything asked for has happened."""

STATEMENT_STATUSES: dict[str, EventStatus] = {
    "active": EventStatus.REPORTED,
    "completed": EventStatus.REPORTED,
    "unknown": EventStatus.REPORTED,
    "intended": EventStatus.PLANNED,
    "stopped": EventStatus.STOPPED,
    "on-hold": EventStatus.STOPPED,
    "not-taken": EventStatus.NOT_GIVEN,
}

ADMINISTRATION_STATUSES: dict[str, EventStatus] = {
    "completed": EventStatus.GIVEN,
    "in-progress": EventStatus.GIVEN,
    "stopped": EventStatus.GIVEN,
    "on-hold": EventStatus.GIVEN,
    "unknown": EventStatus.REPORTED,
    "not-done": EventStatus.NOT_GIVEN,
}
"""An infusion that was broken off was given in part; the therapy is not thereby stopped."""

DISPENSE_STATUSES: dict[str, EventStatus] = {
    "completed": EventStatus.ORDERED,
    "preparation": EventStatus.ORDERED,
    "in-progress": EventStatus.ORDERED,
    "on-hold": EventStatus.ORDERED,
    "unknown": EventStatus.ORDERED,
    "stopped": EventStatus.ORDERED,
    "declined": EventStatus.NOT_GIVEN,
    "cancelled": EventStatus.NOT_GIVEN,
}
"""A supply that was handed over is not a dose that was taken."""

PLANS = frozenset({"proposal", "plan", "option"})
"""MedicationRequest.intent of what nobody has ordered yet."""

REASON_CODES = {"sintol": "intolerance", "preg": "pregnancy", "non-avail": "supply"}
"""HL7 medicationrequest-status-reason, in the words that criteria read."""

REASON_WORDS = (
    ("intoleran", "intolerance"),
    ("inefficac", "inefficacy"),
    ("ineffective", "inefficacy"),
    ("lack of efficacy", "inefficacy"),
    ("loss of response", "loss-of-response"),
    ("loss-of-response", "loss-of-response"),
    ("adverse", "adverse-event"),
    ("side effect", "adverse-event"),
    ("contraindicat", "contraindication"),
    ("pregnan", "pregnancy"),
    ("remission", "remission"),
    ("patient choice", "patient-choice"),
    ("declined", "patient-choice"),
    ("refus", "patient-choice"),
)
"""Words in a reason for stopping, in the words that criteria read; the first that fits counts."""

INTENTS = frozenset({"immunomodulation", "replacement", "prophylaxis", "premedication"})
"""Reasons for giving that are an intent; any other reason stays words."""

DENIALS = ("not ", "no ", "without", "nicht")
"""A reason with one of these may deny what it names, and stays words."""


def reason_in(text: str) -> str:
    """Why a drug was stopped, in a word that criteria read; empty where denied or not told."""
    said = text.casefold()
    if any(denial in f" {said} " for denial in DENIALS):
        return ""
    return next((reason for word, reason in REASON_WORDS if word in said), "")


def read_status(written: str, known: Mapping[str, EventStatus]) -> EventStatus:
    """What a status means; raises `RowRefused` (`taken-back`, `status-unknown`)."""
    if written == "entered-in-error":
        raise taken_back("status")
    if written not in known:
        raise RowRefused(
            "status-unknown",
            f"The status '{written[:40]}' is not one of {', '.join(sorted(known))}.",
            "correct the status in the source",
        )
    return known[written]


def taken_back(what: str) -> RowRefused:
    """The refusal of a row that its source has marked as an error."""
    return RowRefused(
        "taken-back", f"Its {what} is entered-in-error.", "nothing: the source took it back"
    )
