"""What is written reads back to the same thing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stepline.protocol import model as m
from stepline.protocol.dumping import dump
from stepline.protocol.loading import (
    LoadedRules,
    load_any,
    load_pathway,
    load_regimens,
    load_rules,
    packaged,
    packaged_files,
)
from tests.support import protocol_values as values

# Without shrinking: a pathway takes milliseconds to write, and shrinking one takes minutes.
SOME = settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize(("name", "text"), packaged_files(), ids=lambda value: str(value)[:40])
def test_every_packaged_file_reads_back_to_itself(name: str, text: str) -> None:
    loaded = load_any(text, name)
    assert values.unplaced(load_any(dump(loaded), name)) == values.unplaced(loaded)


@SOME
@given(st.lists(values.regimens() | values.tapers(), max_size=3, unique_by=lambda one: one.id))
def test_regimens_read_back_to_themselves(regimens: list[m.Regimen]) -> None:
    assert load_regimens(dump(tuple(regimens)), "written.yaml") == tuple(regimens)


@SOME
@given(values.pathways())
def test_a_pathway_reads_back_to_itself(pathway: m.Pathway) -> None:
    assert values.unplaced(load_pathway(dump(pathway), "written.yaml")) == pathway


@SOME
@given(
    st.lists(values.rules(), max_size=2, unique_by=lambda one: one.id),
    st.lists(values.definitions("flare"), max_size=1),
    st.lists(values.confounders(), max_size=2, unique_by=lambda one: one.id),
)
def test_rules_definitions_and_confounders_read_back_to_themselves(
    rules: list[m.Rule], definitions: list[m.Definition], confounders: list[m.Confounder]
) -> None:
    loaded = LoadedRules(tuple(rules), tuple(definitions), tuple(confounders))
    if any(loaded):
        assert values.unplaced(load_rules(dump(loaded), "written.yaml")) == loaded


def test_a_single_thing_is_written_as_a_file_that_holds_it() -> None:
    protocol = packaged()
    rule, definition = protocol.rules[0], protocol.definitions[0]
    assert load_rules(dump(rule), "one.yaml").rules[0].id == rule.id
    assert load_rules(dump(definition), "one.yaml").definitions[0].key == definition.key
    assert load_regimens(dump(protocol.regimens[0]), "one.yaml") == protocol.regimens[:1]


def test_a_regimen_is_written_as_its_author_would_write_it() -> None:
    text = dump(packaged().regimen("ivig-2g-over-5d-monthly"))
    assert "give: {course_total: 2 g/kg, over: 5 consecutive days, weight: actual}" in text
    assert "repeat: {every: P1M, courses: 6}" in text
    assert "recognise: {days: 3..5, interval: P3W..P6W, per_course: 1.6..2.2 g/kg}" in text


def test_words_that_an_older_yaml_misreads_are_quoted() -> None:
    case = m.Case("a day", ({"ldh": "normal", "on": "2026-01-05"},), (), "2026-01-05", ())
    rule = next(rule for rule in packaged().rules if not rule.text[0][1].startswith("X"))
    changed = m.Rule(rule.id, "t", rule.applies, "s", rule.applies, cases=(case,))
    assert "'on': '2026-01-05'" in dump(changed)
