"""Event tables as NM-TRAN writes them: one row a dose, an observation, a reset.

The table is read whole, and refused whole with every problem and its line. Times, intervals and
durations stay in the table's unit of time here, so that rows at one moment stay at one moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OBSERVATION, DOSE, OTHER, RESET, RESET_AND_DOSE = range(5)
"""What EVID says a row is."""


@dataclass(frozen=True, slots=True)
class Events:
    """The rows of a table in their order; arrays have one length.

    `ids` and `times` are the texts of the file, `line` its line numbers, `spans` the first row of
    each subject and the one after its last. Numbers are in the units of the table; `lag`, `f`,
    `duration` and `modelled` (a rate) hold for the dose of their row and are NaN where the table
    has no such column. `compartment` is CMT, 0 for the model's own. `covariates` are those that the
    model takes from the table. `notes` are sentences on what a reader may not expect.
    """

    name: str
    ids: tuple[str, ...]
    times: tuple[str, ...]
    line: NDArray[np.int64]
    spans: tuple[tuple[int, int], ...]
    time: NDArray[np.float64]
    evid: NDArray[np.int64]
    amount: NDArray[np.float64]
    compartment: NDArray[np.int64]
    rate: NDArray[np.float64]
    interval: NDArray[np.float64]
    more: NDArray[np.int64]
    steady: NDArray[np.int64]
    lag: NDArray[np.float64]
    f: NDArray[np.float64]
    duration: NDArray[np.float64]
    modelled: NDArray[np.float64]
    covariates: Mapping[str, NDArray[np.float64]]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def is_dose(self) -> NDArray[np.bool_]:
        """The rows that give a dose."""
        found: NDArray[np.bool_] = (self.evid == DOSE) | (self.evid == RESET_AND_DOSE)
        return found

    @property
    def is_reset(self) -> NDArray[np.bool_]:
        """The rows that empty all compartments."""
        found: NDArray[np.bool_] = (self.evid == RESET) | (self.evid == RESET_AND_DOSE)
        return found
