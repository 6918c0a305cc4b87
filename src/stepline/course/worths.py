"""What the doses of cycles are worth under each regimen, each worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from stepline.course import points as p
from stepline.course import unnamed
from stepline.course.bodysize import size_at
from stepline.course.cycles import Cycle
from stepline.course.doses import amounts_of, dose_worth, odd_worth
from stepline.course.lattice import Node
from stepline.course.points import Profile, Worth
from stepline.record.index import RecordIndex

RUNNING = 3
"""From so many days running on, a run of days that a regimen asks for is one cycle."""


class Told(NamedTuple):
    """What a cycle is worth by the place of a regimen.

    `explained` holds the regimens that explain its dose, `odd` those of which it may be a cycle of
    another dose in a course that is running. `mixed` tells that the dose serves two intents and
    none is stated.
    """

    explained: dict[int, Worth]
    odd: dict[int, Worth]
    mixed: bool


class Worths:
    """The worths of one drug's cycles in one record."""

    def __init__(self, index: RecordIndex, profiles: Sequence[Profile]) -> None:
        self._index = index
        self._profiles = profiles
        self._units = tuple(dict.fromkeys(one.unit for one in profiles if one.unit))
        self._divisors = tuple(
            one for one in ("kg", "m2") if any(f"/{one}" in unit for unit in self._units)
        )
        self._sizes: dict[datetime, tuple[Decimal | None, ...]] = {}
        self._kinds: dict[object, int] = {}
        self._told: list[Told] = []
        self._alike: dict[tuple[int, int], int] = {}

    def of(self, node: Node) -> Told:
        """What a cycle is worth, and its kind set."""
        if node.kind >= 0:
            return self._told[node.kind]
        key = self._key(node.cycle)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = len(self._told)
            self._told.append(self._worked_out(node.cycle))
        node.kind = kind
        return self._told[kind]

    def is_told(self, node: Node) -> bool:
        """Whether a regimen asks for a cycle as it is: the amount, on so many days running.

        Each of its days is then worth as much as a cycle of its own, and nothing has to begin. Two
        days are not enough: they may be two cycles, one of them late and the other early.
        """
        days = node.end - node.begin
        if days < RUNNING or node.last - node.day + 1 != days:
            return False
        return any(
            not worth.kind and self._profiles[lane].over == days
            for lane, worth in self.of(node).explained.items()
        )

    def beside(self, worth: Worth, before: Worth, one: Node, other: Node) -> Worth:
        """The worth of a cycle after another: a dose that cannot be told may be like the last."""
        if worth.kind != "dose-unknown" or before.kind != "dose-unknown":
            return worth
        is_alike = self.likeness(one, other) == p.LIKE
        return worth._replace(points=worth.points + p.OPEN_ALIKE) if is_alike else worth

    def likeness(self, one: Node, other: Node) -> int:
        """Points for the dose of a cycle of an unnamed course, by the cycle before."""
        key = (one.kind, other.kind)
        points = self._alike.get(key)
        if points is None:
            points = self._alike[key] = unnamed.likeness(one.cycle, other.cycle, self._index)
        return points

    def _key(self, cycle: Cycle) -> object:
        """What decides the worth of a cycle: its rows, days, intent and route, and body size."""
        events = cycle.events
        first = events[0]
        sizes = self._size(first.time) if self._divisors else ()
        if len(events) == 1:
            days = cycle.days if first.note else 1
            return (first.value, first.unit, days, first.intent, first.route, sizes)
        start = first.time.toordinal()
        rows = tuple([(e.value, e.unit, e.time.toordinal() - start) for e in events])
        last = tuple([self._size(e.time) for e in events[1:]]) if self._divisors else ()
        return (rows, first.intent, first.route, sizes, last)

    def _size(self, moment: datetime) -> tuple[Decimal | None, ...]:
        """The body sizes that the drug's doses are scaled by, at a moment."""
        found = self._sizes.get(moment)
        if found is None:
            found = tuple([size_at(one, moment, self._index) for one in self._divisors])
            self._sizes[moment] = found
        return found

    def _worked_out(self, cycle: Cycle) -> Told:
        amounts = {unit: amounts_of(cycle, unit, self._index) for unit in (*self._units, "")}
        explained: dict[int, Worth] = {}
        odd: dict[int, Worth] = {}
        for lane, profile in enumerate(self._profiles):
            worth = dose_worth(cycle, amounts[profile.unit], profile)
            if worth is not None:
                explained[lane] = worth
                continue
            other = odd_worth(cycle, profile)
            if other is not None:
                odd[lane] = other
        intents = {self._profiles[lane].intent for lane, one in explained.items() if one.points > 0}
        return Told(explained, odd, not cycle.intent and len(intents) > 1)
