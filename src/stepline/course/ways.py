"""Ways through a drug's doses that the search keeps, and the segments that a way consists of."""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

from stepline.course import points as p
from stepline.course.lanes import MOODS
from stepline.course.lattice import Node
from stepline.course.points import IN_STEP, Gap, Profile, Worth
from stepline.course.segment import Segment

NO_GAP = Gap(0)
NO_WORTH = Worth(0)
IN_TIME = 2 * MOODS + IN_STEP
"""The key of a way of two cycles or more whose last interval fits."""
_ended, _score = attrgetter("ended"), attrgetter("score")


class Way(NamedTuple):
    """The best way to a cycle as one of a lane's, `given` cycles in.

    `ended` is the sum of points if the course ends here, `score` the sum without what its end is
    worth. `day` is the first of the cycle; `began` is 0 but for the first cycle of a course, and
    `extra` are doses between the cycle and the one before that are none of the course's.
    """

    score: int
    ended: int
    lane: int
    node: Node
    day: int
    given: int
    mood: int
    worth: Worth
    gap: Gap
    began: int
    back: Way | None
    extra: Node | None


Found = dict[int, Way]
"""The best ways to a cycle in one lane, by the number of cycles * MOODS + mood."""


def add_ways(here: dict[int, list[Way]], lane: int, found: Found, most: int) -> None:
    """Adds the ways that may still become the best.

    Where a regimen goes on without an end, a way whose last interval fits has all the others have:
    whatever follows is worth as much to it and as its end. Those that have fewer points fall away.
    """
    ways = list(found.values())
    top = found.get(IN_TIME)
    if len(ways) > 1 and top is not None and not most:
        score, ended = top.score, top.ended
        ways = [one for one in ways if one.score >= score or one.ended >= ended]
    if lane in here:
        here[lane] += ways
    else:
        here[lane] = ways


def near_ways(here: dict[int, list[Way]], floor: int) -> dict[int, list[Way]]:
    """The ways that have so many points."""
    near = {}
    for lane, ways in here.items():
        kept = ways
        if min(map(_score, ways)) < floor:
            kept = [one for one in ways if one.score >= floor]
        if kept:
            near[lane] = kept
    return near


def best_of_each(here: dict[int, list[Way]]) -> list[Way]:
    """The best way of each lane in which a course may end, the best of all first.

    What lies further behind than the beginning of the next course can make good is left out.
    """
    tops = [ways[0] if len(ways) == 1 else max(ways, key=_ended) for ways in here.values()]
    floor = max(map(_ended, tops)) + p.SAME_AGAIN + p.OTHER_INTENT
    near = [one for one in tops if one.ended >= floor]
    if len(near) > 1:
        near.sort(key=_rank)
    return near


def _rank(way: Way) -> tuple[int, bool, int]:
    """The most points first; of equals the regimens in order, then courses without a name."""
    return -way.ended, way.lane < 0, abs(way.lane)


def traced(last: Way, profiles: tuple[Profile, ...]) -> list[Segment]:
    """The segments of a way, in order of time."""
    segments: list[Segment] = []
    way: Way | None = last
    while way is not None:
        chain = [way]
        while not chain[-1].began and chain[-1].back is not None:
            chain.append(chain[-1].back)
        chain.reverse()
        segments.append(
            Segment(
                profiles[way.lane] if way.lane >= 0 else None,
                tuple([link.node.cycle for link in chain]),
                tuple([link.worth for link in chain]),
                tuple([link.gap for link in chain[1:]]),
                tuple([link.extra.cycle for link in chain if link.extra is not None]),
                chain[0].began,
                way.ended - way.score,
            )
        )
        way = chain[0].back
    segments.reverse()
    return segments
