"""Eras, lines, combinations, adherence and changes as rows for JSON lines.

Ratios are decimals as text, to four places. On a relative calendar the dates lie on the record's
own axis, whose day zero is `day_zero`.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from stepline.core.quantity import decimal_of
from stepline.course.adherence_model import Adherence, Delays, Total
from stepline.course.changing import Change
from stepline.course.combining import Combination
from stepline.course.eras import Era
from stepline.course.lines import Line
from stepline.record.model import Event, Record

Row = dict[str, object]


def era_row(era: Era, record: Record) -> Row:
    """The row of an era; `end_known` is false where the drug was used until then at least.

    `ordered` are the rows among `events` of which only the order is recorded.
    """
    return {
        **_subject(record),
        "drug": era.drug,
        "start": era.start.isoformat(),
        "end": era.end.isoformat(),
        "days": era.days,
        "covered_days": era.covered_days,
        "gap_days": era.gap_days,
        "grace_days": era.grace_days,
        "exposures": era.exposures,
        "ongoing": era.ongoing,
        "end_known": era.end_known,
        "start_exact": era.start_exact,
        "events": list(era.event_ids),
        "ordered": list(era.ordered_ids),
    }


def line_row(line: Line, number: int, record: Record) -> Row:
    """The row of a line of treatment; lines count from 1."""
    return {
        **_subject(record),
        "line": number,
        "drugs": list(line.drugs),
        "start": line.start.isoformat(),
        "end": line.end.isoformat(),
        "days": line.days,
        "gap_days": line.gap_days,
        "change": line.change,
        "combination": line.is_combination,
        "ongoing": line.ongoing,
        "end_known": line.end_known,
        "start_exact": line.start_exact,
    }


def undated_row(event: Event, record: Record) -> Row:
    """The row of a drug of which no day is known: it stands in no era and in no line."""
    said = event.time_said or event.end_said
    return {
        **_subject(record),
        "drug": event.concept,
        "start": None,
        "end": None,
        "says": f"no day is known ({said})" if said else "no day is known",
        "events": [event.event_id],
    }


def combination_row(one: Combination, record: Record) -> Row:
    """The row of a combination; `courses` are the ids that `stepline recognise` prints."""
    return {
        **_subject(record),
        "drugs": list(one.drugs),
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        "courses": list(one.courses),
        "ongoing": one.ongoing,
        "end_known": one.end_known,
        "says": one.says,
    }


def adherence_row(one: Adherence, record: Record) -> Row:
    """The row of planned against given; what is not known is `None`, and `missing` says why."""
    return {
        **_subject(record),
        "course": one.course_id,
        "regimen": one.regimen,
        "drug": one.drug,
        "start": one.start.isoformat(),
        "until": one.until.isoformat(),
        "planned_by": one.planned_by,
        "planned_doses": one.planned_doses,
        "given_doses": one.given_doses,
        "window_days": one.window_days,
        "days_covered": one.days_covered,
        "proportion_of_days_covered": ratio_text(one.proportion_of_days_covered),
        "medication_possession_ratio": ratio_text(one.medication_possession_ratio),
        "relative_dose_intensity": ratio_text(one.relative_dose_intensity),
        "relative_dose_intensity_at_least": ratio_text(one.relative_dose_intensity_at_least),
        "relative_total_dose": ratio_text(one.relative_total_dose),
        "delays": _delays(one.delays),
        "cumulative_dose": total_row(one.cumulative),
        "gaps": [
            {"from": gap.first.isoformat(), "to": gap.last.isoformat(), "days": gap.days}
            for gap in one.gaps
        ],
        "missing": list(one.missing),
    }


def change_row(one: Change, record: Record) -> Row:
    """The row of a change of dose or interval."""
    return {
        **_subject(record),
        "drug": one.drug,
        "kind": one.kind,
        "what": one.what,
        "on": one.on.isoformat(),
        "before": f"{one.before:f}",
        "after": f"{one.after:f}",
        "unit": one.unit,
        "because": list(one.because),
        "events": list(one.event_ids),
    }


def _subject(record: Record) -> Row:
    row: Row = {"subject_id": record.subject.subject_id}
    if record.calendar == "relative" and record.day_zero is not None:
        row["day_zero"] = record.day_zero.date().isoformat()
    return row


def ratio_text(number: Fraction | None) -> str | None:
    """Four decimals, rounded half even; no ratio is worked out from it."""
    return None if number is None else f"{decimal_of(round(number, 4)):.4f}"


def _delays(delays: Delays | None) -> Row | None:
    if delays is None:
        return None
    return {
        "days": list(delays.days),
        "late": delays.late,
        "early": delays.early,
        "median": None if delays.median is None else float(delays.median),
        "longest": delays.longest,
        "behind": delays.behind,
    }


def total_row(total: Total | None) -> Row | None:
    """A cumulative dose: the sum where all is known, else what it is at least; exact, as text."""
    if total is None:
        return None
    return {
        "unit": total.unit,
        "exact": _plain(total.exact),
        "at_least": _plain(total.at_least),
        "unknown": total.unknown,
    }


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"
