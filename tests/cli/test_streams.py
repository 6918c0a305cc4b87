"""Commands over many subjects take a source in parts, and say of it what they said of the whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepline.cli.main import run
from stepline.cli.reviewing import record_of
from stepline.cli.workers import AHEAD, WORTH, in_order
from stepline.core.errors import RecordRefused
from stepline.sources import parts
from stepline.sources.opening import open_record
from stepline.synth.parameters import NoiseLevel
from stepline.synth.writing import Request, write


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five synthetic patients in every format."""
    folder = tmp_path_factory.mktemp("synth") / "out"
    write(Request(5, 11, NoiseLevel.DEFAULT, ("events", "fhir", "omop")), folder)
    return folder


SOURCES = ("events.parquet", "fhir", "fhir/synthetic-00000.ndjson", "omop")


@pytest.mark.parametrize("source", SOURCES)
def test_small_parts_and_one_part_print_the_same(
    made: Path, source: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for size in (1, 50):
        monkeypatch.setattr(parts, "SIZE", size)
        assert run(["recognise", str(made / source), "--json", "--workers", "1"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert len({json.loads(line)["subject_id"] for line in said[0].splitlines()}) == 5


@pytest.mark.parametrize("source", SOURCES)
def test_one_subject_is_read_as_among_all(made: Path, source: str) -> None:
    everyone = open_record(made / source)
    wanted = everyone[3]
    assert record_of(made / source, wanted.subject.subject_id) == wanted


@pytest.mark.parametrize("source", SOURCES)
def test_a_review_of_many_is_refused_with_their_number(made: Path, source: str) -> None:
    for subject, found in ((None, "5 subjects"), (-7, "no subject")):
        with pytest.raises(RecordRefused) as refusal:
            record_of(made / source, subject)
        assert refusal.value.problems[0].found == found


def squared(number: int) -> int:
    """Work on one part."""
    return number * number


def test_parts_are_made_when_they_are_nearly_needed() -> None:
    handed: list[int] = []

    def each() -> Iterator[int]:
        for number in range(60):
            handed.append(number)
            yield number

    results = in_order(squared, each(), workers=2)
    assert next(results) == 0
    assert len(handed) <= max(AHEAD * 2, WORTH) + 1
    assert list(results) == [number * number for number in range(1, 60)]
