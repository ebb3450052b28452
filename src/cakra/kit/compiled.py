"""Inner loops as machine code (numba), for what the product does by the thousand and whole arrays cannot do at once.

numba itself is imported at the first call: it takes more than a second, and `cakra web` and most commands never call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class _Compiled(Generic[Arguments, Result]):
    """Stands for the function until the first call of any in its module."""

    def __init__(self, function: Callable[Arguments, Result]) -> None:
        self._function = function
        self._made: Callable[Arguments, Result] | None = None
        update_wrapper(self, function)

    def __call__(self, *given: Arguments.args, **named: Arguments.kwargs) -> Result:
        return (self._made or self._make_all())(*given, **named)

    def _make_all(self) -> Callable[Arguments, Result]:
        """Put all of the module in their places, for they call one another by name; this one."""
        names: dict[str, Any] = self._function.__globals__
        for name, value in list(names.items()):
            if isinstance(value, _Compiled):
                names[name] = value.made()
        return self.made()

    def made(self) -> Callable[Arguments, Result]:
        """What numba makes of it."""
        from numba import njit

        if self._made is None:
            try:
                self._made = njit(cache=True)(self._function)
            except RuntimeError:  # numba finds no folder to keep it in
                self._made = njit()(self._function)
        return self._made


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile at the first call with each kind of arguments; kept on disk beside the source, or in the user's cache.

    Where neither may be written, every process compiles anew (some seconds). What is kept and damaged, or a full disk,
    is an OSError, EOFError or UnpicklingError at the first call.
    """
    return _Compiled(function)
