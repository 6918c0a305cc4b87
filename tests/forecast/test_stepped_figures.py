"""Published and derived figures come out as they are printed, or the row says why not."""

from __future__ import annotations

import pytest

from stepline.vocabulary.catalogue import catalogue
from tests.support.stepped_figures import Figure, figures

ROWS = tuple(figures())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_figure_comes_out_as_printed_or_says_why_not(row: Figure) -> None:
    assert row.is_met != bool(row.why), f"{row.what}: {row.published} {row.unit}, ours {row.ours}"


def test_every_figure_has_a_source_that_the_library_holds() -> None:
    assert all(catalogue().source(row.source) for row in ROWS)
