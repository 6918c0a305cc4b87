"""Linear disposition as modes: the central amount is a sum of exponentials that never mix.

A mammillary model with rates k10, k12/k21, k13/k31 has a rate matrix that a diagonal scaling makes
symmetric, so that its eigenvalues are real and the share of mode i in a unit bolus is the square
of the first component of its unit eigenvector: shares are never negative and add up to 1, also
where two rates are equal. Each mode then obeys dx/dt = -rate·x + share·(input into the central
compartment), exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepline.forecast.model import Structure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

MOST = 3
"""Compartments at most, the depot aside."""


@dataclass(frozen=True, slots=True)
class Modes:
    """The modes of n persons.

    `rates` (n × m, per day, rising) and `shares` (n × m) of m modes; `volume` (n, L) of the
    central compartment; `absorption` (n, per day) out of the depot, 0 where there is none.
    """

    rates: NDArray[np.float64]
    shares: NDArray[np.float64]
    volume: NDArray[np.float64]
    absorption: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.volume)


def modes(structure: Structure, values: Mapping[str, ArrayLike]) -> Modes:
    """The modes of one person or of many: `values` holds a number or an array for each parameter.

    Names and units as in `model.NEEDS` and `model.MAY`.
    """
    import numpy as np

    named = {
        key: np.atleast_1d(np.asarray(value, dtype=np.float64)) for key, value in values.items()
    }
    count = max(len(one) for one in named.values())
    held = {key: np.broadcast_to(one, (count,)) for key, one in named.items()}
    volume = held["vc"]
    out, links = _rates(structure, held)
    size = 1 + len(links)
    matrix = np.zeros((count, size, size))
    matrix[:, 0, 0] = out + sum((away for away, _ in links), np.zeros(count))
    for at, (away, back) in enumerate(links, start=1):
        matrix[:, at, at] = back
        matrix[:, 0, at] = matrix[:, at, 0] = -np.sqrt(away * back)
    rates, vectors = np.linalg.eigh(matrix)
    # The rates multiply to out × all rates back; the slowest keeps its digits beside fast ones so.
    backs = np.prod([back for _, back in links], axis=0) if links else 1.0
    rates[:, 0] = out * backs / np.prod(rates[:, 1:], axis=1)
    absorption = held.get("ka", np.zeros(count))
    return Modes(
        np.ascontiguousarray(rates),
        np.ascontiguousarray(vectors[:, 0, :] ** 2),
        np.ascontiguousarray(volume),
        np.ascontiguousarray(absorption),
    )


def _rates(
    structure: Structure, held: Mapping[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], list[tuple[NDArray[np.float64], NDArray[np.float64]]]]:
    """The rate out of the body, and for each peripheral compartment those into and out of it."""
    if structure is Structure.LINEAR_RATES:
        pairs = (("k12", "k21"), ("k13", "k31"))
        return held["ke"], [(held[a], held[b]) for a, b in pairs if a in held]
    central = held["vc"]
    pairs = (("q", "vp"), ("q2", "vp2"))
    links = [(held[q] / central, held[q] / held[v]) for q, v in pairs if q in held]
    return held["cl"] / central, links


def half_lives(one: Modes) -> NDArray[np.float64]:
    """Half-lives in days (n × m), longest first: ln 2 over each rate."""
    import numpy as np

    found: NDArray[np.float64] = np.log(2) / one.rates
    return found
