"""What a review foresees where it is asked to: series, comparisons, the next trough, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from stepline.core.evidence import Evidence
from stepline.engine.finding import Missing


@dataclass(frozen=True, slots=True)
class Series:
    """The course that a model gives at `times`; `low` and `high` hold 90 %, empty without a band.

    It ends at the next trough, or at the moment of the review where no next dose is known.
    """

    times: tuple[datetime, ...]
    line: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """A measured value beside what was forecast from the `earlier` values before it.

    `below` is the limit where the value is known only to lie below one. The band is that of a
    measurement, or of the true value where the model reports no error of measurement.
    `is_within` is `None` where that cannot be told.
    """

    event_id: int
    time: datetime
    time_said: str
    measured: Decimal | None
    below: Decimal | None
    expected: float
    low: float | None
    high: float | None
    earlier: int
    is_within: bool | None
    with_error: bool = True


@dataclass(frozen=True, slots=True)
class Expected:
    """A value expected at a moment, with its 90 % band.

    `kind` is `trough` (right before the next dose), or `now` where the next dose is overdue or no
    day is known for it. `by` tells how the day is known: `planned`, `ordered`, `interval`, `none`.
    """

    kind: str
    time: datetime
    time_said: str
    value: float
    low: float | None
    high: float | None
    by: str
    says: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What one model says of one drug.

    `statuses` are those of its evidence. Where nothing can be said `series` is `None` and `missing`
    holds why, and what would settle it. `details` is the whole forecast in machine form.
    """

    drug: str
    drug_title: str
    measures: str
    title: str
    unit: str
    model: str
    version: str
    label: str
    says: str
    because: str
    basis: str
    statuses: tuple[str, ...]
    series: Series | None = None
    compared: tuple[Compared, ...] = ()
    expected: Expected | None = None
    sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class NotForeseen:
    """What is not forecast, and why."""

    what: str
    says: str
    measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Foresight:
    """Every forecast of a review, and what is refused."""

    drugs: tuple[Foreseen, ...]
    refused: tuple[NotForeseen, ...]
    creed: str
