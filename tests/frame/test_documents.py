"""The documents are tested artefacts: what they promise exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import stepline
from scripts import docs_index
from tests.frame.checkout import ROOT, committed_files, metadata, text

HEADINGS = ["## Context", "## Options", "## Decision", "## What would change our mind"]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
LINK = re.compile(r"\]\((?!https?://|#)(?P<target>[^)#]+)")

HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("registry", "npmjs"), ("deb", "debian"))]
HOSTS += ["files." + "pythonhosted"]
PLACE = "/".join(("", "work", ""))


def pages() -> list[Path]:
    """Every committed page."""
    return [path for path in committed_files() if path.suffix == ".md"]


def naming(words: list[str]) -> list[str]:
    """Committed files that contain any of these words."""
    needles = [word.encode() for word in words]
    return [
        str(path.relative_to(ROOT))
        for path in committed_files()
        if any(needle in path.read_bytes() for needle in needles)
    ]


def targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))


def leads_somewhere(target: Path) -> bool:
    """Whether a link has an end."""
    return target.exists()


def test_no_committed_file_names_a_registry_host() -> None:
    assert naming(HOSTS) == []


def test_no_committed_file_names_a_place_on_one_machine() -> None:
    assert naming([PLACE]) == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_four_headings_in_order(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("## ")] == HEADINGS


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_numbered_and_fits_on_a_page(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {page.name[:4]} ")
    assert len(lines) <= 60


def test_decisions_are_numbered_without_gap_or_repeat() -> None:
    numbers = [int(page.name[:4]) for page in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_readme_says_two_make_commands_and_both_exist() -> None:
    commands = re.findall(r"^make ([a-z-]+)", text("README.md"), re.MULTILINE)
    assert commands == ["demo", "test"]
    assert set(commands) <= targets()


def test_every_make_command_in_a_page_exists() -> None:
    named = {
        command
        for page in pages()
        for command in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))
    }
    assert named <= targets()


def test_every_target_says_in_one_line_what_it_does() -> None:
    explained = set(re.findall(r"^([a-z-]+):.* ## \S", text("Makefile"), re.MULTILINE))
    assert explained == targets()


def test_the_readme_says_who_decides() -> None:
    words = " ".join(text("README.md").split())
    assert "For professionals who decide themselves." in words
    assert "it never orders anything" in words


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {link['target']}"
        for page in pages()
        for link in LINK.finditer(page.read_text(encoding="utf-8"))
        if not leads_somewhere(page.parent / link["target"])
    ]
    assert broken == []


def test_the_index_of_the_documentation_is_current() -> None:
    assert text("docs/README.md") == docs_index.index(ROOT / "docs"), "run `make docs`"


def test_the_version_is_said_once() -> None:
    assert stepline.__version__ == metadata()["project"]["version"]


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"## {stepline.__version__}" in text("CHANGELOG.md")
