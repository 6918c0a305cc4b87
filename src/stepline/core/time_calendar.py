"""A calendar counted from a day zero that may have no date: `M6`, `D14`, `W3`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from stepline.core.errors import Refused, TimeRefused
from stepline.core.time_period import Period

DAY_ZERO = datetime(2000, 1, 1)
"""Where day zero is laid on the axis when its date is not known: the first of a month, so that
calendar months from it never need clamping."""

_ALLOWED = "a moment counted from day zero: M6, W3, D14, M6+3d, M6-2d, or one with a minus, D-7"
_RELATIVE = re.compile(
    r"(?P<sign>-)?(?P<unit>[MWDY])(?P<minus>-)?(?P<count>[0-9]{1,5})(?P<rest>.*)"
)
_REST = re.compile(r"\s*(?P<sign>[+-])\s*(?P<count>[0-9]{1,4})\s*(?P<unit>d|days?|wk|w|weeks?)")
_FARTHEST_MONTHS = 1200
"""A hundred years: nothing in one record lies further from its day zero."""


@dataclass(frozen=True, slots=True)
class RelativeCalendar:
    """Moments counted from `day_zero` (naive).

    `M6` is six calendar months after it (the same day of the sixth month, or its last day), `W3`
    is 21 days after it, `D14` is 14 days after it. `M0` is day zero itself, and the moment of the
    first dose is `M0`, not `M1`: these are offsets, not ordinals.
    """

    day_zero: datetime = DAY_ZERO

    def parse(self, text: str) -> datetime:
        """The moment meant by `M6`, `W3`, `D14`, `Y2`, `D-7` or `M6+3d`.

        Raises `TimeRefused` (`moment-unreadable`, `moment-out-of-range`).
        """
        found = _RELATIVE.fullmatch(text.strip())
        if found is None or (found["sign"] and found["minus"]):
            raise _refused("moment-unreadable", "This is not a moment counted from day zero.", text)
        backwards = bool(found["sign"] or found["minus"])
        moment = self._counted(found["unit"], int(found["count"]), text, backwards=backwards)
        return moment + self._rest(found["rest"], text)

    def say(self, moment: datetime) -> str:
        """How a moment is spoken of: `M6`, `M6+3d`, `D14`, `D-7`; `parse` reads it back.

        A time of day is not said. Before day zero, days are counted.
        """
        days = (moment.date() - self.day_zero.date()).days
        if days < 0:
            return f"D-{-days}"
        months = self._whole_months(moment)
        over = (moment.date() - self._month(months).date()).days
        if months == 0 and over:
            return f"D{over}"
        return f"M{months}+{over}d" if over else f"M{months}"

    def _counted(self, unit: str, count: int, text: str, *, backwards: bool) -> datetime:
        months = {"Y": 12 * count, "M": count}.get(unit, 0)
        days = {"W": 7 * count, "D": count}.get(unit, 0)
        if months > _FARTHEST_MONTHS or days > 31 * _FARTHEST_MONTHS:
            raise _refused("moment-out-of-range", "The moment is a century from day zero.", text)
        period = Period(months, days)
        return period.before(self.day_zero) if backwards else period.after(self.day_zero)

    def _rest(self, rest: str, text: str) -> timedelta:
        if not rest:
            return timedelta()
        found = _REST.fullmatch(rest)
        if found is None:
            raise _refused("moment-unreadable", "This is not a moment counted from day zero.", text)
        days = int(found["count"]) * (7 if found["unit"].startswith("w") else 1)
        return timedelta(days=-days if found["sign"] == "-" else days)

    def _month(self, count: int) -> datetime:
        return Period(count).after(self.day_zero)

    def _whole_months(self, moment: datetime) -> int:
        """The most calendar months that fit between day zero and the day of a moment."""
        zero = self.day_zero
        months = (moment.year - zero.year) * 12 + moment.month - zero.month
        return months if self._month(months).date() <= moment.date() else months - 1


def _refused(code: str, message: str, found: str) -> Refused:
    return TimeRefused.because(
        code, message, found=found[:40], allowed=_ALLOWED, mend="write it as in the examples"
    )
