"""Other regimens as values: candidates, the target, whom they are for, and what each comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from stepline.core.quantity import Quantity
from stepline.dosing.numbers import quantity_json, say, shown
from stepline.forecast.driving import Known
from stepline.forecast.model import Model
from stepline.forecast.result import Band

if TYPE_CHECKING:
    from stepline.dosing.products import Product


class Aim(StrEnum):
    """What of the steady state a target is about."""

    TROUGH = "trough"
    PEAK = "peak"
    TIME_ABOVE = "time above"


@dataclass(frozen=True, slots=True)
class Target:
    """`aim` at least (or at most) `limit`; for `time above`, `share` of the interval or more."""

    concept: str
    aim: Aim
    limit: Quantity
    at_least: bool = True
    share: Fraction | None = None

    def say(self) -> str:
        """For people: `igg trough ≥ 6 g/L`."""
        if self.aim is Aim.TIME_ABOVE:
            assert self.share is not None
            percent = shown(self.share * 100, 1)
            return f"{self.concept} above {self.limit.say()} for {percent} % of the time"
        sign = "≥" if self.at_least else "≤"
        return f"{self.concept} {self.aim.value} {sign} {self.limit.say()}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dose (by mass, or mass per kg) on each of `days` days, every `interval` days."""

    dose: Quantity
    interval: int
    days: int = 1

    def say(self) -> str:
        """For people: `0.4 g/kg every 4 weeks`."""
        weeks, rest = divmod(self.interval, 7)
        often = f"{weeks} week{'s' * (weeks != 1)}" if not rest else f"{self.interval} days"
        over = f" on each of {self.days} days" if self.days > 1 else ""
        return f"{say(self.dose)}{over} every {often}"


@dataclass(frozen=True, slots=True)
class Setting:
    """Whom and how: drug, weight (kg), product, indication of its rates, covariates, own baseline.

    `route` is `iv` or `sc`.
    """

    drug: str
    route: str
    weight: Decimal | None = None
    product: Product | None = None
    indication: str = ""
    known: Mapping[str, Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of infusion a year: from where to where; equal where the steps are known."""

    low: Decimal
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a candidate comes to. `amount` is given on each day, after rounding to vials.

    `probability` is the share of persons who meet the target; `None` where the model does not say
    how people differ, and then `meets` is that of the typical person. `error` is the standard error
    of the probability from the number of draws.
    """

    candidate: Candidate
    exact: Quantity
    amount: Quantity
    trough: Band
    peak: Band
    meets: bool | None
    probability: float | None
    error: float | None
    a_year: Quantity
    infusions_a_year: Decimal
    hours_a_year: Hours | None
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        hours = self.hours_a_year
        return {
            "regimen": self.candidate.say(),
            "dose": quantity_json(self.candidate.dose),
            "interval_days": self.candidate.interval,
            "days": self.candidate.days,
            "exact": quantity_json(self.exact),
            "amount": quantity_json(self.amount),
            "trough": self.trough.as_json(),
            "peak": self.peak.as_json(),
            "meets_typically": self.meets,
            "probability": self.probability,
            "probability_error": self.error,
            "a_year": quantity_json(self.a_year),
            "infusions_a_year": float(self.infusions_a_year),
            "hours_a_year": None
            if hours is None
            else {
                "low": float(hours.low),
                "high": None if hours.high is None else float(hours.high),
            },
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Candidates against a target with one model.

    `longest` is, of each dose, the longest interval that meets the target with `wanted`
    probability; `sparing` the one that does so with the least amount a year.
    """

    model: Model
    target: Target | None
    wanted: Fraction
    outcomes: tuple[Outcome, ...]
    basis: str
    draws: int
    seed: int
    longest: tuple[Outcome, ...] = ()
    sparing: Outcome | None = None
    notes: tuple[str, ...] = ()
