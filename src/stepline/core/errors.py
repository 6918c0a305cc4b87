"""What can go wrong, as one tree.

    SteplineError
    ├── Refused                 the input cannot be used; exit code 2
    │   ├── VocabularyRefused   a concept, code system or source that the library does not hold
    │   ├── DocumentRefused     a YAML file: syntax, unknown key, wrong type
    │   ├── QuantityRefused     a number, a unit, or the two together
    │   ├── TimeRefused         a date, a duration, a relative moment
    │   ├── CriterionRefused    a criterion that cannot be read; points at the column
    │   ├── ProtocolRefused     a regimen, pathway or rule that is well formed but wrong
    │   ├── RecordRefused       a record or case file
    │   ├── SourceRefused       a foreign file: FHIR, OMOP, MEDS, CSV
    │   └── OutputRefused       a file that was asked for and cannot be written
    └── Unsupported             asked for something declared as not built; exit code 2

Anything else that escapes is a bug and exits 1.

A refusal carries *all* problems found, never only the first, and each problem says where, what was
found, what is allowed and how to mend it. Problems never quote the data of a patient beyond the
offending token of the user's own file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an input something stands. Lines and columns count from 1; 0 means not known."""

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        numbers = [str(n) for n in (self.line, self.column) if n]
        head = ":".join([self.file, *numbers] if self.file else numbers)
        return " ".join(part for part in (head, self.path) if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input.

    `code` is stable and lower-case with hyphens (`unit-unknown`); `message` is a sentence.
    """

    code: str
    message: str
    place: Place = Place()
    found: str = ""
    allowed: str = ""
    mend: str = ""

    def at(self, place: Place) -> Problem:
        """The same problem at another place."""
        return replace(self, place=place)

    def __str__(self) -> str:
        where = f"{self.place}: " if str(self.place) else ""
        parts = [f"{where}{self.message}"]
        if self.found:
            parts.append(f"  found:   {self.found}")
        if self.allowed:
            parts.append(f"  allowed: {self.allowed}")
        if self.mend:
            parts.append(f"  mend:    {self.mend}")
        return "\n".join(parts)

    def as_json(self) -> dict[str, object]:
        """Machine form, with empty fields left out."""
        fields: dict[str, object] = {
            "code": self.code,
            "message": self.message,
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "path": self.place.path,
            "found": self.found,
            "allowed": self.allowed,
            "mend": self.mend,
        }
        return {key: value for key, value in fields.items() if value}


class SteplineError(Exception):
    """Root of everything raised on purpose."""


class Refused(SteplineError):
    """An input that cannot be used, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def because(
        cls,
        code: str,
        message: str,
        *,
        place: Place | None = None,
        found: str = "",
        allowed: str = "",
        mend: str = "",
    ) -> Self:
        """A refusal with one problem; call it on the subclass that fits."""
        return cls([Problem(code, message, place or Place(), found, allowed, mend)])


class DocumentRefused(Refused):
    """A YAML document that cannot be read as what it should be."""


class QuantityRefused(Refused):
    """A number or a unit that cannot be used."""


class TimeRefused(Refused):
    """A date, duration or relative moment that cannot be read."""


class CriterionRefused(Refused):
    """A criterion that cannot be read."""


class ProtocolRefused(Refused):
    """A regimen, pathway or rule that is well formed but wrong."""


class RecordRefused(Refused):
    """A record or case file that cannot be used."""


class SourceRefused(Refused):
    """A foreign file that cannot be read."""


class Unsupported(SteplineError):
    """Something that is declared as not built."""


class OutputRefused(Refused):
    """A file that was asked for and cannot be written."""
