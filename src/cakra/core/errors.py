"""The product's error kinds (the tree is in `kit/errors.py`) and the one that only traffic knows."""

from cakra.kit.errors import (
    CakraError,
    Conflict,
    InputError,
    NotFound,
    SetupError,
    StorageFull,
    StoreAway,
    StoreError,
    TooLarge,
    Unauthentic,
)

__all__ = [
    "CakraError",
    "Conflict",
    "ForbiddenMove",
    "InputError",
    "NotFound",
    "SetupError",
    "StorageFull",
    "StoreAway",
    "StoreError",
    "TooLarge",
    "Unauthentic",
]


class ForbiddenMove(CakraError):
    """The state table does not allow this move."""

    code = "forbidden_move"
