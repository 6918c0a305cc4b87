"""The locks: names, versions and hashes, and nothing that pyproject.toml does not ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.frame.checkout import metadata, text

EVERYTHING = "requirements-dev.txt"
LOCKS = (EVERYTHING, "requirements.txt", "requirements-installer.txt")
PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>[^\s;]+)(?P<rest>.*(?:\n    --hash.*)*)", re.MULTILINE
)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pins(lock: str) -> dict[str, str]:
    """Version by name."""
    return {pin["name"]: pin["version"] for pin in PIN.finditer(text(lock))}


def group(name: str) -> Iterable[Requirement]:
    """A dependency group with the groups it includes."""
    for entry in metadata()["dependency-groups"][name]:
        if isinstance(entry, str):
            yield Requirement(entry)
        else:
            yield from group(entry["include-group"])


def asked_for(lock: str) -> list[Requirement]:
    """What pyproject.toml wants in a lock."""
    running = [Requirement(line) for line in metadata()["project"]["dependencies"]]
    wanted = {
        EVERYTHING: [*running, *group("dev")],
        "requirements.txt": [*running, *group("build"), *group("installer")],
        "requirements-installer.txt": list(group("installer")),
    }
    return wanted[lock]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_dependency_at_a_version_that_fits(lock: str) -> None:
    pinned = pins(lock)
    unfit = [
        str(wanted)
        for wanted in asked_for(lock)
        if pinned.get(canonicalize_name(wanted.name), "") not in wanted.specifier
    ]
    assert not unfit, "run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    assert [pin["name"] for pin in PIN.finditer(text(lock)) if not HASH.search(pin["rest"])] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_and_hashes_and_no_address(lock: str) -> None:
    line_of_a_lock = re.compile(
        r"#.*|[a-z0-9-]+==\S+( ; [\w\s'.=!<>()]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
    )
    assert [line for line in text(lock).splitlines() if not line_of_a_lock.fullmatch(line)] == []


def test_the_smaller_locks_agree_with_the_largest() -> None:
    everything = pins(EVERYTHING)
    for lock in LOCKS[1:]:
        assert pins(lock).items() <= everything.items()
