"""What a calendar does to a plan: how far a course may move, what is given, what was missed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from stepline.core.quantity import Quantity
from stepline.dosing.numbers import quantity_json


class Move(StrEnum):
    """Where a course goes whose counted days are closed.

    `later`: the next open days. `nearest`: the nearest open days either way, the later of two
    equally near. `earliest`: the first open days of the window, also before the counted day.
    """

    LATER = "later"
    NEAREST = "nearest"
    EARLIEST = "earliest"


@dataclass(frozen=True, slots=True)
class Window:
    """How many days a course may be moved from its counted day; `None` is as far as is needed."""

    days: int | None = None
    move: Move | None = None

    @property
    def direction(self) -> Move:
        """The stated direction; `nearest` inside a window, else `later`."""
        return self.move or (Move.LATER if self.days is None else Move.NEAREST)

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {"days": self.days, "move": self.direction.value}


@dataclass(frozen=True, slots=True)
class GivenBefore:
    """A course (or, of doses in one course, a dose) that was given from a day on.

    `amount` is what it came to in all; `None` where it was given as planned.
    """

    date: dt.date
    amount: Quantity | None = None

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {"date": self.date.isoformat(), "amount": quantity_json(self.amount)}


class CatchUp(StrEnum):
    """What follows a missed course.

    `shift`: it is made up and the rest is counted from then. `keep`: it is made up and the rest
    stays on its days. `skip`: it is not made up.
    """

    SHIFT = "shift"
    KEEP = "keep"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Missed:
    """A planned course that was not given, and what is done about it."""

    date: dt.date
    policy: CatchUp
    made_up_on: dt.date | None = None

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        made = self.made_up_on.isoformat() if self.made_up_on else None
        return {"date": self.date.isoformat(), "catch_up": self.policy.value, "made_up_on": made}
