"""Recognised courses against courses that are known to be true, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from stepline.core.errors import Place, RecordRefused, TimeRefused

if TYPE_CHECKING:
    from stepline.course.comparing import Comparison, Counts, Stretch

_HEADS = ("true", "recognised", "same", "precision", "recall", "F1")
_SHOWN = 15
"""Confusions and regimens that are told to people; JSON has all."""


def compared(source: Path, truth: Path, as_of: str, workers: int) -> Comparison:
    """The comparison of what is recognised in a source with a table of courses.

    With `as_of`, courses that began later are not expected, and what still ran has an open end.
    A subject of the table is the record's by its number, or by an id that the source gives it.
    Raises what opening the source and reading the table raise, `TimeRefused` for `as_of`, and
    `RecordRefused` (`subjects-differ`, `subjects-ambiguous`).
    """
    from stepline.cli.recognising import Wish, recognised
    from stepline.course.comparing import compare
    from stepline.course.comparing_reading import read_courses
    from stepline.protocol.loading import packaged

    drugs = {regimen.id: regimen.drug for regimen in packaged().regimens}
    true = known(read_courses(truth, drugs), day_of(as_of)) if as_of else read_courses(truth, drugs)
    parts = list(recognised(source, Wish(as_json=False, as_of=as_of), workers))
    known_as = {subject: names for part in parts for subject, names in part.known_as.items()}
    subjects = {one.subject_id for one in true}
    numbers = numbers_in(subjects, known_as, truth.name)
    found = [
        replace(one, subject_id=numbers.get(one.subject_id, one.subject_id))
        for part in parts
        for one in part.stretches
    ]
    if found and true and not any(one.subject_id in subjects for one in found):
        raise RecordRefused.because(
            "subjects-differ", "No subject of the table is one of the record.",
            place=Place(truth.name, path="subject_id"),
            allowed="the record's own subject ids; of FHIR also a Patient.id or Patient.identifier",
            mend="number the subjects of the table as the source or `recognise --json` does",
        )  # fmt: skip
    return compare(true, found)


def numbers_in(
    subjects: Iterable[int], known_as: Mapping[int, Sequence[str]], table: str
) -> dict[int, int]:
    """The numbers that a table has for subjects of a source, where they are not the record's own.

    `known_as` gives the ids in the source of each subject. A subject whose own number is in the
    table is that. Raises `RecordRefused` (`subjects-ambiguous`) where one subject would be two of
    the table, or two would be one.
    """
    wanted = {str(one): one for one in set(subjects)}
    found: dict[int, int] = {}
    unclear: set[int] = set()
    for subject, names in known_as.items():
        numbers = {wanted[name] for name in names if name in wanted}
        if str(subject) in wanted or not numbers:
            continue
        if len(numbers) > 1 or numbers & set(found.values()):
            unclear |= numbers
        found[subject] = min(numbers)
    if unclear:
        raise RecordRefused.because(
            "subjects-ambiguous", "An id of the source does not tell which subject is meant.",
            place=Place(table, path="subject_id"), found=f"{len(unclear)} subjects of the table",
            allowed="for each subject one id of the source, and for each id one subject",
            mend="number the subjects of the table as `recognise --json` does",
        )  # fmt: skip
    return found


def day_of(text: str) -> date:
    """A day of the calendar: a table of true courses has dates, so the day must be one."""
    from stepline.core.time import parse_date

    when = parse_date(text)
    if not when.is_exact:
        raise TimeRefused.because(
            "as-of-not-a-day", "A comparison needs one day.", place=Place("--as-of"), found=text,
            allowed="a day, such as 2026-03-01", mend="write the day in full",
        )  # fmt: skip
    return when.time.date()


def known(true: Iterable[Stretch], day: date) -> tuple[Stretch, ...]:
    """The courses that had begun by a day; those that went on after it have an open end."""
    return tuple(
        replace(one, end=None) if one.end is not None and one.end > day else one
        for one in true
        if one.start <= day
    )


# ---------------------------------------------------------------- JSON


def comparison_json(comparison: Comparison) -> dict[str, object]:
    """Shares from 0 to 1 with four decimals; `null` where there is nothing to divide by."""
    from stepline.course.comparing import percentile

    errors = comparison.boundary_errors
    return {
        "all": _counts(comparison.counts),
        "with_a_regimen": _counts(comparison.named),
        "boundary_errors_days": {
            "median": percentile(errors, 50),
            "percentile_90": percentile(errors, 90),
        },
        "by_regimen": {name: _counts(one) for name, one in comparison.by_regimen().items()},
        "confusions": [
            {"regimen": true, "read_as": read, "count": count}
            for (true, read), count in comparison.confusions().items()
        ],
    }


def _counts(counts: Counts) -> dict[str, object]:
    return {
        "truth": counts.truth,
        "recognised": counts.found,
        "same": counts.same,
        "precision": _rounded(counts.precision),
        "recall": _rounded(counts.recall),
        "f1": _rounded(counts.f1),
    }


def _rounded(share: Fraction | None) -> float | None:
    return None if share is None else float(round(share, 4))


# ---------------------------------------------------------------- text


def comparison_text(comparison: Comparison) -> str:
    """Counts, shares, errors at starts and ends, and what was read as what."""
    from stepline.course.comparing import percentile

    errors = comparison.boundary_errors
    median, most = _days(percentile(errors, 50)), _days(percentile(errors, 90))
    lines = [
        _row("", *_HEADS),
        _counts_line("all courses", comparison.counts),
        _counts_line("with a regimen", comparison.named),
        "",
        f"days off at starts and ends: median {median}, 90th percentile {most}",
        *_confusions(comparison),
        *_by_regimen(comparison),
    ]
    return "\n".join(lines)


def _row(*cells: str) -> str:
    first, *rest = cells
    return f"{first:42}" + "".join(f"{cell:>11}" for cell in rest)


def _counts_line(name: str, counts: Counts) -> str:
    shares = (counts.precision, counts.recall, counts.f1)
    return _row(name, *(f"{n:,}" for n in (counts.truth, counts.found, counts.same)),
                *("–" if one is None else f"{float(one):.3f}" for one in shares))  # fmt: skip


def _days(number: int | None) -> str:
    return "not known" if number is None else f"{number} {'day' if number == 1 else 'days'}"


def _confusions(comparison: Comparison) -> Iterator[str]:
    found = list(comparison.confusions().items())
    if not found:
        return
    yield "\nmissed, and what was read there instead"
    for (true, read), count in found[:_SHOWN]:
        yield f"{count:6,}  {true or 'no regimen'}: {_read(true, read)}"
    if len(found) > _SHOWN:
        yield f"        and {len(found) - _SHOWN} other kinds; --json has all"


def _read(true: str, read: str | None) -> str:
    if read is None:
        return "nothing of the drug"
    return "the same, on other days" if read == true else read or "no regimen"


def _by_regimen(comparison: Comparison) -> Iterator[str]:
    """The regimens that are told worst, those with every course right left out."""
    wrong = [
        (counts.f1 or Fraction(0), name, counts)
        for name, counts in comparison.by_regimen().items()
        if counts.f1 != 1
    ]
    if wrong:
        yield "\n" + _row("by regimen, the worst first", *_HEADS)
    for _, name, counts in sorted(wrong)[:_SHOWN]:
        yield _counts_line(name or "no regimen", counts)
