"""Planned against given of each course of a review, and its machine form.

Nothing is told of a course where nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from stepline.course.adherence import adherence_of
from stepline.course.adherence_model import Adherence
from stepline.course.era_output import ratio_text, total_row
from stepline.course.model import Course
from stepline.protocol.model import Regimen
from stepline.record.index import RecordIndex

Json = dict[str, object]


def adherences(
    courses: Sequence[Course], regimens: Sequence[Regimen], index: RecordIndex, moment: datetime
) -> Mapping[int, Adherence]:
    """By the id of a course what was given of it against its regimen, where anything is known.

    A course that is ongoing is looked at up to `moment`; of it what was due by then counts.
    """
    by_id = {one.id: one for one in regimens}
    found: dict[int, Adherence] = {}
    for course in courses:
        until = moment.date() if course.ongoing else None
        one = adherence_of(course, index, by_id.get(course.regimen), until=until)
        if is_known(one):
            found[course.course_id] = one
    return found


def is_known(one: Adherence) -> bool:
    """Whether any of what a review shows is known."""
    total, delays = one.cumulative, one.delays
    is_counted = one.given_doses is not None and one.planned_doses is not None
    ratios = (one.relative_dose_intensity, one.relative_dose_intensity_at_least)
    has_total = total is not None and bool(total.exact or total.at_least)
    is_late = delays is not None and delays.longest is not None
    return is_counted or has_total or is_late or any(ratio is not None for ratio in ratios)


def adherence_json(one: Adherence | None) -> Json | None:
    """The machine form; ratios are decimals as text to four places, exact sums are text."""
    if one is None:
        return None
    return {
        "given_doses": one.given_doses,
        "planned_doses": one.planned_doses,
        "relative_dose_intensity": ratio_text(one.relative_dose_intensity),
        "relative_dose_intensity_at_least": ratio_text(one.relative_dose_intensity_at_least),
        "longest_delay_days": one.delays.longest if one.delays is not None else None,
        "cumulative_dose": total_row(one.cumulative),
        "missing": list(one.missing),
    }
