"""What a clinician reads in a terminal."""

from __future__ import annotations

import pytest

from stepline.engine.finding import Verdict
from stepline.views.terminal import CREED, render_text
from tests.views.sample import bare, complete, seed


def flat(text: str) -> str:
    """The words of a text, whatever lines they were broken into."""
    return " ".join(text.split())


def test_the_summary_comes_first_and_whole() -> None:
    shown = render_text(seed())
    head = flat(shown.split("\n\n")[0])
    assert head.startswith("SUMMARY")
    positions = [head.index(flat(line)) for line in seed().summary]
    assert positions == sorted(positions)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_no_line_is_longer_than_the_terminal_is_wide(width: int) -> None:
    body = render_text(complete(), width=width).removesuffix(CREED)
    longest = max(body.splitlines(), key=len)
    assert len(longest) <= width


def test_an_alert_that_holds_reads_differently_from_one_that_cannot_be_excluded() -> None:
    shown = flat(render_text(seed()))
    verdicts = {alert.verdict for alert in seed().alerts}
    assert verdicts == {Verdict.TRUE, Verdict.UNKNOWN}
    for alert in seed().alerts:
        word = "HOLDS" if alert.verdict is Verdict.TRUE else "CANNOT BE EXCLUDED"
        assert f"{word} [{alert.severity}] {flat(alert.title)}" in shown


def test_what_is_not_known_and_what_was_not_read_are_told() -> None:
    shown = flat(render_text(complete()))
    assert all(flat(missing.says) in shown for missing in complete().missing)
    assert all(flat(row.reason) in shown for row in complete().record.quarantine)


def test_it_says_that_it_never_orders_anything() -> None:
    assert render_text(seed()).rstrip().endswith(CREED)
    assert "never orders" in CREED


def test_a_record_that_no_pathway_is_for_says_so() -> None:
    shown = flat(render_text(bare()))
    assert "No pathway of the library applies" in shown
    assert bare().considered[0].because in shown


def test_no_escape_codes_reach_a_pipe() -> None:
    assert "\x1b" not in render_text(complete())
