"""Inactive juvenile disease at its limits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from stepline.scores.inactive import InactiveId, inactive_disease
from stepline.scores.values import ScoreRefused

NAMES = ("ck", "cmas", "mmt", "physician")


def values(line: str) -> dict[str, Decimal | None]:
    """CK, CMAS, MMT-8 and physician global; a question mark is unknown."""
    written = zip(NAMES, line.split(), strict=True)
    return {name: None if text == "?" else Decimal(text) for name, text in written}


@pytest.mark.parametrize(
    ("line", "printo", "modified"),
    [
        ("150 48 78 0.2", True, True),
        ("150 48 77 0.2", True, True),
        ("151 48 77 0.2", False, False),
        ("150 48 78 0.3", True, False),
        ("150 47.9 78 0.3", False, False),
        ("150 48 77 0.21", False, False),
        ("150 48 78 ?", True, None),
        ("150 48 77 ?", None, None),
        ("? 48 78 0.2", True, True),
        ("? 48 77 0.2", None, None),
        ("? 47 77 0.2", False, False),
        ("? ? ? 0.3", None, False),
        ("? ? ? ?", None, None),
    ],
)
def test_three_of_four_items_make_disease_inactive(
    line: str, printo: bool | None, modified: bool | None
) -> None:
    assert inactive_disease(values(line)).is_inactive is printo
    assert inactive_disease(values(line), definition="modified").is_inactive is modified


@pytest.mark.parametrize("definition", ["printo", "modified"])
def test_missing_items_are_named(definition: InactiveId) -> None:
    assert inactive_disease({}, definition=definition).missing == NAMES


def test_strength_on_the_bilateral_form_is_refused_rather_than_misread() -> None:
    wrong: dict[str, Any] = values("100 60 148 0") | {"ckk": Decimal(1)}
    with pytest.raises(ScoreRefused) as caught:
        inactive_disease(wrong)
    assert sorted(problem.place.path for problem in caught.value.problems) == [
        "values.ckk",
        "values.cmas",
        "values.mmt",
    ]
