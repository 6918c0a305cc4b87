"""The machine form of a review. `review.schema.json` beside this file describes it."""

from __future__ import annotations

from datetime import datetime

from stepline.engine.finding import Missing
from stepline.record.model import Record
from stepline.review.courses_output import course_json
from stepline.review.foreseeing_output import foresight_json
from stepline.review.model import (
    Advice,
    Because,
    Due,
    PathwayFit,
    ResponseAt,
    Review,
    Statement,
    Stay,
    Switch,
    Tried,
    Working,
)
from stepline.scores.values import plain

SCHEMA_VERSION = "1.3.0"

Json = dict[str, object]


def as_json(review: Review) -> Json:
    """The review as plain data. Moments are dates, or "M6" and "after M24" without dates."""
    record = review.record
    main = [stay for stay in review.current if not stay.parallel]
    return {
        "schema": SCHEMA_VERSION,
        "subject": _subject(record, review.as_of),
        "as_of": review.as_of_said,
        "pathway": _fit(review.pathway) if review.pathway else None,
        "considered": [_fit(fit) for fit in review.considered],
        "summary": list(review.summary),
        "courses": [course_json(course, review) for course in review.courses],
        "step": _stay(main[-1]) if main else None,
        "steps": [_stay(stay) for stay in review.stays],
        "findings": [statement_json(statement) for statement in review.findings],
        "response": [_response(one) for one in review.responses],
        "relapse": [statement_json(statement) for statement in review.relapses.statements()],
        "states": [statement_json(statement) for statement in review.states],
        "tried": [_tried(one) for one in review.tried],
        "switches": [_switch(one) for one in review.switches],
        "advice": [_advice(advice) for advice in review.advice],
        "alerts": [statement_json(statement) for statement in review.alerts],
        "safety": [statement_json(statement) for statement in review.safety],
        "due": [_due(one) for one in review.due],
        "forecast": None if review.forecast is None else foresight_json(review.forecast),
        "missing": [_missing(missing) for missing in review.missing],
        "quarantine": [
            {
                "source": q.source,
                "place": q.place,
                "code": q.code,
                "reason": q.reason,
                "mend": q.mend,
            }
            for q in record.quarantine
        ],
        "notes": list(record.notes),
        "evidence": [evidence.as_json() for evidence in review.evidence],
    }


def _subject(record: Record, moment: datetime) -> Json:
    subject = record.subject
    years = subject.age_at(moment)
    return {
        "subject_id": subject.subject_id,
        "sex": subject.sex or None,
        "age_years": str(years) if years is not None else None,
        "calendar": record.calendar,
        "day_zero": record.day_zero_said or None,
        "events": len(record.events),
        "unknown": dict(sorted(record.unknowns.items())),
    }


def _fit(fit: PathwayFit) -> Json:
    return {
        "id": fit.id,
        "title": fit.title,
        "version": fit.version,
        "applies": fit.applies,
        "because": fit.because,
    }


def _stay(stay: Stay) -> Json:
    return {
        "id": stay.step,
        "title": stay.title,
        "since": stay.since_said,
        "until": stay.until_said,
        "parallel": stay.parallel,
        "courses": list(stay.course_ids),
        "advice_met_on": stay.advice_met_said or None,
        "advice_to": stay.advice_to or None,
        "changed_on": stay.changed_said or None,
        "delay_days": stay.delay_days,
        "delay_says": stay.delay_says,
    }


def statement_json(statement: Statement) -> Json:
    """A finding or an alert as plain data."""
    fields: Json = {
        "id": statement.id,
        "title": statement.title,
        "verdict": statement.verdict.value,
        "says": statement.says,
        "because": [_because(because) for because in statement.because],
        "missing": [_missing(missing) for missing in statement.missing],
        "evidence": [evidence.as_json() for evidence in statement.evidence],
        "note": statement.note,
    }
    if statement.kind == "alert":
        fields["severity"] = statement.severity
        fields["asks"] = list(statement.asks)
    if statement.working is not None:
        fields["working"] = _working(statement.working)
    return fields


def _tried(one: Tried) -> Json:
    answers = {
        name.replace(" ", "_"): {"verdict": answer.verdict.value, "says": answer.says}
        for name, answer in one.answers
    }
    return {
        "drug": one.drug,
        "title": one.title,
        "when": one.when,
        **answers,
        "because": [_because(because) for because in one.because],
        "missing": [_missing(missing) for missing in one.missing],
        "evidence": [evidence.as_json() for evidence in one.evidence],
    }


def _switch(one: Switch) -> Json:
    """A change; `definition` is that of the reason that comes first, empty where it is stated."""
    first = one.reasons[0] if one.reasons else None
    return {
        "from": one.before,
        "from_title": one.before_title,
        "to": one.after,
        "to_title": one.after_title,
        "date": one.date,
        "reason": one.reason,
        "by": first.by if first else None,
        "definition": first.definition if first else None,
        "because": [_because(because) for because in first.because] if first else [],
        "candidates": [
            {
                "reason": reason.reason,
                "by": reason.by,
                "definition": reason.definition,
                "says": reason.says,
                "because": [_because(because) for because in reason.because],
                "evidence": [evidence.as_json() for evidence in reason.evidence],
            }
            for reason in one.reasons
        ],
        "missing": [_missing(missing) for missing in one.missing],
    }


def _due(one: Due) -> Json:
    return {
        "id": one.id,
        "title": one.title,
        "what": list(one.what),
        "due_on": one.opens_said or None,
        "window": {"from": one.opens_said, "to": one.closes_said} if one.opens_said else None,
        "last": one.last or None,
        "status": one.status.value,
        "days": one.days,
        "says": one.says,
        "because": [_because(because) for because in one.because],
        "missing": [_missing(missing) for missing in one.missing],
        "evidence": [evidence.as_json() for evidence in one.evidence],
        "note": one.note,
    }


def _because(because: Because) -> Json:
    return {
        "event": because.event_id,
        "concept": because.concept,
        "title": because.title,
        "value": because.value,
        "unit": because.unit or None,
        "time": because.time,
        "note": because.note,
        "quote": because.quote,
        "source": because.source,
    }


def _missing(missing: Missing) -> Json:
    return {
        "what": missing.what,
        "why": missing.why,
        "says": missing.says,
        "settle": list(missing.settle),
    }


def _response(one: ResponseAt) -> Json:
    baseline = {"date": one.baseline_said} if one.baseline is not None else None
    return {
        "date": one.time_said,
        "step": one.step,
        "definition": one.definition or None,
        "category": one.category or None,
        "at_least": one.low or None,
        "at_most": one.high or None,
        "value": plain(one.value),
        "lower": plain(one.lower),
        "upper": plain(one.upper),
        "points": {measure: plain(points) for measure, points in one.points},
        "enzyme": one.enzyme or None,
        "baseline": baseline,
        "until": one.until_said or None,
        "says": one.says,
        "missing": [_missing(missing) for missing in one.missing],
        "because": [_because(because) for because in one.because],
        "evidence": [evidence.as_json() for evidence in one.evidence],
    }


def _advice(advice: Advice) -> Json:
    return {
        "to": advice.to,
        "to_title": advice.to_title,
        "title": advice.title,
        "verdict": advice.verdict.value,
        "says": advice.says,
        "for": list(advice.reasons_for),
        "against": list(advice.reasons_against),
        "measure": list(advice.measure),
        "gate": [statement_json(statement) for statement in advice.gate],
        "because": [_because(because) for because in advice.because],
        "missing": [_missing(missing) for missing in advice.missing],
        "evidence": [evidence.as_json() for evidence in advice.evidence],
    }


def _working(working: Working) -> Json:
    return {
        "verdict": working.verdict.value,
        "text": working.text,
        "says": working.says,
        "parts": [_working(part) for part in working.parts],
    }
