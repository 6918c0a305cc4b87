"""Prints the cases of eras and lines of treatment into their reference page, each one drawn.

.venv/bin/python scripts/print_eras.py            writes docs/reference/eras.md
.venv/bin/python scripts/print_eras.py --check    exits 1 when the page is stale
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from stepline.core.documents import plain, read_yaml
from stepline.course.era_rules import (
    CombinationRules,
    CountedDoses,
    EraRules,
    Inside,
    Repeat,
    SameDay,
)
from stepline.course.eras import Era, Exposure, eras_of
from stepline.course.exposing import exposures_of
from stepline.course.lines import Line, lines_of
from stepline.protocol.loading import packaged
from stepline.record.index import RecordIndex
from stepline.record.model import Event, EventStatus, Record, Subject
from stepline.vocabulary.catalogue import catalogue

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "spec" / "eras" / "cases.yaml"
PREFACE = ROOT / "spec" / "eras" / "preface.md"
PAGE = ROOT / "docs" / "reference" / "eras.md"
WIDTH = 60

_EXPOSURE = re.compile(r"(\w+) (\d+)(\.\.)?(\d+|\?)?")
_ROW = re.compile(r"(\w+) (\d+)(?:\.\.(\d+))? (given|ordered|not-given|stopped)")
_CHOICES = {"same_day_switch": SameDay, "inside": Inside, "repeat_after_gap": Repeat}


@dataclass(frozen=True)
class EraCase:
    """One case: what is given under which choices, and the split that is expected."""

    section: str
    title: str
    given: tuple[str, ...]
    era: Mapping[str, object]
    combination: Mapping[str, object]
    until: int | None
    eras: tuple[str, ...] | None
    lines: tuple[str, ...] | None
    gap_days: tuple[int, ...] | None
    orders: tuple[int, ...] | None
    doses: str
    note: str

    @property
    def exposures(self) -> Sequence[Exposure]:
        """The exposures that are given, or those that the rows of a record are."""
        if not _ROW.fullmatch(self.given[0]):
            return [exposure(text) for text in self.given]
        rows = tuple(row(number, text) for number, text in enumerate(self.given, 1))
        index = RecordIndex(Record(Subject(1), rows))
        doses = CountedDoses(self.doses) if self.doses else CountedDoses.RECOGNISED
        return exposures_of(index, packaged().regimens, catalogue(), doses=doses)

    def found_eras(self) -> tuple[Era, ...]:
        """What the choices make of them."""
        until = day(self.until) if self.until else None
        return eras_of(self.exposures, EraRules(**self.era), until)  # type: ignore[arg-type]

    def found_lines(self) -> tuple[Line, ...]:
        """The lines that the eras make."""
        choices = {
            key: _CHOICES[key](str(value)) if key in _CHOICES else value
            for key, value in self.combination.items()
        }
        return lines_of(self.found_eras(), CombinationRules(**choices))  # type: ignore[arg-type]


def day(number: int) -> date:
    """The date of a day that is counted from 1."""
    return date(2026, 1, 1) + timedelta(days=number - 1)


def number(of: date) -> int:
    """The number of a date."""
    return (of - date(2026, 1, 1)).days + 1


def exposure(text: str) -> Exposure:
    """An exposure as its author writes it."""
    found = _EXPOSURE.fullmatch(text)
    assert found, text
    drug, first, dots, last = found.groups()
    start = day(int(first))
    if not dots:
        return Exposure(drug, start, start)
    if last is None:
        return Exposure(drug, start, None, ongoing=True)
    return Exposure(drug, start, None if last == "?" else day(int(last)))


def row(number: int, text: str) -> Event:
    """A row of a record as its author writes it."""
    found = _ROW.fullmatch(text)
    assert found, text
    drug, first, last, status = found.groups()
    times = [datetime.combine(day(int(one)), time()) if one else None for one in (first, last)]
    assert times[0] is not None
    return Event(
        number, times[0], drug, drug, status=EventStatus(status), end_time=times[1],
        is_spell=last is not None,
    )  # fmt: skip


def said(start: date, end: date, *, ongoing: bool, end_known: bool) -> str:
    """Days as an author writes them: `+` is ongoing, `?` an end that is not known."""
    days = f"{number(start)}..{number(end)}" if end > start else f"{number(start)}"
    return days + ("+" if ongoing else "") + ("" if end_known else "?")


def said_era(era: Era) -> str:
    """An era as an author writes it."""
    days = said(era.start, era.end, ongoing=era.ongoing, end_known=era.end_known)
    return f"{era.drug} {days}"


def said_line(line: Line) -> str:
    """A line as an author writes it."""
    days = said(line.start, line.end, ongoing=line.ongoing, end_known=line.end_known)
    change = "" if line.change == "first" else f" {line.change}"
    return f"{'+'.join(line.drugs)} {days}{change}"


def sections() -> list[Mapping[str, object]]:
    """The sections of the file."""
    document = plain(read_yaml(FILE.read_text(encoding="utf-8"), FILE.name))
    assert isinstance(document, Mapping)
    listed = document["sections"]
    assert isinstance(listed, Sequence)
    return list(listed)


def cases(section: Mapping[str, object]) -> Iterator[EraCase]:
    """The cases of a section."""
    listed = section["cases"]
    assert isinstance(listed, Sequence)
    for one in listed:
        unknown = set(one) - {*EraCase.__annotations__}
        assert not unknown, f"{one['title']}: {unknown}"
        yield EraCase(
            section=str(section["title"]),
            title=one["title"],
            given=tuple(one["given"]),
            era=one.get("era", {}),
            combination=one.get("combination", {}),
            until=one.get("until"),
            eras=_texts(one.get("eras")),
            lines=_texts(one.get("lines")),
            gap_days=tuple(one["gap_days"]) if "gap_days" in one else None,
            orders=tuple(one["orders"]) if "orders" in one else None,
            doses=one.get("doses", ""),
            note=one.get("note", ""),
        )


def all_cases() -> list[EraCase]:
    """Every case."""
    return [case for section in sections() for case in cases(section)]


def _texts(listed: Sequence[str] | None) -> tuple[str, ...] | None:
    return tuple(map(str, listed)) if listed is not None else None


def page() -> str:
    """The whole page."""
    lines = [PREFACE.read_text(encoding="utf-8").rstrip()]
    for section in sections():
        lines += ["", f"### {section['title']}", "", wrapped(str(section["text"]))]
        for case in cases(section):
            lines += ["", *printed(case)]
    return "\n".join(lines) + "\n"


def printed(case: EraCase) -> Iterator[str]:
    """A case: its title, its choices, and what is given above what comes of it."""
    yield f"**{case.title}**{chosen(case)}"
    if case.note:
        yield ""
        yield wrapped(case.note)
    yield ""
    yield "```text"
    yield from drawn(case)
    yield "```"


def chosen(case: EraCase) -> str:
    """The choices that differ from the defaults."""
    choices = {**case.era, **case.combination}
    if case.doses:
        choices["doses"] = case.doses
    said = [f"`{key}: {str(value).lower()}`" for key, value in choices.items()]
    if case.until:
        said.append(f"known until day {case.until}")
    return f" — {', '.join(said)}" if said else ""


def drawn(case: EraCase) -> Iterator[str]:
    """Bars of what is given and of what is expected, on one scale."""
    expected = case.lines if case.lines is not None else case.eras or ()
    spans = [span(text, case.until) for text in (*case.given, *expected)]
    first = min(begin for _, begin, _ in spans)
    scale = max(end for _, _, end in spans) - first + 1
    for index, text in enumerate((*case.given, *expected)):
        if index == len(case.given):
            yield "→"
        _, begin, end = spans[index]
        before = (begin - first) * WIDTH // scale
        length = max(1, -(-(end - first + 1) * WIDTH // scale) - before)
        sign = "─" if index < len(case.given) else "━"
        yield f"{' ' * before}{sign * length}".ljust(WIDTH + 2) + text


def span(text: str, until: int | None) -> tuple[str, int, int]:
    """The name, the first and the last day of what an author writes."""
    name, days = text.split()[:2]
    first, dots, last = days.rstrip("+").partition("..")
    begin = int(first.rstrip("?"))
    end = last.rstrip("?")
    if end:
        return name, begin, int(end)
    return name, begin, until if dots and not last and until else begin


def wrapped(text: str) -> str:
    """Prose in lines of the width of the other pages."""
    return textwrap.fill(text, 110, break_long_words=False, break_on_hyphens=False)


def main(arguments: Sequence[str]) -> int:
    """Writes the page, or checks it."""
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    is_fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
    if not is_fresh:
        print(f"{PAGE.relative_to(ROOT)} is stale: run scripts/print_eras.py", file=sys.stderr)
    return 0 if is_fresh else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
