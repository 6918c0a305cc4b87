"""Infusion rates that rise in steps up to a cap: millilitres, milligrams and minutes, exactly.

A ladder is climbed as it is written; it is never scaled to the dose. The strictest cap holds, and
where the middle of a ladder is unknown the duration is known only between two bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence, Status, weakest
from stepline.core.quantity import Quantity, comparable, in_unit, measures
from stepline.dosing.numbers import quantity_json, quantity_of, say, shown
from stepline.dosing.refusing import DosingRefused

_BY_MASS, _BY_MASS_PER_KG = "mg/h", "mg/kg/h"
_BY_VOLUME, _BY_VOLUME_PER_KG = "mL/h", "mL/kg/h"
_KINDS = (_BY_MASS, _BY_MASS_PER_KG, _BY_VOLUME, _BY_VOLUME_PER_KG)
_MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class Rung:
    """One rate of a ladder and how many minutes it is held; `None` is to the end."""

    rate: Quantity
    minutes: Fraction | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rates in the order in which they are climbed; the last is the highest.

    `is_complete` is false where steps between the first and the last are not known;
    `is_start_known` is false where only the highest rate is.
    """

    rungs: tuple[Rung, ...]
    is_complete: bool = True
    is_start_known: bool = True
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Cap:
    """A rate that is not exceeded, and when it applies."""

    rate: Quantity
    because: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Fluid:
    """What is infused: `amount` as a mass; `concentration` as a mass per volume, `None` unknown."""

    amount: Quantity
    concentration: Quantity | None = None


@dataclass(frozen=True, slots=True)
class InfusionStep:
    """One step: rates, minutes, and what runs in. Volumes are `None` without a concentration."""

    mg_per_h: Fraction
    ml_per_h: Fraction | None
    minutes: Fraction
    mg: Fraction
    ml: Fraction | None

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "ml_per_h": None if self.ml_per_h is None else float(self.ml_per_h),
            "mg_per_h": float(self.mg_per_h),
            "minutes": float(self.minutes),
            "ml": None if self.ml is None else float(self.ml),
            "mg": float(self.mg),
        }


@dataclass(frozen=True, slots=True)
class Infusion:
    """How an amount runs in. `minutes` is `None`, and `steps` empty, where the ladder has gaps.

    Then the duration lies between `at_least` (straight to the highest rate after the first) and
    `at_most` (never above the first; `None` where that is unknown too). `status` is the weakest of
    what all this rests on.
    """

    fluid: Fluid
    weight: Quantity | None
    volume_ml: Fraction | None
    steps: tuple[InfusionStep, ...]
    minutes: Fraction | None
    at_least: Fraction
    at_most: Fraction | None
    cap: Cap | None
    status: Status
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...] = ()

    def say(self) -> str:
        """The duration for people."""
        if self.minutes is not None:
            return said_duration(self.minutes)
        most = f", at most {said_duration(self.at_most)}" if self.at_most is not None else ""
        return f"at least {said_duration(self.at_least)}{most} (steps between are unknown)"

    def as_json(self) -> dict[str, object]:
        """Machine form; minutes as numbers."""
        return {
            "minutes": None if self.minutes is None else float(self.minutes),
            "at_least_minutes": float(self.at_least),
            "at_most_minutes": None if self.at_most is None else float(self.at_most),
            "duration": self.say(),
            "steps": [step.as_json() for step in self.steps],
            "volume_ml": None if self.volume_ml is None else float(self.volume_ml),
            "cap": None if self.cap is None else {
                "rate": quantity_json(self.cap.rate), "because": self.cap.because,
            },
            "notes": list(self.notes),
            "inputs": {
                "amount": quantity_json(self.fluid.amount),
                "concentration": quantity_json(self.fluid.concentration),
                "weight": quantity_json(self.weight),
            },
            "status": self.status.value,
            "evidence": [one.as_json() for one in self.evidence],
        }  # fmt: skip


def regular_ladder(
    start: Quantity,
    step: Quantity,
    minutes: Fraction,
    highest: Quantity,
    evidence: tuple[Evidence, ...] = (),
) -> Ladder:
    """A ladder that rises by one step every so many minutes: 50 mg/h, +50 every 30 min, to 400.

    All rates in the unit of `start`. Raises `DosingRefused`: `ladder-wrong`.
    """
    unit = start.unit
    first, by, last = (in_unit(rate, unit) for rate in (start, step, highest))
    if first <= 0 or by <= 0 or minutes <= 0 or not first <= last <= first + by * _MOST_STEPS:
        raise DosingRefused.because(
            "ladder-wrong",
            "A ladder starts above nothing and rises by positive steps to its highest rate.",
            found=f"{say(start)}, +{say(step)} every {shown(minutes)} min, to {say(highest)}",
        )
    rungs, rate = [], first
    while rate < last:
        rungs.append(Rung(quantity_of(rate, unit), minutes))
        rate += by
    rungs.append(Rung(quantity_of(last, unit), None))
    return Ladder(tuple(rungs), evidence=evidence)


def infuse(
    fluid: Fluid,
    ladder: Ladder,
    *,
    weight: Quantity | None = None,
    caps: Sequence[Cap] = (),
    notes: tuple[str, ...] = (),
) -> Infusion:
    """The steps and the duration of an infusion under the strictest of the caps.

    `fluid.amount` is a mass. Rates are per time, per kilogram or not, by mass or by volume.

    Raises:
        DosingRefused: `amount-not-mass`, `amount-not-positive`, `concentration-wrong`,
            `concentration-missing` (a rate by volume), `weight-missing` (a rate per kilogram),
            `rate-unit-wrong`, `ladder-wrong`; all at once.
    """
    _check(fluid, weight, ladder, caps)
    read = _Reader(fluid.concentration, weight)
    cap = min(caps, key=lambda one: read.mg_per_h(one.rate), default=None)
    highest = None if cap is None else read.mg_per_h(cap.rate)
    climbed = _climbed(ladder, read, highest)
    mg = in_unit(fluid.amount, "mg")
    runs = _run(mg, climbed)
    is_exact = ladder.is_start_known and (ladder.is_complete or len(climbed) == 1)
    minutes = _total(runs) if is_exact else None
    steps = () if minutes is None else tuple(_step(rate, time, read) for rate, time in runs)
    evidence = (*ladder.evidence, *(cap.evidence if cap else ()))
    return Infusion(
        fluid,
        weight,
        read.ml(mg),
        steps,
        minutes,
        minutes if minutes is not None else _quickest(mg, climbed),
        minutes if minutes is not None else _slowest(mg, climbed, ladder),
        cap,
        _status(ladder, evidence),
        tuple(dict.fromkeys(evidence)),
        notes,
    )


def _status(ladder: Ladder, evidence: tuple[Evidence, ...]) -> Status:
    """The weakest status of what an infusion rests on; steps that cite nothing are unconfirmed."""
    return weakest([one.status for one in evidence] if ladder.evidence else [])


def said_duration(minutes: Fraction) -> str:
    """Minutes for people: `2 h 17.5 min`, `45 min`."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    if rest or not hours:
        parts.append(f"{shown(Fraction(rest), 1)} min")
    return " ".join(parts)


def is_rate(quantity: Quantity) -> bool:
    """Whether a quantity is a rate of infusion: a volume or mass per time, per kg or not."""
    return _kind(quantity) is not None and quantity.value > 0


def said_rate(rate: Quantity) -> str:
    """A rate for people, to six decimals."""
    return say(rate, 6)


class _Reader:
    """Reads any rate as mg/h, for one concentration (mg/mL) and one weight (kg)."""

    def __init__(self, concentration: Quantity | None, weight: Quantity | None) -> None:
        self.mg_per_ml = None if concentration is None else in_unit(concentration, "mg/mL")
        self.kg = None if weight is None else in_unit(weight, "kg")

    def mg_per_h(self, rate: Quantity) -> Fraction:
        kind = _kind(rate)
        assert kind is not None
        number = in_unit(rate, kind)
        if kind in (_BY_MASS_PER_KG, _BY_VOLUME_PER_KG):
            assert self.kg is not None
            number *= self.kg
        if kind in (_BY_VOLUME, _BY_VOLUME_PER_KG):
            assert self.mg_per_ml is not None
            number *= self.mg_per_ml
        return number

    def ml(self, mg: Fraction) -> Fraction | None:
        return None if self.mg_per_ml is None else mg / self.mg_per_ml


def _kind(rate: Quantity) -> str | None:
    return next((unit for unit in _KINDS if comparable(rate.unit, unit)), None)


def _climbed(
    ladder: Ladder, read: _Reader, highest: Fraction | None
) -> list[tuple[Fraction, Fraction | None]]:
    """Rates in mg/h with their minutes, up to the rung that the cap stops at."""
    climbed: list[tuple[Fraction, Fraction | None]] = []
    for rung in ladder.rungs:
        rate = read.mg_per_h(rung.rate)
        if highest is not None and rate >= highest:
            return [*climbed, (highest, None)]
        climbed.append((rate, rung.minutes))
    return [*climbed[:-1], (climbed[-1][0], None)]


def _run(
    mg: Fraction, climbed: Sequence[tuple[Fraction, Fraction | None]]
) -> list[tuple[Fraction, Fraction]]:
    """Rates in mg/h and the minutes spent at each until all has run in."""
    runs, left = [], mg
    for rate, held in climbed:
        needed = left / rate * 60
        minutes = needed if held is None else min(held, needed)
        runs.append((rate, minutes))
        left -= rate * minutes / 60
        if not left:
            break
    return runs


def _quickest(mg: Fraction, climbed: Sequence[tuple[Fraction, Fraction | None]]) -> Fraction:
    """Straight to the highest rate, after the first has been held as long as it is known to be."""
    (first, held), last = climbed[0], climbed[-1]
    start = [] if held is None else [(first, held)]
    return _total(_run(mg, [*start, last]))


def _slowest(
    mg: Fraction, climbed: Sequence[tuple[Fraction, Fraction | None]], ladder: Ladder
) -> Fraction | None:
    """Never above the first rate; unknown where that is."""
    return mg / climbed[0][0] * 60 if ladder.is_start_known else None


def _total(runs: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    return sum((minutes for _, minutes in runs), Fraction(0))


def _step(rate: Fraction, minutes: Fraction, read: _Reader) -> InfusionStep:
    mg = rate * minutes / 60
    return InfusionStep(rate, read.ml(rate), minutes, mg, read.ml(mg))


def _check(fluid: Fluid, weight: Quantity | None, ladder: Ladder, caps: Sequence[Cap]) -> None:
    problems = [*_wrong_fluid(fluid), *_wrong_weight(weight)]
    problems += _wrong_rungs(ladder)
    rates = [rung.rate for rung in ladder.rungs] + [cap.rate for cap in caps]
    for rate in rates:
        problems += _wrong_rate(rate, fluid, weight)
    if problems:
        raise DosingRefused(dict.fromkeys(problems))


def _wrong_rungs(ladder: Ladder) -> list[Problem]:
    early = [rung for rung in ladder.rungs[:-1] if rung.minutes is None or rung.minutes <= 0]
    if ladder.rungs and not (early and ladder.is_complete):
        return []
    message = "Every step of a ladder but the last is held for some minutes."
    return [Problem("ladder-wrong", message)]


def _wrong_fluid(fluid: Fluid) -> list[Problem]:
    problems = []
    if not comparable(fluid.amount.unit, "mg"):
        message = f"What is infused is stated as a mass, not as {measures(fluid.amount.unit)}."
        problems.append(Problem("amount-not-mass", message, found=fluid.amount.say()))
    elif fluid.amount.value <= 0:
        message = "An infusion holds more than nothing."
        problems.append(Problem("amount-not-positive", message, found=fluid.amount.say()))
    strength = fluid.concentration
    if strength is not None and (not comparable(strength.unit, "mg/mL") or strength.value <= 0):
        message = "A concentration is a mass in a volume, above nothing."
        problems.append(
            Problem(
                "concentration-wrong",
                message,
                found=strength.say(),
                allowed="mg/mL",
                mend="a 10 % immunoglobulin is written 100 mg/mL",
            )
        )
    return problems


def _wrong_weight(weight: Quantity | None) -> list[Problem]:
    if weight is None or (comparable(weight.unit, "kg") and weight.value > 0):
        return []
    message = "A weight is a mass, above nothing."
    return [Problem("weight-wrong", message, found=weight.say(), allowed="kg")]


def _wrong_rate(rate: Quantity, fluid: Fluid, weight: Quantity | None) -> list[Problem]:
    kind = _kind(rate)
    if kind is None or not is_rate(rate):
        message = f"{said_rate(rate)} is not a rate of infusion."
        allowed = "mL/h, mL/kg/h, mL/kg/min, mg/h or mg/kg/min, above nothing"
        return [Problem("rate-unit-wrong", message, found=said_rate(rate), allowed=allowed)]
    problems = []
    if kind in (_BY_MASS_PER_KG, _BY_VOLUME_PER_KG) and weight is None:
        message = "The rate is per kilogram, and the weight is unknown."
        problems.append(Problem("weight-missing", message, mend="state the weight"))
    if kind in (_BY_VOLUME, _BY_VOLUME_PER_KG) and fluid.concentration is None:
        message = "The rate is by volume, and the concentration is unknown."
        problems.append(Problem("concentration-missing", message, mend="state the concentration"))
    return problems
