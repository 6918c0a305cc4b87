"""The normal form of a dose: how much of what, on which basis, when, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from stepline.record.sig_values import Body, Per

EVERY_SECOND_DAY = frozenset({"P2D", "PT48H"})
"""Intervals at which what is taken a day is half of a dose."""
_PLACES = Decimal("0.0001")


class Standing(StrEnum):
    """What a row tells of a dose."""

    ORDERED = "ordered"
    DISPENSED = "dispensed"
    GIVEN = "given"
    REPORTED = "reported"
    NOT_GIVEN = "not-given"


class Confidence(StrEnum):
    """How an amount is known."""

    STATED = "stated"
    DERIVED = "derived"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


class Rule(StrEnum):
    """What made the amount of a dose."""

    ROW = "the row states it"
    BOUNDS = "the row states its bounds"
    COURSE_SPLIT = "a course total, split over its days"
    ARITHMETIC = "worked out from what the row states"
    STRENGTH = "pieces times their strength"
    TEXT = "read from the text"
    NONE = "nothing tells it"


@dataclass(frozen=True, slots=True)
class Size:
    """A weight in kg or a body surface in m², and the rows that it rests on."""

    value: Decimal
    event_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose, or one stretch of equal doses, of a drug.

    The amount lies from `low` to `high`, both included, in `unit` (UCUM; every mass in mg); they
    are equal where it is exact, and `None` is not known. It is scaled as `body` says and stands
    for `per`. Of a stretch, `times` doses are given each `every` (an ISO period). `start` to `end`
    lie on the record's own axis, and `when` says them as the record does; `is_stretch` tells a
    stretch whose end is not known from a moment. `weight` and `surface` are those known on the day
    and still fresh. `missing` says what would settle what is not known; `remarks` names what the
    amount is taken to mean (`alternate-days`).
    """

    drug: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    body: Body
    per: Per
    times: int
    every: str
    route: str
    start: datetime
    end: datetime | None
    when: str
    is_stretch: bool
    standing: Standing
    group: str
    event_ids: tuple[int, ...]
    rule: Rule
    confidence: Confidence
    missing: tuple[str, ...] = ()
    weight: Size | None = None
    surface: Size | None = None
    intent: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def amount(self) -> Decimal | None:
        """The exact amount; `None` where only bounds or nothing are known."""
        return self.low if self.low is not None and self.low == self.high else None

    @property
    def a_day(self) -> tuple[Decimal, Decimal] | None:
        """The lowest and highest mean a day, in `unit`, of a dose every second day; exact.

        `None` for other rhythms, and for a single giving.
        """
        is_second = self.is_stretch and self.every in EVERY_SECOND_DAY
        if not is_second or self.low is None or self.high is None:
            return None
        return self.low / 2, self.high / 2

    @property
    def in_mg(self) -> tuple[Decimal, Decimal] | None:
        """The lowest and highest amount in mg; `None` without both ends or the body's size."""
        if self.low is None or self.high is None or self.unit.partition("/")[0] != "mg":
            return None
        if self.body is Body.ABSOLUTE:
            return self.low, self.high
        size = self.weight if self.body is Body.PER_KG else self.surface
        return (self.low * size.value, self.high * size.value) if size else None

    @property
    def in_mg_per_kg(self) -> tuple[Decimal, Decimal] | None:
        """The lowest and highest amount in mg/kg, to 4 decimals; `None` without a fresh weight."""
        mass = self.in_mg
        if mass is None or self.weight is None:
            return None
        low, high = (end / self.weight.value for end in mass)
        return low.quantize(_PLACES), high.quantize(_PLACES)

    @property
    def order(self) -> tuple[datetime, tuple[int, ...]]:
        """Its place among doses: by start, then by the rows that it rests on."""
        return self.start, self.event_ids


def dose_row(dose: Dose) -> dict[str, object]:
    """The dose as one line of JSON; decimals are text, and what is not known is `None`."""
    mass, by_weight, mean = dose.in_mg, dose.in_mg_per_kg, dose.a_day
    return {
        "drug": dose.drug,
        "low": _plain(dose.low),
        "high": _plain(dose.high),
        "unit": dose.unit or None,
        "body": dose.body.value,
        "per": dose.per.value,
        "times": dose.times,
        "every": dose.every or None,
        "mg": [_plain(end) for end in mass] if mass else None,
        "mg_per_kg": [_plain(end) for end in by_weight] if by_weight else None,
        "a_day": [_plain(end) for end in mean] if mean else None,
        "route": dose.route or None,
        "start": dose.start.isoformat(),
        "end": dose.end.isoformat() if dose.end else None,
        "when": dose.when,
        "status": dose.standing.value,
        "confidence": dose.confidence.value,
        "rule": dose.rule.value,
        "events": list(dose.event_ids),
        "remarks": list(dose.remarks),
        "missing": list(dose.missing),
    }


def _plain(number: Decimal | None) -> str | None:
    return f"{number.normalize():f}" if number is not None else None


def say_dose(dose: Dose) -> str:
    """The dose in a line: `24000 mg per dose; given 2026-01-05; stated: the row states it`."""
    parts = (
        _say_amount(dose),
        dose.route,
        f"{dose.standing} {dose.when}",
        f"{dose.confidence}: {dose.rule}",
        _say_remarks(dose),
        f"missing: {'; '.join(dose.missing)}" if dose.missing else "",
    )
    return "; ".join(part for part in parts if part)


def _say_remarks(dose: Dose) -> str:
    """What the amount is taken to mean: `alternate-days, 10 mg per day on average`."""
    said = list(dose.remarks)
    if dose.a_day is not None:
        ends = " to ".join(dict.fromkeys(f"{end.normalize():f}" for end in dose.a_day))
        said.append(f"{ends} {dose.unit} per day on average")
    return ", ".join(said)


def _say_amount(dose: Dose) -> str:
    if dose.low is None and dose.high is None:
        return "amount unknown"
    ends = [_plain(end) or "" for end in (dose.low, dose.high) if end is not None]
    number = " to ".join(dict.fromkeys(ends))
    bound = {(True, False): "up to ", (False, True): "at least "}
    before = bound.get((dose.low is None, dose.high is None), "")
    often = f" {dose.times} times" if dose.times > 1 else ""
    every = f"{often} every {dose.every}" if dose.every else ""
    per = "" if dose.per is Per.NOT_STATED else f" per {dose.per}"
    return f"{before}{number} {dose.unit}{per}{every}"
