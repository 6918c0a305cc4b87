"""The commands as a person runs them: exit codes, sentences, files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stepline.cli.main import run
from tests.support.shared import shared


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """What the command prints."""
    return capsys


def test_demo_writes_every_report_and_prints_a_summary(
    tmp_path: Path, out: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", "--out", str(tmp_path)]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"report.html", "timeline.svg", "timeline.png", "report.pdf", "review.json"}
    assert (tmp_path / "timeline.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "rituximab" in out.readouterr().out.lower()


def test_json_alone_is_on_stdout(tmp_path: Path, out: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--out", str(tmp_path), "--json"]) == 0
    assert json.loads(out.readouterr().out)["step"]["id"] == "rituximab-maintenance"


BUNDLES = [
    "Alexis_Toy_68cd1181-6359-4047-a77f-a165d7912480.json",
    "Asa_Hermiston_4384bf23-1dc3-48ca-8c84-89fbaff201ae.json",
    "Claudie_Walsh_498377b3-e385-40ab-9acd-06b657e2f599.json",
    "Hershel_Marvin_71a7f9d4-45b7-481b-b571-7ee0caca6e2a.json",
    "Laticia_Dibbert_b23f172c-8c92-4757-87a8-7f64c13639d3.json",
    "Randall_Stroman_7a0bdf4b-d27a-4f1a-ae7a-f17ad2d8a0a1.json",
    "Willy_Koepp_ebbb96ce-c538-4ac4-ad6a-7c709ef6639c.json",
]


@pytest.mark.parametrize("name", BUNDLES)
def test_a_patient_without_myositis_is_told_that_nothing_applies_and_why(
    name: str, out: pytest.CaptureFixture[str]
) -> None:
    assert run(["review", str(shared(f"data/fhir/synthea-r4/{name}")), "--json"]) == 0
    review = json.loads(out.readouterr().out)
    assert review["pathway"] is None
    assert "is recorded" in review["considered"][0]["because"]
    assert any("No pathway" in line for line in review["summary"])


def test_another_fhir_version_is_refused_by_name(out: pytest.CaptureFixture[str]) -> None:
    path = shared("data/fhir/other-version/rheum-pacer-dstu1.json")
    assert run(["review", str(path)]) == 2
    assert "DSTU1" in out.readouterr().err


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\xff\xfe" * 50, b'{"resourceType": "Bundle", "entry": [{"res', b"{}", b"[]",
     b"\xff\xfe{\x00}\x00", b"just some words", b"a: [1, 2", b'{"a": NaN}'],
)  # fmt: skip
def test_unreadable_input_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, out: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "input.json"
    path.write_bytes(content)
    assert run(["review", str(path)]) == 2
    printed = out.readouterr()
    assert "Traceback" not in printed.err
    assert "Refused" in printed.err
    assert printed.out == ""


def test_a_hundred_megabytes_on_one_line_are_refused(
    tmp_path: Path, out: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "big.json"
    path.write_bytes(b"x" * 100_000_000)
    assert run(["review", str(path)]) == 2
    assert len(out.readouterr().err) < 2_000


def test_a_missing_file_is_a_sentence(tmp_path: Path, out: pytest.CaptureFixture[str]) -> None:
    assert run(["review", str(tmp_path / "nothing.json")]) == 2
    assert "Traceback" not in out.readouterr().err


def test_refusals_come_as_json_when_asked_for(
    tmp_path: Path, out: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.json"
    path.write_bytes(b"")
    assert run(["review", str(path), "--json"]) == 2
    refused = json.loads(out.readouterr().out)["refused"]
    assert {"code", "message"} <= set(refused[0])


def test_nothing_is_written_when_the_input_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_bytes(b"")
    target = tmp_path / "reports"
    assert run(["review", str(path), "--out", str(target)]) == 2
    assert not target.exists()


def test_ten_planted_mistakes_are_ten_located_errors(out: pytest.CaptureFixture[str]) -> None:
    path = Path(__file__).parents[1] / "protocol" / "fixtures" / "ten-mistakes.yaml"
    assert run(["check", str(path), "--json"]) == 2
    refused = json.loads(out.readouterr().out)["refused"]
    assert len(refused) == 10
    assert all(problem["line"] and problem["column"] for problem in refused)


def test_the_cases_of_the_packaged_library_pass(out: pytest.CaptureFixture[str]) -> None:
    assert run(["test"]) == 0
    assert ", 0 failed" in out.readouterr().err


@pytest.mark.parametrize(
    "what", ["ivig-2g-over-5d-monthly", "dmpm-ivig-then-rituximab", "hbv-before-rituximab", "ldh"]
)
def test_show_prints_what_the_library_holds(what: str, out: pytest.CaptureFixture[str]) -> None:
    assert run(["show", what]) == 0
    assert what in out.readouterr().out


def test_an_unknown_name_gets_the_nearest_ones(out: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "rituximab-375-weekly-x5"]) == 2
    assert "rituximab-375-weekly-x4" in out.readouterr().err


def test_graph_draws_every_exit(out: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "dmpm-ivig-then-rituximab"]) == 0
    drawn = out.readouterr().out
    assert drawn.startswith("flowchart")
    assert "ivig-induction -->" in drawn


@pytest.mark.parametrize(
    "arguments",
    [["library", "list"], ["library", "search", "lactate"], ["library", "cite", "seed-case"]],
)
def test_library_commands_answer(arguments: list[str], out: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    assert out.readouterr().out.strip()


def test_import_writes_events_and_quarantine(
    tmp_path: Path, out: pytest.CaptureFixture[str]
) -> None:
    import polars as pl

    source = shared(f"data/fhir/synthea-r4/{BUNDLES[0]}")
    assert run(["import", str(source), "--out", str(tmp_path), "--json"]) == 0
    counts = json.loads(out.readouterr().out)
    events = pl.read_parquet(tmp_path / "events.parquet")
    assert events.filter(pl.col("time").is_not_null()).height == counts["events"]
    assert pl.read_parquet(tmp_path / "quarantine.parquet").height == counts["quarantined"]


def test_a_fault_of_the_program_exits_1_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, out: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stepline.cli.graph._pathway", lambda _: 1 / 0)
    assert run(["graph", "anything"]) == 1
    printed = out.readouterr().err
    assert "fault of the program" in printed
    assert "Traceback" not in printed


def test_help_names_every_command(out: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    printed = out.readouterr().out
    for name in ("demo", "review", "check", "test", "show", "graph", "library", "import"):
        assert name in printed


def test_a_wrong_option_is_told_in_json_too(out: pytest.CaptureFixture[str]) -> None:
    assert run(["review", "file.json", "--bogus", "--json"]) == 2
    assert json.loads(out.readouterr().out)["refused"][0]["code"] == "usage"


def test_a_review_of_the_past_sees_nothing_later(out: pytest.CaptureFixture[str]) -> None:
    bundle = Path(__file__).parents[1] / "sources" / "fixtures" / "myositis-bundle.json"
    assert run(["review", str(bundle), "--as-of", "2026-01-20", "--json"]) == 0
    printed = out.readouterr().out
    assert "2026-02" not in printed
    assert "2026-03" not in printed


def test_a_record_of_the_disease_without_a_course_is_reviewed(
    tmp_path: Path, out: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("conditions: [{dermatomyositis: present, since: 2024-06-01}]\n")
    assert run(["review", str(path), "--json"]) == 0
    assert json.loads(out.readouterr().out)["step"] is None


SEED_FILE = Path(__file__).parents[2] / "src/stepline/library/records/seed-case.yaml"


def test_a_definition_of_relapse_that_does_not_exist_is_refused_with_those_that_do(
    out: pytest.CaptureFixture[str],
) -> None:
    assert run(["review", str(SEED_FILE), "--relapse", "relapse(weather)"]) == 2
    told = out.readouterr()
    assert told.out == ""
    assert "relapse(clinician)" in told.err
    assert "worsening(imacs-2005)" in told.err


def test_the_chosen_definition_of_relapse_is_the_one_that_is_told(
    out: pytest.CaptureFixture[str],
) -> None:
    assert run(["review", str(SEED_FILE), "--relapse", "worsening(imacs-2005)", "--json"]) == 0
    found = {f["id"]: f for f in json.loads(out.readouterr().out)["findings"]}
    assert "IMACS" in found["relapse"]["title"]


def test_a_ladder_of_response_is_shown_as_it_can_be_written(
    out: pytest.CaptureFixture[str],
) -> None:
    assert run(["show", "dermatomyositis-polymyositis"]) == 0
    assert "told_by: score" in out.readouterr().out
