"""The best reading of a drug's doses as courses, found by dynamic programming.

Every way of taking the doses together as cycles, and the cycles as courses of the library's
regimens or as courses without a name, has a sum of points (`points`). The best sum is carried from
cycle to cycle for each regimen and the number of cycles so far, which is counted only as far as a
complete course; so the work grows with the number of doses and ends on any input. Among equal sums
going on comes before beginning, and the id that is first in the alphabet before the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from stepline.course import points as p
from stepline.course.cycles import LIKE, Cycle, total_in
from stepline.course.lattice import Node, lattice_of
from stepline.course.points import Profile, Worth
from stepline.record.index import RecordIndex
from stepline.record.model import Event

LONGEST_GAP = 62
"""Days between cycles of one unnamed course: two calendar months at most."""


@dataclass(slots=True)
class State:
    """The best way to a cycle as one of a regimen's (`None`: unnamed), `count` cycles in."""

    score: int
    node: Node
    profile: Profile | None
    count: int
    cycles: int
    worth: Worth
    gap: tuple[int, str, int]
    began: int
    back: State | None = None
    extra: Node | None = None
    is_first: bool = True
    closing: int = 0


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive cycles read as one regimen, with what each was worth.

    `gaps` are the points, kind and missed cycles before each cycle but the first; `extras` are
    cycles between them that are none of the regimen's; `began` and `closing` are the points for
    the course as a whole.
    """

    profile: Profile | None
    cycles: tuple[Cycle, ...]
    worths: tuple[Worth, ...]
    gaps: tuple[tuple[int, str, int], ...]
    extras: tuple[Cycle, ...]
    began: int
    closing: int

    @property
    def points(self) -> int:
        """The sum of all."""
        inner = sum(worth.points for worth in self.worths) + sum(gap[0] for gap in self.gaps)
        return self.began + inner + self.closing + p.EXTRA * len(self.extras)


def segments_of(
    events: list[Event], index: RecordIndex, profiles: Sequence[Profile]
) -> list[Segment]:
    """The segments of the best reading, in order; every dose is in exactly one."""
    if not events:
        return []
    nodes = lattice_of(events)
    reader = _Reader(index, profiles)
    for node in nodes:
        reader.read(node)
    last = [node for node in nodes if node.end == len(events)]
    best = reader.closed(last)
    return _traced(best) if best else []


class _Reader:
    """Carries the best states from node to node."""

    def __init__(self, index: RecordIndex, profiles: Sequence[Profile]) -> None:
        self._index = index
        self._profiles = profiles
        self._units = tuple(dict.fromkeys(one.unit for one in profiles if one.unit))
        self._states: dict[int, list[State]] = {}
        self._of_profile: dict[tuple[int, int], list[State]] = {}
        self._gaps: dict[tuple[int, int], tuple[int, str, int] | None] = {}
        self._closed: dict[int, State] = {}
        self._worths: dict[tuple[object, ...], list[Worth | None]] = {}

    def read(self, node: Node) -> None:
        """Finds the best states of one node from those of the nodes before it."""
        states: list[State] = []
        before = self.closed(node.before)
        worths = self._worth(node.cycle)
        alone = [profile.intent for profile, worth in self._paired(worths) if worth.points > 0]
        mixed = not node.cycle.intent and len(set(alone)) > 1
        for profile, worth in self._paired(worths):
            own = self._of_regimen(node, profile, worth, before, mixed=mixed)
            self._of_profile[id(node), id(profile)] = own
            states += own
        states.append(self._unnamed(node, before))
        self._states[id(node)] = states
        self._closed[id(node)] = _best_closed(states)

    def _paired(self, worths: list[Worth | None]) -> list[tuple[Profile, Worth]]:
        return [(a, b) for a, b in zip(self._profiles, worths, strict=True) if b is not None]

    def closed(self, nodes: Sequence[Node]) -> State | None:
        """The best state in which a course may end at one of these nodes."""
        best: State | None = None
        for node in nodes:
            state = self._closed[id(node)]
            if best is None or _ended(state) > _ended(best):
                best = state
        return best

    def _of_regimen(
        self, node: Node, profile: Profile, worth: Worth, before: State | None, *, mixed: bool
    ) -> list[State]:
        found: dict[tuple[int, bool], State] = {}
        for earlier in node.before:
            self._go_on(found, node, profile, worth, earlier, None)
            for still in earlier.before:
                if len(node.before) == 1 and node.day - earlier.day <= profile.usual:
                    self._go_on(found, node, profile, worth, still, earlier)
        if worth.points > 0:
            began, before = self._began(node, profile, before)
            score = (_ended(before) if before else 0) + began + worth.points
            closing = _closing(profile, 1, mixed=mixed) + p.INTENT * bool(node.cycle.intent)
            new = State(score, node, profile, 1, 1, worth, (0, "", 0), began, before,
                        closing=closing)  # fmt: skip
            if (1, False) not in found or score > found[1, False].score:
                found[1, False] = new
        return list(found.values())

    def _began(
        self, node: Node, profile: Profile, before: State | None
    ) -> tuple[int, State | None]:
        """What beginning here costs, and the reading before it that is then the best."""
        ordered = _another_order(node, before)
        if before is None or before.profile is not profile or ordered:
            return p.BEGIN + p.NEW_ORDER * ordered, before
        others = [
            state
            for earlier in node.before
            for state in self._states[id(earlier)]
            if state.profile is not profile
        ]
        other = max(others, key=_ended, default=None)
        if other is not None and _ended(other) >= _ended(before) + p.SAME_AGAIN:
            return p.BEGIN + p.NEW_ORDER * _another_order(node, other), other
        return p.BEGIN + p.SAME_AGAIN, before

    def _go_on(
        self,
        found: dict[tuple[int, bool], State],
        node: Node,
        profile: Profile,
        worth: Worth,
        earlier: Node,
        extra: Node | None,
    ) -> None:
        own = self._of_profile.get((id(earlier), id(profile)))
        gap = self._gap(node.day - earlier.day, profile) if own else None
        if not own or gap is None or (extra is not None and gap[1]):
            return
        for state in own:
            cycles = state.cycles + 1 + gap[2]
            if profile.most and cycles > profile.most:
                continue
            is_long = gap[2] > 0
            told = (gap[0] + (_long_again(state) if is_long else 0), *gap[1:])
            score = state.score + told[0] + worth.points + (p.EXTRA if extra else 0)
            count = min(cycles, max(profile.fewest, profile.most, p.MOST_STATES))
            if (count, is_long) not in found or score > found[count, is_long].score:
                found[count, is_long] = State(
                    score, node, profile, count, cycles, worth, told, 0, state, extra, False,
                    _closing(profile, count, mixed=False),
                )  # fmt: skip

    def _gap(self, days: int, profile: Profile) -> tuple[int, str, int] | None:
        """What an interval is worth, worked out once."""
        key = (days, id(profile))
        if key not in self._gaps:
            self._gaps[key] = p.gap_worth(days, profile)
        return self._gaps[key]

    def _unnamed(self, node: Node, before: State | None) -> State:
        began = p.BEGIN_UNNAMED
        score = (_ended(before) if before else 0) + began
        best = State(score, node, None, 1, 1, Worth(0), (0, "", 0), began, before)
        for earlier in node.before:
            state = self._states[id(earlier)][-1]
            if state.score >= best.score and self._goes_on(earlier.cycle, node.cycle):
                best = State(state.score, node, None, 1, state.cycles + 1, Worth(0), (0, "", 0), 0,
                             state, None, False)  # fmt: skip
        return best

    def _goes_on(self, one: Cycle, other: Cycle) -> bool:
        days = other.start.toordinal() - one.start.toordinal()
        return days <= LONGEST_GAP and one.intent == other.intent and alike(one, other, self._index)

    # ------------------------------------------------------------ doses

    def _worth(self, cycle: Cycle) -> list[Worth | None]:
        amounts = tuple(total_in(cycle.events, unit, self._index) for unit in self._units)
        key = (amounts, cycle.days, cycle.intent, cycle.events[0].route)
        found = self._worths.get(key)
        if found is None:
            by_unit = dict(zip(self._units, amounts, strict=True))
            found = [self._one(cycle, profile, by_unit) for profile in self._profiles]
            if not any(worth and worth.points > 0 for worth in found):
                found = [self._odd(cycle, a, b) for a, b in zip(self._profiles, found, strict=True)]
            self._worths[key] = found
        return found

    def _one(
        self, cycle: Cycle, profile: Profile, amounts: dict[str, Decimal | None]
    ) -> Worth | None:
        if cycle.intent and cycle.intent != profile.intent:
            return None
        amount = amounts.get(profile.unit)
        worth = p.dose_worth(amount, cycle.days, profile)
        if amount is None and _may_be(cycle, profile):
            points = p.DOSE_OPEN if cycle.intent else p.DOSE_UNTOLD
            worth = Worth(points, "dose-unknown")
        route = cycle.events[0].route
        if worth is None or not route or not profile.route or route == profile.route:
            return worth
        return Worth(worth.points + p.ROUTE_OFF, "route-changed")

    def _odd(self, cycle: Cycle, profile: Profile, worth: Worth | None) -> Worth | None:
        """A dose that no regimen has may still stand within a course; it begins none."""
        if worth is not None or (cycle.intent and cycle.intent != profile.intent):
            return worth
        days = profile.days
        if days is not None and cycle.days > days[1] + 2:
            return None
        return Worth(p.DOSE_ODD, "dose-changed")


def _may_be(cycle: Cycle, profile: Profile) -> bool:
    """Whether a dose that cannot be told in the regimen's unit may still be the regimen's."""
    days, own = profile.days, cycle.events[0].unit
    if days is not None and not days[0] <= cycle.days <= days[1]:
        return False
    known = cycle.events[0].value is not None and "/" in own and "/" in profile.unit
    return not (known and own.rpartition("/")[2] == profile.unit.rpartition("/")[2])


def _long_again(state: State) -> int:
    """What a long interval costs beside the cycles it left out."""
    if state.is_first:
        return p.MISSED_FIRST
    return p.MISSED_AGAIN if state.gap[2] > 0 else 0


def _another_order(node: Node, before: State | None) -> bool:
    group = node.cycle.group
    return bool(group and before and before.node.cycle.group and before.node.cycle.group != group)


def _closing(profile: Profile, count: int, *, mixed: bool) -> int:
    if profile.most:
        return p.PARTIAL * max(0, profile.fewest - count) + p.COMPLETE * (
            count >= profile.fewest > 1
        )
    if count > 1 or not profile.is_repeated:
        return 0
    return p.ALONE + (p.ALONE_OTHER_INTENT if mixed else 0)


def _ended(state: State) -> int:
    return state.score + state.closing


def _best_closed(states: list[State]) -> State:
    best = states[0]
    for state in states[1:]:
        if _ended(state) > _ended(best):
            best = state
    return best


def alike(one: Cycle, other: Cycle, index: RecordIndex) -> bool:
    """Whether two cycles have the same dose, give or take a quarter, or both none that is known."""
    unit = one.events[0].unit
    if not unit:
        return not other.events[0].unit
    first, second = total_in(one.events, unit, index), total_in(other.events, unit, index)
    if first is None or second is None or not first:
        return first is None and second is None
    return abs(second - first) <= LIKE * first


def _traced(last: State) -> list[Segment]:
    segments: list[Segment] = []
    state: State | None = last
    while state is not None:
        chain = [state]
        while not chain[-1].is_first and chain[-1].back is not None:
            chain.append(chain[-1].back)
        chain.reverse()
        segments.append(
            Segment(
                state.profile,
                tuple(link.node.cycle for link in chain),
                tuple(link.worth for link in chain),
                tuple(link.gap for link in chain[1:]),
                tuple(link.extra.cycle for link in chain if link.extra is not None),
                chain[0].began,
                state.closing,
            )
        )
        state = chain[0].back
    segments.reverse()
    return segments
