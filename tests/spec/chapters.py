"""The chapters of the specification, and the engines that must agree on them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from stepline.engine.reference import judge
from stepline.review.spec import Chapter, SpecCase, read_chapter
from stepline.review.spec_running import Engine

ROOT = Path(__file__).parents[2]

ENGINES: dict[str, Engine] = {"reference": judge}
"""Every engine runs every case; a new engine is added here and nowhere else."""


@lru_cache(maxsize=1)
def chapters() -> tuple[Chapter, ...]:
    """Every chapter, in the order of the book."""
    files = sorted((ROOT / "spec").glob("*.yaml"))
    return tuple(
        read_chapter(file.read_text(encoding="utf-8"), f"spec/{file.name}") for file in files
    )


def cases() -> list[tuple[Chapter, SpecCase]]:
    """Every case with its chapter."""
    return [(chapter, case) for chapter in chapters() for case in chapter.cases]
