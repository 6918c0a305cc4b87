"""Reads the numbers of protocol files: quantities, periods, ranges, counts and days."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from stepline.core.errors import ProtocolRefused
from stepline.core.quantity import Quantity, comparable, order, parse_quantity
from stepline.core.time import Period, parse_period
from stepline.protocol.model import Basis, PeriodRange, QuantityRange
from stepline.protocol.problems import Path, Problems

T = TypeVar("T")

UNITS_OF_BASIS: dict[Basis, tuple[str, ...]] = {
    Basis.COURSE_TOTAL: ("g/kg", "g/m2", "g"),
    Basis.PER_DOSE: ("g/kg", "g/m2", "g"),
    Basis.PER_DAY: ("g/kg/d", "g/m2/d", "g/d"),
}
"""What the dose of each basis is told in, up to a factor."""

_EXAMPLES = {
    Basis.COURSE_TOTAL: "2 g/kg, 1500 mg/m2, 120 g",
    Basis.PER_DOSE: "400 mg/kg, 375 mg/m2, 1 g",
    Basis.PER_DAY: "1.5 mg/kg/d, 90 mg/d",
}
_BASIS_SAID = {
    Basis.COURSE_TOTAL: "a course total",
    Basis.PER_DOSE: "a single dose",
    Basis.PER_DAY: "a daily dose",
}
_MOST_DAYS = 366
"""A course over more days than a year is a slip."""
_DAYS = re.compile(r"([0-9]+)(?: (?:consecutive )?days?)?")
_OFFSET = re.compile(r"D([0-9]+)")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads texts at paths of one file, and reports what cannot be read."""

    problems: Problems

    def quantity(self, text: str, path: Path) -> Quantity | None:
        """A quantity such as `2 g/kg`; `None` for no text and for a text that was refused."""
        read = self.problems.attempt(parse_quantity, text, path) if text else None
        return read[0] if read else None

    def period(self, text: str, path: Path) -> Period | None:
        """A period such as `P28D`, longer than nothing."""
        period = self.problems.attempt(parse_period, text, path) if text else None
        if period is not None and period.is_empty:
            self.problems.add(
                "period-zero",
                path,
                "A period of no length means nothing here.",
                found=text,
                allowed="a period longer than P0D",
                mend="Write the time that is meant, such as P28D.",
            )
            return None
        return period

    def dose(self, basis: Basis, text: str, path: Path) -> Quantity | None:
        """A dose whose unit fits what it is the dose of."""
        quantity = self.quantity(text, path)
        if quantity is None or fits_basis(basis, quantity.unit):
            return quantity
        self.problems.add(
            "dose-unit-for-basis",
            path,
            f"{_BASIS_SAID[basis].capitalize()} cannot be told in {quantity.unit}.",
            found=text,
            allowed=_EXAMPLES[basis],
            mend=_mend_unit(basis, quantity.unit),
        )
        return None

    def count(self, number: int | None, path: Path, what: str) -> int | None:
        """A number of things that happen at least once."""
        if number is None or number >= 1:
            return number
        self.problems.add(
            "count-below-one",
            path,
            f"There must be at least one of: {what}.",
            found=str(number),
            allowed="1 or more",
            mend=f"Write how many {what} there are, or leave the key out.",
        )
        return None

    def days(self, written: int | str, path: Path) -> int:
        """A number of days from `5` or `5 consecutive days`; 1 where it cannot be read."""
        match = _DAYS.fullmatch(str(written).strip())
        if match and int(match[1]) <= _MOST_DAYS:
            return self.count(int(match[1]), path, "days") or 1
        self.problems.add(
            "days-unreadable",
            path,
            "This is no number of days.",
            found=str(written),
            allowed=f"5 consecutive days, 1 day, 5; up to {_MOST_DAYS} days",
            mend="Write a whole number of days.",
        )
        return 1

    def offsets(self, written: list[str], path: Path) -> tuple[int, ...]:
        """The days of doses within a course, from `D0`, in rising order; empty where unreadable."""
        matches = [_OFFSET.fullmatch(text) for text in written]
        days = tuple(int(match[1]) for match in matches if match)
        in_order = list(days) == sorted(set(days)) and max(days, default=0) < _MOST_DAYS
        if len(days) == len(written) and in_order:
            return days
        self.problems.add(
            "offsets-unreadable",
            path,
            "The days of doses are counted from D0, each once, in order, within a year.",
            found=", ".join(written),
            allowed="[D0, D14]",
            mend="Write each day as D and a number, the first day being D0.",
        )
        return ()

    def days_range(self, written: int | str, path: Path) -> tuple[int, int] | None:
        """A range of whole numbers from `2..5` or `4`."""
        ends = self._range(str(written), path, _whole, "2..5, or 4") if written != "" else None
        if ends is None or not self._in_order(ends[0] <= ends[1], str(written), path):
            return None
        low = self.count(ends[0], path, "days or doses")
        return None if low is None else ends

    def period_range(self, text: str, path: Path) -> PeriodRange | None:
        """A range of periods from `P3W..P6W`."""
        ends = self._range(text, path, parse_period, "P3W..P6W") if text else None
        if ends is None:
            return None
        rising = ends[0].shortest_days <= ends[1].longest_days
        return PeriodRange(*ends) if self._in_order(rising, text, path) else None

    def quantity_range(self, text: str, path: Path) -> QuantityRange | None:
        """A range of quantities from `1.6..2.2 g/kg`; both ends are told in the one unit."""
        number, _, unit = re.sub(r"\s*\.\.\s*", "..", text).partition(" ")

        def read(end: str) -> Quantity:
            return parse_quantity(f"{end} {unit}")[0]

        ends = self._range(number, path, read, "1.6..2.2 g/kg") if text else None
        if ends is None:
            return None
        rising = order(ends[0], ends[1]) <= 0
        return QuantityRange(*ends) if self._in_order(rising, text, path) else None

    def _range(
        self, text: str, path: Path, read: Callable[[str], T], allowed: str
    ) -> tuple[T, T] | None:
        ends = text.split("..")
        if len(ends) > 2 or not all(ends):
            self.problems.add(
                "range-unreadable",
                path,
                "This is no range.",
                found=text,
                allowed=allowed,
                mend="Write the lower end, two points and the upper end.",
            )
            return None
        low = self.problems.attempt(read, ends[0].strip(), path)
        high = self.problems.attempt(read, ends[-1].strip(), path) if len(ends) == 2 else low
        return None if low is None or high is None else (low, high)

    def _in_order(self, rising: bool, text: str, path: Path) -> bool:
        if not rising:
            self.problems.add(
                "range-reversed",
                path,
                "The range ends below its beginning.",
                found=text,
                allowed="the lower end first",
                mend="Exchange the two ends.",
            )
        return rising


def fits_basis(basis: Basis, unit: str) -> bool:
    """Whether a dose of this basis can be told in a unit; a daily dose is told per day (`/d`)."""
    if basis is Basis.PER_DAY and not unit.endswith("/d"):
        return False
    return any(comparable(unit, one) for one in UNITS_OF_BASIS[basis])


def _mend_unit(basis: Basis, unit: str) -> str:
    if basis is not Basis.PER_DAY and unit.endswith(("/d", "/wk")):
        return "Leave the time out, or write it as daily: …/d."
    if basis is Basis.PER_DAY and any(comparable(unit, one) for one in ("g", "g/kg", "g/m2")):
        return f"Write {unit}/d, or write it as dose: with repeat: every."
    return "Write a mass, a mass per kilogram or a mass per square metre" + (
        ", per day (/d)." if basis is Basis.PER_DAY else "."
    )


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]+", text):
        raise ProtocolRefused.because(
            "range-unreadable",
            "This is no whole number.",
            found=text,
            allowed="2..5, or 4",
            mend="Write whole numbers.",
        )
    return int(text)
