"""Converting between units: exact factors, and the pairs that must never meet."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import QuantityRefused
from stepline.core.quantity import (
    Quantity,
    comparable,
    convert,
    decimal_of,
    factor,
    in_unit,
    measures,
    order,
    parse_quantity,
)
from stepline.core.units import root
from stepline.core.units_table import PATH, UNITS, table_text
from stepline.core.units_ucum import root_by_library

EXACT = [
    ("g", "mg", "1000"),
    ("g/kg", "mg/kg", "1000"),
    ("ukat/L", "U/L", "60"),
    ("U/L", "nkat/L", "50/3"),
    ("10*3/uL", "10*9/L", "1"),
    ("{cells}/uL", "10*9/L", "1/1000"),
    ("mg/dL", "g/L", "1/100"),
    ("mg/wk", "mg/d", "1/7"),
    ("mg/kg/wk", "mg/kg/d", "1/7"),
    ("g/kg/(28.d)", "g/kg/wk", "1/4"),
    ("a", "mo", "12"),
    ("wk", "d", "7"),
    ("m[IU]/mL", "[IU]/L", "1"),
    ("[lb_av]", "kg", "45359237/100000000"),
    ("[in_i]", "cm", "127/50"),
    ("%", "1", "1/100"),
    ("mL/kg/min", "mL/kg/h", "60"),
    ("cm3", "mL", "1"),
    ("10*9{cells}/L", "10*9/L", "1"),
    ("mg/(kg.d)", "mg/kg/d", "1"),
    ("fmol/L", "pmol/L", "1/1000"),
]


@pytest.mark.parametrize(("source", "target", "expected"), EXACT)
def test_factors_are_exact_fractions(source: str, target: str, expected: str) -> None:
    assert factor(source, target) == Fraction(expected)


STRANGERS = [
    ("mg", "g/kg"),
    ("mg/kg", "1"),
    ("mg/kg", "%"),
    ("mg/kg", "mg/m2"),
    ("mg/kg", "mg/g"),
    ("mg/m2", "kg/m2"),
    ("mg", "mL"),
    ("mg/kg", "mg/kg/d"),
    ("mg/mo", "mg/d"),
    ("mo", "d"),
    ("a", "d"),
    ("U/L", "[IU]/L"),
    ("U", "[IU]"),
    ("[IU]", "1"),
    ("{score}", "%"),
    ("{score}", "1"),
    ("{INR}", "{ratio}"),
    ("mmol/mol", "%"),
    ("mmol/L", "mg/dL"),
    ("mL/min", "mL/min/{1.73_m2}"),
    ("Cel", "[degF]"),
    ("g/L", "10*9/L"),
    ("mg/d", "mg"),
]


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_units_that_measure_different_things_never_meet(one: str, other: str) -> None:
    assert not comparable(one, other)
    for source, target in ((one, other), (other, one)):
        with pytest.raises(QuantityRefused) as refusal:
            factor(source, target)
        (problem,) = refusal.value.problems
        assert problem.code == "unit-mismatch"
        assert problem.mend


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("mg", "g/kg", "A mass (mg) cannot be compared with a dose per kilogram (g/kg)."),
        ("mg/mo", "mg/d", "a month is not a fixed number of days"),
        ("U/L", "[IU]/L", "write U/L for enzyme units and [IU]/L for international units"),
        ("mg", "mL", "needs the product's concentration"),
        ("mg/kg", "%", "a plain number has no unit"),
    ],
)
def test_a_mismatch_says_what_the_two_measure_and_a_way_out(
    source: str, target: str, words: str
) -> None:
    with pytest.raises(QuantityRefused) as refusal:
        factor(source, target)
    assert words in str(refusal.value)


def test_the_committed_table_is_what_the_library_says() -> None:
    assert PATH.read_text(encoding="utf-8") == table_text()


def test_a_unit_outside_the_table_is_worked_out_by_the_library() -> None:
    assert "fmol/dL" not in UNITS
    assert root("fmol/dL") == root_by_library("fmol/dL")
    assert factor("fmol/dL", "pmol/L") == Fraction(1, 100)


def test_each_unit_of_the_table_is_said_in_words() -> None:
    for unit in ("g/kg", "mg/m2", "U/L", "10*9/L", "mg/kg/d"):
        assert measures(unit).startswith(("a ", "an "))
        assert "quantity of" not in measures(unit)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("0.4 g/kg", "mg/kg", "400 mg/kg"),
        ("200 mg/kg", "g/kg", "0.2 g/kg"),
        ("5 ukat/L", "U/L", "300 U/L"),
        ("1200 mg/dL", "g/L", "12 g/L"),
        ("21 mg/wk", "mg/d", "3 mg/d"),
        ("2 a", "mo", "24 mo"),
    ],
)
def test_conversions_are_written_plainly(text: str, unit: str, expected: str) -> None:
    assert str(convert(parse_quantity(text)[0], unit)) == expected


def test_a_conversion_that_never_ends_is_rounded_but_compared_exactly() -> None:
    activity = Quantity(Decimal(100), "U/L")
    assert str(convert(activity, "ukat/L")).startswith("1.66666666666666666666666666666666")
    assert in_unit(activity, "ukat/L") == Fraction(5, 3)
    assert order(activity, Quantity(Decimal("1.6666666666666666666666666666"), "ukat/L")) == 1


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("7.5 mg/d", "52.5 mg/wk", 0),
        ("0.1 g/kg", "99.999999 mg/kg", 1),
        ("0.3 g", "0.1 g", 1),
        ("1 mg", "1 g", -1),
    ],
)
def test_order_is_exact_across_units(one: str, other: str, expected: int) -> None:
    assert order(parse_quantity(one)[0], parse_quantity(other)[0]) == expected


PAIRS = [pair for pair in combinations(UNITS, 2) if comparable(*pair)]
amounts = st.decimals(min_value=-(10**6), max_value=10**6, places=4)


@given(st.sampled_from(PAIRS), amounts)
def test_there_and_back_is_the_same_value(pair: tuple[str, str], amount: Decimal) -> None:
    quantity = Quantity(amount, pair[0])
    there = convert(quantity, pair[1])
    back = convert(there, pair[0])
    if Fraction(there.value) == in_unit(quantity, pair[1]):
        assert back == quantity
    else:
        assert abs(back.value - amount) <= abs(amount) * Decimal("1e-32")


@given(st.sampled_from(PAIRS), st.sampled_from(PAIRS))
def test_factors_undo_and_follow_one_another(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    assert factor(*first) * factor(first[1], first[0]) == 1
    if first[1] == second[0]:
        assert factor(first[0], second[1]) == factor(*first) * factor(*second)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=8))
def test_a_decimal_survives_the_way_through_a_fraction(number: Decimal) -> None:
    written = decimal_of(Fraction(number))
    assert written == number
    exponent = written.as_tuple().exponent
    assert isinstance(exponent, int)
    assert exponent <= 0
    assert exponent == 0 or str(written.as_tuple().digits[-1]) != "0"
