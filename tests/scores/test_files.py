"""Scores of files: what is printed, and how every mistake of a file is told at once."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.cli.main import run
from stepline.scores.batch import judge_classification, judge_deterioration, score_tis
from stepline.scores.values import ScoreRefused

TIS = """\
id,population,mmt_max,physician_0,physician_1,patient_0,patient_1,mmt_0,mmt_1,haq_0,haq_1,\
extramuscular_0,extramuscular_1,ck_0,ck_1,ck_uln,ldh_0,ldh_1,ldh_uln
S5,adult,80,6,4,7,5.5,64,70,1.5,1.125,3,2,3000,1500,200,,,

S7,juvenile,80,5,3,5,3,70,72,1,.75,3,1,NA,,,700,400,250
gap,adult,80,5,3,,,70,72,1,.75,3,1,,,,700,NA,250
"""


def printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines on stdout of a command that must succeed."""
    assert run(arguments) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def problems(content: str) -> list[tuple[str, int, str]]:
    """Code, line and column of every mistake in a file of total improvement scores."""
    with pytest.raises(ScoreRefused) as caught:
        score_tis(content.encode(), "visits.csv")
    return [(p.code, p.place.line, p.place.path) for p in caught.value.problems]


def test_each_row_becomes_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "visits.csv"
    file.write_text(TIS, encoding="utf-8-sig")
    moderate, juvenile, gap = printed(["score", "tis", str(file)], capsys)
    assert (moderate["id"], moderate["tis"], moderate["category"]) == ("S5", 47.5, "moderate")
    assert moderate["points"]["mmt"] == 10
    assert (juvenile["tis"], juvenile["enzyme"], juvenile["missing"]) == (55, "ldh", [])
    assert (gap["tis"], gap["lower"], gap["upper"]) == (None, 42.5, 60)
    assert gap["missing"] == ["patient", "enzyme"]
    assert gap["category"] is None


def test_sources_are_printed_when_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "visits.csv"
    file.write_text(TIS, encoding="utf-8")
    first = printed(["score", "tis", str(file), "--evidence"], capsys)[0]
    assert {"tis-juvenile-2016", "imacs-core-set-table"} <= {e["source"] for e in first["evidence"]}


def test_the_enzyme_rule_can_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "visits.csv"
    text = "id,population,ck_0,ck_1,ck_uln,ldh_0,ldh_1,ldh_uln\na,adult,800,800,200,725,500,250\n"
    file.write_text(text, encoding="utf-8")
    chosen = [
        printed(["score", "tis", str(file), "--enzyme-rule", rule], capsys)[0]["enzyme"]
        for rule in ("ratio-to-uln", "fraction-of-range")
    ]
    assert chosen == ["ck", "ldh"]


def test_every_mistake_of_a_file_is_told_with_its_line_and_column() -> None:
    content = (
        "id,population,mmt_max,physician_0,physician_1,mmt_0,mmt_1,ck_0,ck_1,ck_uln\n"
        'a,adult,80,6,"5,4",60,62,3000,2800,200\n'
        "b,Adult,80,6,15,60,90,3000,2800,0\n"
        "c,adult,,6,1\n"
        ",adult,80,6,1,60,9e99,3000,nan,x\n"
        '"two\nlines",adult,,6,1,60,70,3000,2800,\n'
    )
    assert problems(content) == [
        ("number-comma", 2, "physician_1"),
        ("value-not-allowed", 3, "population"),
        ("reading-out-of-range", 3, "physician_1"),
        ("reading-out-of-range", 3, "mmt_1"),
        ("limit-not-positive", 3, "ck_uln"),
        ("cells-miscounted", 4, ""),
        ("cell-missing", 5, "id"),
        ("number-too-large", 5, "mmt_1"),
        ("number-not-finite", 5, "ck_1"),
        ("number-unreadable", 5, "ck_uln"),
        ("mmt-max-missing", 7, "mmt_max"),
    ]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        ("", ["table-empty"]),
        ("\n\n", ["table-empty"]),
        ("id;population\na;adult\n", ["column-unknown", "column-missing", "column-missing"]),
        ("id,population,physician0,id\n", ["column-unknown", "column-twice"]),
        ('id,population\na,adult\n"b,adult\n', ["csv-broken"]),
        ('"id,population', ["csv-broken"]),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(content: str, codes: list[str]) -> None:
    assert [code for code, _, _ in problems(content)] == codes


def test_a_file_in_another_encoding_is_refused_at_its_line() -> None:
    with pytest.raises(ScoreRefused) as caught:
        score_tis(b"id,population\nx\xe9,adult\n", "visits.csv")
    assert [(p.code, p.place.line) for p in caught.value.problems] == [("not-utf-8", 2)]


def test_refusals_are_json_where_asked_for_and_nothing_else_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("id,population\na,adult\nb,child\n", encoding="utf-8")
    assert run(["score", "tis", str(file), "--json"]) == 2
    refused = json.loads(capsys.readouterr().out)["refused"]
    assert [(one["code"], one["line"]) for one in refused] == [("value-not-allowed", 3)]
    assert run(["score", "tis", str(tmp_path / "none.csv")]) == 2


@given(st.text(alphabet='id,population_01"\n;é-. \r\x00', max_size=60))
def test_any_text_is_scored_or_refused(text: str) -> None:
    for content in (text, f"id,population,haq_0\n{text}"):
        with suppress(ScoreRefused):
            score_tis(content.encode(), "any.csv")


VISITS = """\
id,visit,mmt_max,physician,patient,mmt,haq,extramuscular
a,2,80,5,3,45,1,2
a,0,80,3,3,60,1,2
b,0,150,3,3,120,1,2
a,1,80,3,3,60,1,4
b,8,150,3,3,120,1,4
"""


def test_visits_are_taken_in_the_order_of_their_numbers() -> None:
    judged = judge_deterioration(VISITS.encode(), "v.csv", definition="proderm")
    found = {name: outcome.as_json() for name, outcome in judged}
    assert (found["a"]["confirmed"], found["a"]["awaits_confirmation"]) == (True, False)
    assert (found["b"]["confirmed"], found["b"]["awaits_confirmation"]) == (False, True)


def test_visits_that_contradict_each_other_are_refused_together() -> None:
    wrong = VISITS + "b,8,80,3,3,70,1,4\nc,1.5,80,3,3,60,1,11\n"
    with pytest.raises(ScoreRefused) as caught:
        judge_deterioration(wrong.encode(), "v.csv", definition="proderm")
    assert [(p.code, p.place.line) for p in caught.value.problems] == [
        ("visit-twice", 7),
        ("mmt-max-changes", 7),
        ("baseline-missing", 8),
        ("visit-not-whole", 8),
        ("reading-out-of-range", 8),
    ]


def test_findings_are_yes_no_or_unknown() -> None:
    content = "id,biopsy,onset_age,heliotrope,gottron_sign,anti_jo1\na,no,45,YES,yes,\n"
    ((_, outcome),) = judge_classification(content.encode(), "c.csv")
    found = outcome.as_json()
    assert (found["category"], found["lower"], found["score"]) == ("definite", 8.5, None)
    wrong = content.replace("YES", "perhaps").replace("45", "-45")
    with pytest.raises(ScoreRefused) as caught:
        judge_classification(wrong.encode(), "c.csv")
    assert [p.code for p in caught.value.problems] == ["not-yes-or-no", "reading-out-of-range"]


@pytest.mark.parametrize(
    ("arguments", "content", "key", "expected"),
    [
        (["doi"], "id,physician_0,physician_1\na,5,4\n", "met", None),
        (["inactive"], "id,ck,cmas,mmt,physician\na,100,50,80,0.5\n", "inactive", True),
        (
            ["inactive", "--definition", "modified"],
            "id,ck,cmas,mmt,physician\na,100,50,80,0.5\n",
            "inactive",
            False,
        ),
        (["deterioration", "--definition", "imacs"], VISITS, "confirmed", True),
        (["classify"], "id,biopsy\na,no\n", "category", None),
    ],
)
def test_the_other_scores_are_printed_too(
    arguments: list[str],
    content: str,
    key: str,
    expected: bool | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(content, encoding="utf-8")
    first = printed(["score", arguments[0], str(file), *arguments[1:]], capsys)[0]
    assert first["id"] == "a"
    assert first[key] is expected
