"""Height and weight that can be true together, and the body mass index.

A number with its unit can still be a slip: centimetres for inches, metres for centimetres,
kilograms for pounds. A pair that cannot be true is refused; one that is rare and that a slip would
explain is kept and doubted in a sentence. Nothing is corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from stepline.core.errors import Problem
from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, comparable, in_unit, measures
from stepline.dosing.numbers import quantity_json, quantity_of, say, shown
from stepline.dosing.refusing import DosingRefused, Gathering
from stepline.vocabulary.catalogue import catalogue

_MEANT = {
    "cm": ("[in_i]", "m"),
    "[in_i]": ("cm",),
    "m": ("cm",),
    "mm": ("cm",),
    "kg": ("[lb_av]", "g"),
    "[lb_av]": ("kg",),
    "g": ("kg",),
}
"""The units that a written one is mistaken for, likeliest first."""
_USUAL = (15, 45)
"""Body mass index that makes another reading of the input a likely one."""
_RARE = (12, 50)
_HARDLY = (8, 80)
BOUNDS = Evidence(
    "stepline-sanity-bounds",
    Kind.DESIGN,
    Status.UNCONFIRMED,
    "Bounds of height, weight and body mass index that catch slips of unit",
)
BMI_FORMULA = Evidence(
    "stepline-arithmetic", Kind.DESIGN, Status.DERIVED, "Weight in kg over height in m, squared"
)


@dataclass(frozen=True, slots=True)
class BodySize:
    """A checked height and weight, as written; `None` is unknown.

    `doubts` are sentences about values that are possible but that a slip of unit would explain.
    """

    height: Quantity | None
    weight: Quantity | None
    doubts: tuple[str, ...] = ()

    @property
    def cm(self) -> Fraction | None:
        """Height in centimetres, exactly."""
        return None if self.height is None else in_unit(self.height, "cm")

    @property
    def kg(self) -> Fraction | None:
        """Weight in kilograms, exactly."""
        return None if self.weight is None else in_unit(self.weight, "kg")

    @property
    def missing(self) -> tuple[str, ...]:
        """What is unknown: `height`, `weight`, both or neither."""
        both = (("height", self.height), ("weight", self.weight))
        return tuple(name for name, value in both if value is None)

    def as_json(self) -> dict[str, object]:
        """Machine form of the inputs."""
        return {
            "height": quantity_json(self.height),
            "weight": quantity_json(self.weight),
            "doubts": list(self.doubts),
        }


def body_size(height: Quantity | None, weight: Quantity | None) -> BodySize:
    """A height and a weight, checked alone and together.

    Raises:
        DosingRefused: `unit-mismatch`, `height-implausible`, `weight-implausible` (each with the
            reading that would fit), or `body-size-implausible` for a pair that cannot be true.
    """
    gathering = Gathering()
    for name, value, other in (("height", height, weight), ("weight", weight, height)):
        if value is not None:
            gathering.problems += _problems(name, value, other)
    gathering.settle()
    return BodySize(height, weight, _doubts(height, weight))


def body_mass_index(size: BodySize) -> Quantity | None:
    """Weight over height squared in kg/m2; `None` where either is unknown."""
    if size.cm is None or size.kg is None:
        return None
    return quantity_of(_bmi(size.cm, size.kg), "kg/m2")


def _problems(name: str, value: Quantity, other: Quantity | None) -> list[Problem]:
    plausible = catalogue().concept(name).plausible
    assert plausible is not None
    if not comparable(value.unit, plausible.unit):
        return [_wrong_kind(name, value, plausible.unit)]
    low, high = Fraction(plausible.low), Fraction(plausible.high)
    if low <= in_unit(value, plausible.unit) <= high:
        return []
    meant = [one for one in _readings(value) if low <= in_unit(one, plausible.unit) <= high]
    return [_implausible(name, value, plausible.unit, low, high, _fitting(meant, other))]


def _wrong_kind(name: str, value: Quantity, unit: str) -> Problem:
    return Problem(
        "unit-mismatch",
        f"A {name} is not {measures(value.unit)}.",
        found=value.say(),
        allowed=measures(unit),
        mend=f"write the {name} in {unit}",
    )


def _implausible(
    name: str, value: Quantity, unit: str, low: Fraction, high: Fraction, meant: list[Quantity]
) -> Problem:
    message = f"A {name} cannot be {value.say()}."
    return Problem(
        f"{name}-implausible",
        message,
        found=value.say(),
        allowed=f"{shown(low)} to {shown(high)} {unit}",
        mend=_did_you_mean(meant, unit) or f"check the {name} and its unit",
    )


def _readings(value: Quantity) -> list[Quantity]:
    """The same number in the units that its own is mistaken for."""
    return [Quantity(value.value, unit) for unit in _MEANT.get(value.unit, ())]


def _fitting(meant: list[Quantity], other: Quantity | None) -> list[Quantity]:
    """The readings that make a usual body together with the other measure, where it is known."""
    if other is None or other.value <= 0:
        return meant
    return [one for one in meant if _is_usual(one, other)]


def _is_usual(one: Quantity, other: Quantity) -> bool:
    bmi = _bmi_of(one, other)
    return bmi is not None and _USUAL[0] <= bmi <= _USUAL[1]


def _bmi_of(one: Quantity, other: Quantity) -> Fraction | None:
    """Body mass index of a height and a weight in either order; `None` if they are not that."""
    for height, weight in ((one, other), (other, one)):
        if comparable(height.unit, "cm") and comparable(weight.unit, "kg"):
            return _bmi(in_unit(height, "cm"), in_unit(weight, "kg"))
    return None


def _bmi(cm: Fraction, kg: Fraction) -> Fraction:
    return kg / (cm / 100) ** 2


def _did_you_mean(meant: list[Quantity], unit: str) -> str:
    said = [f"{one.say()}{_also(one, unit)}" for one in meant]
    return f"did you mean {' or '.join(said)}?" if said else ""


def _also(value: Quantity, unit: str) -> str:
    if value.unit == unit:
        return ""
    return f" ({shown(in_unit(value, unit), 1)} {unit})"


def _doubts(height: Quantity | None, weight: Quantity | None) -> tuple[str, ...]:
    if height is None or weight is None:
        return ()
    bmi = _bmi_of(height, weight)
    assert bmi is not None
    if _RARE[0] <= bmi <= _RARE[1]:
        return ()
    meant = _did_you_mean(_fitting(_readings(height), weight), "cm") or _did_you_mean(
        _fitting(_readings(weight), height), "kg"
    )
    _refuse_impossible(bmi, height, weight, meant)
    if not meant:
        return ()
    text = f"{height.say()} and {weight.say()} make a body mass index of {shown(bmi, 1)} kg/m²"
    return (f"{text}, which is rare: {meant}",)


def _refuse_impossible(bmi: Fraction, height: Quantity, weight: Quantity, meant: str) -> None:
    """Refuses a pair outside the bounds, or nearly so where a slip of unit explains it."""
    plausible = catalogue().concept("bmi").plausible
    assert plausible is not None
    hardly = not _HARDLY[0] <= bmi <= _HARDLY[1]
    if plausible.low <= bmi <= plausible.high and not (hardly and meant):
        return
    raise DosingRefused.because(
        "body-size-implausible",
        f"This height and weight make a body mass index of {shown(bmi, 1)} kg/m².",
        found=f"{say(height)} and {say(weight)}",
        allowed=f"a body mass index of {plausible.low} to {plausible.high} kg/m²",
        mend=meant or "check both numbers and their units",
    )


def has_changed(previous: Quantity, now: Quantity, by: Decimal = Decimal("0.10")) -> bool:
    """Whether a weight differs from an earlier one by more than a fraction of the earlier one.

    The usual threshold of 10 % is remembered and set locally (unconfirmed). A dose worked out from
    the earlier weight is then worked out again.
    """
    before = in_unit(previous, "kg")
    return abs(in_unit(now, "kg") - before) > before * Fraction(by)
