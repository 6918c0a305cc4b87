"""What scores are worked out from: readings at two moments, and how wrong ones are refused.

A reading is an exact `Decimal`, or `None` where it is unknown. Binary floating point is refused:
`(4.1 - 3.6) / 10` falls in the wrong band there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from stepline.core.errors import Place, Problem, Refused

_MOST_PLACES = 30


class ScoreRefused(Refused):
    """Readings from which nothing can be scored."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One measure at baseline and at follow-up, in one unit; `None` is unknown."""

    before: Decimal | None
    after: Decimal | None

    @property
    def readings(self) -> tuple[tuple[str, Decimal | None], ...]:
        """Both readings with their names."""
        return (("before", self.before), ("after", self.after))

    @property
    def is_known(self) -> bool:
        """Whether both readings are known."""
        return self.before is not None and self.after is not None


@dataclass(frozen=True, slots=True)
class EnzymeReading:
    """One enzyme at baseline and at follow-up, and the laboratory's upper limit of normal.

    All are in one unit, whichever it is (U/L, µkat/L); `None` is unknown. `uln_after` is the limit
    at follow-up where it is another one. `assays` are the methods at baseline and at follow-up,
    empty where not stated: LDH from pyruvate reads about twice as high as LDH from lactate.
    """

    before: Decimal | None
    after: Decimal | None
    uln: Decimal | None
    uln_after: Decimal | None = None
    assays: tuple[str, str] = ("", "")

    @property
    def is_comparable(self) -> bool:
        """Whether the two readings are of one method, or each has its own limit."""
        return self.assays[0] == self.assays[1] or self.uln_after is not None

    @property
    def pair(self) -> Pair:
        """The two readings."""
        return Pair(self.before, self.after)


def wrong_number(value: object, path: str) -> list[Problem]:
    """What keeps a value from being an exact number; `None` is a good answer."""
    if value is None or (isinstance(value, Decimal) and _is_sensible(value)):
        return []
    return [
        Problem(
            "number-not-exact",
            "A reading is an exact number or unknown.",
            Place(path=path),
            found=type(value).__name__ if not isinstance(value, Decimal) else str(value),
            allowed="a finite Decimal of at most 30 places, or None",
            mend='write Decimal("4.1"), never a float',
        )
    ]


def _is_sensible(value: Decimal) -> bool:
    """Whether a number is finite and short enough that exact arithmetic stays quick."""
    if not value.is_finite():
        return False
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return abs(exponent) <= _MOST_PLACES and abs(value.adjusted()) <= _MOST_PLACES


def outside(pair: Pair, top: Decimal | None, path: str) -> list[Problem]:
    """Readings that are no exact number, or outside 0 to `top` (no upper end where `None`)."""
    return [
        problem
        for name, value in pair.readings
        for problem in off_scale(value, top, f"{path}.{name}")
    ]


def off_scale(value: Decimal | None, top: Decimal | None, path: str) -> list[Problem]:
    """What keeps one value from being a reading from 0 to `top`."""
    wrong = wrong_number(value, path)
    if wrong or value is None or (value >= 0 and (top is None or value <= top)):
        return wrong
    return [_out_of_range(value, top, path)]


def _out_of_range(value: Decimal, top: Decimal | None, path: str) -> Problem:
    allowed = "0 or more" if top is None else f"0 to {top}"
    return Problem(
        "reading-out-of-range",
        "This reading is not on the scale.",
        Place(path=path),
        found=str(value),
        allowed=allowed,
        mend="check the value, and which form of the scale was used",
    )


def unknown_names(given: Iterable[str], allowed: Iterable[str], path: str) -> list[Problem]:
    """One problem for each name that nothing is known of."""
    names = list(allowed)
    return [
        Problem(
            "measure-unknown",
            f"Nothing here is called '{name}'.",
            Place(path=f"{path}.{name}"),
            found=name,
            allowed=", ".join(names),
        )
        for name in given
        if name not in names
    ]


def settle(problems: Iterable[Problem]) -> None:
    """Raises `ScoreRefused` with all problems; does nothing where there are none."""
    found = list(problems)
    if found:
        raise ScoreRefused(found)


def plain(number: Decimal | Fraction | None) -> int | float | None:
    """An exact number for JSON: a whole number where it is one."""
    if number is None:
        return None
    return int(number) if number == int(number) else float(number)
