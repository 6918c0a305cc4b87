"""What the note of a row says of its dose: totals, means a day, and that it was stated again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

COURSE_TOTAL = "the dose is the total of a course"
"""In the note of a row whose dose is that of all the days of a course."""
MONTH_TOTAL = "the dose is the total of a month"
"""In the note of a row whose dose is all that is given in a month."""
WEEK_TOTAL = "the dose is the total of a week"
"""In the note of a row whose dose is all that is given in a week."""
ALTERNATE_DAYS = "alternate-days"
"""In the note of a row of which what is taken a day is a mean of two days."""

_OF_A_TIME = re.compile(r"the dose is the total of (?:a week|a month|each \d+ (?:day|week|month))")
_OVER = re.compile(rf"{COURSE_TOTAL} over (\d+) days?\b")
_ON_EACH = re.compile(rf"{COURSE_TOTAL} over [^;]* on each")


def total_of_each(said: str) -> str:
    """The note of an amount that is all that is given in each of such times, `4 weeks`."""
    return f"the dose is the total of each {said}"


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


def is_of_a_time(note: str) -> bool:
    """Whether an amount is that of a week, a month or of so many weeks, however it is divided."""
    return "the total of " in note and _OF_A_TIME.search(note) is not None


def is_undivided(note: str) -> bool:
    """Whether an amount is a total of which it is not told how it is divided."""
    if is_of_a_time(note):
        return True
    return COURSE_TOTAL in note and not _ON_EACH.search(note) and days_of_course(note) != 1


# ---------------------------------------------------------------- stated again

_AGAIN = re.compile(r"stated again: ((?:\d{4}-\d\d-\d\d(?:, )?)+)")


def stated_again(days: Iterable[date]) -> str:
    """The note of a row that its source states again on these days."""
    return f"stated again: {', '.join(day.isoformat() for day in sorted(set(days)))}"


def days_stated(note: str) -> tuple[date, ...]:
    """The days on which a row was stated again, in order."""
    found = _AGAIN.search(note) if "stated again" in note else None
    return tuple(map(date.fromisoformat, found[1].strip(", ").split(", "))) if found else ()


def stated_by(note: str, day: date) -> str:
    """The note as it was on a day: later statements are not in it."""
    days = days_stated(note)
    known = [one for one in days if one <= day]
    if len(known) == len(days):
        return note
    said = stated_again(known) if known else ""
    parts = [said if part == stated_again(days) else part for part in note.split("; ")]
    return "; ".join(part for part in parts if part)
