"""The case file: how a person writes a record by hand.

`read_case` reads a whole file; `record_from_entries` reads the short form used in tests and in the
cases of a rule. Both refuse with everything that is wrong, and neither fills anything in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from stepline.core.documents import read_yaml
from stepline.core.errors import Place
from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.time import When
from stepline.record.cell import Cell, cell_of, cell_of_node
from stepline.record.model import EventStatus, Record, Subject
from stepline.record.moments import Axis, Moments
from stepline.record.quotes import SourceText
from stepline.record.reading import EPOCH, Reader, finished
from stepline.record.rows import Rows
from stepline.record.subject import read_subject
from stepline.record.trouble import Trouble, did_you_mean, one_of
from stepline.record.words import COMPLETE_FOR, SECTIONS
from stepline.vocabulary.catalogue import catalogue

_KEYS = frozenset(
    {
        "case",
        "title",
        "source",
        "subject",
        "day_zero",
        "moments",
        "complete_for",
        "notes",
        *SECTIONS,
    }
)
_SOURCE_KEYS = frozenset({"file", "kind", "key", "note"})
_DAY_ZERO_KEYS = frozenset({"is", "date"})
_RELATIVE = re.compile(r"[MWD][0-9]+")
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}")
_RELATIVE_NOTE = "No date is known: times are counted from {}, and are no dates."


def read_case(
    text: str | bytes, file: str, *, subject_id: int = 1, folder: Path | None = None
) -> Record:
    """The record of a case file.

    `file` is the name used in messages and as the source of each event. Quotations are checked
    against the source text that the file names, when it lies in `folder`. Raises `DocumentRefused`
    for a text that is no YAML and `RecordRefused` with every problem of the record.
    """
    cell = cell_of_node(read_yaml(text, file))
    trouble = Trouble()
    if not cell.is_mapping:
        message = "A case file is made of headings with entries below them."
        trouble.add("case-unreadable", message, cell.place, mend="see docs/reference/case-file.md")
        finished(trouble)
    _check_keys(cell, _KEYS, "a heading of a case file", trouble)
    record = _read_file(cell, subject_id, folder, trouble)
    finished(trouble)
    return record


def looks_like_case(text: str | bytes) -> bool:
    """Whether a text has the headings of a case file; it may still be refused as one."""
    written = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text
    headings = {line.partition(":")[0] for line in written.splitlines() if ":" in line}
    return bool(headings & {"case", "day_zero", *SECTIONS})


def _read_file(cell: Cell, subject_id: int, folder: Path | None, trouble: Trouble) -> Record:
    fields = cell.fields
    axis, day_zero_said = _axis(fields.get("day_zero"), trouble)
    reader = Reader(axis, _named_moments(fields.get("moments"), axis, trouble), trouble)
    notes = [_RELATIVE_NOTE.format(day_zero_said)] if axis.is_relative else []
    notes += _source_text(fields.get("source"), folder, reader, trouble)
    for heading in fields:
        if heading in SECTIONS:
            _read_section(heading, fields[heading], reader)
    notes += [item.text for item in fields["notes"].items] if "notes" in fields else []
    return Record(
        subject=read_subject(fields.get("subject"), subject_id, trouble),
        events=reader.events(),
        title=_text(fields.get("title")) or _text(fields.get("case")),
        calendar=axis.calendar,
        day_zero=axis.day_zero,
        day_zero_said=day_zero_said,
        complete_for=_complete_for(fields.get("complete_for"), trouble),
        notes=tuple(notes),
        unknowns=dict(sorted(reader.unknowns.items())),
        evidence=_evidence(fields.get("source"), trouble),
    )


def record_from_entries(
    entries: Sequence[object],
    *,
    planned: Sequence[object] = (),
    file: str = "",
    calendar: str = "auto",
    day_zero: datetime | None = None,
    complete_for: Iterable[str] = (),
    subject_id: int = 1,
    title: str = "",
) -> Record:
    """A record from entries such as `{"hbsag": "negative", "on": "2026-02-01"}`.

    `calendar` is `dated`, `relative` (moments are counted from a day zero without a date) or
    `auto`: relative when a moment is written as `M6` and none as a date. Raises `RecordRefused`
    with every problem; places are paths such as `record[2].on`.
    """
    trouble = Trouble()
    cells = [cell_of(one, Place(file, path=f"record[{n}]")) for n, one in enumerate(entries)]
    plans = [cell_of(one, Place(file, path=f"planned[{n}]")) for n, one in enumerate(planned)]
    axis = _short_axis(calendar, day_zero, [*cells, *plans])
    reader = Reader(axis, {}, trouble)
    for cell in cells:
        reader.read(cell)
    for cell in plans:
        reader.read(cell, EventStatus.PLANNED)
    words = cell_of(sorted(complete_for), Place(file, path="complete_for"))
    complete = _complete_for(words, trouble)
    finished(trouble)
    return Record(
        subject=Subject(subject_id),
        events=reader.events(),
        title=title,
        calendar=axis.calendar,
        day_zero=axis.day_zero,
        day_zero_said="day zero" if axis.is_relative else "",
        complete_for=complete,
        unknowns=dict(sorted(reader.unknowns.items())),
    )


def seed_case() -> Record:
    """The case report that the library ships: dermatopolymyositis, IVIG, then rituximab."""
    from importlib.resources import files

    path = files("stepline.library").joinpath("records", "seed-case.yaml")
    return read_case(path.read_bytes(), "seed-case.yaml")


def _short_axis(calendar: str, day_zero: datetime | None, cells: list[Cell]) -> Axis:
    if calendar == "auto":
        words = [word for cell in cells for word in _words(cell)]
        counted = any(_RELATIVE.fullmatch(word) for word in words)
        dated = any(_DATED.match(word) for word in words)
        calendar = "relative" if counted and not dated and day_zero is None else "dated"
    if calendar == "relative":
        return Axis("relative", day_zero or EPOCH)
    return Axis("dated", day_zero)


def _words(cell: Cell) -> list[str]:
    if cell.is_scalar:
        return cell.text.replace("..", " ").split()
    inner = [*cell.fields.values(), *cell.items]
    return [word for one in inner for word in _words(one)]


def _check_keys(cell: Cell, allowed: frozenset[str], what: str, trouble: Trouble) -> None:
    for key in cell.fields:
        if key not in allowed:
            trouble.add(
                "key-unknown",
                f"'{key}' is not {what}.",
                cell.key_place(key),
                found=key,
                allowed=one_of(allowed),
                mend=did_you_mean(key, allowed, "leave it out"),
            )


def _text(cell: Cell | None) -> str:
    return "" if cell is None else cell.text


def _read_section(heading: str, cell: Cell, reader: Reader) -> None:
    if not cell.is_list:
        message = f"Below {heading} stands a list of entries."
        mend = "begin each entry with a dash"
        reader.trouble.add("section-unreadable", message, cell.place, found=cell.shown, mend=mend)
        return
    status = EventStatus.PLANNED if heading == "planned" else None
    for item in cell.items:
        reader.read(item, status)


def _axis(cell: Cell | None, trouble: Trouble) -> tuple[Axis, str]:
    if cell is None:
        return Axis(), ""
    if not cell.is_mapping:
        message = "Day zero says what it is, and its date or that the date is unknown."
        mend = "write {is: first dose of ivig, date: unknown}"
        trouble.add("day-zero-unreadable", message, cell.place, found=cell.shown, mend=mend)
        return Axis("relative", EPOCH), "day zero"
    _check_keys(cell, _DAY_ZERO_KEYS, "said of day zero", trouble)
    said = _text(cell.fields.get("is")) or "day zero"
    date = cell.fields.get("date")
    if date is None or date.text == "unknown":
        return Axis("relative", EPOCH), said
    when = trouble.attempt(date, lambda: Moments(Axis(), Rows()).read(date))
    if when is not None and not when.is_exact:
        mend = "write the day, or unknown"
        message = "Day zero is one day."
        trouble.add("day-zero-unreadable", message, date.place, found=date.text, mend=mend)
    return Axis("dated", when.time if when else EPOCH), said


def _named_moments(cell: Cell | None, axis: Axis, trouble: Trouble) -> dict[str, When]:
    """Moments that the source names ("referral"), to count from in entries."""
    named: dict[str, When] = {}
    moments = Moments(axis, Rows(), named)
    for name, inner in (cell.fields if cell else {}).items():
        when = trouble.attempt(inner, partial(moments.read, inner))
        if when is not None:
            named[name.lower()] = replace(when, said=name)
    return named


def _complete_for(cell: Cell | None, trouble: Trouble) -> frozenset[str]:
    items = cell.items if cell else ()
    for item in items:
        if item.text not in COMPLETE_FOR:
            trouble.add(
                "word-unknown",
                f"A record is not declared complete for '{item.shown}'.",
                item.place,
                found=item.shown,
                allowed=one_of(COMPLETE_FOR),
                mend=did_you_mean(item.text, COMPLETE_FOR, "use one of them"),
            )
    return frozenset(item.text for item in items)


def _source_text(
    cell: Cell | None, folder: Path | None, reader: Reader, trouble: Trouble
) -> list[str]:
    """Opens the text that is quoted, where it is at hand; a note where it is not."""
    if cell is None:
        return []
    _check_keys(cell, _SOURCE_KEYS, "said of a source", trouble)
    name = _text(cell.fields.get("file"))
    if not name:
        return []
    path = folder / Path(name).name if folder else None
    if path is None or not path.is_file():
        return [f"The quotations were not checked: {name} is not at hand."]
    reader.source_text = SourceText(path.read_text(encoding="utf-8", errors="replace"))
    reader.source_name = name
    return []


def _evidence(cell: Cell | None, trouble: Trouble) -> tuple[Evidence, ...]:
    key = cell.fields.get("key") if cell else None
    if cell is None or key is None:
        return ()
    source = trouble.attempt(key, lambda: catalogue().source(key.text))
    if source is None:
        return ()
    return (Evidence(source.key, Kind(source.kind), Status.VERIFIED, source.title),)
