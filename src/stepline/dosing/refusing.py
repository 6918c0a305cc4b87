"""How dosing refuses: one exception, and a gathering of all problems before anything is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from stepline.core.errors import Place, Problem, Refused

T = TypeVar("T")


class DosingRefused(Refused):
    """A body size, dose, rate or product that cannot be used."""


class Gathering:
    """Runs every reading of an input and keeps what is wrong, so that it is all said at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def attempt(self, reading: Callable[[], T], path: str = "") -> T | None:
        """The outcome of a reading; `None` where it was refused, with its problems kept."""
        try:
            return reading()
        except Refused as refusal:
            self.problems += [placed(problem, path) for problem in refusal.problems]
            return None

    def add(self, problem: Problem, path: str = "") -> None:
        """Keeps one problem."""
        self.problems.append(placed(problem, path))

    def settle(self) -> None:
        """Raises `DosingRefused` with everything kept; does nothing where nothing is."""
        if self.problems:
            raise DosingRefused(self.problems)


def placed(problem: Problem, path: str) -> Problem:
    """The problem with a path, where it has none yet."""
    if not path or problem.place.path:
        return problem
    return replace(problem, place=Place(path=path))
