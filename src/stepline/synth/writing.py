"""A folder of made-up patients, whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stepline.core.errors import OutputRefused, Place, Problem

if TYPE_CHECKING:
    from stepline.synth.parameters import NoiseLevel
    from stepline.synth.patient import Patient
    from stepline.synth.tables import Recorded

_SHARD = 1000
"""Patients in one file of events: a bound on memory."""
_BLOCK = 100
"""Patients between two words of progress."""
FORMATS = ("events", "fhir", "omop")
Tell = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class Request:
    """How many patients, of which seed, how noisy, and in which formats."""

    patients: int
    seed: int
    noise: NoiseLevel
    formats: tuple[str, ...] = ("events",)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: counts and the names of files."""

    patients: int
    events: int
    courses: int
    relapses: int
    files: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Machine form."""
        return {
            "synthetic": True,
            "patients": self.patients,
            "events": self.events,
            "courses": self.courses,
            "relapses": self.relapses,
            "files": list(self.files),
        }


def write(request: Request, folder: Path, tell: Tell = lambda _count, _done: None) -> Written:
    """Makes patients and writes them into a new or empty folder.

    Everything is written beside the folder and takes its name at the end. `tell` hears how many
    courses there are and which part is done.

    Raises:
        OutputRefused: `request-wrong`, `folder-not-empty`, `output-not-written`.
    """
    _check(request, folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as fault:
        raise _unwritten(folder, fault) from fault
    try:
        written = _write_into(part, request, tell)
        part.chmod(0o755)
        part.replace(folder)
    except OSError as fault:
        shutil.rmtree(part, ignore_errors=True)
        raise _unwritten(folder, fault) from fault
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return written


def _unwritten(folder: Path, fault: OSError) -> OutputRefused:
    return OutputRefused.because(
        "output-not-written",
        f"{folder} could not be written: {fault.strerror or 'the system refused it'}.",
        found=str(folder),
        mend="choose a place that you may write to",
    )


def _check(request: Request, folder: Path) -> None:
    problems = [
        *_range_problem("--patients", request.patients, 1, 10_000_000),
        *_range_problem("--seed", request.seed, 0, 2**63 - 1),
    ]
    for name in request.formats:
        if name not in FORMATS:
            message = f"The format {name} is not known."
            allowed = ", ".join(FORMATS)
            problems.append(
                Problem("request-wrong", message, Place(path="--format"), name, allowed)
            )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder} is not an empty folder."
        mend = "name a new folder; nothing is written over"
        problems.append(Problem("folder-not-empty", message, Place(path="--out"), mend=mend))
    if problems:
        raise OutputRefused(problems)


def _range_problem(option: str, value: int, low: int, high: int) -> list[Problem]:
    if low <= value <= high:
        return []
    message = f"{option} is out of range."
    allowed = f"{low} to {high}"
    return [Problem("request-wrong", message, Place(path=option), str(value), allowed)]


def people(request: Request) -> Iterator[Recorded]:
    """The patients of a request, numbered from 1, one after another."""
    from stepline.synth.draws import Draws, Purpose
    from stepline.synth.observation import recorded
    from stepline.synth.parameters import noise, population
    from stepline.synth.patient import make
    from stepline.synth.tables import Recorded, in_time

    chances, numbers = noise(request.noise), population()
    for number in range(1, request.patients + 1):
        patient = make(request.seed, number, numbers, chances)
        rows = recorded(patient.rows, Draws(request.seed, number, Purpose.RECORD), chances)
        yield Recorded(patient, in_time(rows))


def _write_into(folder: Path, request: Request, tell: Tell) -> Written:
    from stepline.synth import tables

    counts = {"events": 0, "courses": 0}
    patients: list[Patient] = []
    shard: list[Recorded] = []
    for one in people(request):
        shard.append(one)
        patients.append(replace(one.patient, rows=[]))
        counts["events"] += len(one.rows)
        counts["courses"] += len(one.patient.truths)
        if len(patients) % _BLOCK == 0:
            tell(counts["courses"], len(patients) / request.patients)
        if len(shard) == _SHARD or len(patients) == request.patients:
            _write_shard(folder, shard, (len(patients) - 1) // _SHARD, request)
            shard = []
    happened = {
        "truth": tables.truth(patients),
        "truth_relapses": tables.relapses(patients),
        "truth_states": tables.states(patients),
    }
    for name, table in happened.items():
        table.write_parquet(folder / f"{name}.parquet", compression="zstd", statistics=True)
    _write_about(folder, request)
    files = tuple(
        sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    )
    return Written(
        request.patients,
        counts["events"],
        counts["courses"],
        happened["truth_relapses"].height,
        files,
    )


def _write_shard(folder: Path, shard: list[Recorded], number: int, request: Request) -> None:
    from stepline.synth.fhir import write_fhir
    from stepline.synth.omop import write_omop
    from stepline.synth.tables import events

    name = "events" if request.patients <= _SHARD else f"events-{number:05d}"
    table = events(shard)
    if "events" in request.formats:
        table.write_parquet(folder / f"{name}.parquet", compression="zstd", statistics=True)
    if "fhir" in request.formats:
        write_fhir(table, folder / "fhir", number)
    if "omop" in request.formats:
        write_omop(table, folder / "omop", is_first=number == 0)


def _write_about(folder: Path, request: Request) -> None:
    about = {
        "synthetic": True,
        "says": "Made by a program. No real patient. Not for clinical use.",
        "patients": request.patients,
        "seed": request.seed,
        "noise": request.noise.value,
        "formats": list(request.formats),
    }
    text = json.dumps(about, indent=2) + "\n"
    (folder / "synthetic.json").write_text(text, encoding="utf-8")
