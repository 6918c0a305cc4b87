"""The best reading of a drug's doses as courses, found by dynamic programming.

Every way of taking the doses together as cycles, and the cycles as courses of the library's
regimens or as courses without a name, has a sum of points (`points`). The best sum is carried from
day to day for each regimen, the number of cycles so far (counted only as far as a complete course)
and the kind of the last interval; so the work grows with the number of doses and ends on any input.
Among equal sums going on comes before beginning, and the id that is first in the alphabet before
the others. A test compares the result with that of trying every reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepline.course import points as p
from stepline.course import unnamed
from stepline.course.lattice import Node, lattice_of
from stepline.course.points import FIRST, Gap, Profile, Worth
from stepline.course.ratios import by_ratio, lacks_weight
from stepline.course.segment import Segment
from stepline.course.worths import Worths
from stepline.record.index import RecordIndex
from stepline.record.model import Event

NO_GAP = Gap(0)
UNNAMED = -1
"""The lane of a course without a name that has one cycle; those below have an interval too."""


@dataclass(slots=True)
class State:
    """The best way to a cycle as one of a lane's, `count` cycles in.

    A lane is the place of a regimen, or below zero a course without a name. `score` holds all
    points but `closing`, which is due where the course ends here.
    """

    score: int
    lane: int
    node: Node
    count: int
    mood: int
    worth: Worth
    gap: Gap
    began: int
    closing: int
    back: State | None
    extra: Node | None


def segments_of(
    events: list[Event], index: RecordIndex, profiles: Sequence[Profile]
) -> list[Segment]:
    """The segments of the best reading, in order; every dose is in exactly one.

    Where doses cannot be told because no weight is known, their ratios may still tell.
    """
    if not events:
        return []
    lattice = lattice_of(events)
    found = _read(lattice, index, profiles)
    if not lacks_weight(events, index):
        return found
    return by_ratio(found, lambda supposed: _read(lattice, supposed, profiles), index)


def _read(
    lattice: list[list[Node]], index: RecordIndex, profiles: Sequence[Profile]
) -> list[Segment]:
    worths = Worths(index, profiles)
    found = _searched(lattice, worths, profiles, frozenset())
    habits = _habits(found)
    if habits and any(len(one.cycles) == 1 for one in found):
        found = _searched(lattice, worths, profiles, habits)
    return found


def _searched(
    lattice: list[list[Node]],
    worths: Worths,
    profiles: Sequence[Profile],
    habits: frozenset[str],
) -> list[Segment]:
    search = _Search(worths, profiles, habits)
    for nodes in lattice[1:]:
        search.read(nodes)
    return _traced(search.best[-1][0], profiles)


def _habits(segments: list[Segment]) -> frozenset[str]:
    """The regimens of a fixed number of cycles that were given in full."""
    return frozenset(
        one.profile.regimen.id
        for one in segments
        if one.profile and one.profile.most and len(one.cycles) >= one.profile.fewest > 1
    )


class _Search:
    """Carries the best states from place to place.

    `at` holds the states of each lane whose last cycle ends at a place, `best` the best state of
    each lane if the course ends there, the best of all first.
    """

    def __init__(self, worths: Worths, profiles: Sequence[Profile], habits: frozenset[str]) -> None:
        self._profiles = profiles
        self._worths = worths
        self._habits = habits
        self._gaps: dict[tuple[int, int], Gap | None] = {}
        self._days: list[Node | None] = [None]
        self.at: list[dict[int, list[State]]] = [{}]
        self.best: list[list[State]] = [[]]

    def read(self, nodes: list[Node]) -> None:
        """Finds the states of the next place from the cycles that end there."""
        here: dict[int, list[State]] = {}
        for node in nodes:
            self._read(node, here)
        self._days.append(nodes[0])
        self.at.append(here)
        self.best.append(_best_of_each(here))

    def _read(self, node: Node, here: dict[int, list[State]]) -> None:
        before = self.at[node.begin]
        earlier = self.at[node.begin - 1] if node.begin else {}
        worths, mixed = self._worths.of(node.cycle, before, earlier)
        for lane, worth in worths:
            found: dict[tuple[int, int], State] = {}
            for state in before.get(lane, ()):
                self._go_on(found, node, state, worth, None, mixed=mixed)
            for state in earlier.get(lane, ()):
                self._go_on(found, node, state, worth, self._days[node.begin], mixed=mixed)
            if worth.begins:
                new = self._began(node, lane, worth, mixed=mixed)
                if (1, FIRST) not in found:
                    found[1, FIRST] = new
            if found:
                here.setdefault(lane, []).extend(found.values())
        self._unnamed(node, before, here)

    # ------------------------------------------------------------ courses of a regimen

    def _began(self, node: Node, lane: int, worth: Worth, *, mixed: bool) -> State:
        profile = self._profiles[lane]
        began, before = self._beginning(node, lane)
        began += self._before(node, lane)
        closing = p.closing_worth(profile, 1, FIRST, mixed=mixed) + p.INTENT * bool(
            node.cycle.intent
        )
        score = began + worth.points + (_ended(before) if before else 0)
        return State(score, lane, node, 1, FIRST, worth, NO_GAP, began, closing, before, None)

    def _beginning(self, node: Node, lane: int) -> tuple[int, State | None]:
        """What beginning here costs, and the reading before it that is then the best."""
        profile, told = self._profiles[lane], bool(node.cycle.intent)
        habit = p.HABIT * (profile.regimen.id in self._habits)
        best, chosen = p.begin_worth(profile, None, ordered=False, told=told), None
        highest: int | None = None
        for state in self.best[node.begin]:
            group, earlier = node.cycle.group, state.node.cycle.events[-1].group
            ordered = bool(group and earlier and group != earlier)
            other = self._profiles[state.lane] if state.lane >= 0 else None
            began = p.begin_worth(profile, other, ordered=ordered, told=told)
            if highest is None or began + _ended(state) > highest:
                highest, best, chosen = began + _ended(state), began, state
        return best + habit, chosen

    def _before(self, node: Node, lane: int) -> int:
        """What the interval from the last dose of another course is worth to one that begins."""
        last = self._days[node.begin]
        days = node.day - last.day if last else 0
        if not 0 < days <= p.IN_STEP_BEFORE:
            return 0
        gap = self._gap(days, lane)
        return gap.points if gap and not gap.kind else 0

    def _go_on(
        self,
        found: dict[tuple[int, int], State],
        node: Node,
        state: State,
        worth: Worth,
        extra: Node | None,
        *,
        mixed: bool,
    ) -> None:
        lane = state.lane
        profile = self._profiles[lane]
        gap = self._gap(node.day - state.node.day, lane)
        if gap is None or (extra is not None and gap.kind):
            return
        count = state.count + 1 + gap.left_out
        if profile.most and count > profile.most:
            return
        count, mood = min(count, max(profile.most, 2)), p.mood_after(state.mood, gap)
        if gap.left_out:
            gap = gap._replace(points=gap.points + p.long_worth(state.mood))
        worth = self._worths.beside(worth, state.worth, state.node.cycle, node.cycle)
        score = state.score + gap.points + worth.points + (p.EXTRA if extra else 0)
        known = found.get((count, mood))
        if known is None or score > known.score:
            closing = p.closing_worth(profile, count, mood, mixed=mixed)
            found[count, mood] = State(
                score, lane, node, count, mood, worth, gap, 0, closing, state, extra
            )

    def _gap(self, days: int, lane: int) -> Gap | None:
        """What an interval is worth, worked out once."""
        key = (days, lane)
        if key not in self._gaps:
            profile = self._profiles[lane] if lane >= 0 else None
            self._gaps[key] = (
                p.gap_worth(days, profile.gap, profile.usual)
                if profile
                else unnamed.gap_in(days, UNNAMED - 1 - lane)
            )
        return self._gaps[key]

    # ------------------------------------------------------------ courses without a name

    def _unnamed(
        self, node: Node, before: dict[int, list[State]], here: dict[int, list[State]]
    ) -> None:
        first = next(iter(self.best[node.begin]), None)
        began = p.BEGIN_UNNAMED + max(
            self._before(node, UNNAMED - 1 - band) for band in range(len(unnamed.BANDS))
        )
        score = began + (_ended(first) if first else 0)
        new = State(score, UNNAMED, node, 1, FIRST, Worth(0), NO_GAP, began, 0, first, None)
        here.setdefault(UNNAMED, []).append(new)
        found: dict[tuple[int, int], State] = {}
        for state in before.get(UNNAMED, ()):
            for band in range(len(unnamed.BANDS)):
                self._go_on_unnamed(found, node, state, band)
        for band in range(len(unnamed.BANDS)):
            for state in before.get(UNNAMED - 1 - band, ()):
                self._go_on_unnamed(found, node, state, band)
        for state in found.values():
            here.setdefault(state.lane, []).append(state)

    def _go_on_unnamed(
        self, found: dict[tuple[int, int], State], node: Node, state: State, band: int
    ) -> None:
        gap = self._gap(node.day - state.node.day, UNNAMED - 1 - band)
        if gap is None or node.cycle.intent != state.node.cycle.intent:
            return
        if gap.kind and state.mood == FIRST:
            return
        mood = p.mood_after(state.mood, gap)
        if gap.left_out:
            gap = gap._replace(points=gap.points + p.long_worth(state.mood))
        worth = Worth(self._worths.likeness(state.node.cycle, node.cycle))
        score = state.score + gap.points + worth.points
        lane = UNNAMED - 1 - band
        known = found.get((lane, mood))
        if known is None or score > known.score:
            found[lane, mood] = State(score, lane, node, 2, mood, worth, gap, 0, 0, state, None)


def _ended(state: State) -> int:
    return state.score + state.closing


def _best_of_each(here: dict[int, list[State]]) -> list[State]:
    """The best state of each lane in which a course may end, the best of all first."""
    lanes = sorted(here, key=lambda lane: (lane < 0, abs(lane)))
    tops = [max(here[lane], key=_ended) for lane in lanes]
    tops.sort(key=_ended, reverse=True)
    return tops


def _traced(last: State, profiles: Sequence[Profile]) -> list[Segment]:
    segments: list[Segment] = []
    state: State | None = last
    while state is not None:
        chain = [state]
        while not chain[-1].began and chain[-1].back is not None:
            chain.append(chain[-1].back)
        chain.reverse()
        segments.append(
            Segment(
                profiles[state.lane] if state.lane >= 0 else None,
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
