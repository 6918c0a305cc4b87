"""Safety states of a record, as statements: what holds, what does not, and what nobody knows.

An alert asks for something; a state only says how things stand, and says so too where nothing is
wrong. Nothing is said of what the record has no part in.
"""

from __future__ import annotations

from collections.abc import Sequence

from stepline.engine.situation import Situation
from stepline.protocol.model import Rule
from stepline.review.model import Due, Statement
from stepline.review.safety_hepatitis_b import hepatitis_b
from stepline.review.safety_immunoglobulins import immunoglobulins, infections
from stepline.review.safety_infusions import infusions
from stepline.review.safety_labs import laboratory
from stepline.review.safety_neutrophils import neutrophils
from stepline.review.safety_protection import protection
from stepline.review.safety_replacement import replacement
from stepline.review.safety_words import Ground
from stepline.review.stating import Teller


def safety(
    situation: Situation, teller: Teller, rules: Sequence[Rule], due: Sequence[Due]
) -> tuple[Statement, ...]:
    """Every safety state, in reading order. `due` is what is due on the same record."""
    ground = Ground(situation, teller)
    return (
        *immunoglobulins(ground),
        *infections(ground),
        *replacement(ground),
        *hepatitis_b(ground),
        *neutrophils(ground, due),
        *infusions(ground),
        *laboratory(ground),
        *protection(ground, rules),
    )
