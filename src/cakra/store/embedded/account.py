"""Which account the server runs under, and what that account can reach."""

import contextlib
import grp
import os
import pwd
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cakra.core.errors import SetupError

# Whom root lends the server to when the data folder is root's own; the first one that exists.
SYSTEM_ACCOUNTS = ("cakra", "postgres", "nobody")
# systemd's range for identities that belong to nobody else; a group out of it keeps every other process
# of a shared account such as `nobody` out of the folder.
PRIVATE_GROUPS = range(61184, 65520)
# Nothing of the caller's environment (PGDATA, PGPORT, locale) may change what the server does.
CLEAN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """The identity of the server's processes."""

    uid: int
    gid: int

    @property
    def lent(self) -> bool:
        """Whether this is another account than the caller's own."""
        return os.geteuid() == 0

    @property
    def name(self) -> str:
        """The account's name, or its number where the machine has no name for it."""
        with contextlib.suppress(KeyError):
            return pwd.getpwuid(self.uid).pw_name
        return str(self.uid)

    def run(
        self, command: Sequence[str | Path], *, stdin: str = "", stderr: int = subprocess.PIPE, session: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of ours under this account to its end; `session`: what it leaves behind stands alone.

        Raises OSError when it cannot be started; the exit status is the caller's to judge.
        """
        return subprocess.run(
            command,
            cwd="/",
            env=CLEAN_ENVIRONMENT,
            umask=0o077,
            user=self.uid if self.lent else None,
            group=self.gid if self.lent else None,
            extra_groups=[] if self.lent else None,
            start_new_session=session,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            errors="replace",
            check=False,
        )


def choose_account(data_dir: Path) -> Account:
    """The account of a new cluster: the caller's own; for root the folder's owner, or a system account."""
    if os.geteuid() != 0:
        return _named(os.geteuid(), os.getegid())
    owner = data_dir.stat().st_uid
    if owner != 0:
        with contextlib.suppress(KeyError):
            return Account(owner, pwd.getpwuid(owner).pw_gid)
    for name in SYSTEM_ACCOUNTS:
        with contextlib.suppress(KeyError):
            return Account(pwd.getpwnam(name).pw_uid, _private_group())
    raise SetupError(
        "PostgreSQL does not run as root and this machine has no account named "
        f"{', '.join(SYSTEM_ACCOUNTS)}; create one (useradd --system cakra) or start as another user."
    )


def account_of(cluster: Path) -> Account:
    """The account an existing cluster belongs to. Raises SetupError when it is root or somebody else."""
    owner = cluster.stat()
    if owner.st_uid == 0:
        raise SetupError(
            f"The database files in {cluster} belong to root, and PostgreSQL does not run as root; "
            "give them to the account that made them (chown -R)."
        )
    if os.geteuid() not in {0, owner.st_uid}:
        raise SetupError(
            f"The database files in {cluster} belong to account {Account(owner.st_uid, 0).name}; "
            "start as that account or as root, or name another data folder."
        )
    return Account(owner.st_uid, owner.st_gid)


def can_enter(account: Account, folder: Path) -> bool:
    """Whether the account itself can step into the folder (asked of the kernel, access lists included)."""
    if not account.lent:
        return os.access(folder, os.X_OK)
    return account.run(["/bin/sh", "-c", 'test -x "$1"', "sh", folder]).returncode == 0


def _named(uid: int, gid: int) -> Account:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise SetupError(
            f"User {uid} has no name on this machine and PostgreSQL asks for one; "
            "add the user to /etc/passwd, or set CAKRA_DATABASE_URL to a server that runs elsewhere."
        ) from None
    return Account(uid, gid)


def _private_group() -> int:
    while True:
        gid = secrets.choice(PRIVATE_GROUPS)
        try:
            grp.getgrgid(gid)
        except KeyError:
            return gid
