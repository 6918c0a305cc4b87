"""Work in parts on several processes, whose results come in the order of the parts."""

from __future__ import annotations

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import get_context
from typing import Generic, TypeVar

from stepline.core.errors import Problem, Refused, SteplineError

Part = TypeVar("Part")
Result = TypeVar("Result")

WORTH = 3
"""Parts for which a second process is worth its start."""
AHEAD = 3
"""Parts handed out for each worker: those read, and those that wait for the one in front."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def without_pauses() -> Iterator[None]:
    """No search for cycles of objects while a part is worked: it makes many, none in a cycle."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def in_order(
    work: Callable[[Part], Result], parts: Iterable[Part], workers: int
) -> Iterator[Result]:
    """The result of each part, in the order of the parts, whatever the number of workers.

    A part is asked for when a worker will soon be free, so that few are held at once. A `Refused`
    of a part is raised where its result would stand. Raises `SteplineError` where a worker is
    ended from outside. Workers are started afresh: nothing of this process is copied.
    """
    coming = iter(parts)
    first = list(islice(coming, WORTH))
    if workers == 1 or len(first) < WORTH:
        yield from map(work, chain(first, coming))
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"))
    try:
        yield from _unguarded(_handed_out(pool, _Guarded(work), chain(first, coming), workers))
    except BrokenProcessPool:
        raise SteplineError(
            "A worker was ended by the system, perhaps for want of memory: use --workers 1."
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _handed_out(
    pool: ProcessPoolExecutor,
    work: Callable[[Part], Result],
    parts: Iterable[Part],
    workers: int,
) -> Iterator[Result]:
    """Results in the order of the parts, of which few are handed out at once."""
    waiting: deque[Future[Result]] = deque()
    for part in parts:
        waiting.append(pool.submit(work, part))
        if len(waiting) >= AHEAD * workers:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _unguarded(outcomes: Iterable[Result | _Refusal]) -> Iterator[Result]:
    for outcome in outcomes:
        if isinstance(outcome, _Refusal):
            raise Refused(outcome.problems)
        yield outcome


@dataclass(frozen=True, slots=True)
class _Refusal:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Guarded(Generic[Part, Result]):
    """Work whose refusal is a value: a refusal does not survive the way between processes."""

    work: Callable[[Part], Result]

    def __call__(self, part: Part) -> Result | _Refusal:
        try:
            return self.work(part)
        except Refused as refusal:
            return _Refusal(refusal.problems)
