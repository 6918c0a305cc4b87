"""`stepline recognise --doses`: every row of a drug as a dose, and what orders say of givings."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from stepline.cli.recognise import command

SEED = Path(__file__).resolve().parents[2] / "src/stepline/library/records/seed-case.yaml"


def run(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(command, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_each_row_is_a_line_of_json_and_unknown_amounts_say_what_is_missing() -> None:
    rows = [json.loads(line) for line in run(str(SEED), "--doses", "--json").splitlines()]
    azathioprine = [row for row in rows if row["drug"] == "azathioprine"]
    assert [(row["low"], row["confidence"]) for row in azathioprine] == [(None, "unknown")]
    assert "the amount" in azathioprine[0]["missing"]
    assert {row["day_zero"] for row in rows} == {"2000-01-01"}


def test_a_record_without_dates_is_told_without_dates() -> None:
    assert "2000-" not in run(str(SEED), "--doses")


def test_orders_and_givings_are_counted_for_people(tmp_path: Path) -> None:
    order = {"resourceType": "MedicationRequest", "id": "o", "status": "active", "intent": "order",
             "subject": {"reference": "Patient/p"}, "authoredOn": "2026-01-05",
             "medicationCodeableConcept": {"text": "rituximab"},
             "dosageInstruction": [{"text": "1 g two weeks apart"}]}  # fmt: skip
    giving = {"resourceType": "MedicationAdministration", "id": "a", "status": "completed",
              "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2026-01-06",
              "medicationCodeableConcept": {"text": "rituximab"},
              "dosage": {"dose": {"value": 500, "unit": "mg", "code": "mg",
                                  "system": "http://unitsofmeasure.org"}}}  # fmt: skip
    patient = {"resourceType": "Patient", "id": "p"}
    entries = [{"resource": one} for one in (patient, order, giving)]
    file = tmp_path / "record.json"
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    told = run(str(file), "--doses")
    assert "ordered and given 1, ordered, giving not recorded 1, amounts differ 1" in told
