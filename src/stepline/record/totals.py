"""Amounts that are no single dose, as the note of a row says them: totals, and means a day."""

from __future__ import annotations

import re

COURSE_TOTAL = "the dose is the total of a course"
"""In the note of a row whose dose is that of all the days of a course."""
MONTH_TOTAL = "the dose is the total of a month"
"""In the note of a row whose dose is all that is given in a month."""
WEEK_TOTAL = "the dose is the total of a week"
"""In the note of a row whose dose is all that is given in a week."""
ALTERNATE_DAYS = "alternate-days"
"""In the note of a row of which what is taken a day is a mean of two days."""

_OVER = re.compile(rf"{COURSE_TOTAL} over (\d+) days?\b")
_ON_EACH = re.compile(rf"{COURSE_TOTAL} over [^;]* on each")


def over_days(days: object, each: str = "") -> str:
    """The note of a total over so many days, `5` or `2 to 5`; `each` where the split is told."""
    said = f"{COURSE_TOTAL} over {days} {'day' if str(days) == '1' else 'days'}"
    return f"{said}, {each} on each" if each else said


def days_of_course(note: str) -> int | None:
    """Over how many days the total of a row is given; `None` where that is not told exactly."""
    if COURSE_TOTAL not in note:  # most notes are of other things, and this is asked of every dose
        return None
    found = _OVER.search(note)
    return int(found[1]) if found else None


def is_undivided(note: str) -> bool:
    """Whether an amount is a total of which it is not told how it is divided."""
    if MONTH_TOTAL in note or WEEK_TOTAL in note:
        return True
    return COURSE_TOTAL in note and not _ON_EACH.search(note) and days_of_course(note) != 1
