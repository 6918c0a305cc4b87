"""The front of every room is light; heavy libraries wait until they are used."""

from __future__ import annotations

import ast
import subprocess
import sys

from tests.frame.checkout import PACKAGE, metadata, rooms, text

HEAVY = {
    *("icalendar", "lark", "numba", "numpy", "pint", "polars", "pydantic", "rich", "scipy"),
    *("typst", "ucumvert"),
}


def heavy_after(statement: str) -> set[str]:
    """The heavy libraries that a fresh interpreter has loaded after a statement."""
    script = f"import sys\n{statement}\nprint(*sys.modules)"
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return HEAVY & set(loaded)


def test_the_probe_sees_a_heavy_library() -> None:
    assert heavy_after("import pydantic") == {"pydantic"}


def test_importing_stepline_loads_no_heavy_library() -> None:
    assert heavy_after("import stepline") == set()


def test_importing_every_room_loads_no_heavy_library() -> None:
    statement = "\n".join(f"import stepline.{room}" for room in rooms())
    assert heavy_after(statement) == set()


def test_the_command_line_starts_without_a_heavy_library() -> None:
    assert heavy_after("import stepline.cli.main") == set()


def test_a_case_file_is_reviewed_without_tables_models_or_the_library_of_units() -> None:
    review = (
        "from stepline.cli.reviewing import review_file\n"
        "from importlib.resources import files\n"
        "from pathlib import Path\n"
        "records = files('stepline.library').joinpath('records')\n"
        "review_file(Path(str(records)) / 'seed-case.yaml', as_of=None, pathway='', subject=None)"
    )
    assert not heavy_after(review) & {"numba", "numpy", "pint", "polars", "scipy", "ucumvert"}


def test_the_library_is_data() -> None:
    modules = sorted((PACKAGE / "library").rglob("*.py"))
    statements = [node for path in modules for node in ast.parse(path.read_text()).body]
    assert [type(node) for node in statements] == [ast.Expr]


def layers() -> list[str]:
    """The rooms of the contract, lowest first."""
    contract = metadata()["tool"]["importlinter"]["contracts"][0]
    return [layer.strip("()") for layer in reversed(contract["layers"])]


def test_the_readme_lists_the_rooms_in_the_order_that_is_checked() -> None:
    house = text("README.md").split("## The house")[1].split("```")[1]
    assert [line.split()[0] for line in house.strip().splitlines()] == [*layers(), "library"]


def test_every_room_stands_under_the_contract() -> None:
    assert set(rooms()) <= {*layers(), "library"}


def test_rooms_that_know_no_record_are_named_in_their_contract_once_they_exist() -> None:
    contracts = metadata()["tool"]["importlinter"]["contracts"]
    (contract,) = [c for c in contracts if "know no record" in c["name"]]
    expected = {f"stepline.{room}" for room in ("dosing", "scores") if room in rooms()}
    assert set(contract["source_modules"]) == expected
