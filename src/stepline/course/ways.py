"""Ways through a drug's doses that the search keeps, and the segments that a way consists of."""

from __future__ import annotations

from typing import NamedTuple

from stepline.course.lattice import Node
from stepline.course.points import Gap, Profile, Worth
from stepline.course.segment import Segment

NO_GAP = Gap(0)
NO_WORTH = Worth(0)


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
