"""Moments, periods and relative calendars: `stepline.core.time` is the front door.

Times are naive, by the clock of their place; dates are midnights. No clock is read anywhere.
"""

from __future__ import annotations

from stepline.core.time_calendar import RelativeCalendar
from stepline.core.time_period import Period, days_between, parse_period
from stepline.core.time_when import EARLIEST, LATEST, When, parse_date

__all__ = [
    "EARLIEST",
    "LATEST",
    "Period",
    "RelativeCalendar",
    "When",
    "days_between",
    "parse_date",
    "parse_period",
]
