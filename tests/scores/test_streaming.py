"""Large files: by column as by row, in every kind of file, and nothing half written."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepline.cli.main import run
from stepline.cli.progress import said
from stepline.scores import files
from stepline.scores.batch import tis_scoring
from stepline.scores.saving import JsonLines
from stepline.scores.streaming import Ways, score_stream
from stepline.scores.tis_lines import TisLines
from stepline.scores.tis_tables import EnzymeRule
from stepline.scores.values import ScoreRefused

ENZYMES = ("ck", "aldolase", "ldh", "ast", "alt")
TENTHS = st.one_of(
    st.just(""), st.just("NA"), st.integers(0, 100).map(lambda n: f"{n / 10}"), st.just(".5")
)
EIGHTHS = st.one_of(st.just(""), st.integers(0, 24).map(lambda n: f"{n / 8}"))
ACTIVITY = st.one_of(
    st.just(""),
    st.sampled_from(["0", "200", "3000", "100.0004", "99.9999", "5."]),
    st.integers(0, 9000).map(str),
)
LIMIT = st.one_of(st.sampled_from(["200", "7.7", "35", ""]))


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, str]]:
    """Rows as they are written in a CSV file."""
    rows = []
    for index in range(draw(st.integers(1, 6))):
        row = {"id": f"p{index} é", "population": draw(st.sampled_from(["adult", "juvenile"]))}
        top = draw(st.sampled_from([80, 150]))
        strength = st.one_of(st.just(""), st.integers(0, top).map(str))
        row["mmt_max"] = str(top)
        for end in ("_0", "_1"):
            for name in ("physician", "patient", "extramuscular"):
                row[name + end] = draw(TENTHS)
            row["mmt" + end], row["haq" + end] = draw(strength), draw(EIGHTHS)
            for name in ENZYMES:
                row[name + end] = draw(ACTIVITY)
        for name in ENZYMES:
            row[f"{name}_uln"] = draw(LIMIT)
        rows.append(row)
    return rows


def csv_of(rows: list[dict[str, str]]) -> bytes:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def scored(
    content: bytes, *, by_column: bool, must: bool = True, rule: EnzymeRule | None = None
) -> bytes:
    """The bytes that a file comes to, by column or by row."""
    scoring = tis_scoring(enzyme_rule=rule)
    out, used = io.BytesIO(), []

    class Watched(TisLines):
        def lines(self, batch: files.Batch) -> pl.Series | None:
            found = super().lines(batch)
            used.append(found is not None)
            return found

    ways = Ways(by_column=(lambda: Watched(scoring, rule, None)) if by_column else None, few=1)
    score_stream(
        io.BytesIO(content), "x", scoring, JsonLines(out), ways=ways, told=lambda _c, _d: None
    )
    if by_column and must:
        assert all(used)
        assert used
    return out.getvalue()


@settings(max_examples=25)
@given(tables(), st.sampled_from([None, EnzymeRule.FRACTION_OF_RANGE]))
def test_lines_by_column_are_lines_by_row_to_the_byte(
    rows: list[dict[str, str]], rule: EnzymeRule | None
) -> None:
    content = csv_of(rows)
    assert scored(content, by_column=True, rule=rule) == scored(content, by_column=False, rule=rule)


@pytest.fixture(scope="module")
def many() -> list[dict[str, str]]:
    """Two hundred rows, as written."""
    random = np.random.default_rng(11)
    rows = []
    for index in range(200):
        row = {"id": f"p{index}", "population": ("adult", "juvenile")[index % 2], "mmt_max": "80"}
        for name, top, steps in (("physician", 100, 10), ("mmt", 80, 1), ("haq", 24, 8)):
            for end in ("_0", "_1"):
                row[name + end] = str(random.integers(0, top + 1) / steps)
        row |= {"ck_0": str(random.integers(0, 5000)), "ck_1": "210.5", "ck_uln": "200"}
        rows.append(row)
    return rows


def test_one_table_in_four_kinds_of_file_is_scored_alike(many: list[dict[str, str]]) -> None:
    typed = [
        {k: v if k in ("id", "population") else float(v) for k, v in row.items()} for row in many
    ]
    parquet = io.BytesIO()
    pl.DataFrame(typed).write_parquet(parquet)
    kinds = [
        csv_of(many),
        csv_of(many).replace(b"\n", b"\r\n"),
        parquet.getvalue(),
        json.dumps(typed).encode(),
        "\n".join(json.dumps(row) for row in typed).encode(),
    ]
    outcomes = {scored(kind, by_column=way) for kind in kinds for way in (True, False)}
    assert len(outcomes) == 1


def test_a_file_longer_than_a_block_is_read_without_losing_or_moving_a_row(
    many: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = csv_of(many[:40])
    whole = scored(content, by_column=False)
    monkeypatch.setattr(files, "_WORTHWHILE", 1)
    for block, rows in ((1, 7), (700, 3), (10**6, 15)):
        monkeypatch.setattr(files, "_BLOCK", block)
        monkeypatch.setattr(files, "ROWS", rows)
        assert scored(content, by_column=True) == whole
        quoted = content.replace(b"p30,", b'"p30",')
        assert scored(quoted, by_column=True) == whole


def test_a_mistake_deep_in_a_long_file_is_told_with_its_line(
    many: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_WORTHWHILE", 1)
    monkeypatch.setattr(files, "_BLOCK", 2000)
    lines = csv_of(many).split(b"\n")
    lines[140] = lines[140].replace(b"p139", b"")
    lines[180] += b",9"
    with pytest.raises(ScoreRefused) as caught:
        scored(b"\n".join(lines), by_column=True, must=False)
    told = {(one.code, one.place.line) for one in caught.value.problems}
    assert told == {("cell-missing", 141), ("cells-miscounted", 181)}


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b'[{"id": "a", "population": "adult", "haq_0": [1]}, 3]', ["value-nested", "json-broken"]),
        (b'{"id": "a", "population": "adult"}\n{"id": }\n', ["json-broken"]),
        (
            b'{"id": "a", "population": "adult", "haq0": 1, "id": "b"}',
            ["column-unknown", "column-twice"],
        ),
        (
            b'{"id": "a", "haq_0": true, "haq_1": NaN}',
            ["cell-missing", "number-unreadable", "number-not-finite"],
        ),
        (b"[", ["json-broken"]),
        (b"PAR1 and no more", ["parquet-broken"]),
    ],
)
def test_what_is_wrong_with_json_and_parquet_is_told(content: bytes, codes: list[str]) -> None:
    with pytest.raises(ScoreRefused) as caught:
        scored(content, by_column=False)
    assert [one.code for one in caught.value.problems] == codes


def test_numbers_in_json_keep_every_digit() -> None:
    written = b'[{"id": 1, "population": "adult", "haq_0": 1.125, "haq_1": 0.975}]'
    assert json.loads(scored(written, by_column=False))["percent"]["haq"] == 5
    assert json.loads(scored(written, by_column=False))["points"]["haq"] == 0


def one(
    capsys: pytest.CaptureFixture[str], arguments: list[str], header: str, row: str, file: Path
) -> dict[str, Any]:
    """The outcome of one row."""
    file.write_text(f"{header}\n{row}\n", encoding="utf-8")
    assert run(["score", arguments[0], str(file), *arguments[1:]]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_an_enzyme_may_be_in_any_unit_of_activity(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "v.csv"
    # The limit of 150 U/L is 2.5 µkat/L exactly.
    for value, unit, inactive in (("2.5", "ukat/L", True), ("2.51", "ukat/L", False)):
        header, row = "id,ck,ck_unit,cmas,mmt,physician", f"a,{value},{unit},50,70,0.1"
        assert one(capsys, ["inactive"], header, row, file)["inactive"] is inactive
        header, row = "id,ck,cmas,mmt,physician", f"a,{value},50,70,0.1"
        arguments = ["inactive", "--unit", f"ck={unit}"]
        assert one(capsys, arguments, header, row, file)["inactive"] is inactive
    header, row = "id,ck,ck_unit,cmas,mmt,physician", "a,150,UI/L,50,70,0.1"
    found = one(capsys, ["inactive"], header, row, file)
    assert "U/L" in found["notes"][0]
    file.write_text("id,ck_unit,ck,cmas\na,mg/dL,3,50\n", encoding="utf-8")
    assert run(["score", "inactive", str(file), "--unit", "ldh=U/L"]) == 2
    assert run(["score", "inactive", str(file)]) == 2


def test_two_methods_of_measuring_ldh_compare_only_with_a_limit_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, header = tmp_path / "v.csv", "id,population,ldh_0,ldh_1,ldh_uln,ldh_uln_1"
    both = header + ",ldh_assay_0,ldh_assay_1"
    same = one(capsys, ["tis"], both, "a,adult,700,400,250,,L-P,L→P", file)
    assert same["points"]["enzyme"] == 7.5
    mixed = one(capsys, ["tis"], both, "a,adult,700,400,250,,L-P,P-L", file)
    assert mixed["points"]["enzyme"] is None
    assert "pyruvate-to-lactate" in mixed["notes"][-2]
    half = one(capsys, ["tis"], both, "a,adult,700,400,250,,L-P,", file)
    assert "not stated" in half["notes"][-2]
    # 700/250 - 800/500 = 1.2 limits, on a range of 3: 40 %.
    own = one(capsys, ["tis"], both, "a,adult,700,800,250,500,L-P,P-L", file)
    assert (own["percent"]["enzyme"], own["points"]["enzyme"]) == (40, 7.5)


POLICY = """\
policy: our-unit
decided_by: the myositis board
facts:
  - {fact: scores/tis#enzymes.ranges.ck.multiple, value: 10, because: Minutes of March}
"""


def test_a_policy_is_named_in_every_line_that_rests_on_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY, encoding="utf-8")
    header = "id,population,ck_0,ck_1,ck_uln,ldh_0,ldh_1,ldh_uln"
    arguments = ["tis", "--policy", str(policy)]
    local = one(capsys, arguments, header, "a,adult,1000,880,200,,,", tmp_path / "v.csv")
    other = one(capsys, arguments, header, "a,adult,,,,500,300,250", tmp_path / "v.csv")
    assert (local["policy"], local["status"], local["points"]["enzyme"]) == (
        "our-unit",
        "local",
        2.5,
    )
    assert "policy" not in other
    policy.write_text(POLICY.replace("enzymes.ranges.ck.multiple", "scales.haq.range"))
    assert run(["score", "tis", str(tmp_path / "v.csv"), "--policy", str(policy)]) == 2


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_outcomes_are_saved_beside_the_columns_that_were_read(
    suffix: str, many: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "v.csv", tmp_path / f"out.{suffix}"
    file.write_bytes(csv_of(many))
    assert run(["score", "tis", str(file)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert run(["score", "tis", str(file), "--out", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(["v.csv", out.name])
    if suffix == "jsonl":
        assert [json.loads(line) for line in out.read_text().splitlines()] == lines
        return
    saved = pl.read_csv(out) if suffix == "csv" else pl.read_parquet(out)
    assert saved["lower"].to_list() == [line["lower"] for line in lines]
    assert saved["points_mmt"].to_list() == [line["points"]["mmt"] for line in lines]
    assert saved["missing"].to_list() == ["; ".join(line["missing"]) for line in lines]
    assert saved["haq_0"].cast(pl.Float64).to_list() == [float(row["haq_0"]) for row in many]


def test_nothing_is_written_where_anything_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "v.csv"
    file.write_text("id,population\na,adult\nb,child\n", encoding="utf-8")
    for out in ("out.jsonl", "out.csv", "out.parquet", "out.txt"):
        assert run(["score", "tis", str(file), "--out", str(tmp_path / out)]) == 2
    assert run(["score", "tis", str(file)]) == 2
    assert [one.name for one in tmp_path.iterdir()] == ["v.csv"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "content", "column"),
    [
        (["doi"], "id,physician_0,physician_1\na,5,4\n", "met"),
        (["inactive"], "id,ck,cmas,mmt,physician\na,100,50,80,0.5\n", "items_ck"),
        (["classify"], "id,biopsy\na,no\n", "category"),
        (["deterioration"], "id,visit,haq\na,0,1\na,1,2\n", "awaits_confirmation"),
    ],
)
def test_every_score_can_be_saved_as_a_table(
    arguments: list[str], content: str, column: str, tmp_path: Path
) -> None:
    file, out = tmp_path / "v.csv", tmp_path / "out.csv"
    file.write_text(content, encoding="utf-8")
    assert run(["score", arguments[0], str(file), *arguments[1:], "--out", str(out)]) == 0
    saved = pl.read_csv(out)
    assert saved["id"].to_list() == ["a"]
    assert column in saved.columns


class _Standard:
    """Standard input with bytes in it."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def test_a_dash_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", _Standard(b"id,population\na,adult\n"))
    assert run(["score", "tis", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "a"


def test_progress_says_the_pace_and_the_time_left() -> None:
    assert said(1_200_000, 0.4, 2.0, "rows") == "1,200,000 rows, 40 %, 600,000 rows/s, 3 s left"
    assert said(10, 0.01, 10.0, "rows") == "10 rows, 1 %, 1 rows/s, 16 min 30 s left"
