"""Documents read as models: every error at once, each where its author finds it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, field_validator, model_validator

from stepline.core.documents import carried, read_as, read_node_as, read_yaml
from stepline.core.errors import DocumentRefused, Place, Problem, RecordRefused
from stepline.core.quantity import Quantity, parse_quantity
from stepline.core.time import Period, parse_period


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Route(StrEnum):
    ORAL = "oral"
    INTRAVENOUS = "intravenous"


class Fixed(Strict):
    kind: Literal["fixed"] = "fixed"
    amount: Annotated[Quantity, PlainValidator(carried(lambda text: parse_quantity(text)[0]))]
    every: Annotated[Period, PlainValidator(carried(parse_period))]


class Taper(Strict):
    kind: Literal["taper"]
    start: Decimal
    floor: Decimal = Field(default=Decimal(0), ge=0)


class Step(Strict):
    id: str = Field(pattern=r"^[a-z-]+$")
    dose: Fixed | str = "unknown"
    route: Route = Route.ORAL
    parts: tuple[Annotated[Fixed | Taper, Field(discriminator="kind")], ...] = ()
    cycles: int | None = None
    says: str = Field(default="", alias="quote")

    @model_validator(mode="after")
    def check_id(self) -> Step:
        if self.id == "bad":
            raise ValueError("A step cannot be called bad.")
        return self


class Document(Strict):
    title: str
    steps: list[Step] = []
    limits: dict[str, Decimal] = {}

    @field_validator("title")
    @classmethod
    def check_title(cls, title: str) -> str:
        if title == "placed":
            problem = Problem("own-place", "It knows its own place.", Place("other.yaml", 9, 9))
            raise RecordRefused([problem])
        return title


def problems_of(text: str, model: type[object] = Document) -> tuple[Problem, ...]:
    with pytest.raises(DocumentRefused) as refusal:
        read_as(model, text, "d.yaml")
    return refusal.value.problems


def only_problem(text: str) -> Problem:
    (problem,) = problems_of(text)
    return problem


def test_a_good_document_becomes_the_model_with_exact_numbers() -> None:
    step = "{id: a, dose: {amount: 0.1 g/kg, every: P4W}, quote: q}"
    text = f"title: t\nsteps:\n- {step}\nlimits: {{a: 0.1}}"
    document = read_as(Document, text, "d.yaml")
    assert isinstance(document.steps[0].dose, Fixed)
    assert document.steps[0].dose.amount == Quantity(Decimal("0.1"), "g/kg")
    assert str(document.steps[0].dose.every) == "P4W"
    assert document.limits == {"a": Decimal("0.1")}
    assert document.steps[0].says == "q"


def test_every_error_of_a_document_is_reported_in_the_order_of_the_text() -> None:
    text = (
        "titel: x\n"
        "steps:\n"
        "  - id: 12\n"
        "    dose: {amount: 5 mgg, every: P1D, evry: 3}\n"
        "    route: orall\n"
        "  - id: bad\n"
        "limits: {a: b}\n"
    )
    assert [(problem.code, str(problem.place)) for problem in problems_of(text)] == [
        ("key-missing", "d.yaml:1:1 $.title"),
        ("key-unknown", "d.yaml:1:1 $.titel"),
        ("wrong-type", "d.yaml:3:9 $.steps[0].id"),
        ("unit-unknown", "d.yaml:4:20 $.steps[0].dose.amount"),
        ("key-unknown", "d.yaml:4:39 $.steps[0].dose.evry"),
        ("value-not-allowed", "d.yaml:5:12 $.steps[0].route"),
        ("value-refused", "d.yaml:6:5 $.steps[1]"),
        ("wrong-type", "d.yaml:7:13 $.limits.a"),
    ]


@pytest.mark.parametrize(
    ("text", "found", "allowed", "mend"),
    [
        ("title: t\nlimit: {}", "limit", "title, steps, limits", "did you mean limits?"),
        ("title: t\nsteps: [{id: a, rute: oral}]", "rute", "quote", "did you mean route?"),
        ("title: t\nsteps: [{id: a, zzz: 1}]", "zzz", "cycles", "remove the key"),
        ("title: 3.10", "3.10", "text", "put it in quotes"),
        ("title: t\nsteps: [{id: a, route: orall}]", "orall", "oral", "did you mean oral?"),
        ("title: t\nsteps: [{id: a, cycles: 1.5}]", "1.5", "a whole number", "whole number"),
        ("title: t\nsteps: [{id: a, cycles: [1]}]", "a list", "a whole number", "whole number"),
        ("title: t\nsteps: {}", "a mapping", "a list", "write a list"),
        ("title: t\nsteps: [{id: A}]", "A", "^[a-z-]+$", "[a-z-]"),
        ("title: t\nsteps: [{id: a, dose: [1]}]", "a list", "a mapping or text", "mapping or"),
        ("title: t\nsteps: [{id: a, dose: {amount: 3, every: P1D}}]", "3", "2 g/kg", "the unit"),
        ("title: t\nsteps: [{id: a, dose: {amount: 3 g, every: [1]}}]", "", "text", ""),
        ("title: t\nsteps: [{id: a, parts: [{kind: tapr}]}]", "tapr", "taper", "mean taper"),
        ("title: t\nsteps: [{id: a, parts: [{start: 1}]}]", "", "kind", "add 'kind:'"),
    ],
)
def test_a_problem_says_what_was_found_what_is_allowed_and_how_to_mend_it(
    text: str, found: str, allowed: str, mend: str
) -> None:
    problem = only_problem(text)
    assert problem.found == found
    assert allowed in problem.allowed
    assert mend in problem.mend


def test_the_keys_offered_are_those_of_the_tagged_member() -> None:
    text = "title: t\nsteps: [{id: a, parts: [{kind: taper, start: 1, amount: 3 g}]}]"
    assert only_problem(text).allowed == "kind, start, floor"


def test_an_error_inside_a_union_member_is_placed_in_the_document() -> None:
    text = "title: t\nsteps:\n- id: a\n  parts:\n  - {kind: taper, start: 1, floor: -1}\n"
    assert str(only_problem(text).place) == "d.yaml:5:36 $.steps[0].parts[0].floor"


@pytest.mark.parametrize("text", ["limits: {a: true}", "steps: [{id: a, cycles: false}]"])
def test_true_and_false_are_no_numbers(text: str) -> None:
    problem = only_problem(f"title: t\n{text}")
    assert (problem.code, problem.allowed) == ("wrong-type", "a number")


def test_true_for_a_number_is_reported_beside_the_other_errors() -> None:
    codes = [problem.code for problem in problems_of("titel: t\nlimits: {a: true}")]
    assert codes == ["key-missing", "key-unknown", "wrong-type"]


def test_a_refusal_that_knows_its_place_keeps_it() -> None:
    problem = only_problem("title: placed")
    assert (problem.code, problem.place.file, problem.place.line) == ("own-place", "other.yaml", 9)


def test_a_document_of_another_shape_is_one_problem() -> None:
    assert [problem.message for problem in problems_of("[]")] == ["This should be a mapping."]


def test_a_list_of_models_is_a_document_too() -> None:
    assert read_as(list[Taper], "- {kind: taper, start: 1.5}", "f")[0].start == Decimal("1.5")
    assert problems_of("- {kind: taper}", list[Taper])[0].place.path == "$[0].start"


def test_a_part_of_a_document_is_read_with_lines_of_the_whole() -> None:
    node = read_yaml("a: 1\nb:\n  kind: taper\n  start: x\n", "d.yaml")
    with pytest.raises(DocumentRefused) as refusal:
        read_node_as(Taper, node.value["b"])
    assert str(refusal.value.problems[0].place) == "d.yaml:4:10 $.start"
