"""Parts of a source, each read without the rest, and how subjects are shared out among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from stepline.core.errors import Place, Problem, SourceRefused
from stepline.record.model import Record

SIZE = 50
"""Subjects in one part."""
ROWS = 30_000
"""About so many rows in one part at most, but always one subject."""


class Part(Protocol):
    """Some subjects of a source. It can be sent to another process."""

    @property
    def count(self) -> int:
        """How many subjects."""

    def records(self) -> tuple[Record, ...]:
        """Their records, by subject. Raises what the reader of the source raises."""


class Parts(Protocol):
    """A source in parts, in the order of reading. None where it cannot be divided."""

    @property
    def patients(self) -> int:
        """How many subjects all parts have."""

    def __len__(self) -> int:
        """How many parts."""

    def __iter__(self) -> Iterator[Part]:
        """Each part, made when it is asked for."""

    def only(self, subject: int) -> tuple[Record, ...]:
        """The record of one subject; nothing where there is no such."""

    def close(self) -> None:
        """Frees what is kept of the source."""


class NoParts:
    """What a source that cannot be divided has."""

    patients = 0

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Part]:
        return iter(())

    def only(self, _subject: int) -> tuple[Record, ...]:
        """Nothing."""
        return ()

    def close(self) -> None:
        """There is nothing to free."""


def shared(name: str, count: int, mend: str) -> SourceRefused:
    """The refusal of a folder in which so many subjects stand in two files that are apart."""
    problem = Problem(
        "subject-in-two-files",
        "Subjects stand in more than one file of the folder.",
        Place(name),
        found=f"{count} {'subject' if count == 1 else 'subjects'}",
        allowed="each subject in one file",
        mend=mend,
    )
    return SourceRefused([problem])


def ranges(rows: Iterable[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """First and last subject of each part, from each subject with its number of rows, in order."""
    found: list[tuple[int, int]] = []
    first, last, count, total = 0, 0, 0, 0
    for subject, number in rows:
        if count and (count == SIZE or total + number > ROWS):
            found.append((first, last))
            count, total = 0, 0
        first = first if count else subject
        last, count, total = subject, count + 1, total + number
    return [*found, (first, last)] if count else found
