"""Steps of the search that repeat the step before: the same cycle after the same interval again.

Where the ways to a place are those to the place before, every sum higher by the same, another cycle
that is alike after as many days raises them by the same once more: what decides between ways are
differences of sums. Such a step is copied instead of being searched, with the same result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stepline.course.lattice import Node
from stepline.course.ways import Way

ALIKE = 4
"""So many cycles must be alike: a step looks back on ways to two places, and on their cycles."""

Ways = Mapping[int, Sequence[Way]]
_Link = tuple[Way, bool, int, int]
"""A way of the step before, and where to find what its copies go back to: whether one step earlier
(doses in between are extra ones), in which lane and at which place there."""


@dataclass(slots=True)
class Steady:
    """A step to be copied: what each sum rises by, and its ways by lane with what they go back to.

    `best` holds the lane and place of the best ways to end with, `times` how often it was copied.
    """

    rise: int
    links: dict[int, list[_Link]]
    best: list[tuple[int, int]]
    times: int = 0

    def copied(
        self, node: Node, before: Ways, earlier: Ways, last: Node
    ) -> tuple[dict[int, list[Way]], list[Way]]:
        """The ways to a cycle, and the best to end with, from those to the two places before."""
        self.times += 1
        rise, day = self.rise * self.times, node.day
        found: dict[int, list[Way]] = {}
        for lane, links in self.links.items():
            found[lane] = [
                Way(
                    way.score + rise, way.ended + rise, lane, node, day, way.given, way.mood,
                    way.worth, way.gap, way.began,
                    (earlier if is_earlier else before)[back_lane][place],
                    last if is_earlier else None,
                )
                for way, is_earlier, back_lane, place in links
            ]  # fmt: skip
        return found, [found[lane][place] for lane, place in self.best]


def steady(best: Sequence[Way], first: Ways, second: Ways, third: Ways) -> Steady | None:
    """The step to the ways `first` as one to be copied, after `second` and `third`.

    `None` where the ways to one of these places are not those to the place before.
    """
    rise = _rise(first, second)
    if rise is None or not (_is_risen(first, second, rise) and _is_risen(second, third, rise)):
        return None
    places = _places(second, is_earlier=False) | _places(third, is_earlier=True)
    own = _places(first, is_earlier=False)
    links: dict[int, list[_Link]] = {}
    for lane, ways in first.items():
        backs = [places.get(id(way.back)) for way in ways]
        links[lane] = [(way, *back) for way, back in zip(ways, backs, strict=True) if back]
        if len(links[lane]) != len(ways):
            return None
    ends = [own[id(way)] for way in best if id(way) in own]
    if len(ends) != len(best):
        return None
    return Steady(rise, links, [(lane, place) for _, lane, place in ends])


def _rise(now: Ways, before: Ways) -> int | None:
    """By how much the first sum is higher; `None` where the lanes are not the same."""
    if not now or list(now) != list(before):
        return None
    lane = next(iter(now))
    return now[lane][0].score - before[lane][0].score


def _is_risen(now: Ways, before: Ways, rise: int) -> bool:
    """Whether the ways are those before, and differ in nothing but higher sums."""
    if list(now) != list(before):
        return False
    for lane, ways in now.items():
        earlier = before[lane]
        if len(ways) != len(earlier):
            return False
        for one, other in zip(ways, earlier, strict=True):
            if (
                one.score - other.score != rise
                or one.ended - other.ended != rise
                or one.given != other.given
                or one.mood != other.mood
                or one.worth.kind != other.worth.kind
            ):
                return False
    return True


def _places(ways: Ways, *, is_earlier: bool) -> dict[int, tuple[bool, int, int]]:
    return {
        id(way): (is_earlier, lane, place)
        for lane, own in ways.items()
        for place, way in enumerate(own)
    }
