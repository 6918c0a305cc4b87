"""Planned against given of a course as one short line."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import Quantity
from stepline.course.adherence_model import Adherence, Total
from stepline.course.model import Course
from stepline.dosing.numbers import say, shown
from stepline.review.model import Review

_TEN_GRAMS = 10_000
"""In milligrams."""


def adherence_line(course: Course, review: Review) -> str:
    """Doses of those planned, dose intensity, the longest delay and the sum; empty if unknown."""
    one = review.adherence().get(course.course_id)
    return ", ".join(_parts(one, course)) if one is not None else ""


def _parts(one: Adherence, course: Course) -> Iterator[str]:
    if one.given_doses is not None and one.planned_doses is not None:
        yield f"{one.given_doses} of {one.planned_doses} {'days' if course.daily else 'doses'}"
    if one.relative_dose_intensity is not None:
        yield f"dose intensity {_percent(one.relative_dose_intensity)}"
    elif one.relative_dose_intensity_at_least is not None:
        yield f"dose intensity at least {_percent(one.relative_dose_intensity_at_least)}"
    if one.delays is not None and one.delays.longest:
        days = one.delays.longest
        yield f"longest delay {days} {'day' if days == 1 else 'days'}"
    if one.cumulative is not None:
        yield from _sum(one.cumulative)


def _percent(share: Fraction) -> str:
    return f"{shown(share * 100, 0)} %"


def _sum(total: Total) -> Iterator[str]:
    """The sum to two decimals; what is known of it where a part is not."""
    if total.exact:
        yield f"{_amount(total.exact, total.unit)} in all"
    elif total.at_least:
        yield f"at least {_amount(total.at_least, total.unit)} in all"


def _amount(sum_of: Decimal, unit: str) -> str:
    """From ten grams on in grams."""
    if unit == "mg" and sum_of >= _TEN_GRAMS:
        return say(Quantity(sum_of / 1000, "g"))
    return say(Quantity(sum_of, unit))
