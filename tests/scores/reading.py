"""How the score tests write readings down."""

from __future__ import annotations

from decimal import Decimal

from stepline.scores.values import EnzymeReading, Pair

MEASURES = ("physician", "patient", "mmt", "haq", "extramuscular")


def pair(text: str) -> Pair:
    """`5.5→0.5`; a question mark is unknown."""
    before, after = (None if part == "?" else Decimal(part) for part in text.split("→"))
    return Pair(before, after)


def enzyme(text: str, uln: str) -> EnzymeReading:
    """`1000→900` with an upper limit of normal; a question mark is unknown."""
    both = pair(text)
    return EnzymeReading(both.before, both.after, None if uln == "?" else Decimal(uln))


def measures(line: str) -> dict[str, Pair]:
    """Physician, patient, MMT, HAQ and extramuscular, in this order; a dash leaves one out."""
    written = zip(MEASURES, line.split(), strict=True)
    return {name: pair(text) for name, text in written if text != "-"}
