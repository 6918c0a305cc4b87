"""The library's definitions mean what their sources say."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from stepline.protocol import criterion as c
from stepline.protocol.loading import LoadedRules, packaged
from stepline.protocol.model import Definition
from stepline.protocol.walking import walk
from stepline.review.spec import Chapter, SpecCase, read_chapter
from stepline.review.spec_running import criterion_of, run_case

FILE = Path(__file__).parent / "definitions.yaml"


@lru_cache(maxsize=1)
def chapter() -> Chapter:
    """The cases, with the library's definitions and confounders in place of the chapter's own."""
    library = LoadedRules((), packaged().definitions, packaged().confounders)
    return replace(read_chapter(FILE.read_text(encoding="utf-8"), FILE.name), library=library)


@pytest.mark.parametrize("case", chapter().cases, ids=lambda case: str(case.title))
def test_a_definition_means_what_its_source_says(case: SpecCase) -> None:
    result = run_case(case, chapter())
    assert result.passed, f"{result.place}: {case.criterion}: {result.says}"


def test_every_definition_of_the_library_has_a_case() -> None:
    named = {
        part.key
        for case in chapter().cases
        for part in walk(criterion_of(case, chapter()))
        if isinstance(part, c.Named)
    }
    reached = named | {
        part.key
        for definition in packaged().definitions
        for part in walk(definition.criterion)
        if isinstance(part, c.Named)
    }
    own = {definition.key for definition in packaged().definitions if not definition.parameter}
    assert own <= reached


@pytest.mark.parametrize("definition", packaged().definitions, ids=lambda one: str(one.key))
def test_a_definition_has_a_title_and_a_source(definition: Definition) -> None:
    assert definition.title
    assert definition.evidence
    assert definition.text
