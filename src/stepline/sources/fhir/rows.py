"""A row on its way into a record, and the one way in which a row can fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stepline.core.errors import Refused
from stepline.record.model import Event

ResourceKey = tuple[str, str]
"""A resource by its type and its id."""


class RowRefused(Exception):
    """One row that cannot be read. The file is still read; the row goes to quarantine."""

    def __init__(self, code: str, reason: str, mend: str = "") -> None:
        self.code = code
        self.reason = reason
        self.mend = mend
        super().__init__(reason)

    @classmethod
    def of(cls, refusal: Refused) -> RowRefused:
        """The refusal of a number, a unit or a date as the refusal of its row."""
        problem = refusal.problems[0]
        return cls(problem.code, problem.message, problem.mend)


@dataclass(frozen=True, slots=True)
class Said:
    """The moment at which a therapy was stated, and the times of the day of its doses, as coded."""

    moment: datetime
    times: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An event without its number.

    `part` orders the rows of one resource; `group` is its report or order, by resource, until it
    gets its label. `said` tells of a spell when it was stated, and at which times of the day.
    """

    event: Event
    part: int = 0
    group: ResourceKey | None = None
    said: Said | None = None


def joined(*notes: str) -> str:
    """Remarks as one text, without empty ones and each once."""
    return "; ".join(dict.fromkeys(filter(None, notes)))
