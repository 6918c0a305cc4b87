"""A course as a row: the keys that tables of truth and of recognition share."""

from __future__ import annotations

from stepline.course.model import Course
from stepline.record.model import Record


def course_row(course: Course, record: Record) -> dict[str, object]:
    """The row of a course; an unnamed course has an empty regimen, an open end is `None`.

    On a relative calendar `start` and `end` lie on the record's own axis, whose day zero is
    `day_zero`. `score` is a decimal as text from 0 to 1.
    """
    row: dict[str, object] = {
        "subject_id": record.subject.subject_id,
        "regimen": course.regimen,
        "intent": course.intent,
        "phase": course.phase,
        "start": course.start.date().isoformat(),
        "end": course.end.date().isoformat() if course.end and not course.ongoing else None,
        "end_reason": course.end_reason,
        "deviations": [
            {"kind": one.kind, "says": one.says, "events": list(one.event_ids)}
            for one in course.deviations
        ],
        "score": str(course.score),
        "because": list(course.because),
        "course": course.course_id,
        "drug": course.drug,
        "title": course.title,
        "dose": course.dose,
        "interval": course.interval,
        "intensity": str(course.intensity) if course.intensity is not None else None,
        "cycles": course.cycles,
    }
    if record.calendar == "relative" and record.day_zero is not None:
        row["day_zero"] = record.day_zero.date().isoformat()
    return row
