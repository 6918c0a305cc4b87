"""The reference page of the criterion language is printed from the specification."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.spec.chapters import ROOT, cases

PAGE = ROOT / "docs" / "reference" / "criteria.md"


def test_the_page_is_not_stale() -> None:
    script = ROOT / "scripts" / "print_spec.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_case_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for _, case in cases():
        assert f"- {case.title}: " in text
        assert f"`{case.criterion}`" in text


def test_every_link_of_the_contents_leads_to_a_heading() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w -]", "", line[3:].lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("## ")
    }
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert links
    assert set(links) <= headings
