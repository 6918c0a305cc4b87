"""`stepline forecast --events`: a row of result for a row of the table, or every mistake."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from stepline.cli.main import run

ORACLE = str(Path(__file__).resolve().parents[1] / "oracles" / "nonmem-depot.yaml")
TABLE = "ID,TIME,AMT,CMT,RATE\nA,0,28,1,0\nA,28,.,.,.\nB,0,14,1,0\nB,28,.,.,.\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def params(tmp_path: Path, text: str) -> str:
    path = tmp_path / "person.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def forecast(*arguments: str | Path) -> int:
    return run(["forecast", *map(str, arguments)])


def test_a_row_of_result_for_each_row_of_the_table(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, person = tmp_path / "out.csv", params(tmp_path, "covariates: {weight: 70 kg}")
    model = ("--model", "tortorici-2019-pid")
    assert forecast(*model, "--events", table, "--params", person, "--out", out) == 0
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [(row["ID"], row["TIME"]) for row in rows] == [
        ("A", "0"), ("A", "28"), ("B", "0"), ("B", "28")
    ]  # fmt: skip
    first, later, half, _ = (float(row["CP"]) for row in rows)
    # 28 g into 3.08 L·(70/72)^1.1, above the 4 g/L that the body makes.
    assert first == pytest.approx(4 + 28 / (3.08 * (70 / 72) ** 1.1))
    assert half - 4 == pytest.approx((first - 4) / 2)
    assert 4 < later < first
    said = capsys.readouterr().err
    assert "not for the care of a patient" in said
    assert "AMT in g, TIME in d, CP in g/L." in said
    assert "secondary" in said


def test_json_holds_the_rows_and_what_they_rest_on(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert forecast("--model", "landersdorfer-2013", "--events", table, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["rows"]) == 4
    assert told["unit"] == "g/L"
    assert {one["source"] for one in told["evidence"]} >= {"landersdorfer-2013"}


def test_a_stated_parameter_replaces_that_of_the_model(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """5.6 L is 5600 mL; 28 g in it are 5 g/L above what is made."""
    person = params(tmp_path, "parameters: {vc: 5600 mL, endogenous: 0 g/L}")
    table.write_text(TABLE.replace(",1,0", ",2,0"), encoding="utf-8")
    arguments = ("--model", "landersdorfer-2013", "--events", table, "--params", person)
    assert forecast(*arguments) == 0
    assert capsys.readouterr().out.splitlines()[1] == "A,0,5"


def test_a_dose_without_a_compartment_goes_under_the_skin_and_is_said(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table.write_text("ID,TIME,AMT\n1,0,28\n", encoding="utf-8")
    assert forecast("--model", "landersdorfer-2013", "--events", table) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[1] == "1,0,4"
    assert "1 dose without CMT: read as given into the depot (1)" in told.err


def test_a_covariate_may_have_a_column_and_each_subject_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0.4 g/kg raises everyone alike where volume goes with weight; 140 kg is outside and said."""
    text = Path(ORACLE).read_text(encoding="utf-8").replace("central-lag: LAGT, ", "weight: WT, ")
    text = text.replace(
        "unit: L}", "unit: L, of: [{by: weight, as: power, coefficient: 1, reference: 70}]}"
    )
    text = text.replace(", central-f: BIOAV, central-duration: DUR2, central-rate: RAT2", "")
    text += "    valid: [{of: weight, low: 40, high: 120, unit: kg}]\n"
    (tmp_path / "model.yaml").write_text(text, encoding="utf-8")
    events = tmp_path / "events.csv"
    events.write_text("ID,TIME,AMT,CMT,WT\n1,0,28,2,70\n2,0,56,2,140\n", encoding="utf-8")
    assert forecast("--model", tmp_path / "model.yaml", "--events", events) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[1:] == ["1,0,1400", "2,0,1400"]
    assert "weight 140 kg lies outside 40 to 120 kg (1 of 2 subjects)" in told.err
    events.write_text("ID,TIME,AMT,CMT,WT\n1,0,28,2,70\n1,5,0,2,71\n", encoding="utf-8")
    assert forecast("--model", tmp_path / "model.yaml", "--events", events) == 2
    assert "changes within a subject" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("parameters: {cl: -0.1 L/d}", "parameter-wrong"),
        ("parameters: {cl: 0 L/d}", "parameter-wrong"),
        ("parameters: {cl: 0.1}", "unit-missing"),
        ("parameters: {cl: 0.1 L}", "unit-mismatch"),
        ("parameters: {clearance: 0.1 L/d}", "parameter-unknown"),
        ("covariates: {weight: 70}", "unit-missing"),
        ("covariates: {height: 70 cm}", "covariate-unknown"),
        ("covariates: {}", "covariate-missing"),
        ("covariates: {weight: -70 kg}", "covariate-wrong"),
        ("covariates: [weight]", ""),
    ],
)
def test_a_person_that_a_model_cannot_take_is_refused_in_a_sentence(
    text: str, code: str, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = "tortorici-2019-pid"
    person = params(tmp_path, text)
    assert forecast("--model", model, "--events", table, "--params", person, "--json") == 2
    refused = json.loads(capsys.readouterr().out)["refused"]
    assert code in {one["code"] for one in refused} or not code


@pytest.mark.parametrize(
    "arguments",
    [
        ("--model", "no-such-model", "--events", "{table}"),
        ("--model", "rozman-2017", "--events", "{table}"),
        ("--model", ORACLE, "--events", "{table}"),
        ("--model", "no-such.yaml", "--events", "{table}"),
        ("--model", "{table}", "--events", "{table}"),
        ("--model", "landersdorfer-2013", "--events", "no-such.csv"),
        ("--model", "landersdorfer-2013", "--events", "{folder}"),
        ("--model", "landersdorfer-2013", "--events", "{table}", "--out", "{folder}"),
        ("--model", "landersdorfer-2013", "--events", "{table}", "--out", "no/such/folder.csv"),
        ("--model", "landersdorfer-2013", "--events", "{table}", "--params", "no-such.yaml"),
        ("--model", "landersdorfer-2013", "--events", "{table}", "--out", "{table}"),
        ("--model", "landersdorfer-2013"),
        ("--events", "{table}"),
    ],
)
def test_what_cannot_be_forecast_is_refused(
    arguments: tuple[str, ...], table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [one.format(table=table, folder=table.parent) for one in arguments]
    assert forecast(*filled) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err
    assert "Traceback" not in told.err


def test_a_model_that_contradicts_itself_is_refused(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path(ORACLE).read_text(encoding="utf-8")
    wrong = tmp_path / "model.yaml"
    wrong.write_text(
        text.replace("1.1, unit: L/h", "1.1, unit: kg").replace("central-lag", "middle-lag"),
        encoding="utf-8",
    )
    assert forecast("--model", wrong, "--events", table, "--json") == 2
    codes = {one["code"] for one in json.loads(capsys.readouterr().out)["refused"]}
    assert codes == {"unit-mismatch", "column-unknown"}
