"""Which order belongs to which giving: one to one, the nearest first."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from typing import NamedTuple

BESIDE = 3
"""An order and a giving no more days apart than this are one dose, as doses of one cycle are."""


class Dated(NamedTuple):
    """The ordinal number of a day, and the order that a row is of, or empty."""

    day: int
    group: str


def paired(orders: Sequence[Dated], given: Sequence[Dated]) -> dict[int, int]:
    """By the place of an order, the place of the giving that is its own; both in order of time.

    Of one group and day first; then what is left of a group, in order and whatever the days; then
    of one day; then of at most `BESIDE` days apart, the nearest first and before after.
    """
    pairing = _Pairing(orders, given)
    pairing.by_key([row if row.group else None for row in orders],
                   [row if row.group else None for row in given])  # fmt: skip
    pairing.by_key([row.group or None for row in orders], [row.group or None for row in given])
    days = [row.day for row in given]
    for distance in (0, *(sign * n for n in range(1, BESIDE + 1) for sign in (-1, 1))):
        pairing.by_key([row.day + distance for row in orders], days)
    return pairing.found


class _Pairing:
    """Pairs found so far; what is paired once is not paired again."""

    def __init__(self, orders: Sequence[Dated], given: Sequence[Dated]) -> None:
        self.found: dict[int, int] = {}
        self._free = set(range(len(given)))
        self._orders = len(orders)

    def by_key(self, orders: Sequence[Hashable], given: Sequence[Hashable]) -> None:
        """Pairs what has the same key, in order; `None` is no key."""
        if len(self.found) == self._orders or not self._free:
            return
        waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for place in sorted(self._free):
            waiting[given[place]].append(place)
        for place, key in enumerate(orders):
            if key is not None and place not in self.found and waiting.get(key):
                self.found[place] = waiting[key].popleft()
                self._free.discard(self.found[place])
