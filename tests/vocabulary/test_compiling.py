"""Making the compiled file from what authors wrote."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from stepline.vocabulary import compiling
from stepline.vocabulary.compiled import COMPILED
from stepline.vocabulary.model import VocabularyRefused

MISSPELT = """kind: laboratory
concepts:
  - id: troponin
    title: Troponin
    synonims: [TnT]
    plausible: {low: none, high: 5, source: seed-case, status: verified}
"""
UNCITED = """kind: laboratory
concepts:
  - id: lactate
    title: Lactate
    unit: mmol/L
    plausible: {low: 0, high: 50}
"""


@pytest.fixture
def two_bad_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("a.yaml", MISSPELT), ("b.yaml", UNCITED)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(compiling, "concept_files", lambda: sorted(tmp_path.iterdir()))


@pytest.mark.usefixtures("two_bad_files")
def test_all_mistakes_of_all_files_are_listed_with_their_places() -> None:
    with pytest.raises(VocabularyRefused) as refusal:
        compiling.read_library()
    places = {(problem.place.file, problem.place.line) for problem in refusal.value.problems}
    assert places == {("library/a.yaml", 5), ("library/a.yaml", 6), ("library/b.yaml", 6)}
    assert any("synonyms" in problem.mend for problem in refusal.value.problems)


@pytest.mark.usefixtures("two_bad_files")
def test_a_refused_library_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    compiled = Path(str(files("stepline.vocabulary") / COMPILED))
    before = compiled.read_bytes()
    assert compiling.main() == 2
    assert compiled.read_bytes() == before
    assert "nothing was written" in capsys.readouterr().err
