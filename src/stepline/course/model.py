"""A stretch of a record recognised as a regimen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Deviation:
    """A difference between what the regimen asks for and what was given.

    `kind` is one of `missed`, `late`, `early`, `split`, `rounded`, `capped`, `dose-changed`,
    `weight-changed`, `interrupted`, `partial`, `steps-unknown`, `dose-unknown`, `start-unknown`,
    `giving-unrecorded` (only an order is recorded), `doubled` (a row written twice), `dose-odd`,
    `double-dose`, `day-missing`, `unit-missing`, `weight-odd`, `weight-later`, `weight-unknown`,
    `route-changed`, `product-changed`, `extra`; of supplies also `gap`, `missing-step`, `overlap`,
    `end-unknown`, `rise`, `held`, `below-last`, `drift`, `alternate-days` (the dose a
    day is a mean), `split-unknown` (of a week's or a month's amount).
    """

    kind: str
    says: str
    event_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """Doses read as one regimen, or described where no regimen of the library fits.

    `regimen` is the library's id, or empty for an unnamed course. `cycles` counts the courses or
    doses given; `None` where the record does not tell. `intensity` is g/kg per 28 days, worked out
    for immunoglobulin only. `daily` marks a drug given every day. `start_said` and `end_said` speak
    of moments that are not exact ("after M24"). `score` lies in 0..1 and `because` explains it.
    """

    course_id: int
    regimen: str
    drug: str
    title: str
    intent: str
    phase: str
    start: datetime
    end: datetime | None
    event_ids: tuple[int, ...]
    start_exact: bool = True
    end_exact: bool = True
    start_said: str = ""
    end_said: str = ""
    ongoing: bool = False
    cycles: int | None = None
    interval: str = ""
    dose: str = ""
    intensity: Decimal | None = None
    daily: bool = False
    end_reason: str = ""
    end_reason_because: tuple[str, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    score: Decimal = Decimal(0)
    because: tuple[str, ...] = ()
