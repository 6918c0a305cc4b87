"""Kleene's three-valued logic, written out.

The tables are the specification: a reviewer checks them by eye.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from stepline.engine.finding import Verdict

T, F, U = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN

AND = {
    (T, T): T, (T, F): F, (T, U): U,
    (F, T): F, (F, F): F, (F, U): F,
    (U, T): U, (U, F): F, (U, U): U,
}  # fmt: skip

OR = {
    (T, T): T, (T, F): T, (T, U): T,
    (F, T): T, (F, F): F, (F, U): U,
    (U, T): T, (U, F): U, (U, U): U,
}  # fmt: skip

NOT = {T: F, F: T, U: U}


def both(verdicts: Iterable[Verdict]) -> Verdict:
    """All of them; true of none."""
    return reduce(lambda a, b: AND[a, b], verdicts, T)


def either(verdicts: Iterable[Verdict]) -> Verdict:
    """Any of them; false of none."""
    return reduce(lambda a, b: OR[a, b], verdicts, F)


def at_least(count: int, verdicts: list[Verdict]) -> Verdict:
    """At least so many of them: decided as soon as the unknown ones cannot change it."""
    true, unknown = verdicts.count(T), verdicts.count(U)
    if true >= count:
        return T
    return U if true + unknown >= count else F
