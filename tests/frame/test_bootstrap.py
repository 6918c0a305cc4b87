"""The way from a bare machine to an environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import bootstrap

LOCK = "requirements.txt"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (LOCK, bootstrap.EVERYTHING, "pyproject.toml"):
        (tmp_path / name).write_text(f"# {name}")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "stepline").touch()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", tmp_path / ".venv")
    return tmp_path


def install(lock: str) -> None:
    """Leaves the stamp that an installation leaves."""
    bootstrap.stamp(lock).write_text(bootstrap.key(lock))


def test_a_new_checkout_is_not_ready(checkout: Path) -> None:
    assert not bootstrap.is_ready(LOCK)


def test_a_second_run_finds_everything_installed(checkout: Path) -> None:
    install(LOCK)
    assert bootstrap.is_ready(LOCK)


def test_the_demo_is_ready_where_the_tests_are(checkout: Path) -> None:
    install(bootstrap.EVERYTHING)
    assert bootstrap.is_ready(LOCK)


def test_the_tests_are_not_ready_where_only_the_demo_is(checkout: Path) -> None:
    install(LOCK)
    assert not bootstrap.is_ready(bootstrap.EVERYTHING)


@pytest.mark.parametrize("changed", [LOCK, "pyproject.toml"])
def test_a_change_of_pins_or_metadata_installs_again(checkout: Path, changed: str) -> None:
    install(LOCK)
    (checkout / changed).write_text("# changed")
    assert not bootstrap.is_ready(LOCK)


def test_an_environment_that_lost_the_command_installs_again(checkout: Path) -> None:
    install(LOCK)
    (checkout / ".venv" / "bin" / "stepline").unlink()
    assert not bootstrap.is_ready(LOCK)


def test_an_old_python_is_refused_in_one_sentence_that_says_what_to_do() -> None:
    with pytest.raises(bootstrap.CannotPrepare, match=r"3\.11 or newer .* is 3\.9; .*PYTHON="):
        bootstrap.refuse_old_python((3, 9))


@pytest.mark.parametrize("version", [(3, 11), (3, 13), (4, 0)])
def test_a_supported_python_is_accepted(version: tuple[int, int]) -> None:
    bootstrap.refuse_old_python(version)


def test_without_venv_and_without_rights_the_sentence_names_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "administrator", lambda: None)
    with pytest.raises(bootstrap.CannotPrepare, match=r"sudo apt-get install python3\.\d+-venv"):
        bootstrap.install_debian_venv()


def test_without_venv_an_administrator_installs_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands: list[str] = []
    monkeypatch.setattr(bootstrap, "administrator", lambda: ["sudo", "-n"])
    monkeypatch.setattr("scripts.bootstrap.shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "run", lambda command, _: commands.append(" ".join(command)))
    bootstrap.install_debian_venv()
    update, install_package = commands
    assert update.startswith("sudo -n ")
    assert update.endswith("apt-get -qq update")
    assert "install -y" in install_package


def test_an_environment_whose_python_does_not_start_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pip").touch()
    python = tmp_path / "bin" / "python"
    python.write_text("#!/bin/sh\nexit 127\n")
    python.chmod(0o755)
    assert not bootstrap.is_usable(tmp_path)


def test_a_failing_command_becomes_a_sentence() -> None:
    with pytest.raises(bootstrap.CannotPrepare, match=r"^Say this\.$"):
        bootstrap.run(["false"], "Say this.")
