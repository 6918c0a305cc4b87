"""When a course lies below a level: from when to when, straight between its times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Below:
    """A stretch below a level in days; `end` is `None` where it lasts beyond the course."""

    start: float
    end: float | None


def stretches_below(
    times: NDArray[np.float64], values: NDArray[np.float64], level: float
) -> tuple[Below, ...]:
    """Every stretch in which a course lies below a level, in order of time. `times` rise."""
    import numpy as np

    below = np.asarray(values) < level
    changes = np.flatnonzero(below[1:] != below[:-1]) + 1
    ends = [_meeting(times, values, level, int(at)) for at in changes]
    if len(below) and below[0]:
        ends = [float(times[0]), *ends]
    closed = [*ends, None] if len(ends) % 2 else [*ends]
    pairs = zip(closed[0::2], closed[1::2], strict=True)
    return tuple(Below(start, end) for start, end in pairs if start is not None)


def _meeting(
    times: NDArray[np.float64], values: NDArray[np.float64], level: float, at: int
) -> float:
    """Where the line from the time before to this one meets the level."""
    before, after = float(values[at - 1]), float(values[at])
    share = (before - level) / (before - after)
    return float(times[at - 1] + share * (times[at] - times[at - 1]))
