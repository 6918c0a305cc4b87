"""Kernels work where nothing can be written to."""

from __future__ import annotations

import pytest
from numba.core.caching import CacheImpl

from stepline.forecast.kernels import kernel


def doubled(value: float) -> float:
    return 2 * value


def test_a_kernel_works_where_there_is_no_place_for_a_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """numba looks for a place to write; here it finds none, as in a read-only installation."""
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert kernel()(doubled)(21.0) == 42


def test_importing_the_front_of_forecasts_loads_no_heavy_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys, stepline.forecast.model, stepline.forecast.predicting, stepline.cli.forecast;"
        "print([one for one in ('numba', 'numpy', 'scipy', 'pydantic') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
