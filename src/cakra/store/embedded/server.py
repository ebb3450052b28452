"""Starting and stopping the embedded server."""

import contextlib
import os
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from cakra.core.errors import SetupError, StoreError
from cakra.kit.logs import get_logger
from cakra.store.embedded.account import Account
from cakra.store.embedded.binaries import server_programs
from cakra.store.embedded.cluster import check_version, configure, explain, make_cluster, mend_password
from cakra.store.embedded.home import Home, open_home, open_log, plain_errors, prepare_place, write_private
from cakra.store.embedded.processes import (
    Postmaster,
    clear_away_dead_server,
    find_starting,
    is_alive,
    read_postmaster,
    wait_gone,
)

START_ATTEMPTS = 6
# Replaying the write-ahead log after a crash takes as long as it takes; a dead server is seen at once.
READY_LIMIT_S = 600.0
STOP_LIMIT_S = 60.0
# The shell goes at once, so the server is nobody's child: it outlives its launcher and leaves it no zombie.
DETACH = 'exec </dev/null; exec "$@" >&2 & echo $!'
log = get_logger(__name__)


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server; `url` is ready for asyncpg and psql, and names the password's file instead of it."""

    data_dir: Path
    port: int
    url: str
    pid: int


def ensure_running(
    data_dir: Path, *, port: int | None = None, settings: Mapping[str, str] = MappingProxyType({})
) -> EmbeddedServer:
    """Start the server of this data folder, or return the one that runs already (with its settings).

    `port`: exactly this one or an error; without it the port of the last start or a free one.
    `settings`: PostgreSQL settings over our defaults. Safe to call from several processes at once.
    Raises SetupError (folder, account, port, setting, version), StorageFull, StoreError.
    """
    home = open_home(data_dir)
    with home.locked():
        account = prepare_place(home)
        running = _attach(home)
        if running is None:
            programs = server_programs(account)
            _prepare_cluster(home, account, programs)
            running = _start(home, account, programs, port, settings)
        if port is not None and running.port != port:
            raise SetupError(
                f"The database in {home.data_dir} runs on port {running.port} already, not on {port}; "
                "stop it first, or leave the port out."
            )
        if not home.passfile.exists():
            raise SetupError(f"{home.passfile} is gone; stop the database and start it: it then gets a new password.")
        return _describe(home, running)


def find_running(data_dir: Path) -> EmbeddedServer | None:
    """The server that runs on this data folder, if one does; starts nothing and creates nothing."""
    home = Home(data_dir.expanduser().resolve())
    with plain_errors(home.data_dir):
        running = read_postmaster(home)
    return _describe(home, running) if running is not None and running.ready else None


def stop(data_dir: Path, *, mode: Literal["fast", "immediate"] = "fast") -> None:
    """Stop the server of this data folder and wait until it is gone; nothing happens when none runs.

    `fast` ends sessions and writes everything out; `immediate` is a crash from which the next start recovers.
    """
    home = Home(data_dir.expanduser().resolve())
    if not home.cluster.is_dir():
        return
    with home.locked():
        running = read_postmaster(home)
        pid = running.pid if running is not None else find_starting(home)
        if pid is not None:
            _end(home, pid, signal.SIGINT if mode == "fast" else signal.SIGQUIT)
        clear_away_dead_server(home)


def erase(data_dir: Path) -> None:
    """Stop the server and delete its data for ever, also where it lies elsewhere; other files stay."""
    home = Home(data_dir.expanduser().resolve())
    stop(data_dir, mode="immediate")
    with plain_errors(home.data_dir):
        if not home.data_dir.is_dir():
            return
        link = home.data_dir / "postgresql"
        if home.place.is_dir():
            shutil.rmtree(home.place)
        if link.is_symlink():
            link.unlink()
        for path in (home.passfile, home.port_file, home.log_file, home.lock_file):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # the caller's other files keep the folder
            home.data_dir.rmdir()


def _attach(home: Home) -> Postmaster | None:
    """The server that runs already, waited for when its launcher was killed before it was ready."""
    seen = read_postmaster(home)
    if seen is not None and seen.ready:
        return seen
    pid = seen.pid if seen is not None else find_starting(home)
    return _wait_ready(home, pid) if pid is not None else None


def _prepare_cluster(home: Home, account: Account, programs: Path) -> None:
    if home.cluster.is_dir():
        check_version(home.cluster)
        clear_away_dead_server(home)
        mend_password(home, account, programs)
        return
    begun = time.monotonic()
    make_cluster(home, account, programs)
    log.info(
        "cluster_created",
        place=str(home.place),
        account=account.name,
        seconds=round(time.monotonic() - begun, 2),
    )


def _start(home: Home, account: Account, programs: Path, port: int | None, settings: Mapping[str, str]) -> Postmaster:
    """Start and wait until it takes connections; another port when the one we chose ourselves is taken."""
    candidate = port or _last_port(home) or _free_port()
    for _ in range(START_ATTEMPTS):
        if not _is_free(candidate):
            candidate = _other_port(port)
        configure(home, account, candidate, settings)
        with plain_errors(home.data_dir), open_log(home) as log_file:
            before = log_file.seek(0, os.SEEK_END)
            pid = _spawn(home, account, programs, log_file.fileno())
        ready = _wait_ready(home, pid)
        if ready is not None:
            with plain_errors(home.data_dir):
                write_private(home.port_file, f"{ready.port}\n")
                home.give_to_owner(home.port_file)
            log.info("database_started", port=ready.port, pid=ready.pid, account=account.name)
            return ready
        said = _said_since(home, before)
        if "Address already in use" in said:
            candidate = _other_port(port)
        elif "pre-existing shared memory" in said:
            clear_away_dead_server(home)
        else:
            break
    return _fail(home, before)


def _spawn(home: Home, account: Account, programs: Path, log_handle: int) -> int:
    """Start the postmaster in a session of its own and return its process id."""
    config = f"config_file={home.place / 'postgresql.conf'}"
    command: list[str | Path] = ["/bin/sh", "-c", DETACH, "sh", programs / "postgres", "-D", home.cluster, "-c", config]
    try:
        begun = account.run(command, stderr=log_handle, session=True)
        return int(begun.stdout)
    except (OSError, ValueError) as error:
        raise StoreError(f"PostgreSQL could not be started as {account.name}: {error}.") from error


def _wait_ready(home: Home, pid: int) -> Postmaster | None:
    """Wait until the server takes connections; None as soon as its process has ended."""
    deadline = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline:
        seen = read_postmaster(home)
        if seen is not None and seen.ready:
            return seen
        # Its command line is empty for a moment while it is executed: only an ended process is gone.
        if seen is None and not is_alive(pid):
            return None
        time.sleep(0.02)
    raise StoreError(
        f"PostgreSQL (process {pid}) is not ready after {READY_LIMIT_S:.0f} s and may still be recovering: "
        f"see {home.log_file} and start again later."
    )


def _end(home: Home, pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise SetupError(
            f"The database in {home.data_dir} runs under another account; stop it as that account or as root."
        ) from error
    if not wait_gone(pid, STOP_LIMIT_S):
        raise StoreError(
            f"The database (process {pid}) has not stopped in {STOP_LIMIT_S:.0f} s; "
            f'see {home.log_file}, or stop it with mode "immediate".'
        )
    log.info("database_stopped", data_dir=str(home.data_dir), pid=pid)


def _describe(home: Home, running: Postmaster) -> EmbeddedServer:
    return EmbeddedServer(home.data_dir, running.port, home.url(running.port), running.pid)


def _said_since(home: Home, before: int) -> str:
    with plain_errors(home.data_dir):
        return home.log_file.read_bytes()[before:].decode(errors="replace")


def _fail(home: Home, before: int) -> Postmaster:
    raise explain(_said_since(home, before), home, "start")


def _other_port(asked: int | None) -> int:
    if asked is not None:
        raise SetupError(f"Port {asked} on 127.0.0.1 is taken by another program; choose another, or leave it out.")
    return _free_port()


def _last_port(home: Home) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int(home.port_file.read_text())
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    """Whether PostgreSQL could listen there (it too takes over a port whose old connections linger)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
