"""How kernels are compiled: cached on disk where there is a place to write, and without it else.

Import this module lazily; it imports numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(
    *, parallel: bool = False, nogil: bool = False, error_model: str = "python"
) -> Callable[[Function], Function]:
    """Compiles a function at its first call. What was compiled once is read from disk.

    A package in a folder that nobody may write to, for a user without a folder, has no place for
    a cache; the kernel is then compiled in each process. With `nogil` it leaves other threads free;
    with the error model `numpy` a division by zero is infinite and not an error.
    """

    def compiled(function: Function) -> Function:
        options: dict[str, Any] = {
            "parallel": parallel, "nogil": nogil, "error_model": error_model
        }  # fmt: skip
        try:
            made: Any = njit(cache=True, **options)(function)
        except RuntimeError:
            made = njit(**options)(function)
        return cast(Function, made)

    return compiled
