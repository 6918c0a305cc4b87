"""Units worked out by the library: UCUM read by ucumvert, factors by pint, all in exact fractions.

This module is slow to import (about a second) and is imported only when a unit is not in the table
of `units_table`, which is a cache of what this module answers.

UCUM's own dimensions are too coarse for a clinic: there `mg/kg`, `%` and `1` are all pure numbers,
and `U` is a number of moles per second. Five rules make them finer; none of them changes a factor.

* Nothing above the line cancels against anything below it: `mmol/mol` is no percentage.
* A kilogram below the line is body weight; any other mass below the line is a sample.
* Arbitrary units (`[IU]`) and special scales (`Cel`) are dimensions of their own, as the UCUM
  specification asks (sections 21 and 24).
* Months and years are calendar units: twelve to one, and no number of days.
* An annotation counts where it stands for a unit (`{score}`, `mL/min/{1.73_m2}`) and is a remark
  where it stands beside one (`10*9{cells}/L`) or names what is counted (`{cells}/uL`).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import pint
import ucumvert
from lark import Transformer
from lark.exceptions import LarkError
from ucumvert.xml_util import get_units_with_full_definition

from stepline.core.units_root import Dimension, Root, UnitInvalid

_CALENDAR = {"mo": 1, "a": 12}
_BODY_WEIGHT = "body weight"
_SAMPLE = "sample mass"
_KILOGRAM = "kg"
_LARGEST_POWER = 30
_MOST_BITS = 4096
_NAMES = {
    "[mass]": "mass",
    "[length]": "length",
    "[time]": "time",
    "[substance]": "substance",
    "[temperature]": "temperature difference",
    "[current]": "current",
    "[luminosity]": "luminosity",
}


class _Term:
    """A product of units that keeps what stands above the line apart from what stands below it."""

    def __init__(
        self,
        factor: Fraction,
        above: dict[str, int] | None = None,
        below: dict[str, int] | None = None,
        remark: str = "",
    ) -> None:
        self.factor = factor
        self.above = above or {}
        self.below = below or {}
        self.remark = remark

    def times(self, other: _Term) -> _Term:
        return _Term(
            self.factor * other.factor,
            _added(self.above, other.above),
            _added(self.below, other.below),
        )

    def turned(self) -> _Term:
        below = {self.remark: 1} if self.remark else self.above
        return _Term(1 / self.factor, self.below, below)

    def raised(self, power: int) -> _Term:
        """The power; `UnitInvalid` for one that nobody measures and no memory holds."""
        size = self.factor.numerator.bit_length() + self.factor.denominator.bit_length()
        if size * abs(power) > _MOST_BITS or abs(power) > _LARGEST_POWER:
            raise UnitInvalid(str(power))
        base = self if power > 0 else self.turned()
        return _Term(
            base.factor ** abs(power),
            {name: count * abs(power) for name, count in base.above.items()},
            {name: count * abs(power) for name, count in base.below.items()},
        )


def _added(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    names = {**left, **right}
    return {name: left.get(name, 0) + right.get(name, 0) for name in names}


class _Reader(Transformer[Any, _Term]):
    """Turns ucumvert's parse tree into a term; each single unit is looked up in pint."""

    def __init__(self) -> None:
        super().__init__()
        registry: Any = pint.UnitRegistry(non_int_type=Fraction)
        definitions = Path(ucumvert.__file__).with_name("pint_ucum_defs.txt")
        registry.load_definitions(definitions)
        self._registry = registry
        self._library = ucumvert.UcumToPintTransformer(ureg=registry)
        self._own_scale = {
            unit.code_cs
            for unit in get_units_with_full_definition()
            if unit.is_arbitrary or unit.is_special
        }

    def main_term(self, parts: list[Any]) -> _Term:
        """A whole unit, with or without a leading line."""
        return _as_term(parts[-1]).turned() if len(parts) == 2 else _as_term(parts[0])

    def term(self, parts: list[Any]) -> _Term:
        """Two units joined by a point or a line."""
        if len(parts) == 1:
            return _as_term(parts[0])
        left, operator, right = parts
        other = _as_term(right)
        return _as_term(left).times(other if str(operator) == "." else other.turned())

    def component(self, parts: list[Any]) -> _Term:
        """A unit with a remark beside it."""
        return _as_term(parts[0])

    def annotatable(self, parts: list[Any]) -> _Term:
        """A unit raised to a power."""
        base = _as_term(parts[0])
        return base.raised(int(parts[1])) if len(parts) == 2 else base

    def simple_unit(self, parts: list[Any]) -> _Term:
        """One unit with its prefix, or a whole number."""
        if parts[0].type == "FACTOR":
            return _Term(Fraction(int(parts[0])))
        name = str(parts[-1]).replace("[iU]", "[IU]")
        prefix = str(parts[0]) if len(parts) == 2 else ""
        if name in _CALENDAR and not prefix:
            return _Term(Fraction(_CALENDAR[name]), {"calendar": 1})
        if name in self._own_scale:
            scale = self._looked_up([parts[0], "g"]).factor if prefix else Fraction(1)
            return _Term(scale, {name: 1})
        if prefix + name == "kg":
            return _Term(Fraction(1), {_KILOGRAM: 1})
        return self._looked_up(parts)

    def _looked_up(self, parts: list[Any]) -> _Term:
        units = self._library.simple_unit(parts).units
        factor, _ = self._registry.get_root_units(units)
        dimensions = self._registry.get_dimensionality(units)
        powers = {_NAMES[name]: int(power) for name, power in dimensions.items()}
        return _Term(
            Fraction(factor),
            {name: power for name, power in powers.items() if power > 0},
            {name: -power for name, power in powers.items() if power < 0},
        )


def _as_term(part: Any) -> _Term:
    """A term; an annotation without a unit is one, and remembers its words."""
    return part if isinstance(part, _Term) else _Term(Fraction(1), remark=str(part))


def _settled(term: _Term) -> Root:
    """Decide what the kilograms and the masses below the line are."""
    above, below, factor = dict(term.above), dict(term.below), term.factor
    if term.remark:
        above = {term.remark: 1}
    if _KILOGRAM in above and below == {"length": 2}:
        above[_BODY_WEIGHT] = above.pop(_KILOGRAM)
    if (grams := above.pop(_KILOGRAM, 0)) > 0:
        factor *= Fraction(1000) ** grams
        above = _added(above, {"mass": grams})
    for name, clinical in ((_KILOGRAM, _BODY_WEIGHT), ("mass", _SAMPLE)):
        if name in below:
            below[clinical] = below.pop(name)
    return Root(factor, Dimension.of(above, below))


@lru_cache(maxsize=1)
def _tools() -> tuple[Any, _Reader]:
    return ucumvert.get_ucum_parser(), _Reader()


def root_by_library(unit: str) -> Root:
    """What a UCUM unit is worth and measures; `UnitInvalid` when UCUM does not know it."""
    parser, reader = _tools()
    try:
        tree = ucumvert.parse_ucum(unit, parser)
        return _settled(_as_term(reader.transform(tree)))
    except (LarkError, pint.PintError, KeyError, AttributeError) as error:
        raise UnitInvalid(unit) from error
