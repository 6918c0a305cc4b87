"""The rows of `stepline eras`, file by file, and each in one line for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from stepline.cli.progress import Progress
from stepline.core.errors import Problem, Refused
from stepline.record.saying import say

if TYPE_CHECKING:
    from stepline.course.era_rules import CombinationRules, CountedDoses, EraRules
    from stepline.course.eras import Era
    from stepline.record.index import RecordIndex
    from stepline.record.model import Record

Row = dict[str, Any]


def rows_in(source: Path, show: str, choices: Mapping[str, object]) -> Iterator[tuple[Row, Record]]:
    """The rows of one view of every record, each with its record, by file, subject and day.

    Raises `TimeRefused` (choices out of range), `VocabularyRefused` (a drug that is not known) and
    what opening a record raises.
    """
    from stepline.record.index import RecordIndex
    from stepline.sources.blocks import every_record

    choice = _choice(choices)
    with Progress("rows") as looked_at:
        total, records = every_record(source, looked_at.tell)
    with Progress("patients") as progress:
        for count, record in enumerate(records, 1):
            for row in _VIEWS[show](RecordIndex(record), choice):
                yield row, record
            progress.tell(count, count / total)


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the user chose: drugs or classes, which rows are doses, and the rules."""

    drugs: tuple[str, ...]
    doses: CountedDoses
    eras: EraRules
    combining: CombinationRules


def _choice(choices: Mapping[str, object]) -> _Choice:
    from stepline.course.era_rules import CountedDoses

    eras, combining = _rules(choices)
    drugs = _drugs(cast("tuple[str, ...]", choices["drugs"]))
    return _Choice(drugs, CountedDoses(str(choices["doses"])), eras, combining)


def _rules(choices: Mapping[str, object]) -> tuple[EraRules, CombinationRules]:
    """The choices as rules; those of both that are out of range are refused at once."""
    from stepline.core.errors import TimeRefused
    from stepline.course.era_rules import CombinationRules, EraRules, Inside, Repeat, SameDay

    given = cast("Mapping[str, Any]", choices)
    problems: list[Problem] = []
    eras, combining = EraRules(), CombinationRules()
    try:
        eras = EraRules(
            gap_days=given["gap_days"],
            carry_over=given["carry_over"],
            grace_after_last=given["grace_after_last"],
            unknown_end_days=given["unknown_end_days"],
            minimum_era_days=given["minimum_era_days"],
        )
    except Refused as refusal:
        problems += refusal.problems
    try:
        combining = CombinationRules(
            minimum_overlap=given["minimum_overlap"],
            same_day_switch=SameDay(given["same_day"]),
            inside=Inside(given["inside"]),
            repeat_after_gap=Repeat(given["repeats"]),
            minimum_line_days=given["minimum_line_days"],
        )
    except Refused as refusal:
        problems += refusal.problems
    if problems:
        raise TimeRefused(problems)
    return eras, combining


def _drugs(names: Iterable[str]) -> tuple[str, ...]:
    """The ids of drugs or classes; every name that is not known is refused at once."""
    from stepline.vocabulary.catalogue import catalogue
    from stepline.vocabulary.model import VocabularyRefused

    found: list[str] = []
    problems: list[Problem] = []
    for name in names:
        try:
            known = catalogue().find(name) or catalogue().concept(name)
            found.append(known.id)
        except Refused as refusal:
            problems += refusal.problems
    if problems:
        raise VocabularyRefused(problems)
    return tuple(found)


def _until(index: RecordIndex) -> date | None:
    last = index.record.last_moment
    return last.date() if last else None


def _eras(index: RecordIndex, choice: _Choice) -> Iterator[Row]:
    from stepline.course.era_output import era_row

    for era in _found_eras(index, choice):
        yield era_row(era, index.record)
    yield from _undated(index, choice)


def _found_eras(index: RecordIndex, choice: _Choice) -> tuple[Era, ...]:
    from stepline.course.eras import eras_of
    from stepline.course.exposing import exposures_of
    from stepline.protocol.loading import packaged
    from stepline.vocabulary.catalogue import catalogue

    regimens = packaged().regimens
    exposures = exposures_of(index, regimens, catalogue(), choice.drugs, choice.doses)
    return eras_of(exposures, choice.eras, _until(index))


def _lines(index: RecordIndex, choice: _Choice) -> Iterator[Row]:
    from stepline.course.era_output import line_row
    from stepline.course.lines import lines_of

    found = _found_eras(index, choice)
    for number, line in enumerate(lines_of(found, choice.combining), 1):
        yield line_row(line, number, index.record)
    yield from _undated(index, choice)


def _undated(index: RecordIndex, choice: _Choice) -> Iterator[Row]:
    from stepline.course.era_output import undated_row
    from stepline.course.exposing import undated_of
    from stepline.protocol.loading import packaged
    from stepline.vocabulary.catalogue import catalogue

    regimens = packaged().regimens
    for event in undated_of(index, regimens, catalogue(), choice.drugs, choice.doses):
        yield undated_row(event, index.record)


def _combinations(index: RecordIndex, choice: _Choice) -> Iterator[Row]:
    from stepline.course.combining import combinations_of
    from stepline.course.era_output import combination_row

    courses = _courses(index, choice.drugs)
    for one in combinations_of(courses, choice.eras, choice.combining, _until(index)):
        yield combination_row(one, index.record)


def _adherence(index: RecordIndex, choice: _Choice) -> Iterator[Row]:
    from stepline.course.adherence import adherence_of
    from stepline.course.era_output import adherence_row
    from stepline.protocol.loading import packaged

    for course in _courses(index, choice.drugs):
        regimen = packaged().regimen(course.regimen) if course.regimen else None
        until = _until(index) if course.ongoing else None
        carry_over = choice.eras.carry_over
        found = adherence_of(course, index, regimen, until=until, carry_over=carry_over)
        words = {"start_said": course.start_said, "end_said": course.end_said}
        yield {**adherence_row(found, index.record), **words}


def _changes(index: RecordIndex, choice: _Choice) -> Iterator[Row]:
    from stepline.course.changing import changes_of
    from stepline.course.era_output import change_row

    for change in changes_of(_courses(index, choice.drugs), index):
        yield change_row(change, index.record)


def _courses(index: RecordIndex, drugs: tuple[str, ...]) -> list[Any]:
    from stepline.course.recognising import recognise
    from stepline.protocol.loading import packaged
    from stepline.vocabulary.catalogue import catalogue

    known = catalogue()
    return [
        course
        for course in recognise(index, packaged().regimens, known)
        if not drugs or any(n == course.drug or known.is_in(course.drug, n) for n in drugs)
    ]


_VIEWS: Mapping[str, Callable[..., Iterator[Row]]] = {
    "lines": _lines,
    "eras": _eras,
    "combinations": _combinations,
    "adherence": _adherence,
    "changes": _changes,
}


def said(show: str, row: Row, record: Record) -> str:
    """A row in one line for people; days as the record names them."""
    if show == "adherence":
        return _said_adherence(row, record)
    if show == "changes":
        what = f"{row['what']} {row['before']} to {row['after']} {row['unit']}"
        because = "; ".join(row["because"])
        on = _day(row["on"], record)
        return f"{row['subject_id']}  {on}  {row['drug']}  {row['kind']}: {what}  {because}"
    if row["start"] is None:
        return f"{row['subject_id']}  {row['says']}  {row['drug']}"
    drugs = row["drug"] if show == "eras" else " + ".join(row["drugs"])
    parts = [f"{row['subject_id']}  {_days(row, record)}  {drugs}"]
    if show == "lines" and row["change"] != "first":
        parts.append(row["change"])
    if show == "combinations":
        parts.append("courses " + ", ".join(map(str, row["courses"])))
    if row.get("gap_days"):
        parts.append(f"{row['gap_days']} days without")
    if row.get("ordered"):
        count = len(row["ordered"])
        parts.append(f"{count} {'order' if count == 1 else 'orders'}, giving not recorded")
    return "  ".join(parts)


def _day(date_said: str, record: Record) -> str:
    return say(record, datetime.fromisoformat(date_said))


def _days(row: Row, record: Record) -> str:
    about = "" if row.get("start_exact", True) else "about "
    said = f"{about}{_day(row['start'], record)} to {_day(row['end'], record)}"
    if row["ongoing"]:
        return f"{said}, ongoing"
    return said if row["end_known"] else f"{said} at least"


def _said_adherence(row: Row, record: Record) -> str:
    given, planned = (
        "?" if row[key] is None else row[key] for key in ("given_doses", "planned_doses")
    )
    name = row["regimen"] or row["drug"]
    start = row["start_said"] or _day(row["start"], record)
    days = f"{start} to {row['end_said'] or _day(row['until'], record)}"
    parts = [f"{row['subject_id']}  {days}  {name}"]
    parts.append(f"{given} of {planned} doses")
    for key, title in (
        ("proportion_of_days_covered", "days covered"),
        ("relative_dose_intensity", "dose intensity"),
    ):
        parts.append(f"{title} {_share(row, key)}")
    total = row["cumulative_dose"]
    if total:
        least = f"at least {total['at_least']}"
        amount = total["exact"] or (least if total["at_least"] != "0" else "")
        parts.append(f"in all {amount} {total['unit']}" if amount else "total not known")
    if row["missing"]:
        parts.append("missing: " + "; ".join(row["missing"]))
    return "  ".join(parts)


def _share(row: Row, key: str) -> str:
    exact, least = row[key], row.get(f"{key}_at_least")
    if exact is not None:
        return f"{Decimal(exact) * 100:.0f} %"
    return f"at least {Decimal(least) * 100:.0f} %" if least is not None else "not known"
