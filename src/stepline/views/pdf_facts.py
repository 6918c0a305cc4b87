"""The facts of a review as plain data for the typesetter, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Sequence

from stepline.course.model import Course
from stepline.review.model import Advice, Because, Review, Statement, Stay, Working
from stepline.views import foreseen, words
from stepline.views.adherence import adherence_line
from stepline.views.terminal import CREED, VERDICT_WORDS

Json = dict[str, object]


def facts(review: Review) -> Json:
    """Everything that the printed report says, as JSON."""
    return {
        "title": words.title_of(review),
        "who": words.who(review),
        "creed": CREED,
        "summary": list(review.summary),
        "pathway": _pathway(review),
        "stays": [_stay(stay, review) for stay in review.stays],
        "alerts": [_statement(alert, words.alert_word(alert)) for alert in review.alerts],
        "advice": [_advice(advice) for advice in review.advice],
        "findings": [_statement(finding, finding.verdict.value) for finding in review.findings],
        "responses": words.response_rows(review),
        "relapse": [_statement(one, one.verdict.value) for one in review.relapses.statements()],
        "states": [_statement(state, state.verdict.value) for state in review.states],
        "tried": [list(words.TRIED), *words.tried_rows(review)] if review.tried else [],
        "changed": [list(words.CHANGED), *words.changed_rows(review)] if review.switches else [],
        "missing": [[m.what, m.says, ", ".join(m.settle)] for m in review.missing],
        "courses": [_course(course, review) for course in review.courses],
        "quarantine": [[q.place, q.code, q.reason, q.mend] for q in review.record.quarantine],
        "notes": list(review.record.notes),
        "sources": [[e.source, e.kind.value, e.status.value, e.claim] for e in review.evidence],
        "forecast": _foresight(review),
        "judged": words.judged(review),
    }


def _foresight(review: Review) -> Json | None:
    if review.forecast is None:
        return None
    drugs = [
        {
            "title": one.title,
            "says": list(one.sentences) or ["It cannot be said."],
            "known": one.series is not None,
            "model": foreseen.model_line(one),
            "compared": _headed(foreseen.COMPARED, foreseen.compared_rows(one)),
            "missing": _headed(foreseen.MISSING, foreseen.missing_rows(one)),
            "notes": list(one.notes),
            "sources": foreseen.source_lines(one),
        }
        for one in review.forecast.drugs
    ]
    refused = foreseen.refused_lines(review.forecast)
    return {"drugs": drugs, "refused": refused, "creed": review.forecast.creed}


def _headed(heads: Sequence[str], rows: list[list[str]]) -> list[list[str]]:
    return [list(heads), *rows] if rows else []


def _pathway(review: Review) -> list[str]:
    if review.pathway is None:
        return [f"{fit.title}: does not apply, {fit.because}" for fit in review.considered]
    fit = review.pathway
    return [f"{fit.title} ({fit.version}): {fit.because}"]


def _stay(stay: Stay, review: Review) -> Json:
    return {
        "title": stay.title,
        "when": words.stay_times(stay),
        "exit": words.exit_met(stay),
        "now": stay in review.current,
        "beside": stay.parallel,
    }


def _statement(statement: Statement, word: str) -> Json:
    return {
        "title": statement.title,
        "verdict": statement.verdict.value,
        "word": word,
        "says": statement.says,
        "asks": list(statement.asks),
        "note": statement.note,
        "missing": _each_once([missing.says for missing in statement.missing]),
        **_grounds(statement.because, statement.working),
        "sources": _each_once([words.evidence_line(e) for e in statement.evidence]),
    }


def _advice(advice: Advice) -> Json:
    return {
        "title": advice.title,
        "to": advice.to,
        "verdict": advice.verdict.value,
        "word": VERDICT_WORDS[advice.verdict],
        "says": advice.says,
        "for": list(advice.reasons_for),
        "against": list(advice.reasons_against),
        "measure": list(advice.measure),
        "gate": [_statement(gate, words.alert_word(gate)) for gate in advice.gate],
        **_grounds(advice.because, advice.working),
        "sources": _each_once([words.evidence_line(e) for e in advice.evidence]),
    }


def _grounds(because: tuple[Because, ...], working: Working | None) -> Json:
    return {
        "events": words.because_rows(because),
        "more": words.more_events(because),
        "working": _branches(working),
    }


def _branches(working: Working | None, depth: int = 0) -> list[Json]:
    """The tree of a verdict laid out line by line, each with its depth."""
    if working is None:
        return []
    said = working.says if not working.parts else ""
    line: Json = {"depth": depth, "verdict": working.verdict.value, "text": working.text,
                  "says": said}  # fmt: skip
    return [line, *(below for part in working.parts for below in _branches(part, depth + 1))]


def _course(course: Course, review: Review) -> Json:
    """One course; what is not known of it is left empty and says so where a reader would look."""
    return {
        "title": course.title,
        "when": words.course_times(course, review),
        "dose": course.dose,
        "every": course.interval,
        "cycles": words.cycles(course),
        "intensity": str(course.intensity) if course.intensity is not None else "",
        "adherence": adherence_line(course, review),
        "intent": course.intent,
        "phase": course.phase,
        "score": str(course.score),
        "because": list(course.because),
        "ended": course.end_reason,
        "deviations": [f"{d.kind}: {d.says}" for d in course.deviations],
    }


def _each_once(lines: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(lines))
