"""Looking concepts up."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.vocabulary.catalogue import Catalogue, catalogue
from stepline.vocabulary.model import Concept, ConceptKind, VocabularyRefused

IDS = [concept.id for concept in catalogue().concepts]
NAMES = [
    (name, concept)
    for concept in catalogue().concepts
    for name in (concept.id, concept.title, *concept.synonyms, *concept.names)
]


def test_a_concept_is_found_by_id() -> None:
    assert catalogue().concept("ldh").unit == "U/L"


def test_an_unknown_id_is_refused_with_the_nearest_ones() -> None:
    with pytest.raises(VocabularyRefused) as refusal:
        catalogue().concept("predisone")
    (problem,) = refusal.value.problems
    assert problem.code == "concept-unknown"
    assert problem.found == "predisone"
    assert "prednisone" in problem.mend


def test_an_id_like_nothing_is_refused_without_a_guess() -> None:
    with pytest.raises(VocabularyRefused) as refusal:
        catalogue().concept("xqzzw")
    assert "Did you mean" not in refusal.value.problems[0].mend


def test_an_ambiguous_id_is_refused_as_ambiguous() -> None:
    with pytest.raises(VocabularyRefused) as refusal:
        catalogue().concept("mmt8")
    assert refusal.value.problems[0].allowed == "mmt8-80, mmt8-150"


@given(st.sampled_from(NAMES), st.randoms(use_true_random=False))
def test_every_name_finds_its_concept_in_any_case(
    pair: tuple[str, Concept], chance: random.Random
) -> None:
    name, concept = pair
    shown = "".join(chance.choice((str.upper, str.lower))(letter) for letter in name)
    assert catalogue().find(f"  {shown} ") is concept


@pytest.mark.parametrize("one", catalogue().library.ambiguities, ids=lambda one: one.text)
def test_every_ambiguous_text_is_refused_in_its_own_words(one: object) -> None:
    text, says = one.text, one.says  # type: ignore[attr-defined]
    with pytest.raises(VocabularyRefused) as refusal:
        catalogue().find(text)
    assert refusal.value.problems[0].message == says


def test_a_text_that_names_nothing_finds_nothing() -> None:
    assert catalogue().find("breakfast") is None
    assert catalogue().find("") is None


LDH = [
    "loinc", "LOINC", "http://loinc.org", "https://loinc.org", "http://loinc.org/", " Loinc ",
]  # fmt: skip


@pytest.mark.parametrize("system", LDH)
def test_a_code_system_is_known_under_all_its_spellings(system: str) -> None:
    assert catalogue().by_code(system, "2532-0") is catalogue().concept("ldh")


URIS = [
    ("http://www.nlm.nih.gov/research/umls/rxnorm", "6851", "methotrexate"),
    ("RxNorm", "6851", "methotrexate"),
    ("http://snomed.info/sct", "31384009", "polymyositis"),
    ("SNOMED", "31384009", "polymyositis"),
    ("http://www.whocc.no/atc", "J06BA02", "ivig"),
    ("ATC", "j06ba01", "scig"),
    ("http://hl7.org/fhir/sid/icd-10", "M33.9", "dermatopolymyositis"),
    ("http://hl7.org/fhir/sid/icd-10-cm", "M33.90", "dermatopolymyositis"),
    ("http://hl7.org/fhir/sid/cvx", "03", "mmr-vaccine"),
    ("ICD10CM", "M33.20", "polymyositis"),
]


@pytest.mark.parametrize(("system", "code", "concept_id"), URIS)
def test_a_code_is_found_by_the_names_that_sources_use(
    system: str, code: str, concept_id: str
) -> None:
    assert catalogue().by_code(system, code) is catalogue().concept(concept_id)


@pytest.mark.parametrize(
    ("code", "concept_id"),
    [
        ("M33.00", "juvenile-dermatomyositis"),
        ("M33.09", "juvenile-dermatomyositis"),
        ("M33.10", "dermatomyositis"),
        ("M33.13", "dermatomyositis"),
        ("m33.19", "dermatomyositis"),
        ("M3311", "dermatomyositis"),
        ("M33.22", "polymyositis"),
        ("M33.99", "dermatopolymyositis"),
    ],
)
def test_a_diagnosis_is_found_by_the_codes_below_a_prefix(code: str, concept_id: str) -> None:
    assert catalogue().by_code("icd10cm", code) is catalogue().concept(concept_id)


@pytest.mark.parametrize("code", ["M33", "M33.3", "M34.10", "M3", "", "33.1"])
def test_a_code_outside_every_prefix_is_not_found(code: str) -> None:
    assert catalogue().by_code("icd10cm", code) is None


def test_a_code_that_is_no_prefix_covers_nothing_below_it() -> None:
    assert catalogue().by_code("icd10", "M33.10") is None
    assert catalogue().by_code("loinc", "2532-01") is None


@pytest.mark.parametrize(("system", "code"), [("HCPCS", "J1"), ("loinc", "0"), ("", "2532-0")])
def test_an_unknown_system_or_code_is_nothing(system: str, code: str) -> None:
    assert catalogue().by_code(system, code) is None


MEMBERS = {
    "muscle-enzyme": {"ck", "aldolase", "ldh", "ldh-pl", "ast", "alt"},
    "antifolate": {"methotrexate", "co-trimoxazole", "trimethoprim"},
    "pjp-prophylaxis": {"co-trimoxazole", "atovaquone", "dapsone", "pentamidine"},
    "xanthine-oxidase-inhibitor": {"allopurinol", "febuxostat"},
    "hbv-antiviral": {"entecavir", "tenofovir", "lamivudine"},
    "immunoglobulin-drug": {"ivig", "scig"},
    "glucocorticoid": {
        "prednisone", "prednisolone", "methylprednisolone", "hydrocortisone", "dexamethasone",
        "betamethasone", "deflazacort", "triamcinolone", "cortisone",
    },
}  # fmt: skip


@pytest.mark.parametrize("class_id", MEMBERS)
def test_a_class_has_its_members(class_id: str) -> None:
    assert {one.id for one in catalogue().members(class_id)} == MEMBERS[class_id]


def test_glucocorticoid_and_immunoglobulin_are_not_immunosuppressants_here() -> None:
    members = {one.id for one in catalogue().members("immunosuppressant")}
    assert "methotrexate" in members
    assert not members & {"prednisone", "ivig", "scig", "hydroxychloroquine"}


def test_a_single_concept_is_its_own_member() -> None:
    assert catalogue().members("ldh") == (catalogue().concept("ldh"),)


@pytest.mark.parametrize(
    "concept", [one for one in catalogue().concepts if one.is_class], ids=lambda one: one.id
)
def test_no_class_is_empty_and_all_members_are_of_one_sort(concept: Concept) -> None:
    kinds = {one.kind for one in catalogue().members(concept.id)}
    assert len(kinds) == 1
    if concept.kind is ConceptKind.DRUG_CLASS:
        assert kinds == {ConceptKind.DRUG}


def test_membership_can_be_asked() -> None:
    assert catalogue().is_in("prednisone", "glucocorticoid")
    assert catalogue().is_in("glucocorticoid", "glucocorticoid")
    assert not catalogue().is_in("methotrexate", "glucocorticoid")


def test_the_members_of_an_unknown_class_are_refused() -> None:
    with pytest.raises(VocabularyRefused):
        catalogue().members("steroidz")


def test_a_source_is_found_by_key_and_an_unknown_one_refused() -> None:
    assert catalogue().source("seed-case").kind == "case-report"
    assert catalogue().has_source("octagam-10-us-label")
    with pytest.raises(VocabularyRefused) as refusal:
        catalogue().source("seed-cas")
    assert "seed-case" in refusal.value.problems[0].mend


@pytest.mark.parametrize("number", range(1, 56))
def test_every_source_of_the_dosing_facts_can_be_cited(number: int) -> None:
    refs = {source.ref.rstrip("abcdefghijklmnopqrstuvwxyz") for source in catalogue().sources()}
    assert f"S{number}" in refs


def test_search_finds_by_any_word_and_puts_the_name_itself_first() -> None:
    assert catalogue().search("ldh")[0].id == "ldh"
    assert catalogue().search("lactate dehydrogenase")[0].id == "ldh"
    assert {"igg", "iga", "igm", "ivig", "scig"} <= {
        one.id for one in catalogue().search("immunoglobulin")
    }
    assert [one.id for one in catalogue().search("2157-6")] == ["ck"]
    assert catalogue().search("") == ()
    assert catalogue().search("zzzz") == ()


@given(st.permutations(list(catalogue().concepts)))
def test_the_order_of_the_files_changes_no_answer(concepts: list[Concept]) -> None:
    from dataclasses import replace

    other = Catalogue(replace(catalogue().library, concepts=tuple(concepts)))
    assert other.by_code("icd10cm", "M33.12") == catalogue().by_code("icd10cm", "M33.12")
    assert other.find("leucovorin") == catalogue().find("leucovorin")
    assert set(other.members("muscle-enzyme")) == set(catalogue().members("muscle-enzyme"))
    display = "sulfamethoxazole 800 MG / trimethoprim 160 MG Oral Tablet"
    assert other.find_in_display(display) == catalogue().concept("co-trimoxazole")
