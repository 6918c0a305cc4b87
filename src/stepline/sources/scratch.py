"""A database on disk that has no name: where a source is sorted that memory need not hold.

The file is unlinked as it is made (`sqlite3.connect("")`), so the system frees it when it is
closed, when the program fails and when it is killed: nothing of a patient stays behind. It lies
where SQLite keeps such files: `SQLITE_TMPDIR`, else `TMPDIR`, else `/var/tmp` or `/tmp`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stepline.core.errors import Place, Problem, SourceRefused

if TYPE_CHECKING:
    import sqlite3

_CACHE_KIB = 32 * 1024
"""Kibibytes of it that memory holds; what is smaller never reaches the disk."""
Row = tuple[Any, ...]


class Scratch:
    """Tables that last as long as this object is open; `file` names their source in messages.

    Everything raises `SourceRefused` (`scratch-unwritten`) where the disk does not take it.
    """

    def __init__(self, file: str) -> None:
        import sqlite3

        self._file = file
        with self._told():
            self._open: sqlite3.Connection | None = sqlite3.connect("", isolation_level=None)
            for pragma in (
                *("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE"),
                f"cache_size=-{_CACHE_KIB}",
            ):
                self._open.execute(f"PRAGMA {pragma}")

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Runs a statement; how many rows it changed."""
        with self._told():
            return int(self._base.execute(statement, values).rowcount)

    def add(self, statement: str, rows: Iterable[Row]) -> None:
        """Runs a statement for each row, all or none."""
        with self._told():
            self._base.execute("BEGIN")
            self._base.executemany(statement, rows)
            self._base.execute("COMMIT")

    def rows(self, question: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """The rows of an answer, one after another."""
        with self._told():
            yield from self._base.execute(question, values)

    def close(self) -> None:
        """Frees it; a second time is nothing."""
        if self._open is not None:
            self._open.close()
            self._open = None

    @property
    def _base(self) -> sqlite3.Connection:
        assert self._open is not None
        return self._open

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Says a failure of the disk as one."""
        import sqlite3

        try:
            yield
        except sqlite3.DatabaseError as fault:
            problem = Problem(
                "scratch-unwritten",
                f"The source could not be sorted on disk: {fault}.",
                Place(self._file),
                found="a temporary file without a name, which is freed already",
                mend="free space, or name another folder in SQLITE_TMPDIR",
            )
            raise SourceRefused([problem]) from None
