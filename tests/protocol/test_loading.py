"""Loading a file: what it gives, and everything wrong with it in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepline.core.errors import DocumentRefused, Problem, ProtocolRefused, Refused
from stepline.protocol import criterion as c
from stepline.protocol.loading import (
    LoadedRules,
    describe,
    load_any,
    load_pathway,
    load_regimens,
    load_rules,
    load_together,
    packaged,
    packaged_files,
)
from stepline.protocol.model import Pathway
from stepline.protocol.problems import CODES

FIXTURES = Path(__file__).parent / "fixtures"
BROKEN = sorted(path for path in FIXTURES.glob("*.yaml") if path.stem != "ten-mistakes")
SOURCED = "evidence: [{source: seed-case, kind: case-report, status: verified}]"


def problems_of(text: str | bytes, file: str = "test.yaml") -> tuple[Problem, ...]:
    """What a file is refused for."""
    with pytest.raises(Refused) as refused:
        load_any(text, file)
    return refused.value.problems


def rule(alert: str) -> str:
    """A rules file with one rule."""
    return (
        "rules:\n  - id: a-rule\n    title: A rule\n    when: given ivig\n"
        f"    alert: {alert}\n    say: Look.\n    {SOURCED}\n"
    )


# ---------------------------------------------------------------- one broken file a code


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_file_is_refused_for_its_one_fault_in_helpful_words(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    words = text.splitlines()[0].removeprefix("# says: ").split("; ")
    problems = problems_of(text, path.name)
    said = "\n".join(map(str, problems))
    assert [problem.code for problem in problems] == [path.stem]
    assert [word for word in words if word not in said] == []
    assert problems[0].place.file == path.name
    assert problems[0].place.line or path.stem == "file-kind-unknown"


def test_no_code_lacks_a_broken_file() -> None:
    assert set(CODES) - {path.stem for path in BROKEN} == set()


def test_every_problem_says_what_is_allowed_or_how_to_mend_it() -> None:
    for path in BROKEN:
        for problem in problems_of(path.read_text(encoding="utf-8")):
            assert problem.mend, problem.code


def test_ten_planted_mistakes_are_ten_located_problems() -> None:
    path = FIXTURES / "ten-mistakes.yaml"
    problems = problems_of(path.read_text(encoding="utf-8"), path.name)
    assert [(problem.place.line, problem.code) for problem in problems] == [
        (7, "dose-unit-for-basis"),
        (8, "count-below-one"),
        (9, "range-reversed"),
        (11, "source-unknown"),
        (15, "drug-unknown"),
        (17, "value-not-allowed"),
        (19, "period-zero"),
        (29, "methotrexate-not-weekly"),
        (38, "dose-above-cap"),
        (40, "key-unknown"),
    ]
    for problem in problems:
        assert problem.place.column > 1
        assert problem.place.path.startswith("$[")


# ---------------------------------------------------------------- where a fault stands


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("last(ldh) > 1 ULN and last(aldolaze) > 1 ULN", 5, 39),
        ("'last(ldh) > 1 ULN and last(aldolaze) > 1 ULN'", 5, 40),
        ('"last(ldh) > 1 ULN and last(aldolaze) > 1 ULN"', 5, 40),
        ("last(ldh) > 1 ULN\n      and last(aldolaze) > 1 ULN", 6, 16),
        (">-\n      last(ldh) > 1 ULN\n      and last(aldolaze) > 1 ULN", 7, 16),
        ("|\n        last(ldh) > 1 ULN\n        and   last(aldolaze) > 1 ULN", 7, 20),
    ],
)
def test_a_name_in_a_criterion_is_pointed_at_however_the_criterion_is_written(
    written: str, line: int, column: int
) -> None:
    (problem,) = problems_of(rule(written))
    assert problem.code == "concept-unknown"
    assert (problem.place.line, problem.place.column) == (line, column)
    assert problem.place.path == "$.rules[0].alert"


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("last(ldh) > 1 ULN & on ivig", 5, 30),
        ('"last(ldh) > 1 ULN & on ivig"', 5, 31),
        (">-\n      last(ldh) > 1 ULN\n      & on ivig", 7, 7),
    ],
)
def test_a_syntax_fault_is_pointed_at_in_the_file(written: str, line: int, column: int) -> None:
    (problem,) = problems_of(rule(written))
    assert problem.code == "criterion-syntax"
    assert (problem.place.line, problem.place.column) == (line, column)


def test_faults_of_shape_and_of_meaning_are_told_together() -> None:
    text = rule("last(aldolaze) > 1 ULN").replace("title: A rule", "titel: A rule")
    assert [problem.code for problem in problems_of(text)] == [
        "key-missing",
        "key-unknown",
        "concept-unknown",
    ]


def test_an_entry_with_a_fault_still_exists_for_the_others() -> None:
    text = f"""
id: a-pathway
title: A pathway
for: [dermatomyositis]
{SOURCED}
steps:
  first: {{courses: ivig-400-weekly, exits: [{{to: second, when: relapse is present}}]}}
  second: {{courses: 5, exits: [{{to: done, when: flare}}]}}
definitions: {{flare: last(ldh) >}}
ends: [done]
"""
    codes = [problem.code for problem in problems_of(text)]
    assert codes == ["wrong-type", "criterion-syntax"]


def test_an_empty_key_is_told_once_and_not_taken_for_an_absent_one() -> None:
    assert [problem.code for problem in problems_of(rule(""))] == ["value-empty"]


def test_problems_come_in_the_order_of_the_file() -> None:
    problems = problems_of((FIXTURES / "ten-mistakes.yaml").read_bytes())
    places = [(problem.place.line, problem.place.column) for problem in problems]
    assert places == sorted(places)


def test_unreadable_yaml_is_refused_as_a_document() -> None:
    for text in ("", "rules: [", "rules: &a []", "\x00"):
        with pytest.raises(DocumentRefused):
            load_any(text, "test.yaml")


@pytest.mark.parametrize("text", ["5", "text", "[]", "rules: {}", "rules: 5", "steps: []", "- 1"])
def test_a_file_of_the_wrong_shape_never_ends_in_a_traceback(text: str) -> None:
    if text == "[]":
        assert load_any(text, "test.yaml") == ()
    else:
        assert problems_of(text)


def test_a_loader_refuses_a_file_of_another_kind() -> None:
    with pytest.raises(ProtocolRefused, match="no pathway file"):
        load_pathway(rule("on ivig"), "test.yaml")


def test_bytes_are_read_like_text() -> None:
    text = rule("last(ldh) > 1 ULN and last(aldolaze) > 1 ULN")
    assert problems_of(b"\xef\xbb\xbf" + text.encode()) == problems_of(text)
    assert load_rules(rule("on ivig").encode(), "test.yaml").rules[0].id == "a-rule"


# ---------------------------------------------------------------- what loading means


def test_a_bare_condition_means_that_the_patient_has_it() -> None:
    loaded = load_rules(rule("hypogammaglobulinaemia and not raised-enzymes"), "test.yaml")
    assert loaded.rules[0].alert == c.And(
        (c.Present(("hypogammaglobulinaemia",)), c.Not(c.Named("raised-enzymes")))
    )


def test_a_definition_comes_before_a_condition_of_the_same_name() -> None:
    text = rule("pregnancy") + f"definitions:\n  - {{define: pregnancy, as: on ivig, {SOURCED}}}\n"
    assert load_rules(text, "test.yaml").rules[0].alert == c.Named("pregnancy")


def test_a_definition_over_any_drug_is_filled_in_where_it_is_named() -> None:
    text = rule("gave-up(methotrexate)") + (
        f'definitions:\n  - {{define: "gave-up(X)", as: stopped X for intolerance, {SOURCED}}}\n'
    )
    loaded = load_rules(text, "test.yaml")
    filled = next(one for one in loaded.definitions if one.key == "gave-up(methotrexate)")
    assert filled.criterion == c.Stopped(("methotrexate",), "intolerance")
    assert filled.parameter == ""


def test_everything_that_a_packaged_criterion_names_can_be_looked_up() -> None:
    from stepline.protocol.definitions import Definitions
    from stepline.protocol.walking import walk

    protocol = packaged()
    shared = {one.key for one in protocol.definitions}
    for pathway in protocol.pathways:
        keys = shared | {one.key for one in pathway.definitions}
        for step in pathway.steps:
            for way_out in step.exits:
                named = [p for p in walk(way_out.when) if isinstance(p, c.Named)]
                assert {one.key for one in named} <= keys
    assert Definitions(protocol.definitions).circles() == ()


def test_an_exit_without_evidence_rests_on_that_of_its_step() -> None:
    text = f"""
id: a-pathway
title: A pathway
for: [dermatomyositis]
{SOURCED}
steps:
  first:
    courses: ivig-400-weekly
    exits: [{{to: done, when: time in step >= P6M}}]
    evidence: [{{source: ontario-ivig-iim, kind: policy, status: verified}}]
ends: [done]
"""
    (step,) = load_pathway(text, "test.yaml").steps
    assert [one.source for one in step.exits[0].evidence] == ["ontario-ivig-iim"]


def test_the_words_of_an_author_are_kept_beside_the_criterion() -> None:
    loaded = load_rules(rule("ldh > 1 ULN\n      and on ivig"), "test.yaml")
    assert dict(loaded.rules[0].text)["alert"] == "ldh > 1 ULN and on ivig"


def test_a_regimen_file_may_hold_a_list_a_key_or_one_regimen() -> None:
    one = (
        "id: a-regimen\ntitle: A regimen\ndrug: ivig\nintent: replacement\nphase: maintenance\n"
        f"give: {{dose: 0.4 g/kg}}\n{SOURCED}\n"
    )
    indented = "".join(f"    {line}\n" for line in one.splitlines())
    alone = load_regimens(one, "test.yaml")
    assert alone == load_regimens("-\n" + indented, "test.yaml")
    assert alone == load_regimens("regimens:\n  -\n" + indented, "test.yaml")


def test_files_loaded_together_may_name_each_other() -> None:
    files = [("pathway.yaml", PATHWAY), ("rules.yaml", rule("flare")), ("more.yaml", DEFINITION)]
    protocol = load_together([*files, ("regimens.yaml", REGIMEN)])
    assert [one.id for one in protocol.pathways] == ["a-pathway"]
    assert [one.key for one in protocol.definitions] == ["flare"]


def test_an_id_in_two_files_is_told_with_the_place_of_the_first() -> None:
    files = [("one.yaml", DEFINITION), ("two.yaml", DEFINITION), ("three.yaml", "rules: 5")]
    with pytest.raises(ProtocolRefused) as refused:
        load_together(files)
    first, second = refused.value.problems
    assert (first.code, first.place.file) == ("id-duplicate", "two.yaml")
    assert "one.yaml:2" in first.message
    assert second.place.file == "three.yaml"


def test_a_circle_between_two_files_is_found() -> None:
    one = DEFINITION
    two = one.replace("define: flare", "define: storm").replace("relapse is present", "flare")
    with pytest.raises(ProtocolRefused, match="flare → storm → flare"):
        load_together([("one.yaml", one.replace("relapse is present", "storm")), ("two.yaml", two)])


def test_what_a_file_holds_is_said_in_words() -> None:
    assert describe(load_any(REGIMEN, "r.yaml")) == "1 regimen"
    assert describe(load_any(rule("on ivig"), "r.yaml")) == "1 rule"
    assert describe(LoadedRules()) == "nothing"
    (name, text) = packaged_files()[-1]
    loaded = load_any(text, name)
    assert isinstance(loaded, Pathway)
    assert describe(loaded) == "the pathway dmpm-ivig-then-rituximab with 7 steps"


DEFINITION = f"definitions:\n  - {{define: flare, as: relapse is present, {SOURCED}}}\n"
REGIMEN = (
    "id: a-regimen\ntitle: A regimen\ndrug: ivig\nintent: replacement\nphase: maintenance\n"
    f"give: {{dose: 0.4 g/kg}}\n{SOURCED}\n"
)
PATHWAY = f"""
id: a-pathway
title: A pathway
for: [dermatomyositis]
{SOURCED}
steps:
  first: {{courses: a-regimen, gate: a-rule, exits: [{{to: done, when: flare}}]}}
ends: [done]
"""
