"""Every case of the specification on every engine."""

from __future__ import annotations

import pytest

from stepline.review.spec import Chapter, SpecCase
from stepline.review.spec_running import run_case
from tests.spec.chapters import ENGINES, cases

CASES = [
    pytest.param(chapter, case, id=f"{chapter.title}: {case.title}") for chapter, case in cases()
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("chapter", "case"), CASES)
def test_a_criterion_means_what_the_specification_says(
    engine: str, chapter: Chapter, case: SpecCase
) -> None:
    result = run_case(case, chapter, ENGINES[engine])
    assert result.passed, f"{result.place}: {case.criterion}: {result.says}"
