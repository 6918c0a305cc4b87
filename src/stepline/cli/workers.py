"""Work in parts on several processes, whose results come in the order of the parts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Generic, TypeVar

from stepline.core.errors import Problem, Refused, SteplineError

Part = TypeVar("Part")
Result = TypeVar("Result")

WORTH = 3
"""Parts for which a second process is worth its start."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    work: Callable[[Part], Result], parts: Sequence[Part], workers: int
) -> Iterator[Result]:
    """The result of each part, in the order of the parts, whatever the number of workers.

    A `Refused` of a part is raised where its result would stand. Raises `SteplineError` where a
    worker is ended from outside. Workers are started afresh: nothing of this process is copied.
    """
    if workers == 1 or len(parts) < WORTH:
        yield from map(work, parts)
        return
    pool = ProcessPoolExecutor(min(workers, len(parts)), get_context("spawn"))
    try:
        for outcome in pool.map(_Guarded(work), parts):
            if isinstance(outcome, _Refusal):
                raise Refused(outcome.problems)
            yield outcome
    except BrokenProcessPool:
        raise SteplineError(
            "A worker was ended by the system, perhaps for want of memory: use --workers 1."
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


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
