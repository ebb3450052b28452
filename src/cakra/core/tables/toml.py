"""A TOML file that an operator or a directorate writes: one list of rows under one key."""

import tomllib
from collections.abc import Sequence
from typing import Any

from cakra.core.errors import SetupError


def only_table(text: str, key: str) -> Any:
    """What stands under the one key of a file; KeyError without it, ValueError for any other and for no TOML."""
    document = tomllib.loads(text)
    if unknown := sorted(document.keys() - {key}):
        raise ValueError(f"{unknown[0]} is not a known key")
    return document[key]


def require_apart(what: str, rows: Sequence[tuple[object, ...]]) -> None:
    """SetupError when two rows speak of the same from the same day: nobody could say which of them holds."""
    for place, row in enumerate(rows, 1):
        if row in rows[: place - 1]:
            told = ", ".join(str(part) for part in row)
            raise SetupError(f"{what} contradicts itself: row {place} speaks of the same as an earlier one ({told}).")
