"""Everything that is refused, in words that say how to mend it; and all of it at once."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import stepline.record
from stepline.core.errors import Problem, RecordRefused, Refused
from stepline.record.casefile import read_case, record_from_entries
from stepline.record.moments import read_moment
from stepline.record.table import read_parquet, to_table, validate_table

AT = {"at": "M0"}
SPELL = {"from": "M0", "until": "M6"}
OPEN_SPELL = {"ivig": "1 g/kg", "every": "P7D", "from": "M0", "until": "about M6"}
COURSE = {"ivig": {"course_total": "2 g/kg"}}

ENTRIES: list[tuple[str, object, str]] = [
    ("concept-unknown", {"dermatomyositsi": "present", **AT}, "did you mean dermatomyositis"),
    ("concept-ambiguous", {"DM": "present", **AT}, "dermatomyositis or diabetes"),
    ("concept-missing", AT, "does not say what it is about"),
    ("concept-twice", {"ldh": "normal", "ck": "normal", **AT}, "write an entry for each"),
    ("concept-unknown", {"adverse-event": "present", "of": "ivigg", **AT}, "did you mean ivig"),
    ("entry-unreadable", "ldh 518", "what it is about and when"),
    ("key-unknown", {"ldh": "normal", "att": "M0"}, "did you mean 'at'"),
    ("key-unknown", {"ivig": {"dos": "1 g/kg"}, **AT}, "did you mean 'dose'"),
    ("key-unknown", {"ldh": "1", "5 U/L": None, **AT}, "decimals with a point"),
    ("key-not-here", {"ldh": "normal", "lot": "A1", **AT}, "says nothing about ldh"),
    ("time-missing", {"ldh": "normal"}, "write at: unknown"),
    ("time-missing", {"ldh": "normal", "at": []}, "list of moments is empty"),
    ("time-twice", {"ldh": "normal", "at": "M0", "on": "M1"}, "keep one"),
    ("time-twice", {"prednisone": "5 mg/d", **SPELL, "lasted": "P1M"}, "keep one"),
    ("time-unreadable", {"ldh": "normal", "at": "sometime"}, "does not say when"),
    ("time-unreadable", {"ldh": "normal", "at": {"befor": "M0"}}, "before, after, about"),
    ("time-unreadable", {"ldh": "normal", "at": {"between": "M0"}}, "two moments"),
    ("time-unreadable", {"ldh": "normal", "at": {"before": []}}, "does not say when"),
    ("date-impossible", {"ldh": "normal", "at": "2026-02-31"}, "no date"),
    ("date-ambiguous", {"ldh": "normal", "at": "01/02/2026"}, "either order"),
    ("period-unreadable", {"symptoms": "worse", "at": "M0", "lasted": "a while"}, "period"),
    ("until-without-from", {"ldh": "normal", "on": "M0", "until": "M1"}, "from instead of on"),
    ("end-before-start", {"prednisone": "5 mg/d", "from": "M6", "until": "M0"}, "end lies before"),
    ("end-before-start", {"ldh": "normal", "at": {"between": ["M6", "M0"]}}, "swap the two"),
    ("anchor-missing", {"symptoms": "worse", "at": "4th rituximab"}, "below the one it counts"),
    ("unit-missing", {"ldh": 518, **AT}, "unit"),
    ("unit-unknown", {"weight": "60 stone", **AT}, "not known"),
    ("unit-wrong", {"ldh": "5 g/L", **AT}, "ldh is not measured in g/L"),
    ("unit-wrong", {"ldh": "300 U/L", "uln": "5 g/L", **AT}, "not measured in g/L"),
    ("unit-wrong", {"rituximab": "375 mL", **AT}, "not measured in mL"),
    ("unit-wrong", {"ivig": "0.5 lb", **AT}, "pounds"),
    ("unit-wrong", {"ivig": {"course_total": "2 g/kg/d"}, "over": 5, **AT}, "not stated per day"),
    ("unit-wrong", {"prednisone": {"daily": "30 mg"}, **SPELL}, "per day"),
    ("number-comma", {"ldh": "1,5 U/L", **AT}, "comma"),
    ("value-implausible", {"ldh": "999999999 U/L", **AT}, "stepline-sanity-bounds"),
    ("value-implausible", {"prednisone": "9000 mg/d", **SPELL}, "unit"),
    ("value-implausible", {"ivig": {"course_total": "60 g/kg"}, "over": 5, **AT}, "ivig"),
    ("value-unreadable", {"ldh": ["518 U/L"], **AT}, "a number with its unit"),
    ("value-missing", {"symptoms": "", **AT}, "what was found of symptoms"),
    ("range-reversed", {"ldh": "500..200 U/L", **AT}, "swap"),
    ("range-missing", {"ldh": "300 U/L", "reference": "250 U/L", **AT}, "use uln"),
    ("answer-unknown", {"hbsag": "postive", **AT}, "did you mean 'positive'"),
    ("answer-unknown", {"tpmt-activity": "elevated", **AT}, "not an answer"),
    ("answer-unknown", {"dermatomyositis": "maybe", **AT}, "present or absent"),
    ("answer-unknown", {"response": "excellent", **AT}, "not an answer"),
    ("word-unknown", {"ldh": "1 U/L", "flag": "highish", **AT}, "did you mean 'high'"),
    ("word-unknown", {"ivig": "1 g/kg", "status": "givn", **AT}, "did you mean 'given'"),
    ("word-unknown", {"ivig": "1 g/kg", "route": "orall", **AT}, "did you mean 'oral'"),
    ("word-unknown", {"azathioprine": "stopped", "reason": "intolerence", **AT}, "intolerance"),
    ("inferred-without-reason", {"weight": "60 kg", "status": "inferred", **AT}, "because"),
    ("dose-ambiguous", {"ivig": "2 g/kg", "over": "5 days", **AT}, "total of the course or the"),
    ("dose-unreadable", {"ivig": {"dose": "1 g/kg", "daily": "1 g/d"}, **AT}, "stated once"),
    ("dose-twice-repeated", {"prednisone": "5 mg/d", "every": "P1D", **SPELL}, "has no every"),
    ("interval-missing", {"methotrexate": "15 mg", **SPELL}, "every: unknown"),
    ("every-empty", {"ivig": "1 g/kg", "every": "P0D", "courses": 2, "from": "M0"}, "P7D"),
    ("count-wrong", {"ivig": "1 g/kg", "every": "P7D", "courses": 0, "from": "M0"}, "from 1"),
    ("courses-beyond-end", {"ivig": "1 g/kg", "every": "P1M", "courses": 9, **SPELL}, "beyond"),
    ("doses-too-many", {"ivig": "1 g/kg", "every": "PT1H", **SPELL, "until": "M99"}, "at most"),
    ("doses-none", {"ivig": "1 g/kg", "every": "P7D", "from": "M0", "until": "M0"}, "with on"),
    ("days-wrong", {**COURSE, "over": "99 days", "from": "M0"}, "1 to 31 days"),
    ("days-wrong", {"rituximab": "1 g", "days": [14, 0], "from": "M0"}, "rising whole days"),
    ("days-wrong", {"ivig": "2 g/kg", "on": "M0..M6"}, "per day"),
    ("range-not-exact", {"ivig": "2 g/kg", "on": "M0..after M6"}, "two exact days"),
    ("split-wrong", {**COURSE, "over": 2, "split": ["1 g/kg", "2 g/kg"], **AT}, "add up"),
    ("split-wrong", {**COURSE, "over": 2, "split": "evenly", **AT}, "how a course is split"),
    ("course-not-exact", {"ivig": {"course_total": "> 2 g/kg"}, "over": 2, **AT}, "bound"),
    ("taper-without-ends", {"prednisone": {"from": "90 mg/d", "to": "5 mg/d"}, **AT}, "until when"),
    ("taper-not-exact", {"prednisone": {"from": "> 9 mg/d", "to": "5 mg/d"}, **SPELL}, "exact"),
    (
        "steps-known",
        {"prednisone": {"from": "90 mg/d", "to": "5 mg/d", "steps": "weekly"}, **SPELL},
        "each known step",
    ),
]


def problems_of(*entries: object) -> tuple[Problem, ...]:
    with pytest.raises(RecordRefused) as refusal:
        record_from_entries(entries)
    return refusal.value.problems


@pytest.mark.parametrize(("code", "entry", "words"), ENTRIES)
def test_an_entry_that_cannot_stand_is_refused_where_it_stands(
    code: str, entry: object, words: str
) -> None:
    problems = [problem for problem in problems_of(entry) if problem.code == code]
    assert problems, code
    assert words in str(problems[0])
    assert problems[0].place.path.startswith("record[0]")


def test_doses_of_a_spell_cannot_be_counted() -> None:
    (problem,) = problems_of(OPEN_SPELL, {"ck": "normal", "at": "1st ivig"}, OPEN_SPELL,
                             {"ck": "normal", "at": "2nd ivig"})  # fmt: skip
    assert problem.code == "anchor-uncounted"
    assert problem.place.path == "record[3].at"


def test_what_counts_from_a_refused_entry_is_not_refused_again() -> None:
    bad = {"rituximab": "375 mg/m3", "every": "P7D", "courses": 4, "from": "M0"}
    problems = problems_of(bad, {"symptoms": "worse", "at": "P1W after 4th rituximab"})
    assert [problem.place.path for problem in problems] == ["record[0].rituximab"]


FILES: list[tuple[str, str, str]] = [
    ("case-unreadable", "- {ldh: normal, at: M0}", "headings with entries"),
    ("key-unknown", "comlete_for: [medications]", "did you mean 'complete_for'"),
    ("word-unknown", "complete_for: [medication]", "did you mean 'medications'"),
    ("section-unreadable", "doses: none", "begin each entry with a dash"),
    ("identifier-refused", "subject: {name: x}", "delete the line"),
    ("key-unknown", "subject: {agee: 4}", "did you mean 'age'"),
    ("word-unknown", "subject: {sex: femal}", "did you mean 'female'"),
    ("value-implausible", "subject: {age: 300 years}", "0 to 130 years"),
    ("day-zero-unreadable", "day_zero: M0", "its date or that the date is unknown"),
    ("day-zero-unreadable", "day_zero: {is: first dose, date: 2026-01}", "one day"),
    ("day-zero-missing", "measurements: [{ldh: normal, at: M0}]", "names none"),
    (
        "date-without-day-zero",
        "day_zero: {is: first dose, date: unknown}\nmeasurements: [{ldh: normal, at: 2026-01-05}]",
        "give day_zero a date",
    ),
    ("source-unknown", "source: {key: nowhere}", "No source is called"),
    ("key-duplicate", "case: a\ncase: b", "stands twice"),
]


@pytest.mark.parametrize(("code", "text", "words"), FILES)
def test_a_file_that_cannot_stand_is_refused_with_its_line(
    code: str, text: str, words: str
) -> None:
    with pytest.raises(Refused) as refusal:
        read_case(text, "case.yaml")
    (problem,) = refusal.value.problems
    assert problem.code == code
    assert words in str(problem)
    assert (problem.place.file, problem.place.line) == ("case.yaml", text.count("\n") + 1)
    assert problem.place.column > 0


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
subject: {sex: femal, name: Jane Doe}
measurements:
  - {ldh: 5 g/L, at: M0, flag: highish}
conditions:
  - {DM: present, since: 2020-13-01}
doses:
  - {prednisone: 30 mg/d, from: 2026-03-01, until: 2026-01-01}
"""
    with pytest.raises(RecordRefused) as refusal:
        read_case(text, "case.yaml")
    told = [(problem.place.line, problem.code) for problem in refusal.value.problems]
    assert told == [
        (1, "word-unknown"),
        (1, "identifier-refused"),
        (3, "unit-wrong"),
        (3, "day-zero-missing"),
        (3, "word-unknown"),
        (5, "concept-ambiguous"),
        (7, "end-before-start"),
    ]


def test_a_refusal_never_repeats_what_would_name_a_patient() -> None:
    with pytest.raises(RecordRefused) as refusal:
        read_case("subject: {name: Jane Doe, mrn: 4711}", "case.yaml")
    assert len(refusal.value.problems) == 2
    assert "Jane" not in str(refusal.value)
    assert "4711" not in str(refusal.value)


def test_every_problem_says_how_to_mend_it() -> None:
    silent = {
        problem.code
        for _, entry, _ in ENTRIES
        for problem in problems_of(entry)
        if not problem.mend
    }
    assert silent == set()


ELSEWHERE = {
    "anchor-uncounted", "quote-not-in-source", "time-not-exact", "file-missing",
    "parquet-unreadable", "column-missing", "column-type",
}  # fmt: skip
"""Codes with a test of their own, here or beside what they belong to."""


def test_no_refusal_is_without_a_test() -> None:
    tested = {code for code, _, _ in [*ENTRIES, *FILES]}
    assert _codes() - tested == ELSEWHERE


def _codes() -> set[str]:
    """Every code of a problem in the room, read from its source."""
    folder = Path(stepline.record.__path__[0])
    codes: set[str] = set()
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in _RAISING:
                codes.update(_code(argument) for argument in node.args[:2])
    return codes - {""}


_RAISING = ("because", "_refused", "add", "Problem")


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _code(argument: ast.expr) -> str:
    text = argument.value if isinstance(argument, ast.Constant) else ""
    return text if isinstance(text, str) and re.fullmatch("[a-z]+(-[a-z]+)+", text) else ""


def test_the_remaining_refusals_are_told_too(tmp_path: Path) -> None:
    record = record_from_entries([{"ldh": "normal", "at": "M0"}])
    with pytest.raises(Refused, match="not one moment"):
        read_moment(record, "about M6")
    with pytest.raises(Refused, match="no such file"):
        read_parquet(tmp_path / "none.parquet")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(Refused, match="not a Parquet table"):
        read_parquet(broken)
    with pytest.raises(Refused) as refusal:
        validate_table(to_table([record]).drop("unit").cast({"value": str}))
    told = {(problem.code, problem.place.path) for problem in refusal.value.problems}
    assert told == {("column-missing", "unit"), ("column-type", "value")}
