"""Body surface area by seven published formulas. Height in cm, weight in kg, area in m2.

The formulas differ by several percent, so each result names its own and no default is silent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from enum import StrEnum

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import Quantity, decimal_of
from stepline.dosing.bodysize import BodySize

_CONTEXT = Context(prec=34)


class SurfaceMethod(StrEnum):
    """Who published the formula, in the order in which results are shown."""

    MOSTELLER = "mosteller"
    DU_BOIS = "du-bois"
    HAYCOCK = "haycock"
    GEHAN_GEORGE = "gehan-george"
    BOYD = "boyd"
    FUJIMOTO = "fujimoto"
    TAKAHIRA = "takahira"


def method_of(name: str) -> SurfaceMethod:
    """The formula that a regimen file names, in its spelling."""
    return SurfaceMethod.DU_BOIS if name == "dubois" else SurfaceMethod(name)


@dataclass(frozen=True, slots=True)
class BodySurface:
    """A body surface area in m2 and its formula; `value` is `None` where a measure is `missing`."""

    method: SurfaceMethod
    value: Decimal | None
    formula: str
    size: BodySize
    evidence: Evidence
    missing: tuple[str, ...] = ()

    @property
    def quantity(self) -> Quantity | None:
        """The area as a quantity in m2."""
        return None if self.value is None else Quantity(self.value, "m2")

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "method": self.method.value,
            "value": None if self.value is None else float(self.value),
            "unit": "m2",
            "formula": self.formula,
            "missing": list(self.missing),
            "evidence": self.evidence.as_json(),
        }


def _mosteller(h: Decimal, w: Decimal) -> Decimal:
    return (h * w / 3600).sqrt()


def _boyd(h: Decimal, w: Decimal) -> Decimal:
    """Boyd's weight is in grams and its logarithm is decimal; both were mistaken in public code."""
    grams = 1000 * w
    exponent = Decimal("0.7285") - Decimal("0.0188") * grams.log10()
    return Decimal("0.0003207") * _power(h, Decimal("0.3")) * _power(grams, exponent)


def _product(factor: str, of_height: str, of_weight: str) -> Callable[[Decimal, Decimal], Decimal]:
    """The formula `factor · h^of_height · w^of_weight`."""
    constant, p, q = Decimal(factor), Decimal(of_height), Decimal(of_weight)
    return lambda h, w: constant * _power(h, p) * _power(w, q)


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    return (base.ln() * exponent).exp()


_FORMULAS: dict[SurfaceMethod, tuple[str, Callable[[Decimal, Decimal], Decimal]]] = {
    SurfaceMethod.MOSTELLER: ("√(h·w / 3600)", _mosteller),
    SurfaceMethod.DU_BOIS: (
        "0.007184 · h^0.725 · w^0.425",
        _product("0.007184", "0.725", "0.425"),
    ),
    SurfaceMethod.HAYCOCK: (
        "0.024265 · h^0.3964 · w^0.5378",
        _product("0.024265", "0.3964", "0.5378"),
    ),
    SurfaceMethod.GEHAN_GEORGE: (
        "0.0235 · h^0.42246 · w^0.51456",
        _product("0.0235", "0.42246", "0.51456"),
    ),
    SurfaceMethod.BOYD: (
        "0.0003207 · h^0.3 · (1000·w)^(0.7285 − 0.0188·log10(1000·w))",
        _boyd,
    ),
    SurfaceMethod.FUJIMOTO: (
        "0.008883 · h^0.663 · w^0.444",
        _product("0.008883", "0.663", "0.444"),
    ),
    SurfaceMethod.TAKAHIRA: (
        "0.007241 · h^0.725 · w^0.425",
        _product("0.007241", "0.725", "0.425"),
    ),
}


def body_surface(size: BodySize, method: SurfaceMethod) -> BodySurface:
    """The surface area of a body by one formula, to 34 digits; unknown where a measure is."""
    formula, compute = _FORMULAS[method]
    cm, kg = size.cm, size.kg
    value = None
    if cm is not None and kg is not None:
        with localcontext(_CONTEXT):
            value = compute(decimal_of(cm), decimal_of(kg))
    return BodySurface(method, value, formula, size, _evidence(method), size.missing)


def body_surfaces(size: BodySize) -> tuple[BodySurface, ...]:
    """The surface area by every formula, in the order of `SurfaceMethod`."""
    return tuple(body_surface(size, method) for method in SurfaceMethod)


def _evidence(method: SurfaceMethod) -> Evidence:
    claim = f"Formula of {method.value}: h in cm, w in kg, result in m2"
    return Evidence("admiral-bsa", Kind.STANDARD, Status.VERIFIED, claim)
