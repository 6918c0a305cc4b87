"""Reading numbers with units: what is accepted, what is said about it, what is refused."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import QuantityRefused
from stepline.core.quantity import Quantity, parse_number, parse_quantity, read_unit
from stepline.core.units_table import UNITS

WRITTEN = [
    ("2 g/kg", "2", "g/kg"),
    ("0.2g/kg", "0.2", "g/kg"),
    ("1.5 mg/kg/d", "1.5", "mg/kg/d"),
    ("1.5 mg/kg/day", "1.5", "mg/kg/d"),
    ("90 mg/d", "90", "mg/d"),
    ("90 mg daily", "90", "mg/d"),
    ("15 mg/wk", "15", "mg/wk"),
    ("15 mg per week", "15", "mg/wk"),
    ("0.5 g/kg/28d", "0.5", "g/kg/(28.d)"),
    ("40 g/28 days", "40", "g/(28.d)"),
    ("375 mg/m²", "375", "mg/m2"),
    ("30 %", "30", "%"),
    ("50 mcg", "50", "ug"),
    ("50 µg", "50", "ug"),
    ("50 μg", "50", "ug"),
    ("2.5 µkat/L", "2.5", "ukat/L"),
    ("250 ml", "250", "mL"),
    ("4 10*9/L", "4", "10*9/L"),
    ("4 x10^9/L", "4", "10*9/L"),
    ("4 x10E9/L", "4", "10*9/L"),
    ("4 × 10⁹/L", "4", "10*9/L"),
    ("20 cells/µL", "20", "{cells}/uL"),
    ("120 mmHg", "120", "mm[Hg]"),
    ("38.5 °C", "38.5", "Cel"),
    ("44 years", "44", "a"),
    ("142 points", "142", "{score}"),
    ("60 mL/min/1.73 m²", "60", "mL/min/{1.73_m2}"),
    ("1.5e3 mg", "1500", "mg"),
    ("-2 Cel", "-2", "Cel"),
    (".5 g", "0.5", "g"),
]


@pytest.mark.parametrize(("text", "value", "unit"), WRITTEN)
def test_common_spellings_are_read_without_remark(text: str, value: str, unit: str) -> None:
    assert parse_quantity(text) == (Quantity(Decimal(value), unit), ())


DOUBTED = [
    ("518 UI/L", "U/L", "'UI/L' read as U/L"),
    ("518 IU/L", "U/L", "'IU/L' read as U/L"),
    ("518 UI/l", "U/L", "'UI/l' read as U/L"),
    ("10 mIU/mL", "m[IU]/mL", "'mIU/mL' read as m[IU]/mL"),
    ("2000 IU/mL", "[IU]/mL", "'IU/mL' read as [IU]/mL"),
    ("9 K/uL", "10*3/uL", "'K/uL' read as 10*3/uL"),
    ("150 lb", "[lb_av]", "'lb' read as [lb_av]"),
]


@pytest.mark.parametrize(("text", "unit", "note"), DOUBTED)
def test_a_reading_that_could_be_doubted_is_said(text: str, unit: str, note: str) -> None:
    quantity, notes = parse_quantity(text)
    assert (quantity.unit, notes) == (unit, (note,))


VALID_UCUM = """
U/L [IU]/L ukat/L nkat/L mg/dL g/L /uL {cells}/uL 10*3/uL 10*9/L % cm mm mg mg/kg g/kg d wk mo
"""


@pytest.mark.parametrize("unit", VALID_UCUM.split())
def test_units_known_to_be_valid_ucum_are_kept_as_written(unit: str) -> None:
    assert read_unit(unit) == (unit, ())


def test_both_spellings_of_the_international_unit_are_one() -> None:
    assert read_unit("[iU]/L") == ("[IU]/L", ())


REFUSED = [
    ("5", "unit-missing"),
    ("5.", "unit-missing"),
    ("", "number-unreadable"),
    ("mg", "number-unreadable"),
    ("unknown", "number-unreadable"),
    ("3 1", "number-unreadable"),
    ("5 2.5", "number-unreadable"),
    ("10*9/L", "number-unreadable"),
    ("< 5 U/L", "number-unreadable"),
    ("≥ 5 U/L", "number-unreadable"),
    ("٣ mg", "number-unreadable"),
    ("1,5 mg", "number-comma"),
    ("1,000 mg", "number-comma"),
    ("nan mg", "number-not-finite"),
    ("inf mg", "number-not-finite"),
    ("-Infinity mg", "number-not-finite"),
    ("1e400 mg", "number-too-large"),
    ("9" * 200 + " mg", "number-too-large"),
    ("5 mgg", "unit-unknown"),
    ("5 mg/kg/dose", "unit-unknown"),
    ("5 2.5.mg", "unit-unknown"),
    ("5 m2.5", "unit-unknown"),
    ("5 m999999999", "unit-unknown"),
    ("5 ((10*30)30)30", "unit-unknown"),
    ("5 " + "m" * 5000, "unit-unknown"),
    ("5 mg\x00", "unit-unknown"),
    ("5 {}", "unit-unknown"),
    ("2 Mg", "unit-ambiguous"),
    ("2 MG/kg", "unit-ambiguous"),
    ("8 G/L", "unit-ambiguous"),
    ("37 C", "unit-ambiguous"),
    ("5'", "unit-ambiguous"),
]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_is_no_quantity_is_refused_with_its_own_code(text: str, code: str) -> None:
    with pytest.raises(QuantityRefused) as refusal:
        parse_quantity(text)
    (problem,) = refusal.value.problems
    assert problem.code == code
    assert problem.message.endswith(".")
    assert problem.mend
    assert len(problem.found) <= 61


def test_an_unknown_unit_is_met_with_a_near_one() -> None:
    with pytest.raises(QuantityRefused) as refusal:
        parse_quantity("5 mg/kgg")
    assert "mg/kg" in refusal.value.problems[0].mend


def test_a_comma_is_told_how_to_write_the_number() -> None:
    with pytest.raises(QuantityRefused, match=r"write decimals with a point"):
        parse_quantity("1,5 mg")


def test_a_number_alone_is_read_where_no_unit_is_expected() -> None:
    assert parse_number(" 1.50 ") == Decimal("1.50")
    with pytest.raises(QuantityRefused):
        parse_number("1.5 mg")


@given(st.text(max_size=40))
def test_no_text_escapes_as_anything_but_a_refusal(text: str) -> None:
    try:
        quantity, _ = parse_quantity(text)
    except QuantityRefused:
        return
    assert quantity.value.is_finite()


@given(st.text(alphabet="mgkLdU/.*(){}[]0123456789 %x'", max_size=12))
def test_no_near_unit_escapes_as_anything_but_a_refusal(unit: str) -> None:
    try:
        read, _ = read_unit(unit)
    except QuantityRefused:
        return
    assert read_unit(read)[0] == read


numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=6)


@given(numbers, st.sampled_from([unit for unit in UNITS if unit != "1"]))
def test_what_is_printed_is_read_back_as_the_same_value(value: Decimal, unit: str) -> None:
    quantity = Quantity(value, unit)
    assert parse_quantity(str(quantity)) == (quantity, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("400 mg/kg", "400 mg/kg"),
        ("375 mg/m2", "375 mg/m²"),
        ("2 10*9/L", "2 × 10⁹/L"),
        ("0.5 g/kg/28d", "0.5 g/kg per 28 d"),
        ("142 points", "142 points"),
        ("0.04 mL/kg/min", "0.04 mL/kg/min"),
        ("5 ug/L", "5 µg/L"),
        ("9 K/uL", "9 × 10³/µL"),
        ("10 mIU/mL", "10 mIU/mL"),
        ("38 Cel", "38 °C"),
        ("60 mL/min/1.73m2", "60 mL/min/1.73 m²"),
        ("44 a", "44 years"),
        ("1 a", "1 year"),
        ("6 mo", "6 months"),
        ("1 wk", "1 week"),
    ],
)
def test_people_are_shown_typography_not_codes(text: str, said: str) -> None:
    assert parse_quantity(text)[0].say() == said


def test_a_plain_number_is_said_without_a_unit() -> None:
    assert str(Quantity(Decimal("1E+3"), "1")) == Quantity(Decimal(1000), "1").say() == "1000"


def test_reading_a_common_dose_starts_no_heavy_library() -> None:
    script = (
        "import sys; from stepline.core.quantity import convert, parse_quantity\n"
        "quantity, _ = parse_quantity('518 UI/L'); convert(quantity, 'ukat/L')\n"
        "print(sorted({'pint', 'ucumvert', 'lark', 'pydantic', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"
