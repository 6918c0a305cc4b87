"""The courses of one patient as a table for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import TYPE_CHECKING, Literal

from stepline.core.time import parse_period
from stepline.record.saying import say, spoken

if TYPE_CHECKING:
    from stepline.course.lacking import Lacking, Missing
    from stepline.course.model import Course
    from stepline.record.index import RecordIndex
    from stepline.record.model import Record

NARROWEST, WIDEST = 80, 150
_NO_END = ("", "not stated")
NARROW = 116
"""Below this width everything about a course but its period and score stands in one column."""
_COLUMNS = {
    "#": 0, "Period": 25, "Regimen": 35, "Dose": 20, "Interval": 0, "Cycles": 0, "Differs": 0,
    "Ended for": 20, "Score": 0,
}  # fmt: skip
_FEW_COLUMNS = {"#": 0, "Period": 30, "Course": 70, "Score": 0}
"""The columns, with their shares in percent of the width that the others leave."""
_FIXED = {"#": 3, "Interval": 14, "Cycles": 6, "Differs": 7, "Score": 5}
_NUMBERS = frozenset({"#", "Cycles", "Differs", "Score"})
_BETWEEN = 2
_NOTHING = "–"

Read = tuple["Course", "Lacking"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide, and whether reasons and deviations are told."""

    width: int
    explains: bool = False


def table_of(courses: Sequence[Read], index: RecordIndex, layout: Layout) -> str:
    """One row a course, and below it what is missing; empty where there is no course."""
    if not courses:
        return ""
    record = index.record
    parts = [_heading(record), _table(courses, record, layout)]
    if layout.explains:
        below = [line for course, lacking in courses for line in _explained(course, lacking)]
    else:
        below = _open_questions(courses)
    parts += [_wrapped(line, layout.width) for line in below]
    return "\n".join(parts) + "\n"


def _wrapped(line: str, width: int) -> str:
    indent = " " * (len(line) - len(line.lstrip()) + 5)
    return textwrap.fill(line, min(max(width, NARROWEST), WIDEST), subsequent_indent=indent)


def _heading(record: Record) -> str:
    title = f": {record.title}" if record.title else ""
    return f"Subject {record.subject.subject_id}{title}"


def _table(courses: Sequence[Read], record: Record, layout: Layout) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, expand=False, pad_edge=False, collapse_padding=True)
    width = min(max(layout.width, NARROWEST), WIDEST)
    columns = _FEW_COLUMNS if width < NARROW else _COLUMNS
    rest = width - sum(_FIXED.get(name, 0) for name in columns) - _BETWEEN * len(columns)
    for name, share in columns.items():
        side: Literal["left", "right"] = "right" if name in _NUMBERS else "left"
        own = _FIXED.get(name) or rest * share // 100
        table.add_column(name, justify=side, width=own, overflow="fold")
    for course, lacking in courses:
        cells = _cells(course, lacking, record)
        table.add_row(*map(Text, _few(cells) if width < NARROW else cells))
    out = StringIO()
    console = Console(file=out, width=width + _BETWEEN, color_system=None)
    console.print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines() if line.strip())


def _few(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The cells of a narrow table: how the drug was given below the name of the regimen."""
    number, period, regimen, dose, interval, cycles, differs, ended, score = cells
    parts = [dose, interval]
    parts += [f"{cycles} {'cycle' if cycles == '1' else 'cycles'}"] if cycles != _NOTHING else []
    parts += [f"differs {differs}×"] if differs != _NOTHING else []
    parts += [ended if ended == "ongoing" else f"ended for: {ended}"]
    return number, period, f"{regimen}\n{', '.join(parts)}", score


def _cells(course: Course, lacking: Lacking, record: Record) -> tuple[str, ...]:
    return (
        str(course.course_id),
        _period(course, record),
        course.title if course.regimen else _unnamed(course, lacking),
        _dose(course),
        _interval(course),
        str(course.cycles) if course.cycles is not None else _NOTHING,
        str(len(course.deviations) or _NOTHING),
        _ended(course),
        str(course.score) if course.regimen else _NOTHING,
    )


def _period(course: Course, record: Record) -> str:
    start = course.start_said if not course.start_exact else ""
    start = start or say(record, _day(course.start))
    if course.ongoing:
        return f"{start}, ongoing"
    if course.end is None or (not course.end_exact and course.end_said in _NO_END):
        return f"{start}, end not stated"
    end = course.end_said if not course.end_exact else say(record, _day(course.end))
    return start if end == start else f"{start} to {end}"


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _unnamed(course: Course, lacking: Lacking) -> str:
    """The drug, and why no regimen is named."""
    drug = spoken(course.drug)
    if lacking.possible:
        return f"{drug}, regimen cannot be told"
    return f"{drug}, no regimen of the library"


def _dose(course: Course) -> str:
    """The dose in words: `90 to 5 mg a day`; one number where both ends are the same."""
    low, to, rest = course.dose.partition(" to ")
    dose = rest if to and rest.split(" ")[0] == low else course.dose
    return dose.replace("/m2", "/m²").replace("/d", " a day")


def _interval(course: Course) -> str:
    """How often, where it is stated; a drug without a dose a day may be weekly."""
    if course.interval:
        said = parse_period(course.interval).say()
        return f"every {said.removeprefix('1 ') if said.count(' ') == 1 else said}"
    if course.daily:
        return "daily" if "/d" in course.dose else "not stated"
    return "not repeated" if course.cycles == 1 else "not stated"


def _ended(course: Course) -> str:
    if course.ongoing:
        return "ongoing"
    return course.end_reason if course.end_reason not in ("", "unknown") else "not stated"


# ---------------------------------------------------------------- below the table


def _open_questions(courses: Sequence[Read]) -> list[str]:
    """What keeps courses from being told, those alike together."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for course, lacking in courses:
        lines = tuple(_question(lacking)) if lacking.has_regimens and lacking.because else ()
        if lines:
            groups.setdefault(lines, []).append(course.course_id)
    return [
        said
        for lines, numbers in groups.items()
        for said in (f"  {', '.join(map(str, numbers))}: {lines[0]}", *_indented(lines[1:]))
    ]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"     {line}" for line in lines]


def _question(lacking: Lacking) -> Iterable[str]:
    yield "; ".join((*lacking.because, *_products(lacking)))
    if not lacking.possible:
        return
    yield from (f"possible: {one.title}, if {one.provided}" for one in lacking.possible)
    yield "possible: a regimen that the library does not hold"
    yield _settled(lacking.missing)


def _products(lacking: Lacking) -> tuple[str, ...]:
    """The names that the source gives: an eye drop is told by its name alone."""
    return (f"written as {', '.join(lacking.products)}",) if lacking.products else ()


def _settled(missing: Iterable[Missing]) -> str:
    return f"would settle it: {'; '.join(one.settled_by for one in missing)}"


def _explained(course: Course, lacking: Lacking) -> list[str]:
    lines = [f"  {course.course_id} {course.title if course.regimen else spoken(course.drug)}"]
    lines += [f"because {one}" for one in lacking.because or course.because]
    if course.intensity is not None:
        lines.append(f"intensity {course.intensity} g/kg per 28 days")
    lines += [
        f"differs: {one.kind}, {one.says}{_where(one.event_ids)}" for one in course.deviations
    ]
    lines += [f"ended: {one}" for one in course.end_reason_because]
    lines += [f"missing: {one.says}" for one in lacking.missing]
    lines += [f"possible: {one.title}, if {one.provided}" for one in lacking.possible]
    return [lines[0], *_indented(lines[1:])]


def _where(ids: Sequence[int]) -> str:
    if not ids:
        return ""
    return f" (event {ids[0]})" if len(ids) == 1 else f" (events {', '.join(map(str, ids))})"
