"""Definitions: which one a name means, and what it rests on."""

from __future__ import annotations

from hypothesis import given

from stepline.protocol import criterion as c
from stepline.protocol.definitions import Definitions, fill_in, instances
from stepline.protocol.model import Definition
from stepline.protocol.reading import read_criterion
from stepline.protocol.walking import Part, rewrite, walk
from tests.support.protocol_values import criteria


def definition(key: str, text: str) -> Definition:
    """A definition as read from a file."""
    name, _, argument = key.rstrip(")").partition("(")
    parameter = "X" if argument == "X" else ""
    return Definition(name, argument, read_criterion(text), text, parameter=parameter)


OVER_ANY = definition("failed(X)", "stopped X for intolerance or dose(X) >= 5 mg/d")


def test_a_definition_for_the_drug_itself_comes_before_the_one_over_any() -> None:
    own = definition("failed(methotrexate)", "on ivig")
    found = Definitions([OVER_ANY, own])
    assert found.find("failed", "methotrexate") == own
    filled = found.find("failed", "azathioprine")
    assert filled is not None
    assert filled.text == "stopped azathioprine for intolerance or dose(azathioprine) >= 5 mg/d"
    assert read_criterion(filled.text) == filled.criterion


def test_a_name_without_its_argument_is_another_name() -> None:
    found = Definitions([OVER_ANY])
    assert found.find("failed") is None
    assert found.find("succeeded", "methotrexate") is None


def test_of_two_definitions_of_a_name_the_first_counts() -> None:
    first, second = definition("flare", "on ivig"), definition("flare", "on scig")
    assert Definitions([first, second]).find("flare") == first
    assert Definitions([first, second]).holds(first)
    assert not Definitions([first, second]).holds(second)


def test_filling_in_reaches_drugs_anchors_windows_and_names_within() -> None:
    over_any = definition(
        "tried(X)",
        "courses(X) since first(X) >= 3 and time since last(X) >= P1M and failed(X) "
        "and given X within P4W after last(X) and shortest interval(X) < P6D",
    )
    filled = fill_in(over_any, "ivig")
    assert filled.criterion == read_criterion(over_any.text.replace("X", "ivig"))
    assert filled.key == "tried(ivig)"


def test_an_x_inside_a_word_stays() -> None:
    over_any = Definition("a", "X", c.On(("X",)), "on X", "X, not XY or X-ray", "X")
    assert fill_in(over_any, "ivig").title == "ivig, not XY or X-ray"


def test_what_a_filled_in_definition_names_is_filled_in_too() -> None:
    refractory = definition("refractory(X)", "failed(X) or relapse is present")
    used = instances(
        [read_criterion("refractory(ivig) and not failed(ivig)")],
        Definitions([OVER_ANY, refractory]),
    )
    assert [one.key for one in used] == ["refractory(ivig)", "failed(ivig)"]


def test_circles_are_found_once_each_and_through_definitions_over_any_drug() -> None:
    found = Definitions(
        [
            definition("a", "b"),
            definition("b", "c"),
            definition("c", "a or d"),
            definition("d", "on ivig"),
            definition("e(X)", "f"),
            definition("f", "e(methotrexate)"),
            definition("g", "not g"),
        ]
    )
    assert sorted(map(sorted, found.circles())) == [["a", "b", "c"], ["e(X)", "f"], ["g"]]


def test_two_ways_to_one_definition_are_no_circle() -> None:
    diamond = [definition("a", "b and c"), definition("b", "d"), definition("c", "d")]
    assert Definitions([*diamond, definition("d", "on ivig")]).circles() == ()


@given(criteria())
def test_rewriting_with_no_change_changes_nothing(node: c.Criterion) -> None:
    assert rewrite(node, lambda part: part) == node


@given(criteria())
def test_rewriting_reaches_every_part_once(node: c.Criterion) -> None:
    seen: list[Part] = []

    def note(part: Part) -> Part:
        seen.append(part)
        return part

    rewrite(node, note)
    assert sorted(map(repr, seen)) == sorted(map(repr, walk(node)))
