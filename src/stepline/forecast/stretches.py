"""Stretches of an event table: the rows of one subject from one new start to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stepline.forecast.events import Events

_NEAR = 16
"""Units in the last place by which a computed moment may miss that of a row and still be it."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """`of` and `subject` of each row; `first` row, the one after the `last`, and `until` of each.

    `until` is the time after which nothing of the stretch is seen.
    """

    of: NDArray[np.int64]
    subject: NDArray[np.int64]
    time: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    until: NDArray[np.float64]


def stretches(events: Events) -> Stretches:
    """A stretch begins with each subject, and where a reset or SS=1 makes a new start."""
    count = len(events)
    is_first = events.is_reset | (events.is_dose & (events.steady == 1))
    opens = np.zeros(count, dtype=np.bool_)
    opens[[first for first, _ in events.spans]] = True
    first = np.flatnonzero(is_first | opens)
    last = np.append(first[1:], count)
    until = events.time[last - 1].copy()
    follows = np.flatnonzero(~opens[first[1:]])
    until[follows] = np.maximum(until[follows], events.time[first[1:]][follows])
    return Stretches(
        np.cumsum(is_first | opens) - 1, np.cumsum(opens) - 1, events.time, first, last, until
    )


def snapped(
    time: NDArray[np.float64], stretch: NDArray[np.int64], parts: Stretches
) -> NDArray[np.float64]:
    """Times, those that miss the time of a row by rounding alone put onto it.

    0.1 + 2 × 0.1 is not 0.3 in binary, and a dose must not slip behind the row that sees it.
    """
    low, high = parts.first[stretch], parts.last[stretch]
    first, last = low, high - 1
    while np.any(low < high):
        middle = np.minimum((low + high) // 2, last)
        is_below = (parts.time[middle] < time) & (low < high)
        low, high = (
            np.where(is_below, middle + 1, low),
            np.where(is_below, high, np.minimum(middle, high)),
        )
    for near in (parts.time[np.minimum(low, last)], parts.time[np.maximum(low - 1, first)]):
        close = np.abs(time - near) <= _NEAR * np.spacing(np.maximum(np.abs(time), np.abs(near)))
        time = np.where(close, near, time)
    return time
