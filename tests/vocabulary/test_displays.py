"""Recognising the drug in a medication display."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.vocabulary.catalogue import catalogue

NAMES = [
    (name, drug)
    for drug in catalogue().concepts
    for name in drug.names
    if name.isalpha()
]  # fmt: skip

RECOGNISED = [
    ("predniSONE 5 MG Oral Tablet", "prednisone"),
    ("prednisoLONE 5 MG Oral Tablet", "prednisolone"),
    ("methylPREDNISolone sodium succinate 1000 MG Injection", "methylprednisolone"),
    ("methyl-prednisolone pulses", "methylprednisolone"),
    ("Methotrexate 2.5 MG Oral Tablet", "methotrexate"),
    ("azaTHIOprine 50 MG Oral Tablet", "azathioprine"),
    ("mycophenolate mofetil 500 MG Oral Tablet [CellCept]", "mycophenolate"),
    ("mycophenolic acid 360 MG Delayed Release Oral Tablet", "mycophenolate"),
    ("cycloSPORINE, modified 100 MG Oral Capsule", "ciclosporin"),
    ("10 ML rituximab 10 MG/ML Injection", "rituximab"),
    ("MabThera® 500 mg", "rituximab"),
    ("Flebogamma® 10%", "ivig"),
    ("Octagam 10 % solution for infusion", "ivig"),
    ("immune globulin (human) intravenous 100 MG/ML", "ivig"),
    ("Immunoglobulin, human, for intravenous use", "ivig"),
    ("immune globulin subcutaneous 200 MG/ML", "scig"),
    ("Hizentra 200 mg/ml", "scig"),
    ("sulfamethoxazole 800 MG / trimethoprim 160 MG Oral Tablet", "co-trimoxazole"),
    ("trimethoprim 160 MG / sulfamethoxazole 800 MG", "co-trimoxazole"),
    ("trimethoprim 100 MG Oral Tablet", "trimethoprim"),
    ("folic acid 5 MG Oral Tablet", "folic-acid"),
    ("leucovorin 15 MG Oral Tablet", "folinic-acid"),
    ("hydrocortisone 10 MG Oral Tablet", "hydrocortisone"),
    ("cortisone acetate 25 MG Oral Tablet", "cortisone"),
    ("pentamidine isethionate 300 MG Inhalation Solution", "pentamidine"),
    ("Acetaminophen 325 MG Oral Tablet", "paracetamol"),
    ("tenofovir alafenamide 25 MG", "tenofovir"),
]


@pytest.mark.parametrize(("display", "drug"), RECOGNISED)
def test_a_display_names_its_drug(display: str, drug: str) -> None:
    assert catalogue().find_in_display(display) is catalogue().concept(drug)


NOT_RECOGNISED = [
    ("immunoglobulin G, human", "intravenous or subcutaneous is not said"),
    ("Immune globulin", "intravenous or subcutaneous is not said"),
    ("Gammagard Liquid 10 %", "given by either route"),
    ("Gamunex-C", "given by either route"),
    ("hydrocortisone 10 MG/ML Topical Cream", "a cream is not systemic"),
    ("dexamethasone 1 MG/ML Ophthalmic Solution", "eye drops are not systemic"),
    ("triamcinolone 55 MCG nasal spray", "a spray is not systemic"),
    ("tacrolimus 0.1 % Topical Ointment", "an ointment is not systemic"),
    ("prednisolone acetate eye drops", "eye drops are not systemic"),
    ("methotrexate / azathioprine", "two drugs"),
    ("prednisone or prednisolone 5 mg", "two drugs"),
    ("fluocortolone", "another drug, whose name ends alike"),
    ("fludrocortisone 0.1 MG Oral Tablet", "not hydrocortisone and not cortisone"),
    ("methylprednisolonum-like", "another word"),
    ("tetanus immunoglobulin", "a specific immunoglobulin"),
    ("", "nothing"),
    ("24 HR metoprolol succinate 100 MG", "another drug"),
]


@pytest.mark.parametrize(("display", "why"), NOT_RECOGNISED)
def test_a_display_that_cannot_be_told_names_none(display: str, why: str) -> None:
    assert catalogue().find_in_display(display) is None


@pytest.mark.parametrize(
    ("display", "route", "drug"),
    [
        ("immunoglobulin G, human", "iv", "ivig"),
        ("immune globulin", "intravenous", "ivig"),
        ("immune globulin", "SC", "scig"),
        ("Gammagard Liquid", "subcutaneous", "scig"),
        ("Gamunex-C", "IV", "ivig"),
        ("prednisone", "oral", "prednisone"),
    ],
)
def test_the_route_tells_what_the_display_leaves_open(display: str, route: str, drug: str) -> None:
    assert catalogue().find_in_display(display, route) is catalogue().concept(drug)


def test_a_hyperimmune_product_is_not_polyvalent_immunoglobulin() -> None:
    assert catalogue().find_in_display("hepatitis B immune globulin", "iv") is None
    assert catalogue().find_in_display("Rho(D) immune globulin intravenous") is None
    assert catalogue().find_in_display("lymphocyte immune globulin, anti-thymocyte", "iv") is None


@given(
    st.sampled_from(NAMES),
    st.text(string.ascii_lowercase, min_size=1, max_size=6),
    st.booleans(),
)
def test_a_name_inside_a_longer_word_is_not_the_name(
    pair: tuple[str, object], letters: str, before: bool
) -> None:
    name, drug = pair
    longer = letters + name if before else name + letters
    found = catalogue().find_in_display(longer)
    assert found is None or catalogue().find(longer) is found or found is not drug


@given(st.sampled_from(NAMES), st.sampled_from(["{} 5 mg tablet", "TAB {}", "({})", "x/{}/y"]))
def test_a_name_among_other_words_is_found(pair: tuple[str, object], frame: str) -> None:
    name, drug = pair
    assert catalogue().find_in_display(frame.format(name)) is drug


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    found = catalogue().find_in_display(text)
    assert found is None or found.is_drug
