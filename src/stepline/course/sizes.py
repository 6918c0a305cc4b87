"""Body weight beside a daily dose: what is known then, without weights that cannot be right."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median_low

from stepline.core.quantity import comparable, factor
from stepline.record.index import RecordIndex

ODD = Decimal("1.5")
"""A weight that differs by this factor from those around it does not decide (unconfirmed)."""
AROUND = 4
"""How many weights before and after are around it."""
LATER = 183
"""Days: a weight measured so much later stands in where none is known (the vocabulary's freshness
of a weight, half a year)."""
ADULT = (Decimal(30), Decimal(300))
"""Kilograms of an adult, wide (unconfirmed): they only exclude."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight in kilograms; `kind` is `weight-odd` or `weight-later` where it needs a remark."""

    kilograms: Decimal
    kind: str = ""
    says: str = ""


class Weights:
    """The weights of a record in order, found by bisection."""

    __slots__ = ("_all", "_days", "_good", "_good_days")

    def __init__(self, index: RecordIndex) -> None:
        known: list[tuple[int, Decimal]] = []
        for event in index.of("weight"):
            if event.value is not None and event.unit and comparable(event.unit, "kg"):
                ratio = factor(event.unit, "kg")
                kilograms = event.value * ratio.numerator / ratio.denominator
                if kilograms > 0:
                    known.append((event.time.toordinal(), kilograms))
        self._all = known
        self._good = [one for n, one in enumerate(known) if not _is_odd(n, known)]
        self._days = [day for day, _ in self._all]
        self._good_days = [day for day, _ in self._good]

    def at(self, moment: datetime) -> Weight | None:
        """The last weight by a moment, else the first within half a year after; `None` if none."""
        day = moment.toordinal()
        place = bisect_right(self._good_days, day)
        latest = bisect_right(self._days, day)
        if place:
            own = self._good[place - 1]
            if latest and self._all[latest - 1] != own:
                said = f"{_plain(self._all[latest - 1][1])} kg differs from the weights around it"
                return Weight(own[1], "weight-odd", said)
            return Weight(own[1])
        if place < len(self._good) and self._good_days[place] - day <= LATER:
            days = self._good_days[place] - day
            return Weight(self._good[place][1], "weight-later", f"weighed {days} days later")
        return None


def weights_of(index: RecordIndex) -> Weights:
    """The weights of a record, laid out once."""
    found = index.memo.get("weights")
    if not isinstance(found, Weights):
        found = index.memo["weights"] = Weights(index)
    return found


def _is_odd(number: int, known: list[tuple[int, Decimal]]) -> bool:
    """Whether a weight differs from the middle of those around it, itself among them."""
    around = [kg for _, kg in known[max(0, number - AROUND) : number + AROUND + 1]]
    if len(around) == 1:
        return False
    own = known[number][1]
    others = [max(around), min(around)] if len(around) == 2 else [median_low(around)]
    return any(own > ODD * other or other > ODD * own for other in others)


def _plain(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.1')).normalize():f}"
