"""The courses of records as rows, file by file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stepline.cli.progress import Progress
from stepline.core.errors import Place, RecordRefused


def courses_in(source: Path) -> Iterator[dict[str, object]]:
    """Every course of every record, by file, subject and start.

    Raises `RecordRefused` (`folder-without-events`) for a folder without event tables.
    """
    from stepline.course.output import course_row
    from stepline.course.recognising import recognise
    from stepline.protocol.loading import packaged
    from stepline.record.index import RecordIndex
    from stepline.sources.opening import open_record
    from stepline.vocabulary.catalogue import catalogue

    files = files_of(source)
    progress = Progress("patients")
    count = 0
    for number, file in enumerate(files):
        records = open_record(file)
        for place, record in enumerate(records, 1):
            for course in recognise(RecordIndex(record), packaged().regimens, catalogue()):
                yield course_row(course, record)
            count += 1
            progress.tell(count, (number + place / len(records)) / len(files))
    progress.end()


def files_of(source: Path) -> list[Path]:
    """The file itself, or the event tables of a folder, by name."""
    if not source.is_dir():
        return [source]
    whole = source / "events.parquet"
    files = [whole] if whole.exists() else sorted(source.glob("events-*.parquet"))
    if not files:
        raise RecordRefused.because(
            "folder-without-events",
            "The folder holds no event table.",
            place=Place(file=source.name),
            found=source.name,
            allowed="events.parquet, or events-*.parquet with each subject in one file",
            mend="name the folder that holds the event tables",
        )
    return files


def said(row: dict[str, object]) -> str:
    """A course in one line for people."""
    name = row["regimen"] or row["title"]
    end = row["end"] or "ongoing or not known"
    return f"{row['subject_id']}  {row['start']} to {end}  {name}  score {row['score']}"
