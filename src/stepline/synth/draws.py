"""Random numbers that belong to one patient and one purpose, and to nothing else.

The generator is counter-based (Philox 4x64): the key holds the seed and the purpose, the highest
word of the counter holds the patient. So patient k of a seed is the same whether ten or a million
are made, in whatever order, and more noise in the record never changes the disease.
Import this module lazily; it needs numpy.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from enum import IntEnum
from itertools import accumulate

import numpy as np


class Purpose(IntEnum):
    """What a stream of random numbers is for."""

    BODY = 1
    DISEASE = 2
    TREATMENT = 3
    CARE = 4
    VISITS = 5
    RECORD = 6


_AT_ONCE = 192


class Draws:
    """One stream. The order of calls decides what each call gets."""

    def __init__(self, seed: int, patient: int, purpose: Purpose) -> None:
        bits = np.random.Philox(key=[seed, int(purpose)], counter=[0, 0, 0, patient])
        self._generator = np.random.Generator(bits)
        self._uniforms: list[float] = []
        self._normals: list[float] = []

    def uniform(self) -> float:
        """A number from 0 up to 1."""
        if not self._uniforms:
            self._uniforms = self._generator.random(_AT_ONCE).tolist()
        return self._uniforms.pop()

    def normal(self) -> float:
        """A number of the standard normal distribution."""
        if not self._normals:
            self._normals = self._generator.standard_normal(_AT_ONCE).tolist()
        return self._normals.pop()

    def happens(self, chance: float) -> bool:
        """Whether something of this chance happens. Always takes one number."""
        return self.uniform() < chance

    def between(self, low: float, high: float) -> float:
        """A number between two."""
        return low + (high - low) * self.uniform()

    def whole(self, low: int, high: int) -> int:
        """A whole number between two, both included."""
        return low + int(self.uniform() * (high - low + 1))

    def around(self, mean: float, spread: float, low: float, high: float) -> float:
        """A normal number held within bounds."""
        return min(high, max(low, mean + spread * self.normal()))

    def one_of(self, shares: Mapping[str, float]) -> str:
        """One name by its share of the whole."""
        names, parts = list(shares), list(accumulate(shares.values()))
        return names[min(bisect_right(parts, self.uniform() * parts[-1]), len(names) - 1)]

    def pick(self, things: Sequence[int]) -> int:
        """One of several, all alike."""
        return things[int(self.uniform() * len(things))]
