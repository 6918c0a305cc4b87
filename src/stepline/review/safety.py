"""Safety states of a record, as statements."""

from __future__ import annotations

from stepline.engine.situation import Situation
from stepline.review.model import Statement
from stepline.review.stating import Teller


def safety(situation: Situation, teller: Teller) -> tuple[Statement, ...]:
    """Every safety state, in reading order."""
    return ()
