"""Every case of eras and lines in the specification, and that its page shows all of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scripts.print_eras import PAGE, ROOT, EraCase, all_cases, said_era, said_line

CASES = all_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_case_splits_as_its_author_expects(case: EraCase) -> None:
    if case.eras is not None:
        assert tuple(map(said_era, case.found_eras())) == case.eras
    if case.gap_days is not None:
        assert tuple(era.gap_days for era in case.found_eras()) == case.gap_days
    if case.orders is not None:
        assert tuple(len(era.ordered_ids) for era in case.found_eras()) == case.orders
    if case.lines is not None:
        assert tuple(map(said_line, case.found_lines())) == case.lines
    assert case.eras or case.lines


def test_titles_are_unique() -> None:
    titles = [case.title for case in CASES]
    assert len(set(titles)) == len(titles) >= 25


def test_the_page_of_the_cases_is_not_stale() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "print_eras.py"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_every_case_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for case in CASES:
        assert f"**{case.title}**" in text
