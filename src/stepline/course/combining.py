"""Which recognised courses ran together, and from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from stepline.course.era_rules import CombinationRules, EraRules
from stepline.course.eras import Exposure, eras_of
from stepline.course.lines import Line, lines_of
from stepline.course.model import Course


@dataclass(frozen=True, slots=True)
class Combination:
    """Days on which several drugs were given by courses, both ends included.

    `courses` are the ids of the courses that have a day in it. `says` names them, and what about
    its ends is not known.
    """

    start: date
    end: date
    courses: tuple[int, ...]
    drugs: tuple[str, ...]
    ongoing: bool = False
    end_known: bool = True
    says: str = ""


def combinations_of(
    courses: Sequence[Course],
    eras: EraRules,
    combining: CombinationRules,
    until: date | None = None,
) -> tuple[Combination, ...]:
    """The combinations among courses, in order.

    A course runs from its first to its last dose; courses of one drug that follow on one another
    within `eras.gap_days` are one, so that a change of regimen ends no combination. `until` is the
    last day that is known of, and needed where a course is ongoing. A course of which no day is
    known ("before day zero") lies nowhere and is in no combination.

    Raises `RecordRefused` (`ongoing-without-day`).
    """
    courses = [course for course in courses if not _is_undated(course)]
    exposures = [exposure_of(course) for course in courses]
    lines = lines_of(eras_of(exposures, eras, until), combining)
    return tuple(_combination(line, courses) for line in lines if line.is_combination)


def exposure_of(course: Course) -> Exposure:
    """A course as one exposure of its drug; its id stands for a row.

    A course that ends on the day it starts, without that end being known, has an unknown end.
    """
    start, end = course.start.date(), course.end.date() if course.end else None
    end = None if course.ongoing or _is_open(course) else end
    return Exposure(
        course.drug, start, end, course.ongoing, course.course_id, start_exact=course.start_exact
    )


def _is_open(course: Course) -> bool:
    """Whether its end says no more than that it began."""
    return course.end is not None and not course.end_exact and course.end <= course.start


def _is_undated(course: Course) -> bool:
    return not course.start_exact and not course.ongoing and _is_open(course)


def _combination(line: Line, courses: Sequence[Course]) -> Combination:
    own = [course for course in courses if course.drug in line.drugs and _meets(course, line)]
    return Combination(
        start=line.start,
        end=line.end,
        courses=tuple(course.course_id for course in own),
        drugs=line.drugs,
        ongoing=line.ongoing,
        end_known=line.end_known and all(course.end_exact or course.ongoing for course in own),
        says=_says(line, own),
    )


def _meets(course: Course, line: Line) -> bool:
    end = course.end.date() if course.end and not course.ongoing else line.end
    return course.start.date() <= line.end and end >= line.start


def _says(line: Line, own: Sequence[Course]) -> str:
    named = [course.regimen or course.title for course in own]
    unsure = sorted({c.drug for c in own if not c.start_exact})
    said = f"{' and '.join(line.drugs)} for {line.days} days: {', '.join(dict.fromkeys(named))}"
    return f"{said}; the start of {', '.join(unsure)} is not exact" if unsure else said
