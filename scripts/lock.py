"""Renews the hashed requirements files from `pyproject.toml`.

    .venv/bin/python scripts/lock.py [--upgrade]

Pins that still fit stay as they are, so that one new dependency moves nothing else. The smaller
files are held to the pins of the largest, so that every environment has the same versions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
DEVELOPING = "requirements-dev.txt"
HEAD = "# Pins with hashes, made by `make lock` from pyproject.toml; do not edit.\n"

OPTIONS = [
    "--quiet",
    "--universal",
    "--python-version=3.11",
    "--fork-strategy=fewest",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
]

FILES = {
    DEVELOPING: ["pyproject.toml", "--group=dev"],
    "requirements.txt": ["pyproject.toml", "--group=build", "--group=installer"],
    "requirements-installer.txt": ["--group=installer"],
}


def main() -> int:
    """Writes every file, the largest first."""
    upgrade = ["--upgrade"] if "--upgrade" in sys.argv[1:] else []
    for name, contents in FILES.items():
        held = [] if name == DEVELOPING else [f"--constraints={DEVELOPING}"]
        command = [str(UV), "pip", "compile", *OPTIONS, *upgrade, *held, *contents]
        subprocess.run([*command, f"--output-file={name}"], check=True, cwd=ROOT)
        write_head(ROOT / name)
    return 0


def write_head(path: Path) -> None:
    """Puts the one-line origin on top; refuses a file that names an address."""
    pins = path.read_text(encoding="utf-8")
    if "://" in pins:
        sys.exit(f"{path.name} names an address; pins are names, versions and hashes only")
    path.write_text(HEAD + pins, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
