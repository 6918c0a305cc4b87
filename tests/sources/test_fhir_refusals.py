"""Files that are not FHIR R4, each refused with a sentence and a way out."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from stepline.core.errors import Problem, SourceRefused
from stepline.sources.fhir import read_fhir, read_file
from stepline.sources.fhir.versions import CODED, FIELDS, TYPES
from tests.sources.bundles import bundle, encoded, observation, read
from tests.support.shared import shared

WHOLE = encoded(bundle(observation()))


def problems_of(data: bytes, file: str = "x.json") -> tuple[Problem, ...]:
    with pytest.raises(SourceRefused) as refusal:
        read_fhir(data, file)
    return refusal.value.problems


def problem_of(data: bytes, file: str = "x.json") -> Problem:
    (problem,) = problems_of(data, file)
    return problem


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "file-empty", "empty"),
        (b" \n\t\n", "file-empty", "empty"),
        (b"\x00\x01\x02binary\x00", "file-binary", "binary"),
        (gzip.compress(WHOLE), "file-packed", "gzip"),
        (b"PK\x03\x04rest", "file-packed", "zip"),
        (WHOLE.decode().encode("utf-16"), "file-not-utf-8", "UTF-16"),
        (WHOLE.decode().encode("utf-16-le"), "file-not-utf-8", "UTF-16"),
        (b"<Bundle xmlns='http://hl7.org/fhir'/>", "not-json", "does not begin with an object"),
        (b"[]", "not-json", "does not begin with an object"),
        (b"a,b\n1,2\n", "not-json", "does not begin with an object"),
        (b"{}", "not-fhir", "not FHIR"),
        (b'{"name": "x", "value": 3}', "not-fhir", "not FHIR"),
        (b'{"resourceType": 5}', "not-fhir", "not FHIR"),
        (b'{"resourceType": "Bundle", "entry": {}}', "not-fhir", "entry does not fit"),
        (b'{"resourceType": "Observation", "id": "o"}', "fhir-not-a-bundle", "Observation"),
        (b'{"resourceType": "ValueSet"}', "fhir-not-a-bundle", "ValueSet"),
        (b'{"resourceType": "Bundle", "type": "collection"}', "fhir-empty", "nothing"),
        (encoded(bundle({"resourceType": "Organization", "id": "o"}, patient=None)), "fhir-empty",
         "nothing"),
        (encoded(bundle(observation(subject=None), patient=None)), "fhir-nobody", "whom"),
        (b'{"resourceType": "Bundle", "a": ' + b"[" * 100_000, "nested-too-deep", "deep"),
    ],
)  # fmt: skip
def test_what_is_no_r4_is_refused_in_a_sentence(data: bytes, code: str, said: str) -> None:
    problem = problem_of(data)
    assert problem.code == code
    assert said in problem.message
    assert problem.message.endswith(".")
    assert problem.mend
    assert problem.place.file == "x.json"


def test_a_truncated_file_says_at_which_byte_it_breaks_off() -> None:
    problem = problem_of(WHOLE[:400])
    assert problem.code == "json-truncated"
    assert "at byte 400" in problem.message
    assert (problem.place.line, problem.place.column) == (1, 401)


def test_broken_json_says_where_and_what() -> None:
    data = b'{"resourceType": "Bundle",\n "entry": [1, }'
    problem = problem_of(data)
    assert problem.code == "json-malformed"
    assert problem.place.line == 2
    assert "invalid character" in problem.message


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_a_number_that_json_does_not_have_is_named(number: bytes) -> None:
    problem = problem_of(WHOLE.replace(b"300", number, 1))
    assert problem.code == "number-not-finite"


def test_every_broken_line_of_ndjson_is_told_at_once() -> None:
    lines = [
        json.dumps(observation()).encode(),
        b'{"resourceType": "Observation"',
        b'{"name": 1}',
        b"not json",
    ]
    problems = problems_of(b"\n".join(lines))
    assert [(p.place.line, p.code) for p in problems] == [
        (2, "json-truncated"),
        (3, "not-fhir"),
        (4, "json-malformed"),
    ]


def test_a_long_list_of_broken_lines_is_cut() -> None:
    lines = [json.dumps(observation()).encode()] + [b"{"] * 500
    assert len(problems_of(b"\n".join(lines))) == 20


def test_one_line_is_ndjson_only_where_its_name_says_so() -> None:
    line = json.dumps(observation()).encode()
    assert problem_of(line).code == "fhir-not-a-bundle"
    (record,) = read_fhir(line, "x.ndjson")
    assert len(record.events) == 1


def test_lines_that_hold_bundles_are_read() -> None:
    (record,) = read_fhir(WHOLE + b"\n" + WHOLE.replace(b'"o1"', b'"o2"') + b"\r\n\r\n", "x.ndjson")
    assert len(record.events) == 2
    assert record.events[1].source.endswith("line 2, Bundle.entry[1].resource (Observation)")


def test_a_byte_order_mark_does_no_harm() -> None:
    (record,) = read_fhir(b"\xef\xbb\xbf" + WHOLE, "x.json")
    assert len(record.events) == 1


def test_a_text_that_is_not_utf_8_spoils_its_row_only() -> None:
    data = WHOLE.replace(b'"final"', b'"fin\xe4l"')
    (record,) = read_fhir(data, "x.json")
    assert [row.code for row in record.quarantine] == ["text-not-utf-8"]


@pytest.mark.parametrize("first", [b"x", b'"', b"{x", b"[1,", b'{"a" '])
def test_a_hundred_megabytes_that_are_no_json_cost_a_glance(tmp_path: Path, first: bytes) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as stream:
        stream.write(first)
        stream.truncate(100_000_000)
        stream.seek(len(first))
        stream.write(b"x" * 200_000)
    tracemalloc.start()
    try:
        with pytest.raises(SourceRefused):
            read_file(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5_000_000


def test_a_bundle_beyond_the_limit_is_refused_and_the_same_as_lines_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stepline.sources.fhir.reading.LARGEST_BUNDLE", 100)
    assert problem_of(WHOLE).code == "file-too-large"
    lines = b"\n".join(json.dumps(observation(id=f"o{n}")).encode() for n in range(9))
    (record,) = read_fhir(lines, "x.json")
    assert len(record.events) == 9


def test_a_line_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepline.sources.fhir.unpacking.LONGEST_LINE", 2000)
    long = json.dumps(observation(note=[{"text": "x" * 5000}])).encode()
    problems = problems_of(json.dumps(observation()).encode() + b"\n" + long)
    assert problems[0].code == "line-too-long"
    assert problems[0].place.line == 2


# ---------------------------------------------------------------- paths


def test_a_missing_file_a_folder_and_a_link_are_refused(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_bytes(WHOLE)
    link = tmp_path / "link.json"
    link.symlink_to(real)
    dangling = tmp_path / "dangling.json"
    dangling.symlink_to(tmp_path / "nowhere.json")
    expected = {
        tmp_path / "missing.json": "file-missing",
        tmp_path: "file-is-folder",
        link: "file-is-link",
        dangling: "file-is-link",
    }
    for path, code in expected.items():
        with pytest.raises(SourceRefused) as refusal:
            read_file(path)
        assert refusal.value.problems[0].code == code
    assert len(read_file(real)) == 1


def test_what_never_ends_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    with pytest.raises(SourceRefused, match="no ordinary file"):
        read_file(pipe)


# ---------------------------------------------------------------- other versions


def test_the_dstu1_sample_is_refused_by_version_with_its_signs() -> None:
    path = shared("data/fhir/other-version/rheum-pacer-dstu1.json")
    with pytest.raises(SourceRefused) as refusal:
        read_file(path)
    (problem,) = refusal.value.problems
    assert problem.code == "fhir-version"
    assert problem.message == "This is FHIR DSTU1, and only R4 is read."
    assert "AllergyIntolerance.sensitivityType" in problem.found
    assert "R4 (4.0.1)" in problem.allowed
    signs = problem_of(path.read_bytes().replace(b"MedicationPrescription", b"Basic"))
    assert "DSTU1" in signs.message


def typed(kind: str, **fields: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": "v1", "subject": {"reference": "Patient/p1"}, **fields}


@pytest.mark.parametrize(
    ("resource", "version", "sign"),
    [
        (typed("MedicationPrescription"), "DSTU1", "MedicationPrescription"),
        (typed("MedicationOrder"), "DSTU2", "MedicationOrder"),
        (typed("Condition", dateRecorded="2015-01-01"), "DSTU2", "Condition.dateRecorded"),
        (typed("Immunization", wasNotGiven=False), "DSTU2", "Immunization.wasNotGiven"),
        (typed("MedicationRequest", context={}), "STU3", "MedicationRequest.context"),
        (typed("Condition", assertedDate="2018"), "STU3", "Condition.assertedDate"),
        (typed("Immunization", notGiven=False), "STU3", "Immunization.notGiven"),
        (typed("Procedure", notDone=False), "STU3", "Procedure.notDone"),
        (
            typed("MedicationRequest", medication={"concept": {"text": "x"}}),
            "R5",
            "MedicationRequest.medication",
        ),
        (typed("Procedure", occurrenceDateTime="2024"), "R5", "Procedure.occurrenceDateTime"),
        (
            typed(
                "Observation",
                meta={"profile": ["http://hl7.org/fhir/5.0/StructureDefinition/Observation"]},
            ),
            "R5",
            "the profile",
        ),
        (
            typed("AllergyIntolerance", clinicalStatus="active"),
            "STU3",
            "AllergyIntolerance.clinicalStatus as a bare code",
        ),
    ],
)
def test_another_version_is_named_with_the_sign_that_tells(
    resource: dict[str, Any], version: str, sign: str
) -> None:
    problem = problem_of(encoded(bundle(resource)))
    assert problem.code == "fhir-version"
    assert version in problem.message
    assert sign in problem.found


def test_a_sign_of_two_versions_says_both() -> None:
    problem = problem_of(encoded(bundle({**typed("Patient"), "careProvider": []})))
    assert problem.message == "This is FHIR DSTU1 or DSTU2, and only R4 is read."


def test_a_bundle_with_r5_issues_is_refused() -> None:
    assert problem_of(encoded({**bundle(observation()), "issues": {}})).code == "fhir-version"


def test_a_bundle_without_a_type_is_a_slip_and_no_version() -> None:
    document = bundle(observation())
    del document["type"]
    (record,) = read_fhir(encoded(document), "x.json")
    assert len(record.events) == 1


def test_a_version_is_told_in_ndjson_too() -> None:
    lines = [json.dumps(observation()), json.dumps(typed("MedicationOrder"))]
    assert problem_of("\n".join(lines).encode()).code == "fhir-version"


def test_every_sign_refuses_and_none_is_a_field_that_is_read() -> None:
    """A field of R4 among the signs would refuse R4 itself."""
    for kind in TYPES:
        assert problem_of(encoded(bundle(typed(kind)))).code == "fhir-version"
    for kind, fields in FIELDS.items():
        if kind == "Bundle":
            continue
        for name in fields:
            resource = {**typed(kind), name: {}}
            assert problem_of(encoded(bundle(resource))).code == "fhir-version", (kind, name)
    for kind, names in CODED.items():
        for name in names:
            resource = typed(kind, **{name: "active"})
            assert problem_of(encoded(bundle(resource))).code == "fhir-version", (kind, name)


def test_r4_with_extensions_and_unknown_fields_is_read() -> None:
    extended = observation(
        extension=[{"url": "http://example.org", "valueString": "x"}],
        _status={"extension": []},
        note=[{"text": "a remark"}],
        bodySite={"text": "arm"},
    )
    assert len(read(extended).events) == 1
