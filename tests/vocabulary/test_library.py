"""The packaged library: what is true of all of it, and that each rule about it bites."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from importlib.resources import files

import pytest

from stepline.core.evidence import Evidence, Kind, Status
from stepline.core.quantity import comparable, read_unit
from stepline.core.time import parse_period
from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.checking import check_library, evidence_of
from stepline.vocabulary.compiled import COMPILED, decode, encode
from stepline.vocabulary.compiling import concept_files, read_library
from stepline.vocabulary.model import (
    Ambiguity,
    Code,
    Concept,
    Library,
    PlausibleRange,
    ReferenceRange,
    UnitReading,
    VocabularyRefused,
)

CONCEPTS = catalogue().concepts
START = datetime(2026, 1, 31)
CODES = [(concept, code) for concept in CONCEPTS for code in concept.codes]

_REQUIRED = """
prednisone prednisolone methylprednisolone hydrocortisone dexamethasone betamethasone deflazacort
triamcinolone cortisone methotrexate azathioprine mycophenolate ciclosporin tacrolimus
cyclophosphamide hydroxychloroquine ivig scig rituximab abatacept co-trimoxazole atovaquone dapsone
pentamidine folic-acid folinic-acid allopurinol febuxostat trimethoprim paracetamol antihistamine
entecavir tenofovir lamivudine glucocorticoid immunosuppressant antifolate pjp-prophylaxis
xanthine-oxidase-inhibitor hbv-antiviral live-vaccine muscle-enzyme ck aldolase ldh ldh-pl ast alt
igg iga igm haemoglobin reticulocytes haptoglobin bilirubin direct-antiglobulin-test creatinine egfr
neutrophils platelets leucocytes lymphocytes cd19-count cd19-percent blood-group hbsag anti-hbc
anti-hbs hbv-dna hcv-antibody hiv-test igra myositis-specific-antibodies anti-jo-1 tis mmt8-80
mmt8-150 haq physician-global patient-global extramuscular-global weight height bsa dermatomyositis
polymyositis dermatopolymyositis inclusion-body-myositis juvenile-dermatomyositis
hypogammaglobulinaemia recurrent-infection upper-respiratory-tract-infection severe-infection
active-infection haemolysis thrombosis iga-deficiency anti-iga hereditary-fructose-intolerance
hyperprolinaemia pregnancy diabetes renal-impairment thrombosis-risk osteoporosis
progressive-multifocal-leukoencephalopathy interstitial-lung-disease dysphagia muscle-strength
disease-activity remission response relapse symptoms quality-of-life adverse-event
dose-reduction-attempt tpmt-activity nudt15
"""
REQUIRED = _REQUIRED.split()


def test_the_compiled_file_is_what_the_yaml_files_say() -> None:
    packaged = files("stepline.vocabulary").joinpath(COMPILED).read_bytes()
    assert encode(read_library()) == packaged, "run python -m stepline.vocabulary.compiling"


def test_a_library_survives_being_compiled() -> None:
    library = read_library()
    assert decode(encode(library)) == library


@pytest.mark.parametrize("concept_id", REQUIRED)
def test_the_concepts_that_other_rooms_rely_on_exist(concept_id: str) -> None:
    assert concept_id in catalogue()


def test_every_concept_file_is_read() -> None:
    assert {path.name for path in concept_files()} == {
        "assessments.yaml", "body.yaml", "conditions.yaml", "drug-classes.yaml", "drugs.yaml",
        "enzymes.yaml", "laboratory.yaml", "procedures.yaml", "scores.yaml", "serology.yaml",
        "vaccines.yaml",
    }  # fmt: skip


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda concept: concept.id)
def test_every_claim_of_a_concept_has_a_source_of_its_kind(concept: Concept) -> None:
    for evidence in evidence_of(concept):
        source = catalogue().source(evidence.source)
        assert evidence.kind == source.kind


@pytest.mark.parametrize(("concept", "code"), CODES, ids=lambda one: getattr(one, "code", ""))
def test_every_code_was_read_somewhere(concept: Concept, code: Code) -> None:
    assert code.evidence.status in (Status.VERIFIED, Status.SECONDARY)
    assert code.display
    assert catalogue().by_code(code.system, code.code) is concept


def test_no_code_belongs_to_two_concepts() -> None:
    pairs = [(code.system, code.code) for _, code in CODES]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda concept: concept.id)
def test_units_are_canonical_and_meet_the_unit_of_the_concept(concept: Concept) -> None:
    if concept.unit:
        assert read_unit(concept.unit) == (concept.unit, ())
    if concept.plausible:
        assert concept.plausible.unit == concept.unit
        assert comparable(concept.plausible.unit, concept.unit)
    if concept.freshness:
        assert parse_period(concept.freshness.period).after(START) > START


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda concept: concept.id)
def test_our_own_bounds_never_pass_for_facts(concept: Concept) -> None:
    for evidence in evidence_of(concept):
        if evidence.source.startswith("stepline-") and evidence.source != "stepline-arithmetic":
            assert evidence.kind is Kind.DESIGN
            assert evidence.status is Status.UNCONFIRMED


def test_reference_ranges_lie_inside_what_is_plausible() -> None:
    from stepline.core.quantity import factor

    for concept in CONCEPTS:
        for reference in concept.reference_ranges:
            assert concept.plausible is not None
            for limit in (reference.low, reference.high):
                if limit is not None:
                    scaled = limit * Decimal(int(factor(reference.unit, concept.unit)))
                    assert scaled == 0 or concept.plausible.holds(scaled)


def test_looking_things_up_loads_no_heavy_library() -> None:
    program = (
        "import sys; from stepline.vocabulary.catalogue import catalogue; catalogue().find('ldh');"
        "print([n for n in ('pydantic','yaml','pint','polars','numpy','lark') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr


# Each rule about the library bites. A broken library is a sound one with one thing changed.

CITED = Evidence("seed-case", Kind.CASE_REPORT, Status.VERIFIED)


def with_concept(**changes: object) -> Callable[[Library], Library]:
    """The library with `ldh` changed."""

    def change(library: Library) -> Library:
        changed = replace(catalogue().concept("ldh"), **changes)  # type: ignore[arg-type]
        kept = tuple(changed if one.id == "ldh" else one for one in library.concepts)
        return replace(library, concepts=kept)

    return change


def with_code(code: Code) -> Callable[[Library], Library]:
    return with_concept(codes=(*catalogue().concept("ldh").codes, code))


def bounds(low: str, high: str, unit: str = "U/L") -> PlausibleRange:
    return PlausibleRange(Decimal(low), Decimal(high), unit, CITED)


BROKEN: dict[str, tuple[str, Callable[[Library], Library]]] = {
    "an id in capitals": ("id-form", with_concept(id="LDH")),
    "one id twice": ("id-twice", with_concept(id="ck")),
    "one name for two": ("name-twice", with_concept(synonyms=("creatine kinase",))),
    "a name that is refused": ("name-ambiguous", with_concept(synonyms=("dm",))),
    "an ambiguity to nowhere": (
        "concept-unknown",
        lambda library: replace(
            library, ambiguities=(Ambiguity("XY", ("nothing",), "XY can mean nothing.", CITED),)
        ),
    ),
    "a class that is no class": ("class-unknown", with_concept(classes=("ck",))),
    "a code of another concept": (
        "code-twice",
        with_code(Code("loinc", "2157-6", "Creatine kinase", CITED)),
    ),
    "a code of the concept itself, twice": (
        "code-twice",
        with_code(Code("loinc", "2532-0", "Lactate dehydrogenase", CITED)),
    ),
    "a code of an unknown system": ("system-unknown", with_code(Code("hcpcs", "J1", "x", CITED))),
    "a remembered code": (
        "code-unconfirmed",
        with_code(Code("loinc", "1-8", "x", replace(CITED, status=Status.UNCONFIRMED))),
    ),
    "an unknown source": (
        "source-unknown",
        with_concept(evidence=(replace(CITED, source="hearsay"),)),
    ),
    "a verified fact from a page nobody vouches for": (
        "status-too-strong",
        with_concept(evidence=(replace(CITED, source="droracle"),)),
    ),
    "a unit that does not exist": ("unit-unknown", with_concept(units=("blorp",))),
    "a unit in another spelling": ("unit-form", with_concept(units=("IU/L",))),
    "a unit of another kind": ("unit-mismatch", with_concept(units=("mg/dL",))),
    "a range in another kind of unit": (
        "unit-mismatch",
        with_concept(plausible=bounds("1", "2", "g/L")),
    ),
    "a reading that is a conversion": (
        "reading-needless",
        with_concept(read_as=(UnitReading("ukat/L", "U/L", "", CITED),)),
    ),
    "a range upside down": ("range-form", with_concept(plausible=bounds("2", "1"))),
    "a negative range": ("range-form", with_concept(plausible=bounds("-1", "1"))),
    "a reference range without limits": (
        "reference-form",
        with_concept(reference_ranges=(ReferenceRange("U/L", CITED),)),
    ),
    "a reference range upside down": (
        "reference-form",
        with_concept(reference_ranges=(ReferenceRange("U/L", CITED, Decimal(2), Decimal(1)),)),
    ),
    "a number without bounds": ("range-missing", with_concept(plausible=None)),
    "a direction that is none": ("direction", with_concept(better="sideways")),
    "a freshness that is no period": (
        "period",
        with_concept(freshness=replace(catalogue().concept("ck").freshness, period="12 weeks")),  # type: ignore[type-var]
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_library_is_refused(name: str) -> None:
    code, breaking = BROKEN[name]
    with pytest.raises(VocabularyRefused) as refusal:
        check_library(breaking(catalogue().library))
    assert any(problem.code.startswith(code) for problem in refusal.value.problems)


def test_all_problems_of_a_library_are_listed_at_once() -> None:
    broken = with_concept(synonyms=("DM",), classes=("nothing",), better="sideways")
    with pytest.raises(VocabularyRefused) as refusal:
        check_library(broken(catalogue().library))
    found = {problem.code for problem in refusal.value.problems}
    assert found == {"name-ambiguous", "class-unknown", "direction"}
