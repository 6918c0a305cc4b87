"""The rest of a course in progress: what is left of it, on the days that are left to it.

A day gets at most what was ordered for it, and the course never more than its total: what too small
days lack is told and not made up for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from stepline.core.quantity import Quantity, in_unit
from stepline.dosing.dose import Body, CourseDose
from stepline.dosing.numbers import quantity_of, say
from stepline.dosing.plan_amounts import Amounts, caps_of_course, offsets_of, portions_on, total_mg
from stepline.dosing.plan_model import OpenDays, PlanRequest, in_unit_of
from stepline.dosing.refusing import DosingRefused
from stepline.dosing.rounding import Caps

_LONGEST_SEARCH = 60


@dataclass(frozen=True, slots=True)
class Rest:
    """The days that are left of a course and what they get.

    `given` is what the course came to before; `short` what it lacks in the end, nothing being
    rounded, and is zero where the days left can hold all that is left.
    """

    days: tuple[dt.date, ...]
    amounts: Amounts
    given: Quantity
    short: Quantity


def rest_of(request: PlanRequest, course: CourseDose, body: Body) -> Rest | None:
    """The rest of the course in progress; `None` where none is.

    Raises `DosingRefused`: `course-given-in-full`, `no-open-days`, and as `portions_on`.
    """
    if not request.given_days:
        return None
    total = in_unit(course.course_total, "mg")
    given = given_mg(request, course)
    count = len(offsets_of(request.regimen)) - len(request.given_days)
    left = total - given
    if left <= 0:
        raise _in_full(course, given)
    each = min(in_unit(course.per_day, "mg"), left / count)
    caps = Caps(caps_of_course(request, body).day, _mass(left, course))
    amounts = portions_on(request, _mass(each, course), count, caps)
    days = _open_days(request.start, count, request.open_days)
    return Rest(days, amounts, _mass(given, course), _mass(left - each * count, course))


def given_mg(request: PlanRequest, course: CourseDose) -> Fraction:
    """What the course in progress came to; a day without an amount counts as ordered."""
    return total_mg((one.amount or course.per_day, 1) for one in request.given_days)


def _mass(mg: Fraction, course: CourseDose) -> Quantity:
    return in_unit_of(quantity_of(mg, "mg"), course.course_total.unit)


def _in_full(course: CourseDose, given: Fraction) -> DosingRefused:
    return DosingRefused.because(
        "course-given-in-full",
        "Nothing is left of the course in progress.",
        found=f"{say(_mass(given, course))} given",
        allowed=f"less than the course total of {say(course.course_total)}",
        mend="state it with --given as a course, and plan the next",
    )


def _open_days(first: dt.date, count: int, open_days: OpenDays) -> tuple[dt.date, ...]:
    """The first open days from a day on."""
    days = (first + dt.timedelta(days=number) for number in range(_LONGEST_SEARCH))
    found = tuple(day for day in days if open_days.holds(day))[:count]
    if len(found) < count:
        raise DosingRefused.because(
            "no-open-days",
            f"Fewer than {count} days are open within {_LONGEST_SEARCH} days of {first}.",
            found=first.isoformat(),
            mend="open more days",
        )
    return found
