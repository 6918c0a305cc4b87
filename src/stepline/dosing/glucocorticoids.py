"""Equivalent doses of glucocorticoids, with the range where tables disagree, and pulses kept apart.

The factors are the vocabulary's (mg equal to 5 mg of prednisone, by route). A pulse counts in what
was given in all; it is never part of a daily dose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, comparable, in_unit, measures
from stepline.dosing.numbers import quantity_json, quantity_of, say
from stepline.dosing.refusing import DosingRefused, Gathering
from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.model import Concept, Equivalence

_PULSE_MG = 250
"""Prednisone equivalent of one giving from which it is taken as a pulse whatever its route."""
PULSE = Evidence(
    "stepline-design",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "A pulse is given intravenously, or comes to 250 mg of prednisone equivalent or more",
)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A dose of one glucocorticoid as another: from `low` to `high`, equal where tables agree.

    Both carry the unit of the dose: mg for one giving, mg/d for a daily dose.
    """

    drug: str
    dose: Quantity
    route: str
    target: str
    low: Quantity
    high: Quantity
    is_pulse: bool
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...] = ()

    @property
    def exact(self) -> Quantity | None:
        """The equivalent where tables agree; else `None`."""
        return self.low if self.low == self.high else None

    def say(self) -> str:
        """The equivalence in a sentence."""
        high = "" if self.exact else f" to {say(self.high)}"
        return f"{say(self.dose)} {self.drug} ({self.route}) = {say(self.low)}{high} {self.target}"

    def as_json(self) -> dict[str, object]:
        """Machine form; `value` is `None` where tables disagree."""
        return {
            "method": "equivalents of 5 mg prednisone",
            "target": self.target,
            "value": float(self.low.value) if self.exact else None,
            "low": float(self.low.value),
            "high": float(self.high.value),
            "unit": self.low.unit,
            "pulse": self.is_pulse,
            "notes": list(self.notes),
            "inputs": {"drug": self.drug, "dose": quantity_json(self.dose), "route": self.route},
            "evidence": [one.as_json() for one in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class DailyTotal:
    """Daily doses added up, in mg/d of `target`; pulses stand beside the sum, not in it."""

    target: str
    low: Quantity
    high: Quantity
    pulses: tuple[Equivalent, ...]


def equivalent(
    drug: str, dose: Quantity, *, to: str = "prednisone", route: str = "oral"
) -> Equivalent:
    """A dose in mg or mg/d of one glucocorticoid as a dose of another.

    Raises:
        DosingRefused: `drug-unknown`, `dose-unit-wrong`, `dose-not-positive`, `route-unknown`
            (tables hold for oral and intravenous doses, not for joints or muscle); all at once.
    """
    gathering = Gathering()
    source = gathering.attempt(lambda: _glucocorticoid(drug), "drug")
    target = gathering.attempt(lambda: _glucocorticoid(to), "to")
    gathering.problems += _wrong_dose(dose)
    if source is not None:
        gathering.problems += _wrong_route(source, route)
    gathering.settle()
    assert source is not None
    assert target is not None
    return _converted(source, dose, target, route)


def daily_total(doses: Sequence[Equivalent]) -> DailyTotal:
    """Daily doses of one target added up; pulses and single givings are listed, never averaged.

    Raises `DosingRefused`: `targets-mixed`, `not-daily` for a single dose that is no pulse.
    """
    targets = {one.target for one in doses}
    if len(targets) != 1:
        message = "Doses are added up in equivalents of one drug."
        raise DosingRefused.because("targets-mixed", message, found=", ".join(sorted(targets)))
    daily = [one for one in doses if not one.is_pulse]
    single = [one for one in daily if not comparable(one.dose.unit, "mg/d")]
    if single:
        message = "A single dose has no place in a daily dose."
        raise DosingRefused.because(
            "not-daily", message, found=say(single[0].dose), mend="state it per day"
        )
    low, high = (
        sum((in_unit(end, "mg/d") for end in ends), Fraction(0))
        for ends in ([one.low for one in daily], [one.high for one in daily])
    )
    pulses = tuple(one for one in doses if one.is_pulse)
    return DailyTotal(targets.pop(), quantity_of(low, "mg/d"), quantity_of(high, "mg/d"), pulses)


def _glucocorticoid(name: str) -> Concept:
    found = catalogue().find(name)
    if found is None or found.equivalent is None:
        known = [one.id for one in catalogue().members("glucocorticoid") if one.equivalent]
        near = ", ".join(one for one in catalogue().suggest(name) if one in known)
        raise DosingRefused.because(
            "drug-unknown",
            f"No glucocorticoid with an equivalent dose is called '{name}'.",
            found=name,
            allowed=", ".join(known),
            mend=f"did you mean {near}?" if near else "name the drug",
        )
    return found


def _wrong_dose(dose: Quantity) -> list[Problem]:
    if not any(comparable(dose.unit, unit) for unit in ("mg", "mg/d")) or "[" in dose.unit:
        return [
            Problem(
                "dose-unit-wrong",
                f"Equivalents hold for a mass or a mass per day, not for {measures(dose.unit)}.",
                found=dose.say(),
                allowed="mg or mg/d",
                mend="work the dose out in mg for the patient first",
            )
        ]
    if dose.value <= 0:
        return [Problem("dose-not-positive", "A dose is more than nothing.", found=dose.say())]
    return []


def _wrong_route(drug: Concept, route: str) -> list[Problem]:
    assert drug.equivalent is not None
    if route in drug.equivalent.routes:
        return []
    return [
        Problem(
            "route-unknown",
            f"No equivalent of {drug.id} is known by this route.",
            found=route,
            allowed=", ".join(drug.equivalent.routes),
            mend="tables do not hold for joints, muscle, skin or airways",
        )
    ]


def _converted(source: Concept, dose: Quantity, target: Concept, route: str) -> Equivalent:
    one, other = source.equivalent, target.equivalent
    assert one is not None
    assert other is not None
    unit = "mg/d" if comparable(dose.unit, "mg/d") else "mg"
    amount = in_unit(dose, unit)
    low, high = _range(amount, one, other, same=source.id == target.id)
    pulse = _is_pulse(amount, one, route)
    notes = [_PULSE_NOTE] if pulse else []
    if low != high:
        notes.append("Published tables disagree on a factor: the equivalent is a range.")
    return Equivalent(
        source.id,
        dose,
        route,
        target.id,
        quantity_of(low, unit),
        quantity_of(high, unit),
        pulse,
        tuple(dict.fromkeys((one.evidence, other.evidence, *((PULSE,) if pulse else ())))),
        tuple(notes),
    )


def _range(
    amount: Fraction, one: Equivalence, other: Equivalence, *, same: bool
) -> tuple[Fraction, Fraction]:
    """Lowest and highest equivalent; a drug is its own equivalent whatever tables say."""
    if same:
        return amount, amount
    return (
        amount * Fraction(other.low) / Fraction(one.high),
        amount * Fraction(other.high) / Fraction(one.low),
    )


def _is_pulse(amount: Fraction, one: Equivalence, route: str) -> bool:
    return route == "iv" or amount * 5 / Fraction(one.low) >= _PULSE_MG


_PULSE_NOTE = "A pulse: it counts in the cumulative dose, never in a daily dose or in its mean."
