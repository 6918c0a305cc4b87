"""Finds test data that others made; it lies beside the checkout and is never copied into it."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def shared(relative: str) -> Path:
    """The path of a shared test file; skips the test, saying why, where it is not laid out."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"shared test data is not beside this checkout: {relative}")
    return path
