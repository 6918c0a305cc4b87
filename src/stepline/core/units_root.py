"""What a unit is worth: an exact factor to its root units, and what it measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


class UnitInvalid(ValueError):
    """A text that is no UCUM unit; turned into a refusal where the text came from."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a unit measures: sorted names and powers above and below the line, never cancelled."""

    above: tuple[tuple[str, int], ...] = ()
    below: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, above: Mapping[str, int], below: Mapping[str, int]) -> Dimension:
        """The dimension of these names and powers, in the one order."""
        return cls(tuple(sorted(above.items())), tuple(sorted(below.items())))

    def __str__(self) -> str:
        above = ".".join(_power(name, power) for name, power in self.above) or "1"
        below = ".".join(_power(name, power) for name, power in self.below)
        return f"{above}/{below}" if below else above


@dataclass(frozen=True, slots=True)
class Root:
    """`factor` root units (g, m, s, mol, month; body weight in kg) make one of the unit."""

    factor: Fraction
    dimension: Dimension


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"
