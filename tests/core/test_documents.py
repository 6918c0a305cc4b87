"""YAML documents: what scalars mean, where things stand, and what hostile text meets."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepline.core.documents import Node, place_of, plain, read_yaml
from stepline.core.documents_yaml import DEEPEST, LARGEST_BYTES
from stepline.core.errors import DocumentRefused, Problem


def problems_of(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(DocumentRefused) as refusal:
        read_yaml(text, "file.yaml")
    return refusal.value.problems


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("2026-01-05", "2026-01-05"),
        ("P28D", "P28D"),
        ("2 g/kg", "2 g/kg"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("e5", "e5"),
        (".", "."),
        ("-", None),
        ("'7'", "7"),
        ('"true"', "true"),
        ("7", 7),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("0.1", Decimal("0.1")),
        ("1.50", Decimal("1.50")),
        ("1e3", Decimal(1000)),
        (".5", Decimal("0.5")),
        ("5.", Decimal(5)),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_scalars_mean_what_yaml_1_2_says_and_never_a_float(written: str, meant: object) -> None:
    if written == "-":
        assert plain(read_yaml("-", "f")) == [None]
        return
    value = plain(read_yaml(f"key: {written}\n", "f"))
    assert value == {"key": meant}
    assert isinstance(value, dict)
    assert type(value["key"]) is type(meant)


def test_the_text_of_a_number_is_kept() -> None:
    node = read_yaml("dose: 1.50", "f")
    assert node.value["dose"].raw == "1.50"
    assert str(node.value["dose"].value) == "1.50"


DOCUMENT = """\
title: a
steps:
  - id: one
    dose: {amount: 3, every: P1D}
  - id: two
"""


def test_values_and_keys_know_their_line_column_and_path() -> None:
    node = read_yaml(DOCUMENT, "file.yaml")
    path = ("steps", 0, "dose", "every")
    assert str(place_of(node, path)) == "file.yaml:4:30 $.steps[0].dose.every"
    assert str(place_of(node, path, key=True)) == "file.yaml:4:23 $.steps[0].dose.every"
    assert str(place_of(node, ())) == "file.yaml:1:1 $"
    assert node.value["steps"].value[1].value["id"].place.path == "$.steps[1].id"


def test_a_missing_key_points_at_the_mapping_that_lacks_it() -> None:
    node = read_yaml(DOCUMENT, "file.yaml")
    assert str(place_of(node, ("steps", 1, "dose"))) == "file.yaml:5:5 $.steps[1].dose"
    assert str(place_of(node, ("steps", 7, "id"))) == "file.yaml:3:3 $.steps[7].id"


def test_every_duplicate_key_is_reported_with_where_it_stood_first() -> None:
    found = problems_of("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert [(problem.code, problem.place.line) for problem in found] == [
        ("key-duplicate", 2),
        ("key-duplicate", 3),
    ]
    assert "first on line 1" in found[1].message


def test_anchors_aliases_tags_and_merge_keys_are_refused_together() -> None:
    text = "a: &x {b: 1}\nc: *x\nd: !!python/object/apply:os.system [ls]\ne:\n  <<: {f: 1}\n"
    found = problems_of(text)
    assert [problem.code for problem in found] == ["yaml-feature"] * 4
    assert [problem.place.line for problem in found] == [1, 2, 3, 5]


def test_a_quoted_merge_key_is_a_key_like_any_other() -> None:
    assert plain(read_yaml("'<<': 1", "f")) == {"<<": 1}


def test_a_key_that_is_no_word_is_refused_and_the_rest_is_read() -> None:
    found = problems_of("? [1, 2]\n: 3\nb: 1\nb: 2\n")
    assert [problem.code for problem in found] == ["key-not-text", "key-duplicate"]


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "document-empty", 0),
        ("   \n\n", "document-empty", 0),
        ("# only a remark\n", "document-empty", 0),
        ("---\n", "document-empty", 0),
        ("a:\n\tb: 1", "yaml-syntax", 2),
        ("a: [1, 2", "yaml-syntax", 2),
        ("a: {b: 1\nc: 2", "yaml-syntax", 2),
        ("a: 'open", "yaml-syntax", 1),
        ("a: b: c", "yaml-syntax", 1),
        ("a: 1\n  b: 2", "yaml-syntax", 2),
        ("key: @x", "yaml-syntax", 1),
        ("a: 1\n---\nb: 2\n", "document-many", 2),
        ("a: \x00", "document-not-text", 1),
        ("a: 1\nb: \x1b[31m", "document-not-text", 2),
        ("a: \ud800", "document-not-text", 1),
        (b"\xff\xfea\x00", "document-not-text", 1),
        (b"PK\x03\x04\x14", "document-not-text", 1),
        ("a: 1e400", "number-too-large", 1),
        ("a: " + "9" * 5000, "number-too-large", 1),
        ("[" * 100_000, "document-too-deep", 1),
        ("- " * 100_000, "document-too-deep", 1),
        ("{a: " * 100_000, "document-too-deep", 1),
        (LAUGHS, "yaml-feature", 1),
        ("a" * (LARGEST_BYTES + 1), "document-too-large", 0),
    ],
    ids=lambda value: str(value)[:20].encode("ascii", "replace").decode(),
)
def test_hostile_and_broken_text_is_met_with_a_located_sentence(
    text: str | bytes, code: str, line: int
) -> None:
    first = problems_of(text)[0]
    assert (first.code, first.place.line, first.place.file) == (code, line, "file.yaml")
    assert first.message.endswith(".")
    assert first.mend
    assert len(str(first)) < 500


def test_a_tab_is_named_as_the_likely_cause() -> None:
    assert "not tabs" in problems_of("a:\n\tb: 1")[0].mend


def test_faults_before_a_syntax_error_are_reported_beside_it() -> None:
    codes = [problem.code for problem in problems_of("a: 1\na: 2\nb: [")]
    assert codes == ["key-duplicate", "yaml-syntax"]


def test_the_deepest_allowed_document_is_read() -> None:
    assert isinstance(read_yaml("[" * DEEPEST + "]" * DEEPEST, "f"), Node)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert plain(read_yaml("\ufeffa: 1", "f")) == plain(read_yaml(b"\xef\xbb\xbfa: 1", "f"))


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60)))
def test_no_text_or_bytes_escape_as_anything_but_a_refusal(text: str | bytes) -> None:
    try:
        lines = [read_yaml(text, "f").place.line]
    except DocumentRefused as refusal:
        lines = [problem.place.line for problem in refusal.problems]
    assert lines
    assert min(lines) >= 0


@given(st.text(alphabet="ab1 :-[]{},&*!|>'\"\n#<~.", max_size=30))
def test_no_near_yaml_escapes_as_anything_but_a_refusal(text: str) -> None:
    try:
        read_yaml(text, "f")
    except DocumentRefused as refusal:
        messages = [problem.message for problem in refusal.problems]
    else:
        messages = ["read"]
    assert all(messages)


def test_a_truncated_document_never_passes_for_a_whole_flow_mapping() -> None:
    whole = "{a: 1, b: [1, 2], c: {d: 'e'}}"
    for length in range(1, len(whole)):
        problems_of(whole[:length])


scalars = st.one_of(
    st.integers(-(10**9), 10**9), st.booleans(), st.none(), st.text("abc XYZ", max_size=8)
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text("abc", min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(trees)
def test_a_document_written_by_another_library_is_read_the_same(tree: object) -> None:
    import json

    assert plain(read_yaml(json.dumps(tree), "f")) == tree
