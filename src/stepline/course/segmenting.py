"""The best reading of a drug's doses as courses, found by dynamic programming.

Every way of taking the doses together as cycles, and the cycles as courses of the library's
regimens or as courses without a name, has a sum of points (`points`). The best sum is carried from
day to day for each regimen, the number of cycles so far (counted only as far as a complete course)
and the kind of the last interval; so the work grows with the number of doses and ends on any input.
Among equal sums going on comes before beginning, and the id that is first in the alphabet before
the others. A test compares the result with that of trying every reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stepline.course import points as p
from stepline.course.lanes import MOODS, UNNAMED, Lanes, Move
from stepline.course.lattice import Node, lattice_of
from stepline.course.points import FIRST, Worth
from stepline.course.ratios import by_ratio, lacks_weight
from stepline.course.segment import Segment
from stepline.course.steady import ALIKE, Steady, steady
from stepline.course.ways import (
    IN_TIME,
    NO_GAP,
    NO_WORTH,
    Found,
    Way,
    add_ways,
    best_of_each,
    near_ways,
    traced,
)
from stepline.course.worths import Worths
from stepline.record.index import RecordIndex
from stepline.record.model import Event

FAR = 1000
"""A way that lies so far behind the best is not followed: to close the best and begin the same
regimen anew is worth more. It could be wrong only where two and more cycles follow at once that the
regimen may hold and not begin with."""
BEGIN_AT_MOST = p.BEGIN + p.NEW_ORDER + p.HABIT + p.GAP_FITS + p.CLOSE
"""What a beginning comes to at most, with the interval before it."""


def segments_of(events: list[Event], index: RecordIndex, lanes: Lanes) -> list[Segment]:
    """The segments of the best reading, in order; every dose is in exactly one.

    Where doses cannot be told because no weight is known, their ratios may still tell.
    """
    if not events:
        return []
    found = _read(events, index, lanes)
    by_weight = any("/kg" in profile.unit for profile in lanes.profiles)
    if not by_weight or not lacks_weight(events, index):
        return found
    return by_ratio(found, lambda supposed: _read(events, supposed, lanes), index)


def _read(events: list[Event], index: RecordIndex, lanes: Lanes) -> list[Segment]:
    worths = Worths(index, lanes.profiles)
    lattice = lattice_of(events, worths.is_told)
    found = searched(lattice, worths, lanes, frozenset())
    habits = _habits(found)
    if habits and any(len(one.cycles) == 1 for one in found):
        found = searched(lattice, worths, lanes, habits)
    return found


def searched(
    lattice: list[list[Node]], worths: Worths, lanes: Lanes, habits: frozenset[str]
) -> list[Segment]:
    """The best of all readings, where these regimens are known to be the patient's habit."""
    search = _Search(worths, lanes, habits)
    for nodes in lattice[1:]:
        search.read(nodes)
    return traced(search.best[-1][0], lanes.profiles)


def _habits(segments: list[Segment]) -> frozenset[str]:
    """The regimens of a fixed number of cycles that were given in full."""
    return frozenset(
        one.profile.regimen.id
        for one in segments
        if one.profile and one.profile.most and len(one.cycles) >= one.profile.fewest > 1
    )


@dataclass(slots=True)
class _Spot:
    """A cycle to be read, and the ways that end right before it, and a day of doses earlier.

    `last` is that day of doses, `days` how many days lie between it and the cycle; `mixed` is that
    of `worths.Told`.
    """

    node: Node
    before: dict[int, list[Way]]
    earlier: dict[int, list[Way]]
    last: Node | None
    days: int
    mixed: bool


class _Search:
    """Carries the best ways from place to place.

    `at` holds the ways of each lane whose last cycle ends at a place, `best` the best way of each
    lane if the course ends there, the best of all first.
    """

    def __init__(self, worths: Worths, lanes: Lanes, habits: frozenset[str]) -> None:
        self._lanes = lanes
        self._worths = worths
        self._habits = [p.HABIT * (one.regimen.id in habits) for one in lanes.profiles]
        self._ending: list[Node | None] = [None]
        self._alike, self._last = 0, (0, 0, "", 0, 0)
        self._steady: Steady | None = None
        self.at: list[dict[int, list[Way]]] = [{}]
        self.best: list[list[Way]] = [[]]

    def read(self, nodes: list[Node]) -> None:
        """Finds the ways to the next place from the cycles that end there."""
        here: dict[int, list[Way]] = {}
        best: list[Way] = []
        if self._is_repeated(nodes) and (step := self._step(nodes[0])):
            begin = nodes[0].begin
            before, earlier, last = self.at[begin], self.at[begin - 1], self._ending[begin]
            assert last is not None
            here, best = step.copied(nodes[0], before, earlier, last)
        elif nodes:
            self._steady = None
            for node in nodes:
                self._read(node, here)
            best = best_of_each(here)
            here = near_ways(here, best[0].ended - FAR)
        self._ending.append(nodes[0] if nodes else None)
        self.at.append(here)
        self.best.append(best)

    # ------------------------------------------------------------ steps that repeat

    def _is_repeated(self, nodes: list[Node]) -> bool:
        """Whether a cycle is like those before it, after the same interval each time."""
        if not nodes:
            return False  # within a cycle of several days
        node = nodes[0]
        last = self._ending[node.begin]
        self._worths.of(node)
        days = node.day - last.day if last else 0
        own = (len(nodes), node.kind, node.cycle.group, days, node.end - node.begin)
        self._alike = self._alike + 1 if own == self._last else 1
        self._last = own
        return self._alike >= ALIKE and len(nodes) == 1

    def _step(self, node: Node) -> Steady | None:
        """The step before, where it is one that can be copied."""
        if self._steady is None:
            length = node.end - node.begin
            first, second, third = (node.begin - n * length for n in range(3))
            self._steady = steady(self.best[first], self.at[first], self.at[second], self.at[third])
        return self._steady

    # ------------------------------------------------------------ steps that are searched

    def _read(self, node: Node, here: dict[int, list[Way]]) -> None:
        last = self._ending[node.begin]
        told = self._worths.of(node)
        spot = _Spot(
            node,
            self.at[node.begin],
            self.at[node.begin - 1] if node.begin else {},
            last,
            node.day - last.last if last else 0,
            told.mixed,
        )
        for lane, worth in told.explained.items():
            self._in_lane(spot, lane, worth, here)
        for lane, worth in told.odd.items():
            if lane in spot.before or lane in spot.earlier:
                self._in_lane(spot, lane, worth, here)
        if node.is_whole:
            self._unnamed(spot, here)

    # ------------------------------------------------------------ courses of a regimen

    def _in_lane(self, spot: _Spot, lane: int, worth: Worth, here: dict[int, list[Way]]) -> None:
        """The ways to a cycle as one of a regimen's."""
        found: Found = {}
        if ways := spot.before.get(lane):
            self._go_on(found, spot, ways, worth, None)
        if ways := spot.earlier.get(lane):
            self._go_on(found, spot, ways, worth, spot.last)
        if worth.begins:
            self._begin(found, spot, lane, worth)
        if found:
            add_ways(here, lane, found, self._lanes.named[lane].most)

    def _go_on(
        self, found: Found, spot: _Spot, ways: list[Way], worth: Worth, extra: Node | None
    ) -> None:
        """The best of going on in a lane, with the doses in between as extra ones or without."""
        node, lane, mixed = spot.node, ways[0].lane, spot.mixed
        named = self._lanes.named[lane]
        moves, most, closings = named.moves, named.most, named.closings
        day, untold, points = node.day, worth.kind == "dose-unknown", worth.points
        if extra is not None:
            points += p.EXTRA
        for way in ways:
            move = moves[(day - way.day) * MOODS + way.mood]
            if move is None or (extra is not None and move.gap.kind):
                continue
            count = way.given + 1 + move.left_out
            if not most:
                count = 2  # from two on it does not matter how many
            elif count > most:
                continue
            score = way.score + move.points + points
            now = worth
            if untold:
                now = self._worths.beside(worth, way.worth, way.node, node)
                score += now.points - worth.points
            key = count * MOODS + move.mood
            known = found.get(key)
            if known is None or score > known.score:
                ended = score + closings[key * 2 + mixed]
                found[key] = Way(
                    score, ended, lane, node, day, count, move.mood, now, move.gap, 0, way, extra
                )

    def _begin(self, found: Found, spot: _Spot, lane: int, worth: Worth) -> None:
        node, named = spot.node, self._lanes.named[lane]
        rival = None if named.most else found.get(IN_TIME)
        ways = self.best[node.begin]
        if rival and ways and rival.score >= ways[0].ended + BEGIN_AT_MOST + worth.points:
            return  # no beginning can come to more
        began, before = self._beginning(node, lane)
        began += named.before(spot.days) + self._habits[lane]
        score = began + worth.points + (before.ended if before else 0)
        if rival is not None and rival.score >= score:
            return  # whatever follows, the course that goes on is worth as much
        ended = score + named.closings[(MOODS + FIRST) * 2 + spot.mixed]
        ended += p.INTENT * bool(node.intent)
        found[MOODS + FIRST] = Way(
            score, ended, lane, node, node.day, 1, FIRST, worth, NO_GAP, began, before, None
        )

    def _beginning(self, node: Node, lane: int) -> tuple[int, Way | None]:
        """What beginning here costs, and the reading before it that is then the best."""
        told, cost_of = bool(node.intent), self._lanes.beginning
        ways = self.best[node.begin]
        if not ways:
            return cost_of(lane, UNNAMED, ordered=False, told=told), None
        group, earlier = node.cycle.group, ways[0].node.cycle.events[-1].group
        ordered = bool(group and earlier and group != earlier)
        best, cost = ways[0], cost_of(lane, ways[0].lane, ordered=ordered, told=told)
        for way in ways[1:]:
            other = cost_of(lane, way.lane, ordered=ordered, told=told)
            if other + way.ended > cost + best.ended:
                best, cost = way, other
        return cost, best

    # ------------------------------------------------------------ courses without a name

    def _unnamed(self, spot: _Spot, here: dict[int, list[Way]]) -> None:
        node = spot.node
        ways = self.best[node.begin]
        first = ways[0] if ways else None
        began = p.BEGIN_UNNAMED
        if 0 < spot.days <= p.IN_STEP_BEFORE:
            began += self._lanes.most_in_step(spot.days)
        score = began + (first.ended if first else 0)
        new = Way(
            score, score, UNNAMED, node, node.day, 1, FIRST, NO_WORTH, NO_GAP, began, first, None
        )
        here.setdefault(UNNAMED, []).append(new)
        found: dict[int, Found] = {}
        for way, lane, move in self._unnamed_moves(spot):
            if node.intent != way.node.intent:
                continue
            points = self._worths.likeness(way.node, node)
            score = way.score + move.points + points
            known = found.get(lane)
            if known is None:
                known = found[lane] = {}
            key = 2 * MOODS + move.mood
            if key not in known or score > known[key].score:
                known[key] = Way(
                    score, score, lane, node, node.day, 2, move.mood,
                    Worth(points), move.gap, 0, way, None,
                )  # fmt: skip
        for lane, own in found.items():
            add_ways(here, lane, own, 0)

    def _unnamed_moves(self, spot: _Spot) -> Iterator[tuple[Way, int, Move]]:
        """The ways of unnamed courses, each lane that it may go on in, and what that is worth."""
        day, lanes = spot.node.day, self._lanes
        for lane, ways in spot.before.items():
            if lane < UNNAMED:
                moves = lanes.bands[UNNAMED - 1 - lane]
                for way in ways:
                    move = moves[(day - way.day) * MOODS + way.mood]
                    if move is not None:
                        yield way, lane, move
        for way in spot.before.get(UNNAMED, ()):
            for lane, move in lanes.in_step(day - way.day):
                yield way, lane, move
