"""Which weight a plan doses by, how old it is, and what another weight would make of the dose.

The actual weight is dosed by unless another is asked for; nothing is exchanged in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, in_unit
from stepline.core.time import Period, parse_period
from stepline.dosing.bodysize import BodySize, body_mass_index
from stepline.dosing.numbers import quantity_json, shown
from stepline.dosing.weights import (
    DosingWeight,
    Person,
    WeightMethod,
    WeightRule,
    body_weight,
    dosing_weight,
)
from stepline.vocabulary.catalogue import catalogue

_OBESE = 30
_ABOVE_IDEAL = Fraction(120, 100)


@dataclass(frozen=True, slots=True)
class Weighing:
    """Which weight doses, of whom, and when weight and height were measured (`None` unknown)."""

    rule: WeightRule = WeightRule.ACTUAL
    person: Person = Person()  # noqa: RUF009  (a frozen value)
    weight_on: date | None = None
    height_on: date | None = None


@dataclass(frozen=True, slots=True)
class Overweight:
    """Body mass index and share of the ideal weight; `None` where height or sex is unknown."""

    bmi: Fraction | None
    of_ideal: Fraction | None

    @property
    def holds(self) -> bool:
        """BMI 30 kg/m² and more, or more than 120 % of the ideal weight (Devine)."""
        heavy = self.bmi is not None and self.bmi >= _OBESE
        return heavy or (self.of_ideal is not None and self.of_ideal > _ABOVE_IDEAL)

    def say(self) -> str:
        """Both measures, as far as they are known."""
        said = [f"body mass index {shown(self.bmi, 1)} kg/m²"] if self.bmi is not None else []
        if self.of_ideal is not None:
            said.append(f"{shown(self.of_ideal * 100, 1)} % of the ideal weight")
        return ", ".join(said)


def overweight(size: BodySize, person: Person) -> Overweight:
    """How a body stands to the two thresholds above which some sources leave the actual weight."""
    bmi = body_mass_index(size)
    ideal = body_weight(size, person, WeightMethod.DEVINE).value
    share = size.kg / Fraction(ideal) if ideal is not None and size.kg is not None else None
    return Overweight(None if bmi is None else in_unit(bmi, "kg/m2"), share)


def weight_of(size: BodySize, weighing: Weighing) -> DosingWeight:
    """The weight that the rule leads to; its value is unknown where the rule does not hold."""
    return dosing_weight(size, weighing.person, weighing.rule)


def rate_weight(size: BodySize, weighing: Weighing) -> Quantity | None:
    """The weight of rates per kilogram: the lower of the actual one and the one that doses."""
    used = weight_of(size, weighing).used.quantity
    if size.weight is None or used is None:
        return size.weight or used
    return min((size.weight, used), key=lambda one: in_unit(one, "kg"))


def needs_of_weight(size: BodySize, weighing: Weighing) -> Iterator[Problem]:
    """What a rule other than the actual weight still needs, or why it does not hold here."""
    if weighing.rule is WeightRule.ACTUAL:
        return
    used = weight_of(size, weighing).used
    for name in used.missing:
        option = "--sex female" if name == "sex" else f"--{name} {_EXAMPLES[name]}"
        message = f"The {name} is missing: the {weighing.rule.value} weight needs it."
        yield Problem(f"{name}-missing", message, mend=f"add {option}")
    if used.value is None and not used.missing:
        yield Problem(
            "dosing-weight-unknown",
            f"The {weighing.rule.value} weight does not hold here: {' '.join(used.limits)}",
            found=weighing.rule.value,
            mend="dose by the actual weight, or let a person decide",
        )


_EXAMPLES = {"height": "160cm", "weight": "60kg"}


def needs_of_dates(weighing: Weighing, start: date) -> Iterator[Problem]:
    """A measurement lies before the plan that rests on it."""
    for name, day in (("weight", weighing.weight_on), ("height", weighing.height_on)):
        if day is not None and day > start:
            yield Problem(
                "measured-after-start",
                f"The {name} is dated after the first day of the plan.",
                found=day.isoformat(),
                allowed=f"up to {start}",
                mend=f"check --{name}-on and --start",
            )


def aged(name: str, day: date | None, start: date) -> str:
    """Why a measurement is too old at the start; empty where it is not, or has no date."""
    freshness = catalogue().concept(name).freshness
    if day is None or freshness is None:
        return ""
    period = parse_period(freshness.period)
    if _after(day, period) >= start:
        return ""
    return (
        f"The {name} was measured on {day}, {(start - day).days} days before the start; "
        f"it answers for {period.say()}. Measure again, or confirm it."
    )


def _after(day: date, period: Period) -> date:
    return period.after(datetime(day.year, day.month, day.day)).date()


def freshness_evidence(name: str) -> tuple[Evidence, ...]:
    """Where the time is read for which a measurement answers."""
    freshness = catalogue().concept(name).freshness
    return () if freshness is None else (freshness.evidence,)


def weighing_json(size: BodySize, weighing: Weighing, start: date) -> dict[str, object]:
    """Machine form: method, inputs with their dates and ages, resulting weight and the reason."""
    chosen, heavy = weight_of(size, weighing), overweight(size, weighing.person)
    person = weighing.person
    return {
        "rule": chosen.rule.value,
        "method": chosen.used.method.value,
        "value": None if chosen.used.value is None else float(chosen.used.value),
        "unit": "kg",
        "formula": chosen.used.formula,
        "reason": chosen.reason if weighing.rule is not WeightRule.ACTUAL else _ACTUAL_REASON,
        "limits": list(chosen.used.limits),
        "bmi": None if heavy.bmi is None else float(heavy.bmi),
        "percent_of_ideal": None if heavy.of_ideal is None else float(heavy.of_ideal * 100),
        "rate_weight": quantity_json(rate_weight(size, weighing)),
        "inputs": {
            "weight": _measured(size.weight, weighing.weight_on, start),
            "height": _measured(size.height, weighing.height_on, start),
            "sex": person.sex,
            "age_years": None if person.age is None else float(person.age),
            "pregnant": person.pregnant,
        },
        "evidence": [one.as_json() for one in chosen.evidence],
    }


_ACTUAL_REASON = "No other weight was asked for."


def _measured(value: Quantity | None, day: date | None, start: date) -> dict[str, object] | None:
    if value is None:
        return None
    age = None if day is None else (start - day).days
    on = None if day is None else day.isoformat()
    return {**(quantity_json(value) or {}), "on": on, "age_days": age}


OVERWEIGHT = (
    Evidence(
        "octagam-10-eu-label",
        Kind.LABEL,
        Status.VERIFIED,
        "In overweight the dose follows the physiological standard body weight",
    ),
    Evidence(
        "ivig-order-set",
        Kind.POLICY,
        Status.VERIFIED,
        "One US hospital: the adjusted weight above 120 % of ideal",
    ),
    Evidence(
        "stepline-memory",
        Kind.DESIGN,
        Status.UNCONFIRMED,
        "NHS England: the adjusted weight from a body mass index of 30 kg/m²",
    ),
    Evidence(
        "aaaai-ivig-weight",
        Kind.GUIDELINE,
        Status.VERIFIED,
        "The evidence does not settle ideal against actual weight",
    ),
)
"""Sources disagree, so a plan warns and exchanges nothing."""
SLOWER = Evidence(
    "stepline-memory",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "No source says which weight a rate per kg rests on; the lower makes the slower infusion",
)
