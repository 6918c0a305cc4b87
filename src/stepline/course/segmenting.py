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
from stepline.course.lanes import UNNAMED, Gaps, InStep
from stepline.course.lattice import Node, lattice_of
from stepline.course.points import FIRST, IN_STEP, Gap, Profile, Worth
from stepline.course.ratios import by_ratio, lacks_weight
from stepline.course.segment import Segment
from stepline.course.worths import Worths
from stepline.record.index import RecordIndex
from stepline.record.model import Event

NO_GAP = Gap(0)
NO_WORTH = Worth(0)
FAR = 1000
"""A way that lies so far behind the best is not followed: to close the best and begin the same
regimen anew is worth more. It could be wrong only where two and more cycles follow at once that the
regimen may hold and not begin with."""


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
    by_weight = any("/kg" in profile.unit for profile in profiles)
    if not by_weight or not lacks_weight(events, index):
        return found
    return by_ratio(found, lambda supposed: _read(lattice, supposed, profiles), index)


def _read(
    lattice: list[list[Node]], index: RecordIndex, profiles: Sequence[Profile]
) -> list[Segment]:
    worths = Worths(index, profiles)
    found = searched(lattice, worths, profiles, frozenset())
    habits = _habits(found)
    if habits and any(len(one.cycles) == 1 for one in found):
        found = searched(lattice, worths, profiles, habits)
    return found


def searched(
    lattice: list[list[Node]],
    worths: Worths,
    profiles: Sequence[Profile],
    habits: frozenset[str],
) -> list[Segment]:
    """The best of all readings, where these regimens are known to be the patient's habit."""
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
        self._gaps = [Gaps(one, 0) for one in profiles]
        self._bands = [Gaps(None, band) for band in range(len(unnamed.BANDS))]
        self._in_step = InStep(self._bands)
        self._days: list[Node | None] = [None]
        self.at: list[dict[int, list[State]]] = [{}]
        self.best: list[list[State]] = [[]]

    def read(self, nodes: list[Node]) -> None:
        """Finds the states of the next place from the cycles that end there."""
        here: dict[int, list[State]] = {}
        for node in nodes:
            self._read(node, here)
        best = _best_of_each(here)
        floor = _ended(best[0]) - FAR
        self._days.append(nodes[0])
        self.at.append(
            {
                lane: kept
                for lane, states in here.items()
                if (kept := [one for one in states if one.score >= floor])
            }
        )
        self.best.append(best)

    def _read(self, node: Node, here: dict[int, list[State]]) -> None:
        before = self.at[node.begin]
        earlier = self.at[node.begin - 1] if node.begin else {}
        last = self._days[node.begin]
        days = node.day - last.day if last else 0
        worths, mixed = self._worths.of(node, before, earlier)
        for lane, worth in worths:
            found: dict[tuple[int, int], State] = {}
            for state in before.get(lane, ()):
                gap = self._gaps[lane][node.day - state.node.day]
                if gap is not None:
                    self._go_on(found, node, state, worth, gap, None, mixed=mixed)
            for state in earlier.get(lane, ()):
                gap = self._gaps[lane][node.day - state.node.day]
                if gap is not None and not gap.kind:
                    self._go_on(found, node, state, worth, gap, last, mixed=mixed)
            if worth.begins:
                self._begin(found, node, lane, worth, days, mixed=mixed)
            if found:
                here.setdefault(lane, []).extend(found.values())
        if node.is_whole:
            self._unnamed(node, before, here, days)

    # ------------------------------------------------------------ courses of a regimen

    def _begin(
        self,
        found: dict[tuple[int, int], State],
        node: Node,
        lane: int,
        worth: Worth,
        days: int,
        *,
        mixed: bool,
    ) -> None:
        profile = self._profiles[lane]
        began, before = self._beginning(node, lane)
        began += _before(self._gaps[lane], days)
        score = began + worth.points + (_ended(before) if before else 0)
        rival = None if profile.most else found.get((2, IN_STEP))
        if rival is not None and rival.score >= score:
            return  # whatever follows, the course that goes on is worth as much
        closing = p.closing_worth(profile, 1, FIRST, mixed=mixed)
        closing += p.INTENT * bool(node.cycle.intent)
        found[1, FIRST] = State(
            score, lane, node, 1, FIRST, worth, NO_GAP, began, closing, before, None
        )

    def _beginning(self, node: Node, lane: int) -> tuple[int, State | None]:
        """What beginning here costs, and the reading before it that is then the best."""
        profile, told = self._profiles[lane], bool(node.cycle.intent)
        habit = p.HABIT * (profile.regimen.id in self._habits)
        states = self.best[node.begin]
        if not states:
            return p.begin_worth(profile, None, ordered=False, told=told) + habit, None
        group, earlier = node.cycle.group, states[0].node.cycle.events[-1].group
        ordered = bool(group and earlier and group != earlier)
        costs = [
            p.begin_worth(
                profile,
                self._profiles[state.lane] if state.lane >= 0 else None,
                ordered=ordered,
                told=told,
            )
            for state in states
        ]
        place = max(range(len(states)), key=lambda one: costs[one] + _ended(states[one]))
        return costs[place] + habit, states[place]

    def _go_on(
        self,
        found: dict[tuple[int, int], State],
        node: Node,
        state: State,
        worth: Worth,
        gap: Gap,
        extra: Node | None,
        *,
        mixed: bool,
    ) -> None:
        profile = self._profiles[state.lane]
        count = state.count + 1 + gap.left_out
        if profile.most and count > profile.most:
            return
        count, mood = min(count, max(profile.most, 2)), p.mood_after(state.mood, gap)
        if gap.left_out:
            gap = gap._replace(points=gap.points + p.long_worth(state.mood))
        worth = self._worths.beside(worth, state.worth, state.node, node)
        score = state.score + gap.points + worth.points + (p.EXTRA if extra else 0)
        known = found.get((count, mood))
        if known is None or score > known.score:
            closing = p.closing_worth(profile, count, mood, mixed=mixed)
            found[count, mood] = State(
                score, state.lane, node, count, mood, worth, gap, 0, closing, state, extra
            )

    # ------------------------------------------------------------ courses without a name

    def _unnamed(
        self, node: Node, before: dict[int, list[State]], here: dict[int, list[State]], days: int
    ) -> None:
        first = self.best[node.begin][0] if node.begin else None
        began = p.BEGIN_UNNAMED
        if 0 < days <= p.IN_STEP_BEFORE:
            began += max((gap.points for _, gap in self._in_step[days]), default=0)
        score = began + (_ended(first) if first else 0)
        new = State(score, UNNAMED, node, 1, FIRST, NO_WORTH, NO_GAP, began, 0, first, None)
        here.setdefault(UNNAMED, []).append(new)
        found: dict[tuple[int, int], State] = {}
        for lane, states in before.items():
            if lane < UNNAMED:
                gaps = self._bands[UNNAMED - 1 - lane]
                for state in states:
                    gap = gaps[node.day - state.node.day]
                    if gap is not None:
                        self._go_on_unnamed(found, node, state, gap, lane)
        for state in before.get(UNNAMED, ()):
            for lane, gap in self._in_step[node.day - state.node.day]:
                self._go_on_unnamed(found, node, state, gap, lane)
        for state in found.values():
            here.setdefault(state.lane, []).append(state)

    def _go_on_unnamed(
        self, found: dict[tuple[int, int], State], node: Node, state: State, gap: Gap, lane: int
    ) -> None:
        if node.cycle.intent != state.node.cycle.intent:
            return
        mood = p.mood_after(state.mood, gap)
        if gap.left_out:
            gap = gap._replace(points=gap.points + p.long_worth(state.mood))
        points = self._worths.likeness(state.node, node)
        score = state.score + gap.points + points
        known = found.get((lane, mood))
        if known is None or score > known.score:
            worth = Worth(points)
            found[lane, mood] = State(score, lane, node, 2, mood, worth, gap, 0, 0, state, None)


def _before(gaps: Gaps, days: int) -> int:
    """What the interval from the last dose of another course is worth to one that begins."""
    gap = gaps[days] if 0 < days <= p.IN_STEP_BEFORE else None
    return gap.points if gap and not gap.kind else 0


def _ended(state: State) -> int:
    return state.score + state.closing


def _best_of_each(here: dict[int, list[State]]) -> list[State]:
    """The best state of each lane in which a course may end, the best of all first.

    What lies further behind than the beginning of the next course can make good is left out.
    """
    lanes = sorted(here, key=lambda lane: (lane < 0, abs(lane)))
    tops = [max(here[lane], key=_ended) for lane in lanes]
    tops.sort(key=_ended, reverse=True)
    floor = _ended(tops[0]) + p.SAME_AGAIN + p.OTHER_INTENT
    return [one for one in tops if _ended(one) >= floor]


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
