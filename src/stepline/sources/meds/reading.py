"""MEDS in, records out: a Parquet file or a folder of shards, one subject after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepline.core.errors import Place, Problem, SourceRefused
from stepline.record.model import PLANNED, Event, Quarantined, Record, Subject
from stepline.sources.fhir.numbers import Number, read_measure
from stepline.sources.fhir.rows import RowRefused, joined
from stepline.sources.fhir.structs import Quantity
from stepline.sources.hearing import Tell, quietly
from stepline.sources.meds.codes import Code, read_code
from stepline.sources.sniffing import refused
from stepline.vocabulary.catalogue import Catalogue, catalogue

if TYPE_CHECKING:
    import polars as pl

NEEDED = ("subject_id", "time", "code")
_OWN = ("event_id", "value_exact")
_NUMBERS = ("numeric_value", "value")
_SEXES = {"GENDER//F": "female", "GENDER//M": "male"}
_BIRTH = "MEDS_BIRTH"
_ABOUT = frozenset({*_SEXES, _BIRTH})
"""Codes of rows about the subject, which are no events."""
_NO_DOSE = "dose unknown: a MEDS medication code carries none"


def is_meds(columns: Sequence[str]) -> bool:
    """Whether columns are those of MEDS and not of the event table."""
    return set(NEEDED) <= set(columns) and not set(_OWN) & set(columns)


def meds_files(folder: Path) -> list[Path]:
    """The Parquet files of a MEDS folder: below `data`, or in the folder itself."""
    data = folder / "data"
    found = data.rglob("*.parquet") if data.is_dir() else folder.glob("*.parquet")
    return sorted(one for one in found if one.is_file() and not one.is_symlink())


def read_meds(
    path: Path,
    tell: Tell = quietly,
    subjects: tuple[int, int] | None = None,
    concepts: frozenset[str] | None = None,
) -> tuple[Record, ...]:
    """The records of a MEDS file or folder, by subject_id.

    A number is read from `numeric_value`, or from `value` where that is not there. `tell` hears
    how many rows are read and which part that is. With `subjects`, those from one id to another
    alone are read. With `concepts`, records hold the events of these and those of the last moment
    that is not only planned; what else cannot be read is then not told. Raises `SourceRefused` with
    every problem: `parquet-unreadable`, `meds-columns`, `meds-empty`.
    """
    frame, notes = _frame(path, subjects)
    known = _Known(catalogue())
    found, count = [], 0
    for subject, rows in _subjects(frame):
        one = _Subject(subject, path.name, known)
        record = _about(one, rows, concepts, notes) if concepts is not None else None
        found.append(record or one.record(rows.iter_rows(), notes))
        count += rows.height
        tell(count, count / frame.height)
    return tuple(found)


def _frame(path: Path, subjects: tuple[int, int] | None) -> tuple[pl.DataFrame, tuple[str, ...]]:
    import polars as pl

    files = meds_files(path) if path.is_dir() else [path]
    if not files:
        raise refused("meds-empty", "The folder holds no Parquet file.", path.name,
                      mend="give the folder that holds data/*.parquet")  # fmt: skip
    frames, problems = [], []
    notes: dict[str, None] = {}
    for file in files:
        try:
            frame = _rows(file, subjects)
        except (pl.exceptions.PolarsError, OSError):
            problems.append(Problem("parquet-unreadable", "The file is no Parquet, or cut short.",
                                    Place(file.name), mend="write it again"))  # fmt: skip
            continue
        problems += _column_problems(file.name, frame)
        if not problems:
            frames.append(_fitted(frame, notes))
    if problems:
        raise SourceRefused(problems)
    return pl.concat(frames).sort("subject_id", "time", maintain_order=True), tuple(notes)


def _rows(file: Path, subjects: tuple[int, int] | None) -> pl.DataFrame:
    import polars as pl

    rows = pl.scan_parquet(file)
    if subjects is not None:
        rows = rows.filter(pl.col("subject_id").is_between(*subjects))
    return rows.collect()


def _column_problems(file: str, frame: pl.DataFrame) -> Iterator[Problem]:
    import polars as pl

    for name in NEEDED:
        kind = frame.schema.get(name)
        good = {
            "subject_id": kind is not None and kind.is_integer(),
            "time": isinstance(kind, pl.Datetime),
            "code": kind == pl.String,
        }[name]
        if not good:
            yield Problem(
                "meds-columns", f"The column {name} is missing or of another type.",
                Place(file, path=name), found=str(kind or "nothing"),
                allowed="subject_id integer, time timestamp, code string",
                mend="write the table as MEDS asks",
            )  # fmt: skip


def _fitted(frame: pl.DataFrame, notes: dict[str, None]) -> pl.DataFrame:
    """The columns that are read, in one shape; numbers as the decimal text of a float32."""
    import polars as pl

    number = next((name for name in _NUMBERS if name in frame.columns), "")
    if number != "numeric_value":
        said = f"{number} is read for it" if number else "no number is read"
        notes[f"The column numeric_value of MEDS is missing: {said}."] = None
    has_text = "text_value" in frame.columns
    return frame.select(
        pl.col("subject_id").cast(pl.Int64),
        pl.col("time").dt.replace_time_zone(None).cast(pl.Datetime("us")),
        "code",
        (pl.col(number).cast(pl.Float32).cast(pl.String) if number else pl.lit(None, pl.String))
        .alias("number"),
        (pl.col("text_value").cast(pl.String) if has_text else pl.lit(None, pl.String))
        .alias("text"),
    )  # fmt: skip


Row = tuple[Any, ...]


def _subjects(frame: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    """Each subject with its rows, numbered from 1 in `row`.

    Rows of one moment stand by code and value, whatever their order in the file.
    """
    import polars as pl

    texts = [pl.col(name).fill_null("") for name in ("code", "number", "text")]
    ordered = frame.sort("subject_id", "time", *texts, nulls_last=False, maintain_order=True)
    numbered = ordered.with_columns(row=pl.int_range(1, pl.len() + 1).over("subject_id"))
    for part in numbered.partition_by("subject_id", maintain_order=True):
        subject = part["subject_id"][0]
        if subject is not None:
            yield subject, part


def _about(
    one: _Subject, rows: pl.DataFrame, concepts: frozenset[str], notes: tuple[str, ...]
) -> Record | None:
    """A record of some concepts, the rows about the subject, and those of the last moment.

    `None` where no row of the last moment can be read: an earlier one is then the last.
    """
    import polars as pl

    codes = [code for code in rows["code"].unique() if code is not None and code not in _ABOUT]
    read = {code: one.known.code(code) for code in codes}
    wanted = [text for text, code in read.items() if code.concept and code.concept.id in concepts]
    happens = [text for text, code in read.items() if code.status not in PLANNED]
    last = rows.filter(pl.col("code").is_in(happens))["time"].max()
    is_last = pl.col("code").is_in(happens) & (pl.col("time") == pl.lit(last, pl.Datetime("us")))
    is_kept = pl.col("code").is_in([*wanted, *_ABOUT]) | is_last
    record = one.record(rows.filter(is_kept.fill_null(value=False)).iter_rows(), notes)
    happened = (event.time for event in record.events if event.status not in PLANNED)
    return record if max(happened, default=None) == last else None


class _Known:
    """What codes mean, each read once."""

    def __init__(self, words: Catalogue) -> None:
        self._words = words
        self._codes: dict[str, Code] = {}

    def code(self, text: str) -> Code:
        """The meaning of a code."""
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = read_code(text, self._words)
        return found


@dataclass(slots=True)
class _Subject:
    subject: int
    file: str
    known: _Known

    def record(self, rows: Iterable[Row], notes: tuple[str, ...]) -> Record:
        events: list[Event] = []
        quarantine: list[Quarantined] = []
        about: list[Row] = []
        for row in rows:
            number: int = row[5]
            if row[2] in _ABOUT:
                about.append(row)
                continue
            try:
                events.append(self._event(row, number))
            except RowRefused as refusal:
                place = f"subject row {number}"
                quarantine.append(
                    Quarantined(self.file, place, refusal.code, refusal.reason, refusal.mend)
                )
        sexes = {_SEXES[row[2]] for row in about if row[2] in _SEXES}
        births = {row[1] for row in about if row[2] == _BIRTH and row[1]}
        return Record(
            Subject(self.subject, sex=sexes.pop() if len(sexes) == 1 else "",
                    birth=births.pop() if len(births) == 1 else None),
            tuple(events),
            quarantine=tuple(quarantine),
            notes=(*notes, *_remarks(events)),
        )  # fmt: skip

    def _event(self, row: Row, number: int) -> Event:
        _, time, text, amount, words, _ = row
        if text is None or time is None:
            raise RowRefused("time-missing" if text else "code-missing",
                             "The row has no time." if text else "The row has no code.",
                             "fill the column in the source")  # fmt: skip
        code = self.known.code(text)
        found = Number() if code.is_drug or amount is None else _number(amount, code)
        unread = f"{amount} without a unit" if code.is_drug and amount is not None else ""
        return Event(
            event_id=number,
            time=time,
            code=text,
            concept=code.concept.id if code.concept else "",
            value=found.value,
            unit=found.unit,
            text=words or found.text or ("" if code.concept and not code.is_drug else code.words),
            status=code.status,
            route=code.route,
            product=code.words if code.is_drug else "",
            certainty=found.certainty,
            note=joined(*found.notes, _NO_DOSE if code.is_drug else "", unread, code.said),
            source=self.file,
        )


def _number(text: str, code: Code) -> Number:
    value = Decimal(text)
    return read_measure(Quantity(value=value, unit=code.unit), code.concept)


def _remarks(events: list[Event]) -> Iterator[str]:
    doses = sum(1 for event in events if event.note.startswith(_NO_DOSE))
    if doses:
        yield f"The dose is unknown in {doses} medication events: their codes carry none."
    unmapped = sum(1 for event in events if not event.concept)
    if unmapped:
        yield f"Rows with a code that the vocabulary does not hold: {unmapped} of {len(events)}."
