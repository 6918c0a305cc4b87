"""Published and derived figures come out as they are printed, or the row says why not."""

from __future__ import annotations

import pytest

from scripts import stepped_figures
from scripts.stepped_figures import Figure
from stepline.vocabulary.catalogue import catalogue

ROWS = tuple(stepped_figures.figures())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_figure_comes_out_as_printed_or_says_why_not(row: Figure) -> None:
    assert row.is_met != bool(row.why), f"{row.what}: {row.published} {row.unit}, ours {row.ours}"


def test_a_figure_that_is_not_the_printed_one_is_seen() -> None:
    assert Figure("w", "s", "derived", 9.3, 9.349, "d", 0.05).is_met
    assert not Figure("w", "s", "derived", 9.3, 9.351, "d", 0.05).is_met


def test_every_figure_has_a_source_that_the_library_holds() -> None:
    assert all(catalogue().source(row.source) for row in ROWS)


def test_the_page_is_not_stale() -> None:
    assert stepped_figures.PAGE.read_text(encoding="utf-8") == stepped_figures.page()
