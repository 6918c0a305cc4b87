"""A folder of FHIR: bundles, one file at a time, and NDJSON files, which are one export.

What a bundle says is complete in itself: its references and ids are its own. So a person who stands
in two bundles, or in a bundle and in NDJSON, is refused and not joined.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stepline.core.errors import Problem, SourceRefused
from stepline.record.model import Record
from stepline.sources.fhir import structs
from stepline.sources.fhir.linking import LINKING
from stepline.sources.fhir.parts import LineParts, Stamp, changed, stamp_of
from stepline.sources.fhir.people import number_of, person_of
from stepline.sources.fhir.reading import check_people, check_size, is_ndjson, read_file
from stepline.sources.fhir.rows import RowRefused
from stepline.sources.fhir.unpacking import Found, Unpacked, unpack_bundle
from stepline.sources.hearing import Tell, quietly
from stepline.sources.parts import SIZE, Part, shared
from stepline.sources.sniffing import check_path, read_head, refused, without_mark

_SUFFIXES = (".json", ".ndjson", ".jsonl")
_SIGN = b'"resourceType"'
_BYTES = 32 * 1024 * 1024
"""About so many bytes of bundles in one part at most, but always one bundle."""
_EMPTY = "fhir-empty"
_MEND = "export NDJSON, which is read as one, or keep unrelated files in folders of their own"


def fhir_files(folder: Path) -> list[Path]:
    """The files of a folder that begin as FHIR; links and other JSON are left out."""
    return [
        one
        for one in sorted(folder.iterdir())
        if one.suffix.lower() in _SUFFIXES
        and one.is_file()
        and not one.is_symlink()
        and _SIGN in read_head(one)
    ]


@dataclass(frozen=True, slots=True)
class Bundles:
    """Bundles that are read one after another; `stamps` tell whether they are still the same."""

    paths: tuple[Path, ...]
    stamps: tuple[Stamp, ...]
    count: int

    def records(self) -> tuple[Record, ...]:
        """The records of each, by file and number. Raises `SourceRefused` (`file-changed`)."""
        found: list[Record] = []
        for path, stamp in zip(self.paths, self.stamps, strict=True):
            if stamp_of(path) != stamp:
                raise changed(path.name)
            found += read_file(path)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Bundle:
    path: Path
    stamp: Stamp
    subjects: frozenset[int]


class FhirFolder:
    """A folder of FHIR in parts: by file, the NDJSON files as one where the first of them stands.

    A bundle that holds nothing about a person (of hospitals, of practitioners) is left out. `tell`
    hears how far the first look is. Raises `SourceRefused` with the problems of every file, and
    `subject-in-two-files`.
    """

    def __init__(self, folder: Path, tell: Tell = quietly) -> None:
        self._lines: LineParts | None = None
        self._bundles: list[_Bundle] = []
        lines: list[Path] = []
        problems: list[Problem] = []
        for path in fhir_files(folder):
            try:
                self._look_at(path, lines)
            except SourceRefused as refusal:
                problems += refusal.problems
        try:
            self._lines = LineParts(lines, folder.name, tell) if lines else None
        except SourceRefused as refusal:
            problems += refusal.problems
        try:
            self._settle(folder.name, problems)
        except SourceRefused:
            self.close()
            raise
        self._first_lines = lines[0].name if lines else ""

    def _look_at(self, path: Path, lines: list[Path]) -> None:
        if is_ndjson(path):
            lines.append(path)
            return
        subjects = _subjects_of(path)
        if subjects:
            self._bundles.append(_Bundle(path, stamp_of(path), subjects))

    def _settle(self, name: str, problems: list[Problem]) -> None:
        if problems:
            raise SourceRefused(problems)
        numbers = [number for one in self._bundles for number in one.subjects]
        numbers += self._lines.subjects() if self._lines else ()
        if not numbers:
            raise refused(_EMPTY, "The folder holds nothing about a patient.", name,
                          mend="export the patients with it")  # fmt: skip
        twice = len(numbers) - len(set(numbers))
        if twice:
            raise shared(name, twice, _MEND)
        self.patients = len(numbers)

    def close(self) -> None:
        """Frees what is kept on disk."""
        if self._lines is not None:
            self._lines.close()

    def __len__(self) -> int:
        return sum(1 for _ in self._runs()) + (len(self._lines) if self._lines else 0)

    def __iter__(self) -> Iterator[Part]:
        waiting = self._lines
        for run in self._runs():
            if waiting is not None and run.paths[0].name > self._first_lines:
                yield from waiting
                waiting = None
            yield run
        yield from waiting or ()

    def only(self, subject: int) -> tuple[Record, ...]:
        """The record of one subject, or nothing."""
        for one in self._bundles:
            if subject in one.subjects:
                found = Bundles((one.path,), (one.stamp,), len(one.subjects)).records()
                return tuple(r for r in found if r.subject.subject_id == subject)
        return self._lines.only(subject) if self._lines else ()

    def _runs(self) -> Iterator[Bundles]:
        """Bundles that follow one another and are read in one go, none across the NDJSON."""
        run: list[_Bundle] = []
        for one in self._bundles:
            if run and (self._is_full([*run, one]) or self._parts_at(run[-1], one)):
                yield _joined(run)
                run = []
            run.append(one)
        if run:
            yield _joined(run)

    def _is_full(self, run: list[_Bundle]) -> bool:
        subjects = sum(len(one.subjects) for one in run)
        return subjects > SIZE or sum(one.stamp[0] for one in run) > _BYTES

    def _parts_at(self, before: _Bundle, after: _Bundle) -> bool:
        return bool(self._lines) and before.path.name < self._first_lines < after.path.name


def _joined(run: list[_Bundle]) -> Bundles:
    paths, stamps = tuple(one.path for one in run), tuple(one.stamp for one in run)
    return Bundles(paths, stamps, sum(len(one.subjects) for one in run))


def _subjects_of(path: Path) -> frozenset[int]:
    """The persons of a bundle; none where it holds nothing about a person."""
    check_path(path)
    check_size(path.stat().st_size, path.name)
    try:
        unpacked = unpack_bundle(without_mark(path.read_bytes()), path.name, LINKING)
    except SourceRefused as refusal:
        if all(problem.code == _EMPTY for problem in refusal.problems):
            return frozenset()
        raise
    numbers = frozenset(_numbers(unpacked))
    check_people(tuple(numbers), path.name)
    return numbers


def _numbers(unpacked: Unpacked) -> Iterator[int]:
    for one in unpacked.found:
        key = None if isinstance(one.content, structs.Medication) else _person(one, unpacked)
        if key is not None:
            yield number_of(key)


def _person(found: Found, unpacked: Unpacked) -> tuple[str, str] | None:
    try:
        return person_of(found, unpacked.names)
    except RowRefused:
        return None
