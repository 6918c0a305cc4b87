"""Laboratory grades (CTCAE v5) of the last year: the last value of each test, and the worst."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from stepline.core.quantity import Quantity, comparable
from stepline.engine.finding import Missing, Verdict
from stepline.engine.picking import unit_of
from stepline.record.model import Event
from stepline.review.model import Statement
from stepline.review.safety_words import Ground
from stepline.scores.laboratory import Grade, GradeRule, ctcae_grade, laboratory_tables

CONCEPTS = {"leukocytes": "leucocytes"}
"""Measures whose name differs from the concept's."""

YEAR = timedelta(days=365)


def laboratory(ground: Ground) -> list[Statement]:
    """One statement for each graded test with a number in the last year."""
    found = []
    for rule in laboratory_tables().grades.values():
        values = _of_the_year(CONCEPTS.get(rule.id, rule.id), rule, ground)
        if values:
            found.append(_statement(rule, values, ground))
    return found


def _of_the_year(concept: str, rule: GradeRule, ground: Ground) -> list[Event]:
    rows = ground.situation.known((concept,))
    since: datetime = ground.situation.moment - YEAR
    recent = rows[bisect_left(rows, since, key=lambda event: event.time) :]
    wanted = _unit(rule, ground)
    units = {unit for unit in {e.unit for e in recent} if comparable(unit or "1", wanted)}
    return [e for e in recent if e.value is not None and e.unit in units]


def _unit(rule: GradeRule, ground: Ground) -> str:
    """The unit of a rule; of one by multiples of a limit, the vocabulary's unit of its test."""
    return rule.unit or unit_of((CONCEPTS.get(rule.id, rule.id),), ground.situation)


def _statement(rule: GradeRule, values: Sequence[Event], ground: Ground) -> Statement:
    """The grade now, the worst of the year, and why it may not answer what is asked."""
    last, worst = values[-1], _worst(rule, values, ground)
    now = _graded(rule, last)
    then = now if worst is last else _graded(rule, worst)
    says = f"{ground.say(last)}: {_said(now)}"
    if worst is not last:
        says += f"; worst of the last year {ground.say(worst)}: {_said(then)}"
    doubts = tuple(dict.fromkeys(now.doubts + then.doubts)) if _reached(now, then) else ()
    return ground.statement(
        f"ctcae-{rule.id}",
        f"CTCAE v5 grade of {rule.title}",
        _verdict(now, doubts),
        says,
        because=[worst.event_id, last.event_id],
        missing=[*_missing(rule, now), *(_doubted(rule, doubt) for doubt in doubts)],
        evidence=now.evidence,
        note=" ".join(doubts),
    )


def _reached(now: Grade, then: Grade) -> bool:
    """Whether any grade may be reached, so that a doubt of it matters."""
    return any(grade.most != 0 for grade in (now, then))


def _worst(rule: GradeRule, values: Sequence[Event], ground: Ground) -> Event:
    """The lowest of a test that falls, the highest of one that rises; the later of equals."""
    heights = ground.heights(values, _unit(rule, ground))
    wanted = min(heights) if rule.below else max(heights)
    return values[len(heights) - 1 - heights[::-1].index(wanted)]


def _graded(rule: GradeRule, event: Event) -> Grade:
    """The grade by the limit that came with the value. A baseline is for the reader to choose."""
    unit = event.unit or "1"
    bound = event.reference_low if rule.below else event.reference_high
    limit = Quantity(bound, unit) if bound else None
    value = Quantity(max(event.value or Decimal(0), Decimal(0)), unit)
    return ctcae_grade(rule.id, value, limit=limit)


def _said(grade: Grade) -> str:
    if grade.grade is not None:
        return f"grade {grade.grade}" if grade.grade else "no grade reached"
    return f"grade {grade.least} to {grade.most} ({', '.join(grade.missing)} not known)"


def _verdict(grade: Grade, doubts: tuple[str, ...]) -> Verdict:
    """True where a grade is reached; a grade that muscle may explain is not known to be one."""
    if grade.most == 0:
        return Verdict.FALSE
    if doubts or not grade.least:
        return Verdict.UNKNOWN
    return Verdict.TRUE


def _missing(rule: GradeRule, grade: Grade) -> list[Missing]:
    why = {
        "upper limit of normal": "no-reference-range",
        "lower limit of normal": "no-reference-range",
    }
    return [
        Missing(f"{what} of {rule.title}", why.get(what, "not-recorded"), f"{what} is not recorded")
        for what in grade.missing
    ]


def _doubted(rule: GradeRule, doubt: str) -> Missing:
    return Missing(rule.title, "confounded", doubt, ("GGT, bilirubin and the trend of CK",))
