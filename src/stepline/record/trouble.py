"""Collects everything wrong with an input, so that an author reads it once and mends it once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import TypeVar

from stepline.core.errors import Place, Problem, Refused
from stepline.record.cell import Cell

T = TypeVar("T")


class Trouble:
    """The problems found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __bool__(self) -> bool:
        return bool(self.problems)

    def add(
        self,
        code: str,
        message: str,
        place: Place,
        *,
        found: str = "",
        allowed: str = "",
        mend: str = "",
    ) -> None:
        """Note one problem."""
        self.problems.append(Problem(code, message, place, found, allowed, mend))

    def attempt(self, cell: Cell, read: Callable[[], T]) -> T | None:
        """What `read` gives; `None` when it refuses, with its problems kept at the cell's place."""
        try:
            return read()
        except Refused as refusal:
            self.keep(refusal, cell.place)
            return None

    def keep(self, refusal: Refused, place: Place) -> None:
        """Keep the problems of a refusal; those that do not know where they are get this place."""
        self.problems.extend(located(refusal, place))


def located(refusal: Refused, place: Place) -> tuple[Problem, ...]:
    """The problems of a refusal, with this place where they have none of their own."""
    return tuple(
        problem.at(place) if problem.place == Place() else problem for problem in refusal.problems
    )


def one_of(words: Iterable[str]) -> str:
    """The allowed words for a message, in order."""
    return ", ".join(sorted(words))


def did_you_mean(found: str, words: Iterable[str], otherwise: str) -> str:
    """How to mend a misspelt word."""
    close = get_close_matches(found.lower(), sorted(words), n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else otherwise
