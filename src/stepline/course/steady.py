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
"""A way of the step before, and where to find what its copy goes back to: whether one step earlier
(doses in between are extra ones), in which lane and at which place there."""


@dataclass(frozen=True, slots=True)
class Steady:
    """A step to be copied: what each sum rises by, and its ways by lane with what they go back to.

    `best` holds the lane and place of the best ways to end with.
    """

    rise: int
    links: dict[int, list[_Link]]
    best: list[tuple[int, int]]

    def copied(
        self, node: Node, before: Ways, earlier: Ways, last: Node
    ) -> tuple[dict[int, list[Way]], list[Way]]:
        """The ways to a cycle, and the best to end with, from those to the two places before."""
        found: dict[int, list[Way]] = {}
        again: dict[int, list[_Link]] = {}
        for lane, links in self.links.items():
            found[lane] = []
            again[lane] = []
            for way, is_earlier, back_lane, place in links:
                back = (earlier if is_earlier else before)[back_lane][place]
                new = Way(
                    way.score + self.rise, way.ended + self.rise, lane, node, node.day, way.given,
                    way.mood, way.worth, way.gap, way.began, back,
                    last if way.extra is not None else None,
                )  # fmt: skip
                found[lane].append(new)
                again[lane].append((new, is_earlier, back_lane, place))
        self.links.update(again)
        return found, [found[lane][place] for lane, place in self.best]


def steady(best: Sequence[Way], first: Ways, second: Ways, third: Ways) -> Steady | None:
    """The step to the ways `first` as one to be copied, after `second` and `third`.

    `None` where the ways to one of these places are not those to the place before.
    """
    rise = _rise(first, second)
    if rise is None or rise != _rise(second, third):
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
    """By how much all sums are higher; `None` where ways differ in more than that."""
    if not now or list(now) != list(before):
        return None
    pairs = [pair for lane, ways in now.items() for pair in zip(ways, before[lane], strict=False)]
    rise = pairs[0][0].score - pairs[0][1].score
    same_number = all(len(ways) == len(before[lane]) for lane, ways in now.items())
    return rise if same_number and all(_is_risen(*pair, rise) for pair in pairs) else None


def _is_risen(one: Way, other: Way, rise: int) -> bool:
    return (
        one.score - other.score == rise
        and one.ended - other.ended == rise
        and one.given == other.given
        and one.mood == other.mood
        and one.worth.kind == other.worth.kind
    )


def _places(ways: Ways, *, is_earlier: bool) -> dict[int, tuple[bool, int, int]]:
    return {
        id(way): (is_earlier, lane, place)
        for lane, own in ways.items()
        for place, way in enumerate(own)
    }
