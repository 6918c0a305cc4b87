"""A plan as lines of treatment: which doses stand in one request, and which of them are alike.

Where every course is one dose, the whole plan is one request; else each course is one. Doses of
following courses that are alike in all but their date become one instruction with several dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from stepline.dosing.plan_model import Plan, PlannedDose


@dataclass(frozen=True, slots=True)
class Line:
    """The doses of one request, alike ones together. `course` is `None` where it holds them all."""

    course: int | None
    spans: tuple[tuple[PlannedDose, ...], ...]

    @property
    def doses(self) -> tuple[PlannedDose, ...]:
        """All doses, by date."""
        return tuple(dose for span in self.spans for dose in span)


def lines_of(plan: Plan) -> tuple[Line, ...]:
    """The requests of a plan."""
    if plan.courses == len(plan.doses):
        alike = groupby(plan.doses, key=lambda dose: (dose.portion, dose.per, _stretch(dose)))
        return (Line(None, tuple(tuple(span) for _, span in alike)),)
    by_course = groupby(plan.doses, key=lambda dose: dose.course)
    return tuple(Line(course, tuple((dose,) for dose in doses)) for course, doses in by_course)


def is_stretch(dose: PlannedDose) -> bool:
    """Whether the portion is given on every day of a stretch, not on its date alone."""
    return dose.days is None or dose.days > 1 or dose.until is not None


def _stretch(dose: PlannedDose) -> object:
    return dose.date if is_stretch(dose) else None
