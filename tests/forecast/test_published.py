"""The models of the library give the figures that others printed or calculated."""

from __future__ import annotations

from scripts import forecast_figures


def test_every_figure_is_the_printed_one_to_its_digits_or_a_declared_miss() -> None:
    missed = {row.key for row in forecast_figures.rows() if not row.agrees}
    assert missed == set(forecast_figures.MISSES)


def test_no_figure_misses_by_more_than_two_percent() -> None:
    for row in forecast_figures.rows():
        assert abs(row.ours() / float(row.printed) - 1) < 0.02, row.key


def test_a_figure_that_is_not_the_printed_one_is_seen() -> None:
    right = forecast_figures.Row("m", "w", "6.64", lambda: 6.6449)
    wrong = forecast_figures.Row("m", "w", "6.64", lambda: 6.6451)
    assert right.agrees
    assert not wrong.agrees


def test_the_page_is_not_stale() -> None:
    assert forecast_figures.PAGE.read_text(encoding="utf-8") == forecast_figures.page()
