"""What `review` and `demo` share: open, review, write."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from stepline.cli.writing import write_whole
from stepline.core.errors import Place, ProtocolRefused, RecordRefused, Refused, TimeRefused

if TYPE_CHECKING:
    from datetime import datetime

    from stepline.protocol.model import Protocol
    from stepline.record.model import Record
    from stepline.review.model import Review

FORMATS = ("report.html", "timeline.svg", "timeline.png", "report.pdf", "review.json")


def review_file(
    path: Path,
    *,
    as_of: str | None,
    pathway: str,
    subject: int | None,
    relapse: str = "",
    policy: Path | None = None,
) -> Review:
    """Opens a file of any accepted kind and reviews one subject of it."""
    record = record_of(path, subject)
    return review_record(record, as_of=as_of, pathway=pathway, relapse=relapse, policy=policy)


def review_record(
    record: Record,
    *,
    as_of: str | None = None,
    pathway: str = "",
    relapse: str = "",
    policy: Path | None = None,
) -> Review:
    """Reviews a record against the packaged library, with the definitions of a local policy."""
    from stepline.review.reviewing import library_of, review
    from stepline.vocabulary.catalogue import catalogue

    protocol = _protocol(policy)
    ids = [known.id for known in protocol.pathways]
    if pathway and pathway not in ids:
        raise ProtocolRefused.because(
            "pathway-unknown",
            f"There is no pathway “{pathway}” in the library.",
            place=Place("--pathway"),
            found=pathway,
            allowed=", ".join(ids),
            mend="Run `stepline library list` to see what there is.",
        )
    keys = [key for ladder in protocol.ladders for key in ladder.relapses]
    if relapse and relapse not in keys:
        raise ProtocolRefused.because(
            "relapse-unknown",
            f"The library has no definition of relapse “{relapse}”.",
            place=Place("--relapse"),
            found=relapse,
            allowed=", ".join(dict.fromkeys(keys)),
            mend="Choose one of the definitions.",
        )
    moment = moment_asked(as_of, record) if as_of is not None else None
    return review(
        record,
        library_of(protocol),
        catalogue(),
        as_of=moment,
        pathway_id=pathway,
        relapse=relapse,
    )


def foreseen(review: Review, same_day: str | None = None) -> Review:
    """The review with what models foresee."""
    from stepline.forecast.measuring import SameDay
    from stepline.review.foreseeing import with_forecast

    return with_forecast(review, SameDay(same_day or "unknown"))


def not_apt() -> Refused:
    """What is said where an option is for a forecast that is not asked for."""
    return ProtocolRefused.because(
        "option-not-apt",
        "This option is for a review with a forecast.",
        place=Place(path="--same-day"),
        mend="add --forecast, or leave it out",
    )


def _protocol(policy: Path | None) -> Protocol:
    """The packaged protocol, with the definitions of a local policy before its own."""
    from stepline.protocol.loading import load_rules, packaged
    from stepline.protocol.policy import with_policy

    protocol = packaged()
    if policy is None:
        return protocol
    return with_policy(protocol, load_rules(policy.read_bytes(), str(policy)).definitions)


def moment_asked(text: str, record: Record) -> datetime:
    """The end of the day asked for: a date, or "M6" on a relative calendar."""
    from datetime import timedelta

    from stepline.core.time import RelativeCalendar, parse_date

    day_long = timedelta(days=1) - timedelta(microseconds=1)
    if record.calendar == "relative" and record.day_zero is not None:
        return RelativeCalendar(record.day_zero).parse(text) + day_long
    when = parse_date(text)
    if not when.is_exact:
        raise TimeRefused.because(
            "as-of-not-a-day",
            "A review needs one day to be judged on.",
            found=text,
            allowed="a day, such as 2026-03-01, or M6 for a record without dates",
            mend="Write the day in full.",
        )
    return when.time.replace(hour=0, minute=0, second=0, microsecond=0) + day_long


def record_of(path: Path, subject: int | None) -> Record:
    """The record of one subject of a source of any accepted kind.

    Where the source can be divided, no other subject is read. Raises `RecordRefused` where it is
    not told which, and what opening the source raises.
    """
    from stepline.sources.blocks import blocks_of
    from stepline.sources.opening import open_record

    with closing(blocks_of(path)) as blocks:
        if not len(blocks):
            records = open_record(path)
            return _one(records if subject is None else _of(records, subject))
        if subject is not None:
            return _one(blocks.only(subject))
        if blocks.patients > 1:
            raise _not_one(blocks.patients)
        return _one([record for block in blocks for record in block.records()])


def _of(records: Sequence[Record], subject: int) -> Sequence[Record]:
    return [record for record in records if record.subject.subject_id == subject]


def _one(records: Sequence[Record]) -> Record:
    if len(records) != 1:
        raise _not_one(len(records))
    return records[0]


def _not_one(count: int) -> RecordRefused:
    found = f"{count} subjects" if count else "no subject"
    refusal = RecordRefused.because(
        "one-subject-needed",
        f"A review is of one subject; this file gives {found}.",
        found=found,
        allowed="one subject",
        mend="Choose one with --subject.",
    )
    assert isinstance(refusal, RecordRefused)
    return refusal


def write_reports(review: Review, folder: Path, names: Sequence[str]) -> list[Path]:
    """Writes each report whole or not at all, and gives the paths."""
    contents = [(name, _RENDER[name](review)) for name in names]
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in contents:
        path = folder / name
        write_whole(path, content)
        paths.append(path)
    return paths


def _html(review: Review) -> bytes:
    from stepline.views.report import render_html

    return render_html(review).encode()


def _svg_text(review: Review) -> str:
    from stepline.views.svg import render_svg
    from stepline.views.timeline import timeline

    return render_svg(timeline(review))


def _svg(review: Review) -> bytes:
    return _svg_text(review).encode()


def _png(review: Review) -> bytes:
    from stepline.views.png import render_png

    return render_png(_svg_text(review))


def _pdf(review: Review) -> bytes:
    from stepline.views.pdf import render_pdf

    return render_pdf(review)


def _json(review: Review) -> bytes:
    from stepline.review.output import as_json

    return (json.dumps(as_json(review), ensure_ascii=False, indent=2) + "\n").encode()


_RENDER: dict[str, Callable[[Review], bytes]] = {
    "report.html": _html,
    "timeline.svg": _svg,
    "timeline.png": _png,
    "report.pdf": _pdf,
    "review.json": _json,
}
