"""What the doses of cycles are worth under each regimen, each worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from stepline.course import points as p
from stepline.course import unnamed
from stepline.course.bodysize import body_of
from stepline.course.cycles import Cycle
from stepline.course.doses import ODD, Amounts, amounts_of, dose_worth, may_be
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


def _no_size(_: datetime) -> int:
    """For drugs whose regimens do not ask for a dose by size."""
    return 0


class Worths:
    """The worths of one drug's cycles in one record."""

    def __init__(self, index: RecordIndex, profiles: Sequence[Profile]) -> None:
        self._index = index
        self._profiles = profiles
        self._units = tuple(dict.fromkeys(one.unit for one in profiles if one.unit))
        by_size = any(f"/{one}" in unit for unit in self._units for one in ("kg", "m2"))
        self._size = body_of(index).kind if by_size else _no_size
        self._kinds: dict[object, int] = {}
        self._last: object = None
        self._last_kind = -1
        self._told: list[Told] = []
        self._alike: dict[tuple[int, int], int] = {}

    def of(self, node: Node) -> Told:
        """What a cycle is worth, and its kind set."""
        if node.kind < 0:
            key = self._key(node.cycle)
            if key != self._last:
                self._last, self._last_kind = key, self._kind(key, node.cycle)
            node.kind = self._last_kind
        return self._told[node.kind]

    def _kind(self, key: object, cycle: Cycle) -> int:
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = len(self._told)
            self._told.append(self._worked_out(cycle))
        return kind

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
        events, size = cycle.events, self._size
        first = events[0]
        if len(events) == 1:
            days = cycle.days if first.note else 1
            return (first.value, first.unit, days, first.intent, first.route, size(first.time))
        start = first.time.toordinal()
        rows = tuple([(e.value, e.unit, e.time.toordinal() - start, size(e.time)) for e in events])
        return (rows, first.intent, first.route)

    def _worked_out(self, cycle: Cycle) -> Told:
        amounts: dict[str, Amounts] = {}
        explained: dict[int, Worth] = {}
        odd: dict[int, Worth] = {}
        for lane, profile in enumerate(self._profiles):
            if not may_be(cycle, profile):
                continue
            own = amounts.get(profile.unit)
            if own is None:
                own = amounts[profile.unit] = amounts_of(cycle, profile.unit, self._index)
            worth = dose_worth(cycle, own, profile)
            if worth is not None:
                explained[lane] = worth
            else:
                odd[lane] = ODD
        intents = {self._profiles[lane].intent for lane, one in explained.items() if one.points > 0}
        return Told(explained, odd, not cycle.intent and len(intents) > 1)
