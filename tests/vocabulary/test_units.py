"""Bringing values to the unit of their concept."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import QuantityRefused
from stepline.core.quantity import Quantity, parse_quantity
from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.units import dose_range, has_unit, in_unit_of, is_plausible


def quantity(text: str) -> Quantity:
    return parse_quantity(text)[0]


CONVERTED = [
    ("igg", "700 mg/dL", "7 g/L"),
    ("haemoglobin", "8.5 g/dL", "85 g/L"),
    ("ck", "3.3 ukat/L", "198 U/L"),
    ("ck", "2.5 ukat/L", "150 U/L"),
    ("neutrophils", "1.5 10*3/uL", "1.5 10*9/L"),
    ("neutrophils", "1500 /uL", "1.5 10*9/L"),
    ("cd19-count", "0.01 10*9/L", "10 /uL"),
    ("physician-global", "55 mm", "5.5 cm"),
    ("height", "1.65 m", "165 cm"),
    ("weight", "100 [lb_av]", "45.359237 kg"),
    ("hbv-dna", "2000 [IU]/mL", "2000 [IU]/mL"),
    ("albumin", "3 g/dL", "30 g/L"),
]


@pytest.mark.parametrize(("concept_id", "written", "read"), CONVERTED)
def test_a_unit_that_converts_leaves_no_note(concept_id: str, written: str, read: str) -> None:
    found, notes = in_unit_of(catalogue().concept(concept_id), quantity(written))
    assert found == quantity(read)
    assert notes == ()


@pytest.mark.parametrize(
    ("concept_id", "written", "read"),
    [
        # molar mass times amount, worked by hand
        ("creatinine", "100 umol/L", "1.1312 mg/dL"),
        ("glucose", "5 mmol/L", "90.078 mg/dL"),
        ("bilirubin", "10 umol/L", "0.58467 mg/dL"),
    ],
)
def test_an_amount_of_substance_is_read_by_the_molar_mass(
    concept_id: str, written: str, read: str
) -> None:
    found, notes = in_unit_of(catalogue().concept(concept_id), quantity(written))
    assert found == quantity(read)
    assert any("molar mass" in note for note in notes)


ATOMIC = {
    "C": Decimal("12.011"),
    "H": Decimal("1.008"),
    "N": Decimal("14.007"),
    "O": Decimal("15.999"),
}


@pytest.mark.parametrize(
    ("concept_id", "formula"),
    [
        ("creatinine", {"C": 4, "H": 7, "N": 3, "O": 1}),
        ("glucose", {"C": 6, "H": 12, "O": 6}),
        ("bilirubin", {"C": 33, "H": 36, "N": 4, "O": 6}),
    ],
)
def test_the_molar_masses_follow_from_the_formulas(
    concept_id: str, formula: dict[str, int]
) -> None:
    mass = catalogue().concept(concept_id).molar_mass
    assert mass is not None
    worked = sum((ATOMIC[element] * count for element, count in formula.items()), Decimal())
    assert abs(mass.grams_per_mole - worked) < Decimal("0.01")
    written = "".join(
        f"{element}{count if count > 1 else ''}" for element, count in formula.items()
    )
    assert mass.evidence.claim == written


@pytest.mark.parametrize(
    ("concept_id", "written", "read"),
    [
        ("egfr", Quantity(Decimal(45), "mL/min"), "45 mL/min/{1.73_m2}"),
        ("mmt8-80", Quantity(Decimal(72), "1"), "72 {score}"),
        ("physician-global", Quantity(Decimal("5.5"), "{score}"), "5.5 cm"),
    ],
)
def test_a_unit_that_means_another_is_read_with_a_note(
    concept_id: str, written: Quantity, read: str
) -> None:
    found, notes = in_unit_of(catalogue().concept(concept_id), written)
    assert found == quantity(read)
    assert len(notes) == 1
    assert "read as" in notes[0]


REFUSED = [
    ("hba1c", "48 mmol/mol"),
    ("haemoglobin", "8 mmol/L"),
    ("ck", "5 g/L"),
    ("ldh", "3 umol/L"),
    ("mmt8-80", "90 %"),
    ("weight", "60 mg/kg"),
    ("cd19-percent", "10 /uL"),
    ("igg", "7 g"),
]


@pytest.mark.parametrize(("concept_id", "written"), REFUSED)
def test_a_unit_of_another_kind_is_refused(concept_id: str, written: str) -> None:
    concept = catalogue().concept(concept_id)
    with pytest.raises(QuantityRefused) as refusal:
        in_unit_of(concept, quantity(written))
    assert refusal.value.problems[0].code == "unit-mismatch"
    assert not has_unit(concept, quantity(written).unit)


@given(st.decimals(0, 10000, places=3))
def test_converting_keeps_the_order_of_amounts(number: Decimal) -> None:
    creatinine = catalogue().concept("creatinine")
    less, _ = in_unit_of(creatinine, Quantity(number, "umol/L"))
    more, _ = in_unit_of(creatinine, Quantity(number + 1, "umol/L"))
    assert less.value < more.value


@pytest.mark.parametrize(
    ("drug", "of", "dose", "plausible"),
    [
        ("methotrexate", "dose", "15 mg", True),
        ("methotrexate", "dose", "15 g", False),
        ("mycophenolate", "dose", "1 g", True),
        ("mycophenolate", "dose", "1 mg", False),
        ("ivig", "dose", "400 mg/kg", True),
        ("ivig", "dose", "400 g/kg", False),
        ("ivig", "dose", "120 g", True),
        ("ivig", "dose", "600 g", False),
        ("rituximab", "dose", "375 mg/m2", True),
        ("rituximab", "dose", "375 g/m2", False),
        ("prednisone", "daily", "90 mg/d", True),
        ("prednisone", "daily", "1.5 mg/kg/d", True),
        ("prednisone", "daily", "1.5 g/kg/d", False),
    ],
)
def test_a_dose_is_held_against_bounds_of_its_own_basis(
    drug: str, of: str, dose: str, plausible: bool
) -> None:
    bounds = dose_range(catalogue().concept(drug), quantity(dose), of)
    assert bounds is not None
    assert is_plausible(bounds, quantity(dose)) is plausible


def test_a_dose_of_a_basis_without_bounds_has_none() -> None:
    assert dose_range(catalogue().concept("methotrexate"), quantity("15 mg/m2")) is None
