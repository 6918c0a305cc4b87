"""The manual of the case file is true: what it shows can be read, what it names exists."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from stepline.core.documents import plain, read_yaml
from stepline.record.casefile import looks_like_case, read_case, record_from_entries
from stepline.record.words import ABOUT_KEYS, DOSE_KEYS, MODIFIERS, REASONS, SECTIONS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "case-file.md"


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def examples() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page(), re.DOTALL)


def test_the_example_file_is_a_case_file() -> None:
    record = read_case(examples()[0], "example.yaml")
    assert len(record.events) == 31


def test_the_short_form_is_a_record() -> None:
    entries = plain(read_yaml(examples()[1], "example.yaml"))
    assert isinstance(entries, list)
    assert len(record_from_entries(entries).events) == 22


def test_every_word_of_an_entry_is_explained() -> None:
    words = set(re.findall(r"`([a-z_]+)`", page()))
    assert set(MODIFIERS) - words == set()
    assert {*SECTIONS, *ABOUT_KEYS, *DOSE_KEYS} <= words
    assert all(reason in page() for reason in REASONS)


def test_only_records_of_the_library_look_like_case_files() -> None:
    library = Path(str(files("stepline.library")))
    paths = sorted(library.rglob("*.yaml"))
    cases = {path for path in paths if looks_like_case(path.read_bytes())}
    assert cases == {path for path in paths if path.parent.name == "records"}
    assert cases
    assert looks_like_case(examples()[0])
