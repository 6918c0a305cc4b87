"""What a forecast is: a course with its bands, troughs and peaks, and the fit behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from stepline.forecast.driving import Driving, Given, Measured
from stepline.forecast.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepline.forecast.fitting import Fit

DRAWS = 1000
SEED = 20261
"""The seed of the draws where none is asked for; the same question has the same answer."""
CREED = (
    "Typical values of a population for a professional to weigh, not for the care of a patient; "
    "it orders nothing."
)


@dataclass(frozen=True, slots=True)
class Band:
    """A value, and where 90 % lie; `low` and `high` are `None` where a model has no variability."""

    value: float
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Cycle:
    """Doses given together: `trough` right before the first, `peak` the highest until the next."""

    start: datetime
    doses: tuple[Given, ...]
    trough: Band
    peak: Band

    @property
    def amount(self) -> Decimal:
        """What is given in all."""
        return sum((one.amount for one in self.doses), Decimal(0))


@dataclass(frozen=True, slots=True)
class Below:
    """When a forecast is first below a limit after the day of judgement; `None`: not by its end.

    `soonest` and `latest` are those of the ends of the band, `None` also where there is no band.
    """

    limit: float
    line: datetime | None
    soonest: datetime | None
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A measured value beside what the forecast gives; `weighted` after a fit alone."""

    measured: Measured
    predicted: float
    weighted: float | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one model forecasts. `times` are days from `driving.zero`; `low` and `high` the band.

    `basis` is `typical` (no variability is reported), `population` or `individual` (after a fit).
    `no_fit` says why there is none where values were measured. `last` is the value at the end.
    """

    model: Model
    driving: Driving
    basis: str
    times: NDArray[np.float64]
    line: NDArray[np.float64]
    low: NDArray[np.float64] | None
    high: NDArray[np.float64] | None
    cycles: tuple[Cycle, ...]
    seen: tuple[Seen, ...]
    last: Band
    values: Mapping[str, float]
    half_life: float | None
    fit: Fit | None = None
    no_fit: str = ""
    outside: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    draws: int = DRAWS
    seed: int = SEED


def figure(value: float) -> str:
    """A forecast value with one decimal, from a hundred on with none."""
    return f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
