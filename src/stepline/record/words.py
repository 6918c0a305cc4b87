"""The words of a case file: which keys an entry may carry, and which answers mean what."""

from __future__ import annotations

from stepline.record.model import EventStatus, Interpretation

TIME_KEYS = frozenset({"on", "at", "from", "since", "until", "during", "lasted"})
"""When something was, and how long."""

PROVENANCE_KEYS = frozenset({"says", "because", "note", "by", "status", "written", "in_words"})
"""What an entry rests on, and who said it."""

ABOUT_KEYS = frozenset(
    {"of", "attributed_to", "which", "count", "severity", "value", "outcome", "change", "reason"}
)
"""What more is said of a condition, an assessment or a happening."""

DOSE_KEYS = frozenset(
    {
        "route", "product", "lot", "intent", "every", "courses", "over", "split", "days",
        "stopped", "reaction", "repeated", "reached", "steps", "afterwards",
    }
)  # fmt: skip
"""What is said of a dose only."""

VALUE_KEYS = frozenset({"flag", "uln", "lln", "reference", "assay"})
"""What is said of a measured value only."""

MODIFIERS = TIME_KEYS | PROVENANCE_KEYS | ABOUT_KEYS | DOSE_KEYS | VALUE_KEYS
"""Every key of an entry other than the concept that it is about."""

FLAGS: dict[str, Interpretation] = {
    **dict.fromkeys(("low", "decreased", "reduced"), Interpretation.LOW),
    **dict.fromkeys(("normal", "within normal range"), Interpretation.NORMAL),
    **dict.fromkeys(("elevated", "high", "raised", "increased"), Interpretation.ELEVATED),
    **dict.fromkeys(("positive", "detected", "reactive"), Interpretation.POSITIVE),
    **dict.fromkeys(("negative", "not detected", "non-reactive"), Interpretation.NEGATIVE),
    **dict.fromkeys(("indeterminate", "equivocal", "borderline"), Interpretation.INDETERMINATE),
}
"""A value that is known only as a word."""

PRESENCE: dict[str, Interpretation] = {
    **dict.fromkeys(("present", "positive", "confirmed", "recurrent"), Interpretation.POSITIVE),
    **dict.fromkeys(("absent", "negative", "excluded", "resolved"), Interpretation.NEGATIVE),
    **dict.fromkeys(("suspected", "possible"), Interpretation.INDETERMINATE),
}
"""Whether a condition is there."""

STATUSES = {status.value: status for status in EventStatus}
"""How an entry relates to what happened."""

REASONS = frozenset(
    {
        "intolerance", "inefficacy", "loss-of-response", "adverse-event", "remission", "completed",
        "contraindication", "pregnancy", "patient-choice", "supply", "other", "unknown",
    }
)  # fmt: skip
"""Why a drug was stopped or not given. `failed` and `stopped … for …` read these words."""

INTENTS = frozenset({"immunomodulation", "replacement", "prophylaxis", "premedication"})
"""What a drug is given for."""

ROUTES = frozenset({"oral", "iv", "sc", "im", "topical", "inhaled", "intra-articular", "unknown"})
"""How a drug enters the body."""

COMPLETE_FOR = frozenset({"medications", "conditions"})
"""What a source can declare to be complete."""

SECTIONS = (
    "body",
    "conditions",
    "doses",
    "attempts",
    "measurements",
    "assessments",
    "events",
    "planned",
)
"""Headings for the reader of a case file. What an entry means comes from its concept alone."""

IDENTIFYING = frozenset(
    {
        "name", "names", "surname", "forename", "initials", "mrn", "nhs", "nhs_number", "ssn",
        "identifier", "identifiers", "id", "address", "postcode", "zip", "phone", "email",
        "insurance", "hospital_number", "passport",
    }
)  # fmt: skip
"""Fields that would name a patient and are never read."""
