"""Reads single options of a plan and remembers what is wrong with each, to tell all at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from stepline.core.errors import Problem
from stepline.core.time import parse_date
from stepline.dosing.refusing import DosingRefused, Gathering

T = TypeVar("T")
Given = Mapping[str, object]
"""Options by name, as typed; `None`, an empty tuple or `False` where one is left out."""


class Reader:
    """Reads options one after another; remembers which were refused."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.gathering = Gathering()
        self.refused: set[str] = set()

    def option(self, name: str, read: Callable[[str], T]) -> T | None:
        """The value of an option; `None` where it is left out or refused."""
        text = self.given.get(name)
        if text is None:
            return None
        value = self.gathering.attempt(lambda: read(str(text)), spelled(name))
        if value is None:
            self.refused.add(name)
        return value

    def needed(self, name: str, read: Callable[[str], T], example: str) -> T | None:
        """The value of an option that must be there."""
        if self.given.get(name) is None:
            message = f"The {name} is missing."
            self.gathering.add(Problem("option-missing", message, mend=f"add {example}"))
        return self.option(name, read)

    def many(self, name: str, read: Callable[[str], T]) -> list[T]:
        """The values of an option that may be repeated, or hold several between commas."""
        given = self.given.get(name)
        parts = [part for text in texts(given) for part in text.split(",")]
        values = []
        for part in parts:
            value = self.gathering.attempt(partial(read, part), spelled(name))
            values += [] if value is None else [value]
        return values

    def keep(self, problems: Sequence[Problem]) -> None:
        """Keeps problems, but for an option that is missing only since it was refused."""
        echoes = {f"{name}-missing" for name in self.refused}
        if self.refused & {"fall", "every"}:
            echoes.add("taper-steps-unknown")
        self.gathering.problems += [one for one in problems if one.code not in echoes]


def read_day(text: str) -> date:
    """One day. Raises `TimeRefused`, and `DosingRefused`: `day-not-exact` (a month, a time)."""
    when = parse_date(text)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
        raise DosingRefused.because(
            "day-not-exact",
            "A plan is made of whole days, and begins on one.",
            found=text[:40],
            allowed="a day such as 2026-01-05",
            mend="write year-month-day",
        )
    return when.time.date()


def word(text: str, allowed: Sequence[str]) -> str:
    """One of some words, in any case. Raises `DosingRefused`: `word-unknown`."""
    word = text.strip().lower()
    if word in allowed:
        return word
    raise DosingRefused.because(
        "word-unknown",
        f"'{text[:40]}' is none of the words that may stand here.",
        found=text[:40],
        allowed=", ".join(allowed),
    )


def texts(value: object) -> tuple[str, ...]:
    """The values of an option that may be repeated; none where it is left out."""
    return tuple(str(one) for one in value) if isinstance(value, tuple) else ()


def spelled(name: str) -> str:
    """How an option is written on the command line; the regimen is no option."""
    if name in ("regimen", "body"):
        return ""
    return "--" + name.replace("_", "-")
