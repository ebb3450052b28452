"""Inner loops as machine code (numba), for what the product does by the thousand and whole arrays cannot do at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile at the first call with each kind of arguments; kept on disk beside the source, or in the user's cache.

    Where neither may be written, every process compiles anew (some seconds). What is kept and damaged, or a full disk,
    is an OSError, EOFError or UnpicklingError at the first call.
    """
    try:
        made: Callable[Arguments, Result] = njit(cache=True)(function)
    except RuntimeError:  # numba finds no folder to keep it in
        made = njit()(function)
    return made
