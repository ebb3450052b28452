"""The data folder: its files, its lock, and where the cluster lies."""

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from cakra.core.errors import SetupError, StorageFull, StoreError
from cakra.kit.logs import get_logger
from cakra.store.embedded.account import Account, account_of, can_enter, choose_account
from cakra.store.embedded.binaries import reachable_folder

LOCK_WAIT_S = 300.0
OLD_LOG_BYTES = 8 * 1024 * 1024
log = get_logger(__name__)


@dataclass(frozen=True)
class Home:
    """The paths of one data folder (absolute); nothing here says that they exist."""

    data_dir: Path

    @property
    def lock_file(self) -> Path:
        """Held while somebody starts or stops the server."""
        return self.data_dir / "lock"

    @property
    def passfile(self) -> Path:
        """The password, in the format that asyncpg and psql read."""
        return self.data_dir / "pgpass"

    @property
    def log_file(self) -> Path:
        """What the server said."""
        return self.data_dir / "server.log"

    @property
    def port_file(self) -> Path:
        """The port of the last start."""
        return self.data_dir / "port"

    @property
    def place(self) -> Path:
        """Settings, access rules and the cluster; a link where the server could not reach the data folder."""
        place = self.data_dir / "postgresql"
        if place.is_symlink() and place.lstat().st_uid != os.geteuid():
            raise SetupError(f"{place} is a link that account {os.geteuid()} did not make; it is not followed.")
        return place.resolve()

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.place / "cluster"

    def url(self, port: int) -> str:
        """The address of the database; it names the password's file, not the password."""
        return f"postgresql://cakra@127.0.0.1:{port}/cakra?passfile={quote(str(self.passfile))}"

    def give_to_owner(self, path: Path) -> None:
        """What root writes into somebody's data folder belongs to that somebody."""
        owner = self.data_dir.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock; waits for whoever starts or stops the server right now."""
        with plain_errors(self.data_dir):
            handle = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with plain_errors(self.data_dir):
                self.give_to_owner(self.lock_file)
            _take(handle, self.lock_file)
            yield
        finally:
            os.close(handle)


def open_home(data_dir: Path) -> Home:
    """Create the data folder where it is missing. Raises SetupError or StorageFull in one sentence."""
    data_dir = data_dir.expanduser().absolute()
    with plain_errors(data_dir):
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            data_dir.mkdir()
            # A lent account must pass through root's folder; the files in it stay 0600.
            data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
        if not data_dir.is_dir():
            raise NotADirectoryError
        return Home(data_dir.resolve())


def prepare_place(home: Home) -> Account:
    """Make sure that there is a place for the cluster and return the account the server runs under."""
    with plain_errors(home.data_dir):
        if home.cluster.is_dir():
            account = account_of(home.cluster)
            if not can_enter(account, home.cluster):
                raise SetupError(
                    f"The database files in {home.cluster} cannot be reached by the account "
                    f"{account.name} that owns them; move the data folder to where that account may go."
                )
            return account
        account = choose_account(home.data_dir)
        link = home.data_dir / "postgresql"
        if not home.place.is_dir():
            link.unlink(missing_ok=True)  # a link whose target is gone
            link.mkdir(mode=0o700)
        _fence(home, home.place, account)
        if not can_enter(account, home.place):
            link.rmdir() if not link.is_symlink() else link.unlink()
            link.symlink_to(_elsewhere(home, account))
        return account


def write_private(path: Path, text: str, *, like: Path | None = None) -> None:
    """Replace a file at once, readable by its owner only; `like`: a folder whose owner and group it gets."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        if like is not None and os.geteuid() == 0:
            folder = like.stat()
            os.fchown(file.fileno(), folder.st_uid, folder.st_gid)
            os.fchmod(file.fileno(), 0o640)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def open_log(home: Home) -> BinaryIO:
    """The server's log, to append to; an old one beyond 8 MB is set aside first. The caller closes it."""
    path = home.log_file
    if path.exists() and path.stat().st_size > OLD_LOG_BYTES:
        path.replace(path.with_name("server.log.1"))
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    home.give_to_owner(path)
    return os.fdopen(handle, "ab")


@contextlib.contextmanager
def plain_errors(where: Path) -> Iterator[None]:
    """Turn the operating system's refusals into one sentence that says what to do."""
    try:
        yield
    except OSError as error:
        at = error.filename or where
        match error:
            case PermissionError():
                raise SetupError(
                    f"No permission for {at}; start as the owner of {where} or name another data folder."
                ) from error
            case NotADirectoryError() | FileExistsError():
                raise SetupError(f"{where} is not a folder; name another data folder.") from error
            case _ if error.errno in {28, 122}:  # ENOSPC, EDQUOT
                raise StorageFull(f"The disk that holds {where} is full; free some space and start again.") from error
            case _:
                raise StoreError(f"The data folder {where} cannot be used: {error}.") from error


def _take(handle: int, path: Path) -> None:
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreError(
                    f"Another process has held {path} for {LOCK_WAIT_S:.0f} s while starting or stopping the "
                    "database; see server.log beside it and end that process if it hangs."
                ) from None
            time.sleep(0.05)
        else:
            return


def _fence(home: Home, place: Path, account: Account) -> None:
    """Let the server's account pass, and nobody else; what lies here stays its owner's."""
    if not account.lent or account.uid == home.data_dir.stat().st_uid:
        place.chmod(0o700)
        home.give_to_owner(place)
        return
    os.chown(place, 0, account.gid)
    place.chmod(0o710)


def _elsewhere(home: Home, account: Account) -> Path:
    clusters = reachable_folder() / "clusters"
    clusters.mkdir(mode=0o755, exist_ok=True)
    clusters.chmod(0o711)
    place = clusters / secrets.token_hex(8)
    place.mkdir(mode=0o700)
    (place / "belongs-to").write_text(f"{home.data_dir}\n")
    _fence(home, place, account)
    log.info("cluster_placed_elsewhere", data_dir=str(home.data_dir), place=str(place), account=account.name)
    return place
