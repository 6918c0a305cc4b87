"""Mistakes that public code lists and programs make, kept out by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.model import VocabularyRefused

# Mistakes read in public lists: a code, what it was said to be, what it is here.
WRONG_IN_PUBLIC = [
    ("rxnorm", "6387", "azathioprine", None),
    ("rxnorm", "121191", "nedaplatin", "rituximab"),
    ("snomed", "396230008", "cellulitis or Sjögren syndrome", "dermatomyositis"),
    ("loinc", "14804-9", "electrolytes panel", "ldh"),
    ("loinc", "8124-0", "CD19 count", None),
    ("loinc", "13952-7", "anti-HCV", "anti-hbc"),
    ("loinc", "71774-4", "interferon-gamma release assay", None),
    ("loinc", "33037-3", "haptoglobin", None),
]


@pytest.mark.parametrize(("system", "code", "said", "is_here"), WRONG_IN_PUBLIC)
def test_a_wrong_public_mapping_is_not_taken_over(
    system: str, code: str, said: str, is_here: str | None
) -> None:
    found = catalogue().by_code(system, code)
    assert (found.id if found else None) == is_here


REMEMBERED = [
    ("icd10cm", "G72.41", "inclusion body myositis"),
    ("icd10cm", "D80.1", "hypogammaglobulinaemia"),
    ("icd10cm", "D84.821", "immunodeficiency due to drugs"),
    ("rxnorm", "4511", "folic acid"),
    ("rxnorm", "1426680", "immunoglobulin G, of unstated route"),
    ("atc", "P01BA02", "hydroxychloroquine"),
]


@pytest.mark.parametrize(("system", "code", "what"), REMEMBERED)
def test_a_code_that_was_only_remembered_is_not_shipped(system: str, code: str, what: str) -> None:
    assert catalogue().by_code(system, code) is None


@pytest.mark.parametrize("text", ["DM", "dm", " Dm ", "d.m"])
def test_dm_is_never_expanded(text: str) -> None:
    if text == "d.m":
        assert catalogue().find(text) is None
        return
    with pytest.raises(VocabularyRefused) as refusal:
        catalogue().find(text)
    (problem,) = refusal.value.problems
    assert problem.code == "concept-ambiguous"
    assert "dermatomyositis" in problem.message
    assert "diabetes" in problem.message


def test_dermatomyositis_is_not_diabetes() -> None:
    assert catalogue().by_code("snomed", "396230008") is catalogue().concept("dermatomyositis")
    assert catalogue().by_code("snomed", "73211009") is catalogue().concept("diabetes")
    diabetes = catalogue().find("diabetes mellitus")
    assert diabetes is not None
    assert diabetes.id == "diabetes"


def test_rituximab_is_found_under_its_old_and_its_new_atc_code() -> None:
    assert catalogue().by_code("atc", "L01FA01") is catalogue().by_code("atc", "L01XC02")


def test_methotrexate_is_one_substance_under_two_atc_codes() -> None:
    found = {catalogue().by_code("atc", code) for code in ("L04AX03", "L01BA01")}
    assert found == {catalogue().concept("methotrexate")}


def test_the_two_reactions_of_lactate_dehydrogenase_are_two_concepts() -> None:
    forward = catalogue().code("loinc", "14804-9")
    backward = catalogue().code("loinc", "14805-6")
    assert forward is not None
    assert backward is not None
    assert (forward[0], forward[1].assay) == ("ldh", "lactate-to-pyruvate")
    assert (backward[0], backward[1].assay) == ("ldh-pl", "pyruvate-to-lactate")


def test_a_code_that_does_not_name_the_reaction_has_no_assay() -> None:
    unnamed = catalogue().code("loinc", "2532-0")
    assert unnamed is not None
    assert unnamed[1].assay == ""


def test_a_count_of_cd19_cells_is_not_their_percentage() -> None:
    assert catalogue().by_code("loinc", "8116-6") is catalogue().concept("cd19-count")
    assert catalogue().by_code("loinc", "8117-4") is catalogue().concept("cd19-percent")
    with pytest.raises(VocabularyRefused, match="count"):
        catalogue().find("CD19")


def test_a_mycophenolate_dose_in_milligrams_that_should_be_grams_is_implausible() -> None:
    (dose,) = [one for one in catalogue().concept("mycophenolate").doses if one.of == "dose"]
    assert dose.unit == "mg"
    assert not dose.holds(Decimal("1.5"))
    assert dose.holds(Decimal(1500))
    assert dose.holds(Decimal(500))


def test_the_overdose_of_the_incident_is_implausible_per_kilogram() -> None:
    ranges = {one.unit: one for one in catalogue().concept("ivig").doses}
    assert not ranges["g/kg"].holds(Decimal(10))
    assert ranges["g/kg"].holds(Decimal(2))


def test_betamethasone_has_no_single_equivalent_because_tables_disagree() -> None:
    betamethasone = catalogue().concept("betamethasone")
    assert betamethasone.equivalent_mg is None
    assert betamethasone.equivalent is not None
    assert betamethasone.equivalent.low == Decimal("0.6")
    assert betamethasone.equivalent.high == Decimal("0.75")


@pytest.mark.parametrize(
    ("drug", "milligrams"),
    [
        ("hydrocortisone", "20"),
        ("cortisone", "25"),
        ("prednisone", "5"),
        ("prednisolone", "5"),
        ("methylprednisolone", "4"),
        ("triamcinolone", "4"),
        ("dexamethasone", "0.75"),
        ("deflazacort", "6"),
    ],
)
def test_equivalents_are_those_of_the_published_tables(drug: str, milligrams: str) -> None:
    assert catalogue().concept(drug).equivalent_mg == Decimal(milligrams)


def test_the_equivalent_that_was_only_remembered_says_so() -> None:
    deflazacort = catalogue().concept("deflazacort").equivalent
    assert deflazacort is not None
    assert deflazacort.evidence.status == "unconfirmed"


def test_every_glucocorticoid_has_an_equivalent_and_no_other_drug_has() -> None:
    having = {one.id for one in catalogue().concepts if one.equivalent}
    assert having == {one.id for one in catalogue().members("glucocorticoid")}


def test_the_extramuscular_scale_is_not_the_sum_of_six_scales() -> None:
    scale = catalogue().concept("extramuscular-global").plausible
    assert scale is not None
    assert scale.high == 10


@pytest.mark.parametrize(("scale", "maximum"), [("mmt8-80", 80), ("mmt8-150", 150)])
def test_the_two_strength_scales_have_their_own_maximum(scale: str, maximum: int) -> None:
    bounds = catalogue().concept(scale).plausible
    assert bounds is not None
    assert bounds.high == maximum
