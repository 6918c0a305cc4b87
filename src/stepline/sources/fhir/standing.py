"""Where the resources of each person stand in NDJSON, so that some persons are read alone.

Every line is looked at once. What is kept of a resource is a row on disk: whom it is about, a mark
of its type and id, and the place of its line. A mark is a hash: resources that share one by chance
are read together, which changes no answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from stepline.core.errors import Problem, SourceRefused
from stepline.sources.fhir import structs
from stepline.sources.fhir.linking import LINKING, pointers
from stepline.sources.fhir.people import number_of
from stepline.sources.fhir.rows import ResourceKey
from stepline.sources.fhir.surroundings import key_of
from stepline.sources.fhir.unpacking import (
    MOST_PROBLEMS,
    Found,
    Unpacked,
    checked,
    lines_of,
    take_line,
)
from stepline.sources.hearing import Tell
from stepline.sources.scratch import Row, Scratch

NOBODY = -1
"""Stands for the subject of what is about nobody and cannot be read for it."""
SHARED = -2
"""Stands for the subject of a Medication, which is about nobody and may be pointed at."""
FILE = 1 << 40
"""A line is one number: the number of its file times this, plus its own in the file."""

_BATCH = 50_000
_HEARD_EVERY = 10_000
_PLACED = "(subject INT, mark INT, line INT, start INT, size INT)"
TABLES = (
    f"CREATE TABLE stands {_PLACED}",
    f"CREATE TABLE points {_PLACED}",
    "CREATE TABLE together (one INT, other INT)",
    "CREATE TABLE names (url TEXT, kind TEXT, id TEXT, UNIQUE (url, kind, id))",
    "CREATE TABLE asked (url TEXT, kind TEXT, id TEXT, UNIQUE (url, kind, id))",
    "CREATE TABLE unread (subject INT, kind TEXT, count INT, PRIMARY KEY (subject, kind))",
)
"""`stands`: a resource of a person; `points`: the mark that a resource of a person points at.

`together`: persons of one line. `names`: what a fullUrl names; `asked`: what a URL would name if
no fullUrl were that. `unread`: resources of types that are not read.
"""


class Filling:
    """Lines on their way into the tables of a `Scratch`."""

    def __init__(self, scratch: Scratch, file: str) -> None:
        self._scratch = scratch
        self._file = file
        self._unpacked = Unpacked(file, decoded=LINKING)
        self._rows: dict[str, list[Row]] = {name: [] for name in _ADD}
        self._unread: Counter[tuple[int, str]] = Counter()
        self._kinds: set[str] = set()
        self._last: list[Found] = []
        self.is_odd = False
        """Whether there is something that cannot be told from one line: the whole must be read."""

    @property
    def empty_entries(self) -> int:
        """Entries of bundles without a resource."""
        return self._unpacked.empty_entries

    def fill(self, paths: Sequence[Path], tell: Tell) -> None:
        """Looks at every line of every file; `tell` hears how many.

        Raises `SourceRefused` with the problems of all, up to twenty, and what `checked` raises.
        """
        problems: list[Problem] = []
        heard = _Heard(tell, sum(path.stat().st_size for path in paths))
        for number, path in enumerate(paths):
            self._unpacked.file = path.name
            for line, text, start in _placed(path):
                problems += take_line(self._unpacked, text, line)
                if len(problems) >= MOST_PROBLEMS:
                    raise SourceRefused(problems)
                self._take((number * FILE + line, start, len(text)))
                heard.look(len(text))
        if problems:
            raise SourceRefused(problems)
        self._flush()
        unread = Counter({(kind, ""): 1 for kind in self._kinds})
        signs = self._unpacked.signs
        checked(Unpacked(self._file, found=self._last, unread=unread, signs=signs))

    def _take(self, place: tuple[int, int, int]) -> None:
        """Moves what a line gave into rows."""
        unpacked = self._unpacked
        versions = Counter(one.key for one in unpacked.found)
        about = [self._subject(one, versions[one.key]) for one in unpacked.found]
        for one, subject in zip(unpacked.found, about, strict=True):
            self._rows["stands"].append((subject, hash(one.key), *place))
            for reference, kind in pointers(one.content):
                key = self._key(reference, kind)
                if key is not None:
                    self._rows["points"].append((subject, hash(key), *place))
        self._rows["together"] += pairwise(sorted({one for one in about if one >= 0}))
        for url, (kind, identity) in unpacked.names.items():
            self.is_odd |= ":" not in url
            self._rows["names"].append((url, kind, identity))
        for (kind, said), count in unpacked.unread.items():
            found = self._key(structs.Reference(said), "Patient")
            self._unread[number_of(found) if found else NOBODY, kind] += count
            self._kinds.add(kind)
        self._last = unpacked.found or self._last
        unpacked.found, unpacked.names = [], {}
        unpacked.unread.clear()
        if len(self._rows["stands"]) + len(self._unread) >= _BATCH:
            self._flush()

    def _subject(self, found: Found, versions: int) -> int:
        """Whom a resource is about, of which so many versions stand on its line."""
        if found.key[0] == "Patient":
            return number_of(found.key)
        is_product = versions == 1 and isinstance(found.content, structs.Medication)
        self.is_odd |= found.key[0] == "Medication" and found.person is not None
        key = self._key(found.person, "Patient")
        if key is None or key[0] != "Patient":
            return SHARED if is_product else NOBODY
        return number_of(key)

    def _key(self, reference: structs.Reference | None, kind: str) -> ResourceKey | None:
        """What a reference names as far as its own line tells; a URL is noted, to be compared."""
        target = reference.reference.strip() if reference is not None else ""
        key = key_of(reference, kind, self._unpacked.names)
        if ":" in target and target not in self._unpacked.names:
            self._rows["asked"].append((target, *(key or ("", ""))))
        return key

    def _flush(self) -> None:
        for name, rows in self._rows.items():
            if rows:
                self._scratch.add(_ADD[name], rows)
                rows.clear()
        unread = [(*key, count) for key, count in self._unread.items()]
        self._scratch.add(_ADD_UNREAD, unread)
        self._unread.clear()


class _Heard:
    """Counts lines and bytes for the one who hears."""

    def __init__(self, tell: Tell, size: int) -> None:
        self._tell, self._size = tell, size
        self._lines = self._bytes = 0

    def look(self, size: int) -> None:
        """One more line."""
        self._lines += 1
        self._bytes += size
        if self._lines % _HEARD_EVERY == 0:
            self._tell(self._lines, self._bytes / self._size)


_ADD = {
    "stands": "INSERT INTO stands VALUES (?, ?, ?, ?, ?)",
    "points": "INSERT INTO points VALUES (?, ?, ?, ?, ?)",
    "together": "INSERT INTO together VALUES (?, ?)",
    "names": "INSERT OR IGNORE INTO names VALUES (?, ?, ?)",
    "asked": "INSERT OR IGNORE INTO asked VALUES (?, ?, ?)",
}
_ADD_UNREAD = (
    "INSERT INTO unread VALUES (?, ?, ?) "
    "ON CONFLICT (subject, kind) DO UPDATE SET count = count + excluded.count"
)


def _placed(path: Path) -> Iterator[tuple[int, bytes, int]]:
    """The lines of a file: number, bytes, and where they start."""
    start = 0
    with path.open("rb") as stream:
        for number, text in enumerate(lines_of(stream), 1):
            yield number, text, start
            start += len(text)
