"""The reference pages of the three files say what the loader reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from stepline.protocol import authoring as a
from stepline.protocol.loading import load_any, packaged
from stepline.protocol.problems import CODES
from tests.support.shared import shared

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"
EXAMPLES = [
    (page, number, example)
    for page in ("regimen-file.md", "pathway-file.md", "rule-file.md", "monitoring-file.md")
    for number, example in enumerate(
        re.findall(r"```yaml\n(.*?)```", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL)
    )
]
MODELS: dict[str, list[type[BaseModel]]] = {
    "regimen-file.md": [
        a.RegimenEntry,
        a.GiveEntry,
        a.RepeatEntry,
        a.TaperEntry,
        a.RateEntry,
        a.RecogniseEntry,
        a.EvidenceEntry,
    ],
    "pathway-file.md": [
        a.PathwayHead,
        a.StepEntry,
        a.ExitEntry,
        a.PatternEntry,
        a.SearchEntry,
        a.ReviewEntry,
        a.DefinitionBody,
    ],
    "rule-file.md": [
        a.RulesFile,
        a.RuleEntry,
        a.CaseEntry,
        a.DefinitionEntry,
        a.ConfounderEntry,
        a.AfterEntry,
    ],
    "monitoring-file.md": [a.ScheduleEntry, a.TurnEntry, a.ScheduleCaseEntry],
}


@pytest.mark.parametrize(
    ("page", "number", "example"), EXAMPLES, ids=lambda value: str(value).split("\n")[0][:30]
)
def test_an_example_of_a_page_is_read(page: str, number: int, example: str) -> None:
    assert load_any(example, f"{page} {number}")


@pytest.mark.parametrize("page", MODELS)
def test_a_page_explains_every_key(page: str) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")
    explained = set(re.findall(r"`([a-z_]+)`", text))
    assert [key for model in MODELS[page] for key in _keys(model) if key not in explained] == []


def test_the_list_of_problems_holds_every_code_with_its_meaning() -> None:
    text = (PAGES / "protocol-problems.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", text, re.MULTILINE)
    assert listed == list(CODES.items())


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


# ---------------------------------------------------------------- what authors must be able to say


def test_every_regimen_that_an_author_must_be_able_to_write_is_packaged() -> None:
    text = shared("examples/regimens.yaml").read_text(encoding="utf-8")
    wanted = re.findall(r"^- id: (\S+)", text, re.MULTILINE)
    assert wanted
    assert set(wanted) <= {one.id for one in packaged().regimens}


def test_every_step_and_exit_that_an_author_must_be_able_to_write_is_packaged() -> None:
    text = shared("examples/pathway.yaml").read_text(encoding="utf-8")
    (pathway,) = (one for one in packaged().pathways if one.id == "dmpm-ivig-then-rituximab")
    steps = re.findall(r"^  ([a-z-]+):\n    courses:", text, re.MULTILINE)
    exits = re.findall(r"\{to: ([a-z-]+), when:", text)
    assert steps == [one.id for one in pathway.steps]
    assert set(exits) <= {way.to for one in pathway.steps for way in one.exits}
