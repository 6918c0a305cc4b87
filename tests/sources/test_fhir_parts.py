"""FHIR divided by subject gives the records of FHIR read whole."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.errors import SourceRefused
from stepline.record.model import Record
from stepline.sources import parts
from stepline.sources.blocks import blocks_of
from stepline.sources.fhir import folder, read_fhir, read_file
from stepline.sources.fhir import parts as fhir_parts
from stepline.sources.fhir.parts import LineParts, SomeSubjects
from stepline.sources.fhir.people import number_of
from stepline.sources.opening import open_record
from tests.sources.bundles import Json, bundle, coded

PEOPLE = ("a", "b", "c", "d", "e")


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SIZE", 2)
    monkeypatch.setattr(folder, "SIZE", 2)


def patient(name: str) -> Json:
    return {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": "1980-04-01"}


def about(name: str) -> Json:
    return {"subject": {"reference": f"Patient/{name}"}}


def ldh(name: str, number: str, value: int = 300, **more: object) -> Json:
    quantity = {"value": value, "unit": "U/L", "code": "U/L"}
    return {
        "resourceType": "Observation", "id": number, "status": "final",
        "effectiveDateTime": "2026-01-05", "code": coded("14804-9"), "valueQuantity": quantity,
        **about(name), **more,
    }  # fmt: skip


def order(name: str, number: str, **more: object) -> Json:
    return {
        "resourceType": "MedicationRequest", "id": number, "status": "active", "intent": "order",
        "authoredOn": "2026-01-05", **about(name), **more,
    }  # fmt: skip


def dose(name: str, number: str, **more: object) -> Json:
    return {
        "resourceType": "MedicationAdministration", "id": number, "status": "completed",
        "effectiveDateTime": "2026-02-05", "dosage": {"dose": {"value": 1000, "unit": "mg"}},
        **about(name), **more,
    }  # fmt: skip


def written(path: Path, *lines: Json | str) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{text}\n" for text in texts))
    return path


def divided(path: Path) -> tuple[Record, ...]:
    with closing(LineParts([path], path.name)) as found:
        return tuple(record for part in found for record in part.records())


def numbers(names: str) -> list[int]:
    return sorted(number_of(("Patient", name)) for name in names)


MEDICATION = {"resourceType": "Medication", "id": "m", "code": {"text": "rituximab"}}
POINTED = {"medicationReference": {"reference": "Medication/m"}}


def test_a_drug_that_is_about_nobody_goes_with_everyone_who_points_at_it(tmp_path: Path) -> None:
    rows = [order(name, f"o{name}", **POINTED) for name in PEOPLE]
    path = written(tmp_path / "x.ndjson", *map(patient, PEOPLE), *rows, MEDICATION)
    found = divided(path)
    assert found == read_file(path)
    assert {event.concept for record in found for event in record.events} == {"rituximab"}


def test_the_later_version_counts_wherever_it_stands(tmp_path: Path) -> None:
    older = {**MEDICATION, "code": {"text": "ivig"}, "meta": {"lastUpdated": "2020-01-01"}}
    newer = {**MEDICATION, "meta": {"lastUpdated": "2021-01-01"}}
    path = written(
        tmp_path / "x.ndjson", newer, *map(patient, PEOPLE), order("a", "1", **POINTED), older
    )
    found = divided(path)
    assert found == read_file(path)
    assert [row.code for row in found[0].quarantine] == ["superseded"]


def test_persons_who_share_the_id_of_a_resource_are_read_together(tmp_path: Path) -> None:
    later: Json = {"meta": {"lastUpdated": "2026-03-01T00:00:00Z"}}
    rows = [ldh(name, "same" if name in "ae" else name) for name in PEOPLE]
    path = written(tmp_path / "x.ndjson", *map(patient, PEOPLE), *rows, ldh("c", "same", **later))
    assert divided(path) == read_file(path)


def test_two_versions_on_one_line_are_told_as_two(tmp_path: Path) -> None:
    path = written(
        tmp_path / "x.ndjson", *map(patient, PEOPLE), bundle(MEDICATION, MEDICATION, patient=None)
    )
    found = divided(path)
    assert found == read_file(path)
    assert [row.code for row in found[0].quarantine] == ["duplicate"]


def test_what_is_of_nobody_is_told_in_every_record(tmp_path: Path) -> None:
    nobody = {**ldh("a", "lost"), "subject": None}
    device = {**ldh("a", "device"), "subject": {"reference": "Device/1"}}
    unread = {"resourceType": "Encounter", "id": "e", **about("a")}
    lines = [*map(patient, PEOPLE), nobody, device, unread, {**unread, "subject": {}}]
    path = written(tmp_path / "x.ndjson", *lines, ldh("a", "1"))
    found = divided(path)
    assert found == read_file(path)
    assert all(len(record.quarantine) == 2 for record in found)


def test_a_dose_that_names_nobody_still_ends_the_order_it_was_given_on(tmp_path: Path) -> None:
    given_on = {**dose("a", "d", request={"reference": "MedicationRequest/o"}), "subject": None}
    drug = {"medicationCodeableConcept": {"text": "rituximab"}}
    path = written(tmp_path / "x.ndjson", *map(patient, PEOPLE), order("c", "o", **drug), given_on)
    assert divided(path) == read_file(path)


def test_bundles_on_lines_keep_their_own_names(tmp_path: Path) -> None:
    def on_a_line(name: str) -> Json:
        entries = [
            {"fullUrl": f"urn:uuid:{name}", "resource": {**patient(name), "id": f"p-{name}"}},
            {"resource": {**ldh(name, name), "subject": {"reference": f"urn:uuid:{name}"}}},
            {"fullUrl": "urn:uuid:nothing"},
        ]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}

    path = written(tmp_path / "x.ndjson", *map(on_a_line, PEOPLE))
    found = divided(path)
    assert found == read_file(path)
    assert [len(record.events) for record in found] == [1] * 5


def test_a_name_that_another_line_gives_makes_the_whole_be_read(tmp_path: Path) -> None:
    named = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": "urn:uuid:x", "resource": patient("a")}],
    }
    far = {**ldh("a", "1"), "subject": {"reference": "urn:uuid:x"}}
    path = written(tmp_path / "x.ndjson", far, named, *map(patient, "bcde"))
    with closing(LineParts([path], path.name)) as found:
        assert len(found) == 1
    assert divided(path) == read_file(path)
    assert sum(len(record.events) for record in divided(path)) == 1


# ---------------------------------------------------------------- any export

_IDS = st.sampled_from(("1", "2", "3", "4"))
_NAMES = st.sampled_from(PEOPLE)


def _to(kind: str) -> st.SearchStrategy[Json]:
    return st.builds(lambda id_: {"reference": f"{kind}/{id_}"}, _IDS)


def _resource() -> st.SearchStrategy[Json]:
    about_somebody: st.SearchStrategy[Json] = st.one_of(
        st.builds(about, _NAMES), st.just({}), st.just({"subject": {"reference": "Group/1"}})
    )
    versions = st.sampled_from(({}, {"meta": {"lastUpdated": "2026-01-01"}},
                                {"meta": {"lastUpdated": "2026-02-01"}}))  # fmt: skip
    product = st.one_of(
        st.builds(lambda to: {"medicationReference": to}, _to("Medication")),
        st.just({"medicationCodeableConcept": {"text": "rituximab"}}),
    )
    kinds = st.one_of(
        st.builds(patient, _NAMES),
        st.builds(ldh, _NAMES, _IDS, st.integers(100, 102)),
        st.builds(lambda id_, word: {**MEDICATION, "id": id_, "code": {"text": word}}, _IDS,
                  st.sampled_from(("rituximab", "ivig"))),
        st.builds(lambda n, i, p, to: order(n, i, priorPrescription=to, **p), _NAMES, _IDS,
                  product, _to("MedicationRequest")),
        st.builds(lambda n, i, p, to: dose(n, i, request=to, **p), _NAMES, _IDS, product,
                  _to("MedicationRequest")),
        st.builds(lambda i, to: {"resourceType": "DiagnosticReport", "id": i, "result": [to]},
                  _IDS, _to("Observation")),
        st.builds(lambda i: {"resourceType": "Encounter", "id": i}, _IDS),
        st.builds(lambda i: {"resourceType": "Observation", "id": i, "status": 7}, _IDS),
    )  # fmt: skip

    def finished(one: Json, whom: Json, version: Json) -> Json:
        if one["resourceType"] == "Patient":
            return {**one, **version}
        own = {} if one["resourceType"] == "Medication" else whom
        return {**one, **version, **own}

    return st.builds(finished, kinds, about_somebody, versions)


@given(
    resources=st.lists(_resource(), min_size=1, max_size=25),
    bundled=st.lists(_resource(), max_size=4),
    seed=st.integers(0, 9),
)
def test_any_export_is_the_same_divided_and_whole(
    resources: list[Json], bundled: list[Json], seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    lines: list[Json] = [*resources, *([bundle(*bundled, patient=None)] if bundled else [])]
    random.Random(seed).shuffle(lines)
    path = written(tmp_path_factory.mktemp("any") / "x.ndjson", *lines)
    assert _answer(divided, path) == _answer(read_file, path)


def _answer(read: Callable[[Path], object], path: Path) -> object:
    try:
        return read(path)
    except SourceRefused as refusal:
        return refusal.problems


# ---------------------------------------------------------------- refusals


def test_every_bad_line_is_told_as_when_read_whole(tmp_path: Path) -> None:
    path = written(tmp_path / "x.ndjson", patient("a"), '{"x": }', patient("b"), "[1]")
    with pytest.raises(SourceRefused) as whole:
        read_file(path)
    with pytest.raises(SourceRefused) as mine:
        blocks_of(path)
    assert mine.value.problems == whole.value.problems
    assert [one.place.line for one in mine.value.problems] == [2, 4]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "x.ndjson", *map(patient, PEOPLE))
    with closing(LineParts([path], path.name)) as found:
        several = list(found)
        written(path, *map(patient, PEOPLE), ldh("a", "1"))
        with pytest.raises(SourceRefused) as refusal:
            several[0].records()
    assert [one.code for one in refusal.value.problems] == ["file-changed"]


def test_a_subject_is_read_without_the_others(tmp_path: Path) -> None:
    path = written(tmp_path / "x.ndjson", *map(patient, PEOPLE), *(ldh(n, n) for n in PEOPLE))
    wanted = number_of(("Patient", "c"))
    with closing(LineParts([path], path.name)) as found:
        assert found.only(wanted) == tuple(
            one for one in read_file(path) if one.subject.subject_id == wanted
        )
        (part,) = [one for one in found if isinstance(one, SomeSubjects) and wanted in one.unread]
        assert len(part.lines.spans) == 3 * 4
        assert found.only(1) == ()


def _open_files() -> Iterator[str]:
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            yield str(one.readlink())


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="asks the kernel what is open")
def test_what_is_sorted_on_disk_has_no_name_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepline.sources.scratch._CACHE_KIB", 1)
    rows = [ldh(name, f"{name}{n}") for name in PEOPLE for n in range(2000)]
    path = written(tmp_path / "x.ndjson", *map(patient, PEOPLE), *rows)
    before = set(_open_files())
    with closing(LineParts([path], path.name)):
        held = set(_open_files()) - before
        assert held
        assert all(name.endswith(" (deleted)") for name in held)
        assert not any(Path(name.removesuffix(" (deleted)")).exists() for name in held)


# ---------------------------------------------------------------- folders


def test_ndjson_files_of_a_folder_are_one_export(tmp_path: Path) -> None:
    written(tmp_path / "Observation.ndjson", *(ldh(name, name) for name in PEOPLE))
    written(tmp_path / "Patient.ndjson", *map(patient, PEOPLE))
    (tmp_path / "manifest.json").write_text('{"transactionTime": "2026-01-01"}')
    found = open_record(tmp_path)
    assert [record.subject.subject_id for record in found] == numbers("abcde")
    assert all(record.subject.sex == "female" for record in found)
    assert found[0].events[0].source.startswith("Observation.ndjson line ")


def test_bundles_of_a_folder_are_read_one_by_one(tmp_path: Path) -> None:
    whole: list[Record] = []
    for name in PEOPLE:
        text = json.dumps(bundle(ldh(name, "1"), patient=patient(name)))
        (tmp_path / f"{name}.json").write_text(text)
        whole += read_fhir(text.encode(), f"{name}.json")
    hospital = {"resourceType": "Organization", "id": "h"}
    (tmp_path / "hospital.json").write_text(json.dumps(bundle(hospital, patient=None)))
    with closing(blocks_of(tmp_path)) as found:
        assert [part.count for part in found] == [2, 2, 1]
        assert len(found) == 3
        assert [record for part in found for record in part.records()] == whole
        assert found.only(number_of(("Patient", "d"))) == (whole[3],)


def test_bundles_and_ndjson_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in "ae":
        (tmp_path / f"{name}.json").write_text(json.dumps(bundle(patient=patient(name))))
    written(tmp_path / "b.ndjson", *map(patient, "bcd"))
    found = [record.subject.subject_id for record in open_record(tmp_path)]
    assert found == [*numbers("a"), *numbers("bcd"), *numbers("e")]


def test_a_person_in_two_bundles_is_refused_without_a_name(tmp_path: Path) -> None:
    for name in "xy":
        (tmp_path / f"{name}.json").write_text(json.dumps(bundle(patient=patient("sally"))))
    with pytest.raises(SourceRefused) as refusal:
        blocks_of(tmp_path)
    assert [one.code for one in refusal.value.problems] == ["subject-in-two-files"]
    assert "sally" not in str(refusal.value)


def test_every_bad_file_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"resourceType": "Bundle", "entry": [')
    (tmp_path / "b.json").write_text('{"resourceType": "Patient"}')
    written(tmp_path / "c.ndjson", patient("a"), "{")
    with pytest.raises(SourceRefused) as refusal:
        open_record(tmp_path)
    assert {one.place.file for one in refusal.value.problems} == {"a.json", "b.json", "c.ndjson"}


def test_a_group_that_is_too_large_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fhir_parts, "_MOST_TIED", 2)
    together = bundle(*map(patient, "bcd"), patient=patient("a"))
    path = written(tmp_path / "x.ndjson", together, patient("e"))
    with closing(LineParts([path], path.name)) as found:
        assert (len(found), found.patients) == (1, 5)
    assert divided(path) == read_file(path)
