"""A course of a review in its machine form."""

from __future__ import annotations

from datetime import datetime

from stepline.course.model import Course, Deviation
from stepline.engine.situation import day_of
from stepline.record.model import Record
from stepline.record.saying import say
from stepline.review.adhering import adherence_json
from stepline.review.model import Review

Json = dict[str, object]


def course_json(course: Course, review: Review) -> Json:
    """A course as plain data; what is not known or not stated is null."""
    record = review.record
    return {
        "id": course.course_id,
        "regimen": course.regimen or None,
        "title": course.title,
        "drug": course.drug,
        "intent": course.intent or None,
        "phase": course.phase or None,
        "start": _moment(course.start, course.start_exact, course.start_said, record),
        "end": _end(course, record),
        "ongoing": course.ongoing,
        "cycles": course.cycles,
        "dose": course.dose,
        "interval": course.interval or None,
        "intensity_g_per_kg_28d": str(course.intensity) if course.intensity is not None else None,
        "end_reason": course.end_reason or None,
        "deviations": [_deviation(deviation) for deviation in course.deviations],
        "score": str(course.score),
        "because": list(course.because),
        "events": list(course.event_ids),
        "adherence": adherence_json(review.adherence().get(course.course_id)),
    }


def _moment(time: datetime, exact: bool, said: str, record: Record) -> str:
    return said if said and not exact else say(record, day_of(time))


def _end(course: Course, record: Record) -> str | None:
    if course.ongoing:
        return None
    if course.end is None:
        return course.end_said or None
    return _moment(course.end, course.end_exact, course.end_said, record)


def _deviation(deviation: Deviation) -> Json:
    return {"kind": deviation.kind, "says": deviation.says, "events": list(deviation.event_ids)}
