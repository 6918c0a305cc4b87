"""A bundle that is broken, or that says two things, is refused in sentences; nothing is guessed."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.cli.main import run, stepline
from stepline.core.errors import SourceRefused
from stepline.exports.fhir import bundle_bytes, read_plan, told
from tests.dosing.test_planning import by_itself, planned
from tests.exports.test_plan_fhir import MONTHLY, Json, dosages, resources

METHOTREXATE = "methotrexate-weekly"


@lru_cache(maxsize=4)
def _exported(regimen: str) -> bytes:
    if regimen == MONTHLY:
        return bundle_bytes(planned(MONTHLY, brand="octagam-10-eu", courses=2))
    return bundle_bytes(by_itself(regimen))


def exported(regimen: str = MONTHLY) -> Json:
    bundle: Json = json.loads(_exported(regimen))
    return bundle


def refusals(bundle: object) -> list[str]:
    data = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    with pytest.raises(SourceRefused) as refused:
        read_plan(data)
    problems = refused.value.problems
    assert all(one.message.endswith(".") for one in problems)
    return [one.code for one in problems]


def first(bundle: Json, place: int = 0) -> Json:
    dosage: Json = dosages(resources(bundle, "MedicationRequest")[0])[place]
    return dosage


def quantity(bundle: Json) -> Json:
    found: Json = first(bundle)["doseAndRate"][0]["doseQuantity"]
    return found


def care_plan(bundle: Json) -> Json:
    return resources(bundle, "CarePlan")[0]


def request(bundle: Json) -> Json:
    return resources(bundle, "MedicationRequest")[0]


SPOILED: dict[str, Any] = {
    "dose-not-above-nothing": lambda b: quantity(b).update(value=-25),
    "dose-not-mass": lambda b: quantity(b).update(code="mL", unit="mL"),
    "unit-unknown": lambda b: quantity(b).update(code="spoonful"),
    "dose-missing": lambda b: quantity(b).update(comparator="<"),
    "dose-incomplete": lambda b: first(b)["extension"][0]["extension"].pop(0),
    "dose-unplanned": lambda b: first(b, 4).pop("extension"),
    "date-impossible": lambda b: first(b)["timing"].update(event=["2026-02-31"]),
    "date-not-a-day": lambda b: first(b)["timing"].update(event=["2026-02"]),
    "dates-missing": lambda b: first(b).pop("timing"),
    "rate-of-no-dose": lambda b: first(b, 1)["timing"].update(event=["2026-01-07"]),
    "rate-wrong": lambda b: first(b, 1)["timing"]["repeat"].update(durationUnit="h"),
    "sequence-wrong": lambda b: first(b, 4).update(sequence=1),
    "request-not-planned": lambda b: request(b).update(status="active", intent="order"),
    "drug-unknown": lambda b: request(b)["contained"][0].update(code={"text": "snake oil"}),
    "medication-unresolved": lambda b: request(b).pop("contained"),
    "concentration-wrong": lambda b: request(b)["extension"][0]["valueQuantity"].update(code="mg"),
    "dose-twice": lambda b: b["entry"].append(copy.deepcopy(b["entry"][2])),
    "request-missing": lambda b: b["entry"].pop(3),
    "request-foreign": lambda b: care_plan(b)["activity"].pop(),
    "plan-missing": lambda b: b["entry"].pop(0),
    "plan-several": lambda b: b["entry"].append(copy.deepcopy(b["entry"][0])),
    "regimen-unstated": lambda b: care_plan(b).update(instantiatesCanonical=["http://other/x|1"]),
    "resource-malformed": lambda b: first(b).update(sequence="one"),
}


@pytest.mark.parametrize("code", SPOILED)
def test_what_is_spoiled_is_refused_by_its_own_name(code: str) -> None:
    bundle = exported()
    SPOILED[code](bundle)
    found = refusals(bundle)
    aliases = {"medication-unresolved": "drug-unknown"}
    assert aliases.get(code, code) in found


def test_an_intact_bundle_is_not_refused() -> None:
    plan = planned(MONTHLY, brand="octagam-10-eu", courses=2)
    assert read_plan(json.dumps(exported()).encode()) == told(plan)


@pytest.mark.parametrize(
    "change",
    [
        {"dayOfWeek": ["tue"]},
        {"dayOfWeek": ["mon", "tue"]},
        {"period": 2},
        {"periodUnit": "d"},
        {"frequency": 2},
        {"boundsPeriod": {"start": "2026-01-05", "end": "2026-04-06"}},
    ],
)
def test_a_weekly_rule_that_says_other_days_than_the_dates_is_refused(change: Json) -> None:
    bundle = exported(METHOTREXATE)
    first(bundle)["timing"]["repeat"].update(change)
    assert refusals(bundle) == ["timing-contradicts"]


def test_everything_wrong_is_told_at_once_and_where() -> None:
    bundle = exported()
    one, other = resources(bundle, "MedicationRequest")
    one["status"] = "active"
    dosages(other)[0]["doseAndRate"][0]["doseQuantity"]["value"] = 0
    care_plan(bundle)["instantiatesCanonical"] = []
    with pytest.raises(SourceRefused) as refused:
        read_plan(json.dumps(bundle).encode(), "plan.json")
    problems = refused.value.problems
    assert {one.code for one in problems} >= {
        "request-not-planned", "dose-not-above-nothing", "regimen-unstated",
    }  # fmt: skip
    assert {one.place.file for one in problems} == {"plan.json"}
    assert "Bundle.entry[2].resource" in {one.place.path for one in problems}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (b"[]", "not-json"),
        (b"<Bundle/>", "not-json"),
        (b'{"resourceType": "Patient"}', "fhir-not-a-bundle"),
        (b'{"resourceType": "Bundle", "type": "collection", "entry": [', "json-truncated"),
        (b'{"resourceType": "Bundle", "type": "collection", "x": NaN}', "number-not-finite"),
        (b'{"resourceType": "Bundle", "x": ' + b"[" * 100_000, "nested-too-deep"),
    ],
)
def test_what_is_no_bundle_is_refused(data: bytes, code: str) -> None:
    assert refusals(data) == [code]


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        "",
        "x",
        -1,
        0,
        10**30,
        1e-9,
        True,
        [],
        {},
        [{}],
        {"url": ""},
        "2026-13-01",
        "9999-12-31",
    ]
)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_is_put_into_a_bundle_it_is_read_or_refused(data: st.DataObject) -> None:
    bundle = exported(data.draw(st.sampled_from([MONTHLY, METHOTREXATE, "prednisone-taper"])))
    node: Any = bundle
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        deeper = isinstance(node[key], dict | list) and node[key]
        if not deeper or data.draw(st.integers(0, 9)) == 0:
            break
        node = node[key]
    if data.draw(st.booleans()):
        node[key] = data.draw(JUNK)
    else:
        del node[key]
    with suppress(SourceRefused):
        assert read_plan(json.dumps(bundle).encode()).doses


# ---------------------------------------------------------------- the command

PLAN = ["plan", MONTHLY, "--weight", "60kg", "--start", "2026-01-05", "--courses", "2"]


def test_the_command_writes_the_bundle_beside_the_table(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    target.write_text("old")
    assert run([*PLAN, "--fhir", str(target)]) == 0
    assert read_plan(target.read_bytes()) == told(planned(MONTHLY, courses=2))
    assert [one.name for one in tmp_path.iterdir()] == ["plan.json"]


def test_json_on_stdout_stays_alone_when_a_bundle_is_written(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(stepline, [*PLAN, "--json", "--fhir", str(tmp_path / "p.json")])
    assert outcome.exit_code == 0
    assert json.loads(outcome.stdout)["regimen"] == MONTHLY


def test_a_refused_plan_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    target.write_text("old")
    assert run([*PLAN, "--dose", "9g/kg", "--fhir", str(target)]) == 2
    assert target.read_text() == "old"


def test_a_missing_folder_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*PLAN, "--fhir", str(tmp_path / "missing" / "plan.json")]) == 2
    said = capsys.readouterr().err
    assert "plan.json does not exist" in said
    assert "Traceback" not in said


def test_a_written_plan_is_imported_by_the_command(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    assert run([*PLAN, "--fhir", str(target)]) == 0
    assert run(["import", str(target), "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "events.parquet").exists()
