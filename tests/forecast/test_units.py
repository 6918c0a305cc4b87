"""Parameters are kept in days and litres, whatever a model file writes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stepline.core.errors import Place, QuantityRefused
from stepline.forecast.units import in_days, unit_problems


@pytest.mark.parametrize(
    ("name", "value", "unit", "kept"),
    [
        ("cl", "12.5", "mL/h", ("0.3", "L/d")),  # Candelaria 2018 prints both
        ("cl", "0.3", "L/d", ("0.3", "L/d")),
        ("cl", "0.3", "", ("0.3", "L/d")),
        ("ka", "1.5", "/h", ("36", "/d")),
        ("lag", "12", "h", ("0.5", "d")),
        ("vc", "2480", "mL", ("2.48", "L")),
        ("endogenous", "4", "g/L", ("4", "g/L")),
    ],
)
def test_a_unit_is_kept_in_days_and_litres(
    name: str, value: str, unit: str, kept: tuple[str, str]
) -> None:
    assert in_days(name, Decimal(value), unit) == (Decimal(kept[0]), kept[1])


@pytest.mark.parametrize(("name", "unit"), [("cl", "L"), ("vc", "kg"), ("ka", "d"), ("lag", "/h")])
def test_a_unit_that_measures_something_else_is_refused_where_it_stands(
    name: str, unit: str
) -> None:
    place = Place("model.yaml", path="mine")
    problems = unit_problems(name, Decimal(1), unit, place)
    assert [one.place for one in problems] == [place]
    with pytest.raises(QuantityRefused):
        in_days(name, Decimal(1), unit)
