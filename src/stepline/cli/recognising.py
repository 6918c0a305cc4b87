"""The courses of records, part by part, as lines to print or as stretches to compare."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepline.cli.recognising_text import Layout
    from stepline.course.comparing import Stretch
    from stepline.course.lacking import Lacking
    from stepline.course.model import Course
    from stepline.record.index import RecordIndex
    from stepline.record.model import Record
    from stepline.sources.blocks import Block

_RECORDS = 50
"""Records in one part of a source that is held whole."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How courses are told: as JSON lines, or as text in a layout; `as_of` is a day, or empty."""

    as_json: bool = True
    as_of: str = ""
    layout: Layout | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What was recognised in so many patients: one text a patient that has courses.

    `known_as` gives the ids of subjects in the source, where these are not their numbers.
    """

    patients: int
    courses: int
    texts: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    known_as: dict[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    """A block to be read, or records that were read."""

    wish: Wish
    block: Block | None
    records: tuple[Record, ...] = ()

    @property
    def patients(self) -> int:
        return self.block.count if self.block else len(self.records)


def recognised(source: Path, wish: Wish, workers: int) -> Iterator[Told]:
    """What is recognised, in the order of files, subjects and starts, for any number of workers.

    Shows how far it is on a terminal. Raises what opening the source raises.
    """
    from stepline.cli.progress import Progress
    from stepline.cli.workers import in_order

    parts = _parts(source, wish)
    total, count = sum(part.patients for part in parts), 0
    progress = Progress("patients")
    try:
        for one in in_order(_worked, parts, workers):
            progress.wipe()
            yield one
            count += one.patients
            progress.tell(count, count / total)
    finally:
        progress.end()


def _parts(source: Path, wish: Wish) -> Sequence[_Part]:
    from stepline.sources.blocks import blocks_of
    from stepline.sources.opening import open_record

    blocks = blocks_of(source)
    if blocks:
        return [_Part(wish, block) for block in blocks]
    records = open_record(source)
    return [
        _Part(wish, None, records[start : start + _RECORDS])
        for start in range(0, len(records), _RECORDS)
    ]


def _worked(part: _Part) -> Told:
    records = part.block.records() if part.block else part.records
    found = [_recognised(record, part.wish) for record in records]
    return Told(
        len(records),
        sum(len(stretches) for _, stretches in found),
        tuple(text for text, _ in found if text),
        tuple(one for _, stretches in found for one in stretches),
        {one.subject.subject_id: one.subject.known_as for one in records if one.subject.known_as},
    )


def _recognised(record: Record, wish: Wish) -> tuple[str, tuple[Stretch, ...]]:
    from stepline.course.lacking import lacking_of
    from stepline.course.recognising import recognise
    from stepline.protocol.loading import packaged
    from stepline.record.index import RecordIndex
    from stepline.vocabulary.catalogue import catalogue

    record = _as_of(record, wish.as_of)
    index = RecordIndex(record)
    regimens = packaged().regimens
    courses = recognise(index, regimens, catalogue())
    stretches = tuple(_stretch(course, record) for course in courses)
    lacking = [lacking_of(course, index, regimens) for course in courses]
    if wish.layout is not None:
        from stepline.cli.recognising_text import table_of

        text = table_of(list(zip(courses, lacking, strict=True)), index, wish.layout)
        return text, stretches
    lines = [_line(c, one, index) for c, one in zip(courses, lacking, strict=True)]
    return "\n".join(lines) if wish.as_json else "", stretches


def _as_of(record: Record, day: str) -> Record:
    """The record as it was known at the end of a day, the whole where none is asked for."""
    if not day:
        return record
    from stepline.cli.reviewing import moment_asked
    from stepline.review.hindsight import known_at

    return known_at(record, moment_asked(day, record))


def _stretch(course: Course, record: Record) -> Stretch:
    from stepline.course.comparing import Stretch

    end = course.end.date() if course.end and not course.ongoing else None
    subject = record.subject.subject_id
    return Stretch(subject, course.regimen, course.start.date(), end, course.drug)


def _line(course: Course, lacking: Lacking, index: RecordIndex) -> str:
    from stepline.course.output import course_row

    because = lacking.because or course.because
    row = course_row(replace(course, because=because), index.record)
    return json.dumps(row | lacking.as_json(), ensure_ascii=False)
