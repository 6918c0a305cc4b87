"""Writes the bundle of a plan: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

from stepline.core.errors import Place, Refused
from stepline.dosing.plan_model import Plan
from stepline.exports.fhir.bundling import bundle_bytes


def save_bundle(plan: Plan, path: Path, *, authored_on: date | None = None) -> None:
    """Writes beside the target and moves it into place; a file that stands there is replaced.

    Raises `Refused` (`folder-missing`), and `OSError` where the folder cannot be written.
    """
    if not path.parent.is_dir():
        raise Refused.because(
            "folder-missing",
            "The folder of the file to write does not exist.",
            place=Place(path="--fhir"),
            found=str(path.parent),
            mend="make the folder, or choose another",
        )
    content = bundle_bytes(plan, authored_on=authored_on)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
