"""The courses of records, part by part, as lines to print or as stretches to compare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stepline.cli.workers import without_pauses

if TYPE_CHECKING:
    from stepline.cli.recognising_text import Layout
    from stepline.course.comparing import Stretch
    from stepline.course.lacking import Lacking
    from stepline.course.model import Course
    from stepline.record.index import RecordIndex
    from stepline.record.model import Record
    from stepline.sources.parts import Part

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
    """A part of a source to be read, or records that were read."""

    wish: Wish
    source: Part | None
    records: tuple[Record, ...] = ()


def recognised(source: Path, wish: Wish, workers: int) -> Iterator[Told]:
    """What is recognised, in the order of files, subjects and starts, for any number of workers.

    Shows how far it is on a terminal. Raises what opening the source raises.
    """
    from stepline.cli.progress import Progress
    from stepline.cli.workers import in_order

    with _divided(source, wish) as (total, parts):
        count = 0
        with Progress("patients") as progress:
            for one in in_order(_worked, parts, workers):
                progress.wipe()
                yield one
                count += one.patients
                progress.tell(count, count / total)


@contextmanager
def _divided(source: Path, wish: Wish) -> Iterator[tuple[int, Iterator[_Part]]]:
    """How many patients a source has, and its parts, while what is kept of it is kept."""
    from stepline.cli.progress import Progress
    from stepline.sources.blocks import blocks_of
    from stepline.sources.opening import open_record

    with Progress("rows") as looked_at:
        blocks = blocks_of(source, looked_at.tell)
    with closing(blocks):
        if len(blocks):
            yield blocks.patients, (_Part(wish, block) for block in blocks)
            return
        records = open_record(source)
        starts = range(0, len(records), _RECORDS)
        yield len(records), (_Part(wish, None, records[n : n + _RECORDS]) for n in starts)


def _worked(part: _Part) -> Told:
    with without_pauses():
        records = _read(part)
        found = [_recognised(record, part.wish) for record in records]
    return Told(
        len(records),
        sum(len(stretches) for _, stretches in found),
        tuple(text for text, _ in found if text),
        tuple(one for _, stretches in found for one in stretches),
        {one.subject.subject_id: one.subject.known_as for one in records if one.subject.known_as},
    )


def _read(part: _Part) -> tuple[Record, ...]:
    """The records; of a table what recognition reads, or all where a day asks what was known."""
    from stepline.course.recognising import concepts_read
    from stepline.sources.blocks import Block
    from stepline.vocabulary.catalogue import catalogue

    if part.source is None:
        return part.records
    if isinstance(part.source, Block) and not part.wish.as_of:
        return part.source.records(concepts_read(catalogue()))
    return part.source.records()


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
