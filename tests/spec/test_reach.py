"""The specification reaches the whole language, and its runner can fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

import pytest

from stepline.core.errors import DocumentRefused
from stepline.protocol import criterion as c
from stepline.protocol.walking import walk
from stepline.review.spec import Chapter, SpecCase, read_chapter
from stepline.review.spec_running import criterion_of, run_case, run_spec
from tests.spec.chapters import cases, chapters


def parts() -> Iterator[object]:
    """Every node, window and bound of every criterion that is read, and of what definitions say."""
    for chapter, case in cases():
        if not case.refused:
            yield from walk(criterion_of(case, chapter))
    for chapter in chapters():
        for definition in chapter.library.definitions:
            yield from walk(definition.criterion)


REACHED = list(parts())


NODES = [one for one in vars(c).values() if isinstance(one, type) and issubclass(one, c.Node)]
CONCRETE = [one for one in NODES if not any(one in other.__bases__ for other in NODES)]


@pytest.mark.parametrize("kind", CONCRETE, ids=lambda kind: str(kind.__name__))
def test_every_kind_of_node_is_specified(kind: type[c.Node]) -> None:
    assert any(isinstance(part, kind) for part in REACHED)


def words_of(kind: type[StrEnum]) -> set[object]:
    """The words of a closed list that criteria of the specification use."""
    values = (getattr(part, name) for part in REACHED for name in getattr(part, "__slots__", ()))
    return {value for value in values if isinstance(value, kind)}


@pytest.mark.parametrize("kind", [c.Take, c.Operator, c.How, c.Direction, c.Category])
def test_every_word_of_a_closed_list_is_specified(kind: type[StrEnum]) -> None:
    assert words_of(kind) == set(kind)


def test_every_form_of_window_is_specified() -> None:
    shapes = {
        (shape(part.start), shape(part.end)) for part in REACHED if isinstance(part, c.Window)
    }
    assert shapes >= {
        ("", ""),
        ("-", "="),
        ("-", "-"),
        ("=", "+"),
        ("+", "+"),
        ("=", ""),
        ("without", ""),
        ("", "="),
        ("", "without"),
    }


def shape(bound: c.Bound | None) -> str:
    """How a bound stands to its anchor."""
    if bound is None:
        return ""
    if bound.offset is not None:
        return "-" if bound.direction < 0 else "+"
    return "=" if bound.included else "without"


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: str(chapter.title))
def test_titles_in_a_chapter_are_sentences_of_their_own(chapter: Chapter) -> None:
    for section in chapter.sections:
        titles = [case.title for case in section.cases]
        assert len(titles) == len(set(titles))
        assert all(title[:1].isupper() or not title[:1].isalpha() for title in titles)


@pytest.mark.parametrize("chapter", chapters()[:-1], ids=lambda chapter: str(chapter.title))
def test_every_chapter_says_what_is_true_false_and_unknown(chapter: Chapter) -> None:
    assert {case.verdict for case in chapter.cases} >= {"true", "false", "unknown"} or (
        chapter.title == "Order"
    )


CHAPTER, CASE = next((one, two) for one, two in cases() if two.verdict == "true" and two.because)


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "false"},
        {"verdict": "unknown"},
        {"because": ("a word that nobody says",)},
        {"missing": ("a word that nobody misses",)},
        {"refused": ("anything",)},
        {"criterion": "nowhere-defined"},
        {"criterion": "thrombosis and"},
        {"record": ({"nothing-known": "present", "on": "2026-01-01"},)},
        {"as_of": "yesterday"},
    ],
    ids=str,
)
def test_the_runner_fails_what_is_wrong(wrong: dict[str, object]) -> None:
    broken: SpecCase = replace(CASE, **wrong)  # type: ignore[arg-type]
    assert run_case(CASE, CHAPTER).passed
    assert not run_case(broken, CHAPTER).passed


def test_a_chapter_with_unknown_keys_is_refused_with_all_of_them() -> None:
    text = "chapter: One\nsections:\n  - section: A\n    cases:\n      - {titel: x, criterium: y}\n"
    with pytest.raises(DocumentRefused) as refused:
        read_chapter(text, "one.yaml")
    assert {"titel", "criterium"} <= {problem.found for problem in refused.value.problems}


def test_run_spec_runs_every_case_of_every_file() -> None:
    text = (
        "chapter: One\nsections:\n  - section: A\n    as_of: 2026-01-01\n    cases:\n"
        "      - {title: Right, criterion: recorded ck, verdict: false}\n"
        "      - {title: Wrong, criterion: recorded ck, verdict: true}\n"
    )
    results = run_spec([("one.yaml", text), ("two.yaml", text)])
    assert [result.passed for result in results] == [True, False, True, False]
    assert [result.place.line for result in results] == [6, 7, 6, 7]
