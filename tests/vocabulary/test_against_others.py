"""The codes against data that others made: the OHDSI vocabulary extract and the FHIR bundles."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from functools import cache

import pytest

from stepline.vocabulary.catalogue import catalogue
from stepline.vocabulary.text import words
from tests.support.shared import shared

OHDSI = {"loinc": "LOINC", "rxnorm": "RxNorm", "snomed": "SNOMED"}


@cache
def ohdsi_names() -> dict[tuple[str, str], str]:
    """Concept names of the extract, by vocabulary and code."""
    with zipfile.ZipFile(shared("data/omop/Synthea27Nj_5.4.zip")) as archive:
        text = archive.read("CONCEPT.csv").decode("utf-8")
    rows = [
        {key.lower(): value for key, value in row.items()}
        for row in csv.DictReader(io.StringIO(text))
    ]
    return {(row["vocabulary_id"], row["concept_code"]): row["concept_name"] for row in rows}


def test_every_code_cited_from_the_extract_has_its_name_there() -> None:
    cited = [
        (OHDSI[code.system], code.code, code.display)
        for concept in catalogue().concepts
        for code in concept.codes
        if code.evidence.source == "ohdsi-eunomia-synthea27nj"
    ]
    assert len(cited) > 50
    for vocabulary, code, display in cited:
        assert ohdsi_names()[vocabulary, code] == display


def test_codes_cited_from_elsewhere_agree_with_the_extract_where_it_has_them() -> None:
    shared_codes = 0
    for concept in catalogue().concepts:
        for code in concept.codes:
            name = ohdsi_names().get((OHDSI.get(code.system, ""), code.code))
            if name is not None:
                shared_codes += 1
                assert set(words(name)) & set(words(code.display))
    assert shared_codes > 50


@cache
def bundle_codings() -> frozenset[tuple[str, str, str, str]]:
    """Resource type, system, code and display of every coding in the bundles."""
    folder = shared("data/fhir/synthea-r4")
    return frozenset(
        found
        for path in sorted(folder.glob("*.json"))
        for entry in json.loads(path.read_text(encoding="utf-8"))["entry"]
        for found in codings(entry["resource"])
    )


def codings(resource: dict[str, object]) -> Iterator[tuple[str, str, str, str]]:
    kind = str(resource["resourceType"])
    for field in ("code", "medicationCodeableConcept", "vaccineCode"):
        concept = resource.get(field)
        if isinstance(concept, dict):
            for one in concept.get("coding", ()):
                yield kind, one["system"], one["code"], one["display"].replace("\u200b", "")


IN_THE_BUNDLES = {
    "weight", "height", "bmi", "creatinine", "haemoglobin", "leucocytes", "platelets", "alt", "ast",
    "albumin", "bilirubin", "egfr", "glucose", "hba1c", "mcv",
}  # fmt: skip


def test_the_observations_of_the_bundles_are_recognised() -> None:
    found = {
        concept.id
        for kind, system, code, _ in bundle_codings()
        if kind == "Observation" and (concept := catalogue().by_code(system, code))
    }
    assert found == IN_THE_BUNDLES


def test_an_observation_is_never_taken_for_something_that_its_display_does_not_name() -> None:
    for kind, system, code, display in bundle_codings():
        listed = catalogue().code(system, code)
        if listed and kind != "Condition":
            assert set(words(display)) & set(words(listed[1].display))


DRUGS_IN_THE_BUNDLES = {
    "predniSONE 5 MG Oral Tablet": "prednisone",
    "Methotrexate 10 MG Oral Tablet": "methotrexate",
    "cycloSPORINE 50 MG Oral Capsule": "ciclosporin",
    "Acetaminophen 325 MG Oral Tablet": "paracetamol",
    "Acetaminophen 325 MG / HYDROcodone Bitartrate 7.5 MG Oral Tablet": "paracetamol",
    "cetirizine hydrochloride 5 MG Oral Tablet": "antihistamine",
    "Loratadine 5 MG Chewable Tablet": "antihistamine",
    "Naproxen 500 MG Oral Tablet": "nsaid",
    "Naproxen sodium 220 MG Oral Tablet": "nsaid",
    "Ibuprofen 200 MG Oral Tablet": "nsaid",
}


def test_the_drugs_of_the_bundles_are_recognised_by_their_display_and_no_other() -> None:
    found = {
        display: concept.id
        for kind, _, _, display in bundle_codings()
        if kind == "MedicationRequest" and (concept := catalogue().find_in_display(display))
    }
    assert found == DRUGS_IN_THE_BUNDLES


def test_a_drug_of_the_extract_is_recognised_by_its_words_alone() -> None:
    """A second witness: a display names a drug when one of its plain words is its name."""
    plain = {
        name: drug.id
        for drug in catalogue().concepts
        if drug.is_drug
        for name in drug.names
        if " " not in name and "-" not in name
    }
    local = {word for form in catalogue().library.local_form_words for word in words(form)}
    checked = 0
    for (vocabulary, _), display in ohdsi_names().items():
        said = words(display)
        named = {plain[word] for word in said if word in plain}
        if vocabulary == "RxNorm" and len(named) == 1 and not local & set(said):
            checked += 1
            concept = catalogue().find_in_display(display)
            assert concept is not None
            assert concept.id in named | {"co-trimoxazole"}
    assert checked > 25


@pytest.mark.parametrize("system", ["http://loinc.org", "http://snomed.info/sct"])
def test_the_systems_of_the_bundles_are_known(system: str) -> None:
    assert system in {one for _, one, _, _ in bundle_codings()}
    assert catalogue().system(system) is not None
