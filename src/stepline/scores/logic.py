"""Three values: true, false and unknown (`None`), joined as Kleene did."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def both(*truths: Truth) -> Truth:
    """False if any is false, unknown if any is unknown, else true."""
    if False in truths:
        return False
    return None if None in truths else True


def either(*truths: Truth) -> Truth:
    """True if any is true, unknown if any is unknown, else false."""
    if True in truths:
        return True
    return None if None in truths else False


def opposite(truth: Truth) -> Truth:
    """The other value; unknown stays unknown."""
    return None if truth is None else not truth


def at_least(number: int, truths: Iterable[Truth]) -> Truth:
    """Whether so many are true, whatever the unknown ones turn out to be."""
    values = list(truths)
    certain, open_ones = values.count(True), values.count(None)
    if certain >= number:
        return True
    return None if certain + open_ones >= number else False
