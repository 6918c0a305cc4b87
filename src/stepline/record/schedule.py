"""How often a dose is said to be given, and the single doses that follow from it.

Doses are written out one by one only where the source fixes them: a start that has a place, and a
count or two exact ends. Everything else stays one row with its interval.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from stepline.core.errors import RecordRefused, Refused
from stepline.core.time import Period, When, days_between, parse_period
from stepline.record.amounts import Amount, read_amount
from stepline.record.cell import Cell
from stepline.record.timing import Timing
from stepline.record.trouble import Trouble

MOST_DOSES = 5000
"""More rows than this from one entry are a slip in a date, not a treatment."""

T = TypeVar("T")
_UNKNOWN = "unknown"
_LONGEST_COURSE_DAYS = 31
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OVER = re.compile(r"([0-9]{1,2})(?:\s+(?:consecutive\s+)?days?)?")


@dataclass(frozen=True, slots=True)
class Schedule:
    """`every` is `None` where doses are not repeated; `over_days` where no course is split.

    `day_offsets` are the days of the doses of one course, counted from its first day as 0.
    `parts` are the listed amounts of a course that is not split equally.
    """

    every: Period | None = None
    every_unknown: bool = False
    courses: int | None = None
    over_days: int | None = None
    day_offsets: tuple[int, ...] = ()
    parts: tuple[Amount, ...] = ()
    split_stated: bool = False


def read_schedule(fields: Mapping[str, Cell], trouble: Trouble) -> Schedule:
    """The schedule of an entry from `every`, `courses`, `over`, `days` and `split`."""

    def stated(key: str, read: Callable[[Cell], T]) -> T | None:
        cell = fields.get(key)
        if cell is None or cell.text == _UNKNOWN:
            return None
        return trouble.attempt(cell, lambda: read(cell))

    every, split = fields.get("every"), fields.get("split")
    return Schedule(
        every=stated("every", _every),
        every_unknown=every is not None and every.text == _UNKNOWN,
        courses=stated("courses", _courses),
        over_days=stated("over", _over),
        day_offsets=stated("days", _offsets) or (),
        parts=stated("split", _parts) or (),
        split_stated=split is not None and split.text != _UNKNOWN,
    )


def _every(cell: Cell) -> Period:
    period = parse_period(cell.text)
    if period.is_empty:
        allowed = "a period such as P7D or P1M"
        raise _refused(cell, "every-empty", "Doses are not repeated after no time.", allowed)
    return period


def _parts(cell: Cell) -> tuple[Amount, ...]:
    if not cell.is_list and cell.text != "equal":
        allowed = "equal, unknown, or the amounts: [1 g/kg, 1 g/kg]"
        raise _refused(cell, "split-wrong", "This does not say how a course is split.", allowed)
    return tuple(read_amount(item) for item in cell.items)


def _courses(cell: Cell) -> int:
    if not isinstance(cell.scalar, int) or isinstance(cell.scalar, bool) or cell.scalar < 1:
        allowed = "a whole number from 1, or unknown"
        raise _refused(cell, "count-wrong", "Courses are counted in whole numbers.", allowed)
    return cell.scalar


def _over(cell: Cell) -> int:
    found = _OVER.fullmatch(cell.text)
    days = int(found[1]) if found else 0
    if not 1 <= days <= _LONGEST_COURSE_DAYS:
        allowed = f"1 to {_LONGEST_COURSE_DAYS} days, as in '5 consecutive days', or unknown"
        raise _refused(cell, "days-wrong", "This is not a number of days.", allowed)
    return days


def _offsets(cell: Cell) -> tuple[int, ...]:
    days = tuple(item.scalar for item in cell.items if isinstance(item.scalar, int))
    ordered = list(days) == sorted(set(days)) and len(days) == len(cell.items) > 0
    if not ordered or days[0] < 0:
        allowed = "rising whole days from the start, as in [0, 14]"
        raise _refused(cell, "days-wrong", "These are not days of one course.", allowed)
    return days


def _refused(cell: Cell, code: str, message: str, allowed: str) -> Refused:
    return RecordRefused.because(
        code, message, place=cell.place, found=cell.shown, allowed=allowed, mend="use one of these"
    )


def cycle_starts(timing: Timing, schedule: Schedule) -> tuple[When, ...] | None:
    """When each dose or course began, or `None` where the source does not fix them."""
    if not timing.start_known:
        return None
    if schedule.every is None:
        fixed = not timing.is_spell or timing.is_range or bool(schedule.day_offsets)
        return timing.starts if fixed or schedule.over_days else None
    if schedule.courses is not None:
        starts = _counted(timing.start, schedule.every, schedule.courses)
        _check_end(starts, timing)
        return starts
    if timing.end is not None and timing.end.is_exact and timing.start.is_exact:
        return _until(timing.start, schedule.every, timing.end)
    return None


def _check_end(starts: tuple[When, ...], timing: Timing) -> None:
    end = timing.end
    if timing.is_range or end is None or not end.is_exact or starts[-1].after(end) is not True:
        return
    raise RecordRefused.because(
        "courses-beyond-end",
        "The courses go on beyond the end that is stated.",
        found=f"{len(starts)} courses",
        allowed="courses that end by until",
        mend="keep courses or until, or correct one of them",
    )


def _counted(start: When, every: Period, courses: int) -> tuple[When, ...]:
    _check_number(courses)
    return tuple(later(start, every.times(number)) for number in range(courses))


def _until(start: When, every: Period, end: When) -> tuple[When, ...]:
    """Doses up to the end. A date names the last day on the drug; `M12` is a border, not a day."""
    is_day = _DATE.match(end.said) is not None
    starts: list[When] = []
    while True:
        dose = later(start, every.times(len(starts)))
        if dose.time > end.time or (dose.time == end.time and not is_day):
            return _some(tuple(starts))
        starts.append(dose)
        _check_number(len(starts))


def _some(starts: tuple[When, ...]) -> tuple[When, ...]:
    """The doses; an entry that stands for none is a slip, and would vanish without a word."""
    if not starts:
        raise RecordRefused.because(
            "doses-none",
            "No dose falls between the two ends.",
            allowed="an end after the start",
            mend="check from and until; a single dose is written with on",
        )
    return starts


def _check_number(count: int) -> None:
    if count > MOST_DOSES:
        raise RecordRefused.because(
            "doses-too-many",
            "The entry stands for more doses than a treatment has.",
            found=f"more than {MOST_DOSES}",
            allowed=f"at most {MOST_DOSES} doses",
            mend="check every, courses and the dates",
        )


def later(start: When, period: Period) -> When:
    """A moment after the start; where the start is bounded it is named by its day."""
    there = start.moved(period.after, start.said)
    if start.is_exact or period.is_empty:
        return there
    day = days_between(start.time, there.time) + 1
    return When(there.time, there.earliest, there.latest, f"{start.said}, day {day}")


def days_of_range(timing: Timing) -> int:
    """How many days `on: A..B` covers; both must be exact."""
    end = timing.end
    if end is None or not end.is_exact or not timing.start.is_exact:
        raise RecordRefused.because(
            "range-not-exact",
            "Doses on each day from one to another need two exact days.",
            allowed="2026-01-10..2026-01-14, or M0..M0+4d",
            mend="write from and over instead",
        )
    days = days_between(timing.start.time, end.time) + 1
    if days > _LONGEST_COURSE_DAYS:
        raise RecordRefused.because(
            "days-wrong",
            "A course is not spread over that many days.",
            found=f"{days} days",
            allowed=f"at most {_LONGEST_COURSE_DAYS} days",
            mend="a drug given every day is written per day (30 mg/d) with from and until",
        )
    return days


def equal_parts(total: Decimal, days: int) -> tuple[Decimal, ...]:
    """A total in equal parts that add up to it exactly.

    Where the parts do not end within six decimal places (2 g/kg over 3 days), all but the last are
    rounded to six, a microgram in a gram, and the last takes the rest.
    """
    part = (total / days).quantize(Decimal("0.000001"))
    parts = [part.normalize()] * (days - 1)
    rest = total - part * (days - 1)
    return tuple(_plain(number) for number in (*parts, rest))


def _plain(number: Decimal) -> Decimal:
    """Without an exponent and without trailing zeros."""
    return Decimal(format(number.normalize(), "f"))


def on_day(start: When, offset: int) -> When:
    """The moment so many days after the start of a course."""
    return later(start, Period(days=offset)) if offset else start
