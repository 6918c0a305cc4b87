"""Makes `.venv` hold what a lock file pins, and the package itself, editable.

    python3 scripts/bootstrap.py requirements-dev.txt

Runs on the standard library alone and on an old Python far enough to say that it is too old.
A second run finds the stamp of the first and does nothing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
INSTALLER = "requirements-installer.txt"
EVERYTHING = "requirements-dev.txt"
OLDEST = (3, 11)

NO_NETWORK = (
    "The packages could not be fetched. Where a mirror is used, name it in PIP_INDEX_URL (for pip)"
    " and UV_DEFAULT_INDEX (for uv), then run the command again."
)


class CannotPrepare(Exception):
    """The environment cannot be made; the text is a sentence that says what to do."""


def main() -> int:
    """Prepares the environment for the lock file named on the command line."""
    lock = sys.argv[1] if len(sys.argv) > 1 else EVERYTHING
    try:
        refuse_old_python(sys.version_info[:2])
        if not is_ready(lock):
            prepare(lock)
    except CannotPrepare as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


def refuse_old_python(version: tuple[int, ...]) -> None:
    """Raises `CannotPrepare` for a Python older than the package supports."""
    if version < OLDEST:
        raise CannotPrepare(
            f"Stepline needs Python {dotted(OLDEST)} or newer and `python3` is {dotted(version)};"
            " name a newer one: make PYTHON=python3.12 test"
        )


def dotted(version: tuple[int, ...]) -> str:
    """A version as text: (3, 11) is 3.11."""
    return ".".join(str(part) for part in version)


def is_ready(lock: str) -> bool:
    """Whether the environment already holds this lock, or the larger one that contains it."""
    if not (ENVIRONMENT / "bin" / "stepline").exists():
        return False
    return any(
        stamp(name).read_text(encoding="utf-8") == key(name)
        for name in {lock, EVERYTHING}
        if has(name)
    )


def has(lock: str) -> bool:
    """Whether a stamp and its lock file both exist."""
    return stamp(lock).exists() and (ROOT / lock).exists()


def stamp(lock: str) -> Path:
    """The file that remembers what was installed from this lock."""
    return ENVIRONMENT / f".holds-{lock}"


def key(lock: str) -> str:
    """What the environment depends on, as one hash: the pins, the package's metadata, the place."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in (lock, "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def prepare(lock: str) -> None:
    """Makes the environment, installs the pins with hashes checked, then the package itself."""
    if not is_usable(ENVIRONMENT):
        say(f"making .venv with Python {dotted(sys.version_info[:3])}")
        make_environment()
    if not (ENVIRONMENT / "bin" / "uv").exists():
        install_uv()
    say(f"installing what {lock} pins, every hash checked")
    for name in {lock, EVERYTHING}:
        stamp(name).unlink(missing_ok=True)
    # The font is published as source only: what builds it is held to the same pins and hashes.
    uv("sync", "--require-hashes", "--build-constraints", lock, lock)
    uv("install", "--no-deps", "--no-build-isolation", "--editable", ".")
    stamp(lock).write_text(key(lock), encoding="utf-8")


def say(what: str) -> None:
    """One line on the terminal."""
    print(f"bootstrap: {what}", flush=True)


def is_usable(environment: Path) -> bool:
    """Whether the environment's Python starts, is new enough, and can install packages."""
    python = environment / "bin" / "python"
    if not python.exists():
        return False
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    can_install = any((environment / "bin" / tool).exists() for tool in ("uv", "pip"))
    return can_install and subprocess.run([str(python), "-c", check], check=False).returncode == 0


def make_environment() -> None:
    """Makes `.venv`; on Debian, where `venv` is a package of its own, installs that first."""
    if not brings_pip():
        install_debian_venv()
    run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], "Python could not make .venv.")


def brings_pip() -> bool:
    """Whether this Python can put pip into an environment; Debian keeps that part aside."""
    part = importlib.util.find_spec("ensurepip")
    return part is not None and part.origin is not None


def install_debian_venv() -> None:
    """Installs Debian's `pythonX.Y-venv` when that needs no password; else says what to run."""
    package = f"python{dotted(sys.version_info[:2])}-venv"
    ask = f"This Python cannot make environments; run: sudo apt-get install {package}"
    rights = administrator()
    if shutil.which("apt-get") is None or rights is None:
        raise CannotPrepare(ask)
    say(f"installing {package}, because this Python cannot make environments without it")
    quietly = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    run([*rights, *quietly, "update"], ask)
    run([*rights, *quietly, "install", "-y", "--no-install-recommends", package], ask)


def administrator() -> list[str] | None:
    """The words to put before a command that needs root; `None` when they would ask a password."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True)
    return ["sudo", "-n"] if allowed.returncode == 0 else None


def install_uv() -> None:
    """Installs the pinned uv into the environment with its own pip."""
    say(f"installing uv as {INSTALLER} pins it")
    python = str(ENVIRONMENT / "bin" / "python")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    run([python, "-m", "pip", "install", *options, "-r", INSTALLER], NO_NETWORK)


def uv(action: str, *arguments: str) -> None:
    """Runs one `uv pip` action on the environment."""
    python = str(ENVIRONMENT / "bin" / "python")
    command = [str(ENVIRONMENT / "bin" / "uv"), "pip", action, "--quiet", "--python", python]
    run([*command, *arguments], NO_NETWORK)


def run(command: list[str], otherwise: str) -> None:
    """Runs a command at the root of the checkout; raises `CannotPrepare` when it fails.

    Only what goes wrong is shown: the tools write their errors to stderr.
    """
    settings = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run(command, check=False, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        raise CannotPrepare(otherwise)


if __name__ == "__main__":
    sys.exit(main())
