"""What leaves a command when something goes wrong: one sentence and an exit code, never a traceback of ours."""

import errno
import os
import sys
from collections.abc import Iterator

import asyncpg
from cyclopts import CycloptsError, UnusedCliTokensError

from cakra.core.errors import CakraError, StoreError
from cakra.kit.console import without_commands

EXIT_INPUT, EXIT_STORE, EXIT_STOPPED, EXIT_PIPE = 2, 3, 130, 141
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def leave(problem: BaseException) -> int:
    """Say what went wrong and return the exit code; what is no known trouble is raised again: it is a bug."""
    for each in _leaves(problem):
        match each:
            case SystemExit():
                return each.code if isinstance(each.code, int) else int(each.code is not None)
            case KeyboardInterrupt():
                return EXIT_STOPPED
            case BrokenPipeError():
                return _pipe_closed()
    for each in _leaves(problem):
        if (told := _told(each)) is not None:
            sentence, code = told
            sys.stderr.write(f"cakra: {without_commands(sentence)}\n")
            return code
    raise problem


def _leaves(problem: BaseException) -> Iterator[BaseException]:
    """The errors inside groups, those with a sentence of their own first."""
    if not isinstance(problem, BaseExceptionGroup):
        yield problem
        return
    found = [leaf for each in problem.exceptions for leaf in _leaves(each)]
    yield from sorted(found, key=lambda leaf: not isinstance(leaf, CakraError))


def _pipe_closed() -> int:
    """Whoever read our output has enough; nothing more is written, not even at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return EXIT_PIPE


def _told(problem: BaseException) -> tuple[str, int] | None:
    match problem:
        case CakraError():
            return problem.sentence, EXIT_STORE if isinstance(problem, StoreError) else EXIT_INPUT
        case CycloptsError():
            return _argument(problem), EXIT_INPUT
        case asyncpg.PostgresError() | asyncpg.InterfaceError():
            return _database(problem)
        case TimeoutError():
            return "No answer came in time; is the database, or what it waits for, busy? Try again.", EXIT_STORE
        case OSError():
            where = f"{problem.filename}: " if problem.filename else ""
            what = problem.strerror or str(problem)
            return f"{where}{what}.", EXIT_STORE if problem.errno in _NO_ROOM else EXIT_INPUT
        case _:
            return None


def _argument(problem: CycloptsError) -> str:
    chain = " ".join(("cakra", *(problem.command_chain or ())))
    match problem:
        case UnusedCliTokensError():
            told = f"Nothing was expected after these words: {' '.join(problem.unused_tokens or ())}"
        case _:
            told = " ".join(str(problem).split()).rstrip("., ")
    return f"{told}. See `{chain} --help`."


def _database(problem: asyncpg.PostgresError | asyncpg.InterfaceError) -> tuple[str, int]:
    match problem:
        case asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError():
            return "The database lacks what this release needs; run `cakra db migrate`.", EXIT_INPUT
        case asyncpg.InsufficientPrivilegeError():
            return f"The database user may not do this ({problem.message}); grant it, or use another.", EXIT_INPUT
        case asyncpg.DataError():  # such as an identifier of too many digits; it has no message of the server's
            return "A value is out of range or holds signs that no text has; compare what was given.", EXIT_INPUT
        case asyncpg.DiskFullError():
            return "The database's disk is full; nothing was kept. Free some space and try again.", EXIT_STORE
        case asyncpg.PostgresError():
            return f"The database refused: {problem.message}. Try again; its log says more.", EXIT_STORE
        case _:
            return "The connection to the database was lost; see that it runs, and try again.", EXIT_STORE
