"""What the doses of cycles are worth under each regimen, each worked out once."""

from __future__ import annotations

from collections.abc import Container, Sequence

from stepline.course import points as p
from stepline.course import unnamed
from stepline.course.bodysize import size_at
from stepline.course.cycles import Cycle
from stepline.course.doses import amounts_of, dose_worth, odd_worth
from stepline.course.lattice import Node
from stepline.course.points import Profile, Worth
from stepline.record.index import RecordIndex

Lanes = list[tuple[int, Worth]]


class Worths:
    """The worths of one drug's cycles in one record, by the place of a regimen."""

    def __init__(self, index: RecordIndex, profiles: Sequence[Profile]) -> None:
        self._index = index
        self._profiles = profiles
        self._units = tuple(dict.fromkeys(one.unit for one in profiles if one.unit))
        self._divisors = tuple(
            one for one in ("kg", "m2") if any(f"/{one}" in unit for unit in self._units)
        )
        self._kinds: dict[object, int] = {}
        self._told: list[tuple[Lanes, dict[int, Worth], bool]] = []
        self._alike: dict[tuple[int, int], int] = {}

    def of(self, node: Node, *running: Container[int]) -> tuple[Lanes, bool]:
        """The worths that explain a cycle, then those of an odd dose in a course that is running.

        Beside them whether the same dose serves two intents and none is stated.
        """
        node.kind = self._kind(node.cycle)
        explained, odd, mixed = self._told[node.kind]
        beside = [(lane, odd[lane]) for lane in odd if any(lane in one for one in running)]
        return sorted([*explained, *beside]) if beside else explained, mixed

    def beside(self, worth: Worth, before: Worth, one: Node, other: Node) -> Worth:
        """The worth of a cycle after another: a dose that cannot be told may be like the last."""
        if worth.kind != "dose-unknown" or before.kind != "dose-unknown":
            return worth
        is_alike = self.likeness(one, other) == p.LIKE
        return worth._replace(points=worth.points + p.OPEN_ALIKE) if is_alike else worth

    def likeness(self, one: Node, other: Node) -> int:
        """Points for the dose of a cycle of an unnamed course, by the cycle before."""
        key = (one.kind, other.kind)
        if key not in self._alike:
            self._alike[key] = unnamed.likeness(one.cycle, other.cycle, self._index)
        return self._alike[key]

    def _kind(self, cycle: Cycle) -> int:
        key = self._key(cycle)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = len(self._told)
            self._told.append(self._worked_out(cycle))
        return kind

    def _key(self, cycle: Cycle) -> object:
        """What decides the worth of a cycle: its rows, days, intent and route, and body size."""
        events = cycle.events
        first = events[0]
        sizes = [size_at(one, first.time, self._index) for one in self._divisors]
        if len(events) == 1:
            return (first.value, first.unit, first.intent, first.route, *sizes)
        start = first.time.toordinal()
        rows = tuple((e.value, e.unit, e.time.toordinal() - start) for e in events)
        last = [size_at(one, e.time, self._index) for e in events[1:] for one in self._divisors]
        return (rows, first.intent, first.route, *sizes, *last)

    def _worked_out(self, cycle: Cycle) -> tuple[Lanes, dict[int, Worth], bool]:
        amounts = {unit: amounts_of(cycle, unit, self._index) for unit in (*self._units, "")}
        explained, odd = [], {}
        for lane, profile in enumerate(self._profiles):
            worth = dose_worth(cycle, amounts[profile.unit], profile)
            if worth is not None:
                explained.append((lane, worth))
                continue
            other = odd_worth(cycle, profile)
            if other is not None:
                odd[lane] = other
        intents = {self._profiles[lane].intent for lane, one in explained if one.points > 0}
        return explained, odd, not cycle.intent and len(intents) > 1
