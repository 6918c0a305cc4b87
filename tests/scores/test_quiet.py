"""Complete clinical response and remission: how long, on or off therapy, and what is unknown."""

from __future__ import annotations

from datetime import datetime

import pytest

from stepline.core.evidence import Status
from stepline.scores.logic import Truth
from stepline.scores.quiet import QuietId, QuietVisit, quiet_disease
from stepline.scores.values import ScoreRefused

WORDS: dict[str, Truth] = {"y": True, "n": False, "?": None}


def visits(*written: str) -> list[QuietVisit]:
    """`0831 n y` is 31 August 2025: not active, on therapy; 13 is January 2026."""
    found = []
    for text in written:
        day, active, therapy = text.split()
        month = int(day[:2])
        moment = datetime(2025 + (month - 1) // 12, (month - 1) % 12 + 1, int(day[2:]))
        found.append(QuietVisit(moment, WORDS[active], WORDS[therapy]))
    return found


@pytest.mark.parametrize(
    ("written", "response", "remission"),
    [
        (["0131 n y", "0731 n y"], True, False),
        (["0131 n y", "0730 n y"], False, False),
        (["0831 n y", "1428 n y"], True, False),
        (["0131 n n", "0731 n n"], False, True),
        (["0131 n y", "0501 n n", "0801 n n"], False, False),
        (["0131 n y", "0501 y y", "0801 n y"], False, False),
        (["0131 n y", "0501 ? y", "0801 n y"], None, False),
        (["0131 n ?", "0801 n ?"], None, None),
        (["0131 n y", "0801 y y"], False, False),
        ([], None, None),
    ],
)
def test_six_calendar_months_without_activity(
    written: list[str], response: Truth, remission: Truth
) -> None:
    found: dict[QuietId, Truth] = {
        definition: quiet_disease(visits(*written), definition=definition).is_met
        for definition in ("complete-clinical-response", "remission")
    }
    assert found == {"complete-clinical-response": response, "remission": remission}


def test_the_order_of_visits_does_not_matter_and_the_wording_is_unconfirmed() -> None:
    some = visits("0131 n n", "0501 n n", "0731 n n")
    one = quiet_disease(some, definition="remission")
    assert one == quiet_disease(some[::-1], definition="remission")
    assert one.since == datetime(2025, 1, 31)
    assert Status.UNCONFIRMED in {e.status for e in one.evidence}


def test_two_visits_at_one_moment_are_refused() -> None:
    with pytest.raises(ScoreRefused):
        quiet_disease(visits("0131 n n", "0131 y n"), definition="remission")
