"""What passes between the parts of a walk: prescriptions, doses and rows of a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

NO_DAY = -1


@dataclass(frozen=True, slots=True)
class Prescription:
    """A regimen prescribed from a day on, for so many cycles, or until a day.

    `regimen` is empty where no regimen of the library is followed; `like` then names the one whose
    dose is given, every `every` days. `steps` holds (day, milligrams a day) of a daily drug, and
    `until` ends it.
    """

    regimen: str
    start: int
    reason: str
    like: str = ""
    cycles: int = 0
    until: int = NO_DAY
    every: int = 0
    steps: tuple[tuple[int, float], ...] = ()


class Row(NamedTuple):
    """One row to be recorded. Days count from the first day of follow-up; `value` is as text."""

    day: int
    minute: int
    concept: str
    value: str | None = None
    unit: str = ""
    text: str | None = None
    status: str = "reported"
    route: str = ""
    intent: str = ""
    product: str = ""
    reason: str = ""
    end: int = NO_DAY
    interval: str = ""
    limit: str | None = None
    is_spell: bool = False


class Truth(NamedTuple):
    """A course as it really was: its first and last day of giving."""

    regimen: str
    intent: str
    phase: str
    start: int
    end: int
    end_reason: str
    drug: str


class Relapse(NamedTuple):
    """A relapse as it really was; `cause` is `reduction`, `spontaneous` or `loss-of-response`."""

    day: int
    cause: str
