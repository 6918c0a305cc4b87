"""Files are written whole or not at all, and what cannot be written is refused in one sentence."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stepline.core.errors import OutputRefused, Place, Problem


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside the target and moves it into place, so that no half file is ever seen."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def unwritable(targets: Mapping[str, Path]) -> list[Problem]:
    """What is wrong with the files that options ask for: a missing folder, one file twice."""
    problems = [_problem(option, path) for option, path in targets.items()]
    found = [problem for problem in problems if problem is not None]
    names = [path for path in targets.values() if _is_name(path)]
    if len({path.resolve() for path in names}) < len(names):
        message = "Two outputs are to go into one file."
        mend = "name a file for each"
        found.append(Problem("output-twice", message, found=", ".join(targets), mend=mend))
    return found


def _problem(option: str, path: Path) -> Problem | None:
    place = Place(path=option)
    if not _is_name(path):
        message = "This is no name that a file can have."
        return Problem("output-name-wrong", message, place, mend="name a file")
    if path.is_dir():
        message = f"{path} is a folder, not a file."
        return Problem("output-is-folder", message, place, str(path), mend="name a file")
    if not path.parent.is_dir():
        message = f"The folder of {path} does not exist."
        return Problem("output-folder-missing", message, place, str(path), mend="make the folder")
    return None


def _is_name(path: Path) -> bool:
    """Whether the system takes the name: not too long, without characters that no name holds."""
    try:
        path.resolve().exists()
        long = os.pathconf("/", "PC_NAME_MAX") - len(".XXXXXXXX.")
        return "\0" not in str(path) and 0 < len(os.fsencode(path.name)) <= long
    except (OSError, ValueError):
        return False


def not_written(path: Path, fault: OSError) -> OutputRefused:
    """What is said of a file that the system would not take (`output-not-written`)."""
    return OutputRefused.because(
        "output-not-written",
        f"{path} could not be written: {fault.strerror or 'the system refused it'}.",
        found=str(path),
        mend="choose a place that you may write to",
    )


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Writes several files. Raises `OutputRefused` at the first: `output-not-written`."""
    for path, content in contents.items():
        try:
            write_whole(path, content)
        except OSError as fault:
            raise not_written(path, fault) from fault
