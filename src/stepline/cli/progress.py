"""How far long work is: rows, rows a second and the time left, on a terminal and nowhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

_QUIET = 1.0
"""Seconds before anything is shown: short work needs no progress."""
_BETWEEN = 0.2


class Progress:
    """A line on stderr that is written over, and wiped at the end of the `with` that holds it.

    Silent where stderr is no terminal.
    """

    def __init__(self, unit: str = "rows") -> None:
        self._unit = unit
        self._clock: Callable[[], float] = time.monotonic
        self._start = self._clock()
        self._last = self._start + _QUIET - _BETWEEN
        self._is_shown = sys.stderr.isatty()
        self._width = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def tell(self, count: int, done: float) -> None:
        """So many rows, which are this part of the whole, from 0 to 1."""
        now = self._clock()
        if not self._is_shown or now - self._last < _BETWEEN:
            return
        self._last = now
        text = said(count, done, now - self._start, self._unit)
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def wipe(self) -> None:
        """Clears the line before other lines are printed; the next word writes it again."""
        self.end()
        self._width = 0

    def end(self) -> None:
        """Wipes the line."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()


def said(count: int, done: float, seconds: float, unit: str) -> str:
    """`1,200,000 rows, 40 %, 900,000 rows/s, 2 s left`."""
    pace = f"{count / seconds:,.0f} {unit}/s" if seconds else ""
    left = f"{_time(seconds * (1 - done) / done)} left" if done else ""
    parts = (f"{count:,} {unit}", f"{done * 100:.0f} %", pace, left)
    return ", ".join(part for part in parts if part)


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"
