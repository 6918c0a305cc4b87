"""Makes `compiled.json` from the YAML files: `python -m stepline.vocabulary.compiling`.

All mistakes of all files are listed at once and nothing is written then.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from stepline.core.errors import Problem, Refused
from stepline.vocabulary.compiled import COMPILED, encode
from stepline.vocabulary.model import Library, VocabularyRefused

if TYPE_CHECKING:
    from pydantic import BaseModel

Model = TypeVar("Model", bound="BaseModel")


def read_library() -> Library:
    """The packaged library, from YAML, checked.

    Raises:
        VocabularyRefused: every problem of every file, with file, line and column where known.
    """
    from stepline.vocabulary.authoring import AuthoredConcepts, AuthoredNaming, AuthoredSources
    from stepline.vocabulary.building import build_library
    from stepline.vocabulary.checking import check_library

    problems: list[Problem] = []
    root = files("stepline.library")
    sources = _read(AuthoredSources, root / "sources.yaml", problems)
    naming = _read(AuthoredNaming, root / "naming.yaml", problems)
    concepts = [_read(AuthoredConcepts, path, problems) for path in concept_files()]
    read = [one for one in concepts if one is not None]
    if problems or sources is None or naming is None:
        raise VocabularyRefused(problems)
    library = build_library(sources, naming, read)
    check_library(library)
    return library


def concept_files() -> list[Traversable]:
    """The concept files, by name, so that the order never depends on the disk."""
    folder = files("stepline.library") / "concepts"
    found = [path for path in folder.iterdir() if path.name.endswith(".yaml")]
    return sorted(found, key=lambda path: path.name)


def _read(model: type[Model], path: Traversable, problems: list[Problem]) -> Model | None:
    from stepline.core.documents import read_as

    try:
        return read_as(model, path.read_text(encoding="utf-8"), f"library/{path.name}")
    except Refused as refusal:
        problems.extend(refusal.problems)
        return None


def main() -> int:
    """Write the compiled file; 0 when written, 2 when the library is refused."""
    try:
        library = read_library()
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n{len(refusal.problems)} problems; nothing was written\n")
        return 2
    target = Path(str(files("stepline.vocabulary") / COMPILED))
    beside = target.with_suffix(".new")
    beside.write_bytes(encode(library))
    beside.replace(target)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
