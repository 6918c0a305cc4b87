"""Rates that are instructions of their own: the steps of an infusion beside its dose.

A dose whose rate rises is told by several instructions on the same dates: one with the dose, and
one for each rate. The rates say how that dose runs in; none of them is a dose.
"""

from __future__ import annotations

from collections.abc import Sequence

from stepline.sources.fhir.dosage import lasting, rate_in_words
from stepline.sources.fhir.rows import joined
from stepline.sources.fhir.structs import Dosage

Rated = tuple[Dosage, tuple[str, ...]]
"""An instruction, and the rates that other instructions add to it."""


def with_rates(dosages: Sequence[Dosage]) -> list[Rated]:
    """Every instruction but the rates of a dose, which are put beside it in their order.

    A rate belongs to the dose on the same dates that stands last before it, or beside it.
    """
    ordered = sorted(dosages, key=lambda one: (one.sequence, _is_rate(one)))
    rated: list[tuple[Dosage, list[str]]] = []
    doses: dict[tuple[str, ...], list[str]] = {}
    for one in ordered:
        dates = one.timing.event if one.timing else ()
        if _is_rate(one) and dates in doses:
            doses[dates].append(_said(one))
            continue
        rates: list[str] = []
        rated.append((one, rates))
        if dates and not _is_rate(one):
            doses[dates] = rates
    return [(dosage, tuple(rates)) for dosage, rates in rated]


def _is_rate(dosage: Dosage) -> bool:
    """Whether it says how fast and not how much."""
    given = dosage.dose_and_rate
    has_dose = any(one.dose_quantity is not None or one.dose_range is not None for one in given)
    return bool(given) and not has_dose and any(rate_in_words(one) for one in given)


def _said(dosage: Dosage) -> str:
    rates = joined(*(rate_in_words(one) for one in dosage.dose_and_rate))
    return " ".join(part for part in (rates, lasting(dosage.timing)) if part)
