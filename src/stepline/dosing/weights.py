"""Ideal and adjusted body weight, with where they hold; and which weight a dose rests on.

Sources disagree on which weight to dose by. A rule is chosen by the user, the result says which
weight it led to and why, and the actual weight is never exchanged for another one silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, decimal_of
from stepline.dosing.bodysize import BodySize
from stepline.dosing.numbers import shown

_INCH = Fraction(254, 100)
_SIXTY_INCHES = 60 * _INCH
_SHARE = Fraction(4, 10)
_BY_SEX = {
    "ideal-devine": {
        "male": (Fraction(50), Fraction("2.3")),
        "female": (Fraction("45.5"), Fraction("2.3")),
    },
    "ideal-robinson": {
        "male": (Fraction(52), Fraction("1.9")),
        "female": (Fraction(49), Fraction("1.7")),
    },
}
"""Kilograms at 60 inches, and kilograms for each inch above."""


class WeightMethod(StrEnum):
    """A body weight: measured, or worked out by a formula."""

    ACTUAL = "actual"
    DEVINE = "ideal-devine"
    ROBINSON = "ideal-robinson"
    ADJUSTED = "adjusted"


class WeightRule(StrEnum):
    """What decides the weight of a dose: one method, or a policy that chooses between two."""

    ACTUAL = "actual"
    DEVINE = "ideal-devine"
    ROBINSON = "ideal-robinson"
    ADJUSTED = "adjusted"
    ADJUSTED_ABOVE_120_PERCENT = "adjusted-above-120-percent"


@dataclass(frozen=True, slots=True)
class Person:
    """What the formulas ask beside size; `None` is unknown. `age` in years."""

    sex: str | None = None
    age: Decimal | None = None
    pregnant: bool | None = None


@dataclass(frozen=True, slots=True)
class BodyWeight:
    """A weight in kg by one method.

    `value` is `None` where something is `missing` or a formula does not hold; `limits` says why,
    and also what could not be excluded.
    """

    method: WeightMethod
    value: Decimal | None
    formula: str
    size: BodySize
    person: Person
    evidence: tuple[Evidence, ...]
    missing: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @property
    def quantity(self) -> Quantity | None:
        """The weight as a quantity in kg."""
        return None if self.value is None else Quantity(self.value, "kg")

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "method": self.method.value,
            "value": None if self.value is None else float(self.value),
            "unit": "kg",
            "formula": self.formula,
            "missing": list(self.missing),
            "limits": list(self.limits),
            "evidence": [one.as_json() for one in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class DosingWeight:
    """The weight that a rule leads to, and the reason in a sentence."""

    rule: WeightRule
    used: BodyWeight
    reason: str
    evidence: tuple[Evidence, ...]


def body_weights(size: BodySize, person: Person) -> tuple[BodyWeight, ...]:
    """Every weight, in the order of `WeightMethod`."""
    return tuple(body_weight(size, person, method) for method in WeightMethod)


def body_weight(size: BodySize, person: Person, method: WeightMethod) -> BodyWeight:
    """One weight. Formulas: Devine and Robinson from 60 inches; adjusted = ideal + 0.4 of excess.

    An inch is 2.54 cm exactly, where one source rounds a centimetre to 0.393701 in.
    """
    if method is WeightMethod.ACTUAL:
        value = None if size.kg is None else decimal_of(size.kg)
        missing = () if value is not None else ("weight",)
        return BodyWeight(method, value, "as measured", size, person, (), missing)
    if method is WeightMethod.ADJUSTED:
        return _adjusted(size, person)
    return _ideal(size, person, method)


def dosing_weight(size: BodySize, person: Person, rule: WeightRule) -> DosingWeight:
    """The weight that a rule leads to. Where its formula does not hold the weight is unknown."""
    if rule is not WeightRule.ADJUSTED_ABOVE_120_PERCENT:
        used = body_weight(size, person, WeightMethod(rule.value))
        return DosingWeight(rule, used, f"The {rule.value} weight was asked for.", used.evidence)
    ideal = body_weight(size, person, WeightMethod.DEVINE)
    if ideal.value is None or size.kg is None:
        used = body_weight(size, person, WeightMethod.ADJUSTED)
        return DosingWeight(rule, used, "The rule cannot be applied.", (_ORDER_SET,))
    share = size.kg / Fraction(ideal.value) * 100
    above = share > 120
    method = WeightMethod.ADJUSTED if above else WeightMethod.ACTUAL
    said = f"{shown(share, 1)} % of ideal is {'above' if above else 'not above'} 120 %"
    used = body_weight(size, person, method)
    return DosingWeight(rule, used, f"{said}: {method.value}.", (_ORDER_SET, *used.evidence))


def _ideal(size: BodySize, person: Person, method: WeightMethod) -> BodyWeight:
    cm, coefficients = size.cm, _BY_SEX[method.value].get(person.sex or "")
    missing = _missing(cm, person)
    outside = _outside(cm, person)
    value = None
    if cm is not None and coefficients is not None and not outside:
        at_sixty, per_inch = coefficients
        value = decimal_of(at_sixty + per_inch * (cm - _SIXTY_INCHES) / _INCH)
    limits = outside or _not_excluded(person)
    formula = _written(method, person.sex)
    evidence = (_FORMULA[method], _SIXTY[method], *((_NOT_FOR,) if limits else ()))
    return BodyWeight(method, value, formula, size, person, evidence, missing, limits)


def _written(method: WeightMethod, sex: str | None) -> str:
    one = _BY_SEX[method.value].get(sex or "")
    if one is None:
        return "depends on sex, female or male"
    return f"{shown(one[0])} + {shown(one[1])} · (height in inches − 60)"


def _adjusted(size: BodySize, person: Person) -> BodyWeight:
    ideal = _ideal(size, person, WeightMethod.DEVINE)
    missing = ideal.missing if size.kg is not None else ("weight", *ideal.missing)
    limits, value = ideal.limits, None
    if ideal.value is not None and size.kg is not None:
        base = Fraction(ideal.value)
        value = decimal_of(base + _SHARE * (size.kg - base))
        if size.kg < base:
            limits = (*limits, _UNDERWEIGHT)
    evidence = (_ADJUSTED, *ideal.evidence)
    formula = "ideal (Devine) + 0.4 · (actual − ideal)"
    method = WeightMethod.ADJUSTED
    return BodyWeight(method, value, formula, size, person, evidence, missing, limits)


def _missing(cm: Fraction | None, person: Person) -> tuple[str, ...]:
    no_sex = person.sex not in ("female", "male")
    return tuple(name for name, gone in (("height", cm is None), ("sex", no_sex)) if gone)


def _outside(cm: Fraction | None, person: Person) -> tuple[str, ...]:
    """Why the formulas do not hold for this person; empty where they may."""
    limits = []
    if cm is not None and cm < _SIXTY_INCHES:
        limits.append(
            f"The formula holds from 60 inches (152.4 cm); this height is {shown(cm, 1)} cm."
        )
    if person.age is not None and person.age < 18:
        limits.append("The formula is not meant for people under 18 years.")
    if person.pregnant:
        limits.append("The formula is not meant for pregnancy.")
    return tuple(limits)


def _not_excluded(person: Person) -> tuple[str, ...]:
    limits = []
    if person.age is None:
        limits.append("It holds for adults only, and the age is not stated.")
    if person.pregnant is None and person.sex != "male":
        limits.append("It is not meant for pregnancy, which is not excluded.")
    return tuple(limits)


_FORMULA = {
    WeightMethod.DEVINE: Evidence(
        "nba-adjusted-weight",
        Kind.POLICY,
        Status.VERIFIED,
        "Devine: 50 (male) or 45.5 (female) + 2.3 kg per inch over 60",
    ),
    WeightMethod.ROBINSON: Evidence(
        "ibw-robinson-code",
        Kind.STANDARD,
        Status.VERIFIED,
        "Robinson: 52 + 1.9 (male) or 49 + 1.7 kg (female) per inch over 60",
    ),
}
_ADJUSTED = Evidence(
    "nba-adjusted-weight",
    Kind.POLICY,
    Status.VERIFIED,
    "Dose-determining weight: ideal + 0.4 of the difference to actual; its use is optional",
)
_SIXTY = {
    WeightMethod.DEVINE: Evidence(
        "ibw-stanford", Kind.STANDARD, Status.VERIFIED, "Devine is meant for 60 inches and above"
    ),
    WeightMethod.ROBINSON: Evidence(
        "stepline-memory",
        Kind.DESIGN,
        Status.UNCONFIRMED,
        "Robinson is held to the same 60 inches: no source says what it is below",
    ),
}
_NOT_FOR = Evidence(
    "stepline-memory", Kind.DESIGN, Status.UNCONFIRMED, "Not for under 18 years or in pregnancy"
)
_ORDER_SET = Evidence(
    "ivig-order-set",
    Kind.POLICY,
    Status.VERIFIED,
    "One US hospital: actual weight up to 120 % of ideal, above it the adjusted weight",
)
_UNDERWEIGHT = (
    "The actual weight is below the ideal one, so this adjustment raises the weight; "
    "it is meant for overweight."
)
