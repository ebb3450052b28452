"""The error kinds of the product; the docstring of a kind says who is at fault and what happens next.

    CakraError
    ├── InputError          what came in is wrong; the sender can mend it (4xx, exit 2)
    │   ├── Unauthentic     signature, code or sign-in does not hold; every refusal alike (401/403)
    │   ├── Conflict        the same id was used before with other content (409)
    │   └── TooLarge        over a stated limit (413)
    ├── NotFound            nothing by that name, or not for this person (404)
    │   └── Foreign         (core.rights) there is one, in another office; told alike (404)
    ├── NotAllowed          (core.rights) no grant in force carries this act there; it is written down (403)
    ├── ForbiddenMove       (core.errors) the state table does not allow this move (409)
    ├── SetupError          configuration, model file, port or database address is wrong (exit 2)
    └── StoreError          database or disk cannot keep the record now; nothing was acknowledged (503)
        ├── StoreAway       it does not answer at all: nothing is wrong with the record, wait and try again (503)
        └── StorageFull     no room left (507)

Doors turn kinds into pages and RFC 9457 problems in one place (`doors/problems.py`); the CLI prints
the sentence and exits non-zero. Each sentence says what was wrong, where, and what to do.
"""


class CakraError(Exception):
    """An error with a sentence for a person; `code` is stable and fit for machines."""

    code = "error"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code is not None:
            self.code = code


class InputError(CakraError):
    """What came in is wrong; the sender can mend it."""

    code = "input"


class Unauthentic(InputError):
    """A signature, code or sign-in does not hold."""

    code = "unauthentic"


class Conflict(InputError):
    """The same identifier was used before with other content."""

    code = "conflict"


class TooLarge(InputError):
    """Over a stated limit."""

    code = "too_large"


class NotFound(CakraError):
    """Nothing by that name, or not for this person."""

    code = "not_found"


class SetupError(CakraError):
    """Configuration, a model file, a port or an address is wrong."""

    code = "setup"


class StoreError(CakraError):
    """The database or disk cannot keep the record now; nothing was acknowledged."""

    code = "store"


class StoreAway(StoreError):
    """The database or a store does not answer now; nothing is wrong with what was asked: wait and try again."""

    code = "store_away"


class StorageFull(StoreError):
    """No room left on the disk that must keep the record."""

    code = "storage_full"
