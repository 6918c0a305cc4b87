"""What is sorted on disk is freed, and a disk that does not take it is told."""

from __future__ import annotations

from contextlib import closing

import pytest

from stepline.core.errors import SourceRefused
from stepline.sources.scratch import Scratch


def test_a_full_disk_is_a_refusal_with_its_remedy() -> None:
    with closing(Scratch("export.ndjson")) as scratch:
        scratch.run("CREATE TABLE some (thing TEXT)")
        scratch.run("PRAGMA max_page_count = 3")
        with pytest.raises(SourceRefused) as refusal:
            scratch.add("INSERT INTO some VALUES (?)", (("x" * 5000,) for _ in range(9)))
    (problem,) = refusal.value.problems
    assert (problem.code, problem.place.file) == ("scratch-unwritten", "export.ndjson")
    assert "SQLITE_TMPDIR" in problem.mend


def test_closing_twice_is_closing_once() -> None:
    scratch = Scratch("export.ndjson")
    scratch.close()
    scratch.close()
